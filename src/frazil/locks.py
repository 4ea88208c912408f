"""Mutual exclusion between processes: one at a time holds a lock file, and a dead holder holds nothing."""

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from frazil.atomic import disk_errors, make_folder, writing
from frazil.errors import DiskError
from frazil.opening import open_plain

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FIRST_NAP, _LONGEST_NAP = 0.01, 0.25
# Windows locks bytes for readers too: far behind what is written, so that the holder's name can be read.
_LOCKED_BYTE = 1 << 30
_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)  # who holds a lock signs it: never in what a link leads to
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not keep us waiting
    | getattr(os, "O_CLOEXEC", 0)
)
_NO_SUCH_LOCK = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


def _in_silence(_holder: str) -> None:
    pass


def _at_rest() -> None:
    pass


@contextlib.contextmanager
def locked(
    path: Path,
    *,
    waiting: Callable[[str], None] = _in_silence,
    meanwhile: Callable[[], None] = _at_rest,
    patience: float | None = None,
    lasting: bool = True,
) -> Iterator[None]:
    """Hold the lock file `path` (created with its folder) until the block ends.

    While another process or thread holds it, `waiting` is told once by whom (`process 4711`, or `another process`),
    and `meanwhile` is called again and again: what it raises ends the wait. After `patience` seconds (None: never)
    DiskError is raised. The system frees the lock when its holder dies. The file stays unless it is not `lasting`. Not
    re-entrant: who holds it and asks again waits for itself.
    """
    make_folder(path.parent)
    writing(path)
    descriptor = _acquired(path, _Wait(waiting, meanwhile, patience))
    try:
        _sign(descriptor)
        yield
    finally:
        if not lasting:
            with contextlib.suppress(OSError):
                path.unlink()  # while it is held: who waits for this file sees that it is gone, and takes a new one
        os.close(descriptor)


class _Wait:
    """How somebody waits, who has been told of it or not."""

    def __init__(self, waiting: Callable[[str], None], meanwhile: Callable[[], None], patience: float | None) -> None:
        self.waiting = waiting
        self.meanwhile = meanwhile
        self.end = None if patience is None else time.monotonic() + patience

    def tell(self, holder: str) -> None:
        self.waiting(holder)
        self.waiting = _in_silence


def _acquired(path: Path, wait: _Wait) -> int:
    while True:
        descriptor = _opened(path)
        try:
            _acquire(descriptor, path, wait)
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open the file of a lock; what is none in its place (a link, a FIFO, a socket) is removed, a folder stays."""
    for last in (False, True):
        with disk_errors("lock", path):
            try:
                descriptor = os.open(path, _FLAGS, 0o666)
            except OSError as error:
                if last or error.errno not in {errno.ELOOP, errno.ENXIO}:
                    raise
            else:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return descriptor
                os.close(descriptor)
            path.unlink(missing_ok=True)
    raise DiskError(f"cannot lock {path}: it is no regular file", hint="remove it")


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether a file is still the one at its path: who held it before may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _acquire(descriptor: int, path: Path, wait: _Wait) -> None:
    if _try(descriptor, path):
        return
    wait.tell(_holder(path))
    nap = _FIRST_NAP
    # Asked again and again, not waited for in the system: an interrupt is heard, and patience can end.
    while not _try(descriptor, path):
        wait.meanwhile()
        if wait.end is not None and time.monotonic() >= wait.end:
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
    with contextlib.suppress(OSError, ValueError), open_plain(path) as file:
        return f"process {int(file.read(20))}"
    return "another process"
