"""How old pins are is asked from the index, one page a project."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from frazil.ageing import Age, Ages, read_ages
from frazil.errors import Offline
from frazil.frozen.files import read_frozen
from frazil.frozen.selection import choose
from frazil.values import replace
from tests.support.command_lines import run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

NOW = datetime(2024, 3, 2, 3, 4, 5, tzinfo=UTC)
PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"2.0": ["werkzeug"], "3.0": {"requires": ["werkzeug"], "upload_time": "2024-02-01T00:00:00Z"}},
    "werkzeug": {"1.0": [], "2.0b1": []},
    "click": {"8.0": []},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["flask<3"], "tool": ["click"]})
    machine.resolve()
    machine.requests()
    return machine


def ages(machine: Machine, *, offline: bool = False) -> Ages:
    frozen = read_frozen(machine.lock)
    settings = replace(machine.settings, offline=offline, no_cache=True)
    return read_ages(frozen, *choose(frozen), now=NOW, settings=settings)


def age(machine: Machine, name: str) -> Age:
    return next(each for each in ages(machine).ages if each.stop.name == name)


def test_a_release_with_a_newer_one_is_told_with_both_times(machine: Machine) -> None:
    flask = age(machine, "flask")
    assert (flask.stop.version, flask.newest) == ("2.0", "3.0")
    assert flask.uploaded == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert flask.newest_uploaded == datetime(2024, 2, 1, tzinfo=UTC)
    assert flask.targets == ("web",)


def test_a_pre_release_is_not_what_somebody_would_choose_now(machine: Machine) -> None:
    assert age(machine, "werkzeug").newest == "1.0"


def test_one_page_is_asked_for_each_project_and_nothing_else(machine: Machine) -> None:
    found = ages(machine)
    assert sorted(machine.requests()) == ["/simple/click/", "/simple/flask/", "/simple/werkzeug/"]
    assert (found.costs.pages, found.costs.requests) == (3, 3)


def test_what_was_yanked_since_it_was_locked_is_told(machine: Machine, server: IndexServer) -> None:
    (file,) = server.projects["click"]
    file.yanked = "it lost data"
    click = age(machine, "click")
    assert (click.yanked, click.newest, click.status) == ("it lost data", None, "active")


@pytest.mark.parametrize("status", ["archived", "deprecated", "quarantined"])
def test_the_status_of_a_project_is_told(machine: Machine, server: IndexServer, status: str) -> None:
    server.set_status("click", status)
    assert age(machine, "click").status == status


def test_what_is_gone_from_the_index_is_told(machine: Machine, server: IndexServer) -> None:
    server.remove_file(server.projects["click"][0])
    assert age(machine, "click").status == "gone"
    del server.projects["werkzeug"]
    assert age(machine, "werkzeug").status == "gone"


def test_offline_it_is_told_that_the_index_is_needed(machine: Machine) -> None:
    with pytest.raises(Offline):
        ages(machine, offline=True)


def test_the_command_line_says_that_it_asked_and_who_is_behind(machine: Machine) -> None:
    ran = run_line("report", "stale", folder=machine.project)
    assert ran.code == 0
    flask = next(line for line in ran.out.splitlines() if line.startswith("flask 2.0"))
    assert "3.0  2024-02-01" in flask
    assert ran.err.startswith("asked the index about 3 releases: 1 with a newer release")
