"""Packed bodies are unpacked within a limit, whatever they claim."""

import contextlib
import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.http.packing import Damaged, TooLarge, refuses, unpacked

GZIP = {"content-encoding": "gzip"}


@given(st.binary(max_size=5000), st.sampled_from(["gzip", "x-gzip", "GZIP "]))
def test_what_was_packed_comes_out_as_it_was(body: bytes, encoding: str) -> None:
    assert unpacked(gzip.compress(body), {"content-encoding": encoding}, len(body)) == body


@given(st.binary(max_size=500))
def test_no_bytes_make_it_fail_otherwise(body: bytes) -> None:
    with contextlib.suppress(Damaged, TooLarge):
        assert len(unpacked(body, GZIP, 1000)) <= 1000


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_what_is_not_packed_stays_as_it_is(encoding: str) -> None:
    assert unpacked(b"plain", {"content-encoding": encoding}, 5) == b"plain"
    assert unpacked(b"plain", {}, 5) == b"plain"


def test_members_one_after_another_are_one_body() -> None:
    assert unpacked(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", GZIP, 2) == b"ab"


@pytest.mark.parametrize("limit", [0, 99_999])
def test_a_bomb_is_stopped_at_the_limit(limit: int) -> None:
    with pytest.raises(TooLarge):
        unpacked(gzip.compress(bytes(100_000)), GZIP, limit)


def test_a_bomb_is_stopped_before_it_fills_memory() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            unpacked(bomb, GZIP, 1000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"plain",
        gzip.compress(b"x" * 1000, mtime=0)[:-9],
        gzip.compress(b"x", mtime=0) + b"rest",
        gzip.compress(b"", mtime=0) * 1000,
    ],
    ids=["not packed", "cut short", "with a rest", "too many members"],
)
def test_a_damaged_body_is_told_as_such(body: bytes) -> None:
    with pytest.raises(Damaged):
        unpacked(body, GZIP, 10_000)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_an_encoding_that_nobody_asked_for_is_damage(encoding: str) -> None:
    with pytest.raises(Damaged):
        unpacked(b"x", {"content-encoding": encoding}, 10)


@pytest.mark.parametrize(
    ("encoding", "url", "refused"),
    [
        ("gzip", "https://index.example/a-1.0-py3-none-any.whl", True),
        ("br", "https://index.example/a-1.0.tar.gz", True),
        ("x-gzip", "https://index.example/a-1.0.tar.gz?x=1", False),
        ("gzip", "https://index.example/a-1.0.tgz", False),
        ("identity", "https://index.example/a.whl", False),
        ("", "https://index.example/a.whl", False),
    ],
)
def test_a_packed_artifact_is_refused_unless_it_is_one_by_nature(encoding: str, url: str, *, refused: bool) -> None:
    assert refuses({"content-encoding": encoding}, url) is refused
