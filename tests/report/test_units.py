"""Numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.report.units import counted, duration, phase_duration, size


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (98_188, "98.2 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (38_200_000, "38.2 MB"),
        (412_000_000, "412 MB"),
        (1_300_000_000, "1.3 GB"),
        (10**21, "1000 EB"),
    ],
)
def test_a_size_is_said_in_decimal_units_with_a_space(count: int, said: str) -> None:
    assert size(count) == said


@given(st.integers(min_value=1000, max_value=10**18))
def test_a_size_is_never_off_by_more_than_its_last_digit(count: int) -> None:
    number, unit = size(count).split()
    scale = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15, "EB": 10**18}[unit]
    step = scale / 10 if "." in number else scale
    assert abs(float(number) * scale - count) <= step * 0.51
    assert 1 <= float(number) < 1000


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1.0, "0 ms"),
        (0.017, "17 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.10 s"),
        (0.21, "0.21 s"),
        (0.996, "1.0 s"),
        (1.94, "1.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3840, "1 h 4 min"),
    ],
)
def test_a_time_has_the_unit_that_a_person_would_take(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_phases_below_a_second_are_whole_milliseconds_so_that_they_compare() -> None:
    assert [phase_duration(s) for s in (0.0004, 0.012, 0.64, 0.9996, 2.0)] == [
        "0 ms",
        "12 ms",
        "640 ms",
        "1.0 s",
        "2.0 s",
    ]


def test_one_is_singular_and_all_else_plural() -> None:
    assert [counted(n, "page") for n in (0, 1, 2, 12345)] == ["0 pages", "1 page", "2 pages", "12 345 pages"]
    assert counted(2, "fetched", "fetched") == "2 fetched"
