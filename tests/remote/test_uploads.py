"""Uploads beside the work, and the end that waits for them within bounds."""

import threading
from collections.abc import Callable

from frazil.remote.uploads import Upload, Uploads


def held(event: threading.Event) -> Upload:
    def act(_count: Callable[[int], None]) -> None:
        event.wait(20)

    return Upload(10, act)


def test_all_of_them_are_done_when_the_wait_ends_well() -> None:
    done: list[int] = []
    uploads = Uploads()
    for number in range(50):
        uploads.add(Upload(1, lambda _count, number=number: done.append(number)))  # type: ignore[misc]
    assert uploads.wait(most=20, silence=20)
    assert sorted(done) == list(range(50))
    assert uploads.open == 0


def test_a_run_without_uploads_has_no_threads() -> None:
    before = threading.active_count()
    uploads = Uploads()
    assert uploads.wait(most=20, silence=20)
    assert threading.active_count() == before


def test_an_upload_that_does_not_move_is_waited_for_no_longer_than_the_silence() -> None:
    event = threading.Event()
    uploads = Uploads()
    uploads.add(held(event))
    assert not uploads.wait(most=20, silence=0.05)
    assert uploads.open == 1
    event.set()
    assert uploads.wait(most=20, silence=20)


def test_one_that_moves_is_waited_for_until_the_bound() -> None:
    event = threading.Event()

    def act(count: Callable[[int], None]) -> None:
        while not event.wait(0.01):
            count(1)

    uploads = Uploads()
    uploads.add(Upload(10, act))
    assert not uploads.wait(most=0.5, silence=0.3)
    event.set()
    assert uploads.wait(most=20, silence=20)


def test_what_is_abandoned_does_not_begin() -> None:
    event, began = threading.Event(), []
    uploads = Uploads()
    for _ in range(4):
        uploads.add(held(event))
    uploads.add(Upload(1, lambda _count: began.append(1)))
    uploads.abandon()
    event.set()
    assert uploads.wait(most=20, silence=20)
    assert began == []
