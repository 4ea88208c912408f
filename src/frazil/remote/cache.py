"""A shared cache by its rules, whatever keeps the bytes.

Nothing that it says is believed: blobs are hashed by who takes them, a resolution by its digest, by a signature where
there is a secret, and by a judge who takes it for a stranger's. Entries are written once; one that is sound is never
replaced. Whatever fails is told once and costs no more than the time-out, unless the cache was said to be required.
"""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from frazil.errors import IndexUnreachable, IntegrityError, SharedCacheFailed
from frazil.events import Noted, Reporter, Warned, silent
from frazil.remote.backend import Backend
from frazil.remote.bodies import FileBody, TextBody
from frazil.remote.bounds import streamed, within
from frazil.remote.entry import (
    LARGEST_RESOLUTION,
    Digest,
    Entry,
    check_signature,
    digest_of,
    format_entry,
    key_of,
    parse_entry,
    signature_of,
)
from frazil.remote.faults import Fault, Full, Refused, Unfit
from frazil.remote.health import Health
from frazil.remote.uploads import Upload, Uploads
from frazil.values import dataclass

_READING, _WRITING, _CONTENTS = "reading", "writing", "contents"

_T = TypeVar("_T")
Judge = Callable[[bytes], _T]
"""Makes a value of the bytes of a resolution, or raises Unfit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a cache is used: what may be done with it, seconds to wait for an answer and for uploads at the end."""

    read: bool = True
    write: bool = False
    required: bool = False
    timeout: float = 5.0
    upload_wait: float = 60.0
    secret: bytes | None = None


class RemoteCache:
    """A shared cache in one run; fulfils `ports.SharedCache`. Thread-safe. Its `name` is shown in messages."""

    def __init__(self, backend: Backend, name: str, terms: Terms, reporter: Reporter = silent) -> None:
        self.name = name
        self._backend = backend
        self._terms = terms
        self._reporter = reporter
        self._health = Health(terms.timeout)
        self._uploads = Uploads()
        self._may_write = terms.write
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._damaged: set[str] = set()
        self._failure: SharedCacheFailed | None = None
        self._dropped = 0

    # Reading ----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def fetch_artifact(self, sha256: str, size: int) -> Iterator[Iterator[bytes] | None]:
        """Stream an artifact's bytes, or give None; what they are is for the taker to verify.

        Whatever is wrong has been told when OutsideError is raised; SharedCacheFailed is one that is not to be borne.
        """
        with ExitStack() as stack:
            chunks = self._opened(stack, Digest(sha256, size))
            try:
                yield chunks
            except IntegrityError:
                self._damaged.add(sha256)
                self._tell(_CONTENTS, f"it has other bytes under the sha256 {sha256}")
                raise

    def _opened(self, stack: ExitStack, digest: Digest) -> Iterator[bytes] | None:
        if not self._may_read():
            return None
        began = time.monotonic()
        try:
            body = streamed(
                partial(self._backend.read_blob, digest), first=self._health.left(), silence=self._terms.timeout
            )
            chunks = stack.enter_context(body)
        except Fault as fault:
            self._failed(fault, time.monotonic() - began)
            return None
        waited = time.monotonic() - began
        if chunks is None:
            self._health.missed(waited)
            return None
        self._health.hit(waited)
        return self._passed_on(chunks)

    def _passed_on(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except Fault as fault:
            self._failed(fault, self._terms.timeout)
            raise IndexUnreachable(f"the shared cache {self.name} broke off: {fault.sentence}") from None

    def find_resolution(self, fingerprint: str, judge: Judge[_T]) -> _T | None:
        """Return what the judge makes of the resolution under a fingerprint, or None."""
        if not self._may_read():
            return None
        began = time.monotonic()
        try:
            text = within(self._health.left(), lambda: self._read_resolution(fingerprint))
            found = None if text is None else judge(text)
        except Fault as fault:
            self._failed(fault, time.monotonic() - began)
            return None
        except Unfit as unfit:
            self._tell(_CONTENTS, f"its resolution for this project is not used: {unfit.reason}")
            return None
        if found is None:
            self._health.missed(time.monotonic() - began)
        return found

    def _read_resolution(self, fingerprint: str) -> bytes | None:
        text = self._backend.read_entry(key_of(fingerprint))
        if text is None:
            return None
        entry = parse_entry(text)
        if self._terms.secret is not None:
            check_signature(entry, self._terms.secret, fingerprint)
        return self._read_whole(entry.blob)

    def _read_whole(self, digest: Digest) -> bytes:
        if digest.size > LARGEST_RESOLUTION:
            raise Unfit("it is too large")
        pieces, size, hashed = [], 0, hashlib.sha256()
        with self._backend.read_blob(digest) as chunks:
            if chunks is None:
                raise Unfit("the file that it names is not there")
            for chunk in chunks:
                size += len(chunk)
                if size > digest.size:
                    break
                hashed.update(chunk)
                pieces.append(chunk)
        if (size, hashed.hexdigest()) != (digest.size, digest.sha256):
            raise Unfit("the file that it names has another sha256")
        return b"".join(pieces)

    def _may_read(self) -> bool:
        return self._terms.read and self._health.allows()

    # Writing ----------------------------------------------------------------------------------------------

    def keep_artifact(self, sha256: str, size: int, path: Path) -> None:
        """Upload a verified artifact in the background, if this run writes and the cache does not have it."""
        digest = Digest(sha256, size)

        def write(count: Callable[[int], None]) -> None:
            if sha256 in self._damaged or not self._backend.has_blob(digest):
                self._backend.write_blob(FileBody(path, digest, count))

        self._upload(size, write)

    def keep_resolution(self, fingerprint: str, text: bytes, judge: Judge[object]) -> None:
        """Upload a resolution in the background, if this run writes and the cache has no sound one."""
        self._upload(len(text), partial(self._write_resolution, fingerprint, text, judge))

    def _upload(self, size: int, write: Callable[[Callable[[int], None]], None]) -> None:
        def act(count: Callable[[int], None]) -> None:
            if not (self._may_write and self._health.allows()):
                self._dropped += 1
                return
            try:
                write(count)
            except Fault as fault:
                self._dropped += 1
                self._not_written(fault)

        if self._may_write:
            self._uploads.add(Upload(size, act))

    def _write_resolution(
        self, fingerprint: str, text: bytes, judge: Judge[object], count: Callable[[int], None]
    ) -> None:
        key, body = key_of(fingerprint), TextBody(text, count)
        secret = self._terms.secret
        entry = format_entry(
            Entry(body.digest, "" if secret is None else signature_of(secret, fingerprint, body.digest))
        )
        unfit = self._why_unfit(fingerprint, judge)
        if unfit is None:
            return
        # A blob whose bytes are wrong looks like one that is there: with an unfit entry it is written anyway.
        if unfit.replaceable or not self._backend.has_blob(body.digest):
            self._backend.write_blob(body)
        ...
