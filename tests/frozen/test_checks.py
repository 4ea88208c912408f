"""Checks between the values of a lock, where files of fixtures would say too little about the border."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from frazil.frozen.checks import check
from frazil.frozen.decoding import decode_frozen
from frazil.frozen.document import DocumentError
from frazil.frozen.inputs import frozen_edge
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenIndex,
    FrozenPolicy,
    FrozenTarget,
    Inputs,
)
from frazil.model import IndexSource, PackageRules, Rules
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement
from tests.support.frozen_worlds import locks, mapped

LINUX = parse_environment("linux", "3.12", "manylinux_2_28_x86_64")
WINDOWS = parse_environment("windows", "3.12", "win_amd64")
BOTH = ("linux", "windows")


def edge(text: str, **changes: object) -> FrozenEdge:
    return replace(frozen_edge(parse_requirement(text), (LINUX, WINDOWS)), **changes)  # type: ignore[arg-type]


def artifact(filename: str, *environments: str) -> FrozenArtifact:
    digest = hashlib.sha256(filename.encode()).hexdigest()
    return FrozenArtifact(filename=filename, sha256=digest, size=1, environments=environments or None)


def release(name: str, version: str = "1.0", **changes: object) -> Coordinate:
    plain = Coordinate(
        name=name,
        version=version,
        source=IndexSource("default"),
        resolves=(("default", BOTH),),
        artifacts=(artifact(f"{name.replace('-', '_')}-{version}-py3-none-any.whl"),),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def lock(*coordinates: Coordinate, requirements: tuple[FrozenEdge, ...] = (), **changes: object) -> Frozen:
    """Make a lock of one target that asks for `requirements`, else for all that is pinned."""
    asked = requirements or tuple(edge(coordinate.name) for coordinate in coordinates)
    inputs = Inputs(
        environments=(LINUX, WINDOWS),
        resolves=(("build", FrozenPolicy()), ("default", FrozenPolicy())),
        targets=(FrozenTarget(name="app", environments=BOTH, requirements=asked),),
    )
    return Frozen(inputs=replace(inputs, **changes), coordinates=coordinates)  # type: ignore[arg-type]


def refusal(frozen: Frozen) -> str:
    with pytest.raises(DocumentError) as caught:
        check(frozen)
    return str(caught.value)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(locks())
def test_checking_returns_the_maps_that_must_be(frozen: Frozen) -> None:
    maps = check(frozen)
    assert [maps[position] for position in range(len(frozen.coordinates))] == [c.targets for c in frozen.coordinates]


def test_the_maps_of_the_value_are_not_looked_at() -> None:
    assert check(lock(release("a"))) == {0: (("*", ("app",)),)}


# Edges that a file does not have ---------------------------------------------------------------------------


def told_apart(asking: FrozenEdge, *artifacts: FrozenArtifact) -> Frozen:
    """A release of two files, of which one asks for `b` and the other may not."""
    files = artifacts or (artifact("a-1.0-cp312-none-any.whl", "linux"), artifact("a-1.0-py3-none-any.whl", "windows"))
    b = release("b", resolves=(("default", asking.environments or BOTH),))
    return lock(release("a", dependencies=(asking,), artifacts=files), b, requirements=(edge("a"),))


def test_an_edge_may_be_absent_where_another_file_is_taken() -> None:
    check(told_apart(edge("b", environments=("linux",))))


def test_an_edge_may_not_be_absent_where_the_same_file_is_taken() -> None:
    same = artifact("a-1.0-py3-none-any.whl")
    assert refusal(told_apart(edge("b", environments=("linux",)), same)) == (
        'coordinates[0].dependencies[0].environments (a 1.0) is linux, and "b" holds everywhere'
    )


def test_an_edge_may_not_be_absent_where_nothing_is_pinned() -> None:
    alone = release("a", dependencies=(edge("b", environments=("linux",)),), resolves=(("default", ("linux",)),))
    b = release("b", resolves=(("default", ("linux",)),))
    only_there = (edge("a; os_name == 'posix'"),)
    assert "holds everywhere" in refusal(lock(alone, b, requirements=only_there))


def test_an_edge_may_not_hold_where_its_marker_does_not() -> None:
    wrong = edge("b; os_name == 'nt'", environments=BOTH)
    assert "holds in windows" in refusal(told_apart(wrong))


def test_an_edge_of_a_target_holds_exactly_where_its_marker_does() -> None:
    everywhere = edge("a", environments=("linux",))
    assert refusal(lock(release("a"), requirements=(everywhere,))) == (
        'targets.app.requirements[0].environments is linux, and "a" holds everywhere'
    )


# Builds ----------------------------------------------------------------------------------------------------


def built(*build_requirements: FrozenEdge, tool: Coordinate | None = None, **changes: object) -> Frozen:
    source = release(
        "a",
        artifacts=(artifact("a-1.0.tar.gz"),),
        build_resolve="build",
        build_requirements=build_requirements or (edge("tool"),),
    )
    tool = tool or release("tool", resolves=(("build", BOTH),))
    return lock(source, tool, requirements=(edge("a"),), **changes)


def test_the_lists_of_policy_do_not_reach_a_build() -> None:
    policy = FrozenPolicy(
        rules=Rules(exclude_dependencies=("tool",)),
        constraints=(edge("tool>2"),),
        overrides=(edge("tool>3"),),
    )
    check(built(policy=policy))


def test_the_lists_of_the_build_resolve_do() -> None:
    resolves = (("build", FrozenPolicy(constraints=(edge("tool>2"),))), ("default", FrozenPolicy()))
    assert refusal(built(resolves=resolves)) == (
        "resolves.build.constraints[0] narrows tool>2, and resolve build pins tool 1.0 in linux"
    )


def test_a_build_requirement_must_be_satisfied() -> None:
    assert refusal(built(edge("tool>=2"))) == (
        "coordinates[0].build-requirements[0] (a 1.0) asks for tool>=2, and resolve build pins tool 1.0 in linux"
    )


def test_a_member_may_be_pinned_where_it_builds_others_but_nowhere_else() -> None:
    member = FrozenTarget(name="tool", project_name="tool")
    frozen = built()
    inputs = replace(frozen.inputs, targets=(*frozen.inputs.targets, member))
    check(replace(frozen, inputs=inputs))
    everywhere = release("tool", resolves=(("default", BOTH),))
    assert "stands for itself" in refusal(replace(built(tool=everywhere), inputs=inputs))


# Edges that nobody follows ---------------------------------------------------------------------------------


def test_a_gate_that_nobody_asks_for_is_told_even_if_others_ask_for_the_same() -> None:
    gated = edge("b; extra == 'x'", extra="x", environments=None)
    check(lock(release("a", dependencies=(gated,)), release("b"), requirements=(edge("a[x]"), edge("b"))))
    assert refusal(lock(release("a", dependencies=(gated,)), release("b"))) == (
        "coordinates[0].dependencies[0] (a 1.0) is an edge that nothing follows: \"b; extra == 'x'\" holds nowhere "
        "that a is pinned, or nobody asks for its extra"
    )


def test_an_edge_that_holds_only_where_the_release_is_not_pinned_is_told() -> None:
    elsewhere = edge("b; os_name == 'nt'")
    a = release("a", dependencies=(elsewhere,), resolves=(("default", ("linux",)),))
    assert "nothing follows" in refusal(lock(a, release("b"), requirements=(edge("a; os_name == 'posix'"), edge("b"))))


# Policy ----------------------------------------------------------------------------------------------------


def test_an_override_is_what_must_be_satisfied() -> None:
    policy = FrozenPolicy(overrides=(edge("a<2"),))
    check(lock(release("a"), requirements=(edge("a>=5"),), policy=policy))
    assert "asks for a<1, and resolve default pins a 1.0" in refusal(
        lock(release("a"), policy=FrozenPolicy(overrides=(edge("a<1"),)))
    )


def test_a_constraint_narrows_only_where_its_marker_holds() -> None:
    a = release("a", resolves=(("default", ("linux",)),))
    requirements = (edge("a; os_name == 'posix'"),)
    check(lock(a, requirements=requirements, policy=FrozenPolicy(constraints=(edge("a>1; os_name == 'nt'"),))))
    narrowed = FrozenPolicy(constraints=(edge("a>1; os_name == 'posix'"),))
    assert "policy.constraints[0] narrows a>1" in refusal(lock(a, requirements=requirements, policy=narrowed))


def test_pre_releases_and_local_versions_satisfy_what_admits_them() -> None:
    check(lock(release("a", "2.0rc1"), release("b", "1.0+cu12"), requirements=(edge("a>=1"), edge("b==1.0"))))


INDEXES = (
    FrozenIndex(name="corp", url="https://index.example/simple/", packages=("corp-*",)),
    FrozenIndex(name="torch", url="https://torch.index.example/simple/"),
    FrozenIndex(name="default"),
)


@pytest.mark.parametrize(
    ("name", "index", "fits"),
    [
        ("corp-a", "corp", True),
        ("corp-a", "default", False),
        ("a", "corp", False),
        ("a", "default", True),
        ("torch", "torch", True),
        ("torch", "default", False),
    ],
)
def test_a_release_comes_from_the_index_that_may_serve_it(name: str, index: str, *, fits: bool) -> None:
    policy = FrozenPolicy(rules=Rules(packages=(("torch", PackageRules(index="torch")),)))
    frozen = lock(release(name, source=IndexSource(index)), indexes=INDEXES, policy=policy)
    if fits:
        check(frozen)
    else:
        assert f"comes from index {index}" in refusal(frozen)


def test_a_pattern_full_of_stars_is_matched_at_once() -> None:
    stars = FrozenIndex(name="corp", url="https://index.example/simple/", packages=("a*" * 40 + "b",))
    name = "a" * 200
    check(lock(release(name, artifacts=(artifact(f"{name}-1.0.zip"),)), indexes=(stars, FrozenIndex(name="default"))))


def test_a_resolve_may_take_a_project_from_an_index_of_its_own() -> None:
    own = FrozenPolicy(rules=Rules(packages=(("a", PackageRules(index="torch")),)))
    resolves = (("build", FrozenPolicy()), ("default", own))
    check(lock(release("a", source=IndexSource("torch")), indexes=INDEXES, resolves=resolves))
    assert "only from torch" in refusal(lock(release("a"), indexes=INDEXES[1:], resolves=resolves))
    assert "only from torch" in refusal(lock(release("a"), indexes=INDEXES, resolves=resolves))


# A cut lock ------------------------------------------------------------------------------------------------


def test_a_cut_lock_is_judged_by_the_targets_it_was_cut_to() -> None:
    member = FrozenTarget(name="lib", project_name="lib", environments=BOTH, requirements=(edge("gone"),))
    frozen = lock(release("a"))
    whole = replace(frozen, inputs=replace(frozen.inputs, targets=(*frozen.inputs.targets, member)))
    check(replace(whole, subset=("app",)))
    assert refusal(whole) == (
        "targets.lib.requirements[0] asks for gone in linux, and resolve default pins no gone there"
    )


def test_a_mapped_lock_needs_no_mending() -> None:
    frozen = mapped(lock(release("a")))
    assert check(frozen)[0] == frozen.coordinates[0].targets


def test_the_policy_of_a_resolve_is_checked_as_the_project_s() -> None:
    path = Path(__file__).parents[2] / "fixtures" / "frozen" / "v1" / "good" / "small.json"
    document = json.loads(path.read_text())
    del document["frozen-version"]
    check(decode_frozen(document))
    document["resolves"]["default"] = {"packages": {"flask": {"index": "nowhere"}}}
    with pytest.raises(DocumentError, match="nowhere"):
        check(decode_frozen(document))
