"""A selection is read off the maps, and is what a walk of every target would bring."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import UsageError
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget, Inputs
from frazil.frozen.selection import Selection, select
from frazil.model import DirectorySource, IndexSource
from tests.frozen.test_walk import naive_reach
from tests.support.graph_worlds import ENVIRONMENTS, World, law, worlds

NAMES = ("jobs/etl", "libs/common", "services/api", "services/api:dev", "services/api[x]")


@law
@given(worlds(), st.sets(st.sampled_from(NAMES)), st.data())
def test_a_selection_is_what_walking_every_target_brings(world: World, chosen: set[str], data: st.DataObject) -> None:
    frozen = world.frozen()
    available = tuple(frozen.environments_by_name)
    targets = chosen or {*NAMES}
    lived = {name for target in targets for name in frozen.targets_by_name[target].environments}
    places = data.draw(st.sets(st.sampled_from(sorted(lived))))
    found = select(frozen, targets=chosen, environments=places)
    expected = {
        (artifact.filename, artifact.sha256, target, environment)
        for target in targets
        for environment in places or available
        if environment in frozen.targets_by_name[target].environments
        for index in naive_reach(frozen, target, environment)
        if (artifact := frozen.coordinates[index].artifact_for(environment)) is not None
    }
    assert expected == {
        (selected.artifact.filename, selected.artifact.sha256, *user)
        for selected in found.artifacts
        for user in selected.users
    }
    assert found.targets == tuple(sorted(targets))
    assert found.environments == tuple(sorted(places or available))
    filenames = [selected.artifact.filename for selected in found.artifacts]
    assert filenames == sorted(filenames)
    assert all(list(selected.users) == sorted(set(selected.users)) for selected in found.artifacts)


@law
@given(worlds())
def test_no_edge_and_no_marker_is_looked_at(world: World) -> None:
    frozen = world.frozen()
    blind = Frozen(
        inputs=replace(
            frozen.inputs, targets=tuple(replace(target, requirements=()) for target in frozen.inputs.targets)
        ),
        coordinates=tuple(replace(c, dependencies=(), build_requirements=()) for c in frozen.coordinates),
    )
    assert _files(select(blind)) == _files(select(frozen))


def _files(selection: Selection) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [(selected.artifact.filename, selected.users) for selected in selection.artifacts]


# By name ---------------------------------------------------------------------------------------------------

BOTH = ("linux", "windows")


def target(name: str, *, project: str | None = None, environments: tuple[str, ...] = BOTH) -> FrozenTarget:
    return FrozenTarget(name=name, project_name=project, environments=environments)


def shipped(name: str, **targets: tuple[str, ...]) -> Coordinate:
    return Coordinate(
        name=name,
        version="1.0",
        source=IndexSource("default"),
        resolves=(("default", BOTH),),
        targets=tuple((key.replace("everywhere", "*"), names) for key, names in sorted(targets.items())),
        artifacts=(FrozenArtifact(filename=f"{name}-1.0-py3-none-any.whl", sha256="0" * 64, size=1),),
    )


@pytest.fixture
def frozen() -> Frozen:
    targets = (
        target("."),
        target("jobs/deep/nightly"),
        target("jobs/etl", environments=("linux",)),
        target("libs/common", project="services-common"),
        target("libs/common:build-system"),
        target("services/api", project="services-api"),
        target("services/api:dev"),
        target("services/api[pg]"),
        target("services/web", project="services-web"),
    )
    return Frozen(
        inputs=Inputs(environments=tuple(e for e in ENVIRONMENTS if e.name in BOTH), targets=targets),
        coordinates=(
            shipped("alpha", everywhere=("jobs/etl", "services/api")),
            shipped("beta", everywhere=("services/api[pg]",)),
            shipped("gamma", windows=("services/api",), everywhere=("services/web",)),
            shipped("hatchling", everywhere=("libs/common:build-system",)),
        ),
    )


def files(selection: Selection) -> list[str]:
    return [selected.coordinate.name for selected in selection.artifacts]


def test_everything_is_taken_by_default_but_what_builds_members(frozen: Frozen) -> None:
    found = select(frozen)
    assert "libs/common:build-system" not in found.targets
    assert len(found.targets) == len(frozen.inputs.targets) - 1
    assert files(found) == ["alpha", "beta", "gamma"]


@pytest.mark.parametrize("pattern", ["libs/common:build-system", "**/*:build-system", "libs/*:build-system"])
def test_what_builds_a_member_is_taken_when_named(frozen: Frozen, pattern: str) -> None:
    assert files(select(frozen, targets=[pattern])) == ["hatchling"]


def test_an_extra_ships_what_its_target_ships_too(frozen: Frozen) -> None:
    found = select(frozen, targets=["services/api[pg]"])
    assert files(found) == ["alpha", "beta", "gamma"]
    assert {user for selected in found.artifacts for user in selected.users} == {
        ("services/api[pg]", "linux"),
        ("services/api[pg]", "windows"),
    }
    assert found.targets == ("services/api[pg]",)


def test_an_extra_ships_what_its_target_ships_only_where_the_target_is(frozen: Frozen) -> None:
    narrow = tuple(
        replace(each, environments=("linux",)) if each.name == "services/api" else each
        for each in frozen.inputs.targets
    )
    cut = replace(frozen, inputs=replace(frozen.inputs, targets=narrow))
    alpha, beta = select(cut, targets=["services/api[pg]"]).artifacts
    assert alpha.users == (("services/api[pg]", "linux"),)
    assert beta.users == (("services/api[pg]", "linux"), ("services/api[pg]", "windows"))


def test_a_map_by_environment_counts_there_alone(frozen: Frozen) -> None:
    assert files(select(frozen, targets=["services/api"], environments=["linux"])) == ["alpha"]
    assert files(select(frozen, targets=["services/api"], environments=["windows"])) == ["alpha", "gamma"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("services/*", ["services/api", "services/api:dev", "services/api[pg]", "services/web"]),
        ("*/etl", ["jobs/etl"]),
        ("jobs/*", ["jobs/etl"]),
        ("jobs/**", ["jobs/deep/nightly", "jobs/etl"]),
        ("services/*[*]", ["services/api[pg]"]),
        ("services/api[pg]", ["services/api[pg]"]),
        ("services/w?b", ["services/web"]),
        ("./services/web/", ["services/web"]),
        (".", ["."]),
        ("./", ["."]),
    ],
)
def test_globs_stay_within_a_segment_and_brackets_are_literal(frozen: Frozen, pattern: str, names: list[str]) -> None:
    assert list(select(frozen, targets=[pattern]).targets) == names


def test_several_patterns_add_up(frozen: Frozen) -> None:
    found = select(frozen, targets=["jobs/etl", "services/web", "jobs/*"])
    assert found.targets == ("jobs/etl", "services/web")


def test_an_unknown_target_is_an_error_that_says_what_was_meant(frozen: Frozen) -> None:
    with pytest.raises(UsageError) as caught:
        select(frozen, targets=["services/ap"])
    assert caught.value.sentence == 'unknown target "services/ap"'
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean services/api")
    assert "jobs/etl" in caught.value.hint


def test_a_project_name_in_place_of_a_target_is_an_error_that_names_the_target(frozen: Frozen) -> None:
    member = next(target for target in frozen.inputs.targets if target.project_name and target.name == "services/api")
    with pytest.raises(UsageError) as caught:
        select(frozen, targets=[str(member.project_name).upper()])
    assert caught.value.hint == f"{str(member.project_name).upper()} is the project of services/api: name the target"


def test_a_glob_that_matches_nothing_is_an_error(frozen: Frozen) -> None:
    with pytest.raises(UsageError, match='no target matches "tools/\\*"'):
        select(frozen, targets=["services/api", "tools/*"])


def test_an_unknown_environment_is_an_error_that_lists_those_there_are(frozen: Frozen) -> None:
    with pytest.raises(UsageError) as caught:
        select(frozen, environments=["linus"])
    assert caught.value.sentence == 'unknown environment "linus"'
    assert caught.value.hint == "did you mean linux? environments: linux, windows"


def test_targets_that_are_frozen_for_none_of_the_environments_are_an_error(frozen: Frozen) -> None:
    with pytest.raises(UsageError) as caught:
        select(frozen, targets=["jobs/etl"], environments=["windows"])
    assert caught.value.sentence == "jobs/etl is not frozen for windows"
    assert caught.value.hint == "it is frozen for linux"


def test_nothing_at_all_is_a_selection_too() -> None:
    assert select(Frozen(inputs=Inputs())) == Selection(targets=(), environments=(), artifacts=(), undelivered=())


# What has no file ------------------------------------------------------------------------------------------


def test_members_and_directories_deliver_nothing_and_are_listed(frozen: Frozen) -> None:
    vendored = Coordinate(
        name="vendored",
        version=None,
        source=DirectorySource("vendor/thing"),
        resolves=(("default", BOTH),),
        targets=(("*", ("services/api",)),),
    )
    grown = replace(frozen, coordinates=(*frozen.coordinates, vendored))
    assert select(grown, targets=["services/api[pg]"]).undelivered == ("services/api", "vendor/thing")
    assert select(grown, targets=["services/web"]).undelivered == ("services/web",)
    assert select(grown, targets=["jobs/etl"]).undelivered == ()


def test_a_file_that_is_kept_beside_is_not_delivered(frozen: Frozen) -> None:
    first, *rest = frozen.coordinates
    spare = FrozenArtifact(filename="alpha-1.0.tar.gz", sha256="1" * 64, size=1, environments=())
    grown = replace(frozen, coordinates=(replace(first, artifacts=(*first.artifacts, spare)), *rest))
    assert _files(select(grown)) == _files(select(frozen))


def test_each_environment_gets_the_file_chosen_for_it(frozen: Frozen) -> None:
    first, *rest = frozen.coordinates
    linux = FrozenArtifact(filename="alpha-1.0-linux.whl", sha256="1" * 64, size=1, environments=("linux",))
    windows = FrozenArtifact(filename="alpha-1.0-windows.whl", sha256="2" * 64, size=1, environments=("windows",))
    grown = replace(frozen, coordinates=(replace(first, artifacts=(linux, windows)), *rest))
    assert _files(select(grown, targets=["services/api", "jobs/etl"]))[:2] == [
        ("alpha-1.0-linux.whl", (("jobs/etl", "linux"), ("services/api", "linux"))),
        ("alpha-1.0-windows.whl", (("services/api", "windows"),)),
    ]


def test_a_cut_lock_offers_only_the_targets_it_was_cut_to(frozen: Frozen) -> None:
    cut = replace(frozen, subset=("jobs/etl",))
    assert select(cut).targets == ("jobs/etl",)
    with pytest.raises(UsageError, match="unknown target"):
        select(cut, targets=["services/web"])
