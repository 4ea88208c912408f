"""A refusal over several environments is a proof, and is told with the environments that clash."""

import pytest

from frazil.resolver import conflict
from frazil.resolver.bound import Bound
from frazil.resolver.clauses import NeedFact, clauses_under
from frazil.resolver.explanation import explain
from frazil.resolver.outcome import Refused
from frazil.resolver.proof import ProofError, _JointChecker, check_proof
from frazil.resolver.question import JointQuestion
from frazil.resolver.ways_out import Unshared
from frazil.values import replace
from tests.support.crowds import wish_in
from tests.support.universes import TAGS, Release, Universe, catalog_of, question_of, random_universe

NAMES = ("windows", "linux")


def joint(universe: Universe) -> JointQuestion:
    return JointQuestion(questions=tuple(question_of(universe, name) for name in NAMES))


def test_every_refusal_of_a_joint_search_is_a_proof() -> None:
    checked = 0
    for seed in range(500, 700):
        universe = random_universe(seed)
        catalog = catalog_of(universe)
        _, outcome = conflict.search(joint(universe), catalog, Bound())
        if isinstance(outcome, Refused):
            assert check_proof(outcome.proof, joint(universe), catalog) >= 1
            checked += 1
    assert checked > 50


APART = Universe(
    releases={"numpy": {"2.3": Release(tag=TAGS["windows"][0]), "2.4": Release(tag=TAGS["linux"][0])}},
    wishes=("numpy",),
)


def test_a_tie_that_forbids_more_than_two_versions_at_once_is_rejected() -> None:
    catalog = catalog_of(APART)
    _, outcome = conflict.search(joint(APART), catalog, Bound())
    assert isinstance(outcome, Refused)
    checker = _JointChecker(joint(APART), catalog)
    ties = [
        (dict(clause.terms), clause.because)
        for clause in clauses_under(outcome.proof)
        if isinstance(clause.because, NeedFact) and clause.because.need.node == "numpy"
    ]
    assert ties
    for terms, tie in ties:
        checker.check(tuple(terms.items()), tie)
        both = {**terms, "numpy": terms["numpy"] | tie.versions}
        absent = {tie.node: terms[tie.node] | 0b100, "numpy": terms["numpy"] & 0b011}
        for wider in (both, absent):
            with pytest.raises(ProofError, match="more than two versions"):
                checker.check(tuple(wider.items()), tie)


def test_what_cannot_be_shared_is_told_with_the_environments_and_the_way_out_of_not_sharing() -> None:
    catalog = catalog_of(APART)
    wishes = (wish_in("numpy", "services/api/pyproject.toml", 4, "services/api"),)
    questions = tuple(replace(question, wishes=wishes) for question in joint(APART).questions)
    world, outcome = conflict.search(JointQuestion(questions=questions), catalog, Bound())
    assert isinstance(outcome, Refused)
    [explanation] = explain([(world, outcome)], catalog, Bound())
    assert explanation.environments == NAMES
    assert explanation.sentence == 'no one version everywhere, as share = "strict" asks, satisfies services/api'
    assert explanation.requirements == ("services/api  requires numpy  services/api/pyproject.toml:4",)
    assert set(explanation.steps) == {
        f"and no file of numpy 2.4 fits windows: there is only {TAGS['linux'][0]}",
        f"and no file of numpy 2.3 fits linux: there is only {TAGS['windows'][0]}",
    }
    assert explanation.ways.ways == (Unshared(),)
