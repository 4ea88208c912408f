"""The HTTP cache of pages: fresh ones without a request, others with a question, damaged ones not at all."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.credentials import IndexPlace, read_credentials
from frazil.errors import IndexAnswerError, IndexUnreachable, Offline
from frazil.http import Client, Response
from frazil.settings import Settings
from tests.support.index_server import JSON_TYPE, IndexServer
from tests.support.tree import snapshot

LIMIT = 1_000_000


def ask(settings: Settings, url: str, **headers: str) -> Response:
    """Ask as a run of its own would."""
    with Client(settings) as client:
        return client.get(url, accept=JSON_TYPE, limit=LIMIT, cached=True, headers=headers)


def records(settings: Settings) -> list[Path]:
    return [path for path in (settings.cache / "http-1").rglob("*") if path.is_file()]


@pytest.fixture
def page(index_server: IndexServer) -> str:
    index_server.add_wheel("a", "1.0")
    return f"{index_server.url}a/"


def test_a_fresh_page_makes_no_request(index_server: IndexServer, settings: Settings, page: str) -> None:
    index_server.max_age = 600
    index_server.gzipped = True
    first, second = ask(settings, page), ask(settings, page)
    assert (first.from_cache, second.from_cache) == (False, True)
    assert (first.body, first.url, first.headers["content-type"]) == (second.body, page, JSON_TYPE)
    assert len(index_server.log) == 1
    with Client(settings) as client:
        client.get(page, accept=JSON_TYPE, limit=LIMIT, cached=True)
        assert (client.requests, client.received, client.cache_hits) == (0, 0, 1)


def test_a_page_that_is_not_fresh_asks_whether_it_changed(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.etag = True
    first, second = ask(settings, page), ask(settings, page)
    assert [request.status for request in index_server.log] == [200, 304]
    assert (second.body, second.status, second.from_cache) == (first.body, 200, False)
    index_server.add_wheel("a", "2.0")
    third, fourth = ask(settings, page), ask(settings, page)
    assert b"a-2.0" in third.body
    assert third.body == fourth.body
    assert [request.status for request in index_server.log] == [200, 304, 200, 304]


def test_a_page_that_was_confirmed_is_fresh_again(index_server: IndexServer, settings: Settings, page: str) -> None:
    index_server.etag, index_server.max_age = True, 0
    ask(settings, page)
    index_server.max_age = 600
    ask(settings, page)
    assert ask(settings, page).from_cache
    assert [request.status for request in index_server.log] == [200, 304]


def test_who_wants_no_old_page_asks(index_server: IndexServer, settings: Settings, page: str) -> None:
    index_server.etag, index_server.max_age = True, 600
    ask(settings, page)
    ask(settings, page, **{"Cache-Control": "max-age=0"})
    assert [request.status for request in index_server.log] == [200, 304]


def test_a_page_without_a_word_on_freshness_is_asked_for_again_and_serves_offline(
    settings: Settings, page: str
) -> None:
    first, second = ask(settings, page), ask(settings, page)
    assert (first.from_cache, second.from_cache) == (False, False)
    assert ask(replace(settings, offline=True), page) == replace(first, from_cache=True)


def test_offline_an_expired_page_serves_and_is_not_lost_by_it(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.max_age = 0
    first = ask(settings, page)
    index_server.fault("*", status=500)
    with pytest.raises(IndexUnreachable):
        ask(replace(settings, retries=0), page)
    for _ in range(2):
        assert ask(replace(settings, offline=True), page).body == first.body
    with pytest.raises(Offline):
        ask(replace(settings, offline=True), f"{page}b/")


def test_offline_the_way_to_a_page_is_known_too(index_server: IndexServer, settings: Settings, page: str) -> None:
    index_server.redirect("/old/*", index_server.url)
    first = ask(settings, f"{index_server.origin}/old/a/")
    offline = ask(replace(settings, offline=True), f"{index_server.origin}/old/a/")
    assert (offline.url, offline.body) == (page, first.body)
    assert ask(settings, f"{index_server.origin}/old/a/").url == page
    assert len(index_server.log) == 4


@pytest.mark.parametrize("headers", [{"Cache-Control": "no-store"}, {"Vary": "*"}])
def test_what_may_not_be_kept_is_not_kept(
    index_server: IndexServer, settings: Settings, headers: dict[str, str]
) -> None:
    url = index_server.serve("/x", b"x", headers={"ETag": '"1"', **headers})
    ask(settings, url)
    assert not (settings.cache / "http-1").exists()


def test_failures_and_pages_that_are_not_there_are_not_kept(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.max_age = 600
    settings = replace(settings, retries=0)
    index_server.fault("/simple/a/", status=503, times=1)
    with pytest.raises(IndexUnreachable):
        ask(settings, page)
    index_server.fault("/simple/a/", truncate=10, times=1)
    with pytest.raises(IndexUnreachable):
        ask(settings, page)
    assert ask(settings, f"{index_server.url}b/").status == 404
    assert not (settings.cache / "http-1").exists()
    assert ask(settings, page).status == 200


@pytest.mark.parametrize(
    "damage",
    [
        lambda _data: b"",
        lambda data: data[:-1],
        lambda data: data[:40],
        lambda data: data[:-20] + bytes([data[-20] ^ 1]) + data[-19:],
        lambda data: bytes(4) + data[4:],
        lambda data: os.urandom(len(data)),
    ],
)
def test_a_damaged_record_is_a_miss(
    index_server: IndexServer, settings: Settings, page: str, damage: Callable[[bytes], bytes]
) -> None:
    index_server.max_age, index_server.etag = 600, True
    first = ask(settings, page)
    [record] = records(settings)
    record.write_bytes(damage(record.read_bytes()))
    again = ask(settings, page)
    assert (again.body, again.from_cache) == (first.body, False)
    assert [request.status for request in index_server.log] == [200, 200]
    assert ask(settings, page).from_cache
    record.write_bytes(damage(record.read_bytes()))
    with pytest.raises(Offline):
        ask(replace(settings, offline=True), page)


@pytest.mark.parametrize(
    "data",
    [b"cc=4,", b"cc=4,\x80", b"cc=4,\x93\x01\x02\x03", b"cc=4,\x81\xa8response\xc0", b"cc=5,x", b"\xff" * 100],
)
def test_a_record_that_is_sound_and_means_nothing_is_a_miss(
    index_server: IndexServer, settings: Settings, page: str, data: bytes
) -> None:
    import zlib

    index_server.max_age = 600
    ask(settings, page)
    [record] = records(settings)
    record.write_bytes(zlib.crc32(data).to_bytes(4, "big") + data)
    assert not ask(settings, page).from_cache
    assert ask(settings, page).from_cache


@pytest.mark.parametrize("date", ["", "soon", "Thu, 99 Foo 2024 00:00:00 GMT"])
def test_a_senseless_date_is_never_fresh_and_no_error(index_server: IndexServer, settings: Settings, date: str) -> None:
    url = index_server.serve("/x", b"x", headers={"Date": date, "Cache-Control": "max-age=600"})
    assert not ask(settings, url).from_cache
    assert not ask(settings, url).from_cache


def test_no_password_reaches_the_cache_even_where_pages_vary_by_it(
    index_server: IndexServer, settings: Settings
) -> None:
    index_server.require_auth("me", "canary")
    headers = {"Vary": "Authorization, Cookie", "ETag": '"1"', "Set-Cookie": "session=canary"}
    url = index_server.serve("/simple/x", b"x", headers=headers)
    mine = url.replace("//", "//me:canary@")
    credentials = read_credentials(settings, [IndexPlace("corp", index_server.url, credentials=("me", "canary"))])
    with Client(settings, credentials=credentials) as client:
        for address in (url, mine):
            assert client.get(address, limit=LIMIT, cached=True).body == b"x"
        client.get(url, limit=LIMIT, cached=True, headers={"Authorization": "Basic bWU6Y2FuYXJ5"})
    [record] = records(settings)
    assert b"canary" not in record.read_bytes()
    assert b"bWU6Y2FuYXJ5" not in record.read_bytes()


def test_the_cache_is_left_out_or_left_alone_when_asked(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.max_age = 600
    for _ in range(2):
        assert not ask(replace(settings, no_cache=True), page).from_cache
    with forbid_writes():
        assert not ask(settings, page).from_cache
    assert not settings.cache.exists()
    ask(settings, page)
    index_server.max_age = 0
    before = snapshot(settings.cache)
    with forbid_writes():
        assert ask(settings, page).from_cache
        ask(settings, page, **{"Cache-Control": "max-age=0"})
    assert snapshot(settings.cache) == before
    assert (settings.cache / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_a_cache_that_cannot_be_written_is_no_error(settings: Settings, page: str) -> None:
    settings.cache.write_bytes(b"a file in the way")
    assert ask(settings, page).status == 200


def test_a_kept_page_has_to_fit_the_limit_too(index_server: IndexServer, settings: Settings, page: str) -> None:
    index_server.max_age, index_server.gzipped = 600, True
    ask(settings, page)
    with Client(settings) as client, pytest.raises(IndexAnswerError, match="is larger than 10 bytes"):
        client.get(page, accept=JSON_TYPE, limit=10, cached=True)


def test_many_threads_and_clients_share_one_cache(index_server: IndexServer, settings: Settings) -> None:
    index_server.etag = True
    urls = []
    for number in range(8):
        index_server.add_wheel(f"p{number}", "1.0", files={"x": os.urandom(20)})
        urls.append(f"{index_server.url}p{number}/")
    clients = [Client(settings) for _ in range(3)]
    with ThreadPoolExecutor(24) as pool:
        answers = list(
            pool.map(
                lambda n: clients[n % 3].get(urls[n % 8], accept=JSON_TYPE, limit=LIMIT, cached=True).body, range(480)
            )
        )
    for client in clients:
        client.close()
    assert all(answer == answers[number % 8] for number, answer in enumerate(answers))
    assert len(set(answers)) == 8
    assert len(records(settings)) == 8


@pytest.mark.skipif(os.name != "posix", reason="permission bits of POSIX")
def test_pages_are_for_their_owner_only(index_server: IndexServer, settings: Settings, page: str) -> None:
    index_server.max_age = 600
    ask(settings, page)
    assert [path.stat().st_mode & 0o777 for path in records(settings)] == [0o600]


def test_a_page_that_varies_is_kept_for_the_same_question_only(index_server: IndexServer, settings: Settings) -> None:
    url = index_server.serve("/x", b"x", headers={"Vary": "ACCEPT", "Cache-Control": "max-age=600", "Date": now()})
    ask(settings, url)
    assert ask(settings, url).from_cache
    with Client(settings) as client:
        assert not client.get(url, accept="text/html", limit=LIMIT, cached=True).from_cache


def now() -> str:
    return formatdate(usegmt=True)


# Pages that are looked at before anything is asked ----------------------------------------------------------


def kept(settings: Settings, url: str, *, accept: str = JSON_TYPE, limit: int = LIMIT) -> Response | None:
    with Client(settings) as client:
        return client.kept(url, accept=accept, limit=limit)


def test_a_kept_page_is_had_without_a_request_while_it_is_fresh(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.max_age = 600
    lean = replace(settings, lean=True)
    assert kept(lean, page) is None
    asked = ask(lean, page)
    index_server.forget()
    with Client(lean) as client:
        found = client.kept(page, accept=JSON_TYPE, limit=LIMIT)
        assert found is not None
        assert (found.body, found.from_cache, found.status) == (asked.body, True, 200)
        assert (client.requests, client.cache_hits) == (0, 1)
    assert index_server.log == []


def test_a_kept_page_is_had_only_on_the_lean_way_and_from_a_cache(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.max_age = 600
    lean = replace(settings, lean=True)
    ask(lean, page)
    assert kept(lean, page) is not None
    assert kept(replace(lean, no_cache=True), page) is None
    assert kept(replace(settings, lean=False), page) is None
    assert kept(lean, page, accept="text/html") is None
    assert kept(lean, f"{page}other") is None


def test_a_kept_page_that_is_not_fresh_serves_offline_alone(
    index_server: IndexServer, settings: Settings, page: str
) -> None:
    index_server.etag, index_server.max_age = True, 0
    lean = replace(settings, lean=True)
    body = ask(lean, page).body
    assert kept(lean, page) is None
    found = kept(replace(lean, offline=True), page)
    assert found is not None
    assert found.body == body
