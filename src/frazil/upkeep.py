"""Keeping store and cache in order: what lies there, what may go, what is damaged."""

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from pathlib import Path

from frazil.atomic import disk_errors, writing
from frazil.errors import DiskError, UsageError
from frazil.locks import locked
from frazil.regex import regex
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.values import dataclass

STORE, CACHE = "store", "cache"

OWN = regex(
    r"(?P<kind>answers|built-wheels|builds|checked|fetch-results|git|http|locks|machine-index|manifests|metadata|pages"
    r"|rejections|resolutions|roots|stamps)(?:-v?\d+)?|CACHEDIR\.TAG"
)
"""What frazil puts into its cache, whatever the version: whoever points it at a home folder keeps all else."""

IN_USE_SECONDS = 60 * 60
"""What was used this recently is left to the run that uses it, unless a CI job prunes what it has just used."""

# What anybody can ask for again, and what holds for these very files on this very disk.
_NOT_CARRIED = frozenset({"http", "fetch-results", "machine-index", "manifests", "stamps"})
_LOCKS, _REPOSITORIES = "locks", "git"
_SIZE = regex(r"(\d{1,12}(?:\.\d{1,6})?) *([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


# The cache's files -----------------------------------------------------------------------------------------


def own_entries(cache: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all that frazil has in its cache, folders too; links are not followed."""
    for path in _children(cache):
        if OWN.fullmatch(path.name):
            yield from _all_below(path)


def _all_below(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    waiting = [path]
    while waiting:
        path = waiting.pop()
        try:
            status = path.lstat()
        except OSError:
            continue  # it vanished meanwhile
        yield path, status
        if stat.S_ISDIR(status.st_mode):
            waiting += _children(path)


def _files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    return ((path, status) for path, status in _all_below(folder) if stat.S_ISREG(status.st_mode))


def remove_entry(path: Path, status: os.stat_result) -> bool:
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


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


# Pruning ---------------------------------------------------------------------------------------------------


class Worth(Enum):
    """What it costs to have something again."""

    PUBLIC = "anybody's to download"
    OWN = "made here, or from an index that knows us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that may go: `used` is when (seconds since the epoch) it was last of use, `size` bytes."""

    place: str
    path: Path
    size: int
    used: float
    worth: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What is to go: unused since `before` (seconds since the epoch), until `most` bytes are left.

    `carried` says that a CI job at its end will carry on what stays: what anybody can have again is not worth it.
    """

    before: float | None = None
    most: int | None = None
    carried: bool = False


def prunable(settings: Settings, places: Collection[str]) -> list[Item]:
    """List what lies in store and cache, but for the locks, whose files must stay the same ones."""
    return [
        *(_stored(settings) if STORE in places else ()),
        *(_cached(settings.cache) if CACHE in places else ()),
    ]


def _stored(settings: Settings) -> Iterator[Item]:
    for entry in Store(settings.store).entries():
        worth = Worth.OWN if entry.kept else Worth.PUBLIC
        yield Item(place=STORE, path=entry.path, size=entry.size, used=entry.used, worth=worth)


def _cached(cache: Path) -> Iterator[Item]:
    for folder in _children(cache):
        found = OWN.fullmatch(folder.name)
        kind = None if found is None else found["kind"]
        if kind == _REPOSITORIES:
            yield from (_repository(path) for path in _children(folder) if path.is_dir() and not path.is_symlink())
        elif kind is not None and kind != _LOCKS:
            worth = Worth.PUBLIC if kind in _NOT_CARRIED else Worth.OWN
            for path, status in _files_below(folder):
                yield Item(place=CACHE, path=path, size=status.st_size, used=status.st_mtime, worth=worth)


def _repository(folder: Path) -> Item:
    """Return a git repository as one thing: without some of its files it would be broken."""
    statuses = [status for _, status in _files_below(folder)]
    used = max((status.st_mtime for status in statuses), default=0.0)
    size = sum(status.st_size for status in statuses)
    return Item(place=CACHE, path=folder, size=size, used=used, worth=Worth.OWN)


def to_prune(items: Iterable[Item], pruning: Pruning, *, now: float) -> list[Item]:
    """Decide what goes, the longest unused first. What a run may be using stays, unless a CI job is at its end."""
    going: list[Item] = []
    staying: list[Item] = []
    for item in sorted(items, key=lambda item: (item.used, item.path)):
        old = pruning.before is not None and item.used < min(pruning.before, now - IN_USE_SECONDS)
        left = pruning.carried and item.worth is Worth.PUBLIC
        (going if old or left else staying).append(item)
    if pruning.most is not None:
        room = pruning.most - sum(item.size for item in staying)
        for item in staying:
            if room >= 0:
                break
            if item.used < now - IN_USE_SECONDS or pruning.carried:
                going.append(item)
                room += item.size
    return going


def prune(settings: Settings, items: Iterable[Item]) -> list[Item]:
    """Remove items, and what interrupted runs left; return those that are gone. Raises DiskError.

    Safe beside running jobs: one that misses a file fetches it again.
    """
    store = Store(settings.store)
    gone = [item for item in items if _remove(store, item)]
    store.sweep()
    return gone


def _remove(store: Store, item: Item) -> bool:
    writing(item.path)
    if item.place == STORE:
        store.discard(item.path.parent.name, item.path.name)
        return True
    with disk_errors("remove", item.path):
        if not item.path.is_dir():
            item.path.unlink(missing_ok=True)
            return True
        with contextlib.suppress(DiskError), locked(item.path.with_suffix(".lock"), patience=0):
            with contextlib.suppress(FileNotFoundError):  # another prune had the lock until now
                shutil.rmtree(item.path)
            return True
    return False  # somebody works with it


def parse_size(text: str) -> int:
    """Read a size in bytes: `500MB`, `2 GB`, `1GiB`, `1000000`. Raises UsageError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise UsageError(f"{text!r} is no size", hint="write 500MB, 2GB or 1GiB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()])


# Verifying -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many were looked at in a place, and what is wrong with the damaged ones: (path, clause)."""

    place: str
    entries: int
    damaged: tuple[tuple[Path, str], ...]


def verify(settings: Settings, places: Collection[str]) -> list[Checked]:
    """Hash everything that says what it should be; what is damaged is removed unless writes are forbidden."""
    from frazil.resolutions import damaged_resolutions  # noqa: PLC0415 - only who verifies loads the lock's codec

    checked = []
    if STORE in places:
        verdicts = list(Store(settings.store).verify())
        damaged = tuple((v.entry.path, v.damage) for v in verdicts if v.damage is not None)
        checked.append(Checked(place=STORE, entries=len(verdicts), damaged=damaged))
    if CACHE in places:
        count, wrong = damaged_resolutions(settings)
        damaged = tuple((path, "its bytes have changed") for path in wrong)
        checked.append(Checked(place=CACHE, entries=count, damaged=damaged))
    return checked
