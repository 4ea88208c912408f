"""Keys for the cache of a CI service: the same everywhere, another one when what is needed changes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.cache_keys import CacheKey, cache_key
from frazil.errors import LockMissing, UsageError
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with IndexServer() as server:
        world(server, {"a": {"1": [], "2": []}, "b": {"1": []}})
        machine = Machine(tmp_path / "home", server, tmp_path / "shop")
        machine.declare({"one": ["a<2"], "two": ["b"]})
        yield machine


def key(machine: Machine, **selection: tuple[str, ...]) -> CacheKey:
    return cache_key(machine.project, None, machine.settings, **selection)


def test_a_key_begins_with_each_of_its_prefixes_the_longest_first(machine: Machine) -> None:
    machine.resolve()
    found = key(machine)
    assert all(found.key.startswith(prefix) for prefix in found.prefixes)
    assert [len(prefix) for prefix in found.prefixes] == sorted(map(len, found.prefixes), reverse=True)
    assert found.key.replace("-", "").replace("_", "").isalnum()


def test_another_checkout_on_another_machine_has_the_same_key(machine: Machine, tmp_path: Path) -> None:
    machine.resolve()
    shutil.copytree(machine.project, tmp_path / "elsewhere")
    other = Machine(tmp_path / "other", machine.server, tmp_path / "elsewhere")
    assert key(other) == key(machine)


def test_a_requirement_that_changes_leaves_the_first_prefix(machine: Machine) -> None:
    machine.resolve()
    before = key(machine)
    machine.declare({"one": ["a<2"], "two": ["b", "a<2"]})
    after = key(machine)
    assert after.key != before.key
    assert after.prefixes == before.prefixes


def test_artifacts_that_change_leave_the_last_prefix_alone(machine: Machine) -> None:
    machine.resolve()
    before = key(machine)
    machine.declare({"one": ["a>=2"], "two": ["b"]})
    machine.resolve()
    after = key(machine)
    assert after.prefixes[0] != before.prefixes[0]
    assert after.prefixes[1] == before.prefixes[1]


def test_what_other_targets_ship_does_not_count(machine: Machine) -> None:
    machine.resolve()
    before = key(machine, targets=("two",)), key(machine, targets=("one",))
    machine.declare({"one": ["a>=2"], "two": ["b"]})
    machine.resolve()
    after = key(machine, targets=("two",)), key(machine, targets=("one",))
    assert after[0].prefixes == before[0].prefixes
    assert after[1].prefixes[0] != before[1].prefixes[0]


def test_without_a_lock_what_is_declared_is_the_key(machine: Machine) -> None:
    before = key(machine)
    assert "no-lock" in before.key
    machine.declare({"one": ["a"]})
    assert key(machine).key != before.key


def test_a_lock_alone_will_do(machine: Machine, tmp_path: Path) -> None:
    machine.resolve()
    (tmp_path / "alone").mkdir()
    shutil.copy(machine.lock, tmp_path / "alone")
    assert cache_key(tmp_path / "alone", None, machine.settings) == key(machine)
    with pytest.raises(LockMissing):
        cache_key(tmp_path / "home", None, machine.settings)


def test_a_target_that_is_none_is_a_mistake(machine: Machine) -> None:
    machine.resolve()
    with pytest.raises(UsageError, match="three"):
        key(machine, targets=("three",))
