"""A door in front of a gRPC server: TLS on the outside, and a bearer token that it wants to see."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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
