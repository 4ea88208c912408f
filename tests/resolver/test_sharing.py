"""Environments together: each answer keeps its laws, ties go to what another has, `strict` is one version or none."""

import os
import random
from collections.abc import Callable

import pytest

from frazil.catalog import InMemoryCatalog
from frazil.model import Resolution
from frazil.resolver.engines import ENGINES, Engine, NoAnswer, answer, answer_jointly
from frazil.resolver.outcome import Refused
from frazil.resolver.question import JointQuestion, Question
from frazil.resolver.sharing import Answers, answer_sharing, answer_strictly
from frazil.values import replace
from tests.support.universes import TAGS, Oracle, Release, Universe, catalog_of, question_of, random_universe

COUNT = int(os.environ.get("FRAZIL_FUZZ_COUNT", "200"))
SEED = int(os.environ.get("FRAZIL_FUZZ_SEED", "1"))
SEEDS = range(SEED * 1_000_000, SEED * 1_000_000 + COUNT)
CHUNKS = [SEEDS[start : start + 50] for start in range(0, len(SEEDS), 50)]
IDS = [f"{seeds[0]}-{seeds[-1]}" for seeds in CHUNKS]
NAMES = ("windows", "linux")
"""In the order of their Pythons."""

Pins = dict[str, str]
Make = Callable[[int], Universe]


def tied_universe(seed: int) -> Universe:
    """Return a universe full of ties: newer releases that want an older other, some of them for one system only."""
    generator = random.Random(seed)
    names = list("abcdef")[: generator.randint(3, 6)]
    releases: dict[str, dict[str, Release]] = {name: {"1.0": Release(), "2.0": Release()} for name in names}
    for _ in range(generator.randint(2, 6)):
        one, other = generator.sample(names, 2)
        before = releases[one]["2.0"]
        releases[one]["2.0"] = Release((*before.requires, f"{other}==1.0"), tag=before.tag)
    for name in generator.sample(names, 2):
        if generator.random() < 0.6:
            tag = generator.choice([TAGS["linux"][0], TAGS["windows"][0]])
            releases[name]["2.0"] = Release(releases[name]["2.0"].requires, tag=tag)
    return Universe(releases=releases, wishes=tuple(names))


def asked(universe: Universe) -> tuple[list[Question], InMemoryCatalog]:
    return [question_of(universe, name) for name in NAMES], catalog_of(universe)


def shared(questions: list[Question], catalog: InMemoryCatalog, engine: Engine = "conflict") -> Answers:
    return answer_sharing(questions, lambda question: answer(question, catalog, engine=engine))


def strict(questions: list[Question], catalog: InMemoryCatalog, engine: Engine = "conflict") -> Answers:
    return answer_strictly(
        questions,
        lambda question: answer(question, catalog, engine=engine),
        lambda joint: answer_jointly(joint, catalog, engine=engine),
    )


def pins(found: Resolution | NoAnswer) -> Pins:
    assert isinstance(found, Resolution)
    return {pin.name: pin.version or "" for pin in found.pins}


def agreeing(one: Pins, other: Pins) -> int:
    return sum(1 for name in one if other.get(name) == one[name])


# Sharing ---------------------------------------------------------------------------------------------------


def test_of_two_answers_that_are_equally_good_the_one_that_another_environment_has_is_taken() -> None:
    """Either of a and b can only be new with an old other; the new a is not for windows."""
    releases = {
        "a": {"1": Release(), "2": Release(("b==1",), tag=TAGS["linux"][0])},
        "b": {"1": Release(), "2": Release(("a==1",))},
    }
    questions, catalog = asked(Universe(releases=releases, wishes=("a", "b")))
    assert pins(answer(questions[1], catalog)) == {"a": "2", "b": "1"}
    windows, linux = shared(questions, catalog)
    assert pins(windows) == pins(linux) == {"a": "1", "b": "2"}


def test_an_older_version_alone_is_never_shared() -> None:
    releases = {"a": {"1": Release(), "2": Release(tag=TAGS["linux"][0])}}
    questions, catalog = asked(Universe(releases=releases, wishes=("a",)))
    searched: list[Question] = []

    def answer_one(question: Question) -> Resolution:
        searched.append(question)
        return answer(question, catalog)

    windows, linux = answer_sharing(questions, answer_one)
    assert (pins(windows), pins(linux)) == ({"a": "1"}, {"a": "2"})
    assert searched == questions, "what could only be older is not even tried"


def test_what_would_only_be_older_is_not_taken_though_less_would_differ() -> None:
    """The new a and b are had together or not at all; windows has neither, and a newer e that linux cannot have."""
    releases = {
        "a": {"1": Release(), "2": Release(("b==2",), tag=TAGS["linux"][0])},
        "b": {"1": Release(), "2": Release(("a==2",))},
        "e": {"1": Release(), "2": Release(tag=TAGS["windows"][0])},
    }
    questions, catalog = asked(Universe(releases=releases, wishes=("a", "b", "e")))
    windows, linux = shared(questions, catalog)
    assert pins(windows) == {"a": "1", "b": "1", "e": "2"}
    assert pins(linux) == {"a": "2", "b": "2", "e": "1"}


def test_a_pin_of_the_lock_goes_before_another_environment() -> None:
    releases = {
        "a": {"1": Release(), "2": Release(("b==1",), tag=TAGS["linux"][0])},
        "b": {"1": Release(), "2": Release(("a==1",))},
    }
    questions, catalog = asked(Universe(releases=releases, wishes=("a", "b")))
    questions[1] = replace(questions[1], locked={"a": "2", "b": "1"})
    assert pins(shared(questions, catalog)[1]) == {"a": "2", "b": "1"}


def test_an_environment_without_an_answer_keeps_nobody_else_from_one() -> None:
    releases = {"a": {"1": Release(tag=TAGS["linux"][0])}}
    questions, catalog = asked(Universe(releases=releases, wishes=("a",)))
    windows, linux = shared(questions, catalog)
    assert isinstance(windows, NoAnswer)
    assert pins(linux) == {"a": "1"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("make", [random_universe, tied_universe], ids=["random", "tied"])
@pytest.mark.parametrize("seeds", CHUNKS, ids=IDS)
def test_every_environment_keeps_a_sound_complete_and_undominated_answer(
    seeds: range, make: Make, engine: Engine
) -> None:
    for seed in seeds:
        universe = make(seed)
        questions, catalog = asked(universe)
        for name, found in zip(NAMES, shared(questions, catalog, engine), strict=True):
            oracle = Oracle(universe, name)
            if isinstance(found, NoAnswer):
                assert not isinstance(found.outcome, Refused) or not oracle.exists(), f"seed {seed}, {name}"
                continue
            assert oracle.is_sound(pins(found)), f"seed {seed}, {name}"
            assert oracle.improvement(pins(found)) is None, f"seed {seed}, {name}"


@pytest.mark.parametrize("seeds", CHUNKS, ids=IDS)
def test_sharing_takes_no_answer_that_is_merely_older_and_lets_less_differ(seeds: range) -> None:
    moved = 0
    for seed in seeds:
        questions, catalog = asked(tied_universe(seed))
        first, second = shared(questions, catalog)
        if isinstance(first, NoAnswer) or isinstance(second, NoAnswer):
            continue
        alone, together = pins(answer(questions[1], catalog)), pins(second)
        if alone != together:
            moved += 1
            assert any(together[name] > alone[name] for name in together), f"seed {seed}"
            assert agreeing(together, pins(first)) > agreeing(alone, pins(first)), f"seed {seed}"
    assert moved > 0


@pytest.mark.parametrize("make", [random_universe, tied_universe], ids=["random", "tied"])
def test_the_names_of_environments_change_nothing(make: Make) -> None:
    for seed in SEEDS[:100]:
        questions, catalog = asked(make(seed))
        renamed = [replace(q, environment=replace(q.environment, name=n)) for q, n in zip(questions, "zy", strict=True)]
        for solve in (shared, strict):
            told = [None if isinstance(f, NoAnswer) else pins(f) for f in solve(questions, catalog)]
            again = [None if isinstance(f, NoAnswer) else pins(f) for f in solve(renamed, catalog)]
            assert told == again, f"seed {seed}"


# One version everywhere ------------------------------------------------------------------------------------


def test_strict_takes_the_newest_version_that_fits_everywhere() -> None:
    releases = {"a": {"1": Release(), "2": Release(), "3": Release(tag=TAGS["linux"][0])}}
    questions, catalog = asked(Universe(releases=releases, wishes=("a",)))
    assert [pins(found) for found in strict(questions, catalog)] == [{"a": "2"}, {"a": "2"}]


def test_strict_binds_a_project_only_where_it_is_needed() -> None:
    releases = {"a": {"1": Release(("b; sys_platform == 'win32'",))}, "b": {"1": Release(tag=TAGS["windows"][0])}}
    questions, catalog = asked(Universe(releases=releases, wishes=("a",)))
    assert [pins(found) for found in strict(questions, catalog)] == [{"a": "1", "b": "1"}, {"a": "1"}]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("make", [random_universe, tied_universe], ids=["random", "tied"])
@pytest.mark.parametrize("seeds", CHUNKS, ids=IDS)
def test_strict_gives_one_sound_version_everywhere_or_there_is_none(seeds: range, make: Make, engine: Engine) -> None:
    for seed in seeds:
        universe = make(seed)
        questions, catalog = asked(universe)
        found = strict(questions, catalog, engine)
        oracles = [Oracle(universe, name) for name in NAMES]
        if any(isinstance(each, NoAnswer) for each in found):
            proven = [each for each in found if isinstance(each, NoAnswer) and isinstance(each.outcome, Refused)]
            assert not proven or not _agreement_exists(*oracles), f"seed {seed}"
            continue
        one, other = (pins(each) for each in found)
        assert all(oracle.is_sound(each) for oracle, each in zip(oracles, (one, other), strict=True)), f"seed {seed}"
        assert all(one.get(name, version) == version for name, version in other.items()), f"seed {seed}"
        assert _improvement(oracles, [one, other]) is None, f"seed {seed}"


def _agreement_exists(one: Oracle, other: Oracle) -> bool:
    there = list(other.answers())
    return any(all(b.get(name, v) == v for name, v in a.items()) for a in one.answers() for b in there)


def _improvement(oracles: list[Oracle], found: list[Pins]) -> str | None:
    """Return a project that could be newer everywhere at once, with all else as it is."""
    for name in {name for each in found for name in each}:
        pinned = next(each[name] for each in found if name in each)
        for version in oracles[0].order(name):
            if version == pinned:
                break
            raised = [{**each, name: version} if name in each else each for each in found]
            if all(oracle.is_sound(each) for oracle, each in zip(oracles, raised, strict=True)):
                return name
    return None


def test_a_joint_question_has_one_world_in_which_each_environment_has_its_own_nodes() -> None:
    questions, catalog = asked(Universe(releases={"a": {"1": Release()}}, wishes=("a",)))
    found = answer_jointly(JointQuestion(questions=tuple(questions)), catalog)
    assert [(each.environment, pins(each)) for each in found] == [("windows", {"a": "1"}), ("linux", {"a": "1"})]


def test_a_yanked_release_that_only_a_constraint_pins_is_taken_in_every_environment() -> None:
    universe = Universe(
        releases={"a": {"1": Release(), "2": Release(yanked=True)}}, wishes=("a",), constraints=("a==2",)
    )
    for where in NAMES:
        for preferred in ({}, {"a": "2"}, {"a": "1"}):
            question = question_of(universe, where, preferred=preferred)
            assert pins(answer(question, catalog_of(universe))) == {"a": "2"}
