"""Where wheels are required, all that lacks one is found in one go, and nothing that has one is named."""

from collections.abc import Mapping

import pytest

from frazil.catalog import InMemoryCatalog, InMemoryListing, Unreadable
from frazil.model import Metadata, Offer
from frazil.resolver.bound import Bound
from frazil.resolver.engines import NoAnswer, answer
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Question, Selecting
from frazil.resolver.wheels import lacking_wheels
from tests.support.crowds import wish_in
from tests.support.universes import environment

Files = Mapping[str, Mapping[str, tuple[str, ...]]]
"""File names by project and version."""


def lacking(
    files: Files, *wishes: str, requires: Mapping[str, tuple[str, ...]] | None = None, **more: object
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Resolve with wheels required, and return what lacks one; requirements go by file name, `?` needs a build."""
    listings = [
        InMemoryListing(name, {version: tuple(_offer(each) for each in names) for version, names in versions.items()})
        for name, versions in files.items()
    ]
    asked = requires or {}
    metadata: dict[str, Metadata | Unreadable] = {
        each: Unreadable("a build", dynamic=True)
        if asked.get(each) == ("?",)
        else Metadata(name, version, asked.get(each, ()))
        for name, versions in files.items()
        for version, names in versions.items()
        for each in names
    }
    catalog = InMemoryCatalog(listings, metadata)
    question = Question(
        resolve="default",
        environment=environment("linux"),
        wishes=tuple(wish_in(text, "api/pyproject.toml", 3, "api") for text in wishes),
        selecting=Selecting(**{"wheels_only": True, **more}),  # type: ignore[arg-type]
    )
    with pytest.raises(NoAnswer) as none:
        answer(question, catalog)
    outcome = none.value.outcome
    assert isinstance(outcome, Refused)
    found = lacking_wheels(none.value.world, outcome, catalog, Bound())
    assert all(str(each.origin) == "api/pyproject.toml:3" for each in found)
    return [(each.name, each.version, each.platforms) for each in found]


def _offer(filename: str) -> Offer:
    return Offer(filename, f"https://files.index.example/{filename}", sha256="0" * 64, size=1)


def sdist(name: str, version: str) -> tuple[str, ...]:
    return (f"{name}-{version}.tar.gz",)


def wheel(name: str, version: str, tag: str = "py3-none-any") -> tuple[str, ...]:
    return (f"{name}-{version}-{tag}.whl",)


def test_everything_is_found_in_one_go_also_below_what_has_no_wheel() -> None:
    files = {name: {"1": sdist(name, "1")} for name in "abc"}
    assert lacking(files, "a", "b", requires={"a-1.tar.gz": ("c",)}) == [("a", "1", ()), ("b", "1", ()), ("c", "1", ())]


def test_a_release_that_must_be_built_to_be_read_hides_nothing_beside_it() -> None:
    files = {name: {"1": sdist(name, "1")} for name in "ab"}
    assert lacking(files, "a", "b", requires={"a-1.tar.gz": ("?",)}) == [("a", "1", ()), ("b", "1", ())]


def test_wheels_for_other_platforms_are_told() -> None:
    files = {"a": {"1": (*wheel("a", "1", "cp312-cp312-win_amd64"), *sdist("a", "1"))}}
    assert lacking(files, "a") == [("a", "1", ("win_amd64",))]


def test_wheels_for_other_platforms_count_without_a_source_distribution_too() -> None:
    files = {"a": {"1": wheel("a", "1", "cp312-cp312-macosx_14_0_arm64")}, "b": {"1": sdist("b", "1")}}
    assert lacking(files, "a", "b") == [("a", "1", ("macosx_14_0_arm64",)), ("b", "1", ())]


def test_a_project_that_has_a_wheel_in_an_older_release_is_not_named() -> None:
    files = {"a": {"1": wheel("a", "1"), "2": sdist("a", "2")}, "b": {"1": sdist("b", "1")}}
    assert lacking(files, "a", "b") == [("b", "1", ())]


def test_a_project_whose_older_release_with_a_wheel_is_the_answer_in_the_end_is_not_named() -> None:
    files = {"a": {"1": wheel("a", "1"), "2": sdist("a", "2")}, "c": {"1": sdist("c", "1")}}
    requires = {"a-1-py3-none-any.whl": ("c",), "a-2.tar.gz": ("nowhere",)}
    assert lacking(files, "a", requires=requires) == [("c", "1", ())]


def test_a_project_that_is_excepted_is_not_named() -> None:
    files = {name: {"1": sdist(name, "1")} for name in "ab"}
    assert lacking(files, "a", "b", wheels_only_for={"a": False}) == [("b", "1", ())]


def test_a_refusal_for_another_reason_names_nothing() -> None:
    files = {"a": {"1": wheel("a", "1")}}
    assert lacking(files, "a>1") == []
    assert lacking({"a": {"1": sdist("a", "1")}}, "a>1") == []


def test_where_no_wheel_is_required_nothing_lacks_one() -> None:
    files = {"a": {"1": wheel("a", "1", "cp312-cp312-win_amd64")}}
    assert lacking(files, "a", wheels_only=False) == []
