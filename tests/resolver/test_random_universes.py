"""The laws of a resolution, judged by brute force on small random universes."""

import os
import random

import pytest

from frazil.model import Resolution
from frazil.resolver.engines import Engine, NoAnswer, answer
from frazil.resolver.outcome import Refused
from tests.support.universes import MARKERS, Oracle, Universe, catalog_of, question_of, random_universe

COUNT = int(os.environ.get("FRAZIL_FUZZ_COUNT", "200"))
SEED = int(os.environ.get("FRAZIL_FUZZ_SEED", "1"))
SEEDS = range(SEED * 1_000_000, SEED * 1_000_000 + COUNT)
CHUNKS = [SEEDS[start : start + 50] for start in range(0, len(SEEDS), 50)]


def resolved(universe: Universe, environment: str, engine: Engine, **shuffle: random.Random) -> Resolution:
    return answer(question_of(universe, environment), catalog_of(universe, **shuffle), engine=engine)


def pins_or_refusal(universe: Universe, environment: str, engine: Engine) -> dict[str, str] | NoAnswer:
    try:
        found = resolved(universe, environment, engine)
    except NoAnswer as none:
        return none
    return {pin.name: pin.version or "" for pin in found.pins}


@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
@pytest.mark.parametrize("environment", sorted(MARKERS))
def test_the_conflict_engine_answers_soundly_undominated_and_refuses_only_what_has_no_answer(
    seeds: range, environment: str
) -> None:
    for seed in seeds:
        universe = random_universe(seed)
        oracle = Oracle(universe, environment)
        pins = pins_or_refusal(universe, environment, "conflict")
        if isinstance(pins, NoAnswer):
            assert isinstance(pins.outcome, Refused), f"seed {seed}: gave up"
            assert not oracle.exists(), f"seed {seed}: denied an answer that exists"
            continue
        assert oracle.is_sound(pins), f"seed {seed}: {pins}"
        assert oracle.improvement(pins) is None, f"seed {seed}: {pins}"


@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
@pytest.mark.parametrize("environment", sorted(MARKERS))
def test_resolvelib_never_refuses_and_what_it_answers_is_sound_and_undominated(seeds: range, environment: str) -> None:
    for seed in seeds:
        universe = random_universe(seed)
        oracle = Oracle(universe, environment)
        pins = pins_or_refusal(universe, environment, "resolvelib")
        if isinstance(pins, NoAnswer):
            assert not isinstance(pins.outcome, Refused), f"seed {seed}: resolvelib proves nothing"
            continue
        assert oracle.is_sound(pins), f"seed {seed}: {pins}"
        assert oracle.improvement(pins) is None, f"seed {seed}: {pins}"


@pytest.mark.parametrize("engine", ["conflict", "resolvelib"])
@pytest.mark.parametrize("seeds", CHUNKS[:2], ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_the_order_of_releases_files_and_requirements_changes_nothing(seeds: range, engine: Engine) -> None:
    for seed in seeds:
        universe = random_universe(seed)
        outcomes = set()
        for shuffle in range(3):
            try:
                found = resolved(universe, "linux", engine, shuffle=random.Random(shuffle))
                outcomes.add((found.pins, found.missing_extras))
            except NoAnswer as none:
                outcomes.add(((), ((type(none.outcome).__name__, ""),)))
        assert len(outcomes) == 1, f"seed {seed}"
