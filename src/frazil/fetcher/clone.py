"""One file as another: cloned where the file system shares blocks, else copied and hashed on the way."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from frazil.store.signature import open_regular

_BUFFER = 1024 * 1024
_FICLONE = 0x40049409
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_CANNOT = {
    errno.EOPNOTSUPP,
    errno.ENOTSUP,
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOTTY,
    errno.ENOSYS,
    errno.EPERM,
    errno.EACCES,
    errno.EMLINK,
    errno.ETXTBSY,
    errno.EISDIR,
}


def cannot_link(error: OSError) -> bool:
    """Say whether an error means that this kind of link does not work here, so that a copy may."""
    return error.errno in _CANNOT or getattr(error, "winerror", None) is not None


def clone_file(source: Path, target: Path) -> bool:
    """Make `target` a file of its own that shares the blocks of `source`; say whether the file system can.

    Raises OSError for anything else that goes wrong.
    """
    cloned = False
    try:
        if sys.platform == "linux":
            cloned = _clone_linux(source, target)
        elif sys.platform == "darwin":
            cloned = _clone_macos(source, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            target.unlink()
        if not cannot_link(error):
            raise
    return cloned


def _clone_linux(source: Path, target: Path) -> bool:
    import fcntl  # noqa: PLC0415 - not there on Windows

    with open_regular(source) as origin:
        descriptor = os.open(target, _FLAGS, 0o666)
        try:
            fcntl.ioctl(descriptor, _FICLONE, origin)
        finally:
            os.close(descriptor)
    return True


def _clone_macos(source: Path, target: Path) -> bool:
    import ctypes  # noqa: PLC0415 - only here, and slow to import

    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "clonefile"):
        return False
    no_follow = 1
    if library.clonefile(os.fsencode(source), os.fsencode(target), ctypes.c_uint32(no_follow)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))
    # The clone brought the store's permissions along.
    mask = os.umask(0)
    os.umask(mask)
    target.chmod(0o666 & ~mask)
    return True


def copy_file(source: Path, target: Path, check: Callable[[], None]) -> str:
    """Copy a file and return the sha256 of what was written; `check` is called between pieces and may raise.

    Raises OSError.
    """
    import hashlib  # noqa: PLC0415 - only copies are hashed

    digest = hashlib.sha256()
    with open_regular(source) as origin, os.fdopen(os.open(target, _FLAGS, 0o666), "wb", buffering=0) as file:
        while piece := os.read(origin, _BUFFER):
            check()
            digest.update(piece)
            view = memoryview(piece)
            while view:
                view = view[file.write(view) :]
    return digest.hexdigest()
