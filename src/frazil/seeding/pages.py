"""Pages of a static index, in JSON (PEP 691, 700, 714) and HTML (PEP 503): made, and read again to be added to."""

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from frazil.quick.versions import version_key
from frazil.values import dataclass

API_VERSION = "1.1"
INDEX_KEY = "_index"
"""Where the page of all projects tells which index the tree is a mirror of; a server's own keys begin so (PEP 691)."""


class PageError(ValueError):
    """A page that cannot be read, or says another thing of a file; the argument says what, in one clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A file of a project: `url` is relative to the page; `metadata` is the sha256 of the file beside it, if any."""

    filename: str
    url: str
    sha256: str
    size: int
    version: str
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: str | None = None
    metadata: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A project with its files, in the form of JSON, sorted by name; `versions` from old to new."""

    name: str
    versions: tuple[str, ...]
    files: tuple[Mapping[str, Any], ...]


def page_with(name: str, files: Iterable[PageFile], old: Page | None) -> Page:
    """Return the page of a project with some files besides those that an older page has.

    Raises PageError where the older page has another file of one name.
    """
    entries: dict[str, Mapping[str, Any]] = {entry["filename"]: entry for entry in (old.files if old else ())}
    versions = {*(old.versions if old else ())}
    for file in files:
        known = entries.get(file.filename)
        if known is not None and known["hashes"]["sha256"] != file.sha256:
            raise PageError(f"it has another {file.filename}, of sha256 {known['hashes']['sha256']}")
        entries[file.filename] = _entry(file)
        versions.add(file.version)
    return Page(
        name=name,
        versions=tuple(sorted(versions, key=version_key)),
        files=tuple(entries[filename] for filename in sorted(entries)),
    )


def format_json(page: Page) -> bytes:
    """Write the page of a project as JSON."""
    document = {
        "meta": {"api-version": API_VERSION},
        "name": page.name,
        "versions": list(page.versions),
        "files": list(page.files),
    }
    return json.dumps(document, ensure_ascii=True).encode("ascii") + b"\n"


def format_html(page: Page) -> bytes:
    """Write the page of a project as HTML."""
    return _html(f"Links for {page.name}", (_anchor(entry) for entry in page.files))


def format_projects_json(index: str, names: Iterable[str]) -> bytes:
    """Write the page of all projects as JSON; `index` is the one that the tree is a mirror of."""
    document = {
        "meta": {"api-version": API_VERSION, INDEX_KEY: index},
        "projects": [{"name": name} for name in sorted(names)],
    }
    return json.dumps(document, ensure_ascii=True).encode("ascii") + b"\n"


def format_projects_html(names: Iterable[str]) -> bytes:
    """Write the page of all projects as HTML."""
    return _html("Simple index", (f'<a href="{quote(name)}/">{html.escape(name)}</a>' for name in sorted(names)))


def _entry(file: PageFile) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": file.filename,
        "url": file.url,
        "hashes": {"sha256": file.sha256},
        "size": file.size,
    }
    if file.upload_time is not None:
        entry["upload-time"] = file.upload_time
    if file.requires_python is not None:
        entry["requires-python"] = file.requires_python
    if file.yanked is not None:
        entry["yanked"] = file.yanked or True
    if file.metadata is not None:
        # PEP 714: the second name is for clients that read the first version of PEP 691.
        entry["core-metadata"] = entry["dist-info-metadata"] = {"sha256": file.metadata}
    return entry


def _anchor(entry: Mapping[str, Any]) -> str:
    attributes = {"href": f"{entry['url']}#sha256={entry['hashes']['sha256']}"}
    if "requires-python" in entry:
        attributes["data-requires-python"] = entry["requires-python"]
    if "yanked" in entry:
        attributes["data-yanked"] = "" if entry["yanked"] is True else entry["yanked"]
    if "core-metadata" in entry:
        told = f"sha256={entry['core-metadata']['sha256']}"
        attributes["data-core-metadata"] = attributes["data-dist-info-metadata"] = told
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{html.escape(entry['filename'])}</a>"


def _html(title: str, anchors: Iterable[str]) -> bytes:
    lines = [
        "<!DOCTYPE html>",
        "<html>",
        '<head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.0">',
        f"<title>{html.escape(title)}</title></head>",
        "<body>",
        *(f"{anchor}<br>" for anchor in anchors),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines).encode()


# Reading ---------------------------------------------------------------------------------------------------


def parse_page(data: bytes) -> Page:
    """Read the JSON page of a project that was written here. Raises PageError."""
    try:
        document = json.loads(data)
        files = tuple(_checked(entry) for entry in document["files"])
        versions = tuple(sorted(map(str, document["versions"]), key=version_key))
        return Page(name=str(document["name"]), versions=versions, files=files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PageError("it is no page that a mirror has") from None


def parse_index(data: bytes) -> str:
    """Read off the page of all projects of which index a tree is a mirror. Raises PageError."""
    try:
        index = json.loads(data)["meta"][INDEX_KEY]
    except (ValueError, KeyError, TypeError, RecursionError):
        index = None
    if not isinstance(index, str):
        raise PageError("it does not say of which index this is a mirror")
    return index


def _checked(entry: Any) -> Mapping[str, Any]:
    texts = (entry["filename"], entry["url"], entry["hashes"]["sha256"])
    optional = (entry.get("requires-python", ""), entry.get("upload-time", ""), entry.get("yanked", "") or "")
    metadata = entry.get("core-metadata", {"sha256": ""})["sha256"]
    if not all(isinstance(text, str) for text in (*texts, *(o for o in optional if o is not True), metadata)):
        raise TypeError("not a text")
    found: Mapping[str, Any] = entry
    return found
