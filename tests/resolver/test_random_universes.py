"""The laws of a resolution, judged by brute force on random universes (`make fuzz` takes thousands of fresh ones)."""

from collections import Counter

import pytest

from tests.support.judging import judge
from tests.support.universe_maker import universe_of
from tests.support.universes import Universe

COUNT = 200
CHUNKS = [range(start, start + 50) for start in range(0, COUNT, 50)]


@pytest.mark.promise("R14")
@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_both_engines_obey_the_laws_and_every_refusal_is_a_proof(seeds: range) -> None:
    seen: Counter[str] = Counter()
    for seed in seeds:
        try:
            seen += judge(seed)
        except AssertionError as error:
            error.add_note(f"seed {seed}: make fuzz ARGS='universes --case {seed}'")
            raise
    assert seen["answered"] > 20
    assert seen["refused"] > 20


def test_the_universes_hold_everything_that_a_resolver_must_get_right() -> None:
    universes = [universe_of(seed) for seed in range(COUNT)]
    releases = [r for each in universes for project in each.releases.values() for r in project.values()]
    texts = [text for release in releases for text in release.requires]
    versions = {version for each in universes for project in each.releases.values() for version in project}

    def some(holds: list[bool]) -> None:
        assert sum(holds) > 1

    some([release.yanked for release in releases])
    some([release.requires_python is not None for release in releases])
    some([release.tag != "py3-none-any" for release in releases])
    for piece in ("extra ==", "[x", "sys_platform", "===", "==", "~=", "!=", ".*", "ghost"):
        some([piece in text for text in texts])
    for piece in ("a1", "rc1", "+local", "post", "dev", "1!"):
        assert any(piece in version for version in versions)
    of: dict[str, list[bool]] = {
        "constraints": [bool(u.constraints) for u in universes],
        "overrides": [bool(u.overrides) for u in universes],
        "exclusions": [bool(u.excluded) for u in universes],
        "lowest": [bool(u.lowest) for u in universes],
        "cut-offs": [u.cutoff is not None for u in universes],
        "pre-releases": [bool(u.prereleases) or u.prerelease != "if-necessary" for u in universes],
        "several targets": [len(u.wishes) > 1 for u in universes],
    }
    for holds in of.values():
        some(holds)
    assert max(map(_size, universes)) > 100


def _size(universe: Universe) -> int:
    return sum(map(len, universe.releases.values()))
