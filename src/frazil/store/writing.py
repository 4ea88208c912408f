"""Writing one entry of the store: hashed on the way, published only when it is what the lock says."""

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from frazil.atomic import disk_errors, is_temporary, replace, writing
from frazil.errors import IntegrityError
from frazil.store.signature import Signature, age, read_digest, read_status, signature_of

BUFFER = 256 * 1024
_TRIES = 5
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Writer:
    """A context manager that takes an artifact's bytes and publishes them at its end.

    Nothing is kept unless exactly `size` bytes with that sha256 came: a block that ends otherwise raises
    IntegrityError, one that raises leaves nothing behind. `source` says where the bytes come from, and `hint`
    what to do when they are wrong; `published` is told the place and its look, so that it can be vouched for.
    """

    def __init__(
        self,
        place: Path,
        temporaries: Path,
        *,
        sha256: str,
        size: int,
        source: str,
        hint: str | None,
        published: Callable[[Path, Signature], None],
    ) -> None:
        self._place = place
        self._temporary = temporaries / f"{os.urandom(8).hex()}.tmp"
        self._sha256 = sha256
        self._size = size
        self._source = source
        self._hint = hint
        self._published = published
        self._received = 0
        self._abandoned = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        import hashlib  # noqa: PLC0415 - only who writes hashes

        writing(self._place)
        self._hash = hashlib.sha256()
        with disk_errors("write", self._place):
            make_real_folders(self._temporary.parent)
            self._file = os.fdopen(os.open(self._temporary, _FLAGS, 0o600), "wb", buffering=BUFFER)
        return self

    def write(self, chunk: bytes) -> None:
        """Take more bytes; more than the stated size is refused at once. Raises IntegrityError, DiskError."""
        self._received += len(chunk)
        if self._received > self._size:
            raise self._not_locked(f"at least {_grouped(self._received)} bytes, where reading stopped")
        self._hash.update(chunk)
        with disk_errors("write", self._place):
            self._file.write(chunk)

    def abandon(self) -> None:
        """Give up from another thread: remove the temporary file and let nothing be published any more."""
        if self._lock.acquire(timeout=0.5):
            try:
                self._abandoned = True
            finally:
                self._lock.release()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self._abandoned:
                self._check()
                self._publish()
        finally:
            # A full disk may show only now; whatever it says, the bytes are not kept.
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                self._temporary.unlink(missing_ok=True)

    def _check(self) -> None:
        digest = self._hash.hexdigest()
        if (digest, self._received) != (self._sha256, self._size):
            raise self._not_locked(f"sha256 {digest}, {_grouped(self._received)} bytes")

    def _not_locked(self, got: str) -> IntegrityError:
        origin = f" from {self._source}" if self._source else ""
        return IntegrityError(
            f"{self._place.name} is not the file that was locked",
            details=(
                f"expected sha256 {self._sha256}, {_grouped(self._size)} bytes",
                f"got      {got}{origin}",
            ),
            hint=self._hint or "nothing of it was kept",
        )

    def _publish(self) -> None:
        with disk_errors("write", self._place):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        with self._lock, disk_errors("write", self._place):
            if self._abandoned:
                return
            age(self._temporary)
            self._temporary.chmod(0o444)
            seen = signature_of(self._temporary.lstat())
            move_into_place(self._temporary, self._place, self._sha256)
            self._published(self._place, seen)


def move_into_place(temporary: Path, place: Path, sha256: str) -> None:
    """Rename a finished file to its place in the store, over whatever lies there. Raises OSError."""
    for remaining in reversed(range(_TRIES)):
        make_real_folders(place.parent.parent.parent, place.parent.parent, place.parent)
        try:
            replace(temporary, place)
        except OSError:
            status = read_status(place)
            if status is not None and (read_digest(place) or ("",))[0] == sha256:
                return  # Windows lets nobody replace what is open: another writer's entry is as good as ours
            if not remaining or not temporary.exists():
                raise
            if status is not None:
                remove_anything(place, status)
        else:
            return


def make_real_folders(*folders: Path) -> None:
    """Create folders, outermost first; what is no real folder in their place is removed, links unfollowed."""
    for folder in folders:
        status = read_status(folder)
        if status is not None and stat.S_ISDIR(status.st_mode):
            continue
        writing(folder)
        if status is not None:
            remove_anything(folder, status)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)


def sweep(folder: Path, *, seconds: int) -> None:
    """Remove temporary files that are so many seconds old: what killed runs left in a folder. Raises DiskError."""
    oldest = time.time() - seconds
    with disk_errors("read", folder):
        names = os.listdir(folder)  # noqa: PTH208 - only names are looked at
    for name in names:
        status = read_status(folder / name) if is_temporary(name) else None
        if status is not None and status.st_mtime < oldest:
            with contextlib.suppress(OSError):
                remove_anything(folder / name, status)


def remove_anything(path: Path, status: os.stat_result) -> None:
    """Remove what had that status, of whatever kind; links are removed, never followed; gone already is fine.

    What another process put there since is left alone. Raises OSError.
    """
    import shutil  # noqa: PLC0415 - only damage needs it

    writing(path)
    now = read_status(path)
    if now is None or (now.st_ino, now.st_mtime_ns) != (status.st_ino, status.st_mtime_ns):
        return
    if stat.S_ISDIR(now.st_mode):
        shutil.rmtree(path)
        return
    with contextlib.suppress(FileNotFoundError):
        try:
            path.unlink()
        except PermissionError:
            if os.name != "nt" or stat.S_ISLNK(now.st_mode):
                raise
            path.chmod(0o666)  # Windows does not remove what is read-only
            path.unlink()


def _grouped(count: int) -> str:
    return f"{count:,}".replace(",", " ")
