"""The fuzzer, for a moment: a run of minutes or hours is `make fuzz`."""

import pytest

from tests.hostile.doors import DOORS
from tests.hostile.fuzz import case, run
from tests.hostile.seeds import seeds

GOOD = seeds()


@pytest.mark.parametrize("door", sorted(DOORS))
def test_good_input_is_taken(door: str) -> None:
    assert [DOORS[door](data) for data in GOOD[door]] == [None] * len(GOOD[door])


def test_a_seed_makes_the_same_input_again() -> None:
    again = seeds()
    # What was kept of a page bears a mark of its own, another one each time.
    doors = sorted(DOORS.keys() - {"kept-page"})
    assert [case(door, 7, GOOD) for door in doors] == [case(door, 7, again) for door in doors]


@pytest.mark.promise("R19")
def test_mutated_input_is_taken_or_refused_in_a_sentence_at_every_door() -> None:
    report = run(sorted(DOORS), seed=20_261_124, seconds=3)
    assert report.failures == set()
    assert report.counts.total() >= len(DOORS)
