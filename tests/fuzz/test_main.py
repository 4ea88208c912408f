"""The program behind `make fuzz`: it says what it saw, and names the case that repeats what went wrong."""

from collections import Counter

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz.kinds import KINDS, Kind


def test_cases_are_judged_and_the_seed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["universes", "--seed", "7", "--count", "5"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("seed 7\nuniverses: 5 cases, 0 wrong, in ")
    assert "the slowest was case 700000" in told


@pytest.mark.parametrize(("error", "told"), [(AssertionError("unsound"), "unsound"), (KeyError("a"), "KeyError: 'a'")])
def test_what_went_wrong_is_told_with_the_command_that_repeats_it(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(case: int) -> Counter[str]:
        if case == 3_000_002:
            raise error
        return Counter(fine=1)

    monkeypatch.setitem(KINDS, "made-up", Kind(check, 4))
    assert program.main(["made-up", "--seed", "3"]) == 1
    printed = capsys.readouterr().out
    assert "made-up: 4 cases, 1 wrong" in printed
    assert f"case 3000002: {told}" in printed
    assert "again: make fuzz ARGS='made-up --case 3000002'" in printed
    assert program.main(["made-up", "--case", "3000002"]) == 1
    assert program.main(["made-up", "--case", "3000001"]) == 0
