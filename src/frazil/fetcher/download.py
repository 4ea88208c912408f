"""Downloads: what the store lacks is streamed into it, several at once, each verified while it is written."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from frazil.atomic import disk_errors
from frazil.errors import (
    ArtifactGone,
    AuthenticationError,
    DiskError,
    FrazilError,
    IndexAnswerError,
    IndexUnreachable,
    IntegrityError,
    Offline,
    OutsideError,
    SharedCacheFailed,
)
from frazil.events import ArtifactStored, BytesReceived, DownloadPlanned, Reporter, WaitBegan, silent
from frazil.fetcher.crew import Crew
from frazil.fetcher.location import FileRoots, Whereabouts, origin_of
from frazil.fetcher.plan import Download
from frazil.http import Client, Stream
from frazil.model import VcsSource
from frazil.opening import open_plain
from frazil.ports import Locator, SharedCache, VcsPacker
from frazil.store.content import Store
from frazil.store.writing import Writer
from frazil.values import dataclass

BIG = 5 * 1024 * 1024
"""Bytes from which a download counts as big: hashing bounds those, latency the others."""

_BIG_THREADS = 4
_SMALL_THREADS = 16
_BODY_TRIES = 2
_PAUSE_SECONDS = 0.25
_PATIENCE = 8
_SHOWN_FAILURES = 20
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Downloaded:
    """How many artifacts came and their bytes; `shared` of them came from the shared cache."""

    artifacts: int = 0
    size: int = 0
    shared: int = 0


def download_artifacts(
    downloads: tuple[Download, ...],
    *,
    client: Client,
    store: Store,
    roots: FileRoots,
    locator: Locator,
    reporter: Reporter = silent,
    shared: SharedCache | None = None,
    packer: VcsPacker | None = None,
    root: Path | None = None,
) -> Downloaded:
    """Download artifacts into the store, largest first, a few big ones and many small ones at a time.

    Files of the project itself (`file:` addresses) are read from below `root`.
    Sound ones are kept even when others fail. The gravest failure is raised (integrity, disk, authentication, gone,
    a wrong answer, unreachable, offline) and lists the others in its details. An interrupt ends within two seconds
    and leaves nothing half-written.
    """
    if not downloads:
        return Downloaded()
    reporter(DownloadPlanned(len(downloads), sum(download.size for download in downloads)))
    run = _Run(
        client=client,
        store=store,
        whereabouts=Whereabouts(roots, locator),
        reporter=reporter,
        shared=shared,
        packer=packer,
        root=root,
    )
    big = [download for download in downloads if download.size >= BIG]
    small = [download for download in downloads if download.size < BIG]
    run.crew.run((big, _BIG_THREADS), (small, _SMALL_THREADS))
    run.raise_failures()
    return run.outcome()


class _Broken(Exception):
    """A body ended too early, and the client could not go on where it broke; `error` says how."""

    def __init__(self, error: FrazilError) -> None:
        self.error = error


class _Run:
    """One run of downloads: what its threads share."""

    def __init__(
        self,
        *,
        client: Client,
        store: Store,
        whereabouts: Whereabouts,
        reporter: Reporter,
        shared: SharedCache | None,
        packer: VcsPacker | None,
        root: Path | None,
    ) -> None:
        self.crew: Crew[Download] = Crew(self._fetch_or_fail, abandon=self._abandon)
        self._client = client
        self._store = store
        self._whereabouts = whereabouts
        self._reporter = reporter
        self._shared = shared
        self._packer = packer
        self._root = root
        self._lock = threading.Lock()
        self._writers: set[Writer] = set()
        self._done: list[tuple[Download, bool]] = []
        self._failed: list[tuple[Download, FrazilError]] = []
        self._untried: list[Download] = []
        self._failures_in_a_row: dict[str, int] = {}
        self._waiting = False

    # One artifact

    def _fetch_or_fail(self, download: Download) -> None:
        host = download.index or "direct references"
        if self._failures_in_a_row.get(host, 0) >= _PATIENCE:
            self._untried.append(download)
            return
        try:
            shared = self._fetch(download)
        except FrazilError as error:
            # What the disk says is about the store, where the file goes, not where it comes from.
            told = isinstance(error, DiskError) or any(download.filename in t for t in (error.sentence, *error.details))
            if not told:
                error.details = (*error.details, f"{download.filename} was to be fetched from there")
            with self._lock:
                self._failed.append((download, error))
                if isinstance(error, (IndexUnreachable, AuthenticationError)):
                    self._failures_in_a_row[host] = self._failures_in_a_row.get(host, 0) + 1
            if not isinstance(error, (OutsideError, IntegrityError)):
                self.crew.stop.set()  # the disk is full, or worse: no other download would fare better
        else:
            self._failures_in_a_row[host] = 0
            self._done.append((download, shared))
            self._reporter(ArtifactStored(download.filename, download.size))

    def _fetch(self, download: Download) -> bool:
        """Bring one artifact into the store; say whether the shared cache had it."""
        with self._store.alone(download.sha256, waiting=partial(self._tell_wait, download), meanwhile=self.crew.check):
            return self._fetch_alone(download)

    def _tell_wait(self, download: Download, holder: str) -> None:
        with self._lock:
            first, self._waiting = not self._waiting, True
        if first:
            self._reporter(WaitBegan(f"waiting for {holder}, which fetches {download.filename}"))

    def _fetch_alone(self, download: Download) -> bool:
        if self._store.has(download.sha256, download.filename, download.size):
            return False  # another process was faster
        if download.url is not None and download.url.startswith("file:"):
            self._fetch_from_project(download, download.url.removeprefix("file:"))
            return False
        if self._fetch_shared(download):
            return True
        if isinstance(download.source, VcsSource) and download.url is None:
            self._fetch_packed(download, download.source)
        else:
            self._fetch_located(download)
        if self._shared is not None:
            path = self._store.path(download.sha256, download.filename)
            self._shared.keep_artifact(download.sha256, download.size, path)
        return False

    def _fetch_located(self, download: Download) -> None:
        for address in self._whereabouts.addresses(download):
            if self._receive(download, address):
                self._whereabouts.confirm(download, address)
                if self._client.is_known_at(address):
                    self._store.keep(download.sha256, download.filename)
                return
        raise self._whereabouts.gone(download)

    def _fetch_shared(self, download: Download) -> bool:
        if self._shared is None:
            return False
        try:
            with self._shared.fetch_artifact(download.sha256, download.size) as chunks:
                if chunks is None:
                    return False
                self._write(download, chunks, "the shared cache")
        except SharedCacheFailed:
            raise
        except (OutsideError, IntegrityError):
            # Whatever is wrong with a cache, and it has said so, the index still has the file.
            return False
        return True

    def _fetch_packed(self, download: Download, source: VcsSource) -> None:
        if self._packer is None:
            raise IndexUnreachable(
                f"{download.filename} ({download.release}) comes from a {source.type} repository, and nothing packs it"
            )
        with self._packer.pack(source, download.filename) as chunks:
            self._write(download, chunks, f"{source.url} at {source.commit_id}")
        self._store.keep(download.sha256, download.filename)

    def _fetch_from_project(self, download: Download, path: str) -> None:
        place = None if self._root is None else self._root / path
        if place is None or not place.is_file():
            raise ArtifactGone(f"{download.filename} ({download.release}) is not at {path} of the project")
        with disk_errors("read", place), open_plain(place) as file:
            self._write(download, iter(lambda: file.read(_CHUNK), b""), str(place))

    # One body

    def _receive(self, download: Download, address: str) -> bool:
        """Say whether the address has the file; then it is in the store."""
        for attempt in range(_BODY_TRIES):
            last = attempt == _BODY_TRIES - 1
            try:
                return self._receive_once(download, address, last=last)
            except _Broken as broken:
                if last:
                    raise broken.error from None
                self.crew.stop.wait(_PAUSE_SECONDS)
                self.crew.check()
        raise AssertionError("the last try returns or raises")

    def _receive_once(self, download: Download, address: str, *, last: bool) -> bool:
        origin = origin_of(download, address)
        with self._client.stream(address) as stream:
            if stream.status in {404, 410}:
                return False
            if stream.status != 200:
                raise IndexAnswerError(f"{origin} answered {stream.status} where {download.filename} should be")
            self._write(download, _body(download, origin, stream, patient=not last), origin)
        return True

    def _write(self, download: Download, chunks: Iterator[bytes], origin: str) -> None:
        hint = (
            f"nothing of it was kept. If the file was rebuilt, run `frazil resolve -P {download.project}`;"
            " if not, treat it as tampering."
        )
        writer = self._store.writer(download.sha256, download.filename, download.size, source=origin, hint=hint)
        received = 0
        with self._lock:
            self._writers.add(writer)
        try:
            with writer:
                for chunk in chunks:
                    self.crew.check()
                    writer.write(chunk)
                    received += len(chunk)
                    self._reporter(BytesReceived(download.filename, len(chunk)))
        except BaseException:
            if received:
                self._reporter(BytesReceived(download.filename, -received))
            raise
        finally:
            with self._lock:
                self._writers.discard(writer)

    def _abandon(self) -> None:
        with self._lock:
            writers = list(self._writers)
        for writer in writers:
            writer.abandon()

    # The end

    def outcome(self) -> Downloaded:
        return Downloaded(
            len(self._done), sum(d.size for d, _ in self._done), sum(1 for _, shared in self._done if shared)
        )

    def raise_failures(self) -> None:
        """Raise the gravest failure, if any, with the others in its details."""
        if not self._failed:
            return
        if all(isinstance(error, Offline) for _, error in self._failed):
            raise _all_offline([download for download, _ in self._failed])
        failed = sorted(self._failed, key=lambda failure: (_gravity(failure[1]), failure[0].filename))
        first = failed[0][1]
        others = list(dict.fromkeys(error.sentence for _, error in failed if error.sentence != first.sentence))
        lines = [f"also: {sentence}" for sentence in others[:_SHOWN_FAILURES]]
        if len(others) > _SHOWN_FAILURES:
            lines.append(f"and {len(others) - _SHOWN_FAILURES} more")
        if self._untried:
            lines.append(f"{len(self._untried)} more were not tried")
        first.details = (*first.details, *lines)
        raise first


def _body(download: Download, origin: str, stream: Stream, *, patient: bool) -> Iterator[bytes]:
    """Pass on the chunks of a body; where it ends too early and a try is left, raise _Broken."""
    received = 0
    try:
        for chunk in stream.chunks:
            received += len(chunk)
            yield chunk
    except IndexUnreachable as error:
        raise _Broken(error) from None
    # A server that states a shorter length has another file; one that states none may have been cut off.
    if received < download.size and patient and stream.headers.get("content-length") != str(received):
        raise _Broken(IndexUnreachable(f"{origin} ended after {received} of {download.size} bytes"))


_GRAVITY = (
    IntegrityError,
    DiskError,
    AuthenticationError,
    ArtifactGone,
    IndexAnswerError,
    IndexUnreachable,
    Offline,
)


def _gravity(error: FrazilError) -> int:
    return next((rank for rank, kind in enumerate(_GRAVITY) if isinstance(error, kind)), -1)


def _all_offline(missing: list[Download]) -> Offline:
    names = sorted(download.filename for download in missing)
    what = f"{names[0]} is" if len(names) == 1 else f"{len(names)} artifacts are"
    shown = names[:_SHOWN_FAILURES]
    if len(names) > _SHOWN_FAILURES:
        shown.append(f"and {len(names) - _SHOWN_FAILURES} more")
    return Offline(
        f"{what} not in the store, and offline no request is made",
        details=tuple(shown) if len(names) > 1 else (),
        hint="run it once without `--offline`",
    )
