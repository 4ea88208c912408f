"""What may heal is tried again, a few times and not for ever."""

import threading
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import IndexUnreachable, Interrupted
from frazil.http.patience import LONGEST_WAIT, Patience, Transient, seconds_to_wait


class Clock(threading.Event):
    """An event that waits in no time and remembers how long it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        return self.is_set()


def fails(times: int, **how: float) -> tuple[list[int], object]:
    calls: list[int] = []

    def act() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise Transient("it failed", **how)  # type: ignore[arg-type]
        return "done"

    return calls, act


def spend(patience: Patience, act: object) -> object:
    return patience.spend(act)  # type: ignore[arg-type]


def test_it_ends_with_the_first_success_and_the_first_retry_is_quick() -> None:
    clock = Clock()
    calls, act = fails(2)
    assert spend(Patience(3, clock), act) == "done"
    assert len(calls) == 3
    assert clock.waits[0] < 0.2 < clock.waits[1]


def test_after_the_last_try_it_is_an_error() -> None:
    clock = Clock()
    calls, act = fails(99)
    with pytest.raises(IndexUnreachable, match="it failed") as caught:
        spend(Patience(3, clock), act)
    assert len(calls) == 4
    assert caught.value.hint is not None


def test_silence_takes_two_tries_at_once() -> None:
    calls, act = fails(99, cost=2)
    with pytest.raises(IndexUnreachable):
        spend(Patience(3, Clock()), act)
    assert len(calls) == 2


@pytest.mark.promise("R9")
def test_what_the_server_asks_to_wait_is_waited_but_not_for_ever() -> None:
    clock = Clock()
    calls, act = fails(1, after=2.5)
    spend(Patience(3, clock), act)
    assert clock.waits == [2.5]
    clock = Clock()
    calls, act = fails(99, after=86_400)
    with pytest.raises(IndexUnreachable) as caught:
        spend(Patience(50, clock), act)
    assert sum(clock.waits) == pytest.approx(LONGEST_WAIT)
    assert len(calls) == 4
    assert caught.value.hint == "it asks to be left alone for 86400 seconds"


def test_a_wait_of_nothing_is_still_a_short_pause() -> None:
    clock = Clock()
    _, act = fails(1, after=0)
    spend(Patience(3, clock), act)
    assert 0 < clock.waits[0] < 0.1


def test_a_success_in_between_starts_anew() -> None:
    patience = Patience(1, Clock())
    patience.bear(Transient("once"))
    patience.renew()
    patience.bear(Transient("twice"))
    with pytest.raises(IndexUnreachable):
        patience.bear(Transient("three times"))


def test_the_end_of_the_run_ends_a_wait() -> None:
    ending = threading.Event()
    ending.set()
    with pytest.raises(Interrupted):
        Patience(3, ending).bear(Transient("it failed", after=8))


def test_no_retries_means_one_try() -> None:
    calls, act = fails(1)
    with pytest.raises(IndexUnreachable):
        spend(Patience(0, Clock()), act)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 0), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("9" * 400, 999_999_999)],
)
def test_retry_after_is_seconds(value: str, seconds: float | None) -> None:
    assert seconds_to_wait(value) == seconds


def test_retry_after_is_a_date() -> None:
    waited = seconds_to_wait(formatdate(time.time() + 100, usegmt=True))
    assert waited is not None
    assert 90 < waited <= 100
    assert seconds_to_wait("Thu, 01 Jan 1970 00:00:00 GMT") == 0


@given(st.text(st.characters(codec="latin-1")))
def test_no_header_makes_it_fail(value: str) -> None:
    waited = seconds_to_wait(value)
    assert waited is None or waited >= 0
