"""Folders of the project that come by address and are no members: whether a lock still says what they declare."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from frazil.catalog import Unreadable
from frazil.errors import BadInput, ConfigurationError
from frazil.frozen.known import asked_extras
from frazil.frozen.model import Coordinate, Frozen
from frazil.frozen.staleness import Difference
from frazil.model import DirectorySource, Metadata
from frazil.opening import read_plain
from frazil.project.declaration import DeclaredProject
from frazil.project.discovery import MANIFEST
from frazil.project.places import below
from frazil.project.tree import ProjectTree
from frazil.requirement import Requirement, gate_opens, parse_requirement
from frazil.values import replace

_Edge = tuple[Requirement, str | None]


def with_folders(project: DeclaredProject, frozen: Frozen) -> DeclaredProject:
    """Return a project that counts the manifests of a lock's folders among what it was read from."""
    manifests = {below(path, MANIFEST) for _, path in _folders(frozen)}
    if not manifests:
        return project
    tree = ProjectTree(project.root)
    for manifest in filter(tree.has_file, manifests):
        # Read for how it looks; whoever reads it for what it says will tell what is wrong with it.
        with contextlib.suppress(BadInput):
            tree.read_text(manifest)
    return replace(
        project,
        inputs=tuple(sorted({*project.inputs, *(manifests - tree.absent)})),
        absent=tuple(sorted({*project.absent, *tree.absent})),
        evidence=project.evidence + tree.evidence(),
    )


def folder_differences(project: DeclaredProject, frozen: Frozen) -> tuple[Difference, ...]:
    """Return where a lock says something else of a folder than its manifest does now.

    What a manifest leaves to the build cannot be told without one: it counts as unchanged.
    """
    return tuple(found for each, path in _folders(frozen) for found in _differences(project, frozen, each, path))


def _folders(frozen: Frozen) -> Iterator[tuple[Coordinate, str]]:
    for coordinate in frozen.coordinates:
        if isinstance(coordinate.source, DirectorySource):
            yield coordinate, coordinate.source.path


def _differences(project: DeclaredProject, frozen: Frozen, locked: Coordinate, path: str) -> Iterator[Difference]:
    file = below(path, MANIFEST)
    try:
        declared = _declared(project, locked.name, path)
    except ConfigurationError as error:
        yield Difference(kind="folder-changed", sentence=f"folder {path}: {error.sentence}", file=file)
        return
    if declared is None:
        return
    if (declared.version or None) != locked.version:
        yield _difference(path, file, f"version changed from {locked.version} to {declared.version or 'dynamic'}")
    if declared.requires_python != locked.requires_python:
        was, now = locked.requires_python or "nothing", declared.requires_python or "nothing"
        yield _difference(path, file, f"requires-python changed from {was} to {now}")
    before = {(edge.requirement, edge.extra) for edge in locked.dependencies}
    after = set(_edges(frozen, locked, declared))
    for requirement, _ in sorted(after - before, key=str):
        yield _difference(path, file, f"{requirement} added")
    for requirement, _ in sorted(before - after, key=str):
        yield _difference(path, file, f"{requirement} removed")


def _difference(path: str, file: str, what: str) -> Difference:
    return Difference(kind="folder-changed", sentence=f"folder {path}: {what}", file=file)


def _declared(project: DeclaredProject, name: str, path: str) -> Metadata | None:
    """Return what a folder's manifest declares, None for what only a build would tell."""
    from frazil.directs import settled  # noqa: PLC0415 - only for locks that have folders
    from frazil.index.core_metadata import read_source_at_address  # noqa: PLC0415

    found = read_source_at_address(None, _read(project.root / path / MANIFEST), name, version_may_wait=True)
    if isinstance(found, Unreadable):
        if not found.dynamic:
            raise ConfigurationError(found.reason)
        return None
    members = {t.name: t.project_name for t in project.targets if t.project_name is not None and t.base is None}
    return settled(found, path, project.root, members)


def _read(path: Path) -> bytes | None:
    try:
        return read_plain(path)
    except OSError:
        return None


def _edges(frozen: Frozen, locked: Coordinate, declared: Metadata) -> Iterator[_Edge]:
    """Give what a folder asks for where it is pinned, with the extras that somebody asks of it there."""
    requirements = [parse_requirement(text) for text in declared.requires_dist]
    for resolve, environments in locked.resolves:
        for name in environments:
            variables = frozen.environments_by_name[name].variables
            for gate in (None, *sorted(asked_extras(frozen, resolve, name).get(locked.name, ()))):
                for requirement in requirements:
                    if gate_opens(requirement.marker, variables, gate):
                        yield requirement, gate
