"""Threads that work off lists of tasks and end soon when one of them, or who waits for them, is stopped."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Task = TypeVar("Task")

_GRACE_SECONDS = 1.0


class Stopped(Exception):
    """Raised by a task that noticed the stop; the crew swallows it."""


def _nothing_to_abandon() -> None:
    pass


class Crew(Generic[Task]):
    """Works off tasks in threads while the caller waits.

    `work` is called for each task and calls `check` wherever it can end early. What it raises stops all and is
    raised by `run`, as is what interrupts the caller; setting `stop` ends all without an error. The threads are
    daemons: one that waits for a dead server keeps no process alive, so what it would have cleaned up is left to
    `abandon`.
    """

    def __init__(self, work: Callable[[Task], None], *, abandon: Callable[[], None] = _nothing_to_abandon) -> None:
        self._work = work
        self._abandon = abandon
        self._failure: BaseException | None = None
        self.stop = threading.Event()

    def check(self) -> None:
        """Raise Stopped if the crew was stopped."""
        if self.stop.is_set():
            raise Stopped

    def run(self, *groups: tuple[Sequence[Task], int]) -> None:
        """Work off groups of tasks side by side, each in its order by at most so many threads of its own."""
        queues = [(deque(tasks), min(threads, len(tasks))) for tasks, threads in groups if tasks]
        threads: list[threading.Thread] = []
        try:
            for queue, count in queues:
                self._start(queue, count, threads)
            self._wait(threads)
        except BaseException:
            self._end(threads)
            raise
        if self.stop.is_set():
            self._end(threads)
        if self._failure is not None:
            raise self._failure

    def _start(self, queue: deque[Task], count: int, threads: list[threading.Thread]) -> None:
        for number in range(count):
            thread = threading.Thread(target=self._work_off, args=(queue,), name="frazil-fetch", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The system has no thread left for us: fewer do, and none means this one.
                if number == 0:
                    self._work_off(queue)
                return
            threads.append(thread)

    def _work_off(self, queue: deque[Task]) -> None:
        while not self.stop.is_set():
            try:
                task = queue.popleft()
            except IndexError:
                return
            try:
                self._work(task)
            except Stopped:
                return
            except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
                self._failure = self._failure or error
                self.stop.set()

    def _wait(self, threads: list[threading.Thread]) -> None:
        for thread in threads:
            # In small steps, so that an interrupt is noticed on every system.
            while thread.is_alive() and not self.stop.is_set():
                thread.join(0.1)

    def _end(self, threads: list[threading.Thread]) -> None:
        self.stop.set()
        deadline = time.monotonic() + _GRACE_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._abandon()
