"""The JSON form of a page (PEP 691, 700, 792), read whole within limits."""

import json
from typing import NoReturn

from frazil.index.rows import MOST_FILES, PageError, RawPage
from frazil.quick.names import normalised

_MOST_CONTAINERS = 5 * MOST_FILES
_MOST_VALUES = 16 * MOST_FILES


def read_json(body: bytes, project: str | None = None) -> RawPage:
    """Read a page's files, version and status; `project` is whose page it must be. Raises PageError."""
    # A value takes up to fifty times its two bytes in memory: they are counted before any is built.
    if body.count(b"{") + body.count(b"[") > _MOST_CONTAINERS or body.count(b",") > _MOST_VALUES:
        raise PageError("it lists too many files")
    try:
        page = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise PageError("its JSON is nested too deeply") from None
    except ValueError as error:  # bad JSON, bad Unicode, a number of thousands of digits
        raise PageError(f"its JSON cannot be read ({str(error).partition(chr(10))[0][:200]})") from None
    files = page.get("files") if isinstance(page, dict) else None
    if not isinstance(files, list):
        # Not the same as an empty list: "there is no such version" must not rest on a page that says nothing.
        raise PageError("its JSON has no list of files")
    if len(files) > MOST_FILES:
        raise PageError("it lists too many files")
    stated = page.get("name")
    if isinstance(stated, str) and project is not None and normalised(stated) != project:
        # An empty list of that page would say of this project that it has no release.
        raise PageError(f"it is the page of {stated[:100]!r}")
    meta, status = page.get("meta"), page.get("project-status")
    return RawPage(
        rows=files,
        api_version=meta.get("api-version") if isinstance(meta, dict) else None,
        status=status.get("status") if isinstance(status, dict) else None,
    )


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
