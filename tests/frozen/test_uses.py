"""Who uses something is who is given its file by a fetch."""

from hypothesis import given

from frazil.frozen.selection import choose, select
from frazil.frozen.subjects import find_subject, parse_subject
from frazil.frozen.uses import uses_of
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock, lock_of
from tests.support.route_checks import assert_made_of_steps


@law
@given(worlds())
def test_the_users_of_a_release_are_those_that_a_fetch_gives_its_file_to(world: World) -> None:
    frozen = world.frozen()
    targets, environments = choose(frozen)
    selected = select(frozen).artifacts
    for artifact in {each.artifact.filename for each in selected}:
        uses = uses_of(frozen, parse_subject(artifact), targets, environments)
        found = {(use.target, environment) for use in uses.uses for environment in use.environments}
        assert found == {user for each in selected if each.artifact.filename == artifact for user in each.users}
        for use in uses.uses:
            assert use.filenames == (artifact,)
            assert {name for route in use.routes for name in route.environments} == {*use.environments}
            for route in use.routes:
                assert_made_of_steps(frozen, route)


def test_only_the_versions_that_were_asked_about_count() -> None:
    frozen = example_lock()
    targets, environments = choose(frozen)
    uses = uses_of(frozen, find_subject(frozen, "numpy<2.2"), targets, environments)
    assert [(use.target, use.environments, use.stop.version) for use in uses.uses] == [
        ("services/api", ("windows",), "2.1.3"),
        ("services/api[postgres]", ("windows",), "2.1.3"),
    ]
    assert [held.stop.version for held in uses.releases] == ["2.1.3"]


def test_a_file_that_only_one_environment_takes_is_used_there_alone() -> None:
    frozen = example_lock()
    targets, environments = choose(frozen)
    uses = uses_of(frozen, parse_subject("psycopg2_binary-2.9.10-cp312-cp312-win_amd64.whl"), targets, environments)
    assert [(use.target, use.environments) for use in uses.uses] == [("services/api[postgres]", ("windows",))]


def test_the_nearest_way_is_told() -> None:
    frozen = lock_of({"a": ("1", ["b"]), "b": ("1", [])}, targets={"api": ["a", "b"]})
    uses = uses_of(frozen, find_subject(frozen, "b"), frozen.inputs.targets, ["linux"])
    ((route,),) = [use.routes for use in uses.uses]
    assert [leg.destination.name for leg in route.legs] == ["b"]


def test_nobody_is_an_answer() -> None:
    frozen = example_lock()
    targets, environments = choose(frozen)
    uses = uses_of(frozen, find_subject(frozen, "numpy<1"), targets, environments)
    assert (uses.uses, uses.releases) == ((), ())


def test_what_holds_back_is_what_admits_no_version_outside_of_those_asked_about() -> None:
    frozen = lock_of(
        {"a": ("1", ["url<2"]), "b": ("1", ["url<9"]), "url": ("1.5", [])}, targets={"api": ["a", "b", "url"]}
    )
    uses = uses_of(frozen, find_subject(frozen, "url<3"), frozen.inputs.targets, ["linux"])
    ((hold,),) = [held.holds for held in uses.releases]
    assert hold.by == "a"
