"""What a bundle holds, read off a lock: a wheel for everything that its targets install in its environments."""

from collections.abc import Iterable, Mapping, Sequence

from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.frozen.selection import SelectedArtifact
from frazil.report.export.shipment import Part, shipments
from frazil.to_build import Made, ToBuild, User, base_of, folder_to_build, is_wheel, member_to_build, release_to_build
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Shipped:
    """A release or project with the (target, environment) pairs that install it."""

    part: Part
    users: tuple[User, ...]

    @property
    def label(self) -> str:
        if isinstance(self.part, FrozenTarget):
            return self.part.name
        return self.part.name if self.part.version is None else f"{self.part.name} {self.part.version}"


def shipped_parts(
    frozen: Frozen, targets: Iterable[FrozenTarget], environments: Iterable[str], *, local: bool
) -> tuple[Shipped, ...]:
    """Return what some targets install in some environments; with `local`, the repository's own projects too."""
    users: dict[int, set[User]] = {}
    parts: dict[int, Part] = {}
    for shipment in shipments(frozen, targets, environments):
        taken: tuple[Part, ...] = (*shipment.releases, *(shipment.members if local else ()))
        for part in taken:
            parts[id(part)] = part
            users.setdefault(id(part), set()).add((shipment.target.name, shipment.environment))
    found = [Shipped(part, tuple(sorted(users[key]))) for key, part in parts.items()]
    return tuple(sorted(found, key=lambda each: each.label))


def locked_wheels(parts: Iterable[Shipped]) -> tuple[SelectedArtifact, ...]:
    """Return the wheels of the lock among what is shipped, each once, by name."""
    found: dict[tuple[str, str], SelectedArtifact] = {}
    for shipped in parts:
        for _, environment in shipped.users:
            wheel = _locked(shipped.part, environment)
            if wheel is not None and isinstance(shipped.part, Coordinate):
                chosen = SelectedArtifact(artifact=wheel, coordinate=shipped.part, users=shipped.users)
                found.setdefault((wheel.filename, wheel.sha256), chosen)
    return tuple(found[key] for key in sorted(found))


def parts_to_build(frozen: Frozen, parts: Iterable[Shipped]) -> tuple[ToBuild, ...]:
    """Return what is shipped and has no wheel in the lock, for those who have none."""
    found: list[ToBuild] = []
    for shipped in parts:
        users = [user for user in shipped.users if _locked(shipped.part, user[1]) is None]
        part = shipped.part
        if not users:
            continue
        if isinstance(part, FrozenTarget):
            found.append(member_to_build(frozen, frozen.targets_by_name[base_of(part)], users))
            continue
        sources = {environment: part.artifact_for(environment) for _, environment in users}
        if not any(sources.values()):
            found.append(folder_to_build(part, users))
        found.extend(
            release_to_build(part, source, [user for user in users if sources[user[1]] == source])
            for source in sorted({s for s in sources.values() if s is not None}, key=lambda s: s.filename)
        )
    return tuple(sorted(found, key=lambda item: (item.label, item.place)))


class BundledWheels:
    """Knows the wheel of everything in a bundle, and where it lies: the `Wheels` of an export."""

    def __init__(self, parts: Sequence[Shipped], items: Sequence[ToBuild], made: Made) -> None:
        self._parts = parts
        self._built = _by_user(items, made)
        self._places: Mapping[tuple[str, str], str] = {}

    def placed(self, places: Mapping[tuple[str, str], str]) -> "BundledWheels":
        """Take note of where each wheel lies, by (sha256, file name)."""
        self._places = places
        return self

    def wheel(self, part: Part, environment: str) -> FrozenArtifact | None:
        return _locked(part, environment) or self._built.get((_identity(part), environment))

    def path(self, artifact: FrozenArtifact) -> str:
        return self._places[artifact.sha256, artifact.filename]

    def is_built(self, artifact: FrozenArtifact) -> bool:
        return artifact in self._built.values()

    @property
    def missing(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What has no wheel, with the environments that want one."""
        found = []
        for shipped in self._parts:
            names = sorted({name for _, name in shipped.users if self.wheel(shipped.part, name) is None})
            if names:
                found.append((shipped.label, tuple(names)))
        return tuple(found)

    @property
    def shipped(self) -> Mapping[FrozenArtifact, tuple[Part, dict[str, set[str]]]]:
        """Every wheel, with what it is of and its users: targets by environment."""
        found: dict[FrozenArtifact, tuple[Part, dict[str, set[str]]]] = {}
        for shipped in self._parts:
            for target, environment in shipped.users:
                wheel = self.wheel(shipped.part, environment)
                if wheel is not None:
                    _, users = found.setdefault(wheel, (shipped.part, {}))
                    users.setdefault(environment, set()).add(target)
        return found


def _locked(part: Part, environment: str) -> FrozenArtifact | None:
    artifact = part.artifact_for(environment) if isinstance(part, Coordinate) else None
    return artifact if artifact is not None and is_wheel(artifact) else None


def _by_user(items: Sequence[ToBuild], made: Made) -> dict[tuple[tuple[str, str], str], FrozenArtifact]:
    """Return the wheels that were made, by what they were made of and the environment that they are for."""
    releases = {id(item.source): _identity(item.source) for item in items}
    places = {item.place: _identity(item.source) for item in items if isinstance(item.source, FrozenTarget)}
    found = {}
    for wheel in made.wheels:
        source = releases.get(id(wheel.coordinate)) or places[getattr(wheel.coordinate.source, "path", "")]
        for _, environment in wheel.users:
            found[source, environment] = wheel.artifact
    return found


def _identity(part: Part) -> tuple[str, str]:
    return ("release", str(id(part))) if isinstance(part, Coordinate) else ("member", base_of(part))
