"""Uploads beside the work: a few threads, a queue, and an end that waits for them no longer than it is worth."""

import threading
import time
from collections import deque
from collections.abc import Callable

from frazil.values import dataclass

_THREADS = 4
_STEP_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Upload:
    """One thing to write: bytes for the account, and the deed, which is given what counts them."""

    size: int
    act: Callable[[Callable[[int], None]], None]


class Uploads:
    """Acts on uploads in threads of its own; what an act raises is its own affair (it must raise nothing).

    The threads are daemons and begin with the first upload: a run that writes nothing has none.
    """

    def __init__(self) -> None:
        self._waiting: deque[Upload] = deque()
        self._changed = threading.Condition()
        self._running = 0
        self._threads = 0
        self._abandoned = False
        self._moved = 0

    def add(self, upload: Upload) -> None:
        """Let an upload begin as soon as a thread is free."""
        with self._changed:
            self._waiting.append(upload)
            if self._threads < _THREADS and self._threads < self._running + len(self._waiting):
                self._threads += 1
                threading.Thread(target=self._work, name="frazil-upload", daemon=True).start()
            self._changed.notify()

    @property
    def open(self) -> int:
        """How many are not done."""
        with self._changed:
            return self._running + len(self._waiting)

    @property
    def open_size(self) -> int:
        """Bytes of those that have not begun."""
        with self._changed:
            return sum(upload.size for upload in self._waiting)

    def wait(self, *, most: float, silence: float) -> bool:
        """Wait until all are done; False after `most` seconds, or after `silence` seconds in which no byte moved."""
        end = time.monotonic() + most
        moved, moved_at = self._moved, time.monotonic()
        # In small steps, so that an interrupt is noticed on every system.
        while self.open:
            now = time.monotonic()
            if self._moved != moved:
                moved, moved_at = self._moved, now
            if now >= end or now - moved_at >= silence:
                return False
            with self._changed:
                self._changed.wait(_STEP_SECONDS)
        return True

    def abandon(self) -> None:
        """Let no further one begin."""
        with self._changed:
            self._abandoned = True
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._abandoned:
                        return
                    self._changed.wait()
                upload = self._waiting.popleft()
                self._running += 1
            try:
                upload.act(self._count)
            finally:
                with self._changed:
                    self._running -= 1
                    self._moved += 1
                    self._changed.notify_all()

    def _count(self, size: int) -> None:
        with self._changed:
            self._moved += size
