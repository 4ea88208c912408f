"""Reading a bundle, a folder or a tar, that anybody may have made: regular files at known places, and nothing else."""

import contextlib
import hashlib
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import IO

from frazil.atomic import disk_errors
from frazil.bundle.manifest import LARGEST_MANIFEST, MANIFEST, SUMS, Manifest, is_bundle_path, parse_manifest
from frazil.digest import sha256_of
from frazil.errors import IntegrityError, UnsafeArchive, UsageError
from frazil.store.signature import open_regular
from frazil.values import dataclass

_CHUNK = 1024 * 1024
_MOST_FILES = 250_000

Opener = Callable[[str], AbstractContextManager[IO[bytes]]]
"""Opens a file of a bundle by its path."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What the bytes of a file are."""

    sha256: str
    size: int


class Bundle:
    """A bundle that is open: its manifest, which files lie in it, and their bytes."""

    def __init__(self, path: Path, files: Mapping[str, int], opened: Opener) -> None:
        self._opened = opened
        self.path = path
        self.files = files
        """The size of every file, by its path in the bundle."""
        if MANIFEST not in files:
            hint = "`frazil bundle -o DIR` makes one" if not files else None
            raise UsageError(f"{path} is no bundle: there is no {MANIFEST} in it", hint=hint)
        if files[MANIFEST] > LARGEST_MANIFEST:
            raise IntegrityError(f"{path} is damaged: its {MANIFEST} is too large to be one")
        text = b"".join(self.chunks(MANIFEST))
        self.manifest: Manifest = parse_manifest(text, str(path))
        self.manifest_sha256 = sha256_of(text)

    def chunks(self, path: str) -> Iterator[bytes]:
        """Give the bytes of a file. Raises DiskError, IntegrityError for one that is cut."""
        with self._opened(path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def digest(self, path: str) -> Digest:
        """Hash a file."""
        digest, size = hashlib.sha256(), 0
        for chunk in self.chunks(path):
            digest.update(chunk)
            size += len(chunk)
        return Digest(digest.hexdigest(), size)


@contextlib.contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle to read it; nothing is unpacked.

    Raises UsageError for what is no bundle, UnsafeArchive for a tar with anything but plain files at the places of a
    bundle, IntegrityError for a manifest that cannot be read or a tar that is cut, DiskError.
    """
    if path.is_dir():
        yield Bundle(path, dict(_files_below(path, "")), partial(_open_file, path))
        return
    if not path.exists():
        raise UsageError(f"there is no {path}")
    with disk_errors("read", path), path.open("rb") as file, _tar(path, file) as packed:
        members = dict(_members(path, packed))
        sizes = {name: member.size for name, member in members.items()}
        yield Bundle(path, sizes, lambda name: _open_member(path, packed, members[name]))


@contextlib.contextmanager
def _tar(path: Path, file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with contextlib.ExitStack() as stack:
        try:
            packed = stack.enter_context(tarfile.open(fileobj=file, mode="r:"))
        except tarfile.TarError:
            raise UsageError(
                f"{path} is no bundle: it is neither a folder nor a tar that is not compressed",
                hint="`frazil bundle -o FILE.tar` makes one",
            ) from None
        yield packed


@contextlib.contextmanager
def _open_file(folder: Path, name: str) -> Iterator[IO[bytes]]:
    place = folder / name
    with disk_errors("read", place), open_regular(place) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
        yield file


@contextlib.contextmanager
def _open_member(path: Path, packed: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    with _whole(path):
        file = packed.extractfile(member)
        assert file is not None  # noqa: S101 - only regular members are taken
        with file:
            yield file


def _files_below(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    """Give every file below a folder with its size; links are not followed and, like devices, refused."""
    with disk_errors("read", folder):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        name = f"{prefix}{entry.name}"
        with disk_errors("read", folder / entry.name):
            status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            yield from _files_below(folder / entry.name, f"{name}/")
        elif stat.S_ISREG(status.st_mode):
            yield name, status.st_size
        else:
            raise UnsafeArchive(f"{folder} is an unsafe bundle: {name!r} is no regular file")


def _members(path: Path, packed: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    seen: set[str] = set()
    with _whole(path):
        for member in packed:
            name = member.name.removeprefix("./")
            if member.isdir() and (name in {"", "."} or is_bundle_path(f"{name}/a.whl")):
                continue
            if not member.isreg() or member.sparse is not None:
                raise _unsafe(path, f"{name[:200]!r} is no regular file")
            if name not in {MANIFEST, SUMS} and not is_bundle_path(name):
                raise _unsafe(path, f"{name[:200]!r} is no place in a bundle")
            if name.casefold() in seen:
                raise _unsafe(path, f"it has {name!r} twice")
            seen.add(name.casefold())
            if len(seen) > _MOST_FILES:
                raise _unsafe(path, "it has too many files")
            yield name, member


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError:
        raise IntegrityError(f"{path} is damaged: the tar is cut, or no tar any more", hint="copy it again") from None


def _unsafe(path: Path, why: str) -> UnsafeArchive:
    return UnsafeArchive(f"{path} is an unsafe archive: {why}")
