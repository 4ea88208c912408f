"""One release whole: all that the lock says of it, with what answers its requirements and who asks for it."""

from collections.abc import Iterable

from frazil.frozen.dependents import dependents_of
from frazil.frozen.graph import Asked
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge
from frazil.frozen.routes import Roads, RouteBook, Stop
from frazil.frozen.shipping import bits_of, named, shipped_in
from frazil.frozen.walk import walked_targets
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A requirement of a release, and for each release or member that answers it the environments in which it does.

    Nothing answers what is excluded.
    """

    edge: FrozenEdge
    answers: tuple[tuple[Stop, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A release with its neighbours: `users` are the targets that ship it, each with the environments."""

    coordinate: Coordinate
    users: tuple[tuple[str, tuple[str, ...]], ...]
    dependencies: tuple[Answered, ...]
    build_requirements: tuple[Answered, ...]
    dependents: tuple[Stop, ...]


def details_of(frozen: Frozen, coordinates: Iterable[Coordinate]) -> tuple[Detail, ...]:
    """Return all that is known of some releases of a lock, in the order given."""
    roads = [Roads(frozen, environment, walked_targets(frozen)) for environment in frozen.environments_by_name]
    return tuple(_detail(frozen, coordinate, roads) for coordinate in coordinates)


def _detail(frozen: Frozen, coordinate: Coordinate, roads: list[Roads]) -> Detail:
    book = RouteBook(frozen)
    return Detail(
        coordinate=coordinate,
        users=_users(frozen, coordinate),
        dependencies=_answered(book, coordinate, coordinate.dependencies, roads, building=False),
        build_requirements=_answered(book, coordinate, coordinate.build_requirements, roads, building=True),
        dependents=dependents_of(
            frozen,
            lambda answer, _: answer is coordinate,
            walked_targets(frozen),
            tuple(frozen.environments_by_name),
        ),
    )


def _users(frozen: Frozen, coordinate: Coordinate) -> tuple[tuple[str, tuple[str, ...]], ...]:
    bits = bits_of(target.name for target in walked_targets(frozen))
    found: dict[str, list[str]] = {}
    for environment in coordinate.environments:
        for other, mask in zip(frozen.coordinates, shipped_in(frozen, environment, bits), strict=True):
            for target in named(mask, bits) if other is coordinate else ():
                found.setdefault(target, []).append(environment)
    return tuple((target, tuple(found[target])) for target in sorted(found))


def _answered(
    book: RouteBook, coordinate: Coordinate, edges: Iterable[FrozenEdge], roads: Iterable[Roads], *, building: bool
) -> tuple[Answered, ...]:
    found: dict[int, dict[Stop, list[str]]] = {}
    for each in roads:
        for asked in _asked(coordinate, each):
            if asked.building is building:
                stop = book.stop(each.graph.answer(asked.nodes()[0]), asked.resolve, asked.edge.requirement.name)
                places = found.setdefault(id(asked.replaced or asked.edge), {}).setdefault(stop, [])
                if each.environment not in places:
                    places.append(each.environment)
    return tuple(
        Answered(
            edge=edge,
            answers=tuple((stop, tuple(places)) for stop, places in found.get(id(edge), {}).items()),
        )
        for edge in edges
    )


def _asked(coordinate: Coordinate, roads: Roads) -> Iterable[Asked]:
    return (asked for node in roads.nodes_of(coordinate) for asked, _ in roads.ahead[node])
