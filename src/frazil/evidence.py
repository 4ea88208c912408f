"""What an answer "nothing to do" rests on: the files that must look the same for it to be true again."""

import os
import time
from collections.abc import Iterable

from frazil.digest import sha256_of
from frazil.values import dataclass

# A file that changed this shortly before it was looked at may change again and look the same: clocks tick every few
# milliseconds, on file systems that keep whole seconds every two seconds.
_TICK_NS = 50_000_000
_COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
UNSURE = ""
"""In place of a digest: the look of something so new that it tells nothing, and whose bytes were not read."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a file or folder looked before it was read: absolute path, bytes, times in ns, inode.

    `changed_ns` is when anything about it changed, which nobody can set back; 0 where that does not matter. `sha256`
    is that of the bytes that were read, of a file so new that it may change again and look the same; then it decides
    alone. None for others, UNSURE where nothing can decide.
    """

    path: str
    size: int
    mtime_ns: int
    changed_ns: int
    inode: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What it takes to link out again what a finished fetch linked out: absolute paths, the fetch's own words.

    `links` are (place in the output, sha256, bytes); a place ends in the file's name.
    """

    store: str
    cache: str
    lock: str
    out: str
    mode: str
    targets: tuple[str, ...]
    environments: tuple[str, ...]
    links: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Files and folders as they looked, absolute paths that are `absent` and would count, files in the output.

    `outputs` are None where these are too new to be known by their look. `again` is how to have the output once more,
    should it be gone.
    """

    looked_at: tuple[Look, ...] = ()
    absent: tuple[str, ...] = ()
    outputs: tuple[Look, ...] | None = ()
    again: Again | None = None

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            looked_at=tuple(dict.fromkeys(self.looked_at + other.looked_at)),
            absent=tuple(dict.fromkeys(self.absent + other.absent)),
            outputs=None if self.outputs is None or other.outputs is None else self.outputs + other.outputs,
            again=self.again or other.again,
        )


def look_of(path: str, status: os.stat_result) -> Look:
    """Return a look from what the system said just now, before anything was read."""
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    tick = _TICK_NS if newest % _SECOND_NS else _COARSE_TICK_NS
    unsure = UNSURE if time.time_ns() - newest < tick else None
    return Look(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, unsure)


def having_read(look: Look, content: bytes) -> Look:
    """Return the look of a file whose bytes have been read since: if it was too new to tell anything, they decide."""
    return look if look.sha256 is None else look_of_bytes(look.path, content)


def look_at(path: str) -> Look | None:
    """Look at a file or folder, links followed; None when there is none or it cannot be asked."""
    try:
        return look_of(path, os.stat(path))  # noqa: PTH116 - hundreds of them in a run with nothing to do
    except (OSError, ValueError):
        return None


def look_at_all(paths: Iterable[str]) -> tuple[Look, ...] | None:
    """Look at many; None where one is not there, or too new to be known by its look."""
    looks = []
    for path in paths:
        look = look_at(path)
        if look is None or look.sha256 is not None:
            return None
        looks.append(look)
    return tuple(looks)


def look_of_bytes(path: str, content: bytes) -> Look:
    """Return the look of a file that was written with this content just now: only its bytes tell."""
    return Look(path, len(content), 0, 0, 0, sha256_of(content))
