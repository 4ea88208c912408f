"""A real HTTP cache on loopback, as Bazel's clients expect one: GET, HEAD and PUT below `/cache/`, with faults.

    with CacheServer() as cache:
        ...  # cache.url is what `--remote-cache` takes, cache.kept is path → bytes, cache.log what was asked

Everything that shapes an answer may be changed while it runs.
"""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.support.served import Served


class CacheRequest(NamedTuple):
    """One request: `status` 0 when it was cut without an answer."""

    method: str
    path: str
    status: int
    headers: dict[str, str]


class CacheServer(Served):
    """A cache on a port of its own; use it in a `with` block.

    `conditional` honours `If-None-Match: *`; `token` is the bearer token that reading wants, `write_token` the one that
    writing does (None: anyone); `room` is the bytes that it takes in all; `held` lets no answer out while it is set;
    `status` answers everything so; `drip` sends bodies a few bytes a second; `cut` ends bodies in the middle.
    """

    def __init__(self, *, conditional: bool = True) -> None:
        self.kept: dict[str, bytes] = {}
        self.log: list[CacheRequest] = []
        self.conditional = conditional
        self.token: str | None = None
        self.write_token: str | None = None
        self.room: int | None = None
        self.held = False
        self.status: int | None = None
        self.drip = False
        self.cut = False
        self.before_put: Callable[[str], None] = lambda _path: None
        self._lock = threading.Lock()
        server = _Server(("127.0.0.1", 0), _Handler)
        server.owner = self
        super().__init__(server)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.own_port}/cache"

    def paths(self, kind: str) -> list[str]:
        """Return the paths of what is kept under `ac` or `cas`."""
        return sorted(path for path in self.kept if path.startswith(f"/cache/{kind}/"))

    def forget(self) -> None:
        self.log.clear()

    # One request

    def answer(self, handler: "_Handler") -> None:
        method, path = handler.command, handler.path
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        while self.held and not self._ending.wait(0.01):
            pass
        status, data = self._decide(method, path, handler.headers, body)
        self.log.append(CacheRequest(method, path, status, {k.lower(): v for k, v in handler.headers.items()}))
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        if method != "HEAD":
            self._send(handler, data)

    def _decide(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        if self.status is not None:
            return self.status, b""
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if self.token is not None and given not in {self.token, self.write_token}:
            return 401, b""
        if method != "PUT":
            data = self.kept.get(path)
            return (404, b"") if data is None else (200, data)
        if self.write_token is not None and given != self.write_token:
            return 403, b""
        self.before_put(path)
        with self._lock:
            if self.conditional and headers.get("if-none-match") == "*" and path in self.kept:
                return 412, b""
            if self.room is not None and sum(map(len, self.kept.values())) + len(body) > self.room:
                return 507, b""
            self.kept[path] = body
        return 201, b""

    def _send(self, handler: "_Handler", data: bytes) -> None:
        if self.cut:
            handler.wfile.write(data[: len(data) // 2])
            handler.close_connection = True
        elif self.drip:
            for place in range(0, len(data), 8):
                handler.wfile.write(data[place : place + 8])
                handler.wfile.flush()
                if self._ending.wait(0.05):
                    return
        else:
            handler.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: CacheServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.server.owner.answer(self)

    do_HEAD = do_PUT = do_GET  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until something holds; say whether it does."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
