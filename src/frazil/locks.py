"""Mutual exclusion between processes: one at a time holds a lock file, and a dead holder holds nothing."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from frazil.atomic import disk_errors, make_folder, writing
from frazil.errors import DiskError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FIRST_NAP, _LONGEST_NAP = 0.01, 0.25
# Windows locks bytes for readers too: far behind what is written, so that the holder's name can be read.
_LOCKED_BYTE = 1 << 30
_NO_SUCH_LOCK = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


def _in_silence(_holder: str) -> None:
    pass


@contextlib.contextmanager
def locked(
    path: Path, *, waiting: Callable[[str], None] = _in_silence, patience: float | None = None
) -> Iterator[None]:
    """Hold the lock file `path` (created with its folder, never removed) until the block ends.

    While another process or thread holds it, `waiting` is told once by whom (`process 4711`, or `another process`).
    After `patience` seconds (None: never) DiskError is raised. The system frees the lock when its holder dies. Not
    re-entrant: who holds it and asks again waits for itself.
    """
    make_folder(path.parent)
    writing(path)
    with disk_errors("lock", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        _acquire(descriptor, path, waiting, patience)
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, waiting: Callable[[str], None], patience: float | None) -> None:
    if _try(descriptor, path):
        return
    waiting(_holder(path))
    end = None if patience is None else time.monotonic() + patience
    nap = _FIRST_NAP
    # Asked again and again, not waited for in the system: an interrupt is heard, and patience can end.
    while not _try(descriptor, path):
        if end is not None and time.monotonic() >= end:
            raise DiskError(f"{path} is locked by {_holder(path)}", hint="wait for it to end, or end it")
        time.sleep(nap)
        nap = min(2 * nap, _LONGEST_NAP)


def _try(descriptor: int, path: Path) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_SUCH_LOCK:
            why = f"cannot lock {path}: its file system has no locks"
            raise DiskError(why, hint="set FRAZIL_STORE and FRAZIL_CACHE_DIR to a local disk") from None
        if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
            return False
        with disk_errors("lock", path):
            raise
    return True


def _sign(descriptor: int) -> None:
    # What stands there is for people only; a disk that is full must not stop who only wants to exclude others.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode())


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return f"process {int(path.read_bytes()[:20])}"
    return "another process"
