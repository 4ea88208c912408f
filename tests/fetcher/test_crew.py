"""Threads that work off lists: all is done, a failure stops all, an interrupt ends all soon."""

import threading

import pytest

from frazil.fetcher.crew import Crew, Stopped


def test_every_task_of_every_group_is_done_once() -> None:
    done: list[int] = []
    Crew(done.append).run((range(100), 4), (range(100, 150), 2), ([], 3))
    assert sorted(done) == list(range(150))


def test_a_group_uses_no_more_threads_than_it_may() -> None:
    at_once, most, lock = set[int](), [0], threading.Lock()
    barrier = threading.Barrier(3, timeout=5)

    def work(task: int) -> None:
        with lock:
            at_once.add(threading.get_ident())
            most[0] = max(most[0], len(at_once))
        if task < 3:
            barrier.wait()

    Crew(work).run((range(30), 3))
    assert most == [3]


def test_tasks_of_a_group_begin_in_their_order() -> None:
    begun: list[int] = []
    Crew(begun.append).run((range(50), 1))
    assert begun == list(range(50))


def test_what_a_task_raises_stops_the_others_and_is_raised() -> None:
    done: list[int] = []

    def work(task: int) -> None:
        if task == 3:
            raise ValueError("no")
        done.append(task)

    with pytest.raises(ValueError, match="no"):
        Crew(work).run((range(1000), 1))
    assert done == [0, 1, 2]


def test_setting_the_stop_ends_all_without_an_error() -> None:
    done: list[int] = []

    def work(task: int) -> None:
        done.append(task)
        if task == 3:
            crew.stop.set()
        crew.check()

    crew = Crew(work)
    crew.run((range(1000), 1))
    assert done == [0, 1, 2, 3]
    with pytest.raises(Stopped):
        crew.check()


def test_a_thread_that_waits_for_a_dead_server_holds_nobody_up_and_is_abandoned() -> None:
    never, abandoned = threading.Event(), []

    def work(task: str) -> None:
        if task == "fails":
            raise ValueError(task)
        never.wait(60)

    with pytest.raises(ValueError, match="fails"):
        Crew(work, abandon=lambda: abandoned.append(True)).run((["waits"], 1), (["fails"], 1))
    assert abandoned == [True]
    never.set()
