"""The least speed of a body: a server that trickles bytes for ever is left, as one that is silent is."""

import time
from collections.abc import Callable

WINDOW_SECONDS = 20.0
LEAST_BYTES_PER_SECOND = 1024


class Pace:
    """Watches the bytes of one body arrive; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._received = 0

    def keeps(self, count: int) -> bool:
        """Count more bytes; say whether the last window that is complete brought enough of them."""
        self._received += count
        now = self._clock()
        if now - self._began < WINDOW_SECONDS:
            return True
        enough = self._received >= LEAST_BYTES_PER_SECOND * (now - self._began)
        self._began, self._received = now, 0
        return enough
