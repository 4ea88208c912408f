"""Putting a bundle where it was asked for, whole or not at all: a folder, or a tar of the same bytes every time."""

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from frazil.atomic import disk_errors, make_folder, replace, temporary_beside, writing
from frazil.bundle.manifest import Text
from frazil.errors import IntegrityError, UsageError
from frazil.store.content import Store
from frazil.store.writing import sweep
from frazil.values import dataclass

SUFFIX = ".tar"
# As everywhere where a time must stand that means nothing: zip archives know none that is older.
_TIME = 315532800
_CHUNK = 1024 * 1024
_STALE_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file of a bundle whose bytes lie in the store."""

    path: str
    source: Path
    sha256: str
    size: int


Item = Text | Copy


def is_tar(out: Path) -> bool:
    """Say whether a place is meant as a tar, by its name. Raises UsageError for one that is compressed."""
    name = out.name.lower()
    if name.endswith((".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".zip")):
        raise UsageError(
            f"a bundle is a folder or a plain .tar, not {out.name}", hint="wheels are compressed already: name it .tar"
        )
    return name.endswith(SUFFIX)


def check_place(out: Path) -> None:
    """Refuse a place where something lies that is not ours to replace. Raises UsageError."""
    if is_tar(out):
        if out.is_dir():
            raise UsageError(f"{out} is a folder, and its name is a tar's", hint="remove it, or choose another --out")
    elif out.is_symlink() or (os.path.lexists(out) and not out.is_dir()):
        raise UsageError(f"{out} is no folder", hint="choose another --out, or a name that ends in .tar")
    elif out.is_dir() and any(out.iterdir()):
        raise UsageError(
            f"the folder {out} is not empty",
            hint="remove it, or choose another --out; --add-to OLD makes a bundle of only what is new",
        )


def write_bundle(items: Iterable[Item], out: Path, store: Store) -> None:
    """Write files, in their order, to a folder that is empty or not there, or to a tar that may be.

    Nothing is left of one that could not be finished. Raises DiskError, and StoreChanged for an entry whose bytes are
    others than they were: the store does not have it any more.
    """
    try:
        _write(items, out)
    except StoreChanged as changed:
        store.discard(changed.sha256, changed.filename)
        raise


class StoreChanged(IntegrityError):
    """An entry of the store vanished or turned out damaged while it was read."""

    slug = "store-changed"

    def __init__(self, item: Copy) -> None:
        self.sha256, self.filename = item.sha256, item.source.name
        super().__init__(
            f"{self.filename} was damaged in the store or removed from it, so no bundle was made",
            hint="run the same command again: it downloads what is missing",
        )


def _write(items: Iterable[Item], out: Path) -> None:
    make_folder(out.parent)
    sweep(out.parent, seconds=_STALE_SECONDS)
    if is_tar(out):
        _write_tar(items, out)
    else:
        _write_folder(items, out)


def _write_folder(items: Iterable[Item], out: Path) -> None:
    with temporary_beside(out) as stage:
        with disk_errors("write", out):
            stage.mkdir()
        try:
            for item in items:
                place = stage / item.path
                with disk_errors("write", out / item.path):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with place.open("xb") as file:
                        _pour(item, file.write)
            with disk_errors("write", out):
                if out.is_dir():
                    out.rmdir()
                replace(stage, out)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _write_tar(items: Iterable[Item], out: Path) -> None:
    with temporary_beside(out) as temporary:
        with disk_errors("write", out), temporary.open("xb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as packed:
                for item in items:
                    with _opened(item) as content:
                        packed.addfile(_member(item), content)
            file.flush()
            os.fsync(file.fileno())
        writing(out)
        with disk_errors("write", out):
            replace(temporary, out)


def _member(item: Item) -> tarfile.TarInfo:
    member = tarfile.TarInfo(item.path)
    member.size = item.size if isinstance(item, Copy) else len(item.data)
    member.mtime, member.mode = _TIME, 0o644
    return member


@contextlib.contextmanager
def _opened(item: Item) -> Iterator["_Hashed"]:
    """Give a file that is hashed while it is read, and is seen to be the right one at the end."""
    if isinstance(item, Text):
        yield _Hashed(io.BytesIO(item.data))
        return
    try:
        opened = item.source.open("rb")
    except FileNotFoundError:
        raise StoreChanged(item) from None
    with opened as file:
        hashed = _Hashed(file)
        try:
            yield hashed
        except OSError as error:
            if error.errno is None:  # tarfile says so of a file that is shorter than it was
                raise StoreChanged(item) from None
            raise
        if hashed.digest.hexdigest() != item.sha256:
            raise StoreChanged(item)


def _pour(item: Item, write: Callable[[bytes], object]) -> None:
    with _opened(item) as content:
        while chunk := content.read(_CHUNK):
            write(chunk)


class _Hashed(io.RawIOBase):
    def __init__(self, file: io.BufferedIOBase | io.BytesIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk
