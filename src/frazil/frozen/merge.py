"""Merging two locks that grew from one: what one side alone changed is taken, what both changed is left to a resolve.

A pin that one side merely dropped stays as long as anybody asks for it, so that what is left in the end follows from
the merged requirements, as it would after a resolve that prefers the pins of both sides.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from frazil.errors import LockFileError
from frazil.frozen.codec import check_frozen
from frazil.frozen.inputs import canonical_inputs, environments_of
from frazil.frozen.merge_inputs import merged_inputs
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, Inputs
from frazil.frozen.ordering import in_order
from frazil.frozen.pruning import mapped, pruned
from frazil.frozen.three_way import Choices
from frazil.frozen.walk import steps_in
from frazil.model import DEFAULT_RESOLVE, Environment, Source
from frazil.values import dataclass, replace

_Value = TypeVar("_Value")

Place = tuple[str, str, str]
"""A resolve, an environment, a project name."""

Identity = tuple[str, str | None, Source]
"""A release: project name, version, source."""

NOTHING = Frozen(inputs=Inputs(indexes=()))
"""What two locks grew from that have no common ancestor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two locks merged: one value twice, which all checks accept.

    With `conflicts`, told in sentences, the values are what each side would make of them: no locks, but they hold all
    pins that a resolve has to prefer.
    """

    ours: Frozen
    theirs: Frozen
    conflicts: tuple[str, ...] = ()


def merge(base: Frozen, ours: Frozen, theirs: Frozen) -> Merged:
    """Merge two locks that grew from `base`."""
    choices = Choices()
    merged = _merged(_Side(base), _Side(ours), _Side(theirs), choices)
    if choices.conflicts:
        others = _merged(_Side(base), _Side(theirs), _Side(ours), Choices())
        return Merged(ours=merged, theirs=others, conflicts=tuple(sorted(set(choices.conflicts))))
    lock = _in_order(pruned(merged))
    wrong = _what_is_wrong(lock, (base, ours, theirs))
    if wrong is not None:
        return Merged(ours=merged, theirs=merged, conflicts=(wrong,))
    return Merged(ours=lock, theirs=lock)


@dataclass(frozen=True, slots=True)
class _Slot:
    """What stands in one place: a release, and the file of it that is chosen there."""

    identity: Identity
    file: tuple[str, str] | None


class _Side:
    """One of the three locks, looked at by place and by release."""

    def __init__(self, frozen: Frozen) -> None:
        self.frozen = frozen
        self.releases = {_identity(coordinate): coordinate for coordinate in frozen.coordinates}
        self._holding: dict[tuple[str, str | None], frozenset[str]] = {}

    @cached_property
    def slots(self) -> dict[Place, _Slot]:
        return {
            place: _Slot(_identity(coordinate), _file(coordinate.artifact_for(place[1])))
            for place, coordinate in self.frozen.pins.items()
        }

    def silent(self, edge: FrozenEdge) -> frozenset[str]:
        """Return where the marker of an edge holds and the chosen file does not ask for it all the same."""
        if edge.environments is None:
            return frozenset()
        key = (edge.requirement.marker, edge.extra)
        if key not in self._holding:
            self._holding[key] = frozenset(_where(edge, self.frozen.inputs.environments))
        return self._holding[key] - {*edge.environments}


def _merged(base: _Side, ours: _Side, theirs: _Side, choices: Choices) -> Frozen:
    """Return the merge in which `ours` wins every conflict; what they were is added to `choices`."""
    inputs = merged_inputs(base.frozen.inputs, ours.frozen.inputs, theirs.frozen.inputs, choices)
    resolves = {name for name, _ in inputs.resolves}
    environments = {environment.name for environment in inputs.environments}
    slots = {
        place: slot
        for place, slot in _merged_slots(base, ours, theirs, choices).items()
        if place[0] in resolves and place[1] in environments
    }
    releases = _Releases(base, ours, theirs, inputs, choices)
    by_release: dict[Identity, dict[Place, _Slot]] = {}
    for place, slot in slots.items():
        by_release.setdefault(slot.identity, {})[place] = slot
    coordinates = [releases.merged(identity, placed) for identity, placed in by_release.items()]
    subset = choices.choose("both sides were cut", *(side.frozen.subset for side in (base, ours, theirs)))
    return _in_order(mapped(Frozen(inputs=inputs, coordinates=tuple(coordinates), subset=subset)))


def _in_order(frozen: Frozen) -> Frozen:
    return in_order(replace(frozen, inputs=canonical_inputs(frozen.inputs)))


def _merged_slots(base: _Side, ours: _Side, theirs: _Side, choices: Choices) -> dict[Place, _Slot]:
    merged: dict[Place, _Slot] = {}
    for place in {**base.slots, **ours.slots, **theirs.slots}:
        before = base.slots.get(place)
        own, other = ours.slots.get(place, before), theirs.slots.get(place, before)
        slot = choices.choose(lambda: _told(place, own, other), before, own, other)  # noqa: B023 - called at once
        if slot is not None:
            merged[place] = slot
    return merged


class _Releases:
    """Puts together what the sides know of single releases."""

    def __init__(self, base: _Side, ours: _Side, theirs: _Side, inputs: Inputs, choices: Choices) -> None:
        self._sides = (base, ours, theirs)
        self._environments = inputs.environments
        self._choices = choices

    def merged(self, identity: Identity, placed: Mapping[Place, _Slot]) -> Coordinate:
        name, version, source = identity
        resolves: dict[str, set[str]] = {}
        for resolve, environment, _ in placed:
            resolves.setdefault(resolve, set()).add(environment)
        knowing = [side for side in self._sides if any(side.slots.get(place) == slot for place, slot in placed.items())]
        return Coordinate(
            name=name,
            version=version,
            source=source,
            resolves=tuple((resolve, tuple(sorted(names))) for resolve, names in sorted(resolves.items())),
            requires_python=self._fact(identity, "requires-python", lambda c: c.requires_python),
            yanked=self._fact(identity, "yanked", lambda c: c.yanked),
            license=self._fact(identity, "license", lambda c: c.license),
            dependencies=self._edges(identity, knowing, lambda c: c.dependencies),
            build_resolve=self._fact(identity, "build-resolve", lambda c: c.build_resolve),
            build_requirements=self._edges(identity, knowing, lambda c: c.build_requirements),
            artifacts=self._artifacts(identity, placed),
            publishers=self._fact(identity, "attestation-identities", lambda c: c.publishers),
        )

    def _fact(self, identity: Identity, what: str, of: Callable[[Coordinate], _Value]) -> _Value:
        releases = [side.releases.get(identity) for side in self._sides]
        return self._choices.choose_fact(f"{_label(identity)} differs in {what}", of, *releases)

    def _edges(
        self, identity: Identity, knowing: Iterable[_Side], of: Callable[[Coordinate], tuple[FrozenEdge, ...]]
    ) -> tuple[FrozenEdge, ...]:
        """Return what a release asks for: all that a side tells that has it with the same file."""
        silent: dict[FrozenEdge, frozenset[str]] = {}
        for side in knowing:
            for edge in of(side.releases[identity]):
                bare = replace(edge, environments=None)
                found = side.silent(edge)
                if silent.setdefault(bare, found) != found:
                    self._choices.conflicts.append(f"{_label(identity)} asks for {edge.requirement} in other places")
        return tuple(
            replace(edge, environments=environments)
            for edge, without in silent.items()
            if (environments := self._where(edge, without)) != ()
        )

    def _where(self, edge: FrozenEdge, silent: frozenset[str]) -> tuple[str, ...] | None:
        holding = [name for name in _where(edge, self._environments) if name not in silent]
        return None if len(holding) == len(self._environments) else tuple(holding)

    def _artifacts(self, identity: Identity, placed: Mapping[Place, _Slot]) -> tuple[FrozenArtifact, ...]:
        chosen: dict[str, tuple[str, str]] = {}
        for (_, environment, _), slot in sorted(placed.items()):
            if slot.file is not None and chosen.setdefault(environment, slot.file) != slot.file:
                self._choices.conflicts.append(f"two files of {_label(identity)} are chosen for {environment}")
        spare = {
            file: ()
            for side in self._sides
            for file, artifact in self._files(side, identity).items()
            if artifact.environments == () and file not in chosen.values()
        }
        environments = {environment for _, environment, _ in placed}
        homes = {file: tuple(sorted(e for e in chosen if chosen[e] == file)) for file in chosen.values()}
        return tuple(
            replace(self._artifact(identity, file), environments=None if {*names} == environments else names)
            for file, names in sorted({**spare, **homes}.items())
        )

    def _artifact(self, identity: Identity, file: tuple[str, str]) -> FrozenArtifact:
        """Return what the sides say of a file, where it is chosen left aside."""
        artifacts = [self._files(side, identity).get(file) for side in self._sides]
        return self._choices.choose_fact(f"{file[0]} is described in two ways", _bare, *artifacts)

    @staticmethod
    def _files(side: _Side, identity: Identity) -> dict[tuple[str, str], FrozenArtifact]:
        coordinate = side.releases.get(identity)
        artifacts = () if coordinate is None else coordinate.artifacts
        return {(artifact.filename, artifact.sha256): artifact for artifact in artifacts}


# What is merged, and does not fit ---------------------------------------------------------------------------


def _what_is_wrong(merged: Frozen, sides: tuple[Frozen, ...]) -> str | None:
    """Say why a merge without conflicts is no lock all the same, or None."""
    try:
        check_frozen(merged, name="the merged lock")
    except LockFileError as error:
        return error.sentence.removeprefix("the merged lock: ")
    return _unknown_extra(merged, sides)


def _unknown_extra(merged: Frozen, sides: tuple[Frozen, ...]) -> str | None:
    """Name an extra of a release that is asked for now, and whose edges no side had a reason to keep."""
    for environment in merged.environments_by_name:
        known = {asked for side in sides for asked in _asked_extras(side, environment)}
        for pinned, resolve, extra in _asked_extras(merged, environment):
            if (pinned, resolve, extra) not in known:
                return f"what {_label(pinned)} asks for with its extra {extra} in {environment} stands in neither lock"
    return None


def _asked_extras(frozen: Frozen, environment: str) -> Iterator[tuple[Identity, str, str]]:
    """Yield the extras of pinned releases that anybody asks for in an environment, each with the resolve of the pin."""
    for step in steps_in(frozen, environment) if environment in frozen.environments_by_name else ():
        if isinstance(step.destination, Coordinate):
            for extra in step.edge.requirement.extras:
                yield _identity(step.destination), step.resolve, extra


# Shared -----------------------------------------------------------------------------------------------------


def _identity(coordinate: Coordinate) -> Identity:
    return coordinate.name, coordinate.version, coordinate.source


def _label(identity: Identity) -> str:
    return " ".join(part for part in identity[:2] if part)


def _file(artifact: FrozenArtifact | None) -> tuple[str, str] | None:
    return None if artifact is None else (artifact.filename, artifact.sha256)


def _bare(artifact: FrozenArtifact) -> FrozenArtifact:
    return replace(artifact, environments=None)


def _where(edge: FrozenEdge, environments: tuple[Environment, ...]) -> tuple[str, ...]:
    found = environments_of(edge.requirement.marker, environments, extra=edge.extra)
    return tuple(sorted(environment.name for environment in environments)) if found is None else found


def _told(place: Place, ours: _Slot | None, theirs: _Slot | None) -> str:
    resolve, environment, name = place
    where = environment if resolve == DEFAULT_RESOLVE else f"{environment} of resolve {resolve}"
    assert ours is not None  # noqa: S101 - a conflict is between two values
    assert theirs is not None  # noqa: S101
    if ours.identity[1] == theirs.identity[1]:
        return f"{name} {ours.identity[1] or ''} comes from two places, or as two files ({where})"
    return f"{name} is {ours.identity[1]} on one side and {theirs.identity[1]} on the other ({where})"
