"""The client against a real server: answers, statuses, redirects, credentials, counts."""

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from frazil.credentials import Credentials, IndexPlace, read_credentials
from frazil.errors import (
    AuthenticationError,
    FrazilError,
    IndexAnswerError,
    IndexUnreachable,
    Interrupted,
    Offline,
)
from frazil.events import Event, RequestMade
from frazil.http import Client, shown
from frazil.settings import Settings
from tests.support.index_server import JSON_TYPE, IndexServer

LIMIT = 1_000_000


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with Client(settings) as client:
        yield client


def with_credentials(settings: Settings, *places: IndexPlace, **variables: str) -> Client:
    settings = replace(settings, environ={**settings.environ, **variables})
    return Client(settings, credentials=read_credentials(settings, places))


# Answers


def test_a_page_comes_whole_and_packed_pages_unpacked(index_server: IndexServer, client: Client) -> None:
    index_server.add_wheel("a", "1.0")
    url = f"{index_server.url}a/"
    plain = client.get(url, accept=JSON_TYPE, limit=LIMIT)
    index_server.gzipped = True
    packed = client.get(url, accept=JSON_TYPE, limit=LIMIT)
    assert plain.body == packed.body
    assert packed.headers["content-encoding"] == "gzip"
    assert (plain.url, plain.status, plain.from_cache) == (url, 200, False)
    assert plain.headers["content-type"] == JSON_TYPE
    asked = index_server.log[0].headers
    assert asked["accept"] == JSON_TYPE
    assert asked["accept-encoding"] == "gzip"
    assert asked["user-agent"].startswith("frazil/")
    assert "authorization" not in asked
    assert "cookie" not in asked


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_an_answer(index_server: IndexServer, client: Client, status: int) -> None:
    index_server.fault("/x", status=status, body=b"<script>no</script>")
    response = client.get(f"{index_server.origin}/x", limit=LIMIT)
    assert (response.status, response.body) == (status, b"")
    with client.stream(f"{index_server.origin}/x") as stream:
        assert (stream.status, list(stream.chunks)) == (status, [])


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [
        (400, IndexAnswerError, 1),
        (401, AuthenticationError, 1),
        (403, AuthenticationError, 1),
        (407, AuthenticationError, 1),
        (408, IndexUnreachable, 2),
        (418, IndexAnswerError, 1),
        (429, IndexUnreachable, 2),
        (500, IndexUnreachable, 2),
        (501, IndexAnswerError, 1),
        (503, IndexUnreachable, 2),
        (204, IndexAnswerError, 1),
        (206, IndexAnswerError, 1),
        (304, IndexAnswerError, 1),
        (416, IndexAnswerError, 1),
        (799, IndexUnreachable, 2),
    ],
)
def test_every_other_status_is_an_error_that_names_address_and_status(
    index_server: IndexServer, settings: Settings, status: int, error: type[FrazilError], requests: int
) -> None:
    index_server.fault("/x", status=status, body=b"evil \x1b[31m text")
    with Client(replace(settings, retries=1)) as client:
        with pytest.raises(error, match=rf"127\.0\.0\.1:\d+/x\?… answered {status}") as caught:
            client.get(f"{index_server.origin}/x?secret=canary", limit=LIMIT)
        assert client.requests == requests
    assert caught.value.exit_code == 3
    assert "evil" not in caught.value.sentence
    assert "canary" not in caught.value.sentence


def test_what_heals_is_tried_again(index_server: IndexServer, client: Client) -> None:
    index_server.serve("/x", b"good")
    for how in ({"status": 503}, {"reset": True}, {"truncate": 2}, {"status": 429, "headers": {"Retry-After": "0"}}):
        index_server.fault("/x", times=1, **how)
        assert client.get(f"{index_server.origin}/x", limit=LIMIT).body == b"good"
    assert client.requests == 8


def test_a_damaged_packed_body_is_tried_again_and_then_an_error(index_server: IndexServer, settings: Settings) -> None:
    index_server.serve("/x", gzip.compress(b"good"), headers={"Content-Encoding": "gzip"})
    index_server.fault("/x", times=1, body=b"damaged")
    with Client(replace(settings, retries=1)) as client:
        assert client.get(f"{index_server.origin}/x", limit=LIMIT).body == b"good"
        index_server.fault("/x", headers={"Content-Encoding": "br"})
        with pytest.raises(IndexUnreachable, match="cannot be unpacked"):
            client.get(f"{index_server.origin}/x", limit=LIMIT)


# Limits


def test_a_body_larger_than_its_limit_is_refused_stated_streamed_or_packed(
    index_server: IndexServer, client: Client
) -> None:
    large = bytes(300_000)
    index_server.serve("/stated", large)
    index_server.serve("/bomb", gzip.compress(large), headers={"Content-Encoding": "gzip"})
    assert client.get(f"{index_server.origin}/stated", limit=300_000).body == large
    before = client.received
    with pytest.raises(IndexAnswerError, match="is larger than 299999 bytes"):
        client.get(f"{index_server.origin}/stated", limit=299_999)
    assert client.received == before
    with pytest.raises(IndexAnswerError, match="is larger than 299999 bytes when it is unpacked"):
        client.get(f"{index_server.origin}/bomb", limit=299_999)


def test_an_endless_body_is_left_at_the_limit(endless: str, client: Client) -> None:
    with pytest.raises(IndexAnswerError, match="is larger than 100000 bytes"):
        client.get(endless, limit=100_000)
    assert client.received < 1_000_000


@pytest.fixture
def endless() -> Iterator[str]:
    """A server whose body has no end and no stated length."""
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(100_000):
                    connection.sendall(b"2000\r\n" + bytes(8192) + b"\r\n")
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    thread.join(10)


# Redirects


def test_redirects_are_followed_and_the_answer_tells_where_it_ended(index_server: IndexServer, client: Client) -> None:
    for number in range(5):
        index_server.redirect(f"/{number}", f"{number + 1}#fragment", status=(301, 302, 303, 307, 308)[number])
    end = index_server.serve("/5", b"there")
    response = client.get(f"{index_server.origin}/0", limit=LIMIT)
    assert (response.url, response.body) == (end, b"there")
    with client.stream(f"{index_server.origin}/0") as stream:
        assert (stream.url, b"".join(stream.chunks)) == (end, b"there")
    assert client.get_range(f"{index_server.origin}/0", 1, 2).body == b"he"
    assert client.requests == 18


def test_a_sixth_redirect_or_a_circle_is_refused(index_server: IndexServer, client: Client) -> None:
    index_server.redirect("/x", "/x")
    with pytest.raises(IndexAnswerError, match="redirects more than 5 times"):
        client.get(f"{index_server.origin}/x", limit=LIMIT)
    assert client.requests == 6


@pytest.mark.parametrize(
    "location",
    ["ftp://index.example/", "file:///etc/passwd", "javascript:x", "https://x:99999/", "mailto:a@b"],
)
def test_a_redirect_to_what_is_no_http_address_is_refused(
    index_server: IndexServer, client: Client, location: str
) -> None:
    index_server.redirect("/x", location)
    with pytest.raises(IndexAnswerError, match="redirects to what is no HTTP address"):
        client.get(f"{index_server.origin}/x", limit=LIMIT)


def test_a_redirect_without_a_location_is_an_answer_without_a_body(index_server: IndexServer, client: Client) -> None:
    index_server.fault("/x", status=302, body=b"somewhere")
    response = client.get(f"{index_server.origin}/x", limit=LIMIT)
    assert (response.status, response.body) == (302, b"")


# Credentials


@pytest.mark.promise("R10")
def test_credentials_go_to_their_index_and_are_not_taken_along_elsewhere(
    index_server: IndexServer, settings: Settings
) -> None:
    with IndexServer() as other:
        file = other.serve("/x", b"there")
        index_server.require_auth("me", "canary")
        index_server.serve("/simple/same", b"here")
        index_server.redirect("/simple/there", file)
        index_server.redirect("/simple/here", "/simple/same")
        place = IndexPlace("corp", index_server.url, credentials=("me", "canary"))
        with with_credentials(settings, place) as client:
            assert client.get(f"{index_server.url}here", limit=LIMIT).body == b"here"
            assert client.get(f"{index_server.url}there", limit=LIMIT).body == b"there"
        assert all("authorization" in request.headers for request in index_server.log)
        assert all("authorization" not in request.headers for request in other.log)


def test_credentials_in_an_address_serve_its_own_origin_and_show_nowhere(
    index_server: IndexServer, settings: Settings
) -> None:
    events: list[Event] = []
    with IndexServer() as other, Client(replace(settings, reporter=events.append)) as client:
        elsewhere = other.serve("/x", b"there")
        index_server.require_auth("m@e", "can:ary")
        index_server.serve("/simple/x", b"here")
        index_server.redirect("/simple/away", elsewhere.replace("//", "//evil:evil@"))
        mine = index_server.origin.replace("//", "//m%40e:can%3Aary@")
        here = client.get(f"{mine}/simple/x", limit=LIMIT)
        away = client.get(f"{mine}/simple/away", limit=LIMIT)
        assert (here.body, here.url) == (b"here", f"{index_server.origin}/simple/x")
        assert (away.body, away.url) == (b"there", elsewhere)
        assert all("authorization" not in request.headers for request in other.log)
        with pytest.raises(AuthenticationError) as caught:
            client.get(f"{index_server.origin.replace('//', '//me:wrong-canary@')}/simple/x", limit=LIMIT)
    assert "canary" not in f"{caught.value.sentence} {caught.value.hint} {events}"
    assert "can" not in str([event.url for event in events if isinstance(event, RequestMade)])


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        (None, "set FRAZIL_INDEX_<NAME>_USERNAME and FRAZIL_INDEX_<NAME>_PASSWORD, or name the host in netrc"),
        ("/simple/", "the user name or password that it was given is wrong, or may not do this"),
        ("/other/simple/", "are not sent outside of it"),
    ],
)
def test_who_is_refused_is_told_what_to_do(
    index_server: IndexServer, settings: Settings, place: str | None, hint: str
) -> None:
    index_server.require_auth("me", "right")
    places = (
        [] if place is None else [IndexPlace("corp", f"{index_server.origin}{place}", credentials=("me", "canary"))]
    )
    with with_credentials(settings, *places) as client, pytest.raises(AuthenticationError) as caught:
        client.get(f"{index_server.url}x/", limit=LIMIT)
    assert caught.value.hint is not None
    assert hint in caught.value.hint
    assert "canary" not in caught.value.hint


def test_variables_and_netrc_reach_the_server(index_server: IndexServer, settings: Settings) -> None:
    index_server.add_wheel("a", "1.0")
    index_server.require_auth("me", "canary")
    netrc = settings.store.parent / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password canary\n")
    named = {"FRAZIL_INDEX_CORP_USERNAME": "me", "FRAZIL_INDEX_CORP_PASSWORD": "canary"}
    for variables in (named, {"NETRC": str(netrc)}):
        with with_credentials(settings, IndexPlace("corp", index_server.url), **variables) as client:
            assert client.get(f"{index_server.url}a/", limit=LIMIT).status == 200


# Ranges


def test_parts_of_a_file_are_given_as_http_counts_them(index_server: IndexServer, client: Client) -> None:
    url = index_server.serve("/x", b"0123456789")
    part = client.get_range(url, 2, 4)
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert client.get_range(url, None, 3).body == b"789"
    assert client.get_range(url, 7, None).body == b"789"
    assert client.get_range(url, None, 99).body == b"0123456789"
    assert client.get_range(url, 10, 12).status == 416
    assert client.get_range(f"{index_server.origin}/none", 0, 1).status == 404
    assert index_server.log[0].headers["accept-encoding"] == "identity"


def test_a_server_without_ranges_sends_no_more_than_was_asked_for(index_server: IndexServer, client: Client) -> None:
    index_server.ranges = False
    small = index_server.serve("/small", b"0123456789")
    large = index_server.serve("/large", bytes(5_000_000))
    whole, refused = client.get_range(small, None, 10), client.get_range(large, 0, 9)
    assert (whole.status, whole.body) == (200, b"0123456789")
    assert (refused.status, refused.body) == (200, b"")
    assert client.received < 1_000_000


def test_more_than_the_part_that_was_asked_for_is_refused(index_server: IndexServer, client: Client) -> None:
    url = index_server.serve("/x", b"0123456789")
    index_server.fault("/x", status=206, body=b"0123456789", headers={"Content-Range": "bytes 0-1/10"})
    with pytest.raises(IndexAnswerError, match="is larger than 2 bytes"):
        client.get_range(url, 0, 1)


# Offline, closing, counting


def test_offline_no_request_is_made(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", b"x")
    with Client(replace(settings, offline=True)) as client:
        for deed in (
            lambda: client.get(url, limit=LIMIT),
            lambda: client.get(url, limit=LIMIT, cached=True),
            lambda: client.get_range(url, 0, 1),
            lambda: client.stream(url).__enter__(),
        ):
            with pytest.raises(Offline, match="is needed, and offline no request is made"):
                deed()
        assert client.requests == 0
    assert index_server.log == []


def test_after_the_end_no_request_is_made(index_server: IndexServer, settings: Settings) -> None:
    client = Client(settings)
    url = index_server.serve("/x", b"x")
    client.get(url, limit=LIMIT)
    client.close()
    client.close()
    with pytest.raises(Interrupted):
        client.get(url, limit=LIMIT)


@pytest.mark.parametrize("how", [{"stall": 60}, {"delay": 60}])
def test_the_end_wakes_whoever_waits_for_a_server(
    index_server: IndexServer, settings: Settings, how: dict[str, float]
) -> None:
    url = index_server.serve("/x", b"0123456789")
    index_server.fault("/x", **how)
    client = Client(replace(settings, timeout=50))

    def read() -> None:
        with client.stream(url) as stream:
            list(stream.chunks)

    with ThreadPoolExecutor(2) as pool:
        waiting: list[Future[Any]] = [pool.submit(read), pool.submit(client.get, url, limit=LIMIT)]
        while len(index_server.log) < 2:
            time.sleep(0.01)
        client.close()
        errors = [future.exception(timeout=30) for future in waiting]
    assert [type(error) for error in errors] == [Interrupted, Interrupted]


def test_every_request_is_counted_and_reported_without_its_query(index_server: IndexServer, settings: Settings) -> None:
    events: list[Event] = []
    with Client(replace(settings, reporter=events.append)) as client:
        index_server.serve("/x", b"0123456789")
        index_server.redirect("/y", "/x")
        index_server.fault("/x", status=503, times=1)
        client.get(f"{index_server.origin}/y?signature=canary#f", limit=LIMIT)
        assert (client.requests, client.received) == (4, 10)
    made = [
        (e.url.removeprefix(index_server.origin), e.status, e.received) for e in events if isinstance(e, RequestMade)
    ]
    assert made == [("/y?…", 302, 0), ("/x", 503, 0), ("/y?…", 302, 0), ("/x", 200, 10)]


def test_an_address_is_shown_without_what_is_nobodys_business() -> None:
    assert shown("https://me:canary@index.example/a?b=c#d") == "https://index.example/a?…"
    assert shown("https://index.example/a") == "https://index.example/a"


def test_connections_are_kept_alive_even_after_an_answer_that_nobody_read(
    index_server: IndexServer, client: Client
) -> None:
    index_server.serve("/x", b"x")
    index_server.fault("/no", status=404, body=b"x" * 1000)
    for _ in range(5):
        client.get(f"{index_server.origin}/x", limit=LIMIT)
        client.get(f"{index_server.origin}/no", limit=LIMIT)
        client.get_range(f"{index_server.origin}/x", 0, 5)
    assert index_server.connections_made == 1


def test_many_threads_share_one_client(index_server: IndexServer, settings: Settings) -> None:
    bodies = {index_server.serve(f"/{number}", os.urandom(3000)): number for number in range(20)}
    with Client(settings) as client, ThreadPoolExecutor(32) as pool:
        urls = list(bodies) * 30
        answers = list(pool.map(lambda url: client.get(url, limit=LIMIT).body, urls))
        assert client.requests == len(urls)
        assert client.received == 3000 * len(urls)
    assert [hash(body) for body in answers[:20]] == [hash(body) for body in answers[-20:]]
    assert len(set(answers)) == 20
    assert index_server.connections_made <= 32


# Costs


@pytest.mark.parametrize(
    ("lean", "loaded"),
    [(True, ["[]", "[]", "[]"]), (False, ["[]", "['httpx']", "['httpx', 'cachecontrol', 'requests']"])],
)
def test_nothing_is_loaded_before_it_is_needed(*, lean: bool, loaded: list[str]) -> None:
    script = (
        "import sys, pathlib\n"
        "from frazil.http import Client\n"
        "from frazil.settings import Settings\n"
        "from tests.support.index_server import IndexServer\n"
        "def loaded():\n"
        "    return [n for n in ('httpx', 'cachecontrol', 'requests', 'truststore') if n in sys.modules]\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        f"client = Client(Settings(store=folder, cache=folder, lean={lean}))\n"
        "print(loaded())\n"
        "with IndexServer() as server:\n"
        "    server.max_age = 600\n"
        "    url = server.serve('/x', b'x')\n"
        "    client.get(url, limit=9)\n"
        "    print(loaded())\n"
        "    client.get(url, limit=9, cached=True)\n"
        "    print(loaded())\n"
    )
    command = [sys.executable, "-c", script, os.devnull]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == loaded


def test_a_client_that_is_never_used_costs_nothing_to_close(settings: Settings) -> None:
    Client(settings, credentials=Credentials()).close()
