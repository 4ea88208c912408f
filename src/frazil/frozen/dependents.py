"""Who depends on something: those who ask for it, and with them those who ask for those, up to the targets."""

from collections.abc import Sequence

from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.routes import Roads, RouteBook, Stop, Wanted, stop_order


def dependents_of(
    frozen: Frozen,
    wanted: Wanted,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    transitive: bool = False,
    closed: bool = False,
) -> tuple[Stop, ...]:
    """Return who asks for what is wanted within what these targets ship, sorted; no stop has a resolve.

    `transitive` adds who asks for those in turn; `closed` adds what is wanted itself.
    """
    book = RouteBook(frozen)
    asking: set[Stop] = set()
    wanted_stops: set[Stop] = set()
    for environment in environments:
        roads = Roads(frozen, environment, targets)
        goals = roads.goals(wanted)
        leading = roads.distances(goals).keys() if transitive else goals
        for ways in (*roads.starts.values(), *roads.ahead.values()):
            asking.update(book.source(asked) for asked, nodes in ways if not leading.isdisjoint(nodes))
        wanted_stops.update(book.stop(roads.graph.answer(node)) for node in goals)
    return tuple(sorted(asking | wanted_stops if closed else asking - wanted_stops, key=stop_order))
