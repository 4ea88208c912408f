"""Sizes are those of the files that a fetch brings, each counted once."""

from hypothesis import given

from frazil.frozen.model import Frozen
from frazil.frozen.selection import choose, selection_of
from frazil.frozen.sizes import Weight, sizes_of
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock

Files = dict[str, int]


def brought(frozen: Frozen, target: str, environments: list[str]) -> Files:
    chosen = selection_of(frozen, [frozen.targets_by_name[target]], environments)
    return {each.artifact.filename: each.artifact.size for each in chosen.artifacts}


def weight(files: Files) -> Weight:
    return Weight(artifacts=len(files), size=sum(files.values()))


@law
@given(worlds())
def test_a_target_weighs_what_its_fetch_brings_and_alone_what_no_other_brings(world: World) -> None:
    frozen = world.frozen()
    targets, environments = choose(frozen)
    found = {(row.target, row.environment): row for row in sizes_of(frozen, targets, environments).rows}
    for target in targets:
        for environment in (None, *target.environments):
            places = list(environments) if environment is None else [environment]
            own = brought(frozen, target.name, places)
            row = found[target.name, environment]
            assert row.whole == weight(own)
            # What P[x] has from P is P's to bring.
            others: Files = {}
            for other in targets:
                if other is not target and other.base != target.name:
                    others |= brought(frozen, other.name, places)
            base = {} if target.base is None else brought(frozen, target.base, places)
            if target.base is None and all(other.base != target.name for other in targets):
                assert row.alone == weight({name: size for name, size in own.items() if name not in others | base})


def test_an_extra_brings_alone_what_it_adds() -> None:
    frozen = example_lock()
    targets, environments = choose(frozen)
    rows = {(row.target, row.environment): row for row in sizes_of(frozen, targets, environments).rows}
    assert rows["services/api[postgres]", "linux"].alone == Weight(artifacts=1, size=2987621)
    assert rows["services/api[postgres]", None].alone == Weight(artifacts=2, size=2987621 + 1163913)
    assert rows["services/api", "linux"].whole.artifacts + 1 == rows["services/api[postgres]", "linux"].whole.artifacts


def test_the_whole_counts_a_file_once() -> None:
    frozen = example_lock()
    targets, environments = choose(frozen)
    selected = selection_of(frozen, targets, environments).artifacts
    files = {each.artifact.filename: each.artifact.size for each in selected}
    assert sizes_of(frozen, targets, environments).whole == weight(files)
