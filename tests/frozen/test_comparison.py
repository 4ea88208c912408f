"""Two locks side by side: nothing against itself, the mirror image the other way, and what turns one into the other."""

from dataclasses import replace

from hypothesis import given

from frazil.frozen.comparison import KINDS, Comparison, Move, compare, within
from frazil.frozen.model import Frozen
from frazil.frozen.selection import selection_of
from frazil.frozen.walk import walked_targets
from frazil.project.environments import parse_environment
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock
from tests.support.world_pairs import lock_pairs

_BACK = {"added": "removed", "removed": "added", "upgraded": "downgraded", "downgraded": "upgraded"}

Files = dict[tuple[str, str], set[tuple[str, str | None, str]]]
"""By target and environment: project, version, file."""


def files(frozen: Frozen) -> Files:
    """Return what a fetch brings for each target and environment."""
    found: Files = {(t.name, e): set() for t in walked_targets(frozen) for e in t.environments}
    for each in selection_of(frozen, walked_targets(frozen), frozen.environments_by_name).artifacts:
        for user in each.users:
            found[user].add((each.coordinate.name, each.coordinate.version, each.artifact.filename))
    return found


def back(move: Move) -> Move:
    return Move(
        kind=_BACK.get(move.kind, move.kind),
        name=move.name,
        old=move.new,
        new=move.old,
        old_file=move.new_file,
        new_file=move.old_file,
    )


@law
@given(worlds())
def test_a_lock_does_not_differ_from_itself(world: World) -> None:
    comparison = compare(world.frozen(), world.frozen())
    assert not comparison
    assert comparison.targets == ()
    assert comparison.environments == tuple(sorted(world.frozen().environments_by_name))


@law
@given(lock_pairs())
def test_the_other_way_round_it_is_the_mirror_image(locks: tuple[Frozen, Frozen]) -> None:
    old, new = locks
    there, here = compare(old, new), compare(new, old)
    assert _moves(there) == {(place, back(move)) for place, move in _moves(here)}
    sizes = {(each.target, each.environment): (each.new_size, each.old_size) for each in here.targets}
    assert {(each.target, each.environment): (each.old_size, each.new_size) for each in there.targets} == sizes
    assert there.changes.targets_added == here.changes.targets_removed
    assert there.changes.environments_added == here.changes.environments_removed
    assert there.environments == here.environments
    assert bool(there) == bool(here)
    mirrored = {(c.name, _BACK.get(c.kind, c.kind), c.new, c.old, c.environments) for c in here.changes.changes}
    assert {(c.name, c.kind, c.old, c.new, c.environments) for c in there.changes.changes} == mirrored


def _moves(comparison: Comparison) -> set[tuple[tuple[str, str], Move]]:
    return {((each.target, each.environment), move) for each in comparison.targets for move in each.moves}


@law
@given(lock_pairs())
def test_the_moves_of_a_target_turn_what_was_fetched_into_what_is(locks: tuple[Frozen, Frozen]) -> None:
    old, new = locks
    before, after = files(old), files(new)
    moves = {(each.target, each.environment): each.moves for each in compare(old, new).targets}
    common = {*old.environments_by_name} & {*new.environments_by_name}
    for pair in {pair for pair in {*before, *after} if pair[1] in common}:
        gone = {(m.name, m.old, m.old_file) for m in moves.get(pair, ()) if m.old_file is not None}
        come = {(m.name, m.new, m.new_file) for m in moves.get(pair, ()) if m.new_file is not None}
        assert gone == before.get(pair, set()) - after.get(pair, set())
        assert come == after.get(pair, set()) - before.get(pair, set())


@law
@given(lock_pairs())
def test_only_environments_that_both_have_are_compared_and_the_others_are_named(locks: tuple[Frozen, Frozen]) -> None:
    old, new = locks
    comparison = compare(old, new)
    names_old, names_new = {*old.environments_by_name}, {*new.environments_by_name}
    assert {*comparison.environments} == names_old & names_new
    assert {*comparison.changes.environments_added} == names_new - names_old
    assert {each.environment for each in comparison.targets} <= names_old & names_new
    assert {name for each in comparison.changes.changes for name in each.environments} <= names_old & names_new


def test_targets_and_environments_narrow_what_is_looked_at() -> None:
    new = example_lock()
    old = replace(new, coordinates=tuple(c for c in new.coordinates if c.name not in {"colorama", "docopt"}))
    assert [c.name for c in compare(old, new).changes.changes] == ["colorama", "docopt"]
    narrow = compare(old, new, targets={"jobs/etl"})
    assert [(each.target, each.environment) for each in narrow.targets] == [("jobs/etl", "linux")]
    assert [c.name for c in narrow.changes.changes] == ["docopt"]
    assert not compare(old, new, environments={"linux"}, targets={"services/api"})


def test_an_environment_that_is_another_machine_now_is_told() -> None:
    old = example_lock()
    newer = parse_environment("linux", "3.13", "manylinux_2_28_x86_64")
    environments = tuple(newer if e.name == "linux" else e for e in old.inputs.environments)
    comparison = compare(old, replace(old, inputs=replace(old.inputs, environments=environments)))
    (change,) = comparison.environments_changed
    assert (change.name, change.old, change.new) == (
        "linux",
        "python 3.12 on manylinux_2_28_x86_64",
        "python 3.13 on manylinux_2_28_x86_64",
    )
    assert comparison


def test_the_same_release_with_another_file_is_an_artifact_alone_and_from_elsewhere_a_source() -> None:
    old = example_lock()
    (click,) = (each for each in old.coordinates if each.name == "click")
    other_file = replace(click, artifacts=(replace(click.artifacts[0], sha256="0" * 64),))
    elsewhere = replace(click, source=next(c for c in old.coordinates if c.name == "acme-metrics").source)
    for changed, kind in ((other_file, "artifact-only"), (elsewhere, "source")):
        new = replace(old, coordinates=tuple(changed if c is click else c for c in old.coordinates))
        kinds = {move.kind for each in compare(old, new).targets for move in each.moves}
        assert kinds == {kind}
        assert kinds <= {*KINDS}


@law
@given(worlds())
def test_within_all_its_environments_a_lock_is_itself(world: World) -> None:
    frozen = world.frozen()
    assert within(frozen, {*frozen.environments_by_name}) is frozen
    for name in frozen.environments_by_name:
        narrowed = within(frozen, {name})
        assert narrowed.pins == {key: each for key, each in narrowed.pins.items() if key[1] == name}
        assert {key[2] for key in narrowed.pins} == {key[2] for key in frozen.pins if key[1] == name}
