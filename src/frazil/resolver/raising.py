"""The pass that every answer goes through: raise pins, in name order, until none can move with all else as it is."""

from frazil.model import Rejection
from frazil.resolver.world import Need, Node, World

Versions = dict[str, int]


def raise_pins(world: World, versions: Versions) -> Versions:
    """Return an answer in which no release could be a preferred one while everything else stays.

    Locked pins stay as they are: keeping them is policy. What nothing asks for any more is dropped.
    """
    current = kept(world, versions)
    moved = True
    while moved:
        moved = False
        for name in sorted({world.node(key).name for key in current}):
            raised = _raised(world, current, name)
            if raised is not None:
                current = raised
                moved = True
    return current


def _raised(world: World, current: Versions, name: str) -> Versions | None:
    node = world.node(name)
    if node.member is not None or name not in current:
        return None
    pinned = current[name]
    if node.order[0] == pinned or world.question.locked.get(name) == node.version_text(pinned):
        return None
    keys = [key for key in current if world.node(key).name == name]
    admitted, pinning = _admitted(world, current, name, keys)
    for version in node.order:
        if version == pinned:
            return None
        if admitted >> version & 1 and _may_be_taken(world, node, version, pinning):
            attempt = sound_part(world, {**current, **dict.fromkeys(keys, version)})
            if attempt is not None:
                return attempt
    return None


def _admitted(world: World, current: Versions, name: str, own: list[str]) -> tuple[int, int]:
    """Return the versions that everyone else admits, and those that somebody else pins exactly."""
    node = world.node(name)
    admitted, pinning = node.versions.every, 0
    for mask, _ in world.constraints_on(node):
        admitted &= mask
    for need in _needs_of_others(world, current, own):
        if world.node(need.node).name == name:
            admitted &= need.mask
            pinning |= need.mask if need.pins else 0
    return admitted, pinning


def _needs_of_others(world: World, current: Versions, own: list[str]) -> list[Need]:
    found = [need for need, _ in world.wishes]
    for key, version in current.items():
        if key not in own:
            found.extend(needs_of(world, key, version))
    return found


def _may_be_taken(world: World, node: Node, version: int, pinning: int) -> bool:
    if isinstance(world.candidate(node.name, version), Rejection):
        return False
    return bool(pinning >> version & 1) or not world.must_be_pinned(node, version)


def needs_of(world: World, key: str, version: int) -> tuple[Need, ...]:
    """Return the needs of a release that is in an answer."""
    needs = world.needs(world.node(key), version)
    assert not isinstance(needs, Rejection)  # noqa: S101 - no engine answers with a release it could not take
    return needs


def kept(world: World, versions: Versions) -> Versions:
    """Return the part of an answer that somebody asks for, sorted by node."""
    part = sound_part(world, versions)
    assert part is not None  # noqa: S101 - engines answer soundly; the fuzzing tests hold them to it
    return part


def sound_part(world: World, versions: Versions) -> Versions | None:
    """Walk from the wishes through versions by project; None where a need is not met by them."""
    found: Versions = {}
    waiting = [need for need, _ in world.wishes]
    while waiting:
        need = waiting.pop()
        version = versions.get(world.node(need.node).name)
        if version is None or not need.mask >> version & 1:
            return None
        if need.node in found:
            continue
        found[need.node] = version
        needs = world.needs(world.node(need.node), version)
        if isinstance(needs, Rejection):
            return None
        waiting.extend(needs)
    return {key: found[key] for key in sorted(found)}
