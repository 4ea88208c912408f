"""`frazil cache`: where store and cache are, how large they are, and emptying them."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from frazil.atomic import disk_errors, writing
from frazil.cli.context import Answer, Context
from frazil.errors import DiskError, UsageError
from frazil.report.envelope import Document
from frazil.report.lines import aligned, line
from frazil.report.units import counted, size
from frazil.store.content import Store

STORE, CACHE = "store", "cache"
_TAG = "CACHEDIR.TAG"
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"


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
        sizes = [status.st_size for _, status in _files_below(place.path)]
    return Place(name=place.name, path=place.path, files=len(sizes), size=sum(sizes))


def _clean(place: Place, *, dry_run: bool) -> Place:
    measured = _measure(place)
    if dry_run:
        return measured
    if place.name == STORE:
        removed = Store(place.path).clean()
        return Place(name=place.name, path=place.path, files=removed.entries, size=removed.size)
    _empty(place.path)
    return measured


def _empty(folder: Path) -> None:
    """Remove what is in the cache, but not the folder, which may be a mount point or a link.

    Raises DiskError for a folder that is not marked as a cache: whoever points FRAZIL_CACHE_DIR at a home folder
    keeps it.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not _is_marked(folder):
        raise DiskError(
            f"{folder} does not look like a cache of frazil: it has no {_TAG}",
            hint="nothing was removed. Point FRAZIL_CACHE_DIR at a folder of its own",
        )
    for path, status in sorted(_everything_below(folder), key=lambda found: -len(found[0].parts)):
        # The mark goes last: what an interrupted cleaning left can be cleaned again.
        if path != folder / _TAG:
            _remove(path, status)
    _remove(folder / _TAG, (folder / _TAG).lstat())


def _is_marked(folder: Path) -> bool:
    try:
        with (folder / _TAG).open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def _remove(path: Path, status: os.stat_result) -> None:
    writing(path)
    with disk_errors("remove", path):
        try:
            if stat.S_ISDIR(status.st_mode):
                path.rmdir()
            else:
                path.unlink()
        except FileNotFoundError:
            pass
        except OSError:
            # Another run may have put something into the folder meanwhile: it stays.
            if not stat.S_ISDIR(status.st_mode) or not any(path.iterdir()):
                raise


def _files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    return ((path, status) for path, status in _everything_below(folder) if not stat.S_ISDIR(status.st_mode))


def _everything_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all that lies below a folder; links are files, and what vanishes meanwhile is left out."""
    waiting = [folder]
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            path = Path(entry.path)
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)
