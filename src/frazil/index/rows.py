"""One file of a page: a row of the JSON form, and the offer that it stands for."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from frazil.errors import cleaned
from frazil.model import Offer
from frazil.regex import regex
from frazil.requirement import parse_specifier
from frazil.store.names import is_plain_name
from frazil.values import dataclass

MOST_FILES = 200_000
LONGEST_VALUE = 8192
"""Characters of an address, and of any other text that a page says of a file."""

_LONGEST_REASON = 1000
_LONGEST_SPECIFIER = 1000
_LARGEST_SIZE = 2**53
_STATUSES = frozenset({"active", "archived", "quarantined", "deprecated"})
_SHA256 = regex(r"[0-9A-Fa-f]{64}")
_HOST = regex(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# An address that stays as it is: absolute, nothing in it that is left out or has to be encoded.
_PLAIN_ADDRESS = regex(r"https?://[A-Za-z0-9._-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9%._~+!-]*)+")

Row = Mapping[str, Any]
"""One file as the JSON form describes it; nothing in it has been checked."""


class PageError(ValueError):
    """What was answered is not a page; the argument says why, in one clause about `it`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """What a page of either form says: rows of the JSON form, and what relative addresses are joined to (or None).

    `rows` may hold anything at all; `api_version` and `status` are whatever the page gives for them.
    """

    rows: Iterable[object]
    base: str | None = None
    api_version: object = None
    status: object = None


def known_status(status: object) -> str:
    """Return a PEP 792 status; one of later days means no more than `active`."""
    return status if isinstance(status, str) and status in _STATUSES else "active"


def decode_row(row: Row, base: str) -> Offer | None:
    """Decode one file whose name is known to fit; None if it cannot be reached at all, or its name is no plain segment.

    What cannot be read of the rest counts as not said: a digest that is not 64 hex digits, a size that is no
    number, a `requires-python` that is no specifier (pip reads it so too).
    """
    url = _address(base, row.get("url"))
    if url is None or not is_plain_name(row["filename"]):
        return None
    return Offer(
        filename=row["filename"],
        url=url,
        sha256=_sha256(row.get("hashes")),
        size=_size(row.get("size")),
        upload_time=_upload_time(row.get("upload-time")),
        requires_python=read_requires_python(row.get("requires-python")),
        yanked=_yanked(row.get("yanked")),
        # PEP 714: the new key counts where both are there.
        metadata=_metadata(row.get("core-metadata", row.get("dist-info-metadata"))),
    )


def read_requires_python(text: object) -> str | None:
    """Return the canonical text of a `requires-python`; None (any Python) for what is no specifier, as pip does."""
    if not isinstance(text, str) or len(text) > _LONGEST_SPECIFIER or not text.strip() or not text.isascii():
        return None
    try:
        canonical = parse_specifier(text)
    except ValueError:
        return None
    return canonical if canonical.isprintable() else None


def _address(base: str, url: object) -> str | None:
    """Return an absolute HTTP address without credentials and fragment, percent-encoded where it must be."""
    if isinstance(url, str) and len(url) <= LONGEST_VALUE and _PLAIN_ADDRESS.fullmatch(url):
        return url
    if not isinstance(url, str) or not url or len(url) > LONGEST_VALUE or not url.isprintable() or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        if not parts.scheme:
            parts = urlsplit(urljoin(base, url))
        host = parts.netloc.rpartition("@")[2]
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
            return None
        path, query = (quote(part, safe="%/:=&?~+!$,;'@()*[]") for part in (parts.path, parts.query))
    except ValueError:
        return None
    return urlunsplit((parts.scheme, host, path, query, ""))


def _sha256(hashes: object) -> str | None:
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    return digest.lower() if isinstance(digest, str) and _SHA256.fullmatch(digest) else None


def _size(size: object) -> int | None:
    if not isinstance(size, int) or isinstance(size, bool):
        return None
    return size if 0 <= size <= _LARGEST_SIZE else None


def _upload_time(text: object) -> datetime | None:
    """PEP 700: an ISO 8601 instant in UTC."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _yanked(yanked: object) -> str | None:
    """PEP 592: None, or the reason, which may be empty."""
    if isinstance(yanked, str) and yanked:
        text = yanked[:_LONGEST_REASON].encode("utf-8", "replace").decode("utf-8")  # lone surrogates fit in no file
        return " ".join(cleaned(text).split())
    return "" if yanked is True else None


def _metadata(metadata: object) -> str | None:
    """PEP 658: None, the digest of the metadata file, or an empty text where there is one without a digest."""
    if isinstance(metadata, dict):
        return _sha256(metadata) or ""
    return "" if metadata is True else None
