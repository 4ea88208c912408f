"""`uv.lock`: versions with the forks of the resolution that they belong to."""

from collections.abc import Iterator
from itertools import chain

from frazil.foreign.model import ForeignLock, ForeignPin
from frazil.foreign.tables import Table, digests, elsewhere, gathered, pin, table, tables, text, texts

_OWN = ("editable", "virtual")
_ELSEWHERE = {"git": "the repository", "url": "the address", "path": "the file", "directory": "the folder"}


def parse_uv(document: Table) -> ForeignLock:
    """Read a lock; the project itself and its members are no versions to prefer."""
    pins, left_out = gathered(_entry(entry) for entry in tables(document, "package"))
    return ForeignLock(form="uv.lock", pins=pins, left_out=left_out)


def _entry(entry: Table) -> ForeignPin | str | None:
    name, version, source = text(entry, "name"), text(entry, "version"), table(entry, "source")
    if any(key in source for key in _OWN):
        return None
    for key, kind in _ELSEWHERE.items():
        if key in source:
            return elsewhere(name, version, kind, text(source, key).partition("#")[0])
    files: Iterator[Table] = chain(tables(entry, "wheels"), [table(entry, "sdist")])
    return pin(
        name,
        version,
        markers=texts(entry, "resolution-markers"),
        sha256=digests(files),
        index=text(source, "registry"),
    )
