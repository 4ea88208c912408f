"""Threads that work off lists of tasks and end soon when one of them, or who waits for them, is stopped."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Task = TypeVar("Task")

# Shorter than the grace that a process is given after a signal: what threads leave behind must be removed before.
_GRACE_SECONDS = 0.4
_STEP_SECONDS = 0.1


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
        self._lock = threading.Lock()
        self._running = 0
        self._finished = threading.Event()
        self.stop = threading.Event()

    def check(self) -> None:
        """Raise Stopped if the crew was stopped."""
        if self.stop.is_set():
            raise Stopped

    def run(self, *groups: tuple[Sequence[Task], int]) -> None:
        """Work off groups of tasks side by side, each in its order by at most so many threads of its own."""
        queues = [(deque(tasks), min(threads, len(tasks))) for tasks, threads in groups if tasks]
        try:
            with self._held():
                for queue, count in queues:
                    self._start(queue, count)
            # In small steps, so that an interrupt is noticed on every system.
            while not self._finished.wait(_STEP_SECONDS) and not self.stop.is_set():
                pass
        except BaseException:
            self._end()
            raise
        if self.stop.is_set():
            self._end()
        if self._failure is not None:
            raise self._failure

    def _start(self, queue: deque[Task], count: int) -> None:
        for number in range(count):
            thread = threading.Thread(target=self._run_thread, args=(queue,), name="frazil-fetch", daemon=True)
            self._count(1)
            try:
                thread.start()
            except RuntimeError:
                # The system has no thread left for us: fewer do, and none means this one.
                self._count(-1)
                if number == 0:
                    self._work_off(queue)
                return

    def _run_thread(self, queue: deque[Task]) -> None:
        try:
            self._work_off(queue)
        finally:
            self._count(-1)

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

    # Joining a thread would not do: an interrupted join takes a thread that still runs for one that ended.

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Count whoever starts the threads too, so that early ones do not finish the crew."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._running += change
            if not self._running:
                self._finished.set()

    def _end(self) -> None:
        self.stop.set()
        self._finished.wait(_GRACE_SECONDS)
        self._abandon()
