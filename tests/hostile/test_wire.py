"""Servers that answer with bytes without end, a drop at a time, or something else than was asked for."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.errors import FrazilError, IndexAnswerError, IndexUnreachable, OutsideError
from frazil.http import Client
from frazil.index.pages import PAGE_LIMIT
from frazil.index.simple import parse_page
from frazil.settings import Settings
from tests.hostile.doors import JSON_PAGE
from tests.support.index_server import IndexServer
from tests.support.machine import Machine

Speech = Callable[[socket.socket], None]


@contextlib.contextmanager
def speaking(speech: Speech) -> Iterator[str]:
    """Serve one speech to everybody who connects; give the address."""
    ended = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(5)
                    connection.recv(65536)
                    speech(connection)

    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(0.05)
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        finally:
            ended.set()
            thread.join()


def dripping(start: bytes, drop: bytes) -> Speech:
    def speak(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:  # until who listens has had enough
            connection.sendall(drop)
            time.sleep(0.05)

    return speak


def get(settings: Settings, url: str) -> bytes:
    with Client(replace(settings, timeout=0.2, retries=0)) as client:
        return client.get(url, limit=1_000_000).body


@pytest.mark.promise("R8")
@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_a_drip_is_left_wherever_in_an_answer_it_begins(settings: Settings, start: bytes, drop: bytes) -> None:
    with speaking(dripping(start, drop)) as url, pytest.raises(IndexUnreachable):
        get(settings, url)


@pytest.mark.promise("R8")
@pytest.mark.parametrize(
    "answer",
    [
        b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n" + b"x" * 2_000_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b" " * 100_000 + b"\0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n X: folded\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x50",
        b"",
    ],
)
def test_an_answer_that_is_none_or_too_long_is_an_error_of_the_server(settings: Settings, answer: bytes) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(answer)

    with speaking(speak) as url, pytest.raises(OutsideError):
        get(settings, url)


@pytest.mark.promise("R8")
def test_a_page_that_unpacks_to_more_than_any_is_not_unpacked(index_server: IndexServer, settings: Settings) -> None:
    bomb = gzip.compress(bytes(30_000_000), 1)
    url = index_server.serve("/bomb", bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(IndexAnswerError, match="larger than 1000000 bytes when it is unpacked"):
        get(settings, url)


@pytest.mark.promise("R8")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_end(index_server: IndexServer, settings: Settings, status: int) -> None:
    index_server.redirect("/round", "/round", status=status)
    with pytest.raises(IndexAnswerError, match="redirects more than 5 times"):
        get(settings, f"{index_server.origin}/round")
    assert len(index_server.asked(containing="/round")) == 6


@pytest.mark.promise("R6")
@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://index.example/x",
        "javascript:x",
        "//",
        "http://",
        "data:,x",
        "http://[::1",
        "gopher://x",
    ],
)
def test_a_redirect_to_what_is_no_http_address_is_refused(
    index_server: IndexServer, settings: Settings, location: str
) -> None:
    index_server.redirect("/away", location)
    with pytest.raises(FrazilError) as refused:
        get(settings, f"{index_server.origin}/away")
    assert refused.value.exit_code == 3


# Pages -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("R11")
def test_the_page_of_another_project_is_no_page_and_not_one_without_releases() -> None:
    body = b'{"meta": {"api-version": "1.0"}, "name": "other", "files": []}'
    with pytest.raises(IndexAnswerError, match="it is the page of 'other'"):
        parse_page(body, JSON_PAGE, "https://index.example/simple/foo/", "foo")
    same = body.replace(b"other", b"FOO")
    assert parse_page(same, JSON_PAGE, "https://index.example/simple/foo/", "foo").versions == ()


@pytest.mark.promise("R8")
@pytest.mark.parametrize(
    "body",
    [
        b'{"files": [], "x": [' + b'"a",' * 4_000_000 + b"1]}",
        b'{"files": [], "x": [' + b"{}," * 1_100_000 + b"1]}",
        b'{"meta": {"api-version": "1.0"}, "files": [' + b'{"filename": "foo-1.0.zip"},' * 200_001 + b"{}]}",
        b'{"files": ' + b"[" * 100_000,
    ],
)
def test_a_page_with_too_many_values_is_refused_before_they_are_made(body: bytes) -> None:
    with pytest.raises(IndexAnswerError, match=r"too many|nested too deeply"):
        parse_page(body, JSON_PAGE, "https://index.example/simple/foo/", "foo")


@pytest.mark.promise("R8")
@pytest.mark.parametrize(
    ("unit", "says"),
    [
        (b"<a>", "too many tags"),
        (b"<!-- -->", "too many tags"),
        (b'<a href="foo-1.0.zip">', "too many files"),
        (b"<a x='", "ends inside a tag"),
    ],
)
def test_an_html_page_without_end_is_refused(unit: bytes, says: str) -> None:
    with pytest.raises(IndexAnswerError, match=says):
        parse_page(unit * 700_000, "text/html", "https://index.example/simple/foo/", "foo")


def test_what_opens_no_tag_is_passed_over_in_one_go() -> None:
    body = b"<" * (PAGE_LIMIT // 8) + b'<a href="foo-1.0.zip">'
    assert parse_page(body, "text/html", "https://index.example/simple/foo/", "foo").versions == ("1.0",)


@pytest.mark.promise("R6")
def test_names_of_files_are_plain_and_short_enough_for_the_store() -> None:
    names = (
        "foo-1.0-py3-none-any.whl",
        "foo-1.0-py3-none-any.file:///etc/passwdwhl",
        f"foo-2.0-py3-none-{'a' * 230}.whl",
        "foo-3.0-py3-none-any.file:///x.whl",
    )
    rows = ", ".join(f'{{"filename": "{name}", "url": "https://index.example/x"}}' for name in names)
    page = parse_page(f'{{"files": [{rows}]}}'.encode(), JSON_PAGE, "https://index.example/simple/foo/", "foo")
    assert [offer.filename for version in page.versions for offer in page.offers(version)] == [names[0]]


# Captive portals -------------------------------------------------------------------------------------------

LOGIN = b"<html><head><title>Welcome</title></head><body><a href='/login'>Log in</a></body></html>"


@pytest.mark.promise("R12")
@pytest.mark.parametrize("body", [LOGIN, b"", b"<html></html>", b"<a href='/terms.pdf'>terms</a>"])
def test_a_login_page_is_no_page_that_lists_no_release(body: bytes) -> None:
    with pytest.raises(IndexAnswerError, match="links to no file"):
        parse_page(body, "text/html", "https://index.example/simple/foo/", "foo")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/vnd.pypi.simple.v1+html"),
        (b'<meta name="pypi:repository-version" content="1.0">', "text/html"),
        (b'<a href="other-1.0.zip">', "text/html"),
    ],
)
def test_an_html_page_without_a_release_says_that_it_is_one(body: bytes, content_type: str) -> None:
    assert parse_page(body, content_type, "https://index.example/simple/foo/", "foo").versions == ()


@pytest.mark.promise("R12")
@pytest.mark.parametrize("metadata", ["never", "unhashed"])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_login_page_in_place_of_a_file_is_a_failure_of_the_server(
    index_server: IndexServer, tmp_path: Path, metadata: str, ranges: bool
) -> None:
    index_server.add_wheel("foo", "1")
    index_server.metadata, index_server.ranges = metadata, ranges
    index_server.hashes = index_server.sizes = False
    index_server.fault("/packages/*", status=200, body=LOGIN, headers={"Content-Type": "text/html; charset=utf-8"})
    machine = Machine(tmp_path / "home", index_server, tmp_path / "project")
    machine.declare({"app": ["foo"]})
    with pytest.raises(IndexAnswerError, match="a page for people where foo-1-py3-none-any"):
        machine.resolve()
