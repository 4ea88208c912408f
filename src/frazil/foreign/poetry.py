"""`poetry.lock`: versions with the markers that lead to them (none before lock version 2.1)."""

from frazil.foreign.model import ForeignLock, ForeignPin
from frazil.foreign.tables import Table, digests, elsewhere, gathered, pin, table, tables, text, texts

_ELSEWHERE = {"git": "the repository", "url": "the address", "file": "the file", "directory": "the folder"}

_NOWHERE = "<empty>"
"""How Poetry writes a marker that can never hold."""


def parse_poetry(document: Table) -> ForeignLock:
    """Read a lock."""
    pins, left_out = gathered(_entry(entry) for entry in tables(document, "package"))
    return ForeignLock(form="poetry.lock", pins=pins, left_out=left_out)


def _entry(entry: Table) -> ForeignPin | str | None:
    name, version, source = text(entry, "name"), text(entry, "version"), table(entry, "source")
    kind = _ELSEWHERE.get(text(source, "type"))
    if kind is not None:
        return elsewhere(name, version, kind, text(source, "url"))
    # A table has a marker for each group: any of them may want the package.
    markers = texts(entry, "markers")
    if markers and {*markers} == {_NOWHERE}:
        return None
    return pin(
        name,
        version,
        markers=tuple(marker for marker in markers if marker != _NOWHERE),
        sha256=digests(tables(entry, "files")),
        index=text(source, "url"),
    )
