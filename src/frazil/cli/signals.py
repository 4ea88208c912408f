"""SIGINT and SIGTERM: stop soon and in order, and at the latest after a grace."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

GRACE_SECONDS = 1.0

INTERRUPTED = 130
TERMINATED = 143


class Stopped(KeyboardInterrupt):
    """A signal asked for the end; `exit_code` says which. No `except Exception` catches it."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__()


def exit_code_of(stop: KeyboardInterrupt) -> int:
    """Return what the process returns when this stopped it."""
    return stop.exit_code if isinstance(stop, Stopped) else INTERRUPTED


def stop_behind(error: BaseException) -> KeyboardInterrupt | None:
    """Return the stop that an error stands for: before Python 3.12, one that comes while a class is made is wrapped."""
    seen: set[int] = set()
    while error.__cause__ is not None and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__
    return error if isinstance(error, KeyboardInterrupt) else None


def word_for(exit_code: int) -> str:
    """Say what happened in one word."""
    return "terminated" if exit_code == TERMINATED else "interrupted"


def end_programs() -> None:
    """End what runs for us, if anything ever did: threads that wait for it could otherwise outlast it."""
    processes = sys.modules.get("frazil.processes")
    if processes is not None:
        processes.end_all()


def _at_once(stop: Callable[[], object]) -> None:
    stop()


def _let_programs_begin() -> None:
    processes = sys.modules.get("frazil.processes")
    if processes is not None:
        processes.begin_again()


@contextlib.contextmanager
def stopping_on_signals(
    *, last_words: Callable[[int], object] = lambda _code: None, leave: Callable[[int], None] = os._exit
) -> Iterator[None]:
    """Raise Stopped in the main thread on SIGINT or SIGTERM.

    Threads that wait for a silent server cannot be interrupted, and leaving a pool waits for them: when the run is not
    over after the grace, the process says its `last_words` and ends through `leave`; at a second signal it ends without
    a word. That is safe: everything is written beside its place and renamed, so that an end at any moment leaves the
    old or the new.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch: list[threading.Timer] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        code = TERMINATED if number == signal.SIGTERM else INTERRUPTED
        if watch:
            leave(code)

        def end() -> None:
            last_words(code)
            end_programs()
            leave(code)

        timer = threading.Timer(GRACE_SECONDS, end)
        timer.daemon = True
        watch.append(timer)
        timer.start()
        end_programs()

        def give_up() -> None:
            raise Stopped(code)

        processes = sys.modules.get("frazil.processes")
        (processes.when_started if processes is not None else _at_once)(give_up)

    # What the parent had us ignore (nohup, a job in the background) stays ignored.
    heard = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for timer in watch:
            timer.cancel()
            _let_programs_begin()
        for number, handler in before.items():
            signal.signal(number, handler)
