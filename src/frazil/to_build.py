"""What a selection ships without a wheel, and what building each of it takes: read off the lock alone."""

from collections.abc import Iterable

from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenTarget
from frazil.frozen.selection import BUILD_GROUP, SelectedArtifact, Selection
from frazil.frozen.walk import reached
from frazil.model import DirectorySource
from frazil.values import dataclass

User = tuple[str, str]
"""A target in an environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToBuild:
    """Something that has no wheel in the lock, with who uses it where, and what building it takes.

    `place` is the folder of a member or a directory, or the file name of a source.
    """

    label: str
    place: str
    source: Coordinate | FrozenTarget
    users: tuple[User, ...]
    resolve: str | None
    requirements: tuple[FrozenEdge, ...]

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(sorted({environment for _, environment in self.users}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The wheels that were built, the places of what they were built from, and in sentences what was not built."""

    wheels: tuple[SelectedArtifact, ...] = ()
    places: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


def to_build(frozen: Frozen, selection: Selection) -> tuple[ToBuild, ...]:
    """Return what a selection ships without a wheel: sources of releases, folders, and members that it rests on."""
    found = [
        release_to_build(s.coordinate, s.artifact, s.users) for s in selection.artifacts if not is_wheel(s.artifact)
    ]
    members: dict[str, set[User]] = {}
    folders: dict[tuple[str, str], tuple[Coordinate, set[User]]] = {}
    for name in selection.targets:
        target = frozen.targets_by_name[name]
        for environment in selection.environments:
            if environment not in target.environments or name.endswith(BUILD_GROUP):
                continue
            walked = reached(frozen, name, environment)
            own = [target] if target.project_name is not None else []
            for member in (*own, *walked.members):
                members.setdefault(base_of(member), set()).add((name, environment))
            for coordinate in walked.coordinates:
                if isinstance(coordinate.source, DirectorySource):
                    key = (coordinate.name, coordinate.source.path)
                    folders.setdefault(key, (coordinate, set()))[1].add((name, environment))
    found += [folder_to_build(coordinate, users) for coordinate, users in folders.values()]
    found += [member_to_build(frozen, frozen.targets_by_name[name], users) for name, users in members.items()]
    return tuple(sorted(found, key=lambda item: (item.label, item.place)))


def with_build_targets(frozen: Frozen, targets: Iterable[str], environments: Iterable[str]) -> tuple[str, ...]:
    """Return targets with those that build the members that they, and the builds themselves, rest on."""
    places = tuple(environments)
    names: set[str] = set()
    waiting = set(targets)
    while waiting:
        name = waiting.pop()
        names.add(name)
        members = {name} | {base_of(m) for place in places for m in reached(frozen, name, place).members}
        waiting |= {f"{member}{BUILD_GROUP}" for member in members} & frozen.targets_by_name.keys() - names
    return tuple(sorted(names))


def release_to_build(coordinate: Coordinate, artifact: FrozenArtifact, users: Iterable[User]) -> ToBuild:
    return ToBuild(
        label=f"{coordinate.name} {coordinate.version}",
        place=artifact.filename,
        source=coordinate,
        users=tuple(sorted(users)),
        resolve=coordinate.build_resolve,
        requirements=coordinate.build_requirements,
    )


def folder_to_build(coordinate: Coordinate, users: Iterable[User]) -> ToBuild:
    assert isinstance(coordinate.source, DirectorySource)  # noqa: S101 - the caller has seen that it has no file
    return ToBuild(
        label=coordinate.name,
        place=coordinate.source.path,
        source=coordinate,
        users=tuple(sorted(users)),
        resolve=coordinate.build_resolve,
        requirements=coordinate.build_requirements,
    )


def member_to_build(frozen: Frozen, member: FrozenTarget, users: Iterable[User]) -> ToBuild:
    build = frozen.targets_by_name.get(f"{member.name}{BUILD_GROUP}")
    return ToBuild(
        label=member.name,
        place=member.name,
        source=member,
        users=tuple(sorted(users)),
        resolve=None if build is None else build.resolve,
        requirements=() if build is None else build.requirements,
    )


def base_of(member: FrozenTarget) -> str:
    """Return the target that a member, or an extra of it, is."""
    return member.base or member.name


def is_wheel(artifact: FrozenArtifact) -> bool:
    return artifact.filename.endswith(".whl")
