"""The two engines behind one verb, and the pass that both go through."""

from typing import Literal

from frazil.catalog import Catalog
from frazil.model import Resolution
from frazil.resolver import conflict
from frazil.resolver.answer import resolution_of
from frazil.resolver.bound import Bound
from frazil.resolver.joint import AnyWorld, JointWorld, world_of
from frazil.resolver.outcome import Answered, Exhausted, Outcome, Refused
from frazil.resolver.question import AnyQuestion, JointQuestion, Question
from frazil.resolver.raising import raise_pins
from frazil.resolver.soundness import Versions
from frazil.resolver.world import World
from frazil.values import replace

Engine = Literal["conflict", "resolvelib"]
ENGINES: tuple[Engine, ...] = ("conflict", "resolvelib")
LEADING: Engine = "conflict"


class NoAnswer(Exception):
    """A search that ended without an answer: refused with a proof, or exhausted."""

    def __init__(self, world: AnyWorld, outcome: Refused | Exhausted) -> None:
        self.world = world
        self.outcome = outcome
        super().__init__(type(outcome).__name__)


def answer(question: Question, catalog: Catalog, *, engine: Engine = LEADING, bound: Bound | None = None) -> Resolution:
    """Choose versions for one resolve in one environment.

    Raises NoAnswer when the search refused (a proof is inside) or was exhausted; OutsideError when an index failed.
    """
    world, versions, rounds = _chosen(question, catalog, engine, bound or Bound())
    assert isinstance(world, World)  # noqa: S101 - a question for one environment has a world of one
    return resolution_of(world, versions, rounds)


def answer_jointly(
    question: JointQuestion, catalog: Catalog, *, engine: Engine = LEADING, bound: Bound | None = None
) -> tuple[Resolution, ...]:
    """Choose one version of each project for several environments, in their order. Raises as `answer` does."""
    world, versions, rounds = _chosen(question, catalog, engine, bound or Bound())
    assert isinstance(world, JointWorld)  # noqa: S101 - a joint question has a joint world
    return tuple(resolution_of(part, found, rounds) for part, found in world.parts(versions))


def _chosen(question: AnyQuestion, catalog: Catalog, engine: Engine, bound: Bound) -> tuple[AnyWorld, Versions, int]:
    world, outcome = _searched(question, catalog, engine, bound)
    if not isinstance(outcome, Answered):
        raise NoAnswer(world, outcome)
    if isinstance(question, Question) and question.preferred:
        # What another environment has is where the search began; that it could be newer here counts all the same.
        world = world_of(replace(question, preferred={}), catalog)
    raised = raise_pins(world, outcome.versions, outcome.passed_over)
    if raised is None:
        raise NoAnswer(world, Exhausted(outcome.rounds))
    return world, raised, outcome.rounds


def _searched(question: AnyQuestion, catalog: Catalog, engine: Engine, bound: Bound) -> tuple[AnyWorld, Outcome]:
    if engine == "resolvelib":
        from frazil.resolver import backtracking  # noqa: PLC0415 - resolvelib is only imported when it is asked for

        return backtracking.search(question, catalog, bound)
    return conflict.search(question, catalog, bound)
