"""Every difference is told, with target, file and line; what is no difference is not."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given

from frazil.frozen.graph import is_build_resolve
from frazil.frozen.inputs import inputs_of, reuse_environment
from frazil.frozen.model import FrozenIndex, FrozenPolicy, Inputs
from frazil.frozen.staleness import Difference, differences
from frazil.model import PackageRules, Rules
from frazil.project.declaration import DeclaredIndex, DeclaredProject, DeclaredResolve, Policy, Target
from tests.support.declared_projects import LINUX, MAC, WINDOWS, declared, sample_project
from tests.support.flips import flips
from tests.support.graph_worlds import World, law, worlds

SAMPLE = inputs_of(sample_project())
FLIPPED = list(flips(SAMPLE))


def sentences(found: tuple[Difference, ...]) -> list[str]:
    return [difference.sentence for difference in found]


def told(old: DeclaredProject, new: DeclaredProject) -> list[str]:
    """Return what is said when a lock of one project is read beside another."""
    return sentences(differences(inputs_of(old), inputs_of(new), new))


def with_requirements(*requirements: Any, target: str = "jobs/etl") -> DeclaredProject:
    project = sample_project()
    return replace(
        project,
        targets=tuple(
            replace(each, requirements=requirements) if each.name == target else each for each in project.targets
        ),
    )


# Nothing is forgotten --------------------------------------------------------------------------------------


def test_the_flips_reach_every_field_of_the_inputs() -> None:
    reached = {where for where, _ in FLIPPED}
    for field in fields(Inputs):
        assert any(where.startswith(f".{field.name}") for where in reached)
    for rule in fields(Rules):
        assert any(where.startswith(f".policy.rules.{rule.name}") for where in reached)
    for rule in fields(PackageRules):
        assert any(f".packages[torch].{rule.name}" in where for where in reached)


@pytest.mark.parametrize(("where", "flipped"), FLIPPED, ids=[where for where, _ in FLIPPED])
def test_every_field_that_differs_yields_a_sentence(where: str, flipped: Inputs) -> None:
    assert flipped != SAMPLE
    for locked, now in ((flipped, SAMPLE), (SAMPLE, flipped)):
        # Where nobody declares a file root, the lock's is the one that was learnt.
        learnt = where.endswith((".files", ".files emptied")) and any(
            before.files != after.files and after.files is None
            for before, after in zip(locked.indexes, now.indexes, strict=True)
        )
        assert bool(differences(locked, now)) is not learnt


@law
@given(worlds(), worlds())
def test_only_equal_inputs_are_without_difference(world: World, other: World) -> None:
    assert differences(world.inputs, world.inputs) == ()
    assert bool(differences(world.inputs, other.inputs)) is (world.inputs != other.inputs)


@law
@given(worlds())
def test_a_lock_is_current_for_the_inputs_it_was_made_of(world: World) -> None:
    assert differences(world.frozen().inputs, world.inputs) == ()


# Requirements ----------------------------------------------------------------------------------------------

ETL = "jobs/etl/requirements.txt"


def test_an_added_requirement_names_target_file_and_line() -> None:
    before = with_requirements()
    after = with_requirements(declared("pandas", ETL, 3))
    [found] = differences(inputs_of(before), inputs_of(after), after)
    assert found == Difference(
        kind="requirement-added",
        sentence=f"target jobs/etl: pandas added at {ETL}:3",
        target="jobs/etl",
        file=ETL,
        line=3,
    )
    assert found.fact == f"pandas added at {ETL}:3"


def test_a_replaced_requirement_is_one_difference() -> None:
    manifest = "services/api/pyproject.toml"
    before = with_requirements(declared("flask<3", manifest, 9), target="services/api")
    after = with_requirements(declared("flask<4", manifest, 9), target="services/api")
    assert told(before, after) == ["target services/api: flask<4 replaced flask<3 at services/api/pyproject.toml:9"]


def test_a_removed_requirement_names_the_file_it_stood_in() -> None:
    before = with_requirements(declared("pandas>=2", ETL, 3))
    assert told(before, with_requirements()) == [f"target jobs/etl: pandas>=2 removed from {ETL}"]


def test_a_requirement_that_moved_to_another_file_says_so() -> None:
    before = with_requirements(declared("pandas>=2", ETL, 3))
    after = with_requirements(declared("pandas>=2", line=40))
    assert told(before, after) == [f"target jobs/etl: pandas>=2 moved from {ETL} to pyproject.toml:40"]


def test_demanded_hashes_are_part_of_a_requirement() -> None:
    before = with_requirements(declared("pandas==2", ETL, 3, "sha256:aa"))
    after = with_requirements(declared("pandas==2", ETL, 3, "sha256:bb"))
    assert told(before, after) == [f"target jobs/etl: the hashes that pandas==2 demands changed at {ETL}:3"]


def test_what_went_and_came_of_one_project_is_paired_within_its_file_first() -> None:
    before = with_requirements(declared("a<1", ETL, 1), declared("a<2", "other.txt", 1))
    after = with_requirements(declared("a<3", "other.txt", 1), declared("a<4", ETL, 1), declared("a>=0", ETL, 2))
    assert told(before, after) == [
        f"target jobs/etl: a<4 replaced a<1 at {ETL}:1",
        f"target jobs/etl: a>=0 added at {ETL}:2",
        "target jobs/etl: a<3 replaced a<2 at other.txt:1",
    ]


def test_without_the_project_files_are_named_without_lines() -> None:
    before, after = with_requirements(), with_requirements(declared("pandas", ETL, 3))
    assert sentences(differences(inputs_of(before), inputs_of(after))) == [f"target jobs/etl: pandas added at {ETL}"]


def test_all_reasons_come_at_once_in_the_order_of_targets_files_and_lines() -> None:
    project = sample_project()
    after = replace(
        project,
        policy=replace(project.policy, rules=replace(project.policy.rules, prerelease=None)),
        targets=(
            *(replace(each, requirements=()) for each in project.targets if each.name == "services/api"),
            *(each for each in project.targets if each.name != "services/api"),
            Target(name="tools/report.py", manifest="tools/report.py"),
        ),
    )
    assert told(project, after) == [
        "policy: prerelease changed from allow to nothing",
        "target services/api: numpy>=2 removed from services/api/pyproject.toml",
        "target services/api: uvicorn[standard]>=0.30 removed from services/api/pyproject.toml",
        "target tools/report.py: added at tools/report.py",
    ]


# Targets ---------------------------------------------------------------------------------------------------


def changed_target(**changes: Any) -> DeclaredProject:
    project = sample_project()
    first, *rest = project.targets
    return replace(project, targets=(replace(first, **changes), *rest))


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"resolve": "legacy"}, "moved from resolve default to legacy"),
        ({"environments": ("linux",)}, "environments changed from linux, windows to linux"),
        ({"requires_python": ">=3.13"}, "requires-python changed from >=3.12 to >=3.13"),
        ({"requires_python": None}, "requires-python changed from >=3.12 to nothing"),
        ({"editable": False}, "editable changed from true to false"),
        ({"project_name": "api"}, "project-name changed from services-api to api"),
    ],
)
def test_what_changed_of_a_target_is_said(changes: dict[str, Any], fact: str) -> None:
    assert told(sample_project(), changed_target(**changes)) == [f"target services/api: {fact}"]


def test_a_removed_target_is_named() -> None:
    project = sample_project()
    after = replace(project, targets=project.targets[:2])
    assert told(project, after) == ["target jobs/etl: removed"]


def test_what_no_resolution_depends_on_is_no_difference() -> None:
    assert told(sample_project(), changed_target(sources=("x/**",), version="2.0", extras=("other",))) == []


# Policy ----------------------------------------------------------------------------------------------------


def changed_rules(**changes: Any) -> DeclaredProject:
    project = sample_project()
    return replace(project, policy=replace(project.policy, rules=replace(project.policy.rules, **changes)))


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"exclude_newer": "P3D"}, "exclude-newer changed from P7D to P3D"),
        ({"no_build": True}, "no-build changed from attrs, numpy to true"),
        ({"no_binary": None}, "no-binary changed from lxml to nothing"),
        ({"exclude_dependencies": ("tornado",)}, "ipython removed from exclude-dependencies"),
        ({"exclude_dependencies": ("tornado", "ipython", "jax")}, "jax added to exclude-dependencies"),
        (
            {"packages": (("torch", sample_project().policy.rules.packages[0][1]),)},
            "package jax: index changed from corp to nothing",
        ),
    ],
)
def test_what_changed_of_the_policy_is_said(changes: dict[str, Any], fact: str) -> None:
    assert told(sample_project(), changed_rules(**changes)) == [f"policy: {fact}"]


def test_a_constraint_is_called_one_and_has_its_line() -> None:
    project = sample_project()
    click = declared("click<9", line=11)
    after = replace(project, policy=replace(project.policy, constraints=(project.policy.constraints[0], click)))
    assert told(project, after) == ["constraint click<9 replaced click<8.2 at pyproject.toml:11"]


def test_an_override_is_called_one() -> None:
    project = sample_project()
    after = replace(project, policy=replace(project.policy, overrides=()))
    assert told(project, after) == ["override h11>=0.16 removed from pyproject.toml"]


def test_a_resolve_has_its_own_constraints() -> None:
    project = sample_project()
    policy = Policy(rules=project.resolves[0].policy.rules, constraints=(declared("sqlalchemy<3", line=20),))
    after = replace(project, resolves=(DeclaredResolve(name="legacy", policy=policy), DeclaredResolve()))
    assert told(project, after) == [
        "resolve legacy: constraint sqlalchemy<3 replaced sqlalchemy<2 at pyproject.toml:20"
    ]


def test_resolves_that_come_and_go_are_named() -> None:
    project = sample_project()
    after = replace(
        project, resolves=(*project.resolves, DeclaredResolve(name="new", policy=Policy(rules=Rules(share="strict"))))
    )
    assert told(project, after) == ["resolve new added", "resolve new: share changed from nothing to strict"]
    assert "resolve new removed" in told(after, project)


def test_a_resolve_that_builds_brought_in_is_no_difference() -> None:
    locked = replace(
        SAMPLE, resolves=(("build", FrozenPolicy()), ("build:docopt@0.6.2", FrozenPolicy()), *SAMPLE.resolves)
    )
    assert is_build_resolve(locked.resolves[0][0])
    assert differences(locked, SAMPLE) == ()


# Indexes ---------------------------------------------------------------------------------------------------


def test_indexes_that_come_go_and_change_places_are_named() -> None:
    project = sample_project()
    default, corp = project.indexes
    other = DeclaredIndex(name="other", url="https://other.example/simple/")
    assert told(project, replace(project, indexes=(corp, default))) == [
        "indexes are tried in the order corp, default instead of default, corp"
    ]
    assert told(project, replace(project, indexes=(default, corp, other))) == ["index other added"]
    assert told(project, replace(project, indexes=(corp,))) == ["index default removed"]


def test_an_index_at_another_address_is_said_without_credentials() -> None:
    project = sample_project()
    default, corp = project.indexes
    moved = replace(corp, url="https://user:secret@elsewhere.example/simple/")
    assert told(project, replace(project, indexes=(default, moved))) == [
        "index corp: address changed from https://index.example/simple/ to https://elsewhere.example/simple/"
    ]


def test_a_file_root_counts_only_when_it_is_declared() -> None:
    learnt = replace(SAMPLE, indexes=(FrozenIndex(name="a", url="https://a.example/", files="https://f.example/"),))
    silent = replace(SAMPLE, indexes=(FrozenIndex(name="a", url="https://a.example/"),))
    other = replace(SAMPLE, indexes=(FrozenIndex(name="a", url="https://a.example/", files="https://g.example/"),))
    assert differences(learnt, silent) == ()
    assert sentences(differences(learnt, other)) == [
        "index a: files changed from https://f.example/ to https://g.example/"
    ]


# Environments ----------------------------------------------------------------------------------------------


def test_a_new_environment_is_one_difference_however_many_targets_it_reaches() -> None:
    project = sample_project()
    after = replace(
        project,
        environments=(*project.environments, MAC),
        targets=tuple(replace(each, environments=("linux", "mac", "windows")) for each in project.targets[:2])
        + project.targets[2:],
    )
    assert told(project, after) == ["environment mac added (python 3.13, macosx_14_0_arm64)"]
    assert told(after, project) == ["environment mac removed"]


def test_a_changed_environment_says_what_changed() -> None:
    newer = replace(MAC, name="linux")
    after = replace(sample_project(), environments=(WINDOWS, newer))
    assert told(sample_project(), after) == [
        "environment linux: platform changed from manylinux_2_28_x86_64 to macosx_14_0_arm64",
        "environment linux: python changed from 3.12 to 3.13",
    ]


def test_a_variable_that_changed_alone_is_named() -> None:
    markers = tuple((name, "s390x" if name == "platform_machine" else value) for name, value in LINUX.markers)
    after = replace(sample_project(), environments=(WINDOWS, replace(LINUX, markers=markers)))
    assert told(sample_project(), after) == ["environment linux: platform_machine changed from x86_64 to s390x"]


def test_wheel_tags_follow_from_the_platform_and_are_not_compared() -> None:
    after = replace(sample_project(), environments=(WINDOWS, replace(LINUX, tags=())))
    assert told(sample_project(), after) == []


def bare(environment: Any, *requirements: Any) -> DeclaredProject:
    return DeclaredProject(
        root=sample_project().root,
        config_file=None,
        environments=(environment,),
        environments_declared=False,
        targets=(
            Target(name=".", manifest="pyproject.toml", environments=(environment.name,), requirements=requirements),
        ),
    )


def test_an_undeclared_environment_is_not_compared() -> None:
    tzdata = declared("tzdata; sys_platform=='win32'", line=4)
    mine, theirs = bare(LINUX, tzdata), bare(WINDOWS, tzdata)
    locked = inputs_of(theirs)
    assert differences(locked, inputs_of(mine), mine) == ()
    reused = reuse_environment(mine, locked)
    assert inputs_of(reused) == locked


def test_requirements_are_compared_under_an_undeclared_environment_too() -> None:
    mine = bare(LINUX, declared("flask", line=4))
    assert sentences(differences(inputs_of(bare(WINDOWS)), inputs_of(mine), mine)) == [
        "target .: flask added at pyproject.toml:4"
    ]


def test_environments_that_are_no_longer_declared_are_a_difference() -> None:
    mine = bare(LINUX)
    locked = replace(inputs_of(mine), environments=(LINUX, WINDOWS))
    assert sentences(differences(locked, inputs_of(mine), mine)) == [
        "environments are no longer declared (locked: linux, windows)"
    ]
