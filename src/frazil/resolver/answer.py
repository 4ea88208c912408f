"""From versions by node to the pins that the lock is made of."""

from frazil.model import Edge, Pin, Resolution
from frazil.resolver.soundness import Versions
from frazil.resolver.world import World


def resolution_of(world: World, versions: Versions, rounds: int) -> Resolution:
    """Return the pins of an answer: one per project, with the extras that are asked and the edges that hold."""
    names = sorted(key for key in versions if world.node(key).extra is None and world.node(key).member is None)
    missing = sorted(
        (world.node(key).name, world.node(key).extra or "")
        for key, version in versions.items()
        if world.missing_extra(world.node(key), version)
    )
    return Resolution(
        resolve=world.question.resolve,
        environment=world.question.environment.name,
        pins=tuple(_pin(world, versions, name) for name in names),
        rejections=tuple(world.rejections[key] for key in sorted(world.rejections)),
        missing_extras=tuple(missing),
        rounds=rounds,
    )


def _pin(world: World, versions: Versions, name: str) -> Pin:
    node = world.node(name)
    version = versions[name]
    keys = [key for key in versions if world.node(key).name == name]
    edges: set[Edge] = set()
    for key in keys:
        edges.update(world.edges(world.node(key), version))
    metadata = world.metadata(node, version)
    return Pin(
        name=name,
        version=None if node.is_unversioned else node.version_text(version),
        source=world.source(node),
        artifact=world.artifact(node, version),
        extras=tuple(sorted(world.node(key).extra or "" for key in keys if world.node(key).extra is not None)),
        edges=tuple(sorted(edges, key=lambda edge: (str(edge.requirement), edge.extra or ""))),
        requires_python=metadata.requires_python,
        license=metadata.license,
    )
