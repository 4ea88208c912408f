"""Waiting within bounds: an answer, an error, or nobody waits any longer."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

from frazil.remote.bounds import SLOWEST, streamed, within
from frazil.remote.faults import Refused, Unreachable


class Source:
    """Something to stream; `begin` and `go_on` let it come, `closed` says that it was let go of."""

    def __init__(self, chunks: list[bytes] | None, *, held: bool = False) -> None:
        self.parts = chunks
        self.begin, self.go_on, self.closed = threading.Event(), threading.Event(), threading.Event()
        if not held:
            self.begin.set()
            self.go_on.set()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Iterator[bytes] | None]:
        try:
            self.begin.wait()
            yield None if self.parts is None else self._chunks()
        finally:
            self.closed.set()

    def _chunks(self) -> Iterator[bytes]:
        for place, chunk in enumerate(self.parts or ()):
            if place:
                self.go_on.wait()
            yield chunk


def test_what_the_work_returns_is_returned_and_what_it_raises_is_raised() -> None:
    assert within(10, lambda: 7) == 7
    assert within(10, lambda: None) is None
    with pytest.raises(Refused, match="no"):
        within(10, _refuse)


def _refuse() -> None:
    raise Refused("no")


def test_work_that_takes_too_long_is_left_behind() -> None:
    done = threading.Event()
    with pytest.raises(Unreachable, match=r"for 0\.05 seconds"):
        within(0.05, done.wait)
    assert not done.is_set()
    done.set()


def test_a_stream_is_passed_on_whole_and_closed() -> None:
    source = Source([b"a"] * 50)
    with streamed(source.opened, first=10, silence=10) as chunks:
        assert chunks is not None
        assert b"".join(chunks) == b"a" * 50
    assert source.closed.wait(10)


def test_a_miss_is_none() -> None:
    with streamed(Source(None).opened, first=10, silence=10) as chunks:
        assert chunks is None


def test_a_stream_that_does_not_begin_is_left_behind() -> None:
    source = Source([b"a"], held=True)
    with pytest.raises(Unreachable), streamed(source.opened, first=0.05, silence=10):
        pytest.fail("there is nothing to read")
    source.begin.set()
    assert source.closed.wait(10)


def test_a_stream_that_falls_silent_is_left_behind() -> None:
    source = Source([b"a", b"b"], held=True)
    source.begin.set()
    with streamed(source.opened, first=10, silence=0.05) as chunks:
        assert chunks is not None
        assert next(chunks) == b"a"
        with pytest.raises(Unreachable):
            next(chunks)
    source.go_on.set()
    assert source.closed.wait(10)


def test_a_stream_that_drips_is_left_behind() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            threading.Event().wait(0.02)
            yield b"a"

    with (
        streamed(lambda: contextlib.nullcontext(drip()), first=10, silence=0.2) as chunks,
        pytest.raises(Unreachable, match=f"less than {SLOWEST // 1024} kB"),
    ):
        for _ in chunks or ():
            pass


def test_who_stops_reading_lets_the_source_go() -> None:
    source = Source([b"a"] * 1000)
    with streamed(source.opened, first=10, silence=10) as chunks:
        assert chunks is not None
        next(chunks)
    assert source.closed.wait(10)


def test_what_breaks_while_it_streams_is_raised_there() -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise Unreachable("cut")

    with streamed(lambda: contextlib.nullcontext(broken()), first=10, silence=10) as chunks:
        assert chunks is not None
        assert next(chunks) == b"a"
        with pytest.raises(Unreachable, match="cut"):
            next(chunks)
