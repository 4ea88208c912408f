"""What can be fuzzed. A new kind is a function from a case's number to what was seen, and an entry here.

The function raises AssertionError where something does not hold; any other exception is a crash, and counts the same.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.fuzz import judge_inputs
from tests.support.judging import judge


@dataclass(frozen=True)
class Kind:
    """How a case is judged, and how many cases a run makes up unless told otherwise."""

    judge: Callable[[int], Counter[str]]
    count: int


KINDS = {
    "universes": Kind(judge, 2_000),
    "inputs": Kind(judge_inputs, 4_000),
}
