"""The ways between two things of a lock, shorter ones first."""

from collections.abc import Iterator, Sequence
from itertools import islice

from frazil.frozen.graph import Node
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.routes import Roads, Route, RouteBook, Stop, Way, route_order, simple_ways
from frazil.frozen.subjects import Subject, find_subject
from frazil.frozen.walk import walked_targets
from frazil.project.patterns import is_pattern, matches
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a way: targets by name, or what a subject means."""

    targets: tuple[str, ...] = ()
    subject: Subject | None = None

    def means(self, answer: Coordinate | FrozenTarget, environment: str) -> bool:
        """Say whether what answers in an environment is this end."""
        if isinstance(answer, FrozenTarget) and answer.name in self.targets:
            return True
        return self.subject is not None and self.subject.means(answer, environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Routes, shorter ones first; `more` says that there are others."""

    routes: tuple[Route, ...]
    more: bool


def find_end(frozen: Frozen, written: str) -> End:
    """Read an end: targets by name or glob, else what `find_subject` takes.

    A member named by its target is both. Raises UsageError with what was meant.
    """
    names = {target.name for target in walked_targets(frozen)}
    name = written.removeprefix("./").rstrip("/") or "."
    if name in names:
        project = frozen.targets_by_name[name].project_name
        return End(targets=(name,), subject=None if project is None else Subject(written=written, name=project))
    if is_pattern(name):
        found = tuple(sorted(each for each in names if matches(name, each)))
        if found:
            return End(targets=found)
    return End(subject=find_subject(frozen, written))


def ways_between(frozen: Frozen, start: End, goal: End, environments: Sequence[str], *, most: int) -> Ways:
    """Return the ways from one end to the other that come nowhere twice, at most `most` of them.

    Where both ends are the same thing, the one way to it has no legs.
    """
    book = RouteBook(frozen)
    more = False
    for environment in environments:
        roads = Roads(frozen, environment, walked_targets(frozen))
        goals = roads.goals(goal.means)
        for stop, ways, nodes, is_goal in _starts(roads, book, start, goal, goals):
            if is_goal:
                book.add(stop, (), roads)
                continue
            found = list(islice(simple_ways(roads, ways, goals, start=nodes), most + 1))
            more = more or len(found) > most
            for way in found[:most]:
                book.add(stop, way, roads)
    routes = sorted(book.routes(), key=lambda route: (len(route.legs), route_order(route)))
    return Ways(routes=tuple(routes[:most]), more=more or len(routes) > most)


def _starts(
    roads: Roads, book: RouteBook, start: End, goal: End, goals: set[Node]
) -> Iterator[tuple[Stop, list[Way], list[Node], bool]]:
    """Yield each thing that ways begin at, what it asks for, its nodes, and whether it is the goal already."""
    for name, ways in roads.starts.items():
        if name in start.targets:
            yield Stop("target", name), ways, [], name in goal.targets
    nodes: dict[tuple[str, str], list[Node]] = {}
    for node in roads.goals(start.means):
        nodes.setdefault(node[:2], []).append(node)
    for (resolve, name), alike in sorted(nodes.items()):
        answer = roads.graph.answer((resolve, name, None))
        # A member that is a target was yielded as that.
        if not (isinstance(answer, FrozenTarget) and answer.name in start.targets):
            ways = [way for node in alike for way in roads.ahead[node]]
            yield book.stop(answer, resolve), ways, alike, not goals.isdisjoint(alike)
