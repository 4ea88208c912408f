"""Whether versions of nodes answer a question, told by a walk from the wishes."""

from collections.abc import Mapping

from frazil.model import Rejection
from frazil.resolver.clauses import UnpinnedAnswer
from frazil.resolver.joint import AnyWorld
from frazil.resolver.needs import Need

Versions = dict[str, int]


def needs_of(world: AnyWorld, key: str, version: int) -> tuple[Need, ...]:
    """Return the needs of a release that is in an answer."""
    needs = world.needs(world.node(key), version)
    assert not isinstance(needs, Rejection)  # noqa: S101 - no engine answers with a release it could not take
    return needs


def sound_part(world: AnyWorld, versions: Mapping[str, int]) -> Versions | None:
    """Walk from the wishes through versions by project.

    Returns the nodes that somebody asks for, sorted, or None where a need is not met or a yanked version not pinned.
    """
    walked = _walked(world, versions)
    if walked is None or _unpinned(world, *walked):
        return None
    found, _ = walked
    return {key: found[key] for key in sorted(found)}


def unpinned_yanked(world: AnyWorld, versions: Mapping[str, int]) -> UnpinnedAnswer | None:
    """Return the part of an engine's answer that is asked for, if a yanked version in it is pinned by nobody."""
    walked = _walked(world, versions)
    if walked is None or not _unpinned(world, *walked):
        return None
    found, _ = walked
    return UnpinnedAnswer(tuple(sorted(found.items())))


def _walked(world: AnyWorld, versions: Mapping[str, int]) -> tuple[Versions, set[tuple[str, int]]] | None:
    found: Versions = {}
    pinned: set[tuple[str, int]] = set()
    waiting = list(world.roots)
    while waiting:
        need = waiting.pop()
        name = world.node(need.node).name
        version = versions.get(name)
        if version is None or not need.mask >> version & 1:
            return None
        if need.pins:
            pinned.add((need.node, version))
        if need.node in found:
            continue
        found[need.node] = version
        needs = world.needs(world.node(need.node), version)
        if isinstance(needs, Rejection):
            return None
        waiting.extend(needs)
    return found, pinned


def _unpinned(world: AnyWorld, found: Versions, pinned: set[tuple[str, int]]) -> bool:
    return any(
        (key, version) not in pinned and world.must_be_pinned(world.node(key), version)
        for key, version in found.items()
    )
