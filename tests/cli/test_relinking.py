"""An output that is gone is linked out again from a stamp, and everything else about it is left to the long way."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import frazil
from frazil.fetcher.result import FetchResult, parse_result
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine

SOURCE = Path(frazil.__file__).parents[1]
WHEELS = {"click-8.1-py3-none-any.whl", "flask-3.0-py3-none-any.whl"}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, {"flask": {"3.0": ["click"]}, "click": {"8.1": []}})


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["flask"]})
    machine.resolve()
    return machine


def ran(machine: Machine, *argv: str, code: int = 0) -> tuple[bool, str]:
    """Run a command line in a process of its own; say whether the long way was taken, and what was said."""
    words = f"import sys; sys.argv = ['frazil', *{argv!r}]; from frazil.cli.entry import main; code = main()"
    tell = "print('LONG' if 'frazil.cli.run' in sys.modules else 'SHORT', code)"
    done = subprocess.run(
        [sys.executable, "-c", f"{words}; {tell}"],
        cwd=machine.project,
        env={
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "FRAZIL_STORE": str(machine.home / "store"),
            "FRAZIL_CACHE_DIR": str(machine.home / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    way, exit_code = done.stdout.splitlines()[-1].split()
    assert int(exit_code) == code, done.stderr
    return way == "LONG", done.stderr


def result_of(machine: Machine) -> FetchResult:
    (record,) = (machine.home / "cache" / "fetch-results").rglob("*.json")
    return parse_result(record.read_bytes())


@pytest.mark.parametrize("mode", ["auto", "copy", "hardlink", "symlink"])
def test_an_output_that_is_gone_comes_back_without_the_long_way(machine: Machine, mode: str) -> None:
    fetch = ("fetch", "--link-mode", mode)
    assert ran(machine, *fetch)[0]
    before = {file.name: (file.is_symlink(), file.read_bytes()) for file in machine.out.iterdir()}
    machine.requests()
    machine.forget_output()
    long_way, said = ran(machine, *fetch)
    assert (long_way, said) == (False, "Ready: 2 artifacts in .frazil/out (2 linked)\n")
    assert {file.name: (file.is_symlink(), file.read_bytes()) for file in machine.out.iterdir()} == before
    assert machine.requests() == []
    # The record is that of the files that lie there now.
    assert {output.place for output in result_of(machine).outputs} == WHEELS
    assert machine.ensure(link_mode=mode).tier == "fetch-result"


def test_a_fetch_with_nothing_to_do_is_answered_by_a_stamp_too(machine: Machine) -> None:
    ran(machine, "fetch")
    long_way, said = ran(machine, "fetch")  # what lay there was too new to be known by its look
    assert (long_way, said) == (True, "Up to date: 2 artifacts in .frazil/out\n")
    assert ran(machine, "fetch") == (False, said)


def test_an_ensure_brings_its_output_back_in_the_same_way(machine: Machine) -> None:
    for _ in range(2):
        ran(machine, "ensure")
    machine.forget_output()
    assert ran(machine, "ensure") == (False, "Ready: 2 artifacts in .frazil/out (2 linked)\n")
    assert machine.delivered() == WHEELS
    assert machine.ensure().tier == "fetch-result"


def damage(machine: Machine) -> None:
    wheel = next((machine.home / "store").rglob("click*.whl"))
    wheel.chmod(0o644)
    wheel.write_bytes(b"damaged")


def part_of_the_output(machine: Machine) -> None:
    machine.out.mkdir()
    (machine.out / min(WHEELS)).write_text("mine")


CHANGES: dict[str, Callable[[Machine], object]] = {
    "another manifest": lambda machine: machine.declare({"web": ["flask>=2"]}),
    "a damaged artifact": damage,
    "no store": lambda machine: shutil.rmtree(machine.home / "store"),
    "no record": lambda machine: shutil.rmtree(machine.home / "cache" / "fetch-results"),
    "a part of the output": part_of_the_output,
    "a file in place of the output": lambda machine: machine.out.write_text("a file"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_else_is_not_as_it_was_is_left_to_the_long_way(machine: Machine, name: str) -> None:
    ran(machine, "fetch")
    machine.forget_output()
    CHANGES[name](machine)
    long_way, said = ran(machine, "fetch", code=2 if name == "a file in place of the output" else 0)
    assert long_way
    if name != "a file in place of the output":
        assert "Ready: 2 artifacts" in said
        assert machine.delivered() == WHEELS


def test_another_fetch_into_the_same_output_is_not_forgotten(machine: Machine) -> None:
    ran(machine, "fetch", "--link-mode", "copy")
    ran(machine, "fetch", "--link-mode", "symlink")
    machine.forget_output()
    assert ran(machine, "fetch", "--link-mode", "copy")[0]
    assert {output.mode for output in result_of(machine).outputs} == {"copy"}


def test_a_check_says_that_the_output_is_gone(machine: Machine) -> None:
    ran(machine, "fetch")
    machine.forget_output()
    long_way, said = ran(machine, "fetch", "--check", code=1)
    assert long_way
    assert "2 files are not in the output" in said
    assert not machine.out.exists()


def test_a_document_of_what_was_linked_is_made_the_long_way(machine: Machine) -> None:
    ran(machine, "fetch", "--json")
    machine.forget_output()
    assert ran(machine, "fetch", "--json")[0]


def test_a_stale_lock_is_told_each_time(machine: Machine) -> None:
    machine.declare({"web": ["flask", "click>=8"]})
    for _ in range(2):
        long_way, said = ran(machine, "fetch")
        assert long_way
        assert "out of date" in said
        machine.forget_output()
