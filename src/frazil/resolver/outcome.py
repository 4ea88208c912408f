"""How a search ends: with an answer, a refusal and its proof, or giving up."""

from collections.abc import Mapping

from frazil.resolver.clauses import Clause
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """A version for each node that is in the answer.

    Of the projects in `passed_over` many releases were taken to be refused without being read.
    """

    versions: Mapping[str, int]
    rounds: int
    passed_over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no answer: the clause without terms, whose derivation is the proof."""

    proof: Clause
    rounds: int


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The bound of work was reached.

    Where one project was refused again and again for one reason: `node`, the `culprit` it could not live with, how
    many releases were `refused`, and how many were not `read`. Where most releases of the culprit were refused for a
    reason of their own, that is `behind`.
    """

    rounds: int
    node: str | None = None
    culprit: str | None = None
    refused: int = 0
    unread: int = 0
    behind: str | None = None


Outcome = Answered | Refused | Exhausted
