"""The pass that every answer goes through: raise pins, in name order, until none can move with all else as it is."""

from collections.abc import Mapping

from frazil.model import Rejection
from frazil.resolver.joint import AnyWorld
from frazil.resolver.soundness import Versions, needs_of, sound_part
from frazil.resolver.world import Node


def raise_pins(world: AnyWorld, versions: Mapping[str, int], passed_over: frozenset[str]) -> Versions | None:
    """Return an answer in which no release could be a preferred one while everything else stays.

    Locked pins stay as they are: keeping them is policy. Of a project that was passed over only releases that were
    read are tried. What nothing asks for any more is dropped. None when the versions are no answer to begin with.
    """
    current = sound_part(world, versions)
    if current is None:
        return None
    moved = True
    while moved:
        moved = False
        for name in sorted({world.node(key).name for key in current}):
            raised = _raised(world, current, name, only_read=name in passed_over)
            if raised is not None:
                current, moved = raised, True
    return current


def _raised(world: AnyWorld, current: Versions, name: str, *, only_read: bool) -> Versions | None:
    node = world.node(name)
    if node.member is not None or name not in current:
        return None
    pinned = current[name]
    if node.order.head == pinned or world.keeps(node, 1 << pinned):
        return None
    admitted = _admitted(world, current, node)
    for version in node.order:
        if version == pinned:
            return None
        if only_read and not world.has_read(node, version):
            continue
        if admitted >> version & 1 and _could_be_taken(world, node, version):
            attempt = sound_part(world, {**current, name: version})
            if attempt is not None:
                return attempt
    return None


def _could_be_taken(world: AnyWorld, node: Node, version: int) -> bool:
    """Say whether a release may be tried: of a yanked one that nobody pins the metadata is never asked for."""
    if isinstance(world.candidate(node.name, version), Rejection):
        return False
    return not world.must_be_pinned(node, version) or bool(world.pinners_of(node.key, version))


def _admitted(world: AnyWorld, current: Versions, node: Node) -> int:
    """Return the versions of a project that all others admit: those who are asked for whatever its version is."""
    admitted = node.versions.every
    for one in (world.node(key) for key in current):
        if one.name == node.name:
            for mask, _ in world.constraints_on(one):
                admitted &= mask
    seen: set[str] = set()
    waiting = list(world.roots)
    while waiting:
        need = waiting.pop()
        if world.node(need.node).name == node.name:
            admitted &= need.mask
        elif need.node not in seen:
            seen.add(need.node)
            waiting.extend(needs_of(world, need.node, current[need.node]))
    return admitted
