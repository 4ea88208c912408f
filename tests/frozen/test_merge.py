"""Merging two locks is resolving the merged manifests with the pins of both, or it is left to a resolve."""

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from frazil.frozen.codec import format_frozen
from frazil.frozen.merge import NOTHING, Merged, merge
from frazil.frozen.model import Frozen
from frazil.frozen.ordering import in_order
from tests.support.branches import (
    Repository,
    World,
    commit,
    grown,
    pins_of_both,
    random_branch,
    random_repository,
    random_world,
    touched,
)
from tests.support.frozen_worlds import locks, mapped, pruned
from tests.support.graph_worlds import law

WORLD = World(
    {
        "a": {"1.0": (), "2.0": ()},
        "b": {"1.0": (), "2.0": ()},
        "c": {"1.0": ("a; extra == 'x'",), "2.0": ("b; extra == 'x'",)},
        "d": {"1.0": ("a<2",)},
    }
)
OLD = {("default", place, name): "1.0" for place in ("linux", "windows") for name in "abcd"}


def resolved(targets: dict[str, tuple[str, ...]], *newer: str, narrowed: tuple[str, ...] = ()) -> Frozen:
    """Return the lock of some targets in which all but the `newer` projects are at 1.0."""
    pins = {place: version for place, version in OLD.items() if place[2] not in newer}
    frozen = WORLD.resolve(Repository(targets, constraints=narrowed), pins)
    assert frozen is not None
    return frozen


def versions(frozen: Frozen) -> dict[str, str | None]:
    return {coordinate.name: coordinate.version for coordinate in frozen.coordinates}


def clean(merged: Merged) -> Frozen:
    assert merged.conflicts == ()
    assert merged.ours == merged.theirs
    return merged.ours


# The law ---------------------------------------------------------------------------------------------------


@law
@given(st.integers(0, 2**32))
def test_a_merge_is_what_resolving_the_merged_manifests_with_both_pins_gives(seed: int) -> None:
    generator = random.Random(seed)
    world, manifests = random_world(generator), random_repository(generator)
    base = grown(world, manifests, generator)
    assume(base is not None)
    mine, yours = random_branch(generator, manifests, "mine"), random_branch(generator, manifests, "yours")
    ours, theirs = (base and commit(world, manifests, base, branch) for branch in (mine, yours))
    assume(ours is not None and theirs is not None)
    assert base is not None and ours is not None and theirs is not None  # noqa: PT018 - for mypy, assumed above
    merged = merge(base, ours, theirs)
    if merged.conflicts:
        # Where the branches have nothing to do with each other, there is none.
        assert touched(base, ours) & touched(base, theirs) or "linux only" in {mine.says, yours.says}
        return
    expected = world.resolve(mine.edit(yours.edit(manifests)), pins_of_both(base, ours, theirs))
    assert expected is not None
    assert format_frozen(merged.ours) == format_frozen(expected)


@dataclass(frozen=True, repr=False)
class Grown:
    """Three locks of one world with every corner of the format: what two people asked for less of."""

    whole: Frozen
    ours: Frozen
    theirs: Frozen
    both: Frozen

    def __repr__(self) -> str:
        return f"Grown({len(self.whole.coordinates)} coordinates)"


@st.composite
def grown_locks(draw: st.DrawFn) -> Grown:
    whole = draw(locks())
    wishes = sorted({(t.name, e.requirement.name) for t in whole.inputs.targets for e in t.requirements})
    mine, yours = (draw(st.sets(st.sampled_from(wishes), max_size=3)) if wishes else set() for _ in range(2))
    return Grown(*(lessened(whole, gone) for gone in (set(), mine, yours - mine, mine | yours)))


def lessened(frozen: Frozen, gone: set[tuple[str, str]]) -> Frozen:
    """Return a lock whose targets do not ask for some projects any more."""
    targets = tuple(
        replace(t, requirements=tuple(e for e in t.requirements if (t.name, e.requirement.name) not in gone))
        for t in frozen.inputs.targets
    )
    less = in_order(mapped(pruned(replace(frozen, inputs=replace(frozen.inputs, targets=targets)))))
    built = any("build" in dict(c.resolves) or c.build_resolve for c in less.coordinates)
    resolves = tuple(pair for pair in less.inputs.resolves if pair[0] != "build" or built)
    return replace(less, inputs=replace(less.inputs, resolves=resolves))


@law
@given(grown_locks())
def test_what_one_side_alone_did_stands_to_the_byte(grown: Grown) -> None:
    for base, side in ((grown.whole, grown.ours), (grown.ours, grown.whole)):
        for merged in (merge(base, side, base), merge(base, base, side), merge(base, side, side)):
            assert format_frozen(clean(merged)) == format_frozen(side)


@law
@given(grown_locks())
def test_two_sides_that_ask_for_less_are_merged_to_the_byte_and_so_are_two_that_ask_for_more(grown: Grown) -> None:
    assert format_frozen(clean(merge(grown.whole, grown.ours, grown.theirs))) == format_frozen(grown.both)
    more = merge(grown.both, grown.theirs, grown.ours)
    if not more.conflicts:
        assert format_frozen(more.ours) == format_frozen(grown.whole)


@law
@given(grown_locks())
def test_the_sides_of_a_merge_may_change_places(grown: Grown) -> None:
    one = merge(grown.both, grown.ours, grown.theirs)
    other = merge(grown.both, grown.theirs, grown.ours)
    assert (format_frozen(one.ours), format_frozen(one.theirs)) == (
        format_frozen(other.theirs),
        format_frozen(other.ours),
    )
    assert bool(one.conflicts) == bool(other.conflicts)


# By example ------------------------------------------------------------------------------------------------


def test_two_bumps_are_both_taken() -> None:
    targets: dict[str, tuple[str, ...]] = {"web": ("a", "b")}
    merged = clean(merge(resolved(targets), resolved(targets, "a"), resolved(targets, "b")))
    assert versions(merged) == {"a": "2.0", "b": "2.0"}


def test_a_pin_that_one_side_dropped_stays_when_the_other_asks_for_it_now() -> None:
    base = resolved({"web": ("a", "b")})
    merged = clean(merge(base, resolved({"web": ("b",)}), resolved({"web": ("a", "b"), "job": ("a",)})))
    assert versions(merged) == {"a": "1.0", "b": "1.0"}
    assert dict(merged.coordinates[0].targets) == {"*": ("job",)}


def test_one_bump_and_another_of_the_same_project_is_a_conflict_that_names_both_versions() -> None:
    world = World({"a": {"1.0": (), "2.0": (), "3.0": ()}})
    manifests = Repository({"web": ("a",)}, environments=("linux",))
    locks_at = [world.resolve(manifests, {("default", "linux", "a"): version}) for version in ("1.0", "2.0", "3.0")]
    base, ours, theirs = (lock for lock in locks_at if lock is not None)
    merged = merge(base, ours, theirs)
    assert merged.conflicts == ("a is 2.0 on one side and 3.0 on the other (linux)",)
    assert (versions(merged.ours), versions(merged.theirs)) == ({"a": "2.0"}, {"a": "3.0"})


def test_the_rest_is_merged_around_a_conflict() -> None:
    base = resolved({"web": ("a", "b")})
    ours = resolved({"web": ("a>=1", "b")}, "b")
    theirs = resolved({"web": ("a<5", "b"), "job": ("c",)})
    merged = merge(base, ours, theirs)
    assert merged.conflicts == ("what target web asks for, a, was changed on both sides",)
    for side in (merged.ours, merged.theirs):
        assert versions(side) == {"a": "1.0", "b": "2.0", "c": "1.0"}


def test_a_new_bound_that_the_other_sides_bump_breaks_is_a_conflict() -> None:
    base = resolved({"web": ("a",)})
    merged = merge(base, resolved({"web": ("a",), "job": ("d",)}), resolved({"web": ("a",)}, "a"))
    (conflict,) = merged.conflicts
    assert "asks for a<2" in conflict
    assert versions(merged.ours) == versions(merged.theirs) == {"a": "2.0", "d": "1.0"}


def test_a_new_constraint_that_the_other_sides_bump_breaks_is_a_conflict() -> None:
    base = resolved({"web": ("a",)})
    assert merge(base, resolved({"web": ("a",)}, narrowed=("a<2",)), resolved({"web": ("a",)}, "a")).conflicts


def test_an_extra_of_a_release_that_only_the_other_side_has_is_a_conflict() -> None:
    base = resolved({"web": ("c",), "job": ("a", "b")})
    asking = resolved({"web": ("c[x]",), "job": ("a", "b")})
    bumping = resolved({"web": ("c",), "job": ("a", "b")}, "c")
    (conflict,) = merge(base, asking, bumping).conflicts
    assert conflict == "what c 2.0 asks for with its extra x in linux stands in neither lock"


def test_a_target_that_comes_where_environments_change_is_a_conflict() -> None:
    base = resolved({"web": ("a",)})
    fewer = WORLD.resolve(Repository({"web": ("a",)}, environments=("linux",)), OLD)
    assert fewer is not None
    assert merge(base, fewer, resolved({"web": ("a",), "job": ("b",)})).conflicts


@pytest.mark.parametrize("target", ["web", "job"])
def test_without_an_ancestor_what_differs_is_a_conflict(target: str) -> None:
    ours, theirs = resolved({"web": ("a",)}), resolved({target: ("a", "b")}, "b")
    merged = merge(NOTHING, ours, theirs)
    assert bool(merged.conflicts) == (target == "web")
    if not merged.conflicts:
        assert versions(merged.ours) == {"a": "1.0", "b": "2.0"}


def test_a_cut_lock_is_only_merged_with_its_like() -> None:
    base = resolved({"web": ("a",)})
    cut = replace(base, subset=("web",))
    assert clean(merge(base, cut, base)).subset == ("web",)
    assert merge(base, cut, replace(base, subset=())).conflicts
