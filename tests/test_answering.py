"""All questions of a project are answered to the last one, and extras that nobody has are told with who wants them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(
            index,
            {
                "flask": {"3": {"requires": [], "extras": {"async": ["asgi"]}}},
                "asgi": {"1": []},
                "kit": {"1": ["flask[dotenv]"]},
            },
        )


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "alice", server, tmp_path / "shop")


def test_an_extra_that_a_release_does_not_have_is_told_with_who_asks_and_where(machine: Machine) -> None:
    machine.declare({"services/api": ["flask[asink]"]})
    assert machine.resolve().warnings == (
        "flask has no extra 'asink', which services/api asks for in frazil.toml:9; it is left out",
    )


def test_an_extra_that_only_a_release_asks_for_is_told_with_that_release(machine: Machine) -> None:
    machine.declare({"services/api": ["kit"]})
    assert machine.resolve().warnings == ("flask has no extra 'dotenv', which kit 1 asks for; it is left out",)


def test_an_extra_that_is_there_is_not_told(machine: Machine) -> None:
    machine.declare({"services/api": ["flask[async]"]})
    assert machine.resolve().warnings == ()
