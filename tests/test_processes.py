"""Other programs within limits: what they say, how they end, and that nothing of them lives on."""

import contextlib
import os
import sys
import time
from pathlib import Path

import pytest

from frazil.processes import TAIL_LINES, run_within, started

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


def test_a_program_has_no_terminal_to_ask_on() -> None:
    program = python("import os, sys", "sys.exit(0 if os.getsid(0) == os.getpid() else 1)")
    assert not run_within(program, environ=os.environ, seconds=30, most_output=1 << 20).failed


def test_a_program_that_is_not_there_is_an_error_of_its_own() -> None:
    with pytest.raises(FileNotFoundError):
        run_within(("no-such-program-here",), environ=os.environ, seconds=1, most_output=1)
