"""`exclude-newer` means one instant, however it is written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import ConfigurationError
from frazil.project.cutoff import parse_cutoff

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-01-31T12:30:00Z", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("2026-01-31t12:30:00z", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("2026-01-31 12:30:00+02:00", datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
        ("2026-01-31T12:30:00.5-01:00", datetime(2026, 1, 31, 13, 30, 0, 500000, tzinfo=UTC)),
        ("7 days", NOW - timedelta(days=7)),
        ("1 day", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2 weeks", NOW - timedelta(weeks=2)),
        ("1 week 2 days", NOW - timedelta(days=9)),
        ("1 week, 2 days", NOW - timedelta(days=9)),
        ("1w2d", NOW - timedelta(days=9)),
        ("24 hours", NOW - timedelta(days=1)),
        ("90 Minutes", NOW - timedelta(minutes=90)),
        ("P7D", NOW - timedelta(days=7)),
        ("P2W", NOW - timedelta(weeks=2)),
        ("PT24H", NOW - timedelta(days=1)),
        ("p1dt12h30m15s", NOW - timedelta(days=1, hours=12, minutes=30, seconds=15)),
        ("0 days", NOW),
        (" 7 days ", NOW - timedelta(days=7)),
    ],
)
def test_a_date_an_instant_and_a_duration_are_read(text: str, instant: datetime) -> None:
    assert parse_cutoff(text, NOW) == instant


@pytest.mark.parametrize("text", ["false", "False", " false "])
def test_false_is_no_cutoff(text: str) -> None:
    assert parse_cutoff(text, NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "7", "days", "P", "PT", "P1DT", "7 fortnights", "-7 days", "P7D garbage", "7 days ago"),
        *("2026-13-01", "2026-02-30", "2026-W05", "2026-01-31T25:00:00Z", "9999-12-31", "999999 weeks", "1 2 days"),
        *("true", "\u0667 days"),
    ],
)
def test_what_is_no_point_in_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_cutoff(text, NOW)
    assert caught.value.sentence == f'exclude-newer "{text}" is no point in time'
    assert caught.value.hint is not None


def test_months_and_years_have_no_fixed_length() -> None:
    with pytest.raises(
        ConfigurationError, match=r'exclude-newer "3 months" counts in months, which have no fixed length'
    ):
        parse_cutoff("3 months", NOW)
    with pytest.raises(ConfigurationError, match="counts in years"):
        parse_cutoff("1 year", NOW)


def test_an_instant_says_its_time_zone() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_cutoff("2026-01-31T12:30:00", NOW)
    assert caught.value.sentence == 'exclude-newer "2026-01-31T12:30:00" does not say in which time zone it is'
    assert caught.value.hint == "write 2026-01-31T12:30:00Z for UTC"


def test_a_duration_counts_from_now_whatever_zone_now_is_in() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert parse_cutoff("7 days", elsewhere) == parse_cutoff("7 days", NOW)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_an_error(text: str) -> None:
    try:
        cutoff = parse_cutoff(text, NOW)
    except ConfigurationError:
        return
    assert cutoff is None or cutoff.tzinfo is UTC


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_longer_duration_reaches_further_back(weeks: int, days: int) -> None:
    assert parse_cutoff(f"{weeks} weeks {days} days", NOW) == NOW - timedelta(weeks=weeks, days=days)
