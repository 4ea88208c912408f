"""A cut lock alone in a folder, as in a container, fetches what the whole one fetches for its targets."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_lines import run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"3.0": ["werkzeug>=3", "click"]},
    "werkzeug": {"3.0": []},
    "click": {"8.1": ["colorama; platform_system == 'Windows'"]},
    "colorama": {"0.4.6": []},
    "pandas": {"2.0": []},
}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with IndexServer() as server:
        machine = Machine(tmp_path / "alice", world(server, PACKAGES), tmp_path / "shop")
        machine.declare({"web": ["flask"], "etl": ["pandas"]}, environments=("linux", "windows"))
        machine.resolve()
        yield machine


def fetched(folder: Path, *words: str) -> set[str]:
    ran = run_line("fetch", "--frozen", *words, "-o", str(folder / "wheels"), folder=folder)
    assert ran.code == 0, ran.err
    return {path.name for path in (folder / "wheels").iterdir()}


@pytest.mark.parametrize("environments", [[], ["--env", "linux"], ["--env", "windows"]])
def test_a_container_with_nothing_but_a_cut_lock_gets_exactly_the_files_of_its_target(
    machine: Machine, tmp_path: Path, environments: list[str]
) -> None:
    container = tmp_path / "container"
    container.mkdir()
    cut = run_line("subset", "web", *environments, "-o", str(container / "frozen.json"), folder=machine.project)
    assert cut.code == 0, cut.err
    alone = fetched(container)
    shutil.rmtree(machine.out, ignore_errors=True)
    assert alone == fetched(machine.project, "web", *environments)
    assert "pandas-2.0-py3-none-any.whl" not in alone
    assert ("colorama-0.4.6-py3-none-any.whl" in alone) == (environments != ["--env", "linux"])


def test_a_target_that_was_cut_away_is_unknown_to_a_cut_lock(machine: Machine, tmp_path: Path) -> None:
    small = tmp_path / "small.json"
    run_line("subset", "web", "-o", str(small), folder=machine.project)
    ran = run_line("fetch", "etl", "--frozen", "--lock", str(small), folder=tmp_path)
    assert (ran.code, 'unknown target "etl"' in ran.err) == (2, True)
