"""What a target installs in one environment, and what each part of it asks for: the common ground of all exports."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.frozen.ordering import coordinate_key
from frazil.frozen.walk import Reached, Step, reached
from frazil.values import dataclass

Part = Coordinate | FrozenTarget
"""What can be installed: a release, or a project of the repository."""


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """One target in one environment, as a walk of the lock finds it."""

    frozen: Frozen
    target: FrozenTarget
    environment: str
    reached: Reached

    @cached_property
    def releases(self) -> tuple[Coordinate, ...]:
        """What is installed from elsewhere, in the lock's order; what only builds need is none of it."""
        building = {id(coordinate) for coordinate in self.reached.build}
        return tuple(coordinate for coordinate in self.reached.coordinates if id(coordinate) not in building)

    @cached_property
    def members(self) -> tuple[FrozenTarget, ...]:
        """The projects of the repository among what is installed, the target's own included, sorted by name."""
        known = [self._part(each) for each in (self.target, *self.reached.members)]
        found = {each.name: each for each in known if isinstance(each, FrozenTarget) and each.project_name is not None}
        return tuple(found[name] for name in sorted(found))

    @cached_property
    def needs(self) -> Mapping[int, tuple[Part, ...]]:
        """What each part asks for and gets, by the part's id: each once, sorted, builds left out."""
        return self._followed(building=False)

    @cached_property
    def build_needs(self) -> Mapping[int, tuple[Part, ...]]:
        """What building each part asks for and gets, by the part's id."""
        return self._followed(building=True)

    @cached_property
    def askers(self) -> Mapping[int, tuple[str, ...]]:
        """Who asks for each part, by the part's id: names of targets and projects, sorted."""
        found: dict[int, set[str]] = {}
        for step in self._steps(building=False):
            if step.destination is not None:
                found.setdefault(id(self._part(step.destination)), set()).add(step.source.name)
        return {part: tuple(sorted(names)) for part, names in found.items()}

    def artifact(self, coordinate: Coordinate) -> FrozenArtifact | None:
        """Return the file of a release that is taken here; a folder has none."""
        return coordinate.artifact_for(self.environment)

    def _followed(self, *, building: bool) -> dict[int, tuple[Part, ...]]:
        found: dict[int, dict[int, Part]] = {}
        for step in self._steps(building=building):
            if step.destination is not None:
                answer = self._part(step.destination)
                found.setdefault(id(self._part(step.source)), {})[id(answer)] = answer
        return {source: tuple(sorted(answers.values(), key=part_key)) for source, answers in found.items()}

    def _steps(self, *, building: bool) -> Iterable[Step]:
        return (step for step in self.reached.steps if step.building is building)

    def _part(self, answer: Part) -> Part:
        """Return the project that is installed for a target: that of `P` for `P[x]`."""
        if isinstance(answer, FrozenTarget):
            return self.frozen.targets_by_name.get(answer.base or "", answer)
        return answer


def shipments(frozen: Frozen, targets: Iterable[FrozenTarget], environments: Iterable[str]) -> tuple[Shipment, ...]:
    """Walk from each target in each of the environments that it has, in their order."""
    wanted = tuple(environments)
    return tuple(
        Shipment(
            frozen=frozen, target=target, environment=environment, reached=reached(frozen, target.name, environment)
        )
        for target in targets
        for environment in wanted
        if environment in target.environments
    )


def part_key(part: Part) -> tuple[str, str, tuple[str, ...]]:
    """Sort releases and projects by name, version, source."""
    return coordinate_key(part) if isinstance(part, Coordinate) else (part.project_name or "", "", ("", part.name))
