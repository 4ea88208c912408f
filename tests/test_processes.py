"""Other programs within limits: what they say, how they end, and that nothing of them lives on."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from frazil.errors import Interrupted
from frazil.processes import TAIL_LINES, begin_again, end_all, run_within, started, when_started

BEAT = "import sys, time\nwhile True:\n    open(sys.argv[1], 'a').write('x')\n    time.sleep(0.01)"


def python(*lines: str) -> tuple[str, ...]:
    return (sys.executable, "-c", "\n".join(lines))


def with_child(beat: Path, *then: str) -> tuple[str, ...]:
    """Return a program that leaves a child behind, which writes to a file as long as it lives."""
    child = f"subprocess.Popen([sys.executable, '-c', {BEAT!r}, {str(beat)!r}], stdout=subprocess.DEVNULL)"
    waiting = f"while not __import__('os').path.exists({str(beat)!r}): time.sleep(0.01)"
    return python("import subprocess, sys, time", child, waiting, *then)


def is_silent(beat: Path) -> bool:
    size = beat.stat().st_size
    time.sleep(0.2)
    return beat.stat().st_size == size


def test_a_program_that_ends_well_tells_its_last_lines() -> None:
    finished = run_within(python("for n in range(100): print(n)"), environ=os.environ, seconds=30, most_output=1 << 20)
    assert not finished.failed
    assert finished.tail == tuple(str(number) for number in range(100 - TAIL_LINES, 100))


def test_what_goes_to_either_stream_is_heard_in_one_order() -> None:
    program = python("import sys", "print('one', flush=True)", "print('two', file=sys.stderr)", "sys.exit(3)")
    finished = run_within(program, environ=os.environ, seconds=30, most_output=1 << 20)
    assert (finished.code, finished.tail) == (3, ("one", "two"))


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    finished = run_within(with_child(beat, "time.sleep(60)"), environ=os.environ, seconds=2, most_output=1 << 20)
    assert finished.stopped == "it took more than 2 seconds"
    assert is_silent(beat)


def test_a_program_that_says_too_much_is_ended() -> None:
    program = python("while True: print('x' * 1000)")
    finished = run_within(program, environ=os.environ, seconds=30, most_output=100_000)
    assert finished.stopped == "it said more than 100000 bytes"
    assert len(finished.tail) == TAIL_LINES


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="the system does not tell of an end before it is taken note of")
def test_children_that_a_program_leaves_behind_end_with_it(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    finished = run_within(with_child(beat), environ=os.environ, seconds=30, most_output=1 << 20)
    assert finished.code == 0
    assert is_silent(beat)


def test_a_block_that_is_left_by_an_error_ends_the_program(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    program = with_child(beat, "print('ready', flush=True)", "time.sleep(60)")
    with contextlib.suppress(KeyboardInterrupt), started(program, environ=os.environ, seconds=60) as running:
        assert running.output.readline() == b"ready\n"
        raise KeyboardInterrupt
    assert is_silent(beat)


def daemon(beat: Path) -> tuple[str, ...]:
    """Return a program that leaves a daemon behind: deaf, and in a session of its own."""
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    twice = "if os.fork() == 0:\n    os.setsid()\n    os.fork() and os._exit(0)"
    beats = f"    while True:\n        open({str(beat)!r}, 'a').write('x')\n        time.sleep(0.01)"
    waiting = f"while not os.path.exists({str(beat)!r}): time.sleep(0.01)"
    return python("import os, signal, time", deaf, twice, beats, waiting)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="nobody tells of a daemon's descent here")
def test_a_daemon_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    finished = run_within(daemon(beat), environ=os.environ, seconds=30, most_output=1 << 20)
    assert finished.code == 0
    assert is_silent(beat)


def test_a_process_that_is_about_to_end_ends_all_programs_of_its_threads_and_starts_no_other(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    program = with_child(beat, "time.sleep(60)")
    ended: list[object] = []

    def run() -> None:
        ended.append(run_within(program, environ=os.environ, seconds=60, most_output=1 << 20).failed)

    thread = threading.Thread(target=run)
    thread.start()
    while not beat.exists():
        time.sleep(0.01)
    try:
        end_all()
        thread.join()
        assert ended == [True]
        assert is_silent(beat)
        with pytest.raises(Interrupted):
            run_within(program, environ=os.environ, seconds=60, most_output=1 << 20)
    finally:
        begin_again()


def test_what_stops_a_run_comes_at_once_when_no_program_is_being_started() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        when_started(stop)


def test_what_stops_a_run_waits_until_the_program_can_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = tmp_path / "beat"
    start = subprocess.Popen.__init__

    def stop() -> None:
        while not beat.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    def interrupted(self: "subprocess.Popen[bytes]", *words: Any, **how: Any) -> None:
        start(self, *words, **how)
        when_started(stop)

    monkeypatch.setattr(subprocess.Popen, "__init__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_within(with_child(beat, "time.sleep(60)"), environ=os.environ, seconds=60, most_output=1 << 20)
    assert is_silent(beat)


def test_a_program_has_no_terminal_to_ask_on() -> None:
    program = python("import os, sys", "sys.exit(0 if os.getsid(0) == os.getpid() else 1)")
    assert not run_within(program, environ=os.environ, seconds=30, most_output=1 << 20).failed


def test_a_program_that_is_not_there_is_an_error_of_its_own() -> None:
    with pytest.raises(FileNotFoundError):
        run_within(("no-such-program-here",), environ=os.environ, seconds=1, most_output=1)
