"""The walk says what the rules of the format say, as a slow reading of the same rules does."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given

from frazil.frozen.graph import is_build_resolve, needs_build
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenPolicy,
    FrozenTarget,
    Inputs,
)
from frazil.frozen.walk import EVERYWHERE, dangling, orphans, reached, steps_in, survey, target_maps
from frazil.model import IndexSource, Rules
from frazil.requirement import parse_requirement
from tests.support.graph_worlds import ENVIRONMENTS, World, law, worlds

# A naive walk ----------------------------------------------------------------------------------------------


def naive_reach(frozen: Frozen, target: str, environment: str) -> set[int]:
    """Read the rules literally: facts (resolve, name, extra), round after round until nothing is new."""
    facts: set[tuple[str, str, str | None]] = set()
    start = frozen.targets_by_name[target]
    first = [edge for part in {target, target.partition("[")[0]} for edge in frozen.targets_by_name[part].requirements]
    while True:
        more = set(_effective(frozen, first, start.resolve, environment, None))
        for resolve, name, extra in facts:
            more |= set(_continued(frozen, resolve, name, extra, environment))
        if more <= facts:
            return {
                index
                for index, coordinate in enumerate(frozen.coordinates)
                for resolve, names in coordinate.resolves
                if environment in names and (resolve, coordinate.name, None) in facts
            }
        facts |= more


def _continued(
    frozen: Frozen, resolve: str, name: str, extra: str | None, environment: str
) -> Iterator[tuple[str, str, str | None]]:
    pinned = frozen.pins.get((resolve, environment, name))
    if pinned is not None:
        yield from _effective(frozen, pinned.dependencies, resolve, environment, extra)
        artifact = pinned.artifact_for(environment)
        if pinned.build_resolve and artifact is not None and not artifact.filename.endswith(".whl"):
            yield from _effective(frozen, pinned.build_requirements, pinned.build_resolve, environment, None)
        return
    for member in frozen.inputs.targets:
        if member.project_name == name:
            wanted = member.name if extra is None else f"{member.name}[{extra}]"
            for target in frozen.inputs.targets:
                if target.name == wanted:
                    yield from _effective(frozen, target.requirements, resolve, environment, None)


def _effective(
    frozen: Frozen, edges: object, resolve: str, environment: str, gate: str | None
) -> Iterator[tuple[str, str, str | None]]:
    policies = [policy for name, policy in frozen.inputs.resolves if name == resolve]
    if not resolve.startswith("build"):
        policies.append(frozen.inputs.policy)
    for edge in edges:  # type: ignore[attr-defined]
        name = edge.requirement.name
        if edge.extra != gate or (edge.environments is not None and environment not in edge.environments):
            continue
        if any(name in policy.rules.exclude_dependencies for policy in policies):
            continue
        extras = set(edge.requirement.extras)
        for policy in policies:
            for override in policy.overrides:
                if override.requirement.name == name and override.holds_in(environment):
                    extras |= set(override.requirement.extras)
        yield (resolve, name, None)
        for extra in extras:
            yield (resolve, name, extra)


# Laws ------------------------------------------------------------------------------------------------------


@law
@given(worlds())
def test_the_walk_agrees_with_a_naive_one(world: World) -> None:
    frozen = world.frozen()
    for target in frozen.inputs.targets:
        for environment in frozen.environments_by_name:
            found = reached(frozen, target.name, environment)
            naive = naive_reach(frozen, target.name, environment)
            assert found.coordinates == tuple(frozen.coordinates[index] for index in sorted(naive))
            assert {*found.build} <= {*found.coordinates}


@law
@given(worlds())
def test_the_maps_tell_the_difference_to_the_base_and_nothing_else(world: World) -> None:
    frozen = world.frozen()
    maps = target_maps(frozen)
    assert maps == {index: coordinate.targets for index, coordinate in enumerate(frozen.coordinates)}
    told = {
        (index, name, environment)
        for index, pairs in maps.items()
        for key, names in pairs
        for name in names
        for environment in frozen.environments_by_name
        if environment in frozen.targets_by_name[name].environments
        and environment in frozen.coordinates[index].environments
        and key in {EVERYWHERE, environment}
    }
    assert told == {
        (index, target.name, environment)
        for target in frozen.inputs.targets
        for environment in target.environments
        for index in naive_reach(frozen, target.name, environment)
        - (
            naive_reach(frozen, target.base, environment)
            if target.base is not None and environment in frozen.targets_by_name[target.base].environments
            else set()
        )
    }


@law
@given(worlds())
def test_a_target_is_named_everywhere_exactly_when_it_ships_in_all_common_environments(world: World) -> None:
    frozen = world.frozen()
    for coordinate in frozen.coordinates:
        by_key = dict(coordinate.targets)
        assert list(by_key) == sorted(by_key)
        assert all(list(names) == sorted(names) and names for names in by_key.values())
        everywhere = {*by_key.pop(EVERYWHERE, ())}
        for name in {name for names in by_key.values() for name in names}:
            common = {*frozen.targets_by_name[name].environments} & {*coordinate.environments}
            assert name not in everywhere
            assert {key for key, names in by_key.items() if name in names} < common


@law
@given(worlds())
def test_an_assembled_world_has_no_loose_ends(world: World) -> None:
    found = survey(world.frozen())
    assert (found.dangling, found.orphans, found.idle) == ((), (), ())


@law
@given(worlds())
def test_the_steps_of_an_environment_are_those_of_all_its_targets(world: World) -> None:
    frozen = world.frozen()
    for environment in frozen.environments_by_name:
        each = {
            step
            for target in frozen.inputs.targets
            if environment in target.environments
            for step in reached(frozen, target.name, environment).steps
        }
        steps = steps_in(frozen, environment)
        # What only `P[x]` brings to `P`'s own environments is walked from `P` when `P` lives there.
        assert {*steps} <= each
        assert {step.destination for step in each} == {step.destination for step in steps} | {
            step.destination
            for target in frozen.inputs.targets
            if target.base is not None
            and environment in target.environments
            and environment not in frozen.targets_by_name[target.base].environments
            for step in reached(frozen, target.name, environment).steps
        }


# Single rules ----------------------------------------------------------------------------------------------


def edge(text: str, *, extra: str | None = None, environments: tuple[str, ...] | None = None) -> FrozenEdge:
    return FrozenEdge(requirement=parse_requirement(text), extra=extra, environments=environments)


def release(
    name: str,
    *dependencies: FrozenEdge,
    resolve: str = "default",
    environments: tuple[str, ...] = ("linux", "windows"),
    filename: str | None = None,
    builds_with: tuple[FrozenEdge, ...] | None = None,
) -> Coordinate:
    file = filename or f"{name}-1.0-py3-none-any.whl"
    return Coordinate(
        name=name,
        version="1.0",
        source=IndexSource("default"),
        resolves=((resolve, environments),),
        dependencies=dependencies,
        build_resolve=None if builds_with is None else "build",
        build_requirements=builds_with or (),
        artifacts=(FrozenArtifact(filename=file, sha256="0" * 64, size=1),),
    )


def target(
    name: str,
    *requirements: FrozenEdge,
    project: str | None = None,
    resolve: str = "default",
    environments: tuple[str, ...] = ("linux", "windows"),
) -> FrozenTarget:
    return FrozenTarget(
        name=name, project_name=project, resolve=resolve, environments=environments, requirements=requirements
    )


def lock(
    targets: list[FrozenTarget],
    coordinates: list[Coordinate],
    policy: FrozenPolicy = FrozenPolicy(),  # noqa: B008 - a frozen value
    resolves: dict[str, FrozenPolicy] | None = None,
) -> Frozen:
    return Frozen(
        inputs=Inputs(
            policy=policy,
            environments=tuple(e for e in ENVIRONMENTS if e.name != "mac"),
            resolves=tuple((resolves or {"build": FrozenPolicy(), "default": FrozenPolicy()}).items()),
            targets=tuple(targets),
        ),
        coordinates=tuple(coordinates),
    )


def names(frozen: Frozen, name: str, environment: str = "linux") -> list[str]:
    return [coordinate.name for coordinate in reached(frozen, name, environment).coordinates]


def test_an_edge_outside_the_environment_is_not_followed() -> None:
    frozen = lock(
        [target("app", edge("click"))],
        [
            release("click", edge("colorama", environments=("windows",))),
            release("colorama", environments=("windows",)),
        ],
    )
    assert names(frozen, "app") == ["click"]
    assert names(frozen, "app", "windows") == ["click", "colorama"]
    assert target_maps(frozen)[1] == ((EVERYWHERE, ("app",)),)


def test_a_gate_opens_only_where_the_extra_is_asked_for() -> None:
    coordinates = [release("httptools"), release("uvicorn", edge("httptools", extra="standard"))]
    assert names(lock([target("app", edge("uvicorn"))], coordinates), "app") == ["uvicorn"]
    assert names(lock([target("app", edge("uvicorn[standard]"))], coordinates), "app") == ["httptools", "uvicorn"]


def test_an_extra_may_ask_for_other_extras_of_its_own_project() -> None:
    frozen = lock(
        [target("app", edge("cloud[all]"))],
        [
            release("cloud", edge("cloud[s3]", extra="all"), edge("boto", extra="s3"), edge("gcs", extra="gs")),
            release("boto"),
            release("gcs"),
        ],
    )
    assert names(frozen, "app") == ["cloud", "boto"]


def test_an_excluded_edge_is_skipped_even_when_the_target_asks_itself() -> None:
    policy = FrozenPolicy(rules=Rules(exclude_dependencies=("h11",)))
    frozen = lock([target("app", edge("h11"), edge("web"))], [release("h11"), release("web", edge("h11"))], policy)
    assert names(frozen, "app") == ["web"]


def test_an_override_brings_its_extras_and_keeps_those_asked_for() -> None:
    frozen = lock(
        [target("app", edge("web[x]<1"))],
        [release("web", edge("alpha", extra="x"), edge("beta", extra="y")), release("alpha"), release("beta")],
        FrozenPolicy(overrides=(edge("web[y]>=1"),)),
    )
    assert names(frozen, "app") == ["web", "alpha", "beta"]
    [step, *_] = reached(frozen, "app", "linux").steps
    assert str(step.edge.requirement) == "web[x,y]>=1"
    assert step.replaced == edge("web[x]<1")


def test_an_override_replaces_only_where_its_marker_holds() -> None:
    frozen = lock(
        [target("app", edge("web"))],
        [release("web", edge("alpha", extra="y")), release("alpha", environments=("windows",))],
        FrozenPolicy(overrides=(edge("web[y]", environments=("windows",)),)),
    )
    assert names(frozen, "app") == ["web"]
    assert names(frozen, "app", "windows") == ["web", "alpha"]


def test_each_resolve_adds_its_own_lists_to_those_of_the_policy() -> None:
    excluding = FrozenPolicy(rules=Rules(exclude_dependencies=("beta",)))
    frozen = lock(
        [target("app", edge("alpha"), edge("beta"), edge("gamma"), resolve="legacy")],
        [release(name, resolve="legacy") for name in ("alpha", "beta", "gamma")],
        FrozenPolicy(rules=Rules(exclude_dependencies=("alpha",))),
        {"legacy": excluding},
    )
    assert names(frozen, "app") == ["gamma"]


def test_a_build_resolve_does_not_inherit_the_lists_of_the_policy() -> None:
    frozen = lock(
        [target("app", edge("docopt"))],
        [
            release("docopt", filename="docopt-1.0.tar.gz", builds_with=(edge("setuptools"),)),
            release("setuptools", resolve="build"),
        ],
        FrozenPolicy(rules=Rules(exclude_dependencies=("setuptools",))),
    )
    assert names(frozen, "app") == ["docopt", "setuptools"]
    assert [c.name for c in reached(frozen, "app", "linux").build] == ["setuptools"]


def test_a_release_taken_as_a_wheel_brings_no_build_requirements() -> None:
    built = release("docopt", filename="docopt-1.0.tar.gz", builds_with=(edge("setuptools"),))
    wheel = FrozenArtifact(filename="docopt-1.0-py3-none-any.whl", sha256="1" * 64, size=1, environments=("linux",))
    sdist = replace(built.artifacts[0], environments=("windows",))
    mixed = replace(built, artifacts=(wheel, sdist))
    assert not needs_build(mixed, "linux")
    assert needs_build(mixed, "windows")
    frozen = lock(
        [target("app", edge("docopt"))], [mixed, release("setuptools", resolve="build", environments=("windows",))]
    )
    assert names(frozen, "app") == ["docopt"]
    assert names(frozen, "app", "windows") == ["docopt", "setuptools"]
    assert survey(frozen).dangling == ()


def test_a_member_s_requirements_flow_to_its_users_in_their_resolve() -> None:
    frozen = lock(
        [
            target("libs/common", edge("sqlalchemy"), project="services-common"),
            target("libs/common[fast]", edge("uvloop")),
            target("jobs/etl", edge("services-common[fast]"), resolve="legacy"),
        ],
        [
            release("sqlalchemy", resolve="default"),
            replace(release("sqlalchemy", resolve="legacy"), version="0.9"),
            replace(release("uvloop"), resolves=(("default", ("linux", "windows")), ("legacy", ("linux", "windows")))),
        ],
    )
    found = reached(frozen, "jobs/etl", "linux")
    assert [(c.name, c.version) for c in found.coordinates] == [("sqlalchemy", "0.9"), ("uvloop", "1.0")]
    assert [member.name for member in found.members] == ["libs/common", "libs/common[fast]"]


def test_an_extra_of_a_target_lists_only_what_it_adds() -> None:
    frozen = lock(
        [target("api", edge("web")), target("api[pg]", edge("psycopg"), edge("web")), target("api:dev", edge("web"))],
        [release("psycopg"), release("web")],
    )
    assert names(frozen, "api[pg]") == ["psycopg", "web"]
    assert target_maps(frozen) == {
        0: ((EVERYWHERE, ("api[pg]",)),),
        1: ((EVERYWHERE, ("api", "api:dev")),),
    }


def test_an_extra_lists_all_where_its_target_does_not_live() -> None:
    frozen = lock(
        [target("api", edge("web"), environments=("linux",)), target("api[pg]", edge("psycopg"))],
        [release("psycopg"), release("web")],
    )
    assert target_maps(frozen)[1] == ((EVERYWHERE, ("api",)), ("windows", ("api[pg]",)))


def test_projects_that_depend_on_each_other_in_a_circle_are_all_reached() -> None:
    frozen = lock(
        [target("app", edge("alpha")), target("other", edge("gamma"))],
        [
            release("alpha", edge("beta")),
            release("beta", edge("gamma")),
            release("gamma", edge("alpha"), edge("delta")),
            release("delta"),
        ],
    )
    assert set(target_maps(frozen).values()) == {((EVERYWHERE, ("app", "other")),)}


def test_a_chain_longer_than_the_stack_is_walked() -> None:
    long = 3000
    chain = [release(f"p{i}", edge(f"p{i + 1}")) for i in range(long)] + [release(f"p{long}")]
    frozen = lock([target("app", edge("p0"))], chain)
    assert target_maps(frozen)[long] == ((EVERYWHERE, ("app",)),)
    assert len(reached(frozen, "app", "linux").steps) == long + 1


def test_a_cut_lock_is_walked_only_from_the_targets_it_was_cut_to() -> None:
    frozen = lock(
        [target("api", edge("services-common")), target("libs/common", edge("web"), project="services-common")],
        [release("web")],
    )
    assert target_maps(frozen)[0] == ((EVERYWHERE, ("api", "libs/common")),)
    assert target_maps(replace(frozen, subset=("api",)))[0] == ((EVERYWHERE, ("api",)),)


# Loose ends ------------------------------------------------------------------------------------------------


def test_an_edge_that_leads_nowhere_is_told_with_its_place() -> None:
    frozen = lock(
        [target("app", edge("web")), target("app[x]")],
        [release("web", edge("gone", environments=("windows",)))],
    )
    [found] = dangling(frozen)
    assert (found.environment, found.resolve, found.source.name) == ("windows", "default", "web")
    assert str(found.edge.requirement) == "gone"
    [*_, step] = reached(frozen, "app", "windows").steps
    assert step.destination is None


def test_a_missing_requirement_of_a_target_is_told_once_for_it_and_its_extras() -> None:
    frozen = lock([target("app", edge("gone")), target("app[x]")], [])
    assert [(d.environment, d.source.name) for d in dangling(frozen)] == [("linux", "app"), ("windows", "app")]


def test_a_pin_that_nobody_reaches_is_an_orphan_where_it_is() -> None:
    frozen = lock(
        [target("app", edge("web", environments=("linux",)))],
        [release("web"), release("lonely")],
    )
    assert [c.name for c in orphans(frozen)] == ["lonely"]
    assert {(o.coordinate.name, o.environment) for o in survey(frozen).orphans} == {
        ("web", "windows"),
        ("lonely", "linux"),
        ("lonely", "windows"),
    }


@pytest.mark.parametrize(
    "idle",
    [
        edge("beta", extra="nobody-asks"),
        edge("beta", environments=("windows",)),
        edge("beta", environments=()),
    ],
)
def test_an_edge_that_no_walk_meets_is_idle(idle: FrozenEdge) -> None:
    frozen = lock([target("app", edge("web"))], [release("web", idle, environments=("linux",))])
    assert survey(frozen).idle == ((frozen.coordinates[0], idle),)


def test_build_requirements_of_a_wheel_are_idle() -> None:
    frozen = lock([target("app", edge("web"))], [release("web", builds_with=(edge("setuptools"),))])
    assert survey(frozen).idle == ((frozen.coordinates[0], edge("setuptools")),)


@pytest.mark.parametrize(
    ("name", "answer"), [("build", True), ("build:docopt@0.6.2", True), ("builder", False), ("default", False)]
)
def test_build_resolves_are_known_by_their_name(name: str, *, answer: bool) -> None:
    assert is_build_resolve(name) is answer
