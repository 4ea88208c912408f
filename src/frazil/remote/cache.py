"""A shared cache by its rules, whatever keeps the bytes.

Nothing that it says is believed: blobs are hashed by who takes them, a resolution by its digest, by a signature where
there is a secret, and by a judge who takes it for a stranger's. Entries are written once; one that is sound is never
replaced. Whatever fails is told once and costs no more than the time-out, unless the cache was said to be required.
"""

import contextlib
import hashlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar

from frazil.errors import IndexUnreachable, IntegrityError, SharedCacheFailed, cleaned
from frazil.events import Noted, Reporter, WaitBegan, Warned, silent
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

DEFAULT_TIMEOUT = 5.0
"""Seconds that a run may lose to a cache."""

_ANSWERS, _WRITING, _CONTENTS, _SPENT = "answers", "writing", "contents", "spent"
_MOMENT = 0.2

_T = TypeVar("_T")
Judge = Callable[[bytes], _T]
"""Makes a value of the bytes of a resolution, or raises Unfit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a cache is used: what may be done with it, seconds to wait for an answer and for uploads at the end."""

    read: bool = True
    write: bool = False
    required: bool = False
    timeout: float = DEFAULT_TIMEOUT
    upload_wait: float = 60.0
    secret: bytes | None = None


class RemoteCache:
    """A shared cache in one run; fulfils `ports.SharedCache`. Thread-safe. Its `name` is shown in messages."""

    def __init__(self, backend: Backend, name: str, terms: Terms, reporter: Reporter = silent) -> None:
        self.name = name
        self._backend = backend
        self._terms = terms
        self._reporter = reporter
        self._health = Health(math.inf if terms.required else terms.timeout)
        self._uploads = Uploads()
        self._may_write = terms.write
        self._lock = threading.Lock()
        self._probing = threading.Lock()
        self._told: set[str] = set()
        self._damaged: set[str] = set()
        self._failure: SharedCacheFailed | None = None
        self._dropped = 0
        self._closed = False

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
                self._fail(_CONTENTS, f"it has other bytes under the sha256 {sha256}")
                raise

    def _opened(self, stack: ExitStack, digest: Digest) -> Iterator[bytes] | None:
        if not self._may_read():
            return None
        began = time.monotonic()
        try:
            body = streamed(
                partial(self._backend.read_blob, digest), first=self._patience(), silence=self._terms.timeout
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
            text = within(self._patience(), lambda: self._read_resolution(fingerprint))
            found = None if text is None else judge(text)
        except Fault as fault:
            self._failed(fault, time.monotonic() - began)
            return None
        except Unfit as unfit:
            # One of a newer version is as good as none; it is nobody's fault.
            tell = self._warn if unfit.newer else self._fail
            tell(_CONTENTS, f"its resolution for this project is not used: {unfit.reason}")
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
        if self._terms.read and self._health.is_spent and self._is_first(_SPENT):
            self._warn(_ANSWERS, f"it took more than {self._terms.timeout:g} seconds of this run")
        return self._terms.read and self._health.allows()

    def _patience(self) -> float:
        return min(self._health.left(), self._terms.timeout)

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
                self._drop()
                return
            try:
                write(count)
            except Fault as fault:
                self._drop()
                with contextlib.suppress(SharedCacheFailed):  # raised at the end, where somebody waits
                    self._not_written(fault)

        if self._may_write:
            self._uploads.add(Upload(size, act))

    def _drop(self, count: int = 1) -> None:
        with self._lock:
            self._dropped += count

    def _write_resolution(
        self, fingerprint: str, text: bytes, judge: Judge[object], count: Callable[[int], None]
    ) -> None:
        body, secret = TextBody(text, count), self._terms.secret
        signature = "" if secret is None else signature_of(secret, fingerprint, body.digest)
        entry = format_entry(Entry(body.digest, signature))
        found = self._found(fingerprint, judge)
        if found in {_Found.SOUND, _Found.NEWER}:
            return
        # A blob with other bytes looks like one that is there; below an unfit entry it is written anyway.
        if found is _Found.UNFIT or not self._backend.has_blob(body.digest):
            self._backend.write_blob(body)
        self._write_entry(fingerprint, entry, judge, over=found)

    def _write_entry(self, fingerprint: str, entry: bytes, judge: Judge[object], *, over: "_Found") -> None:
        key = key_of(fingerprint)
        if over is _Found.ABSENT and self._honours_conditions():
            if self._backend.create_entry(key, entry):
                return
            if self._found(fingerprint, judge) in {_Found.SOUND, _Found.NEWER}:
                return  # somebody was faster
        self._backend.replace_entry(key, entry)
        if not _same(self._backend.read_entry(key), entry):
            self._reporter(Noted(f"the shared cache {self.name} keeps another run's entry, written at the same time"))

    def _honours_conditions(self) -> bool:
        """Say whether an entry is safe from `create_entry`: some backends take the condition and ignore it.

        Found out by creating the same entry twice, under a key that nobody asks for.
        """
        with self._probing:
            if self._backend.honours_conditions is None:
                probe = format_entry(Entry(digest_of(b"")))
                created = [self._backend.create_entry(key_of("probe"), probe) for _ in range(2)]
                self._backend.honours_conditions = not created[-1]
            return self._backend.honours_conditions

    def _found(self, fingerprint: str, judge: Judge[object]) -> "_Found":
        try:
            text = self._read_resolution(fingerprint)
            if text is None:
                return _Found.ABSENT
            judge(text)
        except Unfit as unfit:
            return _Found.NEWER if unfit.newer else _Found.UNFIT
        return _Found.SOUND

    # What goes wrong --------------------------------------------------------------------------------------

    def _failed(self, fault: Fault, seconds: float) -> None:
        """Take note of a failure while reading; raise SharedCacheFailed where the cache is required."""
        self._health.failed(seconds)
        self._fail(_ANSWERS, fault.sentence)

    def _not_written(self, fault: Fault) -> None:
        match fault:
            case Refused() | Full():
                self._may_write = False
                self._fail(_WRITING, f"nothing is written to it: {fault.sentence}")
            case _:
                self._health.failed()
                self._fail(_ANSWERS, fault.sentence)

    def _fail(self, kind: str, why: str) -> None:
        """Raise SharedCacheFailed where the cache is required, else warn."""
        if self._terms.required and not self._closed:
            sentence = f"the shared cache {self.name} is no help: {why}"
            self._failure = SharedCacheFailed(sentence, hint="without `--remote-required` the run goes on without it")
            raise self._failure
        self._warn(kind, why)

    def _warn(self, kind: str, why: str) -> None:
        """Warn once of each kind of trouble and note the rest; once it is closed, nobody wants to know."""
        if not self._closed:
            sentence = cleaned(f"the shared cache {self.name} is no help: {why}")
            self._reporter(Warned(sentence) if self._is_first(kind) else Noted(sentence))

    def _is_first(self, kind: str) -> bool:
        with self._lock:
            first = kind not in self._told
            self._told.add(kind)
        return first

    # The end ----------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Wait for the uploads within bounds, saying so. Raises SharedCacheFailed where the cache is required."""
        terms = self._terms
        if not self._uploads.wait(most=_MOMENT, silence=_MOMENT):
            count = self._uploads.open
            self._reporter(
                WaitBegan(
                    f"waiting for {count} upload{'s' * (count != 1)} to the shared cache {self.name}, "
                    f"at most {terms.upload_wait:g} seconds"
                )
            )
            if not self._uploads.wait(most=terms.upload_wait, silence=terms.timeout):
                self._drop(self._uploads.open)
        self._uploads.abandon()
        if self._dropped and not self._told:
            with contextlib.suppress(SharedCacheFailed):
                self._fail(_WRITING, f"{self._dropped} uploads did not come to their end in time")
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Let go of the cache, whatever is still on its way."""
        self._closed = True
        self._uploads.abandon()
        with contextlib.suppress(Fault):
            self._backend.close()


def _same(kept: bytes | None, entry: bytes) -> bool:
    """Say whether a server kept an entry as it was given; it may add what is its own."""
    try:
        return kept is not None and parse_entry(kept) == parse_entry(entry)
    except Unfit:
        return False


class _Found(Enum):
    """What is under a key already."""

    ABSENT = "absent"
    SOUND = "sound"
    UNFIT = "unfit"
    NEWER = "newer"
