"""One holder at a time, across threads and processes, and none left behind by the dead."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.errors import DiskError, WriteForbidden
from frazil.locks import locked

_HOLD = """
import pathlib, sys
from frazil.locks import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input ends."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_who_waits_is_told_once_by_whom_and_patience_ends(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x.lock"
    told: list[str] = []
    with holder(path) as process:
        sentence = rf"x\.lock is locked by process {process.pid}"
        with pytest.raises(DiskError, match=sentence), locked(path, waiting=told.append, patience=0.1):
            pass
        assert told == [f"process {process.pid}"]


@pytest.mark.promise("R18")
def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with holder(path) as process:
        process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        process.wait()
        with locked(path, patience=10):
            assert path.read_text() == f"{os.getpid()}\n"


def test_a_free_lock_is_taken_without_a_word_and_may_be_taken_again(tmp_path: Path) -> None:
    told: list[str] = []
    for _ in range(3):
        with locked(tmp_path / "x.lock", waiting=told.append, patience=0):
            pass
    assert told == []


def test_threads_exclude_each_other_too(tmp_path: Path) -> None:
    count = 0

    def work() -> None:
        nonlocal count
        for _ in range(20):
            with locked(tmp_path / "x.lock"):
                before = count
                threading.Event().wait(0.0005)
                count = before + 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == 80


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path / "x.lock"):
        raise RuntimeError
    with locked(tmp_path / "x.lock", patience=0):
        pass


def test_a_folder_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="cannot lock"), locked(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links, FIFOs and sockets as on POSIX")
@pytest.mark.parametrize("kind", ["link", "link that leads nowhere", "fifo", "socket"])
def test_what_is_no_file_in_place_of_a_lock_is_removed_and_never_written_through(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "x.lock", tmp_path / "victim"
    victim.write_text("keep me")
    match kind:
        case "link":
            path.symlink_to(victim)
        case "link that leads nowhere":
            path.symlink_to(tmp_path / "nowhere")
        case "fifo":
            os.mkfifo(path)
        case _:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.close()
    with locked(path, patience=0):
        assert path.read_text() == f"{os.getpid()}\n"
    assert victim.read_text() == "keep me"
    assert not (tmp_path / "nowhere").exists()


def test_no_lock_is_taken_where_nothing_may_be_written(tmp_path: Path) -> None:
    with forbid_writes(), pytest.raises(WriteForbidden), locked(tmp_path / "x.lock"):
        pass
    assert list(tmp_path.iterdir()) == []


# Locks that go when they are free ---------------------------------------------------------------------------


def test_a_lock_that_does_not_last_is_gone_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with locked(path, lasting=False):
        assert path.exists()
    assert list(tmp_path.iterdir()) == []


def test_who_waits_for_a_file_that_goes_takes_its_turn_all_the_same(tmp_path: Path) -> None:
    count = 0

    def work() -> None:
        nonlocal count
        for _ in range(40):
            with locked(tmp_path / "x.lock", lasting=False):
                before = count
                threading.Event().wait(0.0005)
                count = before + 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == 240
    assert list(tmp_path.iterdir()) == []


def test_what_happens_meanwhile_can_end_the_wait(tmp_path: Path) -> None:
    def enough() -> None:
        raise InterruptedError

    with locked(tmp_path / "x.lock"), pytest.raises(InterruptedError), locked(tmp_path / "x.lock", meanwhile=enough):
        pass
    with locked(tmp_path / "x.lock", patience=0):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
@pytest.mark.parametrize(
    ("number", "sentence", "hint"),
    [
        (errno.ENOLCK, r"cannot lock .*x\.lock: its file system has no locks", "set FRAZIL_STORE"),
        (errno.EOPNOTSUPP, r"cannot lock .*x\.lock: its file system has no locks", "set FRAZIL_STORE"),
        (errno.EIO, r"cannot lock .*x\.lock: input/output error", None),
        (errno.EAGAIN, r"x\.lock is locked by another process", "wait for it to end"),
        (errno.EACCES, r"x\.lock is locked by another process", "wait for it to end"),
    ],
)
def test_what_the_system_says_of_a_lock_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str, hint: str | None
) -> None:
    import fcntl

    def refused(_descriptor: int, _how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(DiskError, match=sentence) as caught, locked(tmp_path / "x.lock", patience=0):
        pass
    assert caught.value.hint is None if hint is None else str(caught.value.hint).startswith(hint)


def test_a_wait_grows_longer_and_asks_again_and_again(tmp_path: Path) -> None:
    asked: list[float] = []

    def meanwhile() -> None:
        asked.append(time.monotonic())

    with (
        locked(tmp_path / "x.lock"),
        pytest.raises(DiskError),
        locked(tmp_path / "x.lock", patience=0.3, meanwhile=meanwhile),
    ):
        pass
    assert 3 <= len(asked) < 12
