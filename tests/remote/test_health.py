"""When a cache is asked: not while it rests after a failure, and not once it cost too much."""

import threading

from frazil.remote.health import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, Health


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_was_waited_for_in_vain_adds_up_until_nothing_is_left() -> None:
    health = Health(2.0)
    health.missed(1.5)
    assert (health.allows(), health.left()) == (True, 0.5)
    health.missed(0.5)
    assert not health.allows()


def test_each_thread_loses_its_own_time() -> None:
    health = Health(2.0)
    threads = [threading.Thread(target=health.missed, args=(1.5,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (health.allows(), health.left()) == (True, 2.0)


def test_a_hit_costs_only_what_it_took_too_long() -> None:
    health = Health(2.0)
    health.hit(PATIENCE)
    assert health.left() == 2.0
    health.hit(PATIENCE + 1.0)
    assert health.left() == 1.0


def test_after_a_failure_it_is_left_alone_longer_each_time() -> None:
    clock = Clock()
    health = Health(1000.0, clock=clock)
    pause = FIRST_PAUSE
    for _ in range(10):
        health.failed()
        clock.now += pause - 0.01
        assert not health.allows()
        clock.now += 0.02
        assert health.allows()
        pause = min(2 * pause, LONGEST_PAUSE)


def test_a_success_makes_the_next_pause_short_again() -> None:
    clock = Clock()
    health = Health(1000.0, clock=clock)
    for _ in range(5):
        health.failed()
    clock.now += LONGEST_PAUSE
    health.hit(0.0)
    health.failed()
    clock.now += FIRST_PAUSE + 0.01
    assert health.allows()
