"""Files from outside, brought to this machine's disk: verified while they come in, and once in a run."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from frazil.address import ArchiveAddress
from frazil.atomic import disk_errors, writes_forbidden
from frazil.errors import ArtifactGone, ConfigurationError, DiskError, IndexAnswerError, IntegrityError
from frazil.http import Client, shown
from frazil.model import Offer
from frazil.opening import open_plain
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.store.names import is_plain_name
from frazil.values import dataclass

LARGEST_FILE = 8 * 1024 * 1024 * 1024
"""Bytes of a file of which nobody states the size."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Supplied:
    """A file on this machine's disk, and what its bytes are."""

    path: Path
    sha256: str
    size: int


class Supply:
    """Files of indexes and of addresses, for one run; close it to remove what the store did not take.

    `client` is asked for when the first file must come from outside. Paths of addresses are below `root`.
    """

    def __init__(self, root: Path, client: Callable[[], Client], settings: Settings) -> None:
        self._root = root
        self._client = client
        self._store = Store(settings.store)
        self._resources = ExitStack()
        self._known: dict[str, Supplied] = {}
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self._resources.close()

    def new_folder(self) -> Path:
        """Return an empty folder that is there until the end of the run."""
        folder = self._folder / str(next(self._numbers))
        with disk_errors("create", folder):
            folder.mkdir()
        return folder

    def file_of(self, offer: Offer) -> Path:
        """Return a file that an index offers. Raises OutsideError, IntegrityError, DiskError."""
        stated = offer.sha256 is not None and offer.size is not None
        if stated and self._store.has(offer.sha256 or "", offer.filename, offer.size or 0):
            return self._store.path(offer.sha256 or "", offer.filename)
        if offer.url not in self._known:
            with self._streamed(offer.url, offer.filename) as chunks:
                self._known[offer.url] = self._taken(chunks, offer.filename, offer.sha256, offer.size, shown(offer.url))
        return self._known[offer.url].path

    def archive_at(self, address: ArchiveAddress, *, locked: str | None = None) -> Supplied:
        """Return the file that an address leads to; `locked` is the sha256 that a lock has it by.

        Raises ConfigurationError for a file name that is none, OutsideError, IntegrityError, DiskError.
        """
        if not is_plain_name(address.filename):
            raise ConfigurationError(f"{shown(address.url)} does not end in the name of a file")
        if address.url not in self._known:
            expected = address.sha256 or locked
            streamed = self._streamed if address.path is None else self._read
            with streamed(address.path or address.url, address.filename) as chunks:
                self._known[address.url] = self._taken(chunks, address.filename, expected, None, shown(address.url))
        return self._known[address.url]

    def adopt(self, file: Path) -> Supplied:
        """Take a file that was made here into the store, where that may be written."""
        with disk_errors("read", file), open_plain(file) as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        stored = self._stored(Supplied(file, digest, file.stat().st_size), file.name)
        if stored.path != file:
            self._store.keep(digest, file.name)
        return stored

    # One file ---------------------------------------------------------------------------------------------

    @contextmanager
    def _streamed(self, url: str, filename: str) -> Iterator[Iterator[bytes]]:
        with self._client().stream(url) as stream:
            if stream.status in {404, 410}:
                raise ArtifactGone(f"{filename} is not there", details=(shown(url),))
            if stream.status != 200:
                raise IndexAnswerError(f"{shown(url)} answered {stream.status} where {filename} should be")
            yield stream.chunks

    @contextmanager
    def _read(self, path: str, filename: str) -> Iterator[Iterator[bytes]]:
        place = self._root / path
        if not place.is_file():
            raise ConfigurationError(f"there is no file {path} in the project ({filename} is asked for there)")
        with disk_errors("read", place), open_plain(place) as file:
            yield iter(lambda: file.read(_CHUNK), b"")

    def _taken(
        self, chunks: Iterator[bytes], filename: str, expected: str | None, size: int | None, origin: str
    ) -> Supplied:
        """Write a file while it comes in, see that it is the one that is meant, and hand it to the store."""
        digest = hashlib.sha256()
        place = self.new_folder() / filename
        limit, received = LARGEST_FILE if size is None else size, 0
        with disk_errors("write", place), place.open("xb") as file:
            for chunk in chunks:
                received += len(chunk)
                if received > limit:
                    break
                digest.update(chunk)
                file.write(chunk)
        if received > limit or (size is not None and received != size):
            raise IntegrityError(f"{filename} is not as large as its index says ({limit} bytes)", details=(origin,))
        found = digest.hexdigest()
        if expected is not None and found != expected:
            raise IntegrityError(
                f"{filename} is not the file that is asked for",
                details=(f"expected sha256 {expected}", f"got      sha256 {found}", origin),
                hint="nothing of it was kept. If the file was rebuilt, `frazil resolve -P NAME` takes it as it is",
            )
        return self._stored(Supplied(place, found, received), filename)

    def _stored(self, file: Supplied, filename: str) -> Supplied:
        if writes_forbidden() or not file.size:
            return file
        self._store.adopt(file.path, sha256=file.sha256, filename=filename, size=file.size)
        return Supplied(self._store.path(file.sha256, filename), file.sha256, file.size)

    @cached_property
    def _folder(self) -> Path:
        import tempfile  # noqa: PLC0415 - only who brings something here needs a folder for it

        try:
            folder = tempfile.TemporaryDirectory(prefix="frazil-", ignore_cleanup_errors=True)
        except OSError as error:
            raise DiskError(f"there is no folder for temporary files ({error.strerror})", hint="set TMPDIR") from None
        return Path(self._resources.enter_context(folder))
