"""What differs between two locks for each target in each environment, over the environments that both have."""

from collections.abc import Collection, Iterable, Iterator
from itertools import zip_longest

from frazil.frozen.diff import Changes, changes, kind_of
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact
from frazil.frozen.shipping import Bits, bits_of, named, shipped_in
from frazil.model import Environment
from frazil.values import dataclass, replace

KINDS = ("added", "removed", "upgraded", "downgraded", "source", "artifact-only")
"""What may happen to a project: `source` is the same version from elsewhere, `artifact-only` only another file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What happened to one project of a target: versions and files before and after, None where it was not there."""

    kind: str
    name: str
    old: str | None = None
    new: str | None = None
    old_file: str | None = None
    new_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMoves:
    """What happened to a target in an environment that both locks have, sorted by project; never nothing.

    `old_size` and `new_size` are the bytes of what moved.
    """

    target: str
    environment: str
    moves: tuple[Move, ...]
    old_size: int
    new_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentChange:
    """An environment that both locks have under one name, and that is another interpreter or platform in each."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two locks side by side.

    `environments` are those that both have: all else looks at these alone. `changes` are the coordinates that moved,
    and the names that only one lock has.
    """

    environments: tuple[str, ...]
    environments_changed: tuple[EnvironmentChange, ...]
    changes: Changes
    targets: tuple[TargetMoves, ...]

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.changes or self.targets or self.environments_changed)


def compare(
    old: Frozen, new: Frozen, *, targets: Collection[str] | None = None, environments: Collection[str] | None = None
) -> Comparison:
    """Compare two locks; with `targets` or `environments`, as far as these are concerned."""
    common = old.environments_by_name.keys() & new.environments_by_name.keys()
    chosen = common if environments is None else common & {*environments}
    names = {*old.targets_by_name} | {*new.targets_by_name}
    if targets is not None:
        names &= {*targets}
    moved = changes(within(old, chosen), within(new, chosen))
    if targets is not None:
        moved = replace(moved, changes=tuple(change for change in moved.changes if names & {*change.targets}))
    return Comparison(
        environments=tuple(sorted(chosen)),
        environments_changed=tuple(_environment_changes(old, new, chosen)),
        changes=replace(
            moved,
            targets_added=_missing(new.targets_by_name, old.targets_by_name, names),
            targets_removed=_missing(old.targets_by_name, new.targets_by_name, names),
            environments_added=_missing(new.environments_by_name, old.environments_by_name, environments),
            environments_removed=_missing(old.environments_by_name, new.environments_by_name, environments),
        ),
        targets=tuple(each for name in sorted(chosen) for each in _target_moves(old, new, name, bits_of(names))),
    )


def within(frozen: Frozen, environments: Collection[str]) -> Frozen:
    """Return a lock as if it had been made for some of its environments only, edges as they are."""
    if {*environments} >= {*frozen.environments_by_name}:
        return frozen
    inputs = frozen.inputs
    coordinates = (
        replace(
            coordinate,
            resolves=tuple(
                (resolve, kept)
                for resolve, names in coordinate.resolves
                if (kept := tuple(name for name in names if name in environments))
            ),
        )
        for coordinate in frozen.coordinates
    )
    return Frozen(
        inputs=replace(
            inputs,
            environments=tuple(each for each in inputs.environments if each.name in environments),
            targets=tuple(
                replace(target, environments=tuple(name for name in target.environments if name in environments))
                for target in inputs.targets
            ),
        ),
        coordinates=tuple(coordinate for coordinate in coordinates if coordinate.resolves),
        subset=frozen.subset,
    )


def _missing(names: Iterable[str], among: Collection[str], chosen: Collection[str] | None) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name not in among and (chosen is None or name in chosen)))


def _environment_changes(old: Frozen, new: Frozen, names: Iterable[str]) -> Iterator[EnvironmentChange]:
    for name in sorted(names):
        before, after = old.environments_by_name[name], new.environments_by_name[name]
        if before != after:
            yield EnvironmentChange(name=name, old=_machine(before), new=_machine(after))


def _machine(environment: Environment) -> str:
    return f"python {environment.python} on {environment.platform}"


# Targets ---------------------------------------------------------------------------------------------------

_Pinned = tuple[Coordinate, int]
"""A coordinate and the targets that ship it in an environment."""


def _target_moves(old: Frozen, new: Frozen, environment: str, bits: Bits) -> list[TargetMoves]:
    before, after = _by_name(old, environment, bits), _by_name(new, environment, bits)
    moved: dict[str, list[tuple[Coordinate | None, Coordinate | None]]] = {}
    for name in sorted({*before} | {*after}):
        left, right = before.get(name, []), after.get(name, [])
        for target in named(_differing(left, right, environment), bits):
            pairs = _pairs(left, right, bits[target], environment)
            moved.setdefault(target, []).extend(pairs)
    return [_moves(target, environment, moved[target]) for target in sorted(moved)]


def _by_name(frozen: Frozen, environment: str, bits: Bits) -> dict[str, list[_Pinned]]:
    found: dict[str, list[_Pinned]] = {}
    for coordinate, mask in zip(frozen.coordinates, shipped_in(frozen, environment, bits), strict=True):
        if mask:
            found.setdefault(coordinate.name, []).append((coordinate, mask))
    return found


def _differing(left: list[_Pinned], right: list[_Pinned], environment: str) -> int:
    """Return the targets that have one of these in one lock and not in the other."""
    masks: dict[object, int] = {}
    for coordinate, mask in left + right:
        # A target that has the same in both locks is put in, and taken out again.
        key = _state(coordinate, environment)
        masks[key] = masks.get(key, 0) ^ mask
    differing = 0
    for mask in masks.values():
        differing |= mask
    return differing


def _state(coordinate: Coordinate, environment: str) -> tuple[object, ...]:
    artifact = coordinate.artifact_for(environment)
    file = None if artifact is None else (artifact.filename, artifact.sha256)
    return (coordinate.version, coordinate.source, file)


def _pairs(
    left: list[_Pinned], right: list[_Pinned], bit: int, environment: str
) -> Iterator[tuple[Coordinate | None, Coordinate | None]]:
    """Pair what a target had of one project with what it has: mostly one of each, two where a build has its own."""
    before = {_state(coordinate, environment): coordinate for coordinate, mask in left if mask & bit}
    after = {_state(coordinate, environment): coordinate for coordinate, mask in right if mask & bit}
    gone = [coordinate for state, coordinate in before.items() if state not in after]
    come = [coordinate for state, coordinate in after.items() if state not in before]
    yield from zip_longest(gone, come)


def _moves(target: str, environment: str, pairs: list[tuple[Coordinate | None, Coordinate | None]]) -> TargetMoves:
    moves = (_move(old, new, environment) for old, new in pairs)
    return TargetMoves(
        target=target,
        environment=environment,
        moves=tuple(sorted(moves, key=lambda move: (move.name, move.old or "", move.new or ""))),
        old_size=sum(_size(old, environment) for old, _ in pairs),
        new_size=sum(_size(new, environment) for _, new in pairs),
    )


def _move(old: Coordinate | None, new: Coordinate | None, environment: str) -> Move:
    kind = kind_of(old, new, environment)
    assert kind is not None  # noqa: S101 - the two differ in their states
    word, old_version, new_version = kind
    either = old or new
    return Move(
        kind="artifact-only" if word == "artifacts" else word,
        name="" if either is None else either.name,
        old=old_version,
        new=new_version,
        old_file=_filename(old, environment),
        new_file=_filename(new, environment),
    )


def _artifact(coordinate: Coordinate | None, environment: str) -> FrozenArtifact | None:
    return None if coordinate is None else coordinate.artifact_for(environment)


def _filename(coordinate: Coordinate | None, environment: str) -> str | None:
    artifact = _artifact(coordinate, environment)
    return None if artifact is None else artifact.filename


def _size(coordinate: Coordinate | None, environment: str) -> int:
    artifact = _artifact(coordinate, environment)
    return 0 if artifact is None else artifact.size
