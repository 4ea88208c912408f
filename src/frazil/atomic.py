"""Writing whole files or nothing, and the one switch under which nothing is written at all."""

import contextlib
import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from frazil.errors import DiskError, WriteForbidden

_PREFIX, _SUFFIX = ".frazil-", ".tmp"
_WINDOWS_TRIES = 20
# The first line is the mark (bford.info/cachedir); the rest is for people.
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of frazil. It may be removed at any time.\n"

_forbidden = 0
_forbidden_lock = threading.Lock()


# The no-write switch ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def forbid_writes() -> Iterator[None]:
    """Forbid every write of this process, worker threads included, until the block ends; may be nested."""
    global _forbidden  # noqa: PLW0603 - one switch for the process is the point
    with _forbidden_lock:
        _forbidden += 1
    try:
        yield
    finally:
        with _forbidden_lock:
            _forbidden -= 1


def writes_forbidden() -> bool:
    """Say whether the switch is on, for those who can leave a write out: a cache that is only read."""
    return _forbidden > 0


def writing(path: Path) -> None:
    """Pass the switch before `path` is created, changed or removed: every writer of frazil calls this first.

    Raises WriteForbidden under `forbid_writes`.
    """
    if _forbidden:
        raise WriteForbidden(f"{path} was about to be written in a run that must write nothing")


# Writing ---------------------------------------------------------------------------------------------------


def write_atomically(path: Path, data: bytes, *, mode: int | None = None, durable: bool = True) -> None:
    """Write a file so that any reader, after any crash, sees the old bytes or the new ones.

    The permission bits are `mode`, else those of the file that is replaced, else the usual ones. A symbolic link
    is replaced, never written through. `durable=False` spares the two fsyncs, for what may be lost (caches).
    Raises DiskError; then the old file is untouched and nothing is left beside it.
    """
    writing(path)
    with disk_errors("write", path):
        if mode is None:
            mode = _mode_of(path)
        with temporary_beside(path) as temporary:
            _write_whole(temporary, data, mode, durable=durable)
            replace(temporary, path)
        if durable:
            sync_folder(path.parent)


def write_cached(cache: Path, place: str, data: bytes) -> None:
    """Write a file that only its owner reads below a cache; a crash may lose it.

    What is there is replaced whole; what is new is written in place, and whoever reads it by then must be able to tell
    that it is not whole (a checksum). A run writes hundreds: nothing is looked at before it fails. Raises DiskError.
    """
    if _forbidden:
        writing(Path(place))
    try:
        try:
            _write_new(place, data)
        except FileExistsError:
            temporary = f"{os.path.dirname(place)}{os.sep}{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"  # noqa: PTH120
            _write_new(temporary, data)
            _rename_over(temporary, place)
        except FileNotFoundError:
            make_cache_folder(cache)
            make_folder(Path(place).parent)
            _write_new(place, data)
    except OSError as error:
        with disk_errors("write", Path(place)):
            raise error from None


def _write_new(place: str, data: bytes) -> None:
    descriptor = _open_new(place, 0o600)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
        finally:
            os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(place)  # noqa: PTH108
        raise


def _rename_over(temporary: str, place: str) -> None:
    try:
        replace(Path(temporary), Path(place))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


@contextlib.contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Give an unpredictable name beside `path` to write to and rename from; what still has it then is removed."""
    temporary = path.with_name(f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}")
    writing(temporary)
    try:
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Say whether a file name is one of `temporary_beside`: a sweep may remove what a killed run left."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def replace(source: Path, target: Path) -> None:
    """Rename a file over another, atomically; on Windows, wait a little for whoever has the target open."""
    writing(target)
    for remaining in reversed(range(_WINDOWS_TRIES if sys.platform == "win32" else 1)):
        try:
            source.replace(target)
        except PermissionError:
            if not remaining:
                raise
            time.sleep(0.02)
        else:
            return


def make_folder(path: Path) -> None:
    """Create a folder with its parents; an existing one is fine. Raises DiskError."""
    if path.is_dir():
        return
    writing(path)
    with disk_errors("create", path):
        path.mkdir(parents=True, exist_ok=True)


def make_cache_folder(path: Path) -> None:
    """Create the folder of a cache, marked so that backups pass it by (CACHEDIR.TAG). Raises DiskError."""
    make_folder(path)
    tag = path / "CACHEDIR.TAG"
    if not tag.exists():
        write_atomically(tag, _CACHE_TAG, durable=False)


def read_if_there(path: Path) -> bytes | None:
    """Return the bytes of a file, None where there is none. Raises DiskError."""
    with disk_errors("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def remove_file(path: Path) -> None:
    """Remove a file or a link; one that is not there is fine. Raises DiskError."""
    writing(path)
    with disk_errors("remove", path):
        path.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Make renames in a folder survive a loss of power, where the system can."""
    if sys.platform != "win32":
        # Some file systems refuse to sync a folder; the rename stands all the same.
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _mode_of(path: Path) -> int | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_mode & 0o777 if (status.st_mode & 0o170000) == 0o100000 else None


def _write_whole(temporary: Path, data: bytes, mode: int | None, *, durable: bool) -> None:
    with os.fdopen(_open_new(str(temporary), 0o666 if mode is None else mode), "wb") as file:
        if mode is not None and sys.platform != "win32":
            os.fchmod(file.fileno(), mode)  # the umask took some bits away
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def _open_new(place: str, mode: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(place, flags, mode)


# What the system says --------------------------------------------------------------------------------------


@contextlib.contextmanager
def disk_errors(deed: str, path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a DiskError: `cannot <deed> <path>: <why>`, with a hint."""
    try:
        yield
    except OSError as error:
        why, hint = _explained(error, path)
        raise DiskError(f"cannot {deed} {path}: {why}", hint=hint) from None


def _explained(error: OSError, path: Path) -> tuple[str, str | None]:
    match error.errno:
        case errno.ENOSPC:
            return "the disk is full", "free some space and run the same command again"
        case errno.EDQUOT:
            return "the disk quota is used up", "free some space and run the same command again"
        case errno.EFBIG:
            return "the file is larger than the system allows", None
        case errno.EROFS:
            return "the file system is read-only", None
        case errno.EACCES | errno.EPERM:
            return "permission denied", "check who owns it and its folder"
        case errno.EISDIR:
            return "it is a folder", None
        case errno.ENOTDIR:
            return f"{_not_a_folder(path)} is not a folder", None
        case errno.ENOENT if not path.parent.exists():
            return f"the folder {path.parent} does not exist", None
        case errno.ENOENT:
            return "there is no such file", None
        case errno.ENAMETOOLONG:
            return "the name is too long", None
        case errno.ELOOP:
            return "its symbolic links lead in a circle", None
        case errno.EMFILE | errno.ENFILE:
            return "too many files are open", "raise the limit (`ulimit -n`)"
        case _:
            return (error.strerror or type(error).__name__).lower(), None


def _not_a_folder(path: Path) -> Path:
    """Return the nearest parent that exists and is not a folder."""
    with contextlib.suppress(OSError):
        return next((parent for parent in path.parents if parent.exists() and not parent.is_dir()), path.parent)
    return path.parent
