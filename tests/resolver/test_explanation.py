"""What an explanation promises, on random universes: nothing can be left out, every way out works, it is short."""

import os
from collections.abc import Iterable

import pytest

from frazil.catalog import InMemoryCatalog
from frazil.model import Declared
from frazil.resolver.bound import Bound
from frazil.resolver.core import only, questions_in, rewritten, without
from frazil.resolver.engines import NoAnswer, answer
from frazil.resolver.explanation import Explanation, explain
from frazil.resolver.joint import AnyWorld
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Member, Question, Selecting, Wish, demanded_hashes
from frazil.resolver.ways_out import applied
from frazil.values import replace
from tests.support.crowds import crowded_question, crowded_universe, wish_in
from tests.support.universes import MARKERS, Release, Universe, catalog_of, environment

COUNT = int(os.environ.get("FRAZIL_FUZZ_COUNT", "200"))
SEED = int(os.environ.get("FRAZIL_FUZZ_SEED", "1"))
SEEDS = range(SEED * 1_000_000, SEED * 1_000_000 + COUNT)
CHUNKS = [SEEDS[start : start + 50] for start in range(0, len(SEEDS), 50)]
IDS = [f"{seeds[0]}-{seeds[-1]}" for seeds in CHUNKS]
MOST_LINES = 36


def is_answered(question: object, catalog: InMemoryCatalog) -> bool:
    assert isinstance(question, Question)
    return not refusals([question], catalog)


def refusals(questions: Iterable[Question], catalog: InMemoryCatalog) -> list[tuple[AnyWorld, Refused]]:
    found: list[tuple[AnyWorld, Refused]] = []
    for question in questions:
        try:
            answer(question, catalog)
        except NoAnswer as none:
            outcome = none.outcome
            if not isinstance(outcome, Refused):
                raise
            found.append((none.world, outcome))
    return found


def explained(seed: int) -> tuple[dict[str, Question], InMemoryCatalog, tuple[Explanation, ...]]:
    universe = crowded_universe(seed)
    catalog = catalog_of(universe)
    questions = {name: crowded_question(universe, name, seed) for name in sorted(MARKERS)}
    return questions, catalog, explain(refusals(questions.values(), catalog), catalog, Bound())


# Laws ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", CHUNKS, ids=IDS)
def test_what_is_named_cannot_hold_together_and_leaving_any_one_out_makes_it_solvable(seeds: range) -> None:
    told = 0
    for seed in seeds:
        questions, catalog, explanations = explained(seed)
        for explanation in explanations:
            for name in explanation.environments:
                core = only(questions[name], explanation.declared)
                assert not is_answered(core, catalog), f"seed {seed}, {name}"
                for declared in explanation.declared:
                    assert is_answered(without(core, {declared}), catalog), f"seed {seed}, {name}: {declared}"
                told += 1
    assert told > 20


@pytest.mark.parametrize("seeds", CHUNKS, ids=IDS)
def test_every_way_out_works_when_it_is_followed(seeds: range) -> None:
    followed = 0
    for seed in seeds:
        questions, catalog, explanations = explained(seed)
        for explanation in explanations:
            for way in explanation.ways.ways:
                for name in explanation.environments:
                    whole = questions[name]
                    question = whole if explanation.ways.whole else only(whole, explanation.declared)
                    for each in applied(way, question):
                        assert is_answered(each, catalog), f"seed {seed}, {name}: {way}"
                        followed += 1
    assert followed > 20


@pytest.mark.parametrize("seeds", CHUNKS, ids=IDS)
def test_every_refused_environment_is_told_once_with_file_and_line_of_all_that_is_named(seeds: range) -> None:
    for seed in seeds:
        questions, catalog, explanations = explained(seed)
        refused = [world for world, _ in refusals(questions.values(), catalog)]
        told = [name for explanation in explanations for name in explanation.environments]
        assert sorted(told) == sorted(q.environment.name for w in refused for q in questions_in(w.question))
        for explanation in explanations:
            text = "\n".join((explanation.sentence, *explanation.lines(MOST_LINES)))
            assert all(str(declared.origin) in text for declared in explanation.declared), f"seed {seed}\n{text}"
            assert len(explanation.lines(MOST_LINES)) <= MOST_LINES
            assert len(explanation.lines(10)) <= 10


def test_the_order_of_what_is_declared_changes_no_word() -> None:
    for seed in SEEDS[:60]:
        questions, catalog, explanations = explained(seed)
        backwards = [replace(q, wishes=q.wishes[::-1], constraints=q.constraints[::-1]) for q in questions.values()]
        assert explain(refusals(backwards, catalog), catalog, Bound()) == explanations, f"seed {seed}"


# Words -----------------------------------------------------------------------------------------------------


def story(
    releases: dict[str, dict[str, Release]], *wishes: tuple[str, str], **more: object
) -> tuple[Explanation, Question, InMemoryCatalog]:
    """Explain the refusal of a small world; wishes are (target, requirement), each in line 2 of its file."""
    catalog = catalog_of(Universe(releases=releases, wishes=()))
    question = Question(
        resolve="default",
        environment=environment("linux"),
        wishes=tuple(wish_in(text, f"{target}/pyproject.toml", 2, target) for target, text in wishes),
        **more,  # type: ignore[arg-type]
    )
    [explanation] = explain(refusals([question], catalog), catalog, Bound())
    return explanation, question, catalog


def test_two_targets_that_clash_are_told_as_a_short_derivation_with_ways_out() -> None:
    releases = {
        "flask": {v: Release((f"werkzeug>={w}",)) for v, w in (("2.3.3", "2.3"), ("3.1.0", "3.1"), ("3.1.1", "3.1"))},
        "werkzeug": {v: Release() for v in ("2.3.8", "3.0.1", "3.1.3")},
    }
    explanation, _, _ = story(releases, ("services/api", "flask>=3.1"), ("services/web", "werkzeug<3"))
    assert explanation.sentence == "no versions satisfy services/api and services/web together"
    assert explanation.lines(MOST_LINES) == (
        "services/api  requires flask>=3.1  services/api/pyproject.toml:2",
        "services/web  requires werkzeug<3  services/web/pyproject.toml:2",
        "and every flask>=3.1 requires werkzeug>=3.1",
        "",
        "Any one of these makes it work (each was tried):",
        "  flask>=3.1 → flask>=2.3    in services/api/pyproject.toml:2",
        "  werkzeug<3 → werkzeug<3.2  in services/web/pyproject.toml:2",
        "  isolated = true            for services/api",
        "  isolated = true            for services/web",
    )


def test_requirements_that_differ_from_release_to_release_are_one_line() -> None:
    releases = {
        "boto": {f"1.{n}": Release((f"core>=1.{n},<1.{n + 1}",)) for n in range(20)},
        "core": {f"1.{n}": Release(("url<2",)) for n in range(20)},
        "url": {"1.26": Release(), "2.0": Release()},
    }
    explanation, _, _ = story(releases, ("jobs/etl", "boto"), ("jobs/etl", "url>=2"))
    assert explanation.steps == ("and every boto requires core", "and every core requires url<2")


def test_the_shortest_chain_is_told() -> None:
    """a is out for two reasons; one of them leads over three projects."""
    releases = {
        "a": {"1": Release(("b", "d<2"))},
        "b": {"1": Release(("c",))},
        "c": {"1": Release(("d<2",))},
        "d": {"1": Release(), "2": Release()},
    }
    explanation, _, _ = story(releases, ("api", "a"), ("web", "d>=2"))
    assert explanation.steps == ("and a 1 requires d<2",)


def test_a_member_that_passes_a_requirement_on_is_named_in_its_file() -> None:
    own = wish_in("werkzeug>=3", "libs/common/pyproject.toml", 7).declared
    members = {"common": Member(name="common", target="libs/common", requirements=(own,))}
    releases = {"werkzeug": {"2": Release(), "3": Release()}}
    explanation, question, catalog = story(
        releases, ("services/api", "common"), ("services/web", "werkzeug<3"), members=members
    )
    assert explanation.requirements[0] == "libs/common   requires werkzeug>=3  libs/common/pyproject.toml:7"
    assert "werkzeug>=3 → werkzeug>=2  in libs/common/pyproject.toml:7" in "\n".join(explanation.alternatives)
    relaxed = rewritten(question, lambda each: wish_in("werkzeug>=2", "x", 1).declared if each == own else each)
    assert is_answered(relaxed, catalog)


def test_constraints_and_overrides_are_told_with_file_and_line() -> None:
    releases = {"a": {"1": Release(), "2": Release()}, "b": {"1": Release(("a>=2",))}}
    policy = {
        "constraints": (wish_in("a>=2", "pyproject.toml", 12),),
        "overrides": (wish_in("a<2", "pyproject.toml", 15),),
    }
    explanation, _, _ = story(releases, ("api", "b"), **policy)
    assert explanation.requirements == (
        "api         requires b  api/pyproject.toml:2",
        "constraint  a>=2        pyproject.toml:12",
        "override    a<2         pyproject.toml:15",
    )
    assert explanation.steps == ("and b 1 requires a<2",)


def test_what_others_say_too_is_counted_and_relaxed_together() -> None:
    releases = {"a": {"1": Release(), "2": Release()}}
    explanation, _, _ = story(releases, *((f"s{n}", "a<2") for n in range(3)), ("new", "a>=2"))
    assert explanation.requirements[1] == "s2   requires a<2   s2/pyproject.toml:2 and 2 more"
    assert "  a<2 → a<2.1      in s0/pyproject.toml:2 and 2 more places that say it" in explanation.alternatives


def test_a_second_conflict_behind_the_first_is_admitted() -> None:
    releases = {"a": {"1": Release(), "2": Release()}, "b": {"1": Release(), "2": Release()}}
    wishes = (("s0", "a<2"), ("s1", "a>=2"), ("s2", "b<2"), ("s3", "b>=2"))
    explanation, _, _ = story(releases, *wishes)
    assert explanation.alternatives[0] == "Any one of these ends this conflict, and leaves another (each was tried):"


def test_hashes_that_no_file_has_are_part_of_what_cannot_hold() -> None:
    catalog = catalog_of(Universe(releases={"a": {"1": Release()}}, wishes=()))
    plain = wish_in("a", "api/pyproject.toml", 2, "api")
    demanding = Wish(Declared(plain.requirement, plain.declared.origin, ("sha256:" + "1" * 64,)), "api")
    question = Question(
        resolve="default",
        environment=environment("linux"),
        wishes=(demanding,),
        selecting=Selecting(hashes=demanded_hashes([demanding])),
    )
    [explanation] = explain(refusals([question], catalog), catalog, Bound())
    assert explanation.declared == (demanding.declared,)
    assert explanation.sentence == "api cannot have a: a 1 has no file with a hash that is demanded"
