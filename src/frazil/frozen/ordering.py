"""The one order of everything in a lock that has no order of its own: by code point, keys first."""

from collections.abc import Callable
from typing import TypeVar

from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenPolicy, Inputs
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.values import replace

_Item = TypeVar("_Item")


def edge_key(edge: FrozenEdge) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    """Edges stand by requirement (as written), extra, file."""
    return str(edge.requirement), edge.extra or "", edge.declared_in or "", edge.environments or (), edge.hashes


def artifact_key(artifact: FrozenArtifact) -> str:
    return artifact.filename


def coordinate_key(coordinate: Coordinate) -> tuple[str, str, tuple[str, ...]]:
    """Coordinates stand by name, version (as text), then source: together they are its identity."""
    return coordinate.name, coordinate.version or "", source_key(coordinate.source)


def source_key(source: Source) -> tuple[str, ...]:
    """Return what orders sources: the key that the lock writes for it, then its fields in the order written."""
    match source:
        case ArchiveSource(url, subdirectory):
            return "archive", url, subdirectory or ""
        case DirectorySource(path, editable):
            return "directory", path, "editable" if editable else ""
        case IndexSource(index):
            return "index", index
        case VcsSource():
            revision = source.requested_revision or ""
            return "vcs", source.type, source.url, revision, source.commit_id, source.subdirectory or ""


def in_order(frozen: Frozen) -> Frozen:
    """Return the same lock in canonical order; the very value given when it is in order already."""
    inputs = _ordered_inputs(frozen.inputs)
    coordinates = _sorted(tuple(map(_ordered_coordinate, frozen.coordinates)), coordinate_key)
    if inputs is frozen.inputs and _same(coordinates, frozen.coordinates):
        return frozen
    return Frozen(inputs=inputs, coordinates=coordinates, subset=frozen.subset)


def _ordered_inputs(inputs: Inputs) -> Inputs:
    policy = _ordered_policy(inputs.policy)
    resolves = tuple((name, _ordered_policy(own)) for name, own in inputs.resolves)
    targets = []
    for target in inputs.targets:
        requirements = _sorted(target.requirements, edge_key)
        unchanged = requirements is target.requirements
        targets.append(target if unchanged else replace(target, requirements=requirements))
    if (
        policy is inputs.policy
        and _same(tuple(targets), inputs.targets)
        and all(new is old for (_, new), (_, old) in zip(resolves, inputs.resolves, strict=True))
    ):
        return inputs
    return replace(inputs, policy=policy, resolves=resolves, targets=tuple(targets))


def _ordered_policy(policy: FrozenPolicy) -> FrozenPolicy:
    constraints = _sorted(policy.constraints, edge_key)
    overrides = _sorted(policy.overrides, edge_key)
    if constraints is policy.constraints and overrides is policy.overrides:
        return policy
    return replace(policy, constraints=constraints, overrides=overrides)


def _ordered_coordinate(coordinate: Coordinate) -> Coordinate:
    dependencies = _sorted(coordinate.dependencies, edge_key)
    build = _sorted(coordinate.build_requirements, edge_key)
    artifacts = _sorted(coordinate.artifacts, artifact_key)
    if (
        dependencies is coordinate.dependencies
        and build is coordinate.build_requirements
        and artifacts is coordinate.artifacts
    ):
        return coordinate
    return replace(coordinate, dependencies=dependencies, build_requirements=build, artifacts=artifacts)


def _sorted(items: tuple[_Item, ...], key: Callable[[_Item], object]) -> tuple[_Item, ...]:
    """Return the items sorted; the very tuple given when nothing moves."""
    if len(items) < 2:
        return items
    found = tuple(sorted(items, key=key))  # type: ignore[arg-type]
    return items if _same(found, items) else found


def _same(new: tuple[object, ...], old: tuple[object, ...]) -> bool:
    return all(a is b for a, b in zip(new, old, strict=True))
