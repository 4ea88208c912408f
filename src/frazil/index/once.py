"""Work done once whoever asks, and threads that do it before it is asked for."""

import contextlib
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from frazil.errors import FrazilError

if TYPE_CHECKING:
    from queue import SimpleQueue

T = TypeVar("T")

_PATIENCE = 0.25
"""Seconds that closing waits for work under way: nobody will ask for it, and the threads are daemons."""


class Once(Generic[T]):
    """A value computed by the first thread that asks for it; all others wait for that one, and share its error.

    Nobody waits for a thread that has not begun: whoever asks first does the work.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._values: list[T] = []
        self._error: FrazilError | None = None

    def result(self) -> T:
        with self._lock:
            if self._error is not None:
                raise self._error.with_traceback(None)
            if not self._values:
                try:
                    self._values.append(self._work())
                except FrazilError as error:
                    self._error = error
                    raise
            return self._values[0]

    def settle(self, value: T) -> bool:
        """Take a value that somebody has at hand, unless it is known or being computed; say whether it is known now."""
        if self._lock.acquire(blocking=False):
            try:
                if not self._values and self._error is None:
                    self._values.append(value)
            finally:
                self._lock.release()
        return bool(self._values)

    @property
    def is_known(self) -> bool:
        """Whether nobody has to wait: there is a value, or an error."""
        return bool(self._values) or self._error is not None

    @property
    def value(self) -> T | None:
        """The value if it is known already, without waiting."""
        return self._values[0] if self._values else None


class ReadAhead:
    """Daemon threads, one more with each work up to a bound, that do what somebody may ask for later.

    A plain pool of the standard library costs 25 ms to import and keeps the process alive until its work is done.
    """

    def __init__(self, threads: int) -> None:
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._lock = threading.Lock()

    @cached_property
    def _queue(self) -> "SimpleQueue[Callable[[], object] | None]":
        from queue import SimpleQueue  # noqa: PLC0415 - where all is at hand, nothing is read ahead

        return SimpleQueue()

    @property
    def started(self) -> bool:
        """Whether there ever was anything to do."""
        return bool(self._threads)

    def submit(self, work: Callable[[], object]) -> None:
        """Have the work done some time; what it raises is dropped, to be met again by whoever asks for its result."""
        with self._lock:
            if self._closed:
                return
            self._queue.put(work)
            if len(self._threads) < self._most:
                thread = threading.Thread(target=self._run, name="frazil-read-ahead", daemon=True)
                self._threads.append(thread)
                thread.start()

    def close(self) -> None:
        """Drop the work that has not begun and end the threads."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._queue.put(None)
        until = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            if not self._closed:
                with contextlib.suppress(Exception):
                    work()
