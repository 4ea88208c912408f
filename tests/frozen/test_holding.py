"""What holds a release back keeps every newer one out; what does not, holds nothing."""

from dataclasses import replace

import pytest

from frazil.frozen.holding import Hold, bounds_above, holds_on
from frazil.frozen.model import Frozen, FrozenEdge, FrozenPolicy
from frazil.frozen.routes import Roads
from frazil.requirement import parse_requirement
from tests.support.locks import example_lock, lock_of


def holds(frozen: Frozen, name: str, *, specifier: str = "", environment: str = "linux") -> tuple[Hold, ...]:
    coordinate = next(each for each in frozen.coordinates if each.name == name)
    return holds_on(frozen, coordinate, [Roads(frozen, environment, frozen.inputs.targets)], specifier=specifier)


@pytest.mark.parametrize(
    ("requirement", "bounded"),
    [
        ("a", False),
        ("a>=1", False),
        ("a!=1.5", False),
        ("a>1,!=2", False),
        ("a<2", True),
        ("a<=2", True),
        ("a>=1,<2", True),
        ("a==1.*", True),
        ("a==1.0", True),
        ("a~=1.4", True),
        ("a===1.0", True),
        ("a @ https://files.index.example/a-1-py3-none-any.whl", True),
    ],
)
def test_a_requirement_bounds_what_is_newer_or_does_not(requirement: str, *, bounded: bool) -> None:
    assert bounds_above(parse_requirement(requirement)) is bounded


@pytest.mark.parametrize(
    ("requirement", "condemned", "bounded"),
    [
        ("a<2.6", "<2.7", True),
        ("a<3", "<2.7", False),
        ("a<2.7", "<2.7", True),
        ("a==2.5.*", "<2.7", True),
        ("a>=1", "<2.7", False),
    ],
)
def test_with_versions_in_question_only_that_holds_which_admits_no_other(
    requirement: str, condemned: str, *, bounded: bool
) -> None:
    assert bounds_above(parse_requirement(requirement), condemned) is bounded


def test_the_holder_is_named_with_the_requirement_of_each_target_that_brings_it() -> None:
    frozen = lock_of(
        {"boto": ("1", ["core"]), "core": ("1", ["url<2"]), "url": ("1.5", [])},
        targets={"api": ["boto>=1"], "web": ["url>=1"], "etl": ["core"]},
    )
    (hold,) = holds(frozen, "url")
    assert (hold.kind, hold.by, hold.version, hold.requirement.head) == ("coordinate", "core", "1", "url<2")
    assert [(each.target, each.requirement.head) for each in hold.behind] == [("api", "boto>=1"), ("etl", "core")]


def test_a_target_holds_by_itself() -> None:
    frozen = lock_of({"a": ("1", [])}, targets={"api": ["a<2"], "web": ["a"]})
    (hold,) = holds(frozen, "a")
    assert (hold.kind, hold.by, hold.behind) == ("target", "api", ())


def test_constraints_of_the_project_and_of_a_resolve_hold_and_overrides_do() -> None:
    frozen = lock_of({"a": ("1", []), "b": ("1", ["a<9"])}, targets={"api": ["b", "a"]})
    policy = FrozenPolicy(
        constraints=(FrozenEdge(requirement=parse_requirement("a<3"), declared_in="pyproject.toml"),),
        overrides=(FrozenEdge(requirement=parse_requirement("a<5"), declared_in="pyproject.toml"),),
    )
    resolve = FrozenPolicy(constraints=(FrozenEdge(requirement=parse_requirement("a<4"), declared_in="c.txt"),))
    frozen = replace(frozen, inputs=replace(frozen.inputs, policy=policy, resolves=(("default", resolve),)))
    found = {(hold.kind, hold.by, hold.requirement.head, hold.file) for hold in holds(frozen, "a")}
    assert found == {
        ("constraint", "", "a<3", "pyproject.toml"),
        ("constraint", "default", "a<4", "c.txt"),
        ("override", "", "a<5", "pyproject.toml"),
    }


def test_a_constraint_of_the_project_does_not_hold_a_builds_pin() -> None:
    frozen = example_lock()
    policy = FrozenPolicy(constraints=(FrozenEdge(requirement=parse_requirement("setuptools<80")),))
    frozen = replace(frozen, inputs=replace(frozen.inputs, policy=policy))
    assert holds(frozen, "setuptools") == ()


def test_what_holds_in_one_environment_names_it() -> None:
    frozen = example_lock()
    numpy = next(each for each in frozen.coordinates if each.name == "numpy" and each.version == "2.1.3")
    roads = [Roads(frozen, name, frozen.inputs.targets) for name in ("linux", "windows")]
    (hold,) = holds_on(frozen, numpy, roads)
    assert (hold.requirement.head, hold.environments) == ("numpy<2.2", ("windows",))
