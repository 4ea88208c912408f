"""Long bodies: taken up again where they broke, left where they drip, never mixed with another file."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from frazil.errors import IndexAnswerError, IndexUnreachable
from frazil.events import Event, RequestMade
from frazil.http import Client
from frazil.settings import Settings
from tests.support.index_server import IndexServer

BODY = os.urandom(300_000)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with Client(settings) as client:
        yield client


def read(client: Client, url: str) -> bytes:
    with client.stream(url) as stream:
        assert stream.status == 200
        return b"".join(stream.chunks)


def test_a_body_comes_as_it_lies_on_the_server(index_server: IndexServer, client: Client) -> None:
    url = index_server.serve("/packages/x", BODY)
    with client.stream(url) as stream:
        assert (stream.status, stream.url, stream.headers["content-length"]) == (200, url, "300000")
        assert b"".join(stream.chunks) == BODY
    assert index_server.log[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("ranges", [True, False])
def test_a_body_that_breaks_off_goes_on(index_server: IndexServer, client: Client, *, ranges: bool) -> None:
    index_server.ranges = ranges
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", truncate=100_000, times=2)
    assert read(client, url) == BODY
    asked = [request.headers.get("range") for request in index_server.log]
    if ranges:
        assert asked == [None, "bytes=100000-", "bytes=200000-"]
    else:
        assert len(asked) == 3


def test_a_body_that_keeps_breaking_off_is_an_error(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", truncate=0)
    with Client(replace(settings, retries=2)) as client:
        with pytest.raises(IndexUnreachable, match="/x "):
            read(client, url)
        assert client.requests == 3


def test_every_break_after_progress_is_forgiven(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", truncate=70_000)
    with Client(replace(settings, retries=1)) as client:
        assert read(client, url) == BODY
        assert client.requests == 5


def test_a_file_that_changes_while_it_is_read_is_an_error(index_server: IndexServer, client: Client) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", truncate=100_000, times=1)
    with client.stream(url) as stream:
        first = next(stream.chunks)
        index_server.serve("/x", BODY + b"more")
        with pytest.raises(IndexUnreachable, match="changed while it was read"):
            list(stream.chunks)
    assert BODY.startswith(first)


def test_a_file_that_goes_while_it_is_read_is_an_error(index_server: IndexServer, client: Client) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", status=404)
    index_server.fault("/x", truncate=100_000, times=1)
    with pytest.raises(IndexUnreachable, match="broke off, and the rest cannot be had"):
        read(client, url)


def test_silence_in_a_body_ends_it_after_the_time_out(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", stall=60)
    with Client(replace(settings, timeout=0.2)) as client:
        with pytest.raises(IndexUnreachable, match=r"was silent for 0\.2 seconds"):
            read(client, url)
        assert client.requests == 1


def test_silence_before_an_answer_is_borne_once(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", delay=60)
    with Client(replace(settings, timeout=0.2)) as client:
        with pytest.raises(IndexUnreachable, match=r"was silent for 0\.2 seconds"):
            client.get(url, limit=10)
        assert client.requests == 2


def test_a_drip_is_left_though_each_drop_comes_in_time(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", bytes(1000))
    index_server.fault("/x", drip=0.05)
    with Client(replace(settings, timeout=0.2, retries=0)) as client:
        with pytest.raises(IndexUnreachable, match="sends less than 1000 bytes a second"):
            read(client, url)
        with pytest.raises(IndexUnreachable, match="sends less than 1000 bytes a second"):
            client.get(url, limit=10_000)


def test_a_reader_that_takes_its_time_is_not_taken_for_a_drip(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", BODY[:100])
    index_server.fault("/x", stall=0.1)
    with Client(replace(settings, timeout=0.5)) as client, client.stream(url) as stream:
        first = next(stream.chunks)
        time.sleep(1.2)
        assert first + b"".join(stream.chunks) == BODY[:100]


def test_a_reader_that_stops_half_way_is_fine(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", os.urandom(5_000_000))
    events: list[Event] = []
    with Client(replace(settings, reporter=events.append)) as client:
        with client.stream(url) as stream:
            next(stream.chunks)
        assert client.received < 5_000_000
        assert client.get(url, limit=5_000_000).status == 200
    assert [event.status for event in events if isinstance(event, RequestMade)] == [200, 200]


def test_an_artifact_that_comes_packed_is_refused(index_server: IndexServer, client: Client) -> None:
    for path, encoding in (("/x.whl", "gzip"), ("/x.tar.gz", "br")):
        url = index_server.serve(path, b"packed", headers={"Content-Encoding": encoding})
        with pytest.raises(IndexAnswerError, match="was sent packed"):
            read(client, url)
        with pytest.raises(IndexAnswerError, match="was sent packed"):
            client.get_range(url, 0, 1)
    url = index_server.serve("/y.tar.gz", b"as it is", headers={"Content-Encoding": "x-gzip"})
    assert read(client, url) == b"as it is"


def test_an_empty_body_is_a_body(index_server: IndexServer, client: Client) -> None:
    url = index_server.serve("/x", b"")
    assert read(client, url) == b""
    assert client.get(url, limit=0).body == b""


@pytest.mark.promise("R8")
@pytest.mark.parametrize(
    "part", ["bytes 0-199999/300000", "bytes 99999-299999/300000", "bytes 100001-299999/300000", ""]
)
def test_a_rest_that_begins_elsewhere_than_asked_is_not_taken(
    index_server: IndexServer, client: Client, part: str
) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", status=206, headers={"Content-Range": part}, body=BODY[100_000:])
    index_server.fault("/x", truncate=100_000, times=1)
    with pytest.raises(IndexUnreachable, match="broke off, and the rest cannot be had"):
        read(client, url)


def test_a_rest_that_comes_as_if_it_were_a_part_but_is_whole_is_no_rest(
    index_server: IndexServer, client: Client
) -> None:
    url = index_server.serve("/x", BODY)
    index_server.fault("/x", status=203, headers={"Content-Range": "bytes 100000-299999/300000"}, body=BODY[100_000:])
    index_server.fault("/x", truncate=100_000, times=1)
    with pytest.raises(IndexUnreachable):
        read(client, url)
