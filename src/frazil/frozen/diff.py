"""What moved from one frozen resolution to another, who is concerned, and which requirements pushed it."""

from collections.abc import Iterable, Iterator

from frazil.frozen.graph import is_build_resolve
from frazil.frozen.model import Coordinate, Frozen
from frazil.frozen.reasons import Place, Reason, Reasons, reason_order
from frazil.frozen.walk import EVERYWHERE
from frazil.model import IndexSource, Publisher
from frazil.quick.versions import NoVersion, version_key
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one project, in all the places where it is the same.

    `kind` is `added`, `removed`, `upgraded`, `downgraded`, `source` (the same version from elsewhere) or `artifacts`
    (the same release, another file); `everywhere` says that the project is pinned nowhere else, so that an added one
    is new to the lock and a removed one gone from it; `targets` ship it there; `reasons` are what rules the old
    version out, for an added or removed project what asks or asked for it. `old_files` and `new_files` are the file
    names that were and are chosen; `old_publishers` and `new_publishers` those whom the index vouched for, None where
    a lock does not record them.
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
    old_publishers: tuple[Publisher, ...] | None = None
    new_publishers: tuple[Publisher, ...] | None = None

    @property
    def changed_hands(self) -> bool:
        """Say whether somebody else publishes the project now, or nobody vouches for it any more."""
        if not self.old_publishers or self.new_publishers is None:
            return False
        return {each.label for each in self.new_publishers} != {each.label for each in self.old_publishers}


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
        before, after = version_key(old or ""), version_key(new or "")
    except NoVersion:
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


def _publishers(frozen: Frozen, pinned: Iterable[Coordinate | None]) -> tuple[Publisher, ...] | None:
    """Return who published releases, None where there are none or the lock does not record it."""
    releases = [coordinate for coordinate in pinned if coordinate is not None]
    if not releases or frozen.inputs.policy.rules.provenance is None:
        return None
    return tuple(sorted({publisher for each in releases for publisher in each.publishers}))


def _missing(names: Iterable[str], among: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*names} - {*among}))


class _Asking:
    """Tells changes between two locks, and who asked for them."""

    def __init__(self, old: Frozen, new: Frozen) -> None:
        self._old = old
        self._new = new
        self._before, self._after = Reasons(old), Reasons(new)

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
            reasons=tuple(sorted(reasons, key=reason_order)),
            old_files=_files((old, environment) for (_, environment), (old, _) in places.items()),
            new_files=_files((new, environment) for (_, environment), (_, new) in places.items()),
            old_publishers=_publishers(self._old, (old for old, _ in places.values())),
            new_publishers=_publishers(self._new, (new for _, new in places.values())),
        )

    def _reasons(
        self, kind: str, name: str, place: Place, old: Coordinate | None, new: Coordinate | None
    ) -> Iterator[Reason]:
        if kind == "artifacts":
            return
        if old is None or new is None:
            yield from (self._before if new is None else self._after).asking(place, name)
        else:
            from_index = isinstance(old.source, IndexSource)
            yield from self._after.against(place, name, old.version, from_index=from_index)


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
