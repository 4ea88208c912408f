"""Answers of every kind on all ways to a server: the lean one, httpx's, and requests made ahead."""

import gzip
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.errors import FrazilError, IndexAnswerError, IndexUnreachable, Interrupted
from frazil.http import Client, Response
from frazil.settings import Settings
from tests.support.index_server import JSON_TYPE, IndexServer
from tests.support.raw_server import RawServer, Script, cutting, endless, saying

LIMIT = 100_000

Get = Callable[..., Response]


def begin_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def await_ahead(client: Client, urls: set[str]) -> dict[str, bool]:
    """Return how the requests for these addresses ended."""
    until, found = time.monotonic() + 20, dict[str, bool]()
    while urls - found.keys():
        assert time.monotonic() < until
        found.update(client.ended_ahead(0.1))
    return found


@pytest.fixture(params=["lean", "general", "ahead"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(tmp_path: Path, way: str) -> Settings:
    return Settings(
        store=tmp_path / "store",
        cache=tmp_path / "cache",
        environ=dict(os.environ),
        lean=way != "general",
        retries=0,
        timeout=2,
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with Client(settings) as client:
        yield client


@pytest.fixture
def get(client: Client, way: str) -> Get:
    """Get an address on one of the ways."""

    def get_by(url: str, *, cached: bool = False, accept: str | None = None) -> Response:
        if way == "ahead":
            assert client.ask_ahead(url, accept=accept, cached=cached, begin_thread=begin_thread)
            await_ahead(client, {url})
        return client.get(url, accept=accept, limit=LIMIT, cached=cached)

    return get_by


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    {
        "length": OK + b"Content-Length: 5\r\n\r\nhello",
        "the same length twice": OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "chunks": CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "chunks and trailers": CHUNKED + b"5\r\nhello\r\n0\r\nDigest: x\r\n\r\n",
        "to the end": OK + b"Connection: close\r\n\r\nhello",
        "to the end, HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
        "no reason": b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello",
        "100 before": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        "103 before": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        "packed": OK + b"Content-Encoding: gzip\r\nContent-Length: 25\r\n\r\n" + gzip.compress(b"hello", mtime=0),
    }.items(),
    ids=lambda pair: pair[0],
)
def test_a_body_comes_however_its_length_is_told(get: Get, answer: tuple[str, bytes]) -> None:
    with RawServer(saying(answer[1])) as server:
        assert get(f"{server.origin}/x").body == b"hello"


def test_a_body_may_come_in_any_pieces(get: Get) -> None:
    answer = CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"

    def script(connection: socket.socket, _: bytes) -> bool:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for position in range(len(answer)):
            connection.sendall(answer[position : position + 1])
            time.sleep(0.001)
        return True

    with RawServer(script) as server:
        assert get(f"{server.origin}/x").body == b"hello"


_BOMB = zlib.compress(b"\0" * 50_000_000, wbits=31)

HOSTILE: dict[str, tuple[Script, type[FrazilError], str]] = {
    "cut in the body": (saying(OK + b"Content-Length: 50\r\n\r\nhello"), IndexUnreachable, "broke off|ended after"),
    "cut in a chunk": (saying(CHUNKED + b"50\r\nhello"), IndexUnreachable, "broke off"),
    "no last chunk": (saying(CHUNKED + b"5\r\nhello\r\n"), IndexUnreachable, "broke off"),
    "chunk without a size": (saying(CHUNKED + b"five\r\nhello\r\n0\r\n\r\n"), IndexUnreachable, "broke off"),
    "chunk too long": (saying(CHUNKED + b"2\r\nhello\r\n0\r\n\r\n"), IndexUnreachable, "broke off"),
    "cut in the header": (saying(b"HTTP/1.1 200 OK\r\nContent-"), IndexUnreachable, "broke off"),
    "nothing": (saying(b""), IndexUnreachable, "broke off"),
    "reset at once": (cutting(b""), IndexUnreachable, "broke off"),
    "reset in the body": (cutting(OK + b"Content-Length: 50\r\n\r\nhello"), IndexUnreachable, "broke off|ended after"),
    "no HTTP": (saying(b"220 mail.index.example ESMTP\r\n\r\n"), IndexUnreachable, "broke off"),
    "two lengths": (
        saying(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        IndexUnreachable,
        "broke off",
    ),
    "a negative length": (saying(OK + b"Content-Length: -5\r\n\r\nhello"), IndexUnreachable, "broke off"),
    "header flood": (endless(OK, b"X-More: " + b"x" * 8000 + b"\r\n"), IndexUnreachable, "broke off"),
    "one endless header": (endless(OK + b"X-More: ", b"x" * 65536), IndexUnreachable, "broke off"),
    "a body without end": (endless(OK + b"Connection: close\r\n\r\n", b"x" * 65536), IndexAnswerError, "larger than"),
    "chunks without end": (endless(CHUNKED, b"5\r\nhello\r\n" * 5000), IndexAnswerError, "larger than"),
    "a length that is too much": (endless(OK + b"Content-Length: 99999999\r\n\r\n", b"x"), IndexAnswerError, "larger"),
    "a bomb": (
        saying(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_BOMB) + _BOMB),
        IndexAnswerError,
        "larger than",
    ),
    "not gzip": (
        saying(OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
        IndexUnreachable,
        "cannot be unpacked",
    ),
    "login wanted": (saying(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"), FrazilError, "answered 401"),
    "no such method": (saying(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"), IndexAnswerError, "answered 405"),
    "busy": (saying(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), IndexUnreachable, "answered 503"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_is_one_sentence(get: Get, kind: str) -> None:
    script, error, sentence = HOSTILE[kind]
    with RawServer(script) as server, pytest.raises(error, match=sentence):
        get(f"{server.origin}/x")


def test_a_server_that_says_nothing_is_left_after_the_time_out(settings: Settings, way: str) -> None:
    silent = threading.Event()

    def script(_: socket.socket, __: bytes) -> bool:
        silent.wait(20)
        return False

    with RawServer(script) as server, Client(replace(settings, timeout=0.3)) as client:
        url = f"{server.origin}/x"
        if way == "ahead":
            assert client.ask_ahead(url, begin_thread=begin_thread)
            assert await_ahead(client, {url}) == {url: False}
        with pytest.raises(IndexUnreachable, match=r"was silent for 0.3 seconds"):
            client.get(url, limit=LIMIT)
        silent.set()
        assert len(server.requests) == 1


@pytest.mark.parametrize("way", ["lean", "ahead"], indirect=True)  # httpx's pool needs a second try
def test_an_answer_with_something_behind_it_ends_its_connection(get: Get) -> None:
    with RawServer(saying(OK + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n", keep=True)) as server:
        assert get(f"{server.origin}/x").body == b"hello"
        assert get(f"{server.origin}/y").body == b"hello"
        assert server.connections == 2


def test_a_connection_is_kept_for_the_next_request(get: Get) -> None:
    with RawServer(saying(OK + b"Content-Length: 5\r\n\r\nhello", keep=True)) as server:
        for path in "abc":
            assert get(f"{server.origin}/{path}").body == b"hello"
        assert server.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_not_used_again(get: Get, client: Client, way: str) -> None:
    with RawServer(saying(OK + b"Content-Length: 5\r\n\r\nhello")) as server:
        for path in "abc":
            assert get(f"{server.origin}/{path}").body == b"hello"
            time.sleep(0.05)
            if way == "ahead":
                client.ended_ahead(0)
        assert len(server.requests) == 3


def test_nobody_there_is_one_sentence(get: Get) -> None:
    with RawServer(saying(b"")) as server:
        origin = server.origin
    with pytest.raises(IndexUnreachable, match="cannot be reached: the connection is refused"):
        get(f"{origin}/x")


def test_a_redirect_is_followed_and_another_scheme_is_not(get: Get, index_server: IndexServer) -> None:
    index_server.redirect("/here", index_server.serve("/there", b"found"))
    assert get(f"{index_server.origin}/here").body == b"found"
    index_server.redirect("/out", "ftp://index.example/x")
    with pytest.raises(IndexAnswerError, match="no HTTP address"):
        get(f"{index_server.origin}/out")


def test_a_password_goes_to_its_own_origin_only(get: Get, index_server: IndexServer) -> None:
    with IndexServer() as other:
        index_server.redirect("/here", other.serve("/there", b"found"))
        assert get(index_server.origin.replace("//", "//me:canary@") + "/here").body == b"found"
        assert index_server.log[0].headers["authorization"] == "Basic bWU6Y2FuYXJ5"
        assert "authorization" not in other.log[0].headers


# Ahead alone -----------------------------------------------------------------------------------------------


@pytest.fixture
def lean(settings: Settings) -> Settings:
    return replace(settings, lean=True)


only_ahead = pytest.mark.parametrize("way", ["ahead"], indirect=True)


@only_ahead
def test_many_requests_at_once_are_each_made_once_over_few_connections(lean: Settings) -> None:
    def script(connection: socket.socket, request: bytes) -> bool:
        path = request.split(b" ")[1]
        connection.sendall(OK + b"Content-Length: %d\r\n\r\n%s" % (len(path), path))
        return True

    with RawServer(script) as server, Client(lean) as client:
        urls = {f"{server.origin}/{number}" for number in range(300)}
        for url in urls:
            assert client.ask_ahead(url, begin_thread=begin_thread)
        assert all(await_ahead(client, urls).values())
        for url in urls:
            assert client.get(url, limit=LIMIT).body.decode() == url.removeprefix(server.origin)
        assert len(server.requests) == 300
        assert server.connections <= 32
        assert client.requests == 300


@only_ahead
def test_a_request_that_is_under_way_is_not_made_again(lean: Settings) -> None:
    go_on = threading.Event()

    def script(connection: socket.socket, _: bytes) -> bool:
        go_on.wait(20)
        connection.sendall(OK + b"Content-Length: 5\r\n\r\nhello")
        return True

    with RawServer(script) as server, Client(lean) as client:
        url = f"{server.origin}/x"
        assert client.ask_ahead(url, begin_thread=begin_thread)
        assert not client.ask_ahead(url, begin_thread=begin_thread)
        while not server.requests:
            time.sleep(0.01)
        threading.Timer(0.1, go_on.set).start()
        # Whoever cannot wait takes it over, from where it is.
        assert client.get(url, limit=LIMIT).body == b"hello"
        assert len(server.requests) == 1


@only_ahead
def test_a_stale_page_is_asked_about_ahead_and_a_fresh_one_is_not(lean: Settings, index_server: IndexServer) -> None:
    index_server.add_wheel("a", "1.0")
    index_server.max_age = 0
    index_server.etag = True
    url = f"{index_server.url}a/"
    for _ in range(2):
        with Client(lean) as client:
            assert client.ask_ahead(url, accept=JSON_TYPE, cached=True, begin_thread=begin_thread)
            assert await_ahead(client, {url}) == {url: True}
            assert client.get(url, accept=JSON_TYPE, limit=LIMIT, cached=True).status == 200
    assert [request.status for request in index_server.log] == [200, 304]
    index_server.max_age = 600
    with Client(lean) as client:
        client.get(url, accept=JSON_TYPE, limit=LIMIT, cached=True)
        assert not client.ask_ahead(url, accept=JSON_TYPE, cached=True, begin_thread=begin_thread)


@only_ahead
def test_what_is_not_reached_the_lean_way_is_not_asked_for_ahead(lean: Settings) -> None:
    for settings, url in (
        (replace(lean, lean=False), "http://127.0.0.1:9/x"),
        (replace(lean, offline=True), "http://127.0.0.1:9/x"),
        (replace(lean, environ={"HTTP_PROXY": "http://127.0.0.1:9"}), "http://index.example/x"),
        (lean, "ftp://index.example/x"),
    ):
        with Client(settings) as client:
            assert not client.ask_ahead(url, begin_thread=begin_thread)


@only_ahead
def test_the_end_wakes_who_waits(lean: Settings) -> None:
    def script(_: socket.socket, __: bytes) -> bool:
        time.sleep(20)
        return False

    with RawServer(script) as server:
        client = Client(lean)
        url = f"{server.origin}/x"
        assert client.ask_ahead(url, begin_thread=begin_thread)
        threading.Timer(0.2, client.close).start()
        assert await_ahead(client, {url}) == {url: False}
        with pytest.raises(Interrupted):
            client.get(url, limit=LIMIT)


@pytest.mark.parametrize("way", ["ahead"], indirect=True)
def test_who_waits_for_a_request_that_another_makes_himself_is_told_that_it_ended(client: Client) -> None:
    with RawServer(saying(OK + b"Content-Length: 5\r\n\r\nhello")) as server:
        url = f"{server.origin}/x"
        never: list[Callable[[], None]] = []  # no thread has come to open a connection yet
        assert client.ask_ahead(url, begin_thread=never.append)
        assert client.get(url, limit=LIMIT).body == b"hello"
        assert await_ahead(client, {url}) == {url: False}
        assert len(server.requests) == 1


@pytest.mark.parametrize("way", ["ahead"], indirect=True)
def test_who_waits_for_a_connection_is_told_when_the_last_one_is_lost_and_none_can_be_opened(client: Client) -> None:
    hanging_up = threading.Event()

    def script(connection: socket.socket, _: bytes) -> bool:  # noqa: ARG001 - it says nothing
        hanging_up.wait(20)
        return False

    with RawServer(script) as server:
        works: list[Callable[[], None]] = []
        urls = [f"{server.origin}/{number}" for number in range(2)]
        assert client.ask_ahead(urls[0], begin_thread=works.append)
        works.pop()()
        server.refuse()
        assert client.ask_ahead(urls[1], begin_thread=works.append)
        works.pop()()  # it is refused, but there is a connection still
        hanging_up.set()
        until, found = time.monotonic() + 20, dict[str, bool]()
        while len(found) < len(urls):
            assert time.monotonic() < until
            found.update(client.ended_ahead(0.1))
            while works:
                works.pop()()
        assert found == dict.fromkeys(urls, False)
