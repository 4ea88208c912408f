"""What a search will ask for next, guessed from what was learnt so far."""

import pytest

from frazil.catalog import InMemoryListing
from frazil.model import Metadata, Offer
from frazil.resolver.foresight import Foresight
from tests.support.universes import Universe, question_of


def foresight(*wishes: str, constraints: tuple[str, ...] = (), locked: dict[str, str] | None = None) -> Foresight:
    universe = Universe(releases={}, wishes=wishes, constraints=constraints)
    return Foresight(question_of(universe, "linux", locked=locked))


def listing(name: str, *versions: str, yanked: tuple[str, ...] = ()) -> InMemoryListing:
    def offer(version: str) -> Offer:
        filename = f"{name}-{version}-py3-none-any.whl"
        why = "broken" if version in yanked else None
        return Offer(filename, f"https://files.index.example/{filename}", "ab" * 32, 1, None, None, why, "")

    return InMemoryListing(name, {version: (offer(version),) for version in versions})


def learn(scout: Foresight, name: str, *requires: str) -> set[str]:
    return set(scout.learn(name, Metadata(name, "1.0", tuple(requires), None, ())))


def guessed(scout: Foresight, project: InMemoryListing) -> tuple[str, bool]:
    guess = scout.guess(project)
    assert guess is not None
    return guess.version, guess.sure


def test_the_newest_release_that_all_admit_is_guessed() -> None:
    scout = foresight("a<3", constraints=("a!=2.1",))
    assert learn(scout, "b", "a>=1") == {"a"}
    assert guessed(scout, listing("a", "1.0", "2.0", "2.1", "3.0", "2.2rc1")) == ("2.0", True)


def test_a_locked_release_is_guessed_before_newer_ones_and_a_yanked_one_never() -> None:
    assert guessed(foresight("a", locked={"a": "1.0"}), listing("a", "1.0", "2.0"))[0] == "1.0"
    assert guessed(foresight("a"), listing("a", "1.0", "2.0", yanked=("2.0",)))[0] == "1.0"


def test_where_nothing_is_admitted_nothing_is_guessed() -> None:
    assert foresight("a>5").guess(listing("a", "1.0")) is None


@pytest.mark.parametrize(
    ("asked", "newest", "sure"),
    [
        ("a", "4.0", True),
        ("a>=3", "3.9", True),
        ("a>=3", "4.0", False),
        ("a<5", "4.0", True),
        ("a!=1.0", "4.0", True),
        ("a>=2017.4.17", "2026.10.18", True),
        ("a>=3", "2026.1", True),
    ],
)
def test_a_release_of_a_later_series_than_anybody_named_is_not_sure_but_years_are_no_series(
    asked: str, newest: str, sure: bool
) -> None:
    assert guessed(foresight(asked), listing("a", "1.0", newest)) == (newest, sure)


def test_extras_are_followed_whether_they_are_asked_for_before_or_after_the_metadata() -> None:
    requires = ("b", "c; extra == 'more'", "d; sys_platform == 'win32'")
    assert learn(foresight("a"), "a", *requires) == {"b"}
    assert learn(foresight("a[more]"), "a", *requires) == {"b", "c"}
    late = foresight("a")
    learn(late, "a", *requires)
    assert learn(late, "e", "a[more]") == {"a", "c"}


def test_a_requirement_that_cannot_be_read_is_passed_over() -> None:
    assert learn(foresight("a"), "a", "b >>> 1", "c", "d @ https://files.index.example/d-1-py3-none-any.whl") == {"c"}
