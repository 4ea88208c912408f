"""The ways through a lock: who asks for whom, and the routes that lead from targets to what they ship.

A way goes from node to node of the graph, so that an edge behind an extra is only taken by who asks for that extra.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from frazil.frozen.graph import Asked, Graph, Node
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.requirement import Requirement
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that asks or is asked for.

    `kind` is `target` (a member that is asked for by its project name too), `coordinate` or `missing` (nothing in
    the lock answers). `resolve` is the one that pins a coordinate, None for a target and for who asks. `place` is the
    index of a coordinate in the lock.
    """

    kind: str
    name: str
    version: str | None = None
    resolve: str | None = None
    place: int = -1

    @property
    def label(self) -> str:
        """The stop in words: a target by its name, a release with its version."""
        return self.name if self.version is None else f"{self.name} {self.version}"


def stop_order(stop: Stop) -> tuple[str, int, str, str]:
    """Sort stops by name, then as the lock does."""
    return (stop.name, stop.place, stop.kind, stop.resolve or "")


@dataclass(frozen=True, slots=True)
class Leg:
    """One edge on a route: who asks for what, and what answers.

    `replaced` is what the source would ask for without an override; `file` is where a target declares it, None for
    its own `pyproject.toml`; `building` says that only the build of the source asks.
    """

    source: Stop
    requirement: Requirement
    destination: Stop
    replaced: Requirement | None = None
    file: str | None = None
    building: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A way from `start` along `legs`, the same in all of `environments` (sorted); without legs, one stands there.

    The first leg of `P[x]` may be `P`'s.
    """

    start: Stop
    legs: tuple[Leg, ...]
    environments: tuple[str, ...]

    @property
    def end(self) -> Stop:
        return self.legs[-1].destination if self.legs else self.start


def route_order(route: Route) -> tuple[object, ...]:
    """Sort routes by where they start, shorter ones first, then by what they pass."""
    passed = tuple((stop_order(leg.destination), str(leg.requirement)) for leg in route.legs)
    return (stop_order(route.start), len(route.legs), passed, route.environments)


Wanted = Callable[[Coordinate | FrozenTarget, str], bool]
"""Says whether a coordinate or member is one that is looked for in an environment."""

Way = tuple[Asked, list[Node]]
"""An edge, and the nodes that it leads to."""


class Roads:
    """Every edge that the walks of some targets follow in one environment, builds included."""

    def __init__(self, frozen: Frozen, environment: str, targets: Iterable[FrozenTarget]) -> None:
        self.environment = environment
        self.graph = Graph(frozen, environment)
        self.starts: dict[str, list[Way]] = {
            target.name: [(asked, asked.nodes()) for asked in self.graph.starts(target)]
            for target in targets
            if environment in target.environments
        }
        self.ahead: dict[Node, list[Way]] = {}
        self._behind: dict[Node, list[Node]] = {}
        self._asking: dict[Node, list[Asked]] | None = None
        waiting = [node for ways in self.starts.values() for _, nodes in ways for node in nodes]
        while waiting:
            node = waiting.pop()
            if node in self.ahead:
                continue
            ways = self.ahead[node] = [(asked, asked.nodes()) for asked in self.graph.followed(node)]
            for _, nodes in ways:
                for goal in nodes:
                    self._behind.setdefault(goal, []).append(node)
                    waiting.append(goal)

    def goals(self, wanted: Wanted) -> set[Node]:
        """Return the nodes that stand for what is wanted."""
        found = set()
        for node in self.ahead:
            answer = self.graph.answer(node)
            if answer is not None and wanted(answer, self.environment):
                found.add(node)
        return found

    def nodes_of(self, answer: Coordinate | FrozenTarget) -> set[Node]:
        """Return the nodes that stand for one coordinate or member."""
        return self.goals(lambda other, _: other is answer)

    def asking(self, resolve: str, name: str) -> list[Asked]:
        """Return all that a project is asked for with in a resolve, each edge once."""
        if self._asking is None:
            self._asking = {}
            known = set()
            for ways in (*self.starts.values(), *self.ahead.values()):
                for asked, nodes in ways:
                    # `P` and `P[x]` start with the same edges, and extras of one source lead to the same asking.
                    key = (id(asked.source), id(asked.replaced or asked.edge), asked.edge.requirement, asked.resolve)
                    if key not in known:
                        known.add(key)
                        self._asking.setdefault(nodes[0], []).append(asked)
        return self._asking.get((resolve, name, None), [])

    def distances(self, goals: Iterable[Node]) -> dict[Node, int]:
        """Return for each node that leads to a goal how many edges it is away."""
        found = dict.fromkeys(goals, 0)
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for before in self._behind.get(node, ()):
                if before not in found:
                    found[before] = found[node] + 1
                    queue.append(before)
        return found


class Shortest:
    """The shortest ways from nodes to goals in one environment: how many there are, and which."""

    def __init__(self, roads: Roads, goals: Iterable[Node]) -> None:
        self.distances = roads.distances(goals)
        self._onward: dict[Node, list[Way]] = {}
        self._counts: dict[Node, int] = {}
        # Nearer nodes stand first, so that what lies behind an edge is always counted already.
        for node, distance in self.distances.items():
            onward = [way for way in roads.ahead[node] if distance and self.length(way) == distance]
            self._onward[node] = onward
            self._counts[node] = sum(map(self.count, onward))

    def length(self, way: Way) -> int | None:
        """Return how many edges lead to the nearest goal from this one on, itself included; None when none do."""
        near = [self.distances[node] for node in way[1] if node in self.distances]
        return 1 + min(near) if near else None

    def count(self, way: Way) -> int:
        """Return how many shortest ways begin with an edge."""
        length = self.length(way)
        if length is None:
            return 0
        return 1 if length == 1 else sum(self._counts[node] for node in self._nearest(way, length))

    def ways(self, first: Way) -> Iterator[tuple[Asked, ...]]:
        """Yield the shortest ways that begin with an edge, in the order of the lock."""
        waiting: list[tuple[tuple[Asked, ...], Way]] = [((), first)]
        while waiting:
            before, way = waiting.pop()
            length = self.length(way)
            passed = (*before, way[0])
            if length == 1:
                yield passed
            elif length is not None:
                onward = [each for node in self._nearest(way, length) for each in self._onward[node]]
                waiting += [(passed, each) for each in reversed(onward)]

    def _nearest(self, way: Way, length: int) -> list[Node]:
        return [node for node in way[1] if self.distances.get(node) == length - 1]


def simple_ways(
    roads: Roads, first: Iterable[Way], goals: set[Node], *, start: Iterable[Node] = ()
) -> Iterator[tuple[Asked, ...]]:
    """Yield the ways to a goal that come nowhere twice, nor back to their start; shorter ones first.

    There may be very many.
    """
    shortest = Shortest(roads, goals)
    number = itertools.count()  # of two ways alike in length, the one that was found first
    waiting: list[tuple[int, int, int, tuple[Asked, ...], frozenset[Node], Way]] = []

    def push(passed: tuple[Asked, ...], seen: frozenset[Node], way: Way) -> None:
        length = shortest.length(way)
        if length is not None:
            heapq.heappush(waiting, (len(passed) + length, length, next(number), passed, seen, way))

    for way in first:
        push((), frozenset(start), way)
    while waiting:
        _, _, _, before, seen, way = heapq.heappop(waiting)
        passed = (*before, way[0])
        if not goals.isdisjoint(way[1]):
            yield passed
            continue
        new = [node for node in way[1] if node not in seen]
        beyond = seen.union(new)
        for node in new:
            for onward in roads.ahead[node]:
                push(passed, beyond, onward)


class RouteBook:
    """Routes as they are found in one environment after the other; the same one is kept once."""

    def __init__(self, frozen: Frozen) -> None:
        self._places = {id(coordinate): place for place, coordinate in enumerate(frozen.coordinates)}
        self._legs: dict[tuple[object, ...], int] = {}
        self._by_number: list[Leg] = []
        self._found: dict[tuple[Stop, tuple[int, ...]], list[str]] = {}

    def add(self, start: Stop, way: Iterable[Asked], roads: Roads) -> None:
        """Note a route in the environment of the roads."""
        numbers = tuple(self._number(asked, roads.graph) for asked in way)
        places = self._found.setdefault((start, numbers), [])
        if roads.environment not in places:
            places.append(roads.environment)

    def routes(self) -> tuple[Route, ...]:
        """Return all routes, in order."""
        found = (
            Route(start, tuple(self._by_number[number] for number in numbers), tuple(sorted(environments)))
            for (start, numbers), environments in self._found.items()
        )
        return tuple(sorted(found, key=route_order))

    def stop(self, answer: Coordinate | FrozenTarget | None, resolve: str | None = None, name: str = "") -> Stop:
        """Return what answers as a stop; `name` is what was asked for where nothing does."""
        match answer:
            case None:
                return Stop("missing", name, None, resolve)
            case FrozenTarget():
                return Stop("target", answer.name)
            case Coordinate():
                return Stop("coordinate", answer.name, answer.version, resolve, self._places[id(answer)])

    def source(self, asked: Asked) -> Stop:
        """Return who asks as a stop."""
        return self.stop(asked.source)

    def _number(self, asked: Asked, graph: Graph) -> int:
        original = asked.replaced or asked.edge
        answer = graph.answer(asked.nodes()[0])
        key = (id(asked.source), id(original), asked.edge.requirement, asked.resolve, asked.building, id(answer))
        number = self._legs.get(key)
        if number is None:
            number = self._legs[key] = len(self._by_number)
            self._by_number.append(
                Leg(
                    source=self.source(asked),
                    requirement=asked.edge.requirement,
                    destination=self.stop(answer, asked.resolve, asked.edge.requirement.name),
                    replaced=None if asked.replaced is None else original.requirement,
                    file=original.declared_in,
                    building=asked.building,
                )
            )
        return number
