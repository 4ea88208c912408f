"""What moved, where, for whom, and which requirement pushed it."""

from dataclasses import replace

import pytest
from hypothesis import given

from frazil.frozen.diff import Change, Changes, changes, spreads
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenPolicy,
    FrozenTarget,
    Inputs,
)
from frazil.frozen.reasons import Reason
from frazil.frozen.walk import target_maps
from frazil.model import DirectorySource, IndexSource, Source
from frazil.requirement import parse_requirement
from tests.support.graph_worlds import ENVIRONMENTS, World, law, worlds

BOTH = ("linux", "windows")
DEFAULT = IndexSource("default")


def edge(text: str, declared_in: str | None = None) -> FrozenEdge:
    return FrozenEdge(requirement=parse_requirement(text), declared_in=declared_in)


def release(
    name: str,
    version: str | None,
    *dependencies: str,
    environments: tuple[str, ...] = BOTH,
    resolve: str = "default",
    source: Source = DEFAULT,
    digest: str = "0",
) -> Coordinate:
    return Coordinate(
        name=name,
        version=version,
        source=source,
        resolves=((resolve, environments),),
        dependencies=tuple(edge(text) for text in dependencies),
        artifacts=(FrozenArtifact(filename=f"{name}-{version}.whl", sha256=digest * 64, size=1),),
    )


def lock(targets: dict[str, list[str]], *coordinates: Coordinate, policy: FrozenPolicy = FrozenPolicy()) -> Frozen:  # noqa: B008
    frozen = Frozen(
        inputs=Inputs(
            policy=policy,
            environments=tuple(e for e in ENVIRONMENTS if e.name in BOTH),
            resolves=(("default", FrozenPolicy()),),
            targets=tuple(
                FrozenTarget(
                    name=name, environments=BOTH, requirements=tuple(edge(text, "pyproject.toml") for text in texts)
                )
                for name, texts in targets.items()
            ),
        ),
        coordinates=coordinates,
    )
    maps = target_maps(frozen)
    return replace(
        frozen, coordinates=tuple(replace(c, targets=maps[index]) for index, c in enumerate(frozen.coordinates))
    )


def reason(kind: str, by: str, text: str, version: str | None = None, file: str | None = None) -> Reason:
    return Reason(kind=kind, by=by, version=version, requirement=parse_requirement(text), file=file)


def only(old: Frozen | None, new: Frozen) -> Change:
    [change] = changes(old, new).changes
    return change


# Laws ------------------------------------------------------------------------------------------------------


@law
@given(worlds())
def test_nothing_moved_from_a_lock_to_itself(world: World) -> None:
    frozen = world.frozen()
    found = changes(frozen, frozen)
    assert not found
    assert found == Changes(unchanged=len({c.name for c in frozen.coordinates}))


@law
@given(worlds(), worlds())
def test_the_way_back_is_the_mirror_image(world: World, other: World) -> None:
    opposite = {"added": "removed", "removed": "added", "upgraded": "downgraded", "downgraded": "upgraded"}
    forth, back = changes(world.frozen(), other.frozen()), changes(other.frozen(), world.frozen())
    assert {(c.name, c.kind, c.old, c.new, c.environments, c.resolves) for c in forth.changes} == {
        (c.name, opposite.get(c.kind, c.kind), c.new, c.old, c.environments, c.resolves) for c in back.changes
    }
    assert forth.unchanged == back.unchanged
    assert forth.targets_added == back.targets_removed
    assert forth.environments_added == back.environments_removed


@law
@given(worlds(), worlds())
def test_every_place_that_differs_is_told_once(world: World, other: World) -> None:
    old, new = world.frozen(), other.frozen()
    told = [
        (resolve, environment, change.name)
        for change in changes(old, new).changes
        for resolve, environment, name in {*old.pins} | {*new.pins}
        if name == change.name and resolve in change.resolves and environment in change.environments
        if _of(old, resolve, environment, name)[0] == change.old
        if _of(new, resolve, environment, name)[0] == change.new
        if _of(old, resolve, environment, name) != _of(new, resolve, environment, name)
    ]
    differing = {place for place in {*old.pins} | {*new.pins} if _of(old, *place) != _of(new, *place)}
    assert {*told} == differing


def _of(frozen: Frozen, *place: str) -> tuple[str | None, FrozenArtifact | None, Source | None]:
    resolve, environment, name = place
    found = frozen.pins.get((resolve, environment, name))
    if found is None:
        return (None, None, None)
    artifact = found.artifact_for(environment)
    plain = None if artifact is None else replace(artifact, environments=None)
    return (found.version, plain, found.source)


@law
@given(worlds())
def test_a_first_lock_adds_every_project_and_compares_with_nothing(world: World) -> None:
    frozen = world.frozen()
    found = changes(None, frozen)
    assert found.first
    assert found.unchanged == 0
    assert {change.name for change in found.changes} == {c.name for c in frozen.coordinates}
    assert {change.kind for change in found.changes} <= {"added"}
    assert found.targets_added == tuple(target.name for target in frozen.inputs.targets)


# What pushed it --------------------------------------------------------------------------------------------


def test_an_upgrade_names_the_requirement_that_rules_the_old_version_out() -> None:
    old = lock({"jobs/etl": ["pyarrow>=20"]}, release("pyarrow", "21.0"))
    new = lock(
        {"jobs/etl": ["polars>=1", "pyarrow>=20"]},
        release("polars", "1.35.1", "pyarrow>=22"),
        release("pyarrow", "22.0"),
    )
    added, upgraded = changes(old, new).changes
    assert (added.name, added.kind, added.everywhere, added.targets) == ("polars", "added", True, ("jobs/etl",))
    assert added.reasons == (reason("target", "jobs/etl", "polars>=1", file="pyproject.toml"),)
    assert (upgraded.name, upgraded.kind, upgraded.old, upgraded.new) == ("pyarrow", "upgraded", "21.0", "22.0")
    assert upgraded.reasons == (reason("coordinate", "polars", "pyarrow>=22", "1.35.1"),)


def test_a_downgrade_may_come_from_a_constraint() -> None:
    old = lock({"app": ["numpy"]}, release("numpy", "2.2"))
    new = lock(
        {"app": ["numpy"]},
        release("numpy", "2.1"),
        policy=FrozenPolicy(constraints=(edge("numpy<2.2", "pyproject.toml"), edge("numpy>1", "pyproject.toml"))),
    )
    change = only(old, new)
    assert change.kind == "downgraded"
    assert change.reasons == (reason("constraint", "", "numpy<2.2", file="pyproject.toml"),)


def test_an_upgrade_that_nobody_forced_has_no_reason() -> None:
    change = only(lock({"app": ["numpy"]}, release("numpy", "2.2")), lock({"app": ["numpy"]}, release("numpy", "2.3")))
    assert (change.kind, change.reasons) == ("upgraded", ())


def test_a_removed_project_names_what_asked_for_it() -> None:
    old = lock({"app": ["web"]}, release("web", "1.0", "h11"), release("h11", "0.16"))
    new = lock({"app": ["web"]}, release("web", "1.0"))
    change = only(old, new)
    assert (change.kind, change.old, change.new, change.everywhere) == ("removed", "0.16", None, True)
    assert change.targets == ("app",)
    assert change.reasons == (reason("coordinate", "web", "h11", "1.0"),)
    assert (change.old_files, change.new_files) == (("h11-0.16.whl",), ())


# Where -----------------------------------------------------------------------------------------------------


def test_a_change_in_one_environment_says_so() -> None:
    old = lock({"app": ["numpy"]}, release("numpy", "2.2"))
    new = lock(
        {"app": ["numpy"]},
        release("numpy", "2.2", environments=("windows",)),
        release("numpy", "2.3", environments=("linux",)),
    )
    change = only(old, new)
    assert (change.kind, change.environments, change.everywhere) == ("upgraded", ("linux",), False)


def test_versions_are_compared_as_versions() -> None:
    change = only(lock({"app": ["a"]}, release("a", "1.9")), lock({"app": ["a"]}, release("a", "1.10")))
    assert change.kind == "upgraded"


def test_a_project_that_reaches_one_more_environment_is_not_new() -> None:
    old = lock({"app": ["a"]}, release("a", "1", environments=("linux",)))
    new = lock({"app": ["a"]}, release("a", "1"))
    change = only(old, new)
    assert (change.kind, change.environments, change.everywhere) == ("added", ("windows",), False)


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (release("a", "1", digest="1"), "artifacts"),
        (release("a", "1", source=IndexSource("corp")), "source"),
    ],
)
def test_the_same_version_may_still_be_another_file_or_from_elsewhere(new: Coordinate, kind: str) -> None:
    change = only(lock({"app": ["a"]}, release("a", "1")), lock({"app": ["a"]}, new))
    assert (change.kind, change.old, change.new) == (kind, "1", "1")


def test_a_project_that_becomes_a_directory_changes_its_source() -> None:
    directory = replace(release("a", None, source=DirectorySource("vendor/a")), artifacts=())
    assert only(lock({"app": ["a"]}, release("a", "1")), lock({"app": ["a"]}, directory)).kind == "source"


def test_who_is_concerned_is_read_where_the_change_is() -> None:
    old = lock({"api": ["a"], "web": ["b"]}, release("a", "1"), release("b", "1"))
    new = lock({"api": ["a"], "web": ["b"]}, release("a", "2"), release("b", "1"))
    assert only(old, new).targets == ("api",)


def test_a_release_that_two_resolves_share_concerns_the_targets_of_the_one_that_moved() -> None:
    def two(default: str, legacy: str) -> Frozen:
        versions = {default: [("default", BOTH)]}
        versions.setdefault(legacy, []).append(("legacy", BOTH))
        frozen = lock(
            {"api": ["a"], "etl": ["a"]},
            *(replace(release("a", version), resolves=tuple(places)) for version, places in versions.items()),
        )
        targets = tuple(replace(t, resolve="legacy") if t.name == "etl" else t for t in frozen.inputs.targets)
        frozen = replace(frozen, inputs=replace(frozen.inputs, targets=targets))
        maps = target_maps(frozen)
        return replace(
            frozen, coordinates=tuple(replace(c, targets=maps[index]) for index, c in enumerate(frozen.coordinates))
        )

    change = only(two("1", "2"), two("1", "1"))
    assert (change.kind, change.resolves, change.targets) == ("downgraded", ("legacy",), ("etl",))


def test_a_build_s_pins_concern_the_targets_that_ship_what_is_built() -> None:
    def built(version: str) -> Frozen:
        sdist = FrozenArtifact(filename="a-1.tar.gz", sha256="0" * 64, size=1)
        return lock(
            {"app": ["a"]},
            replace(
                release("a", "1"), build_resolve="build", build_requirements=(edge("setuptools"),), artifacts=(sdist,)
            ),
            release("setuptools", version, resolve="build"),
        )

    change = only(built("70"), built("75"))
    assert (change.name, change.resolves, change.targets) == ("setuptools", ("build",), ("app",))


def test_a_constraint_is_a_reason_only_where_it_holds() -> None:
    constraint = replace(edge("numpy<2.2; sys_platform == 'win32'"), environments=("windows",))
    old = lock({"app": ["numpy"]}, release("numpy", "2.2"))
    new = lock(
        {"app": ["numpy"]},
        release("numpy", "2.1", environments=("linux",)),
        release("numpy", "2.2", environments=("windows",)),
        policy=FrozenPolicy(constraints=(constraint,)),
    )
    assert only(old, new).reasons == ()


def test_targets_and_environments_that_come_and_go_are_told() -> None:
    old, new = lock({"api": []}), lock({"web": []})
    less = replace(new, inputs=replace(new.inputs, environments=new.inputs.environments[:1]))
    found = changes(old, less)
    assert (found.targets_added, found.targets_removed, found.environments_removed) == (
        ("web",),
        ("api",),
        ("windows",),
    )
    assert found


# Spreads ---------------------------------------------------------------------------------------------------


def test_a_project_that_differs_by_environment_is_told_with_its_versions() -> None:
    frozen = lock(
        {"app": ["numpy", "tzdata; sys_platform == 'win32'", "web"]},
        release("numpy", "2.3.4", environments=("windows",)),
        release("numpy", "2.3.5", environments=("linux",)),
        release("tzdata", "2025.1", environments=("windows",)),
        release("web", "1.0"),
    )
    numpy, tzdata = spreads(frozen)
    assert (numpy.name, numpy.versions, numpy.absent) == (
        "numpy",
        (("2.3.5", ("linux",)), ("2.3.4", ("windows",))),
        (),
    )
    assert (tzdata.name, tzdata.versions, tzdata.absent) == ("tzdata", (("2025.1", ("windows",)),), ("linux",))


@law
@given(worlds())
def test_what_does_not_spread_is_the_same_in_every_environment_of_its_resolve(world: World) -> None:
    frozen = world.frozen()
    spread = {(each.name, each.resolve) for each in spreads(frozen)}
    versions: dict[tuple[str, str], set[str | None]] = {}
    for (resolve, _, name), coordinate in frozen.pins.items():
        versions.setdefault((name, resolve), set()).add(coordinate.version)
    assert all(len(found) == 1 for key, found in versions.items() if key not in spread)
