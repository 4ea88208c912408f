"""Other programs, run within limits: each in a process group of its own that ends with the block that started it.

Who leaves its group (a daemon) is found by a variable that all descendants of a program inherit, where the system lets
us look (`/proc`). `end_all` is for a process that is about to end: threads may be in the middle of such blocks.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from frazil.errors import Interrupted
from frazil.values import dataclass

TAIL_LINES = 20
"""Lines of what a program said last that are kept to be shown."""

_LONGEST_LINE = 500
_CHUNK = 64 * 1024
_MARK = "FRAZIL_PROGRAM"
_ROUNDS = 20

_running: "set[Program]" = set()
_ending = threading.Event()
_kept_waiting: list[Callable[[], object]] = []
_starting = False  # whether the main thread, which signals interrupt, is starting one


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit code, the last lines it said, and the limit that ended it, if one did."""

    code: int
    tail: tuple[str, ...]
    stopped: str | None = None

    @property
    def failed(self) -> bool:
        return self.code != 0 or self.stopped is not None


class Program:
    """A program that runs, its output a pipe (and its input, where it was asked for); `expired` when time was up."""

    def __init__(self, process: "subprocess.Popen[bytes]", seconds: float, mark: bytes | None) -> None:
        self.expired = False
        self._process = process
        self._mark = mark
        self._reaper = threading.Thread(target=self._end_what_is_left, daemon=True)
        self._reaper.start()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - every program here is started with a pipe
        return self._process.stdout

    @property
    def input(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - only who asked for a pipe has something to say
        return self._process.stdin

    def wait(self) -> int:
        """Wait for the program to end by itself, and return its exit code; nothing that it started lives on."""
        self._reaper.join()
        return self._process.wait()

    def end(self) -> None:
        """End the program and all that it started, now."""
        self._end_group()
        if self._mark is not None:
            _end_marked(self._mark)

    def _end_group(self) -> None:
        process = self._process
        if process.returncode is not None:
            return
        if sys.platform == "win32":
            command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            with contextlib.suppress(OSError):
                subprocess.run(command, check=False, capture_output=True)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and close its pipes."""
        self._timer.cancel()
        self.end()
        self.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _expire(self) -> None:
        self.expired = True
        self.end()

    def _end_what_is_left(self) -> None:
        # Nobody has taken note of its end yet, so that its number, which is the group's, is nobody else's.
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
            self._end_group()
        else:
            self._process.wait()


def _end_marked(mark: bytes) -> None:
    """End whoever has inherited a mark, again and again: it may be starting another one this very moment."""
    for _ in range(_ROUNDS):
        found = [number for number in _numbers() if mark in _environment(number)]
        if not found:
            return
        for number in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)


def _numbers() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - only numbers
    except OSError:
        return []


def _environment(number: int) -> bytes:
    try:
        return Path(f"/proc/{number}/environ").read_bytes()
    except OSError:
        return b""  # it has ended, or is another user's


def end_all() -> None:
    """End every program that runs and let none begin any more: this process is about to end. Takes no lock."""
    _ending.set()
    for program in tuple(_running):
        program.end()


def when_started(stop: Callable[[], object]) -> None:
    """Call `stop`, which raises, at once, or as soon as the program that is just being started can be ended.

    For a signal's handler: an exception in the middle of starting a program would lose it.
    """
    if _starting:
        _kept_waiting.append(stop)
    else:
        stop()


def _start(main: bool) -> None:
    global _starting  # noqa: PLW0603 - there is one main thread
    _starting = _starting or main


def _started(main: bool) -> None:
    global _starting  # noqa: PLW0603
    if main:
        _starting = False
        while _kept_waiting:
            _kept_waiting.pop()()


def begin_again() -> None:
    """Let programs begin again: this process goes on after all."""
    _ending.clear()


@contextlib.contextmanager
def started(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.STDOUT,
    seconds: float,
    daemons: bool = True,
) -> Iterator[Program]:
    """Start a program that may take so long; when the block ends, however it does, nothing of the program lives on.

    Not so its daemons, where `daemons` says that they may. Raises FileNotFoundError where there is no such program,
    Interrupted when this process is about to end.
    """
    if _ending.is_set():
        raise Interrupted("interrupted")
    mark = None if daemons else os.urandom(8).hex()
    main = threading.current_thread() is threading.main_thread()
    _start(main)
    program = None
    try:
        process = subprocess.Popen(
            command,
            env={**environ, **({} if mark is None else {_MARK: mark})},
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            # No terminal either: nobody is asked for a password in the middle of a run.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        program = Program(process, seconds, None if mark is None else f"{_MARK}={mark}".encode())
        _running.add(program)
        _started(main)
        if _ending.is_set():
            raise Interrupted("interrupted")
        yield program
    finally:
        if program is not None:
            program.close()
            _running.discard(program)
        else:
            _started(main)


def run_within(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path | None = None,
    seconds: float,
    most_output: int,
) -> Finished:
    """Run a program to its end, or to a limit of time or of bytes said; keep only the last lines of what it says.

    Nothing that it started lives on, daemons included. Raises as `started`.
    """
    lines: deque[str] = deque(maxlen=TAIL_LINES)
    stopped = None
    with started(command, environ=environ, folder=folder, seconds=seconds, daemons=False) as program:
        if _listen(program, lines, most_output):
            stopped = f"it said more than {most_output} bytes"
            program.end()
        code = program.wait()
        if program.expired:
            stopped = f"it took more than {seconds:g} seconds"
    return Finished(code, tuple(lines), stopped)


def _listen(program: Program, lines: deque[str], most: int) -> bool:
    """Keep the last lines of a program's output; say whether it went on beyond the limit."""
    said, rest = 0, b""
    while chunk := os.read(program.output.fileno(), _CHUNK):
        said += len(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        rest = rest[-_LONGEST_LINE:]
        lines.extend(filter(None, map(_line, whole)))
        if said > most:
            return True
    if last := _line(rest):
        lines.append(last)
    return False


def _line(raw: bytes) -> str:
    return raw[:_LONGEST_LINE].decode("utf-8", "replace").rstrip()
