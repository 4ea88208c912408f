"""Why a release is in the lock: the ways from the targets' requirements to it, and what holds it at its version."""

from collections.abc import Iterator, Sequence

from frazil.frozen.holding import Hold, holds_on
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.routes import Roads, Route, RouteBook, Shortest, Stop, route_order
from frazil.frozen.subjects import Subject
from frazil.values import dataclass, replace

MOST_WAYS = 100
"""Ways that are listed from one requirement in one environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One release or member: where it is, the shortest way from each requirement that leads there, what holds it.

    `stop` has no resolve, as it may be pinned by several. `more` counts the ways that are as short and not listed.
    """

    stop: Stop
    environments: tuple[str, ...]
    routes: tuple[Route, ...]
    more: int
    holds: tuple[Hold, ...]


def explain(
    frozen: Frozen,
    subject: Subject,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    most: int = MOST_WAYS,
) -> tuple[Explanation, ...]:
    """Explain all that a subject means, as far as these targets ship it in these environments.

    From each requirement of a target at most `most` ways are listed for an environment. What `P[x]` has from `P` is
    told of `P`, where that is among the targets.
    """
    roads = [Roads(frozen, environment, targets) for environment in environments]
    found: dict[int, Coordinate | FrozenTarget] = {}
    for each in roads:
        for node in each.goals(subject.means):
            answer = each.graph.answer(node)
            if answer is not None and not (isinstance(answer, FrozenTarget) and answer.base is not None):
                found[id(answer)] = answer
    explained = (_explanation(frozen, answer, targets, roads, most) for answer in found.values())
    return tuple(sorted(explained, key=lambda each: (each.stop.name, each.stop.place)))


def in_brief(explanation: Explanation) -> Explanation:
    """Return an explanation with as few ways from each requirement as name all environments in which it leads there."""
    groups: dict[tuple[str, Stop, str], list[Route]] = {}
    for route in explanation.routes:
        first = route.legs[0]
        groups.setdefault((route.start.name, first.source, str(first.requirement)), []).append(route)
    kept = [route for routes in groups.values() for route in _covering(routes)]
    left_out = len(explanation.routes) - len(kept)
    return replace(explanation, routes=tuple(sorted(kept, key=route_order)), more=explanation.more + left_out)


def _covering(routes: list[Route]) -> Iterator[Route]:
    told: set[str] = set()
    for route in sorted(routes, key=lambda route: -len(route.environments)):
        if not told.issuperset(route.environments):
            told.update(route.environments)
            yield route


def _explanation(
    frozen: Frozen,
    answer: Coordinate | FrozenTarget,
    targets: Sequence[FrozenTarget],
    roads: list[Roads],
    most: int,
) -> Explanation:
    book = RouteBook(frozen)
    stop = book.stop(answer)
    present, more = [], 0
    for each in roads:
        goals = each.nodes_of(answer)
        if not goals:
            continue
        present.append(each.environment)
        shortest = Shortest(each, goals)
        # Whose own requirements are told of themselves, here.
        names = {target.name for target in targets if each.environment in target.environments}
        left_out = 0
        for target in targets:
            start = Stop("target", target.name)
            for way in each.starts.get(target.name, ()):
                count = shortest.count(way)
                if not count or (way[0].source is not target and target.base in names):
                    continue
                for _, passed in zip(range(most), shortest.ways(way), strict=False):
                    book.add(start, passed, each)
                left_out += max(0, count - most)
        more = max(more, left_out)
    return Explanation(
        stop=stop,
        environments=tuple(sorted(present)),
        routes=book.routes(),
        more=more,
        holds=holds_on(frozen, answer, roads) if isinstance(answer, Coordinate) else (),
    )
