"""Trying again: what may heal, how often, and after which wait."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from frazil.errors import IndexUnreachable, Interrupted

LONGEST_PAUSE = 8.0
LONGEST_WAIT = 20.0
"""Seconds that one request may wait between tries, at once and in all."""

_PAUSES = (0.1, 1.0, 3.0, 6.0)
_HINT = "check the network and the address; with `--offline`, what the caches hold is used"

_T = TypeVar("_T")


class Transient(Exception):
    """A failure that may heal; never leaves this package.

    `after` is what the server asks to wait (seconds), `cost` how many tries it takes: silence takes long, so few.
    """

    def __init__(self, sentence: str, *, after: float | None = None, cost: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.after = after
        self.cost = cost

    def final(self) -> IndexUnreachable:
        """Return the error that it becomes when nothing is left to try."""
        if self.after is not None and self.after > LONGEST_PAUSE:
            hint = f"it asks to be left alone for {self.after:.0f} seconds"
            return IndexUnreachable(self.sentence, hint=hint)
        return IndexUnreachable(self.sentence, hint=_HINT)


class Patience:
    """What one request may still spend: tries, and seconds of waiting between them.

    `ending` is set when the run ends: waits end then, and Interrupted is raised.
    """

    def __init__(self, retries: int, ending: threading.Event) -> None:
        self._retries = self._left = retries
        self._seconds = LONGEST_WAIT
        self._ending = ending

    def spend(self, act: Callable[[], _T]) -> _T:
        """Act until it works; raise IndexUnreachable when nothing is left to spend."""
        while True:
            try:
                return act()
            except Transient as failure:
                self.bear(failure)

    def bear(self, failure: Transient) -> None:
        """Wait before the next try, or raise IndexUnreachable."""
        tries = self._retries - self._left
        self._left -= failure.cost
        if self._left < 0 or self._seconds <= 0:
            raise failure.final() from None
        from random import uniform  # noqa: PLC0415 - most requests need no second try

        # Spread, so that many threads that failed together do not come back together.
        pause = _PAUSES[min(tries, len(_PAUSES) - 1)] * uniform(0.75, 1.25)  # noqa: S311 - no secret
        if failure.after is not None:
            pause = max(failure.after, pause / 4)
        pause = min(pause, LONGEST_PAUSE, self._seconds)
        self._seconds -= pause
        if self._ending.wait(pause):
            raise Interrupted("the run is ending: no further request is made") from None

    def renew(self) -> None:
        """Start anew: something was achieved."""
        self._left, self._seconds = self._retries, LONGEST_WAIT


def seconds_to_wait(retry_after: str) -> float | None:
    """Read `Retry-After`: seconds or a date (RFC 9110, 10.2.3); None for what is neither."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - httpx has loaded it by then

    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
