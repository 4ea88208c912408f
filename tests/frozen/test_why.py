"""Why a release is there: every requirement of a target that leads to it, told with edges that exist."""

from hypothesis import given

from frazil.frozen.selection import choose
from frazil.frozen.subjects import Subject, find_subject
from frazil.frozen.walk import reached
from frazil.frozen.why import explain, in_brief
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock, lock_of
from tests.support.route_checks import assert_made_of_steps


@law
@given(worlds())
def test_every_edge_and_every_place_told_is_in_the_lock(world: World) -> None:
    frozen = world.frozen()
    targets, environments = choose(frozen)
    for name in {coordinate.name for coordinate in frozen.coordinates}:
        for found in explain(frozen, Subject(written=name, name=name), targets, environments, most=5):
            coordinate = frozen.coordinates[found.stop.place]
            for route in found.routes:
                assert_made_of_steps(frozen, route)
                assert route.end.place == found.stop.place
                assert {*route.environments} <= {*found.environments}
            shipping = {
                (target.name, environment)
                for target in targets
                for environment in environments
                if environment in target.environments
                and any(each is coordinate for each in reached(frozen, target.name, environment).coordinates)
            }
            told = {(route.start.name, environment) for route in found.routes for environment in route.environments}
            # What P[x] has from P is told of P.
            left_out = {(t, e) for t, e in shipping - told if (frozen.targets_by_name[t].base, e) in shipping}
            assert told <= shipping == told | left_out


def test_each_requirement_of_a_target_that_leads_there_has_its_shortest_way() -> None:
    frozen = lock_of(
        {"a": ("1", ["b"]), "b": ("1", ["c"]), "c": ("1", []), "d": ("1", [])},
        targets={"api": ["a", "c", "d"]},
    )
    (found,) = explain(frozen, find_subject(frozen, "c"), frozen.inputs.targets, ["linux"], most=1)
    ways = [[leg.destination.name for leg in route.legs] for route in found.routes]
    assert ways == [["c"], ["a", "b", "c"]]
    assert found.more == 0


def test_ways_as_short_are_counted_where_they_are_not_listed() -> None:
    frozen = lock_of(
        {"a": ("1", ["b", "c"]), "b": ("1", ["z"]), "c": ("1", ["z"]), "z": ("1", [])}, targets={"api": ["a"]}
    )
    subject = find_subject(frozen, "z")
    (cut,) = explain(frozen, subject, frozen.inputs.targets, ["linux"], most=1)
    assert (len(cut.routes), cut.more) == (1, 1)
    (whole,) = explain(frozen, subject, frozen.inputs.targets, ["linux"], most=10)
    assert (len(whole.routes), whole.more) == (2, 0)
    brief = in_brief(whole)
    assert (brief.routes, brief.more) == (whole.routes[:1], 1)


@law
@given(worlds())
def test_in_brief_every_requirement_keeps_its_environments_and_what_is_left_out_is_counted(world: World) -> None:
    frozen = world.frozen()
    for name in {coordinate.name for coordinate in frozen.coordinates}:
        for whole in explain(frozen, Subject(written=name, name=name), *choose(frozen)):
            brief = in_brief(whole)
            assert {*brief.routes} <= {*whole.routes}
            assert len(brief.routes) + brief.more == len(whole.routes) + whole.more
            for found in (brief, whole):
                places = {(r.start, r.legs[0].requirement, name) for r in found.routes for name in r.environments}
                assert places == {(r.start, r.legs[0].requirement, n) for r in whole.routes for n in r.environments}


def test_what_an_extra_has_from_its_base_is_told_of_the_base_unless_that_is_left_out() -> None:
    frozen = example_lock()
    subject = find_subject(frozen, "h11")
    both = [frozen.targets_by_name[name] for name in ("services/api", "services/api[postgres]")]
    (found,) = explain(frozen, subject, both, ["linux"], most=1)
    assert {route.start.name for route in found.routes} == {"services/api"}
    (found,) = explain(frozen, subject, both[1:], ["linux"], most=1)
    assert {route.start.name for route in found.routes} == {"services/api[postgres]"}


def test_several_versions_are_explained_one_by_one() -> None:
    frozen = example_lock()
    found = explain(frozen, find_subject(frozen, "numpy"), frozen.inputs.targets, ["linux", "windows"], most=1)
    assert [(each.stop.version, each.environments) for each in found] == [
        ("2.1.3", ("windows",)),
        ("2.2.1", ("linux",)),
    ]


def test_a_build_is_a_way_too_and_says_so() -> None:
    frozen = example_lock()
    target = frozen.targets_by_name["jobs/etl"]
    (found,) = explain(frozen, find_subject(frozen, "setuptools"), [target], ["linux"], most=1)
    (route,) = found.routes
    assert [(leg.destination.name, leg.building) for leg in route.legs] == [("docopt", False), ("setuptools", True)]


def test_a_member_is_explained_by_who_asks_for_it() -> None:
    frozen = example_lock()
    (found,) = explain(frozen, find_subject(frozen, "services-common"), frozen.inputs.targets, ["linux"], most=1)
    assert {route.start.name for route in found.routes} == {"jobs/etl", "services/api"}
    assert found.holds == ()
