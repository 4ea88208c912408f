"""The lean way to a server, byte by byte: what is an answer of HTTP/1.1, and what is refused."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frazil.errors import FrazilError
from frazil.http import Client
from frazil.settings import Settings


class RawServer:
    """Sends fixed bytes on each connection after each request; `closes` says whether it hangs up then."""

    def __init__(self, *answers: bytes, closes: bool = True) -> None:
        self.answers, self.closes = answers, closes
        self.connections = 0
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/x"

    def close(self) -> None:
        self._ending.set()
        # Closing alone leaves the thread in `accept`, and after a pause of the process it would answer for whichever
        # listener has that number by then.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # who is not answered to its liking hangs up
            for answer in self.answers:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    asked += piece
                self.asked.append(asked)
                connection.sendall(answer)
            if self.closes:
                connection.shutdown(socket.SHUT_WR)
            self._ending.wait(20)


@contextmanager
def served(*answers: bytes, closes: bool = True) -> Iterator[RawServer]:
    server = RawServer(*answers, closes=closes)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def lean(tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", cache=tmp_path / "cache", lean=True, retries=0, timeout=2.0)


def body_of(settings: Settings, url: str) -> tuple[int, bytes]:
    with Client(settings) as client, client.stream(url) as stream:
        return stream.status, b"".join(stream.chunks)


OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "a length": (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "no body": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "the same length twice": (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "the same length in one line": (OK + b"Content-Length: 5, 5\r\n\r\nhello", b"hello"),
    "until it hangs up": (OK + b"\r\nhello", b"hello"),
    "nothing until it hangs up": (OK + b"\r\n", b""),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
    "chunks in capitals": (OK + b"TRANSFER-ENCODING: CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    "chunks with extensions": (OK + b'Transfer-Encoding: chunked\r\n\r\n5;a="b"\r\nhello\r\n0;z\r\n\r\n', b"hello"),
    "chunks with trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n", b"hello"),
    "chunks and a length": (
        OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
    "bare line ends": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", b"hello"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "an older version": (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "an answer that is announced": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        + OK
        + b"Content-Length: 2\r\n\r\nhi",
        b"hi",
    ),
    "more than was announced": (OK + b"Content-Length: 5\r\n\r\nhello, and more", b"hello"),
}


@pytest.mark.parametrize(("answer", "body"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_http_is_read(lean: Settings, answer: bytes, body: bytes) -> None:
    with served(answer) as server:
        assert body_of(lean, server.url) == (200, body)


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
NO_ANSWERS = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a newer version": b"HTTP/2.0 200 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status from zero": b"HTTP/1.1 099 OK\r\n\r\n",
    "a line without a colon": OK + b"Content-Length 5\r\n\r\nhello",
    "a line that goes on": OK + b"X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
    "a blank before the colon": OK + b"Content-Length : 5\r\n\r\nhello",
    "a null in a value": OK + b"X: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two lengths in one line": OK + b"Content-Length: 5, 6\r\n\r\nhello",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a length with a sign": OK + b"Content-Length: +5\r\n\r\nhello",
    "a length that is none": OK + b"Content-Length: five\r\n\r\nhello",
    "a length without digits": OK + b"Content-Length: \r\n\r\nhello",
    "a length beyond all": OK + b"Content-Length: 9999999999999999999\r\n\r\nhello",
    "another encoding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "too short a body": OK + b"Content-Length: 6\r\n\r\nhello",
    "a head that ends early": OK + b"Content-Length: 5\r\n",
    "a chunk without a size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "a chunk with a sign": CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    "a chunk of another base": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk of no number": CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",
    "a chunk beyond all": CHUNKED + b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a chunk that is longer": CHUNKED + b"4\r\nhello\r\n0\r\n\r\n",
    "a chunk that is shorter": CHUNKED + b"9\r\nhello\r\n",
    "no last chunk": CHUNKED + b"5\r\nhello\r\n",
    "a last chunk without an end": CHUNKED + b"5\r\nhello\r\n0\r\n",
    "trailers without an end": CHUNKED + b"5\r\nhello\r\n0\r\n" + b"A: bcdefghijklmnop\r\n" * 20_000,
    "a size without an end": CHUNKED + b"5;" + b"a" * 400_000,
    "a head without an end": OK + b"A: bcdefghijklmnop\r\n" * 20_000,
    "announcements without an end": b"HTTP/1.1 100 Continue\r\n\r\n" * 40 + OK + b"Content-Length: 2\r\n\r\nhi",
}


@pytest.mark.promise("R8")
@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_of_http_is_an_error_and_nothing_of_it_passes_for_a_body(
    lean: Settings, answer: bytes
) -> None:
    with served(answer) as server, pytest.raises(FrazilError) as caught:
        body_of(lean, server.url)
    assert caught.value.exit_code == 3
    assert caught.value.sentence.isprintable()


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", 1),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", 1),
        (OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello", 2),
        (OK + b"Connection: Close\r\nContent-Length: 5\r\n\r\nhello", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 2),
    ],
)
def test_a_connection_is_used_again_where_the_server_keeps_it(lean: Settings, answer: bytes, connections: int) -> None:
    with served(answer, answer, closes=False) as server, Client(lean) as client:
        for _ in range(2):
            with client.stream(server.url) as stream:
                assert b"".join(stream.chunks) == b"hello"
        assert server.connections == connections


def test_a_connection_on_which_something_came_unasked_is_not_used_again(lean: Settings) -> None:
    answer = OK + b"Content-Length: 5\r\n\r\nhello" + OK + b"Content-Length: 5\r\n\r\nwrong"
    with served(answer, answer, closes=False) as server, Client(lean) as client:
        for _ in range(2):
            with client.stream(server.url) as stream:
                assert b"".join(stream.chunks) == b"hello"
        assert server.connections == 2


def test_a_request_says_who_asks_and_what_it_takes(lean: Settings) -> None:
    with served(OK + b"Content-Length: 0\r\n\r\n") as server:
        body_of(lean, server.url)
        head = server.asked[0].decode().lower()
    assert head.startswith("get /x http/1.1\r\n")
    assert "\r\nhost: 127.0.0.1:" in head
    assert "\r\naccept-encoding: identity\r\n" in head
    assert "\r\nuser-agent: frazil/" in head
