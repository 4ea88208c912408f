"""What a resolve turned down is kept beside its lock, and is lost without harm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.model import RejectionKind
from frazil.rejections import Kept, read_rejections
from frazil.values import replace
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(
            index,
            {
                "a": {"1": [], "2": {"requires_python": ">=3.13"}, "3": {"wheel_tags": ["cp312-cp312-win_amd64"]}},
                "b": {"1": [], "2": {"requires_python": ">=3.13"}},
            },
        )


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"api": ["a"]}, environments=("linux", "windows"))
    return machine


def kept(machine: Machine) -> Kept | None:
    return read_rejections(machine.settings, machine.resolve().frozen)


def told(machine: Machine, environment: str = "linux") -> list[tuple[str, str, RejectionKind, str]]:
    return [(r.name, r.version, r.kind, r.fact) for r in (kept(machine) or {})["default", environment]]


WRONG_TAG = ("a", "3", RejectionKind.NO_FITTING_FILE, "cp312-cp312-win_amd64")
WRONG_PYTHON = ("a", "2", RejectionKind.REQUIRES_PYTHON, ">=3.13")


def test_each_environment_keeps_its_own(machine: Machine) -> None:
    assert sorted(told(machine)) == sorted([WRONG_PYTHON, WRONG_TAG])
    assert told(machine, "windows") == []


def test_what_was_not_asked_about_again_stays_known(machine: Machine) -> None:
    machine.resolve()
    machine.declare({"api": ["a", "b"]}, environments=("linux", "windows"))
    machine.server.forget()
    machine.resolve()
    assert machine.server.pages_asked() == ["b"]
    assert {name for name, *_ in told(machine)} == {"a", "b"}


def test_what_was_known_of_a_pin_that_moved_is_forgotten(machine: Machine) -> None:
    machine.resolve()
    machine.declare({"api": ["b"]}, environments=("linux", "windows"))
    machine.resolve()
    assert {name for name, *_ in told(machine)} == {"b"}


def test_what_kept_an_older_pin_company_is_forgotten_when_a_newer_release_is_chosen_at_once(machine: Machine) -> None:
    machine.declare({"api": ["b"]})
    machine.resolve()
    assert told(machine) == [("b", "2", RejectionKind.REQUIRES_PYTHON, ">=3.13")]
    machine.server.add_wheel("b", "3")
    machine.resolve(upgrade=True)
    assert told(machine) == []


def test_a_record_that_was_cut_changed_or_lost_is_none(machine: Machine) -> None:
    machine.resolve()
    [file] = (machine.home / "cache").glob("rejections-v1/*/*")
    whole = file.read_bytes()
    for damaged in (whole[:-3], b"", whole.replace(b"NO", b"ON", 1).replace(b'"a"', b'"b"'), b"x" * 70):
        file.write_bytes(damaged)
        assert kept(machine) is None
    file.unlink()
    assert kept(machine) is None


def test_without_a_cache_nothing_is_kept(machine: Machine) -> None:
    machine.resolve()
    assert read_rejections(replace(machine.settings, no_cache=True), machine.resolve().frozen) is None


def test_a_cache_that_cannot_be_written_costs_the_record_alone(machine: Machine) -> None:
    (machine.home / "cache").mkdir(parents=True)
    (machine.home / "cache" / "rejections-v1").write_text("a file where a folder should be")
    assert machine.resolve().written
    assert kept(machine) is None
