"""The two engines behind one verb, and the pass that both go through."""

from typing import Literal

from frazil.catalog import Catalog
from frazil.model import Resolution
from frazil.resolver import conflict
from frazil.resolver.answer import resolution_of
from frazil.resolver.bound import Bound
from frazil.resolver.outcome import Answered, Exhausted, Refused
from frazil.resolver.question import Question
from frazil.resolver.raising import raise_pins
from frazil.resolver.world import World

Engine = Literal["conflict", "resolvelib"]
ENGINES: tuple[Engine, ...] = ("conflict", "resolvelib")
LEADING: Engine = "conflict"


class NoAnswer(Exception):
    """A search that ended without an answer: refused with a proof, or exhausted."""

    def __init__(self, world: World, outcome: Refused | Exhausted) -> None:
        self.world = world
        self.outcome = outcome
        super().__init__(type(outcome).__name__)


def answer(question: Question, catalog: Catalog, *, engine: Engine = LEADING, bound: Bound | None = None) -> Resolution:
    """Choose versions for one resolve in one environment.

    Raises NoAnswer when the search refused (a proof is inside) or was exhausted; OutsideError when an index failed.
    """
    limit = bound or Bound()
    if engine == "resolvelib":
        from frazil.resolver import backtracking  # noqa: PLC0415 - resolvelib is only imported when it is asked for

        world, outcome = backtracking.search(question, catalog, limit)
    else:
        world, outcome = conflict.search(question, catalog, limit)
    if not isinstance(outcome, Answered):
        raise NoAnswer(world, outcome)
    raised = raise_pins(world, outcome.versions, outcome.passed_over)
    if raised is None:
        raise NoAnswer(world, Exhausted(outcome.rounds))
    return resolution_of(world, raised, outcome.rounds)
