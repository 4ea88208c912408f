"""A lock as a plain graph: targets and releases, and who asks for whom in which environments."""

from collections.abc import Iterable

from frazil.frozen.graph import Asked
from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.routes import Roads, RouteBook, Stop, stop_order
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Who asks for whom: `environments` is empty where it is so in all that were looked at."""

    source: int
    destination: int
    requirement: str
    environments: tuple[str, ...]
    building: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LockGraph:
    """Nodes, and links between them by their numbers; both in an order that follows from the lock alone."""

    nodes: tuple[Stop, ...]
    links: tuple[Link, ...]


def lock_graph(frozen: Frozen, targets: Iterable[FrozenTarget], environments: Iterable[str]) -> LockGraph:
    """Return all that some targets reach in some environments, builds included."""
    chosen, wanted = tuple(targets), tuple(environments)
    book = RouteBook(frozen)
    nodes = {book.stop(target) for target in chosen}
    found: dict[tuple[Stop, Stop, str, bool], set[str]] = {}
    for environment in wanted:
        roads = Roads(frozen, environment, chosen)
        for ways in (*roads.starts.values(), *roads.ahead.values()):
            for asked, _ in ways:
                source, destination = (_one_node(stop) for stop in _ends(book, asked, roads))
                nodes |= {source, destination}
                key = (source, destination, asked.edge.requirement.head, asked.building)
                found.setdefault(key, set()).add(environment)
    numbers = {stop: number for number, stop in enumerate(sorted(nodes, key=stop_order))}
    links = (
        Link(
            source=numbers[source],
            destination=numbers[destination],
            requirement=requirement,
            environments=() if len(places) == len(wanted) else tuple(sorted(places)),
            building=building,
        )
        for (source, destination, requirement, building), places in found.items()
    )
    ordered = sorted(links, key=lambda e: (e.source, e.destination, e.building, e.requirement, e.environments))
    return LockGraph(nodes=tuple(numbers), links=tuple(ordered))


def _ends(book: RouteBook, asked: Asked, roads: Roads) -> tuple[Stop, Stop]:
    answer = roads.graph.answer(asked.nodes()[0])
    return book.source(asked), book.stop(answer, asked.resolve, asked.edge.requirement.name)


def _one_node(stop: Stop) -> Stop:
    """Return a release as one node, whichever resolve asks for it."""
    return Stop(stop.kind, stop.name, stop.version, None, stop.place)
