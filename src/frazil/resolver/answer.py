"""From versions by node to the pins that the lock is made of."""

from frazil.model import Edge, Pin, Resolution
from frazil.resolver.soundness import Versions
from frazil.resolver.world import Node, World


def resolution_of(world: World, versions: Versions, rounds: int) -> Resolution:
    """Return the pins of an answer: one per project, with the extras that are asked and the edges that hold."""
    nodes: dict[str, list[Node]] = {}
    for key in versions:
        node = world.node(key)
        if node.member is None:
            nodes.setdefault(node.name, []).append(node)
    missing = sorted(
        (world.node(key).name, world.node(key).extra or "")
        for key, version in versions.items()
        if world.missing_extra(world.node(key), version)
    )
    return Resolution(
        resolve=world.question.resolve,
        environment=world.question.environment.name,
        pins=tuple(_pin(world, versions[name], nodes[name]) for name in sorted(nodes)),
        rejections=tuple(world.rejections[key] for key in sorted(world.rejections)),
        missing_extras=tuple(missing),
        rounds=rounds,
    )


def _pin(world: World, version: int, nodes: list[Node]) -> Pin:
    """Return the pin of a project, given its nodes: itself and its extras."""
    node = world.node(nodes[0].name)
    edges: set[Edge] = set()
    for each in nodes:
        edges.update(world.edges(each, version))
    metadata = world.metadata(node, version)
    return Pin(
        name=node.name,
        version=None if node.is_unversioned else node.version_text(version),
        source=world.source(node),
        artifact=world.artifact(node, version),
        extras=tuple(sorted(each.extra for each in nodes if each.extra is not None)),
        edges=tuple(sorted(edges, key=lambda edge: (str(edge.requirement), edge.extra or ""))),
        requires_python=metadata.requires_python,
        license=metadata.license,
    )
