"""`pylock.toml` (PEP 751), whoever wrote it."""

from collections.abc import Iterator

from packaging.pylock import Package, Pylock

from frazil.foreign.model import ForeignLock, ForeignPin, Selectable
from frazil.foreign.tables import Table, elsewhere, gathered, pin


def parse_pylock(document: Table) -> ForeignLock:
    """Read a lock. Raises PylockValidationError for one that breaks the rules of the format."""
    lock = Pylock.from_dict(document)
    pins, left_out = gathered(_entry(package) for package in lock.packages)
    groups = frozenset((*(lock.dependency_groups or ()), *(lock.default_groups or ())))
    selectable = Selectable(extras=frozenset(lock.extras or ()), groups=groups)
    return ForeignLock(form="pylock.toml", pins=pins, left_out=left_out, selectable=selectable)


def _entry(package: Package) -> ForeignPin | str | None:
    version = "" if package.version is None else str(package.version)
    if package.vcs is not None:
        return elsewhere(package.name, version, "the repository", package.vcs.url or package.vcs.path or "")
    if package.archive is not None:
        return elsewhere(package.name, version, "the address", package.archive.url or package.archive.path or "")
    if package.directory is not None:
        return None
    if not version:
        return f"{package.name} has no version"
    return pin(
        package.name,
        version,
        markers=() if package.marker is None else (str(package.marker),),
        sha256=frozenset(_digests(package)),
        index=package.index,
    )


def _digests(package: Package) -> Iterator[str]:
    for file in (*(package.wheels or ()), *((package.sdist,) if package.sdist is not None else ())):
        if "sha256" in file.hashes:
            yield file.hashes["sha256"].lower()
