"""The lean way to a server: a GET request over HTTP/1.1 on a socket of our own, kept alive.

httpx takes 75 ms to be imported and 2 ms for a small request; this takes nothing and a tenth of a millisecond. What it
does not do is httpx's: proxies, other methods, addresses with anything unusual in them.
"""

import contextlib
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from frazil.credentials import Origin, origin_of
from frazil.http.failures import broken, late
from frazil.http.patience import Transient
from frazil.http.routes import Routes
from frazil.regex import regex
from frazil.values import dataclass

if TYPE_CHECKING:
    import ssl

    from frazil.http.trust import Trust

# A host and a target that go on the wire as they stand.
_PLAIN_URL = regex(
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(/[A-Za-z0-9%._~!$&'()*+,;=:@/-]*(?:\?[A-Za-z0-9%._~!$&'()*+,;=:@/?-]*)?)"
)
_DOTS = regex(r"/\.{1,2}(?:[/?]|\Z)")
_HEADER_END = regex(rb"\r?\n\r?\n")
_STATUS = regex(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [\t -~\x80-\xff]*)?")
_HEADER = regex(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*+)")
_LENGTH = regex(r"[0-9]{1,18}")
_CHUNK_SIZE = regex(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")

_LARGEST_HEADER = 128 * 1024
_MOST_INTERIM = 16
_READ_AT_ONCE = 64 * 1024
_BODY_AT_ONCE = 256 * 1024
_PATIENT = 2
"""How many times the time-out a header may take in all."""

_KEPT_ALIVE_SECONDS = 30.0
_MOST_IDLE = 64


class NoAnswer(Exception):
    """What a server sent is no answer of HTTP/1.1; or a kept connection was closed before there was one."""


class LeanWire:
    """Makes GET requests, one at a time per caller. Thread-safe."""

    def __init__(self, timeout: float, routes: Routes, trust: "Callable[[], Trust]", agent: str) -> None:
        self._timeout = timeout
        self._routes = routes
        self._trust = trust
        self._agent = agent
        self._lock = threading.Lock()
        self._idle: dict[Origin, list[tuple[float, Connection]]] = {}
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._contexts: dict[bool, ssl.SSLContext] = {}
        self._closed = False

    def serves(self, url: str) -> bool:
        """Say whether an address is reached this way."""
        if not _PLAIN_URL.fullmatch(url) or _DOTS.search(url):
            return False
        origin = origin_of(url)
        return origin is not None and self._routes.to(origin).proxy is None

    def send(self, url: str, headers: Mapping[str, str]) -> "LeanIncoming":
        """Send one GET request to an address that `serves` takes; raise Transient, or an OutsideError."""
        origin = origin_of(url)
        assert origin is not None  # noqa: S101 - the caller asked `serves`
        request = self.request_to(url, headers)
        connection = self._kept(origin) or self.connect(url, origin)
        try:
            return LeanIncoming(self, url, origin, connection, connection.ask(request))
        except (NoAnswer, OSError) as error:
            connection.close()
            raise self.failure(url, error) from None

    def request_to(self, url: str, headers: Mapping[str, str]) -> bytes:
        """Return a GET request as it goes on the wire."""
        match = _PLAIN_URL.fullmatch(url)
        assert match is not None  # noqa: S101 - the caller asked `serves`
        sent = {"host": _host_of(url), "user-agent": self._agent, **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        return f"GET {match[1]} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")

    def close(self) -> None:
        """Close all connections, also those that a thread is waiting on: it wakes and sees a broken one."""
        with self._lock:
            self._closed = True
            for opened in list(self._sockets):
                with contextlib.suppress(OSError):
                    # The base class's: that of TLS sockets forgets its state under the reader's feet.
                    socket.socket.shutdown(opened, socket.SHUT_RDWR)
            idle = [connection for pool in self._idle.values() for _, connection in pool]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def give_back(self, origin: Origin, connection: "Connection") -> None:
        """Keep a connection for the next request."""
        with self._lock:
            pool = self._idle.setdefault(origin, [])
            if len(pool) < _MOST_IDLE and not self._closed:
                pool.append((time.monotonic(), connection))
                return
        connection.close()

    def failure(self, url: str, error: "NoAnswer | OSError") -> Transient:
        """Return what an error on an open connection means."""
        if isinstance(error, TimeoutError):
            return late(url, self._timeout, connecting=False)
        return broken(url, error, connecting=False)

    def _kept(self, origin: Origin) -> "Connection | None":
        with self._lock:
            pool = self._idle.get(origin)
            while pool:
                since, connection = pool.pop()
                if time.monotonic() - since < _KEPT_ALIVE_SECONDS and connection.is_quiet():
                    return connection
                connection.close()
        return None

    def connect(self, url: str, origin: Origin) -> "Connection":
        """Open a connection. Raises Transient, and OutsideError for a certificate that is not trusted."""
        context = self._context(origin) if origin.scheme == "https" else None
        # As bytes, or the codec of international names is loaded.
        host: Any = origin.host.encode("ascii")
        try:
            with contextlib.ExitStack() as opened:
                connected = opened.enter_context(socket.create_connection((host, origin.port), self._timeout))
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._note(connected)
                if context is not None:
                    connected = opened.enter_context(context.wrap_socket(connected, server_hostname=origin.host))
                    self._note(connected)
                opened.pop_all()
                return Connection(connected)
        except TimeoutError:
            raise late(url, self._timeout, connecting=True) from None
        except OSError as error:
            raise self._refusal(url, origin, error) from None

    def _note(self, connection: socket.socket) -> None:
        with self._lock:
            if self._closed:
                raise ConnectionAbortedError
            self._sockets.add(connection)

    def _context(self, origin: Origin) -> "ssl.SSLContext":
        verified = self._routes.to(origin).verified
        with self._lock:
            if verified not in self._contexts:
                context = self._trust().context(verified=verified)
                context.set_alpn_protocols(["http/1.1"])
                self._contexts[verified] = context
            return self._contexts[verified]

    @staticmethod
    def _refusal(url: str, origin: Origin, error: OSError) -> Exception:
        if origin.scheme == "https":
            from frazil.http.trust import distrusted  # noqa: PLC0415 - loaded with the context

            refusal = distrusted(url, error)
            if refusal is not None:
                return refusal
        return broken(url, error, connecting=True)


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


class LeanIncoming:
    """One answer, its body still on the wire; header names are in lower case."""

    def __init__(
        self,
        wire: LeanWire,
        url: str,
        origin: Origin,
        connection: "Connection",
        head: "Head",
    ) -> None:
        self._wire = wire
        self._url = url
        self._origin = origin
        self._connection = connection
        self._reusable = head.reusable
        self._done = False
        self.status = head.status
        self.headers: Mapping[str, str] = head.headers

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes; raise Transient where it breaks off."""
        try:
            yield from self._body()
        except (NoAnswer, OSError) as error:
            raise self._wire.failure(self._url, error) from None
        self._done = True

    def close(self) -> None:
        """Give the connection back if its body was read to the end, else close it."""
        connection = self._connection
        if self._done and self._reusable and connection.is_open and not connection.buffer:
            self._wire.give_back(self._origin, connection)
        else:
            connection.close()

    def _body(self) -> Iterator[bytes]:
        headers = self.headers
        if self.status in {204, 304}:
            return
        if "transfer-encoding" in headers:
            yield from self._connection.read_chunked()
        elif "content-length" in headers:
            yield from self._connection.read_exactly(int(headers["content-length"]))
        else:
            self._reusable = False
            yield from self._connection.read_to_end()


@dataclass(frozen=True, slots=True)
class Head:
    """What comes before a body; `reusable` says whether the connection is good for another request after it."""

    status: int
    headers: dict[str, str]
    reusable: bool


class Connection:
    """An open connection and what was read of it beyond what was asked for."""

    __slots__ = ("_socket", "buffer", "request")

    def __init__(self, connected: socket.socket | None, buffer: bytes = b"") -> None:
        self._socket = connected
        # What is read off its front is not moved: a body may be one of thousands of small chunks.
        self.buffer = bytearray(buffer)
        self.request: Any = None

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def socket(self) -> socket.socket:
        assert self._socket is not None  # noqa: S101 - what is left of a closed one is only read
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()

    def wait_no_more(self) -> None:
        """Let nothing wait from now on: who looks after many connections waits for all of them."""
        self.socket.setblocking(False)

    def wait_again(self, timeout: float) -> None:
        self.socket.settimeout(timeout)

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)

    def receive_at_hand(self, size: int) -> bytes:
        """Return what has come, nothing at the end of the connection. Raises BlockingIOError where nothing has."""
        if not hasattr(self.socket, "pending"):
            return self.socket.recv(size)
        return self._receive_decrypted(size)

    def _receive_decrypted(self, size: int) -> bytes:
        from ssl import SSLWantReadError, SSLWantWriteError  # noqa: PLC0415 - loaded with the context

        pieces: list[bytes] = []
        while True:
            try:
                piece = self.socket.recv(size)
            except (SSLWantReadError, SSLWantWriteError):
                break
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
        if not pieces:
            raise BlockingIOError
        return b"".join(pieces)

    def is_quiet(self) -> bool:
        """Say whether nothing has come since the last answer: what comes unasked is the end of the connection."""
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            return not poll.poll(0)
        return not select.select([self.socket], [], [], 0)[0]

    def ask(self, request: bytes) -> Head:
        """Send a request and read what comes before the body of its answer."""
        self.socket.sendall(request)
        return self.answer()

    def answer(self) -> Head:
        """Read what comes before the body of an answer."""
        deadline = self._deadline()
        for _ in range(_MOST_INTERIM):
            head = _parse_head(self._read_head(deadline))
            if head.status >= 200:
                return head
        raise NoAnswer("it keeps saying that it will answer")

    def read_exactly(self, length: int) -> Iterator[bytes]:
        """Yield the next so many bytes."""
        while length:
            if self.buffer:
                piece = bytes(self.buffer[:length])
                del self.buffer[:length]
            else:
                piece = self._receive(min(length, _BODY_AT_ONCE))
            length -= len(piece)
            yield piece

    def read_to_end(self) -> Iterator[bytes]:
        """Yield what comes until the server closes the connection."""
        if self.buffer:
            yield bytes(self.buffer)
            self.buffer.clear()
        while piece := self.socket.recv(_BODY_AT_ONCE):
            yield piece

    def read_chunked(self) -> Iterator[bytes]:
        """Yield the content of chunks (RFC 9112, 7.1); what follows the last one is passed over."""
        while True:
            match = _CHUNK_SIZE.fullmatch(self._read_line())
            if match is None:
                raise NoAnswer("a chunk of its body does not say how long it is")
            size = int(match[1], 16)
            if not size:
                break
            yield from self.read_exactly(size)
            if self._read_line():
                raise NoAnswer("a chunk of its body is longer than it says")
        left, deadline = _LARGEST_HEADER, self._deadline()
        while line := self._read_line(deadline):
            left -= len(line)
            if left < 0:
                raise NoAnswer("its body ends in too many lines")

    def _read_head(self, deadline: float) -> bytes:
        while True:
            data = bytes(self.buffer)
            end = _HEADER_END.search(data)
            if end is not None:
                del self.buffer[: end.end()]
                return data[: end.start()]
            if len(data) > _LARGEST_HEADER:
                raise NoAnswer("its header is too long")
            self.buffer += self._receive(_READ_AT_ONCE, deadline)

    def _read_line(self, deadline: float | None = None) -> bytes:
        if b"\n" not in self.buffer:
            deadline = deadline or self._deadline()
        while b"\n" not in self.buffer:
            if len(self.buffer) > _LARGEST_HEADER:
                raise NoAnswer("a line of its body is too long")
            self.buffer += self._receive(_READ_AT_ONCE, deadline)
        end = self.buffer.index(b"\n")
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        return line.removesuffix(b"\r")

    def _deadline(self) -> float:
        """Return until when a header may come: each byte of a drip comes in time, and the last one never would."""
        timeout = None if self._socket is None else self._socket.gettimeout()
        return time.monotonic() + _PATIENT * (timeout or 0.0)

    def _receive(self, size: int, deadline: float | None = None) -> bytes:
        if self._socket is None:
            raise NoAnswer("the connection was closed")
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
        piece = self._socket.recv(size)
        if not piece:
            raise NoAnswer("the connection was closed")
        return piece


def find_head(data: bytes) -> tuple[Head, int] | None:
    """Return what comes before a body, and where that begins; None while that has not come. Raises NoAnswer."""
    begins = 0
    for _ in range(_MOST_INTERIM):
        end = _HEADER_END.search(data, begins)
        if end is None:
            if len(data) - begins > _LARGEST_HEADER:
                raise NoAnswer("its header is too long")
            return None
        head, begins = _parse_head(data[begins : end.start()]), end.end()
        if head.status >= 200:
            return head, begins
    raise NoAnswer("it keeps saying that it will answer")


def _parse_head(head: bytes) -> Head:
    """Parse a status line and headers, those of one name joined."""
    first, *lines = re.split(rb"\r?\n", head)
    status = _STATUS.fullmatch(first)
    if status is None:
        raise NoAnswer("it does not speak HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line.decode("latin-1"))
        if match is None:
            raise NoAnswer("one of its headers cannot be read")
        name, value = match[1].lower(), match[2].rstrip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    _check_framing(headers)
    reusable = status[1] == b"1" and "close" not in headers.get("connection", "").lower()
    return Head(int(status[2]), headers, reusable)


def _check_framing(headers: dict[str, str]) -> None:
    """Refuse what two readers could read differently; of lengths that are the same, one stays."""
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked":
            raise NoAnswer("its body is encoded in a way that nobody asked for")
        headers.pop("content-length", None)
    elif "content-length" in headers:
        lengths = {length.strip() for length in headers["content-length"].split(",")}
        length = lengths.pop()
        if lengths or not _LENGTH.fullmatch(length):
            raise NoAnswer("it does not say how long its body is")
        headers["content-length"] = length
