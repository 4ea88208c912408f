"""A cut lock is a lock, and fetches exactly what the whole one fetches for its targets."""

from dataclasses import replace

import pytest
from hypothesis import given

from frazil.frozen.codec import check_frozen, format_frozen, parse_frozen_reporting
from frazil.frozen.cutting import cut
from frazil.frozen.model import Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.frozen.selection import SelectedArtifact, selection_of
from frazil.model import PackageRules, Rules
from frazil.requirement import parse_requirement
from tests.support.frozen_worlds import locks
from tests.support.graph_worlds import law
from tests.support.locks import example_lock
from tests.support.synthetic_lock import synthetic_lock


def fetched(frozen: Frozen, targets: list[FrozenTarget], environments: list[str]) -> set[tuple[object, ...]]:
    """Return all that a fetch asks for: each file with where it comes from and who uses it."""
    selected = selection_of(frozen, targets, environments).artifacts
    return {(each.artifact.filename, *_facts(each), each.users) for each in selected}


def _facts(selected: SelectedArtifact) -> tuple[object, ...]:
    artifact = selected.artifact
    return (artifact.sha256, artifact.size, artifact.path, artifact.url, selected.coordinate.source)


def assert_same(frozen: Frozen, names: list[str], environments: list[str]) -> Frozen:
    targets = [target for target in frozen.inputs.targets if target.name in names]
    small = cut(frozen, targets, environments)
    living = [name for name in environments if name in small.environments_by_name]
    own = [target for target in small.inputs.targets if target.name in names]
    assert fetched(small, own, living) == fetched(frozen, targets, environments)
    assert selection_of(small, own, living).undelivered == selection_of(frozen, targets, environments).undelivered
    return small


@law
@given(locks())
def test_each_target_fetches_the_same_from_its_cut_lock_which_is_sound_and_canonical(frozen: Frozen) -> None:
    everywhere = list(frozen.environments_by_name)
    for target in frozen.inputs.targets:
        for environments in (everywhere, everywhere[:1]):
            small = assert_same(frozen, [target.name], environments)
            check_frozen(small)
            parsed = parse_frozen_reporting(format_frozen(small))
            assert parsed.canonical
            assert parsed.frozen == small
            again = cut(small, [t for t in small.inputs.targets if t.name == target.name], environments)
            assert again == small


@law
@given(locks())
def test_several_targets_are_cut_together(frozen: Frozen) -> None:
    names = [target.name for target in frozen.inputs.targets][:3]
    assert_same(frozen, names, list(frozen.environments_by_name))


def targets_of(frozen: Frozen, *names: str) -> list[FrozenTarget]:
    return [frozen.targets_by_name[name] for name in names]


def test_only_members_that_are_reached_and_bases_stay() -> None:
    small = cut(example_lock(), targets_of(example_lock(), "services/api[postgres]"), ["linux"])
    assert small.subset == ("services/api[postgres]",)
    assert [target.name for target in small.inputs.targets] == ["libs/common", "services/api", "services/api[postgres]"]
    assert [environment.name for environment in small.inputs.environments] == ["linux"]


def test_a_change_that_does_not_touch_a_target_does_not_touch_its_cut_lock() -> None:
    before = example_lock()
    docopt = next(each for each in before.coordinates if each.name == "docopt")
    files = tuple(replace(artifact, sha256="0" * 64) for artifact in docopt.artifacts)
    policy = FrozenPolicy(
        rules=replace(
            before.inputs.policy.rules,
            exclude_dependencies=("unheard-of",),
            no_build=("docopt",),
            packages=(("docopt", PackageRules(index="default")),),
        ),
        constraints=(*before.inputs.policy.constraints, FrozenEdge(requirement=parse_requirement("docopt<9"))),
        overrides=(*before.inputs.policy.overrides, FrozenEdge(requirement=parse_requirement("unheard-of<1"))),
    )
    after = replace(
        before,
        inputs=replace(before.inputs, policy=policy),
        coordinates=tuple(replace(each, artifacts=files) if each is docopt else each for each in before.coordinates),
    )
    own = targets_of(before, "services/api")
    assert format_frozen(cut(before, own, ["linux"])) == format_frozen(cut(after, own, ["linux"]))


def test_policy_that_says_something_about_the_target_stays() -> None:
    small = cut(example_lock(), targets_of(example_lock(), "services/api"), ["linux", "windows"])
    assert {edge.requirement.head for edge in small.inputs.policy.constraints} == {"click<8.2", "numpy<2.2"}
    assert {edge.requirement.head for edge in small.inputs.policy.overrides} == {"h11>=0.16"}
    assert [index.name for index in small.inputs.indexes] == ["default", "corp"]
    assert small.inputs.policy.rules == Rules(exclude_newer="P7D")


def test_files_that_are_kept_beside_are_left_out() -> None:
    frozen = example_lock()
    click = next(each for each in frozen.coordinates if each.name == "click")
    spare = replace(click.artifacts[0], filename="click-8.1.8.tar.gz", sha256="1" * 64, path="7e/d5/", environments=())
    kept = replace(click, artifacts=(*click.artifacts, spare))
    frozen = replace(frozen, coordinates=tuple(kept if each is click else each for each in frozen.coordinates))
    small = cut(frozen, targets_of(frozen, "services/api"), ["linux"])
    assert "click-8.1.8.tar.gz" not in {a.filename for c in small.coordinates for a in c.artifacts}


def test_a_target_that_needs_nothing_has_a_lock_all_the_same() -> None:
    frozen = example_lock()
    lonely = FrozenTarget(name="tools/none", environments=("linux",))
    frozen = replace(frozen, inputs=replace(frozen.inputs, targets=(*frozen.inputs.targets, lonely)))
    small = cut(frozen, [lonely], ["linux"])
    assert (small.coordinates, small.subset) == ((), ("tools/none",))


@pytest.mark.parametrize("environments", [["linux"], ["linux", "mac", "windows"]])
def test_a_small_part_of_a_large_lock_is_small(environments: list[str]) -> None:
    frozen = synthetic_lock(targets=40, coordinates=120)
    small = assert_same(frozen, ["services/service-007"], environments)
    assert len(format_frozen(small)) < len(format_frozen(frozen)) / 2
