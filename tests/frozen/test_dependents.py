"""Who depends on something, against the steps of the walk."""

import pytest
from hypothesis import given

from frazil.frozen.between import find_end
from frazil.frozen.dependents import dependents_of
from frazil.frozen.model import Frozen
from frazil.frozen.selection import choose
from frazil.frozen.walk import steps_in
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock, lock_of


def found(frozen: Frozen, *roots: str, transitive: bool = False, closed: bool = False) -> list[str]:
    targets, environments = choose(frozen)
    (root,) = roots
    stops = dependents_of(
        frozen, find_end(frozen, root).means, targets, environments, transitive=transitive, closed=closed
    )
    return [stop.label for stop in stops]


@law
@given(worlds())
def test_the_direct_dependents_are_the_sources_of_steps_that_lead_there(world: World) -> None:
    frozen = world.frozen()
    environments = tuple(frozen.environments_by_name)
    for coordinate in frozen.coordinates:
        stops = dependents_of(frozen, lambda a, _, c=coordinate: a is c, frozen.inputs.targets, environments)  # type: ignore[misc]
        expected = {
            step.source.name
            for environment in environments
            for step in steps_in(frozen, environment)
            if step.destination is coordinate and step.source is not coordinate
        }
        assert {stop.name for stop in stops} == expected


CHAIN = lock_of({"a": ("1", ["b"]), "b": ("1", ["c"]), "c": ("1", ["b"])}, targets={"api": ["a"], "web": ["c"]})


@pytest.mark.behaviour("QG-1")
def test_dependents_are_direct_or_transitive_with_or_without_what_was_asked_about() -> None:
    assert found(CHAIN, "b") == ["a 1", "c 1"]
    assert found(CHAIN, "b", transitive=True) == ["a 1", "api", "c 1", "web"]
    assert found(CHAIN, "b", closed=True) == ["a 1", "b 1", "c 1"]
    assert found(CHAIN, "b", transitive=True, closed=True) == ["a 1", "api", "b 1", "c 1", "web"]


def test_a_member_has_dependents_by_its_target_or_its_name() -> None:
    assert (
        found(example_lock(), "libs/common") == found(example_lock(), "services-common") == ["jobs/etl", "services/api"]
    )


def test_a_project_that_nobody_asks_for_by_name_has_none() -> None:
    assert found(example_lock(), "services/api") == []
