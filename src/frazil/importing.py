"""Taking over the lock of another tool: its versions are preferred, and whatever could not be kept is said."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

from packaging.version import Version

from frazil.atomic import forbid_writes
from frazil.default_index import read_machine_index
from frazil.errors import FrazilError, UsageError
from frazil.foreign.model import ForeignLock, ForeignPin
from frazil.foreign.reading import KNOWN_NAMES, read_foreign_lock
from frazil.freeze import (
    Phases,
    ResolveOptions,
    ResolveReport,
    Standing,
    freeze_standing,
    read_standing,
)
from frazil.frozen.model import Frozen
from frazil.frozen.preferences import Pins, pins_of
from frazil.frozen.reasons import Reasons
from frazil.project.declaration import DeclaredProject
from frazil.regex import regex
from frazil.report.changes import asked_text
from frazil.settings import Settings
from frazil.unchosen import explain_absence
from frazil.values import dataclass, replace

_CREDENTIALS = regex(r"(?<=://)[^/@]+@")
_MOST_EXPLAINED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPin:
    """A version that could not be kept in some environments, what is there now, and why."""

    name: str
    version: str
    now: tuple[str, ...]
    environments: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the versions of a foreign lock: `kept`, `moved`, and `unused` ones, which nobody asks for.

    `elsewhere` counts those that hold in none of the environments; `left_out` tells what was no version to prefer.
    """

    file: Path
    form: str
    resolve: ResolveReport
    kept: tuple[tuple[str, str], ...]
    moved: tuple[MovedPin, ...]
    unused: tuple[tuple[str, str], ...]
    elsewhere: int
    left_out: tuple[str, ...]


def find_foreign_lock(root: Path) -> Path:
    """Return the lock of another tool that lies in a folder. Raises UsageError where there is none, or several."""
    found = [name for name in KNOWN_NAMES if (root / name).is_file()]
    if len(found) == 1:
        return root / found[0]
    what = f"there are {' and '.join(found)}" if found else "there is no lock of another tool"
    raise UsageError(f"{what} in {root}", hint=f"name the one to import: frazil import {found[0] if found else 'FILE'}")


def import_lock(root: Path, lock: Path | None, file: Path, options: ResolveOptions, settings: Settings) -> ImportReport:
    """Resolve a project with the versions of another tool's lock going before those of its own.

    Raises ForeignLockError, and whatever a resolve raises.
    """
    phases = Phases(settings)
    with ExitStack() as stack:
        if options.dry_run:
            stack.enter_context(forbid_writes())
        with phases.phase("read"):
            foreign = read_foreign_lock(file)
            standing = read_standing(root, lock, options.rules, settings)
        held = _held(foreign, standing.project)
        preferred = {(r, e, pin.name): pin for r, e in standing.project.places for pin in held[e]}
        report = freeze_standing(_preferring(standing, preferred), options, settings, phases)
        if report.failure is not None:
            raise report.failure
        why = _Why(report, root, None if options.dry_run else report.lock, settings)
        kept, moved, unused = _became(pins_of(report.frozen), preferred, why)
    here = {pin for pins in held.values() for pin in pins}
    return ImportReport(
        file=file,
        form=foreign.form,
        resolve=report,
        kept=kept,
        moved=moved,
        unused=unused,
        elsewhere=len({*foreign.pins} - here),
        left_out=(
            *foreign.left_out,
            *_several(held),
            *_other_indexes(foreign, standing.project, settings),
            *_other_files(report.frozen, preferred),
        ),
    )


def _held(foreign: ForeignLock, project: DeclaredProject) -> dict[str, list[ForeignPin]]:
    """Return the versions that hold in each environment, the newest of a project last."""
    oldest_first = sorted(foreign.pins, key=lambda pin: (pin.name, Version(pin.version)))
    return {
        environment.name: [pin for pin in oldest_first if pin.holds_in(environment, foreign.selectable)]
        for environment in project.environments
    }


def _several(held: Mapping[str, list[ForeignPin]]) -> Iterator[str]:
    """Tell the projects of which several versions hold in one environment."""
    for environment, pins in sorted(held.items()):
        for name, own in groupby(pins, key=lambda pin: pin.name):
            versions = [pin.version for pin in own]
            if len(versions) > 1:
                yield f"{name} has {' and '.join(versions)} for {environment}; the newest was preferred"


def _preferring(standing: Standing, preferred: Mapping[tuple[str, str, str], ForeignPin]) -> Standing:
    """Return the standing with versions to prefer; what the own lock says of projects that may move is not believed."""
    old = {} if standing.frozen is None else pins_of(standing.frozen)
    moving = {place[2] for place, pin in preferred.items() if old.get(place, pin.version) != pin.version}
    pins = {place: pin.version for place, pin in preferred.items()}
    return replace(standing, preferred=pins, doubted=frozenset(moving), mended=())


# What became of it -----------------------------------------------------------------------------------------


_Release = tuple[str, str]


def _became(
    pins: Pins, preferred: Mapping[tuple[str, str, str], ForeignPin], why: "_Why"
) -> tuple[tuple[_Release, ...], tuple[MovedPin, ...], tuple[_Release, ...]]:
    """Tell the versions that were kept wherever they are wanted, those that moved, and those that nobody asks for."""
    places: dict[_Release, list[tuple[str, str]]] = {}
    for (resolve, environment, name), pin in preferred.items():
        places.setdefault((name, pin.version), []).append((resolve, environment))
    kept: list[_Release] = []
    unused: list[_Release] = []
    moved = []
    for (name, version), where in sorted(places.items()):
        there = [place for place in where if (*place, name) in pins]
        others = [place for place in there if pins[(*place, name)] != version]
        if others:
            moved.append(_moved(name, version, others, pins, why))
        else:
            (kept if there else unused).append((name, version))
    return tuple(kept), tuple(moved), tuple(unused)


def _moved(name: str, version: str, places: Iterable[tuple[str, str]], pins: Pins, why: "_Why") -> MovedPin:
    where = sorted(places)
    return MovedPin(
        name=name,
        version=version,
        now=tuple(sorted({pins[(*place, name)] for place in where}, key=Version)),
        environments=tuple(sorted({environment for _, environment in where})),
        why=why.not_kept(name, version, where[0]),
    )


class _Why:
    """Says why versions were not kept: by the wishes of the new lock, else as `why-not` finds out."""

    def __init__(self, report: ResolveReport, root: Path, lock: Path | None, settings: Settings) -> None:
        self._reasons = Reasons(report.frozen)
        self._root = root
        self._lock = lock
        self._settings = settings
        self._left = _MOST_EXPLAINED

    def not_kept(self, name: str, version: str, place: tuple[str, str]) -> str:
        against = tuple(self._reasons.against(place, name, version))
        if against:
            return asked_text(against)
        if self._lock is None or not self._left:
            return ""
        self._left -= 1
        try:
            found = explain_absence(self._root, self._lock, f"{name}=={version}", (place[1],), self._settings)
        except FrazilError:
            return ""
        return "; ".join(told for verdict in found.verdicts for told in verdict.told)


def _other_indexes(foreign: ForeignLock, project: DeclaredProject, settings: Settings) -> Iterator[str]:
    """Tell the indexes of a lock that are none of the project's."""
    named = {_bare(pin.index) for pin in foreign.pins if pin.index is not None}
    if not named:
        return
    known = {_bare(index.url) for index in project.indexes if index.url is not None}
    if any(index.url is None for index in project.indexes):
        known.add(_bare(read_machine_index(settings).url))
    for address in sorted(named - known):
        count = len({(p.name, p.version) for p in foreign.pins if p.index is not None and _bare(p.index) == address})
        yield f"{count} versions came from {address}, which is no index of the project"


def _bare(address: str) -> str:
    return _CREDENTIALS.sub("", address).rstrip("/")


def _other_files(frozen: Frozen, preferred: Mapping[tuple[str, str, str], ForeignPin]) -> Iterator[str]:
    """Tell the files that were chosen of a version that was kept, and that the foreign lock does not know."""
    found = set()
    for (resolve, environment, name), pin in preferred.items():
        coordinate = frozen.pins.get((resolve, environment, name))
        artifact = None if coordinate is None else coordinate.artifact_for(environment)
        if coordinate is None or artifact is None or coordinate.version != pin.version or not pin.sha256:
            continue
        if artifact.sha256 not in pin.sha256:
            found.add(artifact.filename)
    for filename in sorted(found):
        yield f"{filename} is taken, whose digest the lock does not have"
