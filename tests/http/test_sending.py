"""Requests that put bytes somewhere, and what their answers mean."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from frazil.credentials import bound_headers
from frazil.errors import AuthenticationError, IndexUnreachable, Offline
from frazil.http import Client
from frazil.settings import Settings
from tests.support.cache_server import CacheServer


@pytest.fixture
def server() -> Iterator[CacheServer]:
    with CacheServer() as server:
        yield server


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with Client(replace(settings, retries=1)) as client:
        yield client


def body() -> Iterator[bytes]:
    yield from (b"one", b"two")


def put(client: Client, url: str, *expected: int) -> int:
    return client.send("PUT", url, expected=frozenset(expected), headers={"content-length": "6"}, content=body).status


def test_bytes_are_put_with_their_length_and_found_again(client: Client, server: CacheServer) -> None:
    url = f"{server.url}/ac/key"
    assert put(client, url, 201) == 201
    assert "transfer-encoding" not in server.log[0].headers
    assert client.get(url, limit=100).body == b"onetwo"
    answer = client.send("HEAD", url, expected=frozenset())
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "6", b"")


def test_a_status_that_is_expected_is_the_answer_and_another_one_an_error(client: Client, server: CacheServer) -> None:
    server.write_token = "not ours"
    assert put(client, f"{server.url}/ac/key", 201, 403) == 403
    with pytest.raises(AuthenticationError, match="403"):
        put(client, f"{server.url}/ac/key", 201)


def test_the_bytes_are_read_anew_for_another_try(client: Client, server: CacheServer) -> None:
    server.status = 503

    def mend(content: Iterator[bytes]) -> Iterator[bytes]:
        server.status = None
        yield from content

    tries = iter((body(), mend(body())))
    url = f"{server.url}/ac/key"
    sent = {"content-length": "6"}
    answer = client.send("PUT", url, expected=frozenset({201}), headers=sent, content=lambda: next(tries))
    assert (answer.status, len(server.log)) == (201, 2)


def test_a_server_that_keeps_failing_is_unreachable(client: Client, server: CacheServer) -> None:
    server.status = 503
    with pytest.raises(IndexUnreachable, match="503"):
        put(client, f"{server.url}/ac/key", 201)
    assert len(server.log) == 2


def test_offline_nothing_is_sent(settings: Settings, server: CacheServer) -> None:
    with Client(replace(settings, offline=True)) as client, pytest.raises(Offline):
        put(client, f"{server.url}/ac/key", 201)
    assert server.log == []


def test_a_token_is_sent_to_its_origin_alone(settings: Settings, server: CacheServer) -> None:
    given = bound_headers(server.url, {"authorization": "Bearer hunter2", "x-team": "us"})
    with CacheServer() as other, Client(settings, given=given) as client:
        client.get(f"{server.url}/ac/key", limit=10)
        client.get(f"{other.url}/ac/key", limit=10)
        client.get(server.url.replace("/cache", "/elsewhere"), limit=10)
    assert server.log[0].headers["authorization"] == "Bearer hunter2"
    assert server.log[0].headers["x-team"] == "us"
    for request in (other.log[0], server.log[1]):
        assert not {"authorization", "x-team"} & request.headers.keys()
