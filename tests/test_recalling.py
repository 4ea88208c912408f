"""An answer is taken again only while every page that it rests on stands, and then it is the same to the byte."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frazil.outside import Outside
from frazil.project.declaration import DeclaredIndex
from frazil.recalling import recall_answer
from frazil.records import read_record
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine

LINUX_AND_WINDOWS = ("linux", "windows")


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer(etag=True) as index:
        yield world(
            index,
            {"flask": {"2.0": ["click"]}, "click": {"8.0": ["colorama; os_name == 'nt'"]}, "colorama": {"1.0": []}},
        )


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["flask"]}, environments=LINUX_AND_WINDOWS)
    return machine


def phases(machine: Machine, **options: Any) -> list[str]:
    """Resolve without a lock; return the names of what was done."""
    machine.lock.unlink(missing_ok=True)
    report = machine.resolve(**options)
    return [name for name, _ in report.costs.phases]


def test_the_same_question_over_the_same_pages_is_not_worked_out_again(machine: Machine) -> None:
    assert "resolve" in phases(machine)
    lock = machine.lock.read_bytes()
    machine.requests()
    assert "resolve" not in phases(machine)
    assert machine.lock.read_bytes() == lock
    assert sorted(machine.requests()) == ["/simple/click/", "/simple/colorama/", "/simple/flask/"]


def test_pages_that_are_fresh_are_not_asked_for(machine: Machine, server: IndexServer) -> None:
    server.max_age = 600
    phases(machine)
    machine.requests()
    assert "resolve" not in phases(machine)
    assert machine.requests() == []


def test_a_page_that_changed_makes_it_a_new_question(machine: Machine, server: IndexServer) -> None:
    phases(machine)
    server.add_wheel("colorama", "2.0")
    assert "resolve" in phases(machine)
    assert '"version": "2.0", "index": "loop", "resolves": {"default": ["windows"]}' in machine.lock.read_text()


def test_another_requirement_is_another_question(machine: Machine) -> None:
    phases(machine)
    machine.declare({"web": ["flask", "colorama"]}, environments=LINUX_AND_WINDOWS)
    assert "resolve" in phases(machine)


@pytest.mark.parametrize("options", [{"prove": True}, {"upgrade_packages": ("click==8.0",)}, {"engine": "resolvelib"}])
def test_who_asks_in_another_way_gets_an_answer_of_his_own(machine: Machine, options: dict[str, Any]) -> None:
    phases(machine)
    assert "resolve" in phases(machine, **options)


def test_with_a_lock_its_pins_are_looked_at(machine: Machine) -> None:
    phases(machine)
    machine.declare({"web": ["flask", "click>=8"]}, environments=LINUX_AND_WINDOWS)
    report = machine.resolve()
    assert "resolve" in [name for name, _ in report.costs.phases]


@pytest.mark.parametrize("cutoff", ["P7D", "7 days"])
def test_what_depends_on_the_day_is_worked_out_every_day(machine: Machine, cutoff: str) -> None:
    machine.declare({"web": ["flask"]}, more=f'exclude-newer = "{cutoff}"')
    phases(machine)
    assert "resolve" in phases(machine)


def test_an_instant_is_the_same_on_every_day(machine: Machine) -> None:
    machine.declare({"web": ["flask"]}, more='exclude-newer = "2025-01-01"')
    phases(machine)
    assert "resolve" not in phases(machine)


def test_a_project_that_was_not_there_may_come(machine: Machine) -> None:
    with IndexServer(etag=True) as first:
        url = first.url
        first.add_wheel("other", "1.0")
        more = f'[[index]]\nname = "first"\nurl = "{url}"\n'
        machine.declare({"web": ["flask", "other"]}, more=more)
        phases(machine)
        assert '"index": "loop"' in machine.lock.read_text()
        first.add_wheel("flask", "3.0")
        assert "resolve" in phases(machine)
        assert '{"name": "flask", "version": "3.0", "index": "first"' in machine.lock.read_text()


def test_a_page_that_cannot_be_had_is_told_to_whoever_needs_it_and_to_nobody_else(
    machine: Machine, server: IndexServer
) -> None:
    report = machine.resolve()
    assert report.key is not None
    server.fault("/simple/colorama/", status=503)
    with Outside((DeclaredIndex(name="loop", url=server.url),), machine.settings) as outside:
        assert recall_answer(outside.catalog, machine.settings, report.key, report.frozen.inputs) is None


@pytest.mark.parametrize("damage", [b"", b"cut", None])
def test_a_record_that_is_damaged_is_none(machine: Machine, damage: bytes | None) -> None:
    phases(machine)
    (record,) = (machine.home / "cache" / "answers-1").rglob("?" * 20 + "*")
    assert read_record(str(record), "pages of an answer 1") is not None
    data = record.read_bytes()
    record.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if damage is None else damage)
    assert "resolve" in phases(machine)


def test_a_resolution_that_is_gone_is_worked_out_again(machine: Machine) -> None:
    phases(machine)
    for path in (machine.home / "cache").rglob("*.resolution"):
        path.unlink()
    assert "resolve" in phases(machine)


def test_without_a_cache_nothing_is_kept(machine: Machine) -> None:
    machine.no_cache = True
    phases(machine)
    assert not (machine.home / "cache" / "answers-1").exists()
    assert "resolve" in phases(machine)
