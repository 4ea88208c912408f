"""What moved from one frozen resolution to another, who is concerned, and which requirements pushed it."""

from collections.abc import Iterable, Iterator

from packaging.specifiers import InvalidSpecifier
from packaging.version import InvalidVersion, Version

from frazil.frozen.graph import is_build_resolve
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.frozen.walk import EVERYWHERE, Step, steps_in
from frazil.model import IndexSource
from frazil.requirement import Requirement, specifier_set
from frazil.values import dataclass

Place = tuple[str, str]
"""A resolve and an environment."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Reason:
    """Who asks for a project, and what they ask.

    `kind` is `target`, `coordinate` or `constraint`; `by` is the target's or project's name, or the resolve that the
    constraint belongs to (empty: the project's policy); `version` is a coordinate's; `file` is where a target or
    policy declares it, None for a target's own `pyproject.toml`.
    """

    kind: str
    by: str
    version: str | None
    requirement: Requirement
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one project, in all the places where it is the same.

    `kind` is `added`, `removed`, `upgraded`, `downgraded`, `source` (the same version from elsewhere) or `artifacts`
    (the same release, another file); `everywhere` says that the project is pinned nowhere else, so that an added one
    is new to the lock and a removed one gone from it; `targets` ship it there; `reasons` are what rules the old
    version out, for an added or removed project what asks or asked for it. `old_files` and `new_files` are the file
    names that were and are chosen.
    """

    name: str
    kind: str
    old: str | None
    new: str | None
    resolves: tuple[str, ...]
    environments: tuple[str, ...]
    everywhere: bool
    targets: tuple[str, ...]
    reasons: tuple[Reason, ...]
    old_files: tuple[str, ...]
    new_files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that differs between two locks' answers; `first` says that there was no old one.

    `unchanged` counts the projects that are the same everywhere.
    """

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    first: bool = False
    targets_added: tuple[str, ...] = ()
    targets_removed: tuple[str, ...] = ()
    environments_added: tuple[str, ...] = ()
    environments_removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything changed."""
        return bool(
            self.changes
            or self.targets_added
            or self.targets_removed
            or self.environments_added
            or self.environments_removed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A project that one resolve does not pin alike in all of its environments.

    `versions` are (version, environments), the version in most environments first; `absent` are the environments
    of the resolve's targets where the project is not pinned.
    """

    name: str
    resolve: str
    versions: tuple[tuple[str | None, tuple[str, ...]], ...]
    absent: tuple[str, ...]


def changes(old: Frozen | None, new: Frozen) -> Changes:
    """Return what moved; without an old lock, everything is added."""
    before = Frozen(inputs=new.inputs) if old is None else old
    asking = _Asking(before, new)
    old_pins, new_pins = _by_name(before), _by_name(new)
    found: list[Change] = []
    unchanged = 0
    for name in sorted({*old_pins} | {*new_pins}):
        groups = _grouped(old_pins.get(name, {}), new_pins.get(name, {}))
        moved = [asking.change(name, places, everywhere=len(groups) == 1) for kind, places in groups.items() if kind]
        found += moved
        unchanged += not moved
    return Changes(
        changes=tuple(sorted(found, key=lambda c: (c.name, c.environments, c.resolves, c.kind))),
        unchanged=unchanged,
        first=old is None,
        targets_added=_missing(new.targets_by_name, () if old is None else old.targets_by_name),
        targets_removed=_missing(before.targets_by_name, new.targets_by_name),
        environments_added=_missing(new.environments_by_name, () if old is None else old.environments_by_name),
        environments_removed=_missing(before.environments_by_name, new.environments_by_name),
    )


def spreads(frozen: Frozen) -> tuple[Spread, ...]:
    """Return the projects that differ between the environments of a resolve, sorted by name and resolve."""
    homes: dict[str, set[str]] = {}
    for target in frozen.inputs.targets:
        homes.setdefault(target.resolve, set()).update(target.environments)
    versions: dict[tuple[str, str], dict[str | None, list[str]]] = {}
    for (resolve, environment, name), coordinate in sorted(frozen.pins.items(), key=lambda item: item[0]):
        versions.setdefault((name, resolve), {}).setdefault(coordinate.version, []).append(environment)
    found = []
    for (name, resolve), by_version in sorted(versions.items()):
        pinned = {environment for environments in by_version.values() for environment in environments}
        absent = set() if is_build_resolve(resolve) else homes.get(resolve, set()) - pinned
        if len(by_version) > 1 or absent:
            most_first = sorted(by_version.items(), key=lambda item: (-len(item[1]), item[1]))
            found.append(
                Spread(
                    name=name,
                    resolve=resolve,
                    versions=tuple((version, tuple(environments)) for version, environments in most_first),
                    absent=tuple(sorted(absent)),
                )
            )
    return tuple(found)


_Moved = dict[Place, tuple[Coordinate | None, Coordinate | None]]
Kind = tuple[str, str | None, str | None]


def _by_name(frozen: Frozen) -> dict[str, dict[Place, Coordinate]]:
    found: dict[str, dict[Place, Coordinate]] = {}
    for (resolve, environment, name), coordinate in frozen.pins.items():
        found.setdefault(name, {})[resolve, environment] = coordinate
    return found


def _grouped(old: dict[Place, Coordinate], new: dict[Place, Coordinate]) -> dict[Kind | None, _Moved]:
    """Group the places of a project by what happened there; None where nothing did."""
    groups: dict[Kind | None, _Moved] = {}
    for place in sorted({*old} | {*new}):
        pair = old.get(place), new.get(place)
        groups.setdefault(kind_of(*pair, place[1]), {})[place] = pair
    return groups


def kind_of(old: Coordinate | None, new: Coordinate | None, environment: str) -> Kind | None:
    """Return what happened to a project in an environment, with both versions; None where nothing did."""
    if old is None or new is None:
        if new is not None:
            return ("added", None, new.version)
        return ("removed", None if old is None else old.version, None)
    versions = (old.version, new.version)
    if old.version != new.version:
        return (_direction(old.version, new.version), *versions)
    if old.source != new.source:
        return ("source", *versions)
    if _file(old, environment) != _file(new, environment):
        return ("artifacts", *versions)
    return None


def _direction(old: str | None, new: str | None) -> str:
    try:
        before, after = Version(old or ""), Version(new or "")
    except InvalidVersion:
        # A directory has no version: then it is the source that tells them apart.
        return "source"
    # Of two spellings of one version (1.0, 1.0.0) one comes first, so that the way back is the other way.
    return "downgraded" if (after, new or "") < (before, old or "") else "upgraded"


def _file(coordinate: Coordinate, environment: str) -> tuple[str, str] | None:
    artifact = coordinate.artifact_for(environment)
    return None if artifact is None else (artifact.filename, artifact.sha256)


def _files(pinned: Iterable[tuple[Coordinate | None, str]]) -> tuple[str, ...]:
    files = (_file(coordinate, environment) for coordinate, environment in pinned if coordinate is not None)
    return tuple(sorted({file[0] for file in files if file is not None}))


def _missing(names: Iterable[str], among: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*names} - {*among}))


class _Asking:
    """Who asks for what in two locks; walked per environment, only where something moved."""

    def __init__(self, old: Frozen, new: Frozen) -> None:
        self._old = old
        self._new = new
        self._steps: dict[tuple[int, str], dict[tuple[str, str], list[Step]]] = {}

    def change(self, name: str, places: _Moved, *, everywhere: bool) -> Change:
        [kind] = {kind_of(old, new, place[1]) for place, (old, new) in places.items()} - {None}
        assert kind is not None  # noqa: S101 - the set above holds no None
        word, old_version, new_version = kind
        reasons = {reason for place, pair in places.items() for reason in self._reasons(word, name, place, *pair)}
        shippers = {
            target
            for place, (old, new) in places.items()
            for target in (_shippers(self._old, old, place) if new is None else _shippers(self._new, new, place))
        }
        return Change(
            name=name,
            kind=word,
            old=old_version,
            new=new_version,
            resolves=tuple(sorted({resolve for resolve, _ in places})),
            environments=tuple(sorted({environment for _, environment in places})),
            everywhere=everywhere,
            targets=tuple(sorted(shippers)),
            reasons=tuple(sorted(reasons, key=_reason_order)),
            old_files=_files((old, environment) for (_, environment), (old, _) in places.items()),
            new_files=_files((new, environment) for (_, environment), (_, new) in places.items()),
        )

    def _reasons(
        self, kind: str, name: str, place: Place, old: Coordinate | None, new: Coordinate | None
    ) -> Iterator[Reason]:
        if kind == "artifacts":
            return
        resolve, environment = place
        for step in self._steps_to(self._old if new is None else self._new, name, place):
            if old is None or new is None or _rules_out(step.edge, old):
                yield _reason(step)
        if old is not None and new is not None:
            for owner, policy in _policies(self._new, resolve):
                for edge in policy.constraints:
                    if edge.requirement.name == name and edge.holds_in(environment) and _rules_out(edge, old):
                        yield Reason(
                            kind="constraint",
                            by=owner,
                            version=None,
                            requirement=edge.requirement,
                            file=edge.declared_in,
                        )

    def _steps_to(self, frozen: Frozen, name: str, place: Place) -> list[Step]:
        resolve, environment = place
        key = (id(frozen), environment)
        if key not in self._steps:
            found: dict[tuple[str, str], list[Step]] = {}
            for step in steps_in(frozen, environment):
                found.setdefault((step.resolve, step.edge.requirement.name), []).append(step)
            self._steps[key] = found
        return self._steps[key].get((resolve, name), [])


def _policies(frozen: Frozen, resolve: str) -> Iterator[tuple[str, FrozenPolicy]]:
    if not is_build_resolve(resolve):
        yield "", frozen.inputs.policy
    yield resolve, dict(frozen.inputs.resolves).get(resolve, FrozenPolicy())


def _rules_out(edge: FrozenEdge, coordinate: Coordinate) -> bool:
    """Say whether a requirement cannot be met by a release."""
    requirement = edge.requirement
    if requirement.url is not None:
        return isinstance(coordinate.source, IndexSource)
    if not requirement.specifier or coordinate.version is None:
        return False
    try:
        return not specifier_set(requirement.specifier).contains(coordinate.version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return False


def _reason(step: Step) -> Reason:
    target = isinstance(step.source, FrozenTarget)
    return Reason(
        kind="target" if target else "coordinate",
        by=step.source.name,
        version=None if isinstance(step.source, FrozenTarget) else step.source.version,
        requirement=step.edge.requirement,
        file=step.edge.declared_in,
    )


def _reason_order(reason: Reason) -> tuple[str, str, str, str]:
    return (reason.kind, reason.by, str(reason.requirement), reason.file or "")


def _shippers(frozen: Frozen, coordinate: Coordinate | None, place: Place) -> set[str]:
    """Return the targets that ship a coordinate in a place, by its own map."""
    if coordinate is None:
        return set()
    resolve, environment = place
    named = {name for key, names in coordinate.targets if key in {EVERYWHERE, environment} for name in names}
    living = {name for name in named if environment in frozen.targets_by_name[name].environments}
    own = {name for name in living if frozen.targets_by_name[name].resolve == resolve}
    # A build's pins are shipped by targets of other resolves.
    return own or living
