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
        self._own = threading.local()
        self._most_lost = 0.0
        self._lock = threading.Lock()
        self._pause = FIRST_PAUSE
        self._again_at = 0.0

    def allows(self) -> bool:
        """Say whether to ask at all."""
        return not self.is_spent and self._clock() >= self._again_at

    @property
    def is_spent(self) -> bool:
        """Whether some thread has lost so much that the cache is not asked any more in this run."""
        return self._most_lost > self._limit - _LEAST

    def left(self) -> float:
        """Return the seconds that this thread may still wait."""
        return self._limit - self._lost_here()

    def missed(self, seconds: float) -> None:
        """Take note of an answer that was waited for in vain."""
        self._own.lost = self._lost_here() + seconds
        with self._lock:
            self._most_lost = max(self._most_lost, self._own.lost)

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

    def _lost_here(self) -> float:
        lost: float = getattr(self._own, "lost", 0.0)
        return lost
