"""The walk: which coordinates a target reaches in an environment along the lock's own edges.

It writes the `targets` map of every coordinate and checks it when a lock is read; fetching never walks. The
rules are "Walk" in docs/reference/frozen-format.md.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from frazil.frozen.graph import Asked, Closures, Graph, Node, needs_build
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenTarget
from frazil.values import dataclass

EVERYWHERE = "*"

TargetMap = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One edge that a walk followed in an environment.

    `source` asks; `edge` is what it asks for there, `replaced` what it would ask for without an override (None
    without one); `resolve` is the one that answers; `destination` is the answer, None where the edge leads
    nowhere; `building` says that the edge is a build requirement of `source`.
    """

    source: FrozenTarget | Coordinate
    edge: FrozenEdge
    replaced: FrozenEdge | None
    resolve: str
    destination: FrozenTarget | Coordinate | None
    building: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """All that a target ships in an environment, and how it came to be.

    `coordinates` stand in the lock's order, `build` are those among them that only builds need; `members` are
    the targets whose requirements flowed in by name; `steps` begin at the target, nearer ones first, builds last.
    """

    target: str
    environment: str
    coordinates: tuple[Coordinate, ...]
    build: tuple[Coordinate, ...]
    members: tuple[FrozenTarget, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DanglingEdge:
    """An edge that leads nowhere: neither a pin of its resolve there nor a member answers it."""

    environment: str
    resolve: str
    source: FrozenTarget | Coordinate
    edge: FrozenEdge


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanPin:
    """A pin of a resolve in an environment that no target reaches."""

    coordinate: Coordinate
    resolve: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one pass over all targets and environments tells.

    `maps` holds for each index of `frozen.coordinates` its `targets` map in the lock's own form; `idle` are the
    stored edges that no walk meets: nobody asks for the gate, or the marker holds nowhere that the coordinate is
    pinned.
    """

    maps: dict[int, TargetMap]
    dangling: tuple[DanglingEdge, ...]
    orphans: tuple[OrphanPin, ...]
    idle: tuple[tuple[Coordinate, FrozenEdge], ...]


def walked_targets(frozen: Frozen) -> tuple[FrozenTarget, ...]:
    """Return the targets that walks start from: all, but in a cut lock only those it was cut to."""
    if frozen.subset is None:
        return frozen.inputs.targets
    kept = set(frozen.subset)
    return tuple(target for target in frozen.inputs.targets if target.name in kept)


def reached(frozen: Frozen, target: str, environment: str) -> Reached:
    """Walk from one target in one environment (whether or not the target declares that environment).

    Raises KeyError for a target that the lock does not have.
    """
    graph = Graph(frozen, environment)
    seen: set[Node] = set()
    steps: list[Step] = []
    builds = _explore(graph, graph.starts(frozen.targets_by_name[target]), seen, steps)
    needed = graph.pinned(seen)
    while builds:
        builds = _explore(graph, builds, seen, steps)
    everything = graph.pinned(seen)
    return Reached(
        target=target,
        environment=environment,
        coordinates=tuple(frozen.coordinates[index] for index in sorted(everything)),
        build=tuple(frozen.coordinates[index] for index in sorted(everything - needed)),
        members=graph.members(seen),
        steps=tuple(steps),
    )


def steps_in(frozen: Frozen, environment: str) -> tuple[Step, ...]:
    """Return every edge that the walks of all targets follow in an environment, each once."""
    graph = Graph(frozen, environment)
    seen: set[Node] = set()
    steps: list[Step] = []
    living = {target.name: target for target in walked_targets(frozen) if environment in target.environments}
    for target in living.values():
        # What `P[x]` shares with `P` is followed from `P`, where that is walked too.
        shared = target.base in living
        builds = _explore(graph, (a for a in graph.starts(target) if a.source is target or not shared), seen, steps)
        while builds:
            builds = _explore(graph, builds, seen, steps)
    return tuple(steps)


def target_maps(frozen: Frozen) -> dict[int, TargetMap]:
    """Return for each index of `frozen.coordinates` its `targets` map in the lock's own form."""
    return _maps(frozen, [Closures(Graph(frozen, name)) for name in frozen.environments_by_name])


def survey(frozen: Frozen) -> Survey:
    """Walk from all targets in all environments once and tell all that reading a lock checks."""
    closures = [Closures(Graph(frozen, name)) for name in frozen.environments_by_name]
    return Survey(
        maps=_maps(frozen, closures),
        dangling=tuple(found for each in closures for found in _dangling(each)),
        orphans=tuple(found for each in closures for found in _orphans(each)),
        idle=tuple(_idle(frozen, closures)),
    )


def dangling(frozen: Frozen) -> tuple[DanglingEdge, ...]:
    """Return the edges that some walk meets and that lead nowhere."""
    return survey(frozen).dangling


def orphans(frozen: Frozen) -> tuple[Coordinate, ...]:
    """Return the coordinates that no target reaches in any environment."""
    maps = target_maps(frozen)
    return tuple(coordinate for index, coordinate in enumerate(frozen.coordinates) if not maps[index])


def _explore(graph: Graph, starts: Iterable[Asked], seen: set[Node], steps: list[Step]) -> list[Asked]:
    """Walk breadth first without entering further builds; return what those would ask for."""
    queue = deque(starts)
    builds: list[Asked] = []
    while queue:
        asked = queue.popleft()
        nodes = asked.nodes()
        steps.append(
            Step(
                source=asked.source,
                edge=asked.edge,
                replaced=asked.replaced,
                resolve=asked.resolve,
                destination=graph.answer(nodes[0]),
                building=asked.building,
            )
        )
        for node in nodes:
            if node not in seen:
                seen.add(node)
                for found in graph.followed(node):
                    (builds if found.building else queue).append(found)
    return builds


def _maps(frozen: Frozen, closures: list[Closures]) -> dict[int, TargetMap]:
    """Turn what each target reaches into who ships each coordinate; sets of targets are integers here too."""
    targets = tuple(sorted(walked_targets(frozen), key=lambda target: target.name))
    living: dict[str, int] = {}
    shipping: dict[str, list[int]] = {}
    for each in closures:
        environment = each.graph.environment
        living[environment] = sum(1 << bit for bit, t in enumerate(targets) if environment in t.environments)
        shipping[environment] = _shipping(frozen, each, targets)
    maps = {}
    for index, coordinate in enumerate(frozen.coordinates):
        by_environment = {name: found[index] for name, found in shipping.items() if found[index]}
        everywhere = _everywhere(coordinate, living, by_environment)
        named = {name: together & ~everywhere for name, together in by_environment.items()}
        maps[index] = tuple(
            (key, tuple(targets[bit].name for bit in _bits(together)))
            for key, together in sorted([(EVERYWHERE, everywhere), *named.items()])
            if together
        )
    return maps


def _shipping(frozen: Frozen, closures: Closures, targets: tuple[FrozenTarget, ...]) -> list[int]:
    """Return for each coordinate the targets that list it in one environment."""
    environment = closures.graph.environment
    masks = {t.name: closures.reached_by(t) for t in targets if environment in t.environments}
    together: dict[int, int] = {}
    for bit, target in enumerate(targets):
        if target.name in masks:
            # `P[x]` ships what `P` ships too, so it lists only the difference.
            listed = masks[target.name] & ~masks.get(target.base or "", 0)
            together[listed] = together.get(listed, 0) | 1 << bit
    shipping = [0] * len(frozen.coordinates)
    for listed, who in together.items():
        for index in _bits(listed):
            shipping[index] |= who
    return shipping


def _everywhere(coordinate: Coordinate, living: dict[str, int], shipping: dict[str, int]) -> int:
    """Return the targets that ship a coordinate wherever they and the coordinate both are."""
    found = 0
    for together in shipping.values():
        found |= together
    for environment in coordinate.environments:
        found &= shipping.get(environment, 0) | ~living.get(environment, 0)
    return found


def _bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the set bits, from a text of them: taking each off the mask would cost its whole width."""
    if not mask:
        return
    lowest = (mask & -mask).bit_length() - 1
    digits = bin(mask >> lowest)[:1:-1]
    place = 0
    while place >= 0:
        yield lowest + place
        place = digits.find("1", place + 1)


def _dangling(closures: Closures) -> Iterator[DanglingEdge]:
    seen = set()
    for asked in closures.unanswered:
        # `P` and `P[x]` start with the same edges.
        key = (asked.resolve, id(asked.source), asked.edge)
        if key not in seen:
            seen.add(key)
            yield DanglingEdge(
                environment=closures.graph.environment,
                resolve=asked.resolve,
                source=asked.source,
                edge=asked.edge,
            )


def _orphans(closures: Closures) -> Iterator[OrphanPin]:
    graph = closures.graph
    for (resolve, name), index in graph.pins.items():
        if not closures.came_to((resolve, name, None)):
            yield OrphanPin(coordinate=graph.frozen.coordinates[index], resolve=resolve, environment=graph.environment)


def _idle(frozen: Frozen, closures: list[Closures]) -> Iterator[tuple[Coordinate, FrozenEdge]]:
    for coordinate in frozen.coordinates:
        places = [
            (each, each.graph.environment, resolve)
            for each in closures
            for resolve, environments in coordinate.resolves
            if each.graph.environment in environments
        ]
        for edge in coordinate.dependencies:
            if not any(
                edge.holds_in(environment) and each.came_to((resolve, coordinate.name, edge.extra))
                for each, environment, resolve in places
            ):
                yield coordinate, edge
        built = [environment for _, environment, _ in places if needs_build(coordinate, environment)]
        for edge in coordinate.build_requirements:
            if not any(edge.holds_in(environment) for environment in built):
                yield coordinate, edge
