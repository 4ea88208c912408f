"""A folder as a shared cache, laid out like Bazel's disk cache: `cas/ab/<sha256>` and `ac/ab/<key>`.

Files appear by one rename, or one link where nothing may lie there yet, so that readers see whole ones or none.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from frazil.atomic import replace, temporary_beside
from frazil.remote.backend import CHUNK, Body
from frazil.remote.entry import LARGEST_ENTRY, Digest
from frazil.remote.faults import Fault, Full, Refused, Unreachable
from frazil.store.signature import open_regular

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOT_THERE = {errno.ENOENT, errno.ELOOP}
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


class FolderBackend:
    """Blobs and entries as files below a folder; `may_create` makes the folder itself (not what it lies in)."""

    honours_conditions: bool | None = True

    def __init__(self, root: Path, *, may_create: bool) -> None:
        self._root = root
        self._may_create = may_create

    def read_entry(self, key: Digest) -> bytes | None:
        with self._faults("read"):
            self._look()
            with self._opened(self._place("ac", key)) as descriptor:
                return None if descriptor is None else os.read(descriptor, LARGEST_ENTRY)

    def create_entry(self, key: Digest, entry: bytes) -> bool:
        place = self._place("ac", key)
        with self._faults("write"):
            self._make_folder(place.parent)
            with temporary_beside(place) as temporary:
                temporary.write_bytes(entry)
                return self._link(temporary, place)

    def replace_entry(self, key: Digest, entry: bytes) -> None:
        self._write(self._place("ac", key), iter((entry,)))

    @contextlib.contextmanager
    def read_blob(self, digest: Digest) -> Iterator[Iterator[bytes] | None]:
        with self._faults("read"):
            self._look()
            with self._opened(self._place("cas", digest)) as descriptor:
                yield None if descriptor is None else iter(lambda: os.read(descriptor, CHUNK), b"")

    def has_blob(self, digest: Digest) -> bool:
        try:
            status = self._place("cas", digest).lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_size == digest.size

    def write_blob(self, body: Body) -> None:
        self._write(self._place("cas", body.digest), body.chunks())

    def close(self) -> None:
        """There is nothing to let go of."""

    def _place(self, kind: str, digest: Digest) -> Path:
        return self._root / kind / digest.sha256[:2] / digest.sha256

    def _look(self) -> None:
        """Raise Unreachable where the folder is not there: a share that is not mounted is no empty cache."""
        if not self._may_create and not self._root.is_dir():
            raise Unreachable(f"there is no folder {self._root}")

    @contextlib.contextmanager
    def _opened(self, place: Path) -> Iterator[int | None]:
        with contextlib.ExitStack() as stack:
            descriptor = None
            try:
                descriptor = stack.enter_context(open_regular(place))
            except OSError as error:
                # No number: it is a link, a folder or a device, which is nothing to read.
                if error.errno is not None and error.errno not in _NOT_THERE:
                    raise
            yield descriptor

    def _write(self, place: Path, chunks: Iterator[bytes]) -> None:
        with self._faults("write"):
            self._make_folder(place.parent)
            with temporary_beside(place) as temporary:
                with temporary.open("xb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                replace(temporary, place)

    def _link(self, temporary: Path, place: Path) -> bool:
        """Put a finished file where nothing is; say whether nothing was."""
        try:
            os.link(temporary, place)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self.honours_conditions = False
            if place.exists():
                return False
            replace(temporary, place)
        return True

    def _make_folder(self, folder: Path) -> None:
        if self._may_create:
            self._root.mkdir(exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _faults(self, deed: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._fault(deed, error) from None

    def _fault(self, deed: str, error: OSError) -> Fault:
        if error.errno in _FULL:
            return Full(f"{self._root} takes nothing more")
        why = (error.strerror or type(error).__name__).lower()
        kind = Refused if error.errno in _REFUSED else Unreachable
        return kind(f"{self._root} cannot be {'read' if deed == 'read' else 'written'}: {why}")
