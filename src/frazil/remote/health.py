"""Whether a cache is worth asking: it is left alone for a while after a failure, and for good once it cost too much."""

import threading
import time
from collections.abc import Callable

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PATIENCE = 0.5
"""Seconds that an answer with something in it may take before they count as lost."""

_LEAST = 0.01


class Health:
    """What one run has lost to a cache so far, in seconds, thread by thread; `limit` is what it may lose.

    A thread waits for one answer at a time, so the most that a thread lost is the most that the run was held up.
    """

    def __init__(self, limit: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lost: dict[int, float] = {}
        self._lock = threading.Lock()
        self._pause = FIRST_PAUSE
        self._again_at = 0.0

    def allows(self) -> bool:
        """Say whether to ask at all."""
        return not self.is_spent and self._clock() >= self._again_at

    @property
    def is_spent(self) -> bool:
        """Whether some thread has lost so much that the cache is not asked any more in this run."""
        with self._lock:
            return max(self._lost.values(), default=0.0) > self._limit - _LEAST

    def left(self) -> float:
        """Return the seconds that this thread may still wait."""
        return self._limit - self._lost.get(threading.get_ident(), 0.0)

    def missed(self, seconds: float) -> None:
        """Take note of an answer that was waited for in vain."""
        with self._lock:
            own = threading.get_ident()
            self._lost[own] = self._lost.get(own, 0.0) + seconds

    def hit(self, seconds: float) -> None:
        """Take note of an answer that was worth the wait."""
        self.missed(max(0.0, seconds - PATIENCE))
        self._pause = FIRST_PAUSE

    def failed(self, seconds: float = 0.0) -> None:
        """Take note of a failure: nobody asks for a while, longer each time."""
        self.missed(seconds)
        with self._lock:
            self._again_at = self._clock() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
