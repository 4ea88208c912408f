"""What a project declares becomes the lock's own words, whatever the order it was declared in."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.frozen.inputs import canonical_inputs, inputs_of, own_manifest, reuse_environment
from frazil.frozen.model import FrozenEdge, FrozenIndex, Inputs
from frazil.project.declaration import DeclaredProject, DeclaredResolve, Policy, Target
from frazil.requirement import parse_requirement
from tests.support.declared_projects import LINUX, MAC, WINDOWS, declared, sample_project
from tests.support.graph_worlds import World, law, worlds


def shuffled(project: DeclaredProject, seed: int) -> DeclaredProject:
    """Return the project with everything declared in another order, where order means nothing."""
    order = random.Random(seed)

    def mixed(items: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(order.sample(items, len(items)))

    def mixed_policy(policy: Policy) -> Policy:
        rules = replace(
            policy.rules,
            exclude_dependencies=mixed(policy.rules.exclude_dependencies),
            packages=mixed(policy.rules.packages),
            no_build=mixed(policy.rules.no_build) if isinstance(policy.rules.no_build, tuple) else None,
        )
        return Policy(rules=rules, constraints=mixed(policy.constraints), overrides=mixed(policy.overrides))

    return replace(
        project,
        policy=mixed_policy(project.policy),
        indexes=tuple(replace(index, packages=mixed(index.packages)) for index in project.indexes),
        environments=mixed(project.environments),
        resolves=mixed(tuple(replace(each, policy=mixed_policy(each.policy)) for each in project.resolves)),
        targets=mixed(
            tuple(
                replace(
                    target,
                    environments=mixed(target.environments),
                    requirements=mixed(tuple(replace(each, hashes=mixed(each.hashes)) for each in target.requirements)),
                )
                for target in project.targets
            )
        ),
    )


@law
@given(st.integers())
def test_the_order_of_declaration_never_shows(seed: int) -> None:
    assert inputs_of(shuffled(sample_project(), seed)) == inputs_of(sample_project())


def test_lines_and_tables_never_show() -> None:
    project = sample_project()
    moved = replace(
        project,
        targets=tuple(
            replace(
                target,
                requirements=tuple(
                    replace(each, origin=replace(each.origin, line=99, table="x")) for each in target.requirements
                ),
            )
            for target in project.targets
        ),
    )
    assert inputs_of(moved) == inputs_of(project)


def test_the_lock_s_words() -> None:
    inputs = inputs_of(sample_project())
    assert [target.name for target in inputs.targets] == ["jobs/etl", "services/api", "services/api[postgres]"]
    assert [environment.name for environment in inputs.environments] == ["linux", "windows"]
    assert [name for name, _ in inputs.resolves] == ["default", "legacy"]
    assert inputs.indexes == (
        FrozenIndex(name="default"),
        FrozenIndex(
            name="corp",
            url="https://index.example/simple/",
            files="https://files.index.example/",
            packages=("acme-*", "corp-*"),
        ),
    )
    assert inputs.policy.rules.no_build == ("attrs", "numpy")
    api = inputs.targets[1]
    assert (api.project_name, api.editable, api.requires_python) == ("services-api", True, ">=3.12")


def test_a_requirement_says_where_it_stands_unless_that_is_its_own_manifest() -> None:
    inputs = inputs_of(sample_project())
    files = {str(e.requirement.name): e.declared_in for target in inputs.targets for e in target.requirements}
    assert files == {
        "numpy": None,
        "uvicorn": None,
        "psycopg2-binary": None,
        "pandas": "jobs/etl/requirements.txt",
        "pywin32": "pyproject.toml",
    }
    assert [edge.declared_in for edge in inputs.policy.constraints] == ["pyproject.toml", "pyproject.toml"]


def test_an_edge_names_the_environments_where_its_marker_holds_unless_all() -> None:
    inputs = inputs_of(sample_project())
    click, numpy = inputs.policy.constraints
    assert (click.environments, numpy.environments) == (None, ("windows",))


def test_a_requirement_is_kept_even_where_it_holds_nowhere() -> None:
    project = replace(
        sample_project(),
        targets=(Target(name=".", manifest="pyproject.toml", requirements=(declared("a; os_name=='x'"),)),),
    )
    [target] = inputs_of(project).targets
    assert target.requirements == (FrozenEdge(requirement=parse_requirement("a; os_name == 'x'"), environments=()),)


def test_hashes_stand_on_the_edge() -> None:
    [pandas, _] = inputs_of(sample_project()).targets[0].requirements
    assert pandas.hashes == ("sha256:aa", "sha256:bb")


def test_a_requirement_declared_twice_is_one() -> None:
    twice = (declared("a>=1", line=3), declared("a>=1", line=9))
    project = replace(sample_project(), targets=(Target(name=".", manifest="pyproject.toml", requirements=twice),))
    assert len(inputs_of(project).targets[0].requirements) == 1


def test_a_resolve_that_only_a_target_names_is_there() -> None:
    project = replace(sample_project(), resolves=(DeclaredResolve(),))
    assert [name for name, _ in inputs_of(project).resolves] == ["default", "legacy"]


@law
@given(worlds())
def test_canonical_inputs_stay_as_they_are(world: World) -> None:
    assert canonical_inputs(world.inputs) == world.inputs


def test_an_edge_that_names_all_environments_is_one_without_names() -> None:
    edge = FrozenEdge(requirement=parse_requirement("a"), environments=("windows", "linux"))
    inputs = inputs_of(sample_project())
    given_all = replace(inputs, policy=replace(inputs.policy, constraints=(edge,)))
    assert canonical_inputs(given_all).policy.constraints == (replace(edge, environments=None),)


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("services/api", "services/api/pyproject.toml"),
        ("services/api[gpu]", "services/api/pyproject.toml"),
        ("services/api:dev", "services/api/pyproject.toml"),
        (".", "pyproject.toml"),
        (".[x]", "pyproject.toml"),
        (".:dev", "pyproject.toml"),
        ("c:odd/api", "c:odd/api/pyproject.toml"),
    ],
)
def test_a_target_s_own_manifest_follows_from_its_name(target: str, file: str) -> None:
    assert own_manifest(target) == file


# An environment that nobody declared ---------------------------------------------------------------------


def undeclared() -> DeclaredProject:
    return DeclaredProject(
        root=sample_project().root,
        config_file=None,
        environments=(LINUX,),
        environments_declared=False,
        targets=(
            Target(
                name=".",
                manifest="pyproject.toml",
                environments=("linux",),
                requirements=(declared("pywin32; sys_platform=='win32'"),),
            ),
        ),
    )


def test_a_colleague_s_environment_is_reused_and_markers_are_evaluated_there() -> None:
    locked = inputs_of(replace(undeclared(), environments=(WINDOWS,)))
    reused = reuse_environment(undeclared(), locked)
    assert reused.environments == (WINDOWS,)
    [target] = inputs_of(reused).targets
    assert (target.environments, target.requirements[0].environments) == (("windows",), None)


@pytest.mark.parametrize(
    "environments", [(), (LINUX, MAC), (replace(LINUX, name="py312"),)], ids=["none", "two", "named"]
)
def test_environments_that_were_declared_once_are_not_reused(environments: tuple) -> None:  # type: ignore[type-arg]
    assert reuse_environment(undeclared(), Inputs(environments=environments)) == undeclared()


def test_declared_environments_are_the_project_s_own() -> None:
    locked = Inputs(environments=(MAC,))
    assert reuse_environment(sample_project(), locked) == sample_project()
