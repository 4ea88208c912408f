"""One random universe put before both engines and judged: what the laws of a resolution say, and what was seen."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from frazil.catalog import InMemoryCatalog
from frazil.model import Resolution
from frazil.resolver.bound import Bound, proving
from frazil.resolver.clauses import Clause, Derived, UnpinnedAnswer, clauses_under
from frazil.resolver.engines import ENGINES, Engine, NoAnswer, answer, answer_jointly
from frazil.resolver.outcome import Refused
from frazil.resolver.proof import ProofError, check_proof
from frazil.resolver.question import AnyQuestion, JointQuestion
from tests.support.universe_maker import universe_of
from tests.support.universes import MARKERS, Oracle, Undecided, Universe, catalog_of, question_of

MOST_SECONDS = 10.0
"""That one question may take."""

Pins = dict[str, str]
T = TypeVar("T")


class Wrong(AssertionError):
    """A law that does not hold."""


def judge(seed: int) -> Counter[str]:
    """Judge both engines on the universe of a seed; return how it ended. Raises Wrong."""
    universe = universe_of(seed)
    seen: Counter[str] = Counter()
    found: dict[str, Pins | None] = {}
    for name in sorted(MARKERS):
        oracle = Oracle(universe, name)
        for engine in ENGINES:
            pins = _judge_one(universe, oracle, engine, seen)
            if engine == "conflict":
                found[name] = pins
    _judge_ties(universe, found, seen)
    _judge_strict(universe, seen)
    _judge_order(universe, random.Random(seed))
    return seen


def _judge_one(universe: Universe, oracle: Oracle, engine: Engine, seen: Counter[str]) -> Pins | None:
    question, catalog = question_of(universe, oracle.name), catalog_of(universe)
    where = f"{engine}, {oracle.name}"
    pins = _timed(where, lambda: _pins_or_none(question, catalog, engine, where, seen))
    if pins is None:
        if engine == "conflict":
            _judge_refusal(oracle.exists, where, seen)
        return None
    _judge_pins(oracle, pins, where)
    again = _pins(answer(question_of(universe, oracle.name, locked=pins), catalog, engine=engine))
    if again != pins:
        raise Wrong(f"{where}: its own pins, locked, do not stay: {pins} became {again}")
    return pins


def _judge_pins(oracle: Oracle, pins: Pins, where: str) -> None:
    if not oracle.is_sound(pins):
        raise Wrong(f"{where}: unsound: {pins}")
    better = oracle.improvement(pins)
    if better is not None:
        raise Wrong(f"{where}: dominated: {pins} could have {better}")


def _judge_refusal(exists: Callable[[], bool], where: str, seen: Counter[str]) -> None:
    try:
        if exists():
            raise Wrong(f"{where}: denied an answer that exists")
    except Undecided:
        seen["refusals too large for the oracle"] += 1


def _judge_ties(universe: Universe, found: dict[str, Pins | None], seen: Counter[str]) -> None:
    """What another environment has breaks ties, and takes no law away."""
    for name, other in (("linux", "windows"), ("windows", "linux")):
        theirs, mine = found[other], found[name]
        if theirs is None or mine is None:
            continue
        question = question_of(universe, name, preferred=theirs)
        pins = _pins(answer(question, catalog_of(universe)))
        _judge_pins(Oracle(universe, name), pins, f"after {other}, {name}")
        seen["ties"] += 1


def _judge_strict(universe: Universe, seen: Counter[str]) -> None:
    """One version everywhere: an answer is sound in each environment, a refusal is right."""
    names = sorted(MARKERS)
    joint = JointQuestion(questions=tuple(question_of(universe, name) for name in names))
    catalog = catalog_of(universe)
    oracles = [Oracle(universe, name) for name in names]
    try:
        each = _timed(
            "strict", lambda: _proven(lambda b: [_pins(one) for one in answer_jointly(joint, catalog, bound=b)])
        )
    except NoAnswer as none:
        _check_refused(none, joint, catalog, "strict")
        first, second = oracles
        _judge_refusal(lambda: any(second.exists(pins) for pins in first.answers()), "strict", seen)
        seen["strict refused"] += 1
        return
    for oracle, pins in zip(oracles, each, strict=True):
        if not oracle.is_sound(pins):
            raise Wrong(f"strict: unsound in {oracle.name}: {pins}")
    if any(pins[name] != each[0].get(name, pins[name]) for pins in each for name in pins):
        raise Wrong(f"strict: not one version everywhere: {each}")
    seen["strict answered"] += 1


def _judge_order(universe: Universe, generator: random.Random) -> None:
    """The order of releases, files and requirements changes nothing."""
    for engine in ENGINES:
        outcomes = set()
        for _ in range(2):
            catalog = catalog_of(universe, shuffle=random.Random(generator.random()))
            try:
                found = answer(question_of(universe, "linux"), catalog, engine=engine)
                outcomes.add((found.pins, found.missing_extras))
            except NoAnswer as none:
                outcomes.add(((), ((type(none.outcome).__name__, ""),)))
        if len(outcomes) != 1:
            raise Wrong(f"{engine}: the order changes the answer")


def _pins_or_none(
    question: AnyQuestion, catalog: InMemoryCatalog, engine: Engine, where: str, seen: Counter[str]
) -> Pins | None:
    assert not isinstance(question, JointQuestion)
    try:
        found = _proven(lambda bound: answer(question, catalog, engine=engine, bound=bound))
    except NoAnswer as none:
        if engine == "conflict":
            _check_refused(none, question, catalog, where)
            seen["refused"] += 1
        elif isinstance(none.outcome, Refused):
            raise Wrong(f"{where}: resolvelib proves nothing") from None
        return None
    seen["answered" if engine == "conflict" else "answered by resolvelib"] += 1
    return _pins(found)


def _pins(found: Resolution) -> Pins:
    return {pin.name: pin.version or "" for pin in found.pins}


def _proven(ask: Callable[[Bound], T]) -> T:
    """Ask within the usual bound, and once more for a proof at any price where that was not enough."""
    try:
        return ask(Bound())
    except NoAnswer as none:
        if isinstance(none.outcome, Refused) or none.outcome.node is None:
            raise
    return ask(proving(Bound()))


def _timed(where: str, work: Callable[[], T]) -> T:
    begun = time.monotonic()
    done = work()
    if time.monotonic() - begun > MOST_SECONDS:
        raise Wrong(f"{where}: took longer than {MOST_SECONDS:.0f} s")
    return done


# Proofs ----------------------------------------------------------------------------------------------------


def _check_refused(none: NoAnswer, question: AnyQuestion, catalog: InMemoryCatalog, where: str) -> None:
    """See that a refusal is a proof, and that it is none any more once a step says more than it may."""
    if not isinstance(none.outcome, Refused):
        raise Wrong(f"{where}: gave up")
    proof = none.outcome.proof
    try:
        check_proof(proof, question, catalog)
    except ProofError as error:
        raise Wrong(f"{where}: no proof: {error}") from None
    tampered = tampered_with(proof)
    if tampered is not None:
        try:
            check_proof(tampered, question, catalog)
        except ProofError:
            return
        raise Wrong(f"{where}: a proof that was tampered with is accepted")


def tampered_with(proof: Clause) -> Clause | None:
    """Return a proof in which one clause has a term less than follows, None where no clause can lose one."""
    inner = [
        clause
        for clause in clauses_under(proof)
        # One environment's part of a forbidden answer may be enough: then the other terms can go.
        if clause is not proof and len(clause.terms) > 1 and not isinstance(clause.because, UnpinnedAnswer)
    ]
    if not inner:
        return None
    changed = inner[len(inner) // 2]
    return rebuilt(proof, changed, Clause(changed.terms[1:], changed.because))


def rebuilt(proof: Clause, changed: Clause, replacement: Clause) -> Clause:
    """Return the proof with one of its clauses replaced, everything above made anew."""
    made: dict[int, Clause] = {}
    for clause in clauses_under(proof):
        if clause is changed:
            made[id(clause)] = replacement
        elif isinstance(clause.because, Derived):
            left, right = made[id(clause.because.left)], made[id(clause.because.right)]
            made[id(clause)] = Clause(clause.terms, Derived(left, right, clause.because.pivot))
        else:
            made[id(clause)] = clause
    return made[id(proof)]
