"""Work done once, and ahead of time."""

import threading
import time
from pathlib import Path

import pytest

from frazil.errors import IndexUnreachable
from frazil.index.once import Once, ReadAhead


def test_the_work_is_done_once_for_all_threads_that_ask() -> None:
    begun, done = threading.Barrier(8), []

    def work() -> int:
        done.append(threading.get_ident())
        time.sleep(0.05)
        return len(done)

    once = Once(work)
    found: list[int] = []

    def ask() -> None:
        begun.wait()
        found.append(once.result())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert len(done) == 1


def test_a_failure_is_remembered_and_told_every_time() -> None:
    tries = []

    def work() -> int:
        tries.append(1)
        raise IndexUnreachable("the index does not answer")

    once = Once(work)
    for _ in range(3):
        with pytest.raises(IndexUnreachable, match="does not answer"):
            once.result()
    assert len(tries) == 1
    assert once.value is None


def test_a_value_of_none_is_a_value() -> None:
    tries = []
    once = Once(lambda: tries.append(1))
    assert once.result() is None
    assert once.result() is None
    assert len(tries) == 1


def test_work_given_ahead_is_done_and_its_failure_is_nobodys(tmp_path: Path) -> None:
    ahead, done = ReadAhead(2), threading.Event()

    def fail() -> None:
        raise IndexUnreachable("no")

    ahead.submit(fail)
    ahead.submit((tmp_path / "missing").read_bytes)
    ahead.submit(done.set)
    assert done.wait(10)
    ahead.close()


def test_work_that_has_not_begun_is_dropped_when_reading_ahead_is_closed() -> None:
    ahead, release, done = ReadAhead(1), threading.Event(), threading.Event()
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        release.wait(10)

    ahead.submit(wait)
    assert begun.wait(10)
    ahead.submit(done.set)
    closing = threading.Thread(target=ahead.close)
    closing.start()
    while not ahead._closed:
        pass
    release.set()
    closing.join(10)
    ahead.submit(done.set)
    assert not done.is_set()


def test_threads_are_started_only_for_work_and_end_with_the_close() -> None:
    before = threading.active_count()
    ahead = ReadAhead(32)
    assert threading.active_count() == before
    done = threading.Event()
    ahead.submit(done.set)
    assert done.wait(10)
    assert threading.active_count() == before + 1
    ahead.close()
    assert threading.active_count() == before
