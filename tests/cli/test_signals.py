"""SIGINT and SIGTERM end a run soon, with their own exit codes."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import frazil
from frazil.cli.signals import Stopped, stop_behind, stopping_on_signals
from tests.support.index_server import IndexServer
from tests.support.json_schemas import strict_validator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

PROJECT = """
[project]
name = "app"
version = "1"
dependencies = ["slow"]
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_becomes_an_exception_that_carries_the_exit_code(number: int, code: int) -> None:
    def wait() -> None:
        os.kill(os.getpid(), number)
        threading.Event().wait(5)

    with pytest.raises(Stopped) as caught, stopping_on_signals(leave=lambda _code: None):
        wait()
    assert caught.value.exit_code == code


def test_a_stop_that_was_wrapped_on_its_way_is_still_a_stop() -> None:
    class Stops:
        def __set_name__(self, owner: type, name: str) -> None:
            raise Stopped(143)

    try:
        type("Made", (), {"attribute": Stops()})
    except BaseException as error:  # noqa: BLE001 - a RuntimeError before Python 3.12
        found = stop_behind(error)
    assert isinstance(found, Stopped)
    assert found.exit_code == 143
    assert stop_behind(RuntimeError("a bug")) is None
    assert stop_behind(_chained(RuntimeError("one"), ValueError("two"))) is None


def _chained(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    cause.__cause__ = error
    return error


def test_the_second_signal_leaves_at_once() -> None:
    left: list[int] = []

    def insist() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(5)
        except Stopped:
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(0.01)

    with pytest.raises(Stopped), stopping_on_signals(leave=left.append):
        insist()
    assert left == [130]


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopping_on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_the_parent_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stopping_on_signals():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_than_the_main_one_installs_nothing() -> None:
    seen: list[object] = []

    def enter() -> None:
        with stopping_on_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.promise("R19")
@pytest.mark.parametrize(
    ("number", "code", "flag"),
    [(signal.SIGINT, 130, "--no-progress"), (signal.SIGTERM, 143, "--no-progress"), (signal.SIGTERM, 143, "--json")],
)
def test_a_run_that_waits_for_a_silent_index_ends(
    tmp_path: Path, index_server: IndexServer, number: int, code: int, flag: str
) -> None:
    index_server.fault("/simple/slow/", delay=30)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    places = {"FRAZIL_STORE": str(tmp_path / "s"), "FRAZIL_CACHE_DIR": str(tmp_path / "c")}
    source = str(Path(frazil.__file__).parents[1])
    environ = {**os.environ, **places, "PIP_INDEX_URL": index_server.url, "PYTHONPATH": source}
    process = subprocess.Popen(
        [sys.executable, "-m", "frazil", "resolve", flag],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while "slow" not in index_server.pages_asked() and process.poll() is None:
            threading.Event().wait(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    word = "interrupted" if code == 130 else "terminated"
    assert process.returncode == code
    if flag == "--json":
        strict_validator("failure")(json.loads(out))
        assert (json.loads(out)["error"]["message"], err) == (word, "")
    else:
        assert (out, err) == ("", f"error: {word}\n")
    assert not (tmp_path / "frozen.json").exists()
