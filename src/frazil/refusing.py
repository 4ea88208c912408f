"""From a search without an answer to the error that a person reads."""

from frazil.catalog import Catalog
from frazil.errors import FrazilError, GaveUp, NoResolution
from frazil.resolver.bound import Bound
from frazil.resolver.engines import Engine, NoAnswer
from frazil.resolver.explanation import explain
from frazil.resolver.outcome import Refused


def explained(none: NoAnswer, catalog: Catalog, engine: Engine, bound: Bound) -> FrazilError:
    """Return NoResolution with its derivation, or GaveUp with what was refused again and again."""
    question = none.world.question
    place = question.environment.name
    if isinstance(none.outcome, Refused):
        explanation = explain(none.world, none.outcome, catalog, bound)
        return NoResolution(f"{explanation.sentence} ({place})", details=explanation.lines, hint=explanation.hint)
    exhausted = none.outcome
    if exhausted.node is not None and exhausted.culprit is not None:
        return GaveUp(
            f"gave up on {exhausted.node} ({place}): {exhausted.refused} of its releases were refused because of "
            f"{exhausted.culprit}, and {exhausted.unread} more were not read",
            hint=f"relax what is asked of {exhausted.culprit}, or ask for the proof with `--prove`",
        )
    if engine == "resolvelib":
        return GaveUp(
            f"resolvelib found no answer ({place}), which proves nothing",
            hint="without `--engine resolvelib`, frazil finds an answer or proves that there is none",
        )
    return GaveUp(f"gave up after {exhausted.rounds} rounds without an answer or a proof ({place})")
