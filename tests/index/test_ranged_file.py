"""A file read in parts: the same bytes as the whole, or none."""

import io
import random

import pytest

from frazil.errors import ArtifactGone
from frazil.http import Client
from frazil.index.archives import ArchiveError
from frazil.index.ranged_file import RangedFile, RangesRefused
from frazil.model import Offer
from tests.support.index_server import IndexFile, IndexServer

DATA = random.Random(1).randbytes(300_000)


@pytest.fixture
def stored(index_server: IndexServer) -> IndexFile:
    return index_server.add_file("app", "app-1.0-py3-none-any.whl", DATA)


def opened(client: Client, stored: IndexFile, *, size: int | None = None) -> RangedFile:
    return RangedFile(client, Offer(stored.filename, stored.url, size=size))


def test_every_read_gives_what_the_whole_file_would(
    client: Client, stored: IndexFile, index_server: IndexServer
) -> None:
    ranged, whole = opened(client, stored, size=len(DATA)), io.BytesIO(DATA)
    choice = random.Random(2)
    for _ in range(50):
        start, size = choice.randrange(len(DATA) + 10), choice.choice([0, 1, 5000, 40_000, -1])
        if choice.random() < 0.5:
            assert ranged.seek(start) == whole.seek(start)
        else:
            back = -choice.randrange(len(DATA))
            assert ranged.seek(back, io.SEEK_END) == whole.seek(back, io.SEEK_END)
        assert ranged.read(size) == whole.read(size)
        assert ranged.tell() == whole.tell()
    assert ranged.whole is None
    assert all(request.status == 206 for request in index_server.log)


def test_the_end_is_read_once(client: Client, stored: IndexFile, index_server: IndexServer) -> None:
    ranged = opened(client, stored)
    for _ in range(3):
        ranged.seek(-30_000, io.SEEK_END)
        assert ranged.read() == DATA[-30_000:]
    assert len(index_server.log) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_small_file_comes_whole(client: Client, index_server: IndexServer, ranges: bool) -> None:
    index_server.ranges = ranges
    ranged = opened(client, index_server.add_file("app", "app-1.0-py3-none-any.whl", DATA[:1000]))
    assert ranged.whole == DATA[:1000]
    assert ranged.read() == DATA[:1000]
    assert len(index_server.log) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 206, "headers": {"Content-Range": "bytes 0-4/10"}, "body": b"short"},
        {"status": 206, "headers": {"Content-Range": "bytes 5-9/10"}, "body": b"long one"},
        {"status": 206, "headers": {"Content-Range": "bytes 5-9/*"}, "body": b"short"},
        {"status": 206, "headers": {"Content-Range": "bytes 5-4/5"}, "body": b""},
        {"status": 206, "body": b"short"},
        {"status": 200, "body": DATA},
        {"status": 416},
        {"status": 501},
    ],
)
def test_an_end_that_is_none_is_refused(
    client: Client, stored: IndexFile, index_server: IndexServer, fault: dict[str, object]
) -> None:
    index_server.fault(f"/packages/{stored.path}", **fault)
    with pytest.raises(RangesRefused):
        opened(client, stored)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 206, "headers": {"Content-Range": f"bytes 1-5/{len(DATA)}"}, "body": b"short"},
        {"status": 206, "headers": {"Content-Range": "bytes 0-4/300001"}, "body": b"short"},
        {"status": 206, "headers": {"Content-Range": f"bytes 0-9/{len(DATA)}"}, "body": b"short"},
        {"status": 200, "body": DATA[:100]},
    ],
)
def test_a_later_part_that_is_not_the_one_asked_for_is_refused(
    client: Client, stored: IndexFile, index_server: IndexServer, fault: dict[str, object]
) -> None:
    ranged = opened(client, stored)
    index_server.fault(f"/packages/{stored.path}", **fault)
    with pytest.raises(RangesRefused):
        ranged.read(10)


def test_a_file_of_another_size_than_stated_is_refused(client: Client, stored: IndexFile) -> None:
    with pytest.raises(RangesRefused):
        opened(client, stored, size=len(DATA) + 1)


def test_a_file_that_vanishes_is_named(client: Client, stored: IndexFile, index_server: IndexServer) -> None:
    ranged = opened(client, stored)
    index_server.withdraw(stored)
    with pytest.raises(ArtifactGone, match=r"app-1\.0-py3-none-any\.whl"):
        ranged.read(10)


def test_a_file_that_wants_to_be_read_on_and_on_is_given_up(client: Client, index_server: IndexServer) -> None:
    stored = index_server.add_file("app", "app-1.0-py3-none-any.whl", bytes(70 * 1024 * 1024))
    with pytest.raises(ArchiveError, match="too large"):
        opened(client, stored).read()


def test_a_position_before_the_beginning_is_what_readers_of_archives_expect(client: Client, stored: IndexFile) -> None:
    ranged = opened(client, stored)
    with pytest.raises(OSError, match="before the beginning"):
        ranged.seek(-len(DATA) - 1, io.SEEK_END)
    assert ranged.tell() == 0
