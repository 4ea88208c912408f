"""A gate before a cache that speaks HTTP: it passes requests on, or answers them itself as a test says."""

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.served import Served

_WRITES = frozenset({"PUT", "POST"})


class Gate(Served):
    """Passes on to a port of loopback; use it in a `with` block.

    `refused` is the status of every write (None: passed on), `status` that of everything; `held` lets nothing through
    while it is set.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.refused: int | None = None
        self.status: int | None = None
        self.held = False
        server = _Server(("127.0.0.1", 0), _Handler)
        server.gate = self
        super().__init__(server)

    def pass_on(self, handler: "_Handler") -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        while self.held and not self._ending.wait(0.01):
            pass
        status = self.status or (self.refused if handler.command in _WRITES else None)
        if status is not None:
            _answer(handler, status, {}, b"")
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            data = answer.read()
            _answer(handler, answer.status, dict(answer.getheaders()), data)
        except OSError:
            handler.close_connection = True
        finally:
            connection.close()


_FRAMING = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})


def _answer(handler: "_Handler", status: int, headers: dict[str, str], data: bytes) -> None:
    handler.send_response_only(status)
    for name, value in headers.items():
        if name.lower() not in _FRAMING:
            handler.send_header(name, value)
    length = {name.lower(): value for name, value in headers.items()}.get("content-length", "0")
    if status != 204:
        handler.send_header("Content-Length", length if handler.command == "HEAD" else str(len(data)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gate: Gate

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self.server.gate.pass_on(self)

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
