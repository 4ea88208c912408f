"""Taking out of a lock what nobody asks for: pins that no target reaches, edges that no walk follows."""

from collections.abc import Collection

from frazil.frozen.graph import is_build_resolve
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, Inputs
from frazil.frozen.walk import survey, target_maps
from frazil.values import replace


def pruned(frozen: Frozen) -> Frozen:
    """Return a lock without the pins, edges and build resolves that no target needs, its `targets` maps right.

    What is asked for and not there stays so: that is for the read checks to say.
    """
    while True:
        found = survey(frozen)
        orphans = {(id(o.coordinate), o.resolve, o.environment) for o in found.orphans}
        idle = {(id(coordinate), edge) for coordinate, edge in found.idle}
        if not orphans and not idle:
            break
        kept = (_without(coordinate, orphans, idle) for coordinate in frozen.coordinates)
        frozen = replace(frozen, coordinates=tuple(coordinate for coordinate in kept if coordinate.resolves))
    return mapped(replace(frozen, inputs=_used_resolves(frozen)))


def mapped(frozen: Frozen) -> Frozen:
    """Return a lock with the `targets` maps that follow from its edges."""
    maps = target_maps(frozen)
    coordinates = (replace(c, targets=maps[position]) for position, c in enumerate(frozen.coordinates))
    return replace(frozen, coordinates=tuple(coordinates))


def _without(
    coordinate: Coordinate, orphans: Collection[tuple[int, str, str]], idle: Collection[tuple[int, FrozenEdge]]
) -> Coordinate:
    key = id(coordinate)
    resolves = tuple(
        (resolve, kept)
        for resolve, names in coordinate.resolves
        if (kept := tuple(name for name in names if (key, resolve, name) not in orphans))
    )
    places = {name for _, names in resolves for name in names}
    artifacts = []
    for artifact in coordinate.artifacts:
        own = places if artifact.environments is None else places & {*artifact.environments}
        if own or artifact.environments == ():
            environments = None if own == places and own else tuple(sorted(own))
            artifacts.append(replace(artifact, environments=environments))
    return replace(
        coordinate,
        resolves=resolves,
        dependencies=tuple(edge for edge in coordinate.dependencies if (key, edge) not in idle),
        build_requirements=tuple(edge for edge in coordinate.build_requirements if (key, edge) not in idle),
        artifacts=tuple(artifacts),
    )


def _used_resolves(frozen: Frozen) -> Inputs:
    """Return the inputs without the resolves of builds that are no more: nobody declares those."""
    used = {resolve for coordinate in frozen.coordinates for resolve, _ in coordinate.resolves}
    used |= {coordinate.build_resolve for coordinate in frozen.coordinates if coordinate.build_resolve is not None}
    used |= {target.resolve for target in frozen.inputs.targets}
    resolves = tuple(pair for pair in frozen.inputs.resolves if pair[0] in used or not is_build_resolve(pair[0]))
    return replace(frozen.inputs, resolves=resolves)
