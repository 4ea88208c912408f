"""What questions of one run have in common is worked out once, and tells on none of their answers."""

import random
from dataclasses import replace

import pytest

from frazil.catalog import InMemoryCatalog
from frazil.model import Resolution
from frazil.resolver.engines import Engine, NoAnswer, answer
from frazil.resolver.known_facts import common_to
from frazil.resolver.question import Question
from frazil.values import replace as replaced
from tests.support.universes import Universe, catalog_of, question_of, random_universe, wish


def questions(universe: Universe, seed: int) -> list[Question]:
    """Return questions that differ in what is wished and pinned, in two environments, in any order."""
    dice = random.Random(seed)
    found = []
    for number in range(6):
        wishes = dice.sample([*universe.releases], dice.randint(1, len(universe.releases)))
        asked = replace(universe, wishes=tuple(wishes), constraints=universe.constraints if number % 2 else ())
        found.append(question_of(asked, dice.choice(["linux", "windows"])))
    return found


def told(question: Question, catalog: InMemoryCatalog, engine: Engine) -> Resolution | str:
    try:
        return answer(question, catalog, engine=engine)
    except NoAnswer as none:
        return type(none.outcome).__name__


@pytest.mark.parametrize("engine", ["conflict", "resolvelib"])
def test_a_question_is_answered_the_same_whatever_was_asked_before(engine: Engine) -> None:
    for seed in range(60):
        universe = random_universe(seed)
        shared = catalog_of(universe)
        for question in questions(universe, seed):
            assert told(question, shared, engine) == told(question, catalog_of(universe), engine), f"seed {seed}"


def test_questions_of_one_policy_have_it_in_common_and_others_do_not() -> None:
    universe = random_universe(1)
    catalog = catalog_of(universe)
    question = question_of(universe, "linux")
    common = common_to(question, catalog)
    assert common_to(replaced(question, wishes=(wish("a"),), resolve="other"), catalog) is common
    for other in (
        question_of(universe, "windows"),
        replaced(question, overrides=(wish("a<2"),)),
        replaced(question, excluded=frozenset({"a"})),
    ):
        assert common_to(other, catalog) is not common
    assert common_to(question, catalog_of(universe)) is not common
