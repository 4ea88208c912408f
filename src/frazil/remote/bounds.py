"""How long anybody waits for a cache: work in a thread of its own that is left behind when it takes too long.

Time-outs of sockets do not do: they begin anew with every byte, and a dead network share has none.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from frazil.remote.faults import Unreachable

SLOWEST = 64 * 1024
"""Bytes a second below which a body is given up, once it has taken as long as anybody waits for an answer."""

_AHEAD = 8  # chunks that may wait to be taken
_STEP_SECONDS = 0.1

_T = TypeVar("_T")


class _Left(Exception):
    """Nobody waits for this work any more."""


def within(seconds: float, work: Callable[[], _T]) -> _T:
    """Return what the work returns, or raise what it raises; Unreachable when it takes longer."""
    lane = _Lane()
    lane.start(lambda: lane.put(work()))
    return lane.take(seconds)  # type: ignore[no-any-return]


@contextlib.contextmanager
def streamed(
    opened: Callable[[], AbstractContextManager[Iterator[bytes] | None]], *, first: float, silence: float
) -> Iterator[Iterator[bytes] | None]:
    """Give the chunks that an opened stream has, or None where it has none.

    Raises Unreachable when it takes more than `first` seconds to say which, and while the chunks are taken when there
    are `silence` seconds between two of them, or when they come at less than `SLOWEST` after that time.
    """
    lane = _Lane()

    def fill() -> None:
        with opened() as chunks:
            lane.put(chunks is not None)
            for chunk in chunks or ():
                lane.put(chunk)
            lane.put(None)

    lane.start(fill)
    try:
        yield lane.chunks(silence) if lane.take(first) else None
    finally:
        lane.leave()


class _Lane:
    """A one-way street between the thread that works and the one that waits."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue(_AHEAD)
        self._left = threading.Event()

    def start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except _Left:
                pass
            except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
                with contextlib.suppress(_Left):
                    self.put(_Raised(error))

        # A daemon: one that waits for a dead server keeps no process alive.
        threading.Thread(target=run, name="frazil-cache", daemon=True).start()

    def put(self, item: object) -> None:
        while not self._left.is_set():
            with contextlib.suppress(queue.Full):
                return self._queue.put(item, timeout=_STEP_SECONDS)
        raise _Left

    def take(self, seconds: float) -> Any:
        try:
            item = self._queue.get(timeout=max(seconds, 0))
        except queue.Empty:
            self.leave()
            raise Unreachable(f"it did not answer for {seconds:.3g} seconds") from None
        if isinstance(item, _Raised):
            raise item.error
        return item

    def chunks(self, silence: float) -> Iterator[bytes]:
        began, received = time.monotonic(), 0
        while (chunk := self.take(silence)) is not None:
            received += len(chunk)
            spent = time.monotonic() - began
            if spent > silence and received < spent * SLOWEST:
                raise Unreachable(f"it sends less than {SLOWEST // 1024} kB a second")
            yield chunk

    def leave(self) -> None:
        self._left.set()


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error
