"""Keeping store and cache in order: what lies there, what may go, what is damaged."""

import errno
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

from frazil.atomic import disk_errors, writing
from frazil.errors import UsageError
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.values import dataclass

STORE, CACHE = "store", "cache"

OWN = re.compile(
    r"(?P<kind>builds|fetch-results|git|http|locks|machine-index|metadata|rejections|resolutions|roots|stamps|wheels)"
    r"(?:-v?\d+)?|CACHEDIR\.TAG"
)
"""What frazil puts into its cache, whatever the version: whoever points it at a home folder keeps all else."""

IN_USE_SECONDS = 60 * 60
"""What was used this recently is left to the run that uses it, unless a CI job prunes what it has just used."""

# What costs a request to have again, and what only this machine could make of it.
_NOT_WORTH_CARRYING = frozenset({"http", "fetch-results", "machine-index", "stamps"})
_LOCKS = "locks"
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) *([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


# The cache's files -----------------------------------------------------------------------------------------


def own_entries(cache: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield all that frazil has in its cache; links are not followed, and what vanishes meanwhile is left out."""
    waiting = [path for path in _children(cache) if OWN.fullmatch(path.name)]
    while waiting:
        path = waiting.pop()
        try:
            status = path.lstat()
        except OSError:
            continue
        yield path, status
        if stat.S_ISDIR(status.st_mode):
            waiting += _children(path)


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
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What is to go: unused since `before` (seconds since the epoch), down to `most` bytes, `carried` on by a CI job."""

    before: float | None = None
    most: int | None = None
    carried: bool = False


def prunable(settings: Settings, places: Iterable[str]) -> list[Item]:
    """List what lies in store and cache, but for the locks, whose files must stay the same ones."""
    found: list[Item] = []
    if STORE in places:
        for entry in Store(settings.store).entries():
            worth = Worth.OWN if entry.kept else Worth.PUBLIC
            found.append(
                Item(place=STORE, path=entry.path, size=entry.size, used=entry.used, worth=worth, sha256=entry.sha256)
            )
    if CACHE in places:
        for path, status in own_entries(settings.cache):
            kind = OWN.fullmatch(path.relative_to(settings.cache).parts[0])
            if not stat.S_ISREG(status.st_mode) or kind is None or kind["kind"] in {None, _LOCKS}:
                continue
            worth = Worth.PUBLIC if kind["kind"] in _NOT_WORTH_CARRYING else Worth.OWN
            found.append(Item(place=CACHE, path=path, size=status.st_size, used=status.st_mtime, worth=worth))
    return found


def to_prune(items: Iterable[Item], pruning: Pruning, *, now: float) -> list[Item]:
    """Decide what goes, the longest unused first. What a run may be using stays, unless a CI job is at its end."""
    going, staying = [], []
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
    """Remove items, and what interrupted runs left; return those that were still there. Raises DiskError.

    Safe beside running jobs: one that misses a file of the store fetches it again.
    """
    store = Store(settings.store)
    removed = []
    for item in items:
        if item.place == STORE:
            store.discard(item.sha256, item.path.name)
            removed.append(item)
        elif remove_entry(item.path, item.path.lstat() if item.path.exists() else os.stat_result((0,) * 10)):
            removed.append(item)
    store.sweep()
    return removed


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


def verify(settings: Settings, places: Iterable[str]) -> list[Checked]:
    """Hash everything that says what it should be; what is damaged is removed unless writes are forbidden."""
    from frazil.resolutions import damaged_resolutions  # noqa: PLC0415 - only who verifies loads the lock's codec

    checked = []
    if STORE in places:
        verdicts = list(Store(settings.store).verify())
        damaged = tuple((v.entry.path, v.damage) for v in verdicts if v.damage is not None)
        checked.append(Checked(place=STORE, entries=len(verdicts), damaged=damaged))
    if CACHE in places:
        count, wrong = damaged_resolutions(settings)
        checked.append(Checked(place=CACHE, entries=count, damaged=tuple((path, "its bytes have changed") for path in wrong)))
    return checked
