"""A door in front of a gRPC server: TLS on the outside, and a bearer token that it wants to see."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import grpc


class _Forwarding(grpc.GenericRpcHandler):  # type: ignore[misc,unused-ignore]
    """Passes every call on as it is, whatever its method, when the token is right."""

    def __init__(self, address: str, token: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._token = token

    def service(self, details: Any) -> Any:
        given = dict(details.invocation_metadata).get("authorization")

        def forward(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            if given != f"Bearer {self._token}":
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is wrong")
            try:
                yield from self._channel.stream_stream(details.method)(requests)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())

        return grpc.stream_stream_rpc_method_handler(forward)


@contextlib.contextmanager
def door(address: str, *, token: str, certificate: Path) -> Iterator[int]:
    """Open a door to an address (`host:port`); give its port. The file has a key and a certificate for loopback."""
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((_Forwarding(address, token),))
    pem = certificate.read_bytes()
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(pem, pem)]))
    server.start()
    try:
        yield port
    finally:
        server.stop(None)


class GrpcDoor:
    """A door without TLS that passes calls on, or answers them itself as a test says; use it in a `with` block.

    `refused` is the status of HTTP that stands for the answer to every write (403, 507); `held` lets nothing through.
    """

    def __init__(self, address: str) -> None:
        self.refused: int | None = None
        self.status: int | None = None
        self.held = False
        self.ending = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(16))
        self._server.add_generic_rpc_handlers((_Ruled(address, self),))
        self.own_port: int = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.ending.set()
        self._server.stop(None).wait()


class _Ruled(grpc.GenericRpcHandler):  # type: ignore[misc,unused-ignore]
    """Passes every call on, as its door has it."""

    def __init__(self, address: str, door: GrpcDoor) -> None:
        self._channel = grpc.insecure_channel(address)
        self._door = door

    def service(self, details: Any) -> Any:
        writes = details.method.rpartition("/")[2] in {"BatchUpdateBlobs", "UpdateActionResult", "Write"}

        def forward(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            while self._door.held and not self._door.ending.wait(0.01):
                pass
            if writes and self._door.refused is not None:
                denied = grpc.StatusCode.PERMISSION_DENIED
                context.abort(denied if self._door.refused == 403 else grpc.StatusCode.RESOURCE_EXHAUSTED, "no")
            try:
                yield from self._channel.stream_stream(details.method)(requests)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())

        return grpc.stream_stream_rpc_method_handler(forward)
