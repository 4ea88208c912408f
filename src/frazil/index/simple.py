"""Pages of the Simple API, text to value: JSON (PEP 691, 700, 714, 792) and HTML (PEP 503, 592, 629, 658).

Both forms become rows of the JSON form, and one function turns a row into an offer: so both say the same. A page is
grouped into releases when it is parsed; a release's rows are decoded when somebody asks for its files.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from urllib.parse import urljoin

from frazil.errors import IndexAnswerError
from frazil.index.filenames import version_in
from frazil.index.json_page import read_json
from frazil.index.listing import PageListing, ReadRows
from frazil.index.page_scan import OddPage, ScannedPage, scan_page
from frazil.index.rows import PageError, RawPage, Row, known_status
from frazil.model import IndexSource
from frazil.quick.versions import Key, read_versions
from frazil.regex import regex
from frazil.values import dataclass

_JSON_TYPE = regex(r"application/vnd\.pypi\.simple\.(v[0-9]{1,9}|latest)\+json")
_HTML_TYPE = regex(r"application/vnd\.pypi\.simple\.(v[0-9]{1,9}|latest)\+html|text/html")
_API_VERSION = regex(r"([0-9]{1,9})\.[0-9]{1,9}")


def parse_page(body: bytes, content_type: str, url: str, name: str, *, index: str = "default") -> PageListing:
    """Parse one project's page; `url` is where it was found in the end, `name` the normalised project name.

    Files that do not belong to the project or cannot be read are left out silently, as pip does.
    Raises IndexAnswerError, naming index and project, for what is not a page or of an unknown major version.
    """
    try:
        page = _read(body, content_type, name)
        _check_api_version(page.api_version)
        base = url if page.base is None else urljoin(url, page.base)
    except ValueError as error:
        why = str(error) if isinstance(error, PageError) else "its base address cannot be read"
        raise IndexAnswerError(
            f"the index {index} did not answer with a page for {name}: {why}",
            details=(url.partition("?")[0],),
            hint="is this the address of a Simple API, with nothing (a login page, a proxy) standing before it?",
        ) from None
    status = known_status(page.status)
    # PEP 792: a quarantined project offers nothing.
    rows = _ParsedRows({}) if status == "quarantined" else page.rows
    return PageListing(
        name=name, source=IndexSource(index), status=status, versions=rows.versions, rows=rows, base=base
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of either form: its rows by release, and what else it says."""

    rows: "_ParsedRows | _ScannedRows"
    base: str | None
    api_version: object
    status: object


def _read(body: bytes, content_type: str, name: str) -> _Page:
    scanned = scan_page(body, name) if _is_json(content_type) else None
    if scanned is not None:
        rows = _ScannedRows(scanned, name)
        return _Page(rows=rows, base=None, api_version=scanned.api_version, status=scanned.status)
    return _parsed(read_whole(body, content_type, name), name)


def read_whole(body: bytes, content_type: str, name: str) -> RawPage:
    """Read all rows of a project's page, of either form. Raises PageError."""
    if _is_json(content_type):
        return read_json(body, name)
    from frazil.index.html_page import read_html  # noqa: PLC0415 - most indexes speak JSON

    return read_html(body, content_type)


def _is_json(content_type: str) -> bool:
    """Say whether a page has the JSON form, else it has the other. Raises PageError for what is neither."""
    media_type = content_type.partition(";")[0].strip().lower()
    if match := _JSON_TYPE.fullmatch(media_type):
        _check_major(match[1].lstrip("v"))
        return True
    if match := _HTML_TYPE.fullmatch(media_type):
        _check_major((match[1] or "v1").lstrip("v"))
        return False
    raise PageError(f"its content type is {media_type[:100] or 'not stated'}, which is no page of the Simple API")


def _parsed(page: RawPage, name: str) -> _Page:
    rows = _ParsedRows(_rows_by_release(page.rows, name))
    return _Page(rows=rows, base=page.base, api_version=page.api_version, status=page.status)


def _check_api_version(version: object) -> None:
    """PEP 629: an unknown major version is refused, an unknown minor one is fine; none at all means 1.0."""
    if version is None:
        return
    match = _API_VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        raise PageError("it does not say which version of the Simple API it speaks")
    _check_major(str(int(match[1])))


def _check_major(major: str) -> None:
    if major not in {"1", "latest"}:
        raise PageError(f"it speaks version {major} of the Simple API, and only version 1 is understood")


# Releases --------------------------------------------------------------------------------------------------


class _ParsedRows:
    """Rows of a page that was read whole."""

    def __init__(self, releases: Mapping[str, tuple[Row, ...]]) -> None:
        self._releases = releases
        self.versions = tuple(releases)

    def of(self, version: str) -> Mapping[str, ReadRows]:
        return _by_filename(self._releases[version])


_FEW = 16
"""Releases of a page whose files are looked for one by one; for more it is cheaper to look at all names once."""


class _ScannedRows:
    """Rows of a page that was only looked through: decoded release by release."""

    def __init__(self, page: ScannedPage, project: str) -> None:
        self._page = page
        self._project = project
        self._spellings = _releases(page.spellings)
        self.versions = tuple(self._spellings)
        self._asked = 0

    def of(self, version: str) -> Mapping[str, ReadRows]:
        self._asked += 1
        files = self._page.files if self._asked <= _FEW else self._page.files_from_all
        found = files(self._spellings[version])
        return {name: partial(self._read, version, name, positions) for name, positions in found.items()}

    def _read(self, version: str, filename: str, positions: Iterable[int]) -> Iterable[Row]:
        try:
            return [self._page.row(position, filename) for position in positions]
        except OddPage:
            rows = self._whole.get(version, ())
            return [row for row in rows if row["filename"] == filename]

    @cached_property
    def _whole(self) -> Mapping[str, tuple[Row, ...]]:
        try:
            return _rows_by_release(read_json(self._page.body).rows, self._project)
        except PageError:
            return {}


def _releases(texts: Iterable[str]) -> dict[str, list[str]]:
    """Group spellings of versions into releases, newest first, each under one canonical text."""
    releases: dict[Key, list[str]] = {}
    names: dict[Key, str] = {}
    for text, name, key in read_versions(texts):
        releases.setdefault(key, []).append(text)
        # 1.0 and 1.0.0 are one release: the shortest spelling names it, whatever the order.
        names[key] = min(names[key], name, key=_by_length) if key in names else name
    return {names[key]: releases[key] for key in sorted(releases, reverse=True)}


def _rows_by_release(rows: Iterable[object], name: str) -> dict[str, tuple[Row, ...]]:
    """Group the files that belong to the project into releases, newest first."""
    by_text: dict[str, list[Row]] = {}
    for row in rows:
        filename = row.get("filename") if isinstance(row, dict) else None
        text = version_in(filename, name) if isinstance(filename, str) else None
        if text is not None and isinstance(row, dict):
            by_text.setdefault(text, []).append(row)
    return {
        release: tuple(row for spelling in spellings for row in by_text[spelling])
        for release, spellings in _releases(by_text).items()
    }


def _by_filename(rows: Iterable[Row]) -> Mapping[str, ReadRows]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["filename"], []).append(row)
    return {filename: partial(iter, together) for filename, together in found.items()}


def _by_length(text: str) -> tuple[int, str]:
    return len(text), text
