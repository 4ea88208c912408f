"""Requests made ahead: sent at once, answered while something else is done, and found by whoever asks later.

One thread looks after all connections when it has nothing better to do: threads that each wait for one answer spend
more time on waking each other than on the answers. What is not plain and quick (a server that takes its time, a body
of no stated length, an answer that is no page) is handed to whoever asks, as it came, to be read on the usual way.
"""

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from frazil.credentials import Origin
from frazil.errors import FrazilError
from frazil.http.lean import Connection, Head, LeanIncoming, LeanWire, NoAnswer, find_head
from frazil.http.patience import Transient

MOST_CONNECTIONS = 32
"""Connections to one server; more of them do not make an HTTP/1.1 server faster."""

_READ_AT_ONCE = 256 * 1024
_LARGEST = 64 * 1024 * 1024
_LARGEST_IN_CHUNKS = 8 * 1024 * 1024
_END = 4
"""Bytes of an empty line and the end of the one before it: fewer of them at once tell nothing."""
_MOST_LOOKS = 64
"""Times that a body in chunks is looked through for its end."""
_LONGEST = 2.0
"""Seconds after which an answer is waited for on the usual way, with its rules for servers that are slow."""

_Key = tuple[str, frozenset[tuple[str, str]]]


class RequestsAhead:
    """GET requests under way to plain servers. Thread-safe, but for `step`, which one thread calls at a time.

    `begin_thread` runs something in a thread: connections are opened in threads.
    """

    def __init__(self, wire: LeanWire, timeout: float, begin_thread: Callable[[Callable[[], None]], None]) -> None:
        self._wire = wire
        self._timeout = timeout
        self._longest = min(_LONGEST, timeout / 2)
        self._begin_thread = begin_thread
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, None)
        self._servers: dict[Origin, _Server] = {}
        self._begun: dict[_Key, _Request] = {}
        self._ended: deque[_Request] = deque()
        self._closed = False
        self._stepping = False

    def ask(self, name: str, url: str, origin: Origin, headers: Mapping[str, str]) -> bool:
        """Send a request now, or as soon as a connection is free; False where the same one is under way."""
        request = _Request(name, url, origin, headers)
        with self._lock:
            if self._closed or request.key in self._begun:
                return False
            self._begun[request.key] = request
            server = self._servers.setdefault(origin, _Server())
            server.waiting.append(request)
            self._send_waiting(server)
        return True

    def take(self, url: str, headers: Mapping[str, str]) -> LeanIncoming | None:
        """Return the answer to a request that was made ahead; None if there was none such. Raises Transient."""
        with self._lock:
            request = self._begun.pop((url, frozenset(headers.items())), None)
            if request is None:
                return None
            server = self._servers[request.origin]
            if request in server.waiting:
                # It is made on the usual way now; whoever waits for its end must not wait for ever.
                server.waiting.remove(request)
                self._ended.append(request)
                self._ring()
                return None
            if request in server.under_way:
                self._hand_over(server, request)
                self._ring()
        if request.error is not None:
            raise request.error if isinstance(request.error, FrazilError | Transient) else self._failure(request)
        connection = request.connection
        assert connection is not None  # noqa: S101 - of a request that ended without an error
        try:
            head = request.head or connection.answer()
        except (NoAnswer, OSError) as error:
            connection.close()
            raise self._wire.failure(url, error) from None
        return LeanIncoming(self._wire, url, request.origin, connection, head)

    def step(self, seconds: float) -> list[tuple[str, bool]]:
        """Wait at most so long for something to come in; return the names of what ended, and whether as one hopes."""
        with self._lock:
            waiting = 0.0 if self._ended or self._closed else seconds
            self._stepping = not self._closed
        try:
            for key, _ in self._selector.select(waiting) if self._stepping else ():
                if key.data is None:
                    with contextlib.suppress(OSError):
                        self._ear.recv(4096)
                else:
                    self._receive(*key.data)
        finally:
            with self._lock:
                self._stepping = False
                if self._closed:
                    self._let_go()
        with self._lock:
            self._hand_over_late()
            ended, self._ended = self._ended, deque()
        return [(request.name, request.is_plain) for request in ended]

    def hurry(self, name: str) -> None:
        """Send a request that somebody waits for before all others, over one more connection if need be."""
        with self._lock:
            for server in self._servers.values():
                first = next((request for request in server.waiting if request.name == name), None)
                if first is not None:
                    server.waiting.remove(first)
                    server.waiting.appendleft(first)
                    if server.opened <= MOST_CONNECTIONS:
                        self._open_one(server)

    def close(self) -> None:
        """End all requests; whoever waits in `step` is woken."""
        with self._lock:
            self._closed = True
            for server in self._servers.values():
                for request in (*server.waiting, *server.under_way):
                    self._end(server, request, NoAnswer("the run is ending"))
                server.waiting.clear()
            if self._stepping:
                self._ring()
            else:
                self._let_go()

    def _let_go(self) -> None:
        for server in self._servers.values():
            for connection in server.connections:
                connection.close()
            server.connections.clear()
        self._selector.close()
        self._bell.close()
        self._ear.close()

    # Connections

    def _send_waiting(self, server: "_Server") -> None:
        while server.waiting and server.free:
            connection = server.free.pop()
            request = server.waiting.popleft()
            server.under_way[request] = connection
            connection.request = request
            request.began = time.monotonic()
            try:
                connection.send(self._wire.request_to(request.url, request.headers))
            except OSError as error:
                self._drop(server, connection)
                self._end(server, request, error)
        while len(server.waiting) > server.opening and server.opened < MOST_CONNECTIONS:
            self._open_one(server)

    def _open_one(self, server: "_Server") -> None:
        server.opening += 1
        server.opened += 1
        first = server.waiting[0]
        self._begin_thread(partial(self._open, server, first.url, first.origin))

    def _open(self, server: "_Server", url: str, origin: Origin) -> None:
        try:
            connection = self._wire.connect(url, origin)
        except (Transient, FrazilError) as error:
            with self._lock:
                server.opening -= 1
                server.opened -= 1
                if not server.opened:
                    while server.waiting:
                        self._end(server, server.waiting.popleft(), error)
            self._ring()
            return
        connection.wait_no_more()
        with self._lock:
            server.opening -= 1
            if self._closed:
                connection.close()
                return
            server.connections.add(connection)
            self._selector.register(connection.socket, selectors.EVENT_READ, (server, connection))
            server.free.append(connection)
            self._send_waiting(server)
        self._ring()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.send(b".")

    def _drop(self, server: "_Server", connection: Connection, *, close: bool = True) -> None:
        server.opened -= 1
        server.connections.discard(connection)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        if connection in server.free:
            server.free.remove(connection)
        if close:
            connection.close()

    # Answers

    def _receive(self, server: "_Server", connection: Connection) -> None:
        """Take in what has come on a connection."""
        error: Exception | None = None
        data = b""
        try:
            data = connection.receive_at_hand(_READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError as failure:
            error = failure
        with self._lock:
            request = connection.request
            if request is None:
                self._drop(server, connection)  # what comes unasked is the end of the connection
            elif not data:
                self._lose(server, connection, request, error or NoAnswer("the connection was closed"))
            else:
                self._take_in(server, connection, request, data)

    def _take_in(self, server: "_Server", connection: Connection, request: "_Request", data: bytes) -> None:
        try:
            fits = request.take_in(data)
        except NoAnswer as error:
            self._lose(server, connection, request, error)
            return
        if not fits:
            self._hand_over(server, request)
        elif request.is_whole:
            head, body, more = request.whole()
            connection.request = None
            if head.reusable and not more:
                server.free.append(connection)
            else:
                self._drop(server, connection)
            request.connection = Connection(None, body)
            self._end(server, request, None)
            self._send_waiting(server)

    def _lose(self, server: "_Server", connection: Connection, request: "_Request", error: Exception) -> None:
        """Give up a connection and its request; those that wait for a connection get another one."""
        self._drop(server, connection)
        self._end(server, request, error)
        self._send_waiting(server)

    def _hand_over(self, server: "_Server", request: "_Request") -> None:
        """Let an answer be read on the usual way, from where it is."""
        connection = server.under_way[request]
        self._drop(server, connection, close=False)
        connection.wait_again(self._timeout)
        connection.buffer[:] = request.unread()
        connection.request = None
        request.connection = connection
        self._end(server, request, None)
        self._send_waiting(server)

    def _hand_over_late(self) -> None:
        latest = time.monotonic() - self._longest
        for server in self._servers.values():
            for request in [request for request in server.under_way if request.began < latest]:
                self._hand_over(server, request)

    def _end(self, server: "_Server", request: "_Request", error: Exception | None) -> None:
        server.under_way.pop(request, None)
        request.error = error
        self._ended.append(request)

    def _failure(self, request: "_Request") -> Transient:
        assert isinstance(request.error, NoAnswer | OSError)  # noqa: S101 - all that ends a request
        return self._wire.failure(request.url, request.error)


class _Server:
    """Connections to one server, and what it is asked."""

    def __init__(self) -> None:
        self.waiting: deque[_Request] = deque()
        self.under_way: dict[_Request, Connection] = {}
        self.connections: set[Connection] = set()
        self.free: list[Connection] = []
        self.opened = 0
        self.opening = 0


class _Request:
    """One request, and what has come of its answer."""

    def __init__(self, name: str, url: str, origin: Origin, headers: Mapping[str, str]) -> None:
        self.name = name
        self.url = url
        self.origin = origin
        self.headers = headers
        self.key: _Key = (url, frozenset(headers.items()))
        self.began = 0.0
        self.error: Exception | None = None
        self.connection: Connection | None = None
        self.head: Head | None = None
        self._pieces: list[bytes] = []
        self._received = 0
        self._needed: int | None = None
        self._looked = 0

    @property
    def is_plain(self) -> bool:
        """Say whether the answer is here, and is one that can be taken as it is."""
        return self.is_whole and self.head is not None and self.head.status in {200, 304}

    @property
    def is_whole(self) -> bool:
        return self._needed is not None and self._received >= self._needed

    def take_in(self, data: bytes) -> bool:
        """Take in what has come; False for an answer that is to be read on the usual way. Raises NoAnswer."""
        self._pieces.append(data)
        self._received += len(data)
        if self.head is None:
            joined = b"".join(self._pieces)
            found = find_head(joined)
            if found is None:
                self._pieces = [joined]
                return True
            self.head, begins = found
            self._pieces = [joined[begins:]]
            self._received -= begins
            self._needed = self._length(self.head)
        if self._needed is None and "transfer-encoding" in self.head.headers:
            self._look_for_last_chunk()
            return self.is_whole or (self._received <= _LARGEST_IN_CHUNKS and self._looked <= _MOST_LOOKS)
        return self._needed is not None and self._needed <= _LARGEST

    def whole(self) -> tuple[Head, bytes, bytes]:
        """Return the head, the body with its framing, and what came after it."""
        assert self.head is not None  # noqa: S101 - the answer is whole
        body, self._pieces = b"".join(self._pieces), []
        return self.head, body[: self._needed], body[self._needed :]

    def unread(self) -> bytes:
        """Return what has come and nobody has read; the head, if it is known, is not part of it."""
        return b"".join(self._pieces)

    @staticmethod
    def _length(head: Head) -> int | None:
        if head.status in {204, 304}:
            return 0
        stated = head.headers.get("content-length")
        return None if stated is None or "transfer-encoding" in head.headers else int(stated)

    def _look_for_last_chunk(self) -> None:
        # The last chunk and the lines behind it end in an empty line.
        if not self._pieces[-1].endswith((b"\r\n\r\n", b"\n\n")) and len(self._pieces[-1]) > _END:
            return
        self._looked += 1
        joined = b"".join(self._pieces)
        self._pieces = [joined]
        reader = Connection(None, joined)
        with contextlib.suppress(NoAnswer):
            for _ in reader.read_chunked():
                pass
            self._needed = len(joined) - len(reader.buffer)
