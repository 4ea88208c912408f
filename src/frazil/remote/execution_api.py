"""The caches of the Remote Execution API v2 over gRPC: bazel-remote, buildbox-casd, BuildGrid, NativeLink and others.

Only grpcio is needed: the messages are few and written by hand, where generated stubs would cost 200 ms more to
import. Small blobs go in batches, others as streams; an entry is the ActionResult itself.
"""

import contextlib
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc

from frazil.errors import AuthenticationError
from frazil.remote.address import CacheAddress
from frazil.remote.backend import CHUNK, Body
from frazil.remote.entry import LARGEST_ENTRY, Digest, format_digest
from frazil.remote.faults import Fault, Full, Refused, Unreachable
from frazil.remote.protobuf import data, last_data, last_number, message, messages, number, numbers

_API = "/build.bazel.remote.execution.v2"
_STORAGE, _ACTIONS, _STREAM = (
    f"{_API}.ContentAddressableStorage",
    f"{_API}.ActionCache",
    "/google.bytestream.ByteStream",
)
_SHA256 = 1  # of DigestFunction
_INSTANCE = 1  # the field of the instance's name in every request
_LONGEST_BODY_SECONDS = 3600.0  # how long anybody waits is decided elsewhere
_BATCH = 1024 * 1024
_MARGIN = 4096
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_REFUSED = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED}


class ExecutionApiBackend:
    """One instance of a server; its name is the path of the address. The port is 443 for `grpcs`, 80 for `grpc`.

    `headers` say who asks; they are asked for before every question.
    """

    honours_conditions: bool | None = False  # the protocol has none

    def __init__(
        self,
        address: CacheAddress,
        environ: Mapping[str, str],
        *,
        timeout: float,
        headers: Callable[[], Mapping[str, str]],
    ) -> None:
        self._instance = data(_INSTANCE, address.path)
        self._resource = f"{address.path}/" if address.path else ""
        self._timeout = timeout
        self._headers = headers
        self._channel = _channel(address, environ)
        self._lock = threading.Lock()
        self._batch: int | None = None

    # Entries

    def read_entry(self, key: Digest) -> bytes | None:
        request = self._instance + message(2, format_digest(key)) + number(3, 1)
        answer = self._ask(f"{_ACTIONS}/GetActionResult", request)
        return answer if answer is None or len(answer) <= LARGEST_ENTRY else b""

    def create_entry(self, key: Digest, entry: bytes) -> bool:
        if self.read_entry(key) is not None:
            return False
        self.replace_entry(key, entry)
        return True

    def replace_entry(self, key: Digest, entry: bytes) -> None:
        request = self._instance + message(2, format_digest(key)) + message(3, entry)
        if self._ask(f"{_ACTIONS}/UpdateActionResult", request) is None:
            raise Refused("its action cache cannot be written")

    # Blobs

    @contextlib.contextmanager
    def read_blob(self, digest: Digest) -> Iterator[Iterator[bytes] | None]:
        if digest.size <= self._most_in_a_batch():
            found = self._read_batch(digest)
            yield None if found is None else iter((found,))
            return
        with self._opened(digest) as chunks:
            yield chunks

    def _read_batch(self, digest: Digest) -> bytes | None:
        request = self._instance + message(2, format_digest(digest))
        answer = self._ask(f"{_STORAGE}/BatchReadBlobs", request)
        with _readable():
            (response,) = messages(answer or b"", 1)
            code = last_number(last_data(response, 3), 1)
            if code == grpc.StatusCode.NOT_FOUND.value[0]:
                return None
            if code:
                raise Unreachable(f"it answers a read with the status {code}")
            return last_data(response, 2)

    @contextlib.contextmanager
    def _opened(self, digest: Digest) -> Iterator[Iterator[bytes] | None]:
        request = data(1, f"{self._resource}blobs/{digest.sha256}/{digest.size}")
        call = self._channel.unary_stream(f"{_STREAM}/Read")(
            request, timeout=_LONGEST_BODY_SECONDS, metadata=self._metadata()
        )
        try:
            with _faults():
                first = next(call, None)
            yield _pieces(first, call)
        except _Missing:
            yield None
        finally:
            call.cancel()

    def has_blob(self, digest: Digest) -> bool:
        request = self._instance + message(2, format_digest(digest))
        answer = self._ask(f"{_STORAGE}/FindMissingBlobs", request)
        with _readable():
            return answer is not None and not messages(answer, 2)

    def write_blob(self, body: Body) -> None:
        if body.digest.size <= self._most_in_a_batch():
            self._write_batch(body)
            return
        name = f"{self._resource}uploads/{uuid.uuid4()}/blobs/{body.digest.sha256}/{body.digest.size}"
        with _faults():
            answer = self._channel.stream_unary(f"{_STREAM}/Write")(
                _write_requests(name, body), timeout=_LONGEST_BODY_SECONDS, metadata=self._metadata()
            )
        with _readable():
            # Less is committed when the server has the blob already, and then all of it.
            if last_number(answer, 1) not in {body.digest.size, -1}:
                raise Unreachable("it did not take the whole of a blob")

    def _write_batch(self, body: Body) -> None:
        blob = message(1, format_digest(body.digest)) + data(2, b"".join(body.chunks()))
        answer = self._ask(f"{_STORAGE}/BatchUpdateBlobs", self._instance + message(2, blob))
        with _readable():
            codes = [last_number(last_data(response, 2), 1) for response in messages(answer or b"", 1)]
        if codes != [0]:
            raise _fault_of(next((s for s in grpc.StatusCode if s.value[0] in codes), None), "it did not take a blob")

    def close(self) -> None:
        self._channel.close()

    # The server

    def _metadata(self) -> list[tuple[str, str]]:
        """Return who asks, found out when the first question is asked. Raises Refused where that fails."""
        try:
            return list(self._headers().items())
        except AuthenticationError as error:
            raise Refused(error.sentence) from None

    def _most_in_a_batch(self) -> int:
        """Return how large a blob may be for a batch; asked of the server before anything else."""
        with self._lock:
            if self._batch is None:
                answer = self._ask(f"{_API}.Capabilities/GetCapabilities", self._instance) or b""
                with _readable():
                    cache = last_data(answer, 1)
                    functions, most = numbers(cache, 1), last_number(cache, 4)
                if functions and _SHA256 not in functions:
                    raise Unreachable("it does not know SHA-256")
                self._batch = max(0, min(_BATCH, (most or _BATCH) - _MARGIN))
            return self._batch

    def _ask(self, method: str, request: bytes) -> bytes | None:
        """Return an answer, None where what was asked for is not there."""
        try:
            with _faults():
                answer: bytes = self._channel.unary_unary(method)(
                    request, timeout=self._timeout, metadata=self._metadata()
                )
        except _Missing:
            return None
        return answer


# Messages --------------------------------------------------------------------------------------------------


def _pieces(first: bytes | None, call: Iterator[bytes]) -> Iterator[bytes]:
    with _faults():
        while first is not None:
            with _readable():
                chunk = last_data(first, 10)
            if chunk:
                yield chunk
            first = next(call, None)


def _write_requests(name: str, body: Body) -> Iterator[bytes]:
    offset = 0
    for chunk in body.chunks():
        for start in range(0, len(chunk), CHUNK):
            piece = chunk[start : start + CHUNK]
            last = offset + len(piece) == body.digest.size
            yield data(1, name) + number(2, offset) + number(3, int(last)) + data(10, piece)
            offset += len(piece)


# The connection --------------------------------------------------------------------------------------------


def _channel(address: CacheAddress, environ: Mapping[str, str]) -> Any:
    secure = address.scheme == "grpcs"
    host = address.parts.hostname or ""
    target = f"{f'[{host}]' if ':' in host else host}:{address.parts.port or (443 if secure else 80)}"
    options = [("grpc.max_receive_message_length", 16 * 1024 * 1024)]
    if not secure:
        return grpc.insecure_channel(target, options=options)
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(_authorities(environ)), options=options)


def _authorities(environ: Mapping[str, str]) -> bytes | None:
    """Return the certificates of who is trusted: those that somebody named, else the system's, else gRPC's own."""
    named = next((environ[name] for name in _BUNDLES if environ.get(name)), None)
    path = named or ssl.get_default_verify_paths().cafile
    with contextlib.suppress(OSError):
        return Path(path).read_bytes() if path else None
    return None


# What goes wrong -------------------------------------------------------------------------------------------


class _Missing(Exception):
    """What was asked for is not there."""


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        code = error.code() if isinstance(error, grpc.Call) else None
        if code is grpc.StatusCode.NOT_FOUND:
            raise _Missing from None
        detail = (error.details() or "") if isinstance(error, grpc.Call) else ""
        raise _fault_of(code, detail.partition("\n")[0][:200]) from None
    except ValueError as error:  # the channel is closed
        raise Unreachable(str(error)) from None


def _fault_of(code: grpc.StatusCode | None, detail: str) -> Fault:
    name = code.name.lower().replace("_", " ") if code is not None else "unknown"
    if code in _REFUSED:
        return Refused(f"the server does not let us ({name}): {detail}")
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return Full(f"the server takes nothing more ({name}): {detail}")
    return Unreachable(f"the server failed ({name}): {detail}")


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise Unreachable("its answer cannot be read") from None
