"""Laying out a source archive, written by anybody, in an empty folder: nothing lands outside, or beyond a limit."""

import contextlib
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from frazil.atomic import disk_errors
from frazil.errors import ConfigurationError, FrazilError, UnsafeArchive
from frazil.strict_zip import StrictZip, ZipError

UNPACKED_LIMIT = 4 * 1024 * 1024 * 1024
MOST_MEMBERS = 250_000
"""Bytes that an archive may unpack to, and members that it may have."""

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
            _unpack_zip(archive, filename, folder)
        else:
            _unpack_tar(archive, filename, folder)
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


def _unpack_tar(archive: Path, filename: str, folder: Path) -> None:
    limits = _Limits(filename)
    # The tar of a commit is frazil's own: links in it lead to other files of the commit.
    may_link = filename.lower().endswith(".tar")
    with tarfile.open(archive, mode="r:*") as packed:
        for member in packed:
            _check_member(member, filename, may_link=may_link)
            if not member.isdir():
                limits.admit(member.name, member.size)
            # PEP 706: whatever passed all the same, nothing lands outside, and no device is made.
            packed.extract(member, folder, filter="data", numeric_owner=True)


def _check_member(member: tarfile.TarInfo, filename: str, *, may_link: bool) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise UnsafeArchive(f"{filename} is an unsafe archive: it has the path {member.name[:200]!r}")
    if not (member.isreg() or member.isdir() or (may_link and member.issym())):
        kind = "a link" if member.issym() or member.islnk() else "no plain file"
        raise UnsafeArchive(f"{filename} is an unsafe archive: {member.name[:200]!r} is {kind}")
    if member.issparse() or "size" in member.pax_headers:
        raise UnsafeArchive(f"{filename} is an unsafe archive: it states the size of {member.name[:200]!r} twice")


def _unpack_zip(archive: Path, filename: str, folder: Path) -> None:
    limits = _Limits(filename)
    with archive.open("rb") as file:
        try:
            packed = StrictZip(file, archive.stat().st_size)
            packed.check_layout()
            for member in packed.members:
                target = folder / member.name
                if member.is_folder:
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                limits.admit(member.name, member.size)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as unpacked:
                    for chunk in packed.chunks(member):
                        unpacked.write(chunk)
                if member.mode & 0o100:
                    target.chmod(0o755)
        except ZipError as error:
            raise UnsafeArchive(f"{filename} is an unsafe archive: it {error}") from None
