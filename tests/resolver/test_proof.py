"""The proof checker accepts what the search derived and nothing that was tampered with."""

import random

import pytest

from frazil.catalog import InMemoryCatalog
from frazil.resolver.clauses import Clause, Derived, UnpinnedFact, clauses_under
from frazil.resolver.engines import NoAnswer, answer
from frazil.resolver.outcome import Refused
from frazil.resolver.proof import ProofError, check_proof
from frazil.resolver.question import Question
from tests.support.judging import rebuilt
from tests.support.universes import catalog_of, question_of, random_universe

Refusal = tuple[Clause, Question, InMemoryCatalog]


def refusals(seeds: range) -> list[Refusal]:
    found = []
    for seed in seeds:
        universe = random_universe(seed)
        question, catalog = question_of(universe, "linux"), catalog_of(universe)
        try:
            answer(question, catalog)
        except NoAnswer as none:
            if isinstance(none.outcome, Refused):
                found.append((none.outcome.proof, question, catalog))
    return found


REFUSALS = refusals(range(500, 900))


@pytest.mark.promise("R12")
def test_every_refusal_of_the_search_is_a_proof() -> None:
    assert len(REFUSALS) > 50
    for proof, question, catalog in REFUSALS:
        assert check_proof(proof, question, catalog) >= 1


def test_a_clause_that_says_more_than_follows_is_rejected() -> None:
    """Drop a term: the clause then forbids what its premises do not."""
    tampered = 0
    for proof, question, catalog in REFUSALS:
        for clause in clauses_under(proof):
            if clause is proof or len(clause.terms) < 2:
                continue
            replacement = Clause(clause.terms[1:], clause.because)
            with pytest.raises(ProofError):
                check_proof(rebuilt(proof, clause, replacement), question, catalog)
            tampered += 1
    assert tampered > 50


def test_a_proof_for_another_question_is_rejected() -> None:
    for proof, question, catalog in REFUSALS:
        bare = Question(resolve=question.resolve, environment=question.environment, wishes=())
        with pytest.raises(ProofError):
            check_proof(proof, bare, catalog)


def test_a_proof_that_ends_with_terms_left_is_rejected() -> None:
    generator = random.Random(1)
    longer = [refusal for refusal in REFUSALS if isinstance(refusal[0].because, Derived)]
    for proof, question, catalog in generator.sample(longer, 20):
        inner = next(clause for clause in clauses_under(proof) if clause.terms)
        with pytest.raises(ProofError, match="still has terms"):
            check_proof(inner, question, catalog)


def test_a_fact_that_the_catalog_does_not_know_is_rejected() -> None:
    """Take away what the world says: the proof must fall with it."""
    fallen = 0
    for proof, question, _ in REFUSALS:
        empty = InMemoryCatalog((), {})
        if not isinstance(proof.because, Derived):
            continue
        try:
            check_proof(proof, question, empty)
        except ProofError:
            fallen += 1
    assert fallen > 20


def test_a_yanked_release_is_not_without_a_pin_while_somebody_pins_it() -> None:
    """Take the pins out of the facts: a proof may not say that nobody pins what somebody does."""
    fallen = 0
    for seed in range(400, 1200):
        universe = random_universe(seed)
        question, catalog = question_of(universe, "linux"), catalog_of(universe)
        try:
            answer(question, catalog)
        except NoAnswer as none:
            proof = none.outcome.proof if isinstance(none.outcome, Refused) else None
            facts = () if proof is None else clauses_under(proof)
            for fact in (c for c in facts if isinstance(c.because, UnpinnedFact) and c.because.pinners):
                assert proof is not None
                assert isinstance(fact.because, UnpinnedFact)
                node, version = fact.because.node, fact.because.version
                lonely = Clause(((node, 1 << version),), UnpinnedFact(node, version, ()))
                with pytest.raises(ProofError):
                    check_proof(rebuilt(proof, fact, lonely), question, catalog)
                fallen += 1
    assert fallen
