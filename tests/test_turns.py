"""Two at once: of two runs that would do the same, one does it and the other waits and loads."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.events import WaitBegan
from frazil.locks import locked
from frazil.settings import Settings
from frazil.turns import _place, turn
from tests.support.cache_server import wait_until
from tests.support.index_server import Fault, IndexServer, world
from tests.support.machine import Machine


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, {"a": {"1": ["b"]}, "b": {"1": ["c"]}, "c": {"1": []}})


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home", server, tmp_path / "shop")
    machine.declare({"one": ["a"]})
    return machine


class Command:
    """The command line as a process of its own, its talk read line by line."""

    def __init__(self, machine: Machine, *words: str) -> None:
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "FRAZIL_CACHE_DIR": str(machine.home / "cache"),
            "FRAZIL_STORE": str(machine.home / "store"),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "frazil", *words, "--project", str(machine.project)],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def wait_for(self, words: str) -> str:
        """Return the next line of talk, which must have these words."""
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert words in line, line + self.process.stderr.read()
        return line

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


# Whole runs ------------------------------------------------------------------------------------------------


def test_two_identical_runs_do_the_work_once_and_the_second_loads_it(machine: Machine) -> None:
    machine.ensure()
    alone = sorted(machine.requests())
    machine.forget_store()
    machine.forget_cache()
    machine.forget_output()
    machine.lock.unlink()
    with locked(_place(machine.settings, machine.out)):
        commands = [Command(machine, "ensure") for _ in range(2)]
        for command in commands:
            command.wait_for(f"waiting for process {os.getpid()}, which works on {machine.out}")
    ended = [command.end() for command in commands]
    assert [code for code, _, _ in ended] == [0, 0]
    assert sorted(machine.requests()) == alone
    assert sum("Up to date" in err for _, _, err in ended) == 1
    assert machine.ensure().tier == "fetch-result"


def test_the_second_of_two_resolves_finds_the_lock_up_to_date(machine: Machine) -> None:
    with locked(_place(machine.settings, machine.lock)):
        commands = [Command(machine, "resolve") for _ in range(2)]
        for command in commands:
            command.wait_for(f"waiting for process {os.getpid()}, which works on {machine.lock}")
    ended = [command.end() for command in commands]
    assert [code for code, _, _ in ended] == [0, 0]
    asked = machine.requests()
    assert len(asked) == len(set(asked))


def test_two_ensures_into_two_folders_resolve_once(machine: Machine) -> None:
    with locked(_place(machine.settings, machine.lock)):
        commands = [Command(machine, "ensure", "--json", "-o", str(machine.home / name)) for name in ("x", "y")]
        # Both are at the fourth tier when the lock is asked for; with --json nothing is said.
        assert wait_until(lambda: len(list((machine.home / "cache" / "locks").glob("*"))) == 3)
    ended = [command.end() for command in commands]
    assert [code for code, _, _ in ended] == [0, 0]
    assert sorted(json.loads(out)["tier"] for _, out, _ in ended) == ["resolve", "resolve-result"]
    asked = machine.requests()
    assert len(asked) == len(set(asked))


def test_a_run_that_was_killed_is_not_waited_for(machine: Machine, server: IndexServer) -> None:
    server.faults.append(Fault(path="/simple/a/", stall=100, times=1))
    command = Command(machine, "ensure")
    assert wait_until(lambda: any(request.path == "/simple/a/" for request in server.log), 30)
    command.process.kill()
    command.end()
    assert machine.ensure().tier == "resolve"
    assert waits(machine) == []


# One artifact ----------------------------------------------------------------------------------------------


def test_an_artifact_that_several_runs_need_is_downloaded_once(machine: Machine) -> None:
    frozen = machine.resolve().frozen
    machine.requests()
    digests = [artifact.sha256 for coordinate in frozen.coordinates for artifact in coordinate.artifacts]
    outs = [machine.home / "x", machine.home / "y", machine.home / "z"]
    threads = [threading.Thread(target=machine.fetch, kwargs={"out": out}) for out in outs]
    with ExitStack() as held:
        for digest in digests:
            held.enter_context(locked(machine.home / "store" / "locks" / f"{digest}.lock", lasting=False))
        for thread in threads:
            thread.start()
        assert wait_until(lambda: len(waits(machine)) == 3)
    for thread in threads:
        thread.join()
    assert len(machine.requests()) == 3
    assert [len(list(out.iterdir())) for out in outs] == [3, 3, 3]
    assert all(f"waiting for process {os.getpid()}, which fetches" in sentence for sentence in waits(machine))
    assert list((machine.home / "store" / "locks").iterdir()) == []


def waits(machine: Machine) -> list[str]:
    return [event.sentence for event in list(machine.events) if isinstance(event, WaitBegan)]


# A turn ----------------------------------------------------------------------------------------------------


def test_a_turn_that_is_free_is_taken_without_a_word(settings: Settings, tmp_path: Path) -> None:
    with turn(settings, tmp_path / "a") as waited, turn(settings, tmp_path / "b") as also:
        assert (waited, also) == (False, False)


def test_who_writes_nothing_or_cannot_lock_takes_no_turn(settings: Settings, tmp_path: Path) -> None:
    with forbid_writes(), turn(settings, tmp_path / "a") as waited:
        assert not waited
    assert not settings.cache.exists()
    settings.cache.write_text("no folder")
    with turn(settings, tmp_path / "a") as waited:
        assert not waited
