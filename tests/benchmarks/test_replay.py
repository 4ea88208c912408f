"""The replay answers as an index does, and counts what it is asked."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.measuring import Replay
from benchmarks.pack import File, Pack, format_pack
from benchmarks.replay import PAGE_TYPE, Shelf

WHEEL = b"not really a wheel"
NAME = "toy_app-1.0-py3-none-any.whl"
SAID = b"Metadata-Version: 2.1\nName: toy-app\nVersion: 1.0\nRequires-Dist: toy-part==1.0\n\n"
PAGE = (
    File(NAME, hashlib.sha256(WHEEL).hexdigest(), len(WHEEL), "2020-01-01T00:00:00Z", ">=3.8"),
    File("toy_app-1.1-py3-none-any.whl", "", 0, "2020-01-01T00:00:00Z"),
)


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    folder = tmp_path_factory.mktemp("replay")
    pack = Pack("2026-01-01", {"toy-app": PAGE}, {NAME: SAID})
    (folder / "TOY.pack.xz").write_bytes(format_pack(pack, fetched=[("toy-app", "1.0")]))
    (folder / NAME).write_bytes(WHEEL)
    with Replay(["TOY"], packs_in=[folder], wheels_in=[folder]) as server:
        yield server


def get(replay: Replay, path: str, headers: Mapping[str, str] | None = None) -> tuple[HTTPResponse, bytes]:
    replay.reset()
    connection = HTTPConnection(urlsplit(replay.address).netloc, timeout=10)
    connection.request("GET", path, headers=dict(headers or {}))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_a_page_is_json_with_addresses_on_the_replay_itself(replay: Replay) -> None:
    answer, body = get(replay, "/TOY/simple/Toy_App/")
    page = json.loads(body)
    assert answer.headers["content-type"] == PAGE_TYPE
    assert page["versions"] == ["1.0", "1.1"]
    assert {file["url"].startswith(f"{replay.address}/files/") for file in page["files"]} == {True}
    assert page["files"][0]["core-metadata"] == {"sha256": hashlib.sha256(SAID).hexdigest()}


def test_a_page_is_packed_for_who_can_unpack_it(replay: Replay) -> None:
    _, plain = get(replay, "/TOY/simple/toy-app/")
    answer, packed = get(replay, "/TOY/simple/toy-app/", {"accept-encoding": "gzip, deflate"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    assert replay.counts()["received"] == len(packed)


def test_a_page_that_is_known_is_not_sent_again(replay: Replay) -> None:
    etag = get(replay, "/TOY/simple/toy-app/")[0].headers["etag"]
    answer, body = get(replay, "/TOY/simple/toy-app/", {"if-none-match": etag})
    assert (answer.status, body) == (304, b"")
    assert (replay.counts()["pages"], replay.counts()["unchanged"]) == (1, 1)


def test_wheels_and_their_metadata_come_from_the_address_on_the_page(replay: Replay) -> None:
    url = urlsplit(json.loads(get(replay, "/TOY/simple/toy-app/")[1])["files"][0]["url"]).path
    assert get(replay, url)[1] == WHEEL
    assert replay.counts()["files"] == 1
    assert get(replay, f"{url}.metadata")[1] == SAID
    assert replay.counts()["metadata"] == 1


def test_what_was_not_recorded_is_made_up_from_its_neighbour_and_counted(replay: Replay) -> None:
    _, body = get(replay, "/files/x/toy_app-1.1-py3-none-any.whl.metadata")
    assert b"Version: 1.1\n" in body
    assert b"Requires-Dist: toy-part==1.1\n" in body
    assert replay.counts()["made_up"] == 1


@pytest.mark.parametrize("path", ["/TOY/simple/nobody/", "/OTHER/simple/toy-app/", "/files/nobody-1.whl", "/", "/../x"])
def test_what_is_not_there_is_counted_as_missing(replay: Replay, path: str) -> None:
    answer, _ = get(replay, path)
    assert answer.status == 404
    assert replay.counts()["missing"] == 1


def test_a_reset_forgets_and_control_is_not_counted(replay: Replay) -> None:
    get(replay, "/TOY/simple/toy-app/")
    replay.reset()
    assert replay.counts()["requests"] == 0


def test_pages_are_fresh_for_as_long_as_was_set(replay: Replay) -> None:
    replay.set(max_age=0)
    assert "max-age=0" in get(replay, "/TOY/simple/toy-app/")[0].headers["cache-control"]
    replay.set()
    assert "max-age=86400" in get(replay, "/TOY/simple/toy-app/")[0].headers["cache-control"]


def test_the_nearest_newer_release_speaks_else_the_newest() -> None:
    texts = {f"a-{v}-py3-none-any.whl": f"Name: a\nVersion: {v}\n\n".encode() for v in ("1.0", "2.0", "10.0")}
    shelf = Shelf("", {"X": Pack("2026", {}, texts)})
    said = {v: shelf.metadata_of(f"a-{v}-py3-none-any.whl") for v in ("1.5", "2.0", "9.0", "11.0")}
    assert said["2.0"] == (texts["a-2.0-py3-none-any.whl"], False)
    assert all(said[v] == (f"Name: a\nVersion: {v}\n\n".encode(), True) for v in ("1.5", "9.0", "11.0"))


def test_other_wheels_of_a_recorded_release_say_the_same_and_nothing_is_made_up(tmp_path: Path) -> None:
    shelf = Shelf("", {"X": Pack("2026", {}, {"a-1.0-cp311-cp311-win_amd64.whl": b"Version: 1.0\n\n"})}, (tmp_path,))
    assert shelf.metadata_of("a-1.0-py3-none-any.whl") == (b"Version: 1.0\n\n", False)
    assert shelf.metadata_of("b-1.0-py3-none-any.whl") is None
