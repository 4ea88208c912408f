"""Laying out a source archive, written by anybody, in an empty folder: nothing lands outside, or beyond a limit."""

import contextlib
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from frazil.atomic import disk_errors
from frazil.errors import ConfigurationError, FrazilError, UnsafeArchive

UNPACKED_LIMIT = 4 * 1024 * 1024 * 1024
MOST_MEMBERS = 250_000
"""Bytes that an archive may unpack to, and members that it may have."""

_CHUNK = 1024 * 1024
_ROOT_FILES = ("pyproject.toml", "setup.py", "PKG-INFO")


def unpack_source(archive: Path, filename: str, folder: Path) -> Path:
    """Unpack a source archive into an empty folder and return its one root folder, or `folder` if it has none.

    `filename` says what it is (`.zip`, else a tar of any compression). Raises UnsafeArchive for what is unsafe,
    endless, or could be read in two ways; DiskError.
    """
    if not hasattr(tarfile, "data_filter"):
        raise ConfigurationError("this Python cannot unpack archives safely", hint="3.11.4 and newer can")
    with disk_errors("unpack", archive), _hostile(filename):
        if filename.lower().endswith(".zip"):
            _unpack_zip(archive, folder)
        else:
            _unpack_tar(archive, folder)
    roots = [path for path in folder.iterdir() if path.is_dir()]
    is_flat = any((folder / name).is_file() for name in _ROOT_FILES)
    return roots[0] if len(roots) == 1 and not is_flat else folder


@contextlib.contextmanager
def _hostile(filename: str) -> Iterator[None]:
    try:
        yield
    except FrazilError:
        raise
    except OSError as error:
        if error.errno is None:  # gzip and bz2 say so of bytes that are not theirs
            raise UnsafeArchive(f"{filename} is no source archive that can be read") from None
        raise
    except tarfile.FilterError as error:
        raise UnsafeArchive(f"{filename} is an unsafe archive: {error}") from None
    except Exception:  # noqa: BLE001 - the readers of the standard library fail on hostile bytes in many ways
        raise UnsafeArchive(f"{filename} is no source archive that can be read") from None


class _Limits:
    """Counts what an archive unpacks to, and refuses a second member of one name: two readers could take either."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._size = 0
        self._seen: set[str] = set()

    def admit(self, name: str, size: int) -> None:
        plain = str(PurePosixPath(name))
        if plain in self._seen:
            raise UnsafeArchive(f"{self._filename} is an unsafe archive: it has {name!r} twice")
        self._seen.add(plain)
        self._size += size
        if self._size > UNPACKED_LIMIT or len(self._seen) > MOST_MEMBERS:
            raise UnsafeArchive(f"{self._filename} is an unsafe archive: it unpacks to too much")


def _unpack_tar(archive: Path, folder: Path) -> None:
    limits = _Limits(archive.name)
    with tarfile.open(archive, mode="r:*") as packed:
        for member in packed:
            if not member.isdir():
                limits.admit(member.name, member.size)
            # PEP 706: no absolute or parent paths, no links that lead out, no devices.
            packed.extract(member, folder, filter="data", numeric_owner=True)


def _unpack_zip(archive: Path, folder: Path) -> None:
    limits = _Limits(archive.name)
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            path = PurePosixPath(member.filename)
            mode = member.external_attr >> 16
            if path.is_absolute() or ".." in path.parts or {"\\", ":"} & {*member.filename}:
                raise UnsafeArchive(f"{archive.name} is an unsafe archive: it has the path {member.filename!r}")
            if stat.S_ISLNK(mode):
                raise UnsafeArchive(f"{archive.name} is an unsafe archive: {member.filename!r} is a link")
            target = folder / path
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            limits.admit(member.filename, member.file_size)
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(packed, member, target)


def _write(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    left = member.file_size
    with packed.open(member) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise UnsafeArchive(f"{packed.filename} is an unsafe archive: it unpacks to more than it states")
            file.write(chunk)
    if (member.external_attr >> 16) & 0o100:
        target.chmod(0o755)
