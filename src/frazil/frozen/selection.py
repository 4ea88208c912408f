"""Which artifacts some targets need in some environments: read off the `targets` maps, without walking an edge."""

from collections.abc import Iterable

from frazil.errors import UsageError
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.frozen.walk import EVERYWHERE, walked_targets
from frazil.model import DirectorySource
from frazil.project.patterns import is_pattern, matches
from frazil.quick.names import normalised
from frazil.values import dataclass, replace

BUILD_GROUP = ":build-system"
"""The end of the name of a target that stands for what a member's own build requires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedArtifact:
    """One file to deliver, with the (target, environment) pairs that use it, sorted."""

    artifact: FrozenArtifact
    coordinate: Coordinate
    users: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to deliver for some targets in some environments (all sorted by name).

    `undelivered` names what has no file: the selected targets that are projects themselves, and directories.
    """

    targets: tuple[str, ...]
    environments: tuple[str, ...]
    artifacts: tuple[SelectedArtifact, ...]
    undelivered: tuple[str, ...]


def select(frozen: Frozen, *, targets: Iterable[str] = (), environments: Iterable[str] = ()) -> Selection:
    """Select by names and globs; without targets or environments, all of them.

    In a glob `*` and `?` stay within a segment of a name and `**` crosses; brackets are literal, as in the name of an
    extra. `P[x]` ships what `P` ships too. What builds a member (`P:build-system`) is taken only when named, or by a
    glob that names it. Raises UsageError for what matches nothing, and for targets that are frozen for none of the
    environments.
    """
    return selection_of(frozen, *choose(frozen, targets=targets, environments=environments))


def declared_targets(frozen: Frozen) -> tuple[FrozenTarget, ...]:
    """Return the targets that the project declares: all but those that stand for what builds a member."""
    return tuple(target for target in frozen.inputs.targets if not target.name.endswith(BUILD_GROUP))


def choose(
    frozen: Frozen, *, targets: Iterable[str] = (), environments: Iterable[str] = (), builds: bool = False
) -> tuple[tuple[FrozenTarget, ...], tuple[str, ...]]:
    """Return the targets and environments that `select` takes, sorted by name. Raises as it does.

    With `builds`, what builds members is among all targets too.
    """
    available = {target.name: target for target in walked_targets(frozen)}
    patterns = tuple(targets)
    wanted = {*available} if builds and not patterns else _chosen_targets(available, patterns)
    chosen = tuple(available[name] for name in sorted(wanted))
    names = _chosen_environments(tuple(frozen.environments_by_name), tuple(environments))
    if patterns and not any(names & {*target.environments} for target in chosen):
        lived = sorted({name for target in chosen for name in target.environments})
        raise UsageError(
            f"{_listed(target.name for target in chosen)} is not frozen for {_listed(sorted(names))}",
            hint=f"it is frozen for {_listed(lived)}",
        )
    return chosen, tuple(sorted(names))


def choose_among(
    locks: Iterable[Frozen], *, targets: Iterable[str] = (), environments: Iterable[str] = ()
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return the names of targets and environments that patterns match in any of some locks, None for all of them.

    Raises UsageError for what matches nothing in any of them.
    """
    known = tuple(locks)
    available = {target.name: target for frozen in known for target in walked_targets(frozen)}
    places = tuple({name: None for frozen in known for name in frozen.environments_by_name})
    wanted, names = tuple(targets), tuple(environments)
    return (
        frozenset(_chosen_targets(available, wanted)) if wanted else None,
        frozenset(_chosen_environments(places, names)) if names else None,
    )


def target_named(frozen: Frozen, name: str) -> FrozenTarget:
    """Return the target of exactly that name. Raises UsageError with what was meant."""
    available = {target.name: target for target in walked_targets(frozen)}
    if name not in available:
        raise _unknown(name, "target", available)
    return available[name]


def selection_of(frozen: Frozen, targets: Iterable[FrozenTarget], environments: Iterable[str]) -> Selection:
    """Select for targets and environments that are known to be there."""
    chosen = {target.name: target for target in targets}
    wanted = frozenset(environments)
    users_of = _users_by_shipper(frozen, chosen.values())
    artifacts: list[SelectedArtifact] = []
    undelivered = {name for target in chosen.values() for name in _members(frozen, target)}
    for coordinate in frozen.coordinates:
        users = _users(coordinate, users_of, wanted)
        if users and isinstance(coordinate.source, DirectorySource):
            undelivered.add(coordinate.source.path)
        for artifact in coordinate.artifacts if users else ():
            own = artifact.environments
            using = tuple(sorted(user for user in users if own is None or user[1] in own))
            if using:
                artifacts.append(SelectedArtifact(artifact=artifact, coordinate=coordinate, users=using))
    return Selection(
        targets=tuple(sorted(chosen)),
        environments=tuple(sorted(wanted)),
        artifacts=tuple(sorted(artifacts, key=lambda s: (s.artifact.filename, s.artifact.sha256))),
        undelivered=tuple(sorted(undelivered)),
    )


def select_everything(frozen: Frozen) -> Selection:
    """Select every artifact that a lock lists, with what only builds need and files that are kept beside others."""
    found = selection_of(frozen, *choose(frozen, builds=True))
    known = {(s.artifact.filename, s.artifact.sha256) for s in found.artifacts}
    beside = [
        SelectedArtifact(artifact=artifact, coordinate=coordinate, users=())
        for coordinate in frozen.coordinates
        for artifact in coordinate.artifacts
        if (artifact.filename, artifact.sha256) not in known
    ]
    everything = sorted((*found.artifacts, *beside), key=lambda s: (s.artifact.filename, s.artifact.sha256))
    return replace(found, artifacts=tuple(everything))


_Users = dict[str, list[tuple[str, tuple[str, ...]]]]
"""By the target that a map names: who uses what it ships, and in which environments."""


def _users_by_shipper(frozen: Frozen, chosen: Iterable[FrozenTarget]) -> _Users:
    users: _Users = {}
    for target in chosen:
        users.setdefault(target.name, []).append((target.name, target.environments))
        base = frozen.targets_by_name.get(target.base or "")
        if base is not None:
            # `P[x]` has what `P` ships, where `P` is too.
            shared = tuple(name for name in target.environments if name in base.environments)
            users.setdefault(base.name, []).append((target.name, shared))
    return users


def _users(coordinate: Coordinate, users_of: _Users, wanted: frozenset[str]) -> set[tuple[str, str]]:
    """Read off the map of a coordinate which chosen targets use it, and where."""
    found: set[tuple[str, str]] = set()
    everywhere = wanted.intersection(coordinate.environments)
    for key, shippers in coordinate.targets:
        places = everywhere if key == EVERYWHERE else everywhere & {key}
        for shipper in shippers if places else ():
            for user, environments in users_of.get(shipper, ()):
                for environment in environments:
                    if environment in places:
                        found.add((user, environment))
    return found


def _members(frozen: Frozen, target: FrozenTarget) -> list[str]:
    """Return the project that a target is, or is an extra of: nothing is fetched for it."""
    known = [target, frozen.targets_by_name.get(target.base or "")]
    return [each.name for each in known if each is not None and each.project_name is not None]


def _chosen_targets(available: dict[str, FrozenTarget], patterns: tuple[str, ...]) -> set[str]:
    if not patterns:
        return {name for name in available if not name.endswith(BUILD_GROUP)}
    chosen: set[str] = set()
    for written in patterns:
        pattern = _as_name(written)
        found = {pattern} & available.keys()
        if not found and is_pattern(pattern):
            found = {
                name
                for name in available
                if matches(pattern, name) and (BUILD_GROUP in pattern or not name.endswith(BUILD_GROUP))
            }
        if not found:
            raise _of_project(written, available) or _unknown(written, "target", available)
        chosen |= found
    return chosen


def _chosen_environments(available: tuple[str, ...], patterns: tuple[str, ...]) -> set[str]:
    if not patterns:
        return {*available}
    chosen: set[str] = set()
    for pattern in patterns:
        found = {name for name in available if name == pattern or matches(pattern, name)}
        if not found:
            raise _unknown(pattern, "environment", available)
        chosen |= found
    return chosen


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _as_name(written: str) -> str:
    """Return a name as a shell completes it (`./services/api/`) in the spelling of the lock."""
    return written.removeprefix("./").rstrip("/") or "."


def _of_project(written: str, available: dict[str, FrozenTarget]) -> UsageError | None:
    """Return what to say to somebody who gave a member's project name, as other tools have it."""
    name, bracket, extra = written.partition("[")
    members = (target.name for target in available.values() if target.project_name == normalised(name))
    meant = next((f"{member}{bracket}{extra}" for member in members if f"{member}{bracket}{extra}" in available), None)
    if meant is None:
        return None
    return UsageError(f'unknown target "{written}"', hint=f"{name} is the project of {meant}: name the target")


def _unknown(written: str, noun: str, available: Iterable[str]) -> UsageError:
    from frazil.project.suggestions import suggestion  # noqa: PLC0415 - only a mistake pays for it

    sentence = f'no {noun} matches "{written}"' if is_pattern(written) else f'unknown {noun} "{written}"'
    return UsageError(sentence, hint=suggestion(written, available, title=f"{noun}s"))
