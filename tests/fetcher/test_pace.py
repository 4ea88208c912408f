"""The least speed of a body."""

from frazil.fetcher.pace import LEAST_BYTES_PER_SECOND, WINDOW_SECONDS, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_body_that_trickles_for_a_window_is_too_slow() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now += WINDOW_SECONDS / 2
    assert pace.keeps(1)
    clock.now += WINDOW_SECONDS / 2
    assert not pace.keeps(1)


def test_a_body_at_the_least_speed_is_fast_enough_window_after_window() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(5):
        clock.now += WINDOW_SECONDS
        assert pace.keeps(int(LEAST_BYTES_PER_SECOND * WINDOW_SECONDS))


def test_a_fast_beginning_does_not_excuse_a_trickle_later() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now += WINDOW_SECONDS
    assert pace.keeps(10**9)
    clock.now += WINDOW_SECONDS
    assert not pace.keeps(1)
