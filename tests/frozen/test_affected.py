"""Who is affected is who is given other files by a fetch, and nobody else."""

from dataclasses import replace

from hypothesis import given

from frazil.frozen.affected import affected
from frazil.frozen.closure import closure_digests
from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.walk import reached
from frazil.project.environments import parse_environment
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock
from tests.support.world_pairs import lock_pairs

Pairs = dict[tuple[str, str], tuple[str, ...]]
"""By target and environment: why."""


def pairs(old: Frozen | None, new: Frozen, sources: dict[str, list[str]] | None = None) -> Pairs:
    found = affected(old, new, new.inputs.targets, new.environments_by_name, sources=sources)
    return {(each.target, each.environment): each.reasons for each in found}


@law
@given(lock_pairs())
def test_the_affected_are_those_whose_closure_digest_is_another(locks: tuple[Frozen, Frozen]) -> None:
    old, new = locks
    before, after = closure_digests(old), closure_digests(new)
    assert {*pairs(old, new)} == {pair for pair, digest in after.items() if before.get(pair) != digest}


@law
@given(worlds())
def test_nobody_is_affected_by_the_same_lock_and_everybody_by_one_that_cannot_be_read(world: World) -> None:
    frozen = world.frozen()
    assert pairs(frozen, world.frozen()) == {}
    everything = pairs(None, frozen)
    assert {*everything} == {(target.name, name) for target in frozen.inputs.targets for name in target.environments}
    assert {*everything.values()} <= {("unreadable",)}


@law
@given(worlds())
def test_the_files_of_a_member_concern_whoever_reaches_it(world: World) -> None:
    frozen = world.frozen()
    found = pairs(frozen, frozen, {"libs/common": ["libs/common/a.py"]})
    assert {*found} == {
        (target.name, name)
        for target in frozen.inputs.targets
        for name in target.environments
        if target.name == "libs/common"
        or any(member.name == "libs/common" for member in reached(frozen, target.name, name).members)
    }
    assert {*found.values()} <= {("sources",)}


def bumped(frozen: Frozen, name: str, environment: str) -> Frozen:
    """Return a lock with another file of a project in one environment."""
    coordinates = []
    for each in frozen.coordinates:
        artifact = each.artifact_for(environment)
        if each.name == name and artifact is not None:
            files = tuple(replace(a, sha256="0" * 64) if a is artifact else a for a in each.artifacts)
            coordinates.append(replace(each, artifacts=files))
        else:
            coordinates.append(each)
    return replace(frozen, coordinates=tuple(coordinates))


def test_a_bump_on_windows_alone_leaves_linux_alone() -> None:
    old = example_lock()
    found = pairs(old, bumped(old, "psycopg2-binary", "windows"))
    assert found == {("services/api[postgres]", "windows"): ("closure",)}


def test_the_projects_whose_files_differ_are_named() -> None:
    old = example_lock()
    found = affected(old, bumped(old, "h11", "linux"), old.inputs.targets, ["linux"])
    assert {(each.target, each.projects) for each in found} == {
        ("services/api", ("h11",)),
        ("services/api[postgres]", ("h11",)),
    }


def test_an_environment_that_is_another_machine_now_affects_all_that_live_there() -> None:
    old = example_lock()
    newer = parse_environment("windows", "3.13", "win_amd64")
    environments = tuple(newer if e.name == "windows" else e for e in old.inputs.environments)
    new = replace(old, inputs=replace(old.inputs, environments=environments))
    assert {*pairs(old, new).values()} == {("environment",)}
    assert {environment for _, environment in pairs(old, new)} == {"windows"}


def test_a_target_that_is_new_is_affected_and_one_that_is_gone_is_not() -> None:
    old = example_lock()
    added = FrozenTarget(name="jobs/new", environments=("linux",))
    new = replace(old, inputs=replace(old.inputs, targets=(*old.inputs.targets, added)))
    assert pairs(old, new) == {("jobs/new", "linux"): ("new",)}
    assert pairs(new, old) == {}
