"""Why a version was not chosen: the lock's own wishes, what its resolve turned down, else what the index says now."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from packaging.version import Version

from frazil.errors import LockMissing, UsageError
from frazil.freeze import LOCK_NAME, Standing, read_standing
from frazil.frozen.files import read_frozen
from frazil.frozen.graph import is_build_resolve
from frazil.frozen.holding import bounds_above
from frazil.frozen.model import Coordinate, Frozen
from frazil.frozen.reasons import Place, Reason, Reasons, reason_order
from frazil.model import Rejection, Rules
from frazil.project.suggestions import suggestion
from frazil.rejections import read_rejections
from frazil.requirement import RequirementSyntaxError, parse_requirement
from frazil.resolver.sentences import Releases, loss_words
from frazil.settings import Settings
from frazil.trials import Trials
from frazil.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a resolve did not choose a version in some environments, where it has `pinned` (None: nothing).

    `kind` is `chosen` (it did), `excluded` (wishes of the lock could not meet it: `reasons`), `rejected` (it cannot be
    taken there), `refused` (with it there is no answer), `possible` (it could be had), `missing` (no such release) or
    `unknown`. `told` says so in lines; `source` is where it is known from: `lock`, `kept` (what the resolve turned
    down), `index` or `nothing`.
    """

    resolve: str
    environments: tuple[str, ...]
    pinned: str | None
    version: str | None
    kind: str
    told: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()
    source: str = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """What was asked (`version` None: the newest), and the verdicts of every place that asks for the project."""

    name: str
    version: str | None
    verdicts: tuple[Verdict, ...]
    warnings: tuple[str, ...] = ()


def explain_absence(
    root: Path | None, lock: Path | None, written: str, environments: Sequence[str], settings: Settings
) -> WhyNot:
    """Say why a project (`PROJECT` or `PROJECT==VERSION`) is not in the lock in that version, or not in a newer one.

    An index is asked only where neither the lock nor what was kept beside it knows, and never when offline. Raises
    UsageError, LockFileError, OutsideError.
    """
    name, version = _parse_asked(written)
    standing = None if root is None else read_standing(root, lock, Rules(), settings)
    frozen = _frozen(standing, lock)
    places = _places(frozen, name, environments, written)
    with ExitStack() as stack:
        jury = _Jury(frozen, name, version, settings=settings, standing=standing, stack=stack)
        verdicts = _merged(jury.verdict(place) for place in places)
    stale = standing is not None and not standing.current and any(each.source == "index" for each in verdicts)
    warnings = ("the lock is out of date: what the index says is about what is declared now",) if stale else ()
    return WhyNot(name=name, version=version, verdicts=verdicts, warnings=warnings)


def _parse_asked(written: str) -> tuple[str, str | None]:
    try:
        requirement = parse_requirement(written)
    except RequirementSyntaxError as error:
        raise UsageError(f"{written}: {error}", hint="write a project, or one version of it: urllib3==2.5.0") from None
    if not requirement.specifier and requirement.url is None:
        return requirement.name, None
    version = requirement.specifier.removeprefix("==")
    if not requirement.specifier.startswith("==") or "*" in version or "," in version or version.startswith("="):
        raise UsageError(f"{written} is not one version", hint=f"for example {requirement.name}==1.0")
    return requirement.name, version


def _frozen(standing: Standing | None, lock: Path | None) -> Frozen:
    if standing is None:
        return read_frozen(lock or Path(LOCK_NAME))
    if standing.frozen is not None:
        return standing.frozen
    raise standing.unreadable or LockMissing(f"there is no {standing.lock.name}", hint="run `frazil resolve` first")


def _places(frozen: Frozen, name: str, environments: Sequence[str], written: str) -> list[Place]:
    """Return where a project is pinned, in the environments asked for. Raises UsageError where it is nowhere."""
    known = frozen.environments_by_name
    for environment in environments:
        if environment not in known:
            raise UsageError(
                f'unknown environment "{environment}"', hint=suggestion(environment, known, title="environments")
            )
    pinned = [(r, e) for r, e, each in sorted(frozen.pins) if each == name and not is_build_resolve(r)]
    if not pinned:
        names = {coordinate.name for coordinate in frozen.coordinates}
        raise UsageError(f'nothing in the lock asks for "{written}"', hint=suggestion(name, names, title="projects"))
    return [place for place in pinned if not environments or place[1] in environments]


def _merged(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Say once what is the same in several environments."""
    alike: dict[Verdict, list[str]] = {}
    for verdict in verdicts:
        alike.setdefault(replace(verdict, environments=()), []).extend(verdict.environments)
    return tuple(replace(verdict, environments=tuple(names)) for verdict, names in alike.items())


class _Jury:
    """Judges one version in one place after another; opens the indexes when it has to."""

    def __init__(
        self,
        frozen: Frozen,
        name: str,
        version: str | None,
        *,
        settings: Settings,
        standing: Standing | None,
        stack: ExitStack,
    ) -> None:
        self.frozen = frozen
        self.name = name
        self.version = version
        self.settings = settings
        self.standing = standing
        self.stack = stack
        self.reasons = Reasons(frozen)
        self.kept = read_rejections(settings, frozen) or {}
        self._trials: Trials | None = None

    def verdict(self, place: Place) -> Verdict:
        """Judge by the lock, then by what was kept, then by the index."""
        coordinate = self.frozen.pins[(*place, self.name)]
        if self.version is None:
            return self._of_newer(place, coordinate)
        return self._of_version(place, coordinate, self.version)

    def _of_version(self, place: Place, coordinate: Coordinate, version: str) -> Verdict:
        pinned = coordinate.version
        if pinned is not None and Version(pinned) == Version(version):
            return self._say(place, pinned, version, "chosen", (f"{self.name} {pinned} is what the lock has",))
        against = self.reasons.against(place, self.name, version)
        found = tuple(sorted(set(against), key=reason_order))
        if found:
            return self._say(place, pinned, version, "excluded", (), reasons=found)
        rejection = next((r for r in self._turned_down(place) if Version(r.version) == Version(version)), None)
        if rejection is not None:
            told = (self._loss(rejection, place[1]),)
            return self._say(place, pinned, version, "rejected", told, source="kept")
        return self._by_index(place, pinned, version)

    def _of_newer(self, place: Place, coordinate: Coordinate) -> Verdict:
        """Judge whatever is newer than what is pinned: by what the lock bounds, else by what the index has.

        What was turned down is told too; it is not all that is newer, so it answers alone only where no index can.
        """
        pinned = coordinate.version
        held = {reason for reason in self.reasons.asking(place, self.name) if bounds_above(reason.requirement)}
        newer = [r for r in self._turned_down(place) if pinned is None or Version(r.version) > Version(pinned)]
        told = tuple(self._loss(rejection, place[1]) for rejection in newer)
        if held:
            reasons = tuple(sorted(held, key=reason_order))
            return self._say(place, pinned, None, "excluded", told, reasons=reasons)
        if told and not self._may_ask:
            return self._say(place, pinned, None, "rejected", told, source="kept")
        return self._by_index(place, pinned, None)

    def _turned_down(self, place: Place) -> list[Rejection]:
        """Return the releases of the project that the resolve turned down in a place, newest first."""
        rejections = [each for each in self.kept.get(place, ()) if each.name == self.name]
        return sorted(rejections, key=lambda each: Version(each.version), reverse=True)

    def _loss(self, rejection: Rejection, environment: str) -> str:
        python = self.frozen.environments_by_name[environment].python
        releases = Releases(f"{rejection.name} {rejection.version}", several=False)
        return loss_words(rejection.kind, releases, [rejection.fact], here="this environment", python=python)

    @property
    def _may_ask(self) -> bool:
        return self.standing is not None and not self.settings.offline

    def _by_index(self, place: Place, pinned: str | None, version: str | None) -> Verdict:
        if self.standing is None or self.settings.offline:
            why = "the run is offline" if self.settings.offline else "there are no manifests beside it"
            told = (f"neither the lock nor what was kept with it tells, and {why}",)
            return self._say(place, pinned, version, "unknown", told, source="nothing")
        if self._trials is None:
            self._trials = Trials(self.frozen, self.name, self.standing, self.settings, self.stack)
        trial = self._trials.of(place, pinned, version)
        return self._say(place, pinned, trial.version, trial.kind, trial.told, source="index")

    @staticmethod
    def _say(
        place: Place,
        pinned: str | None,
        version: str | None,
        kind: str,
        told: tuple[str, ...],
        *,
        reasons: tuple[Reason, ...] = (),
        source: str = "lock",
    ) -> Verdict:
        return Verdict(
            resolve=place[0],
            environments=(place[1],),
            pinned=pinned,
            version=version,
            kind=kind,
            told=told,
            reasons=reasons,
            source=source,
        )
