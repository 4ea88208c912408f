"""Whether an advisory concerns a version."""

from hypothesis import given
from hypothesis import strategies as st

from frazil.advisories.model import Advisory, Event

NUMBERS = st.integers(0, 9)


def ranged(*events: tuple[str, str], versions: frozenset[str] = frozenset()) -> Advisory:
    return Advisory(id="X-1", name="a", versions=versions, ranges=(tuple(Event(*event) for event in events),))


def test_a_range_begins_where_it_was_introduced_and_ends_before_the_fix() -> None:
    advisory = ranged(("introduced", "1.2"), ("fixed", "1.4"))
    assert [v for v in ("1.1", "1.2", "1.3.9", "1.4rc1", "1.4", "2") if advisory.concerns(v)] == [
        "1.2",
        "1.3.9",
        "1.4rc1",
    ]


def test_zero_is_before_everything() -> None:
    advisory = ranged(("introduced", "0"), ("fixed", "1"))
    assert advisory.concerns("0.dev1")
    assert not advisory.concerns("1")


def test_the_last_affected_version_is_affected() -> None:
    advisory = ranged(("introduced", "0"), ("last_affected", "1.5"))
    assert advisory.concerns("1.5")
    assert advisory.concerns("1.5.0")
    assert not advisory.concerns("1.5.1")


def test_a_range_may_open_again_and_its_events_come_in_any_order() -> None:
    advisory = ranged(("fixed", "3.1"), ("introduced", "3.0"), ("fixed", "2.1"), ("introduced", "0"))
    assert [v for v in ("2.0", "2.1", "2.9", "3.0", "3.1") if advisory.concerns(v)] == ["2.0", "3.0"]


def test_a_listed_version_is_affected_however_it_is_spelt() -> None:
    advisory = Advisory(id="X-1", name="a", versions=frozenset({"1.0"}))
    assert advisory.concerns("1.0")
    assert advisory.concerns("1.0.0")
    assert not advisory.concerns("1.0.1")


def test_what_cannot_be_read_as_a_fix_mends_nothing() -> None:
    assert ranged(("introduced", "0"), ("fixed", "some day")).concerns("99")
    assert ranged(("introduced", "long ago"), ("fixed", "2")).concerns("1")


def test_a_version_that_is_none_is_only_affected_where_it_is_listed() -> None:
    assert not ranged(("introduced", "0")).concerns("2004d-beta-x")
    assert Advisory(id="X-1", name="a", versions=frozenset({"2004d-beta-x"})).concerns("2004d-beta-x")


@given(NUMBERS, NUMBERS, NUMBERS)
def test_between_introduction_and_a_later_fix_is_affected_and_nothing_else(begin: int, more: int, asked: int) -> None:
    end = begin + more + 1
    advisory = ranged(("introduced", str(begin)), ("fixed", str(end)))
    assert advisory.concerns(str(asked)) == (begin <= asked < end)
