"""Reading the few small files that tell a release's metadata out of wheels and source archives, written by anybody.

Nothing is unpacked. What two readers could read differently (two members of one name, two folders) is refused, and
every read has a limit.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from frazil.errors import FrazilError
from frazil.index.core_metadata import METADATA_LIMIT
from frazil.index.filenames import same_version, version_after_name
from frazil.regex import regex

if TYPE_CHECKING:
    import gzip
    import tarfile

UNPACKED_LIMIT = 1024 * 1024 * 1024
"""Bytes that a `.tar.gz` may unpack to before its metadata is given up: all of it is read, next to nothing kept."""

_MOST_MEMBERS = 100_000
# A header of a tar archive is read at once.
_LARGEST_READ = 2 * METADATA_LIMIT
_END_OF_WHEEL = 32 * 1024
_SKIPPED_AT_ONCE = 256 * 1024
_DIST_INFO = regex(r"([^/\\]+)\.dist-info/.*", re.DOTALL)
_IN_ROOT = regex(r"(?:\./)?([^/\\]+)/(PKG-INFO|pyproject\.toml)")


class SeekableFile(Protocol):
    """A file that is read in any order."""

    def read(self, size: int = ..., /) -> bytes: ...
    def seek(self, offset: int, whence: int = ..., /) -> int: ...
    def tell(self) -> int: ...


class ArchiveError(ValueError):
    """An archive from which the metadata cannot be had; the argument says why, in one clause."""


def read_from_wheel(file: SeekableFile, project: str, version: str, *, whole: bool = True) -> bytes:
    """Read METADATA out of a wheel. Raises ArchiveError, also for one that two readers may read differently.

    Without `whole` the file lies on a server: only the directory and the one member are looked at.
    """
    from frazil.strict_zip import StrictZip, ZipError  # noqa: PLC0415 - most metadata lies beside the archives

    with _hostile("its file is no wheel that can be read"):
        try:
            length = file.seek(0, io.SEEK_END)
            archive = StrictZip(file, length) if whole else StrictZip(file, length, tail=_END_OF_WHEEL)
            if whole:
                archive.check_layout()
            folders = {match[1] for name in archive.by_name if (match := _DIST_INFO.fullmatch(name))}
            if len(folders) != 1:
                raise ArchiveError(f"its wheel has {len(folders)} .dist-info folders instead of one")
            folder = folders.pop()
            if not _is_release(folder, project, version):
                raise ArchiveError("its wheel has a .dist-info folder of another release")
            member = archive.by_name.get(f"{folder}.dist-info/METADATA")
            if member is None:
                raise ArchiveError("its wheel has 0 METADATA files instead of one")
            return archive.read(member, METADATA_LIMIT)
        except ZipError as error:
            raise ArchiveError(f"its wheel {error}") from None


def read_from_source(file: SeekableFile, filename: str, project: str, version: str) -> dict[str, bytes]:
    """Read `PKG-INFO` and `pyproject.toml`, as far as they are there, out of the root folder of a `.tar.gz` or `.zip`.

    Raises ArchiveError.
    """
    with _hostile("its file is no source archive that can be read"):
        members = _zip_members(file) if filename.endswith(".zip") else _tar_members(file)
        found: dict[str, bytes] = {}
        for folder, name, data in members:
            if not _is_release(folder, project, version):
                continue
            if name in found:
                raise ArchiveError(f"its source archive has two {name} files")
            found[name] = data
        return found


@contextlib.contextmanager
def _hostile(what: str) -> Iterator[None]:
    try:
        yield
    except (ArchiveError, FrazilError):
        raise
    except Exception:  # noqa: BLE001
        # The readers of the standard library fail on hostile bytes in ways that no document lists: struct.error,
        # zlib.error, KeyError, OverflowError, RecursionError and more have been seen.
        raise ArchiveError(what) from None


def _is_release(folder: str, project: str, version: str) -> bool:
    text = version_after_name(folder, project)
    return text is not None and same_version(text, version)


def _last(name: str) -> str:
    """Return the last part of a member's name: one of a few that are looked for, whatever folder stands before it."""
    return name.rpartition("/")[2]


# Zip -------------------------------------------------------------------------------------------------------


def _zip_members(file: SeekableFile) -> Iterator[tuple[str, str, bytes]]:
    from frazil.strict_zip import StrictZip, ZipError  # noqa: PLC0415

    try:
        archive = StrictZip(file, file.seek(0, io.SEEK_END))
        archive.check_layout()
        for member in archive.members:
            if match := _IN_ROOT.fullmatch(member.name):
                yield match[1], match[2], archive.read(member, METADATA_LIMIT)
    except ZipError as error:
        raise ArchiveError(f"its source archive {error}") from None


# Tar -------------------------------------------------------------------------------------------------------


def _tar_members(file: SeekableFile) -> Iterator[tuple[str, str, bytes]]:
    import gzip  # noqa: PLC0415
    import tarfile  # noqa: PLC0415

    with (
        gzip.GzipFile(fileobj=file, mode="rb") as unpacked,
        tarfile.open(fileobj=_Forward(unpacked), mode="r:") as archive,
    ):
        for count in range(_MOST_MEMBERS + 1):
            member = archive.next()
            if member is None:
                return
            if count == _MOST_MEMBERS:
                raise ArchiveError("its source archive has too many members")
            if match := _IN_ROOT.fullmatch(member.name):
                yield match[1], match[2], _tar_member(archive, member)


def _tar_member(archive: "tarfile.TarFile", member: "tarfile.TarInfo") -> bytes:
    import tarfile  # noqa: PLC0415

    is_plain = member.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and "size" not in member.pax_headers
    unpacked = archive.extractfile(member) if is_plain and not member.issparse() else None
    if unpacked is None:
        raise ArchiveError(f"its {_last(member.name)} is not a plain file")
    if member.size > METADATA_LIMIT:
        raise ArchiveError(f"its {_last(member.name)} is larger than {METADATA_LIMIT} bytes")
    return unpacked.read()


class _Forward(io.RawIOBase):
    """An unpacked stream that is read once, forward, in bounded pieces, up to a bound in all."""

    def __init__(self, stream: "gzip.GzipFile") -> None:
        self._stream = stream
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise ArchiveError("its source archive has a header that is too large")
        if self._position + size > UNPACKED_LIMIT:
            raise ArchiveError("its source archive is too large to look into")
        data = self._stream.read(size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET or offset < self._position:
            raise ArchiveError("its source archive leads backwards")
        while self._position < offset and self.read(min(offset - self._position, _SKIPPED_AT_ONCE)):
            pass
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True
