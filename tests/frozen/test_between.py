"""The ways between two things: shortest first, never round in circles, none where there is none."""

import pytest
from hypothesis import given

from frazil.errors import UsageError
from frazil.frozen.between import End, Ways, find_end, ways_between
from frazil.frozen.model import Frozen
from frazil.frozen.subjects import Subject
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock, lock_of
from tests.support.route_checks import assert_made_of_steps


def ways(frozen: Frozen, start: str, goal: str, *, most: int = 20) -> Ways:
    environments = tuple(frozen.environments_by_name)
    return ways_between(frozen, find_end(frozen, start), find_end(frozen, goal), environments, most=most)


def passed(found: Ways) -> list[list[str]]:
    return [[route.start.name, *(leg.destination.name for leg in route.legs)] for route in found.routes]


@law
@given(worlds())
def test_every_way_is_made_of_edges_of_the_lock_and_shorter_ones_come_first(world: World) -> None:
    frozen = world.frozen()
    names = tuple(target.name for target in frozen.inputs.targets)
    goal = End(subject=Subject(written="beta", name="beta"))
    found = ways_between(frozen, End(targets=names), goal, tuple(frozen.environments_by_name), most=30)
    lengths = [len(route.legs) for route in found.routes]
    assert lengths == sorted(lengths)
    assert len(found.routes) <= 30
    for route in found.routes:
        assert_made_of_steps(frozen, route)
        assert route.end.name == "beta"


DIAMOND = lock_of(
    {"a": ("1", ["b", "c", "d"]), "b": ("1", ["d"]), "c": ("1", ["b", "a"]), "d": ("1", [])},
    targets={"api": ["a"], "web": ["c"]},
)


@pytest.mark.behaviour("QG-2")
def test_ways_come_shortest_first_and_no_circle_is_walked_twice() -> None:
    assert passed(ways(DIAMOND, "a", "d")) == [["a", "d"], ["a", "b", "d"], ["a", "c", "b", "d"]]


@pytest.mark.behaviour("QG-2")
def test_no_way_is_an_empty_answer_and_to_itself_there_is_one_without_edges() -> None:
    assert passed(ways(DIAMOND, "d", "a")) == []
    assert passed(ways(DIAMOND, "a", "a")) == [["a"]]
    assert passed(ways(example_lock(), "libs/common", "libs/common")) == [["libs/common"]]


@pytest.mark.behaviour("QG-2")
def test_either_side_may_stand_for_many() -> None:
    assert passed(ways(DIAMOND, "*", "b"))[:2] == [["api", "a", "b"], ["web", "c", "b"]]
    frozen = example_lock()
    assert {route.start.name for route in ways(frozen, "**", "libs/*").routes} >= {"jobs/etl", "services/api"}


def test_only_so_many_ways_are_told_and_that_there_are_more() -> None:
    found = ways(DIAMOND, "api", "d", most=2)
    assert (len(found.routes), found.more) == (2, True)
    assert not ways(DIAMOND, "api", "d").more
    assert ways(DIAMOND, "api", "d", most=0).routes == ()


def test_a_way_that_holds_in_one_environment_names_it() -> None:
    (route,) = ways(example_lock(), "click", "colorama").routes
    assert route.environments == ("windows",)


def test_an_end_that_is_nothing_is_a_mistake() -> None:
    with pytest.raises(UsageError, match='no project "x"'):
        find_end(DIAMOND, "x")
    with pytest.raises(UsageError):
        find_end(DIAMOND, "services/*")
