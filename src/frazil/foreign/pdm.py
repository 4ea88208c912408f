"""`pdm.lock`: versions with a marker each; an extra is an entry of its own with the same version."""

from frazil.foreign.model import ForeignLock, ForeignPin
from frazil.foreign.tables import Table, digests, elsewhere, gathered, pin, tables, text, texts

_ELSEWHERE = {"git": "the repository", "url": "the address", "path": "the place"}


def parse_pdm(document: Table) -> ForeignLock:
    """Read a lock."""
    pins, left_out = gathered(_entry(entry) for entry in tables(document, "package"))
    return ForeignLock(form="pdm.lock", pins=pins, left_out=left_out)


def _entry(entry: Table) -> ForeignPin | str | None:
    name, version = text(entry, "name"), text(entry, "version")
    if "extras" in entry:
        return None
    for key, kind in _ELSEWHERE.items():
        if key in entry:
            return elsewhere(name, version, kind, text(entry, key))
    return pin(name, version, markers=texts(entry, "marker"), sha256=digests(tables(entry, "files")))
