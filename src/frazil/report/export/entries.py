"""The entries of a `pylock.toml`: what is installed, for whom and where, with files that no installer can mistake."""

from collections.abc import Iterable, Iterator, Sequence

from packaging.utils import parse_wheel_filename

from frazil.frozen.model import Coordinate, FrozenArtifact, FrozenTarget
from frazil.model import Environment, IndexSource
from frazil.report.export.places import Places, cannot_tell_apart
from frazil.report.export.request import Request
from frazil.report.export.shipment import Part, Shipment, part_key, shipments
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """A target that installs something in an environment."""

    target: str
    environment: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A release or project with the `files` that are taken of it, and what it `needs` of the other parts."""

    part: Part
    uses: frozenset[Use]
    files: tuple[FrozenArtifact, ...]
    needs: tuple[Part, ...]


def entries_of(
    request: Request, targets: Sequence[FrozenTarget], environments: Sequence[str], places: Places
) -> tuple[Entry, ...]:
    """Return what some targets install in some environments, by name, version and source.

    Raises UsageError where environments that markers cannot tell apart need different things.
    """
    gathering = _Gathering(request, environments)
    for shipment in shipments(request.frozen, targets, environments):
        gathering.take(shipment)
    for twins in places.twins:
        gathering.refuse_other_releases(targets, twins)
    return tuple(entry for part in gathering.parts for entry in gathering.entries(part, places))


class _Gathering:
    def __init__(self, request: Request, environments: Sequence[str]) -> None:
        self._local = request.local
        self._wheels = request.wheels
        self._environments = {name: request.frozen.environments_by_name[name] for name in environments}
        self._parts: dict[int, Part] = {}
        self._uses: dict[int, set[Use]] = {}
        self._needs: dict[int, set[int]] = {}

    def take(self, shipment: Shipment) -> None:
        """Note what one target installs in one environment."""
        parts: tuple[Part, ...] = (*shipment.releases, *(shipment.members if self._local else ()))
        here = {id(part) for part in parts}
        for part in parts:
            self._parts[id(part)] = part
            self._uses.setdefault(id(part), set()).add(Use(shipment.target.name, shipment.environment))
            needed = {id(each) for each in shipment.needs.get(id(part), ())}
            self._needs.setdefault(id(part), set()).update(needed & here)

    @property
    def parts(self) -> list[Part]:
        return sorted(self._parts.values(), key=part_key)

    def refuse_other_releases(self, targets: Iterable[FrozenTarget], twins: tuple[Environment, ...]) -> None:
        for target in targets:
            uses = [Use(target.name, each.name) for each in twins if each.name in target.environments]
            shipped = {frozenset(part for part, known in self._uses.items() if use in known) for use in uses}
            if len(shipped) > 1:
                raise cannot_tell_apart(twins, f"{target.name} gets other releases in each")

    def entries(self, part: Part, places: Places) -> Iterator[Entry]:
        """Yield one entry, or one for each file where an installer would take another one than the lock does."""
        uses = frozenset(self._uses[id(part)])
        needs = tuple(sorted((self._parts[each] for each in self._needs[id(part)]), key=part_key))
        chosen = self._chosen(part, uses)
        if not chosen:
            yield Entry(part, uses, (), needs)
            return
        files = tuple(sorted(set(chosen.values()), key=lambda artifact: artifact.filename))
        if all(_installed(files, self._environments[name]) == artifact for name, artifact in chosen.items()):
            yield Entry(part, uses, files, needs)
            return
        for file in files:
            names = {name for name, artifact in chosen.items() if artifact == file}
            for twins in places.twins:
                if not {twin.name for twin in twins} & chosen.keys() <= names and names & {twin.name for twin in twins}:
                    raise cannot_tell_apart(twins, f"{part.name} is taken as other files in each")
            yield Entry(part, frozenset(use for use in uses if use.environment in names), (file,), needs)

    def _chosen(self, part: Part, uses: Iterable[Use]) -> dict[str, FrozenArtifact]:
        """Return the file that is taken in each environment; what comes by address or from a folder has none."""
        names = sorted({use.environment for use in uses})
        if self._wheels is not None:
            found = {name: self._wheels.wheel(part, name) for name in names}
        elif isinstance(part, Coordinate) and isinstance(part.source, IndexSource):
            found = {name: part.artifact_for(name) for name in names}
        else:
            found = {}
        return {name: artifact for name, artifact in found.items() if artifact is not None}


def _installed(files: Iterable[FrozenArtifact], environment: Environment) -> FrozenArtifact | None:
    """Return the file that an installer takes there (PEP 751): the wheel of the best tag, else what is no wheel.

    None where two are as good.
    """
    ranked = []
    sources = []
    for file in files:
        if not file.filename.endswith(".whl"):
            sources.append(file)
            continue
        ranks = [environment.rank.get(str(tag)) for tag in parse_wheel_filename(file.filename)[-1]]
        found = [rank for rank in ranks if rank is not None]
        if found:
            ranked.append((min(found), file))
    best = min((rank for rank, _ in ranked), default=None)
    fitting = sources if best is None else [file for rank, file in ranked if rank == best]
    return fitting[0] if len(fitting) == 1 else None
