"""How a file looked when it was known to be right, so that an equal look spares reading it again."""

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from frazil.values import dataclass

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link is not the file
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not keep us waiting for its writer
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Signature:
    """Size in bytes, time of the last change in nanoseconds, inode."""

    size: int
    mtime_ns: int
    inode: int


def signature_of(status: os.stat_result) -> Signature:
    return Signature(status.st_size, status.st_mtime_ns, status.st_ino)


def read_status(path: Path) -> os.stat_result | None:
    """Return what lies at a path, links not followed; None when nothing does or it cannot be asked."""
    try:
        return path.lstat()
    except (OSError, ValueError):
        return None


def read_digest(path: Path) -> tuple[str, Signature] | None:
    """Hash a regular file; return its sha256 and how it looked meanwhile.

    None when it is none (a link, a folder, a device), cannot be read, or changes under our eyes.
    """
    import hashlib  # noqa: PLC0415 - 6 ms that a run with equal signatures does not pay

    try:
        with open_regular(path) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
            before = signature_of(os.fstat(descriptor))
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            after = signature_of(os.fstat(descriptor))
    except (OSError, ValueError):
        return None
    return (digest, after) if before == after else None


@contextlib.contextmanager
def open_regular(path: Path) -> Iterator[int]:
    """Open a regular file for reading, never through a link. Raises OSError."""
    descriptor = os.open(path, _OPEN_FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def age(path: Path) -> None:
    """Set a finished file's time of change back by two seconds, so that any later write is seen by its time.

    Without this, a write within the clock's tick (up to 2 s on some file systems) could go unseen.
    Raises OSError.
    """
    now = time.time_ns()
    os.utime(path, ns=(now, now // _SECOND * _SECOND - 2 * _SECOND))
