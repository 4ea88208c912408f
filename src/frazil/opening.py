"""Opening files that lie where anybody may have put anything: a FIFO keeps nobody waiting, a device gives nothing."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_CALMLY = getattr(os, "O_NONBLOCK", 0)


def open_plain(place: Path | str) -> BufferedReader:
    """Open a regular file, or a link to one, for reading. Raises OSError for anything else."""
    return open(place, "rb", opener=_opener)


def read_plain(place: Path | str, *, most: int = -1) -> bytes:
    """Return the bytes of a regular file, `most` of them. Raises OSError."""
    with open_plain(place) as file:
        return file.read(most)


def _opener(place: str, flags: int) -> int:
    descriptor = os.open(place, flags | _CALMLY)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), place)
        raise OSError(errno.EINVAL, "it is no regular file", place)
    return descriptor
