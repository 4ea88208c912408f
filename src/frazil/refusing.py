"""From searches without an answer to the one error that a person reads."""

from collections.abc import Iterable, Sequence

from frazil.catalog import Catalog
from frazil.errors import FrazilError, GaveUp, NoResolution
from frazil.model import DEFAULT_RESOLVE
from frazil.resolver.bound import Bound, explaining
from frazil.resolver.core import questions_in
from frazil.resolver.engines import Engine, NoAnswer
from frazil.resolver.explanation import Explanation, explain
from frazil.resolver.joint import AnyWorld
from frazil.resolver.outcome import Exhausted, Refused
from frazil.resolver.story import aligned
from frazil.resolver.wheels import Lacking, lacking_wheels

MOST_LINES = 38
"""Between the sentence and the hint; with those, 40."""

_MOST_TOLD = 3
_MOST_ROWS = 30


def refused(
    failures: Sequence[NoAnswer], catalog: Catalog, engine: Engine, bound: Bound, *, ending: str
) -> FrazilError:
    """Return NoResolution with what cannot be, else GaveUp with what was refused again and again.

    `failures` are those of all resolves and environments, in their order; `ending` is the last line, if there is one.
    """
    proven = [(none.world, none.outcome) for none in failures if isinstance(none.outcome, Refused)]
    exhausted = [(none.world, none.outcome) for none in failures if isinstance(none.outcome, Exhausted)]
    if not proven:
        return _gave_up(exhausted, engine, bound, ending)
    effort = explaining(bound)
    lacking = [each for world, outcome in proven for each in lacking_wheels(world, outcome, catalog, effort)]
    if lacking:
        return _without_wheels(lacking, ending)
    named = {_resolve(none.world) for none in failures} != {DEFAULT_RESOLVE}
    return _explained(explain(proven, catalog, effort), exhausted, ending, named=named)


# A refusal -------------------------------------------------------------------------------------------------


def _explained(
    told: Sequence[Explanation], exhausted: Sequence[tuple[AnyWorld, Exhausted]], ending: str, *, named: bool
) -> NoResolution:
    """Put explanations one below the other, the first one's sentence on top, within the lines that there are."""
    shown = told[:_MOST_TOLD]
    left_out = [_named(each.resolve, each.environments, named=True) for each in told[_MOST_TOLD:]]
    more = [f"and there is no answer for {', '.join(left_out)} either"] if left_out else []
    more += [f"the search for {_place(world, named=named)} gave up" for world, _ in exhausted]
    room = (MOST_LINES - 2 * len(shown) - len(more)) // len(shown)
    details: list[str] = []
    for position, each in enumerate(shown):
        opening = [f"and {_sentence(each, named=named)}"] if position else []
        details += ["", *opening, *each.lines(room)]
    hint = next((each.hint for each in shown if each.hint is not None), None)
    return NoResolution(_sentence(shown[0], named=named), details=(*details, *more, *_last(ending)), hint=hint)


def _last(ending: str) -> tuple[str, ...]:
    return (ending,) if ending else ()


def _sentence(told: Explanation, *, named: bool) -> str:
    return f"{told.sentence} ({_named(told.resolve, told.environments, named=named)})"


def _named(resolve: str, environments: Iterable[str], *, named: bool) -> str:
    places = _listed(sorted(environments))
    return f"resolve {resolve}: {places}" if named else places


def _place(world: AnyWorld, *, named: bool) -> str:
    places = [question.environment.name for question in questions_in(world.question)]
    return _named(_resolve(world), places, named=named)


def _resolve(world: AnyWorld) -> str:
    return questions_in(world.question)[0].resolve


# Wheels ----------------------------------------------------------------------------------------------------


def _without_wheels(lacking: Sequence[Lacking], ending: str) -> NoResolution:
    """List everything that lacks a wheel; what does not fit on lines of its own is named on the last one."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[Lacking]] = {}
    for each in lacking:
        alike.setdefault((each.name, each.version, each.platforms), []).append(each)
    rows = [
        (
            f"{name} {version}",
            _has(platforms),
            _listed(sorted(each.environment for each in same)),
            f"for {same[0].origin}",
        )
        for (name, version, platforms), same in sorted(alike.items(), key=lambda pair: pair[0])
    ]
    lines = [*aligned(rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        lines.append(f"and {_listed(row[0] for row in rows[_MOST_ROWS:])}")
    count = len({(each.name, each.version) for each in lacking})
    subject = "1 release has no wheel that fits" if count == 1 else f"{count} releases have no wheel that fits"
    return NoResolution(
        f"{subject}, and require-wheels wants one of everything",
        details=("", *lines, *_last(ending)),
        hint=f"ask for other releases, or let one be built: [tool.frazil.packages.{rows[0][0].split()[0]}] "
        "require-wheels = false",
    )


def _has(platforms: Sequence[str]) -> str:
    if not platforms:
        return "has only a source distribution"
    more = f" and {len(platforms) - 4} more" if len(platforms) > 4 else ""
    return f"has wheels for {', '.join(platforms[:4])}{more}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


# Giving up -------------------------------------------------------------------------------------------------


def _gave_up(exhausted: Sequence[tuple[AnyWorld, Exhausted]], engine: Engine, bound: Bound, ending: str) -> GaveUp:
    """Say at what the bound was reached, where a search gave up first."""
    world, outcome = exhausted[0]
    place = _place(world, named=False)
    others = tuple(f"the search for {_place(other, named=True)} gave up too" for other, _ in exhausted[1:])
    details = (*others[:MOST_LINES], *_last(ending))
    if outcome.node is not None and outcome.node == outcome.culprit:
        node = world.label(outcome.node)
        return GaveUp(
            f"gave up on {node} ({place}): what fits of it is yanked, and of what might pin it exactly "
            f"{outcome.unread} releases are unread (the bound is {bound.unread})",
            details=details,
            hint=f"pin one yourself (`{node.partition(' ')[0]}==…`), ask for others, or for an answer at any price "
            "with `--prove`",
        )
    if outcome.node is not None and outcome.culprit is not None:
        node, culprit = world.label(outcome.node), world.label(outcome.culprit)
        behind = None if outcome.behind is None else world.label(outcome.behind)
        why = culprit if behind is None else f"{culprit}, which {behind} keeps out"
        return GaveUp(
            f"gave up on {node} ({place}): {outcome.refused} of its releases were refused because of {why}, and "
            f"{outcome.unread} more are unread (the bound is {bound.refusals} refused and {bound.unread} unread)",
            details=details,
            hint=f"ask for less of {behind or culprit} or for a newer {node}, or for an answer at any price with "
            "`--prove`",
        )
    if engine == "resolvelib":
        return GaveUp(
            f"resolvelib found no answer within {bound.rounds} rounds ({place}), which proves nothing",
            details=details,
            hint="without `--engine resolvelib`, frazil finds an answer or proves that there is none",
        )
    return GaveUp(
        f"gave up after {bound.conflicts} conflicts without an answer or a proof ({place})",
        details=details,
        hint="ask for less at once, or for an answer at any price with `--prove`",
    )
