"""`frazil cache`: where store and cache are, how large they are, and emptying them."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from frazil.atomic import disk_errors, writing
from frazil.cli.context import Answer, Context
from frazil.errors import UsageError
from frazil.report.envelope import Document
from frazil.report.lines import aligned, line
from frazil.report.units import counted, size
from frazil.store.content import Store
from frazil.values import dataclass

STORE, CACHE = "store", "cache"
_OWN = re.compile(
    r"(?:fetch-results|http|locks|machine-index|metadata|resolutions|roots|stamps)(?:-v?\d+)?|CACHEDIR\.TAG"
)
"""What frazil puts into its cache, whatever the version: whoever points it at a home folder keeps all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The store or the cache, with the files in it and their bytes (None where nobody counted)."""

    name: str
    path: Path
    files: int | None = None
    size: int | None = None


def answer(context: Context) -> Answer:
    """Name, measure or empty the places."""
    action, *which = context.arguments.words or (None,)
    settings = context.settings()
    places = [Place(name=STORE, path=settings.store), Place(name=CACHE, path=settings.cache)]
    chosen = [place for place in places if not which or place.name in which]
    match action:
        case "dir":
            return _named(chosen, alone=bool(which))
        case "size":
            return _measured([_measure(place) for place in chosen])
        case "clean":
            return _cleaned([_clean(place, dry_run=context.arguments.dry_run) for place in chosen], context)
        case _:
            raise UsageError("`frazil cache` needs to know what to do", hint="it takes dir, size or clean")


# Answers ---------------------------------------------------------------------------------------------------


def _named(places: list[Place], *, alone: bool) -> Answer:
    lines = (line(str(places[0].path)),) if alone else aligned([[place.name, str(place.path)] for place in places])
    return Answer(document=lambda: _document("dir", places), data=lambda: lines)


def _measured(places: list[Place]) -> Answer:
    lines = aligned([[place.name, size(place.size or 0), _files(place), str(place.path)] for place in places])
    return Answer(document=lambda: _document("size", places), data=lambda: lines)


def _cleaned(places: list[Place], context: Context) -> Answer:
    dry_run = context.arguments.dry_run
    verb = "Would remove" if dry_run else "Removed"
    words = tuple(
        line(f"{verb} {_files(place)}, {size(place.size or 0)}, from the {place.name} in {place.path}")
        for place in places
    )
    return Answer(document=lambda: _document("clean", places, dry_run=dry_run), words=lambda: words)


def _files(place: Place) -> str:
    return counted(place.files or 0, "artifact" if place.name == STORE else "file")


def _document(action: str, places: list[Place], *, dry_run: bool = False) -> Document:
    shown = [
        {"name": place.name, "path": str(place.path), "files": place.files, "size": place.size} for place in places
    ]
    return {"action": action, "dry-run": dry_run, "places": shown}


# Deeds -----------------------------------------------------------------------------------------------------


def _measure(place: Place) -> Place:
    if place.name == STORE:
        sizes = [entry.size for entry in Store(place.path).entries()]
    else:
        sizes = [status.st_size for _, status in _own_entries(place.path) if not stat.S_ISDIR(status.st_mode)]
    return Place(name=place.name, path=place.path, files=len(sizes), size=sum(sizes))


def _clean(place: Place, *, dry_run: bool) -> Place:
    if dry_run:
        return _measure(place)
    if place.name == STORE:
        removed = Store(place.path).clean()
        return Place(name=place.name, path=place.path, files=removed.entries, size=removed.size)
    sizes = []
    # Folders come before what is in them, and go after it.
    for path, status in reversed(list(_own_entries(place.path))):
        if _remove(path, status) and not stat.S_ISDIR(status.st_mode):
            sizes.append(status.st_size)
    return Place(name=place.name, path=place.path, files=len(sizes), size=sum(sizes))


def _remove(path: Path, status: os.stat_result) -> bool:
    """Remove a file or an empty folder; what another run put there meanwhile stays. Raises DiskError."""
    writing(path)
    with disk_errors("remove", path):
        try:
            if stat.S_ISDIR(status.st_mode):
                path.rmdir()
            else:
                path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
            return False
    return True


def _own_entries(cache: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all that frazil has in its cache; links are not followed, and what vanishes meanwhile is left out."""
    waiting = [path for path in _children(cache) if _OWN.fullmatch(path.name)]
    while waiting:
        path = waiting.pop()
        try:
            status = path.lstat()
        except OSError:
            continue
        yield path, status
        if stat.S_ISDIR(status.st_mode):
            waiting += _children(path)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
