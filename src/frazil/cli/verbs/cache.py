"""`frazil cache`: where store and cache are, how large they are, and keeping them in order."""

import stat
from collections.abc import Sequence
from pathlib import Path

from frazil.cli.context import Answer, Context
from frazil.cli.verbs.cache_answers import cache_document
from frazil.errors import UsageError
from frazil.report.envelope import Document
from frazil.report.lines import aligned, line
from frazil.report.units import counted, size
from frazil.store.content import Store
from frazil.upkeep import CACHE, STORE, own_entries, remove_entry
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The store or the cache, with the files in it and their bytes (None where nobody counted)."""

    name: str
    path: Path
    files: int | None = None
    size: int | None = None


def answer(context: Context) -> Answer:
    """Name, measure, empty, prune or verify the places, or say under which key a CI service should keep them."""
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
            return _removed("clean", [_clean(place, dry_run=context.arguments.dry_run) for place in chosen], context)
        case "prune":
            return _pruned(chosen, context)
        case "verify":
            from frazil.cli.verbs.cache_verifying import verified  # noqa: PLC0415 - each action loads what it needs

            return verified([place.name for place in chosen], context)
        case "key":
            from frazil.cli.verbs.cache_key import key_answer  # noqa: PLC0415

            return key_answer(context)
        case _:
            hint = "it takes dir, size, prune, verify, key or clean"
            raise UsageError("`frazil cache` needs to know what to do", hint=hint)


# Answers ---------------------------------------------------------------------------------------------------


def _named(places: list[Place], *, alone: bool) -> Answer:
    lines = (line(str(places[0].path)),) if alone else aligned([[place.name, str(place.path)] for place in places])
    return Answer(document=lambda: _document("dir", places), data=lambda: lines)


def _measured(places: list[Place]) -> Answer:
    lines = aligned([[place.name, size(place.size or 0), _files(place), str(place.path)] for place in places])
    return Answer(document=lambda: _document("size", places), data=lambda: lines)


def _removed(action: str, places: list[Place], context: Context) -> Answer:
    dry_run = context.arguments.dry_run
    verb = "Would remove" if dry_run else "Removed"
    words = tuple(
        line(f"{verb} {_files(place)}, {size(place.size or 0)}, from the {place.name} in {place.path}")
        for place in places
    )
    return Answer(document=lambda: _document(action, places, dry_run=dry_run), words=lambda: words)


def _pruned(places: list[Place], context: Context) -> Answer:
    from frazil.cli.verbs.cache_pruning import removed_items  # noqa: PLC0415 - each action loads what it needs

    gone = removed_items([place.name for place in places], context)
    counted_places = [
        Place(
            name=place.name,
            path=place.path,
            files=sum(item.place == place.name for item in gone),
            size=sum(item.size for item in gone if item.place == place.name),
        )
        for place in places
    ]
    return _removed("prune", counted_places, context)


def _files(place: Place) -> str:
    return counted(place.files or 0, "artifact" if place.name == STORE else "file")


def _document(action: str, places: Sequence[Place], *, dry_run: bool = False) -> Document:
    shown = [
        {"name": place.name, "path": str(place.path), "files": place.files, "size": place.size} for place in places
    ]
    return cache_document(action, shown, dry_run=dry_run)


# Deeds -----------------------------------------------------------------------------------------------------


def _measure(place: Place) -> Place:
    if place.name == STORE:
        sizes = [entry.size for entry in Store(place.path).entries()]
    else:
        sizes = [status.st_size for _, status in own_entries(place.path) if not stat.S_ISDIR(status.st_mode)]
    return Place(name=place.name, path=place.path, files=len(sizes), size=sum(sizes))


def _clean(place: Place, *, dry_run: bool) -> Place:
    if dry_run:
        return _measure(place)
    if place.name == STORE:
        removed = Store(place.path).clean()
        return Place(name=place.name, path=place.path, files=removed.entries, size=removed.size)
    sizes = []
    # Folders come before what is in them, and go after it.
    for path, status in reversed(list(own_entries(place.path))):
        if remove_entry(path, status) and not stat.S_ISDIR(status.st_mode):
            sizes.append(status.st_size)
    return Place(name=place.name, path=place.path, files=len(sizes), size=sum(sizes))
