"""A lock as a file: read whole and checked, written atomically and only when it says something else."""

import errno
from io import BufferedReader
from pathlib import Path

from frazil.atomic import disk_errors, write_atomically
from frazil.errors import DiskError, LockFileError, LockMissing, LockTooNew
from frazil.frozen.codec import (
    ParsedLock,
    format_frozen,
    parse_frozen,
    parse_frozen_reporting,
    with_plain_lines,
)
from frazil.frozen.model import LARGEST_LOCK, Frozen
from frazil.opening import open_plain


def read_frozen(path: Path) -> Frozen:
    """Read and check a lock.

    Raises LockMissing, LockFileError, LockTooNew or DiskError.
    """
    return parse_frozen(read_lock_bytes(path), name=path.name)


def read_frozen_reporting(path: Path) -> ParsedLock:
    """Read and check a lock, and tell what was off about it without being wrong. Raises as `read_frozen`."""
    return parse_frozen_reporting(read_lock_bytes(path), path.name)


def read_lock_bytes(path: Path) -> bytes:
    """Read the bytes of a lock, unchecked but for their number. Raises LockMissing, LockFileError or DiskError."""
    try:
        with _opened(path) as file:
            data = file.read(LARGEST_LOCK + 1)
    except OSError as error:
        raise _read_error(path, error) from None
    from frazil.frozen.loading import check_size  # noqa: PLC0415 - a first resolve reads no lock

    check_size(len(data), path.name)
    return data


def _opened(path: Path) -> BufferedReader:
    # A shell gives what another program says as `/dev/fd/63`; anywhere else, nobody means a FIFO or a device.
    return path.open("rb") if path.is_absolute() and path.parts[1] in {"dev", "proc"} else open_plain(path)


def write_frozen(path: Path, frozen: Frozen) -> bool:
    """Write a lock, and say whether anything had to be written (line ends are not looked at).

    A lock of a version that this frazil does not know is never overwritten. One that is a symbolic link stays one, and
    what it leads to is written. Raises LockTooNew or DiskError.
    """
    data = format_frozen(frozen)
    try:
        before = read_lock_bytes(path)
    except LockFileError:
        before = b""
    if with_plain_lines(before) == data:
        return False
    if before:
        _refuse_newer(before, path.name)
    write_atomically(path.resolve() if path.is_symlink() else path, data)
    return True


def _refuse_newer(data: bytes, name: str) -> None:
    from frazil.frozen.loading import load_document  # noqa: PLC0415 - a first lock stands in nobody's place

    try:
        load_document(data, name)
    except LockTooNew:
        raise
    except LockFileError:
        return  # whatever it is, it is not a lock that somebody else can read


def _read_error(path: Path, error: OSError) -> LockFileError | DiskError:
    if error.errno == errno.ENOENT:
        return LockMissing(f"there is no {path.name} in {path.parent}", hint="run `frazil resolve` to write it")
    try:
        with disk_errors("read", path):
            raise error
    except DiskError as explained:
        return explained
