"""A whole resolve: read what is declared, see whether the lock answers it, and if not, choose anew and write it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from frazil.answering import Answers, answer_all, missing_extras
from frazil.asking import Asking, freed, policy_of, unknown_upgrades
from frazil.atomic import forbid_writes, write_atomically, writes_forbidden
from frazil.costs import Costs
from frazil.errors import FrazilError, LockFileError, LockMissing, LockTooNew, StaleLock
from frazil.events import PhaseBegan, PhaseEnded, RoundBegan, Warned
from frazil.evidence import Evidence, Look, having_read, look_at, look_of_bytes
from frazil.frozen.assembly import assemble
from frazil.frozen.codec import format_frozen
from frazil.frozen.files import read_frozen_reporting, write_frozen
from frazil.frozen.inputs import inputs_of, reuse_environment
from frazil.frozen.model import LARGEST_LOCK, Frozen, Inputs
from frazil.frozen.preferences import Pins, Salvage, pins_of, salvage
from frazil.keeping import keep_answers, partial_sentence
from frazil.model import DirectorySource, Resolution, Rules
from frazil.offering import Kept, Offering
from frazil.opening import read_plain
from frazil.outside import Outside
from frazil.project.declaration import DeclaredProject, Policy
from frazil.project.reading import read_project
from frazil.project.targets import check_requires_python
from frazil.rejections import read_rejections, write_rejections
from frazil.resolutions import read_resolution, resolution_key, write_resolution
from frazil.resolver.bound import Bound, proving
from frazil.resolver.engines import ENGINES, LEADING, Engine
from frazil.settings import Settings
from frazil.shared_cache import SharedCacheOfRun
from frazil.turns import turn
from frazil.values import dataclass, field, replace

if TYPE_CHECKING:
    from frazil.build_resolves import RecordedBuilds
    from frazil.frozen.diff import Changes
    from frazil.frozen.skew import Rejected
    from frazil.frozen.staleness import Difference

LOCK_NAME = "frozen.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveOptions:
    """What a run may ask for: `upgrade_packages` are `name` or `name==version`; `rules` are policy on top.

    Under `keep_going`, resolves that fail do not keep the answers of the others from being written.
    """

    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    locked: bool = False
    check: bool = False
    dry_run: bool = False
    engine: str | None = None
    prove: bool = False
    keep_going: bool = False
    rules: Rules = Rules()

    @property
    def asks_for_upgrades(self) -> bool:
        return self.upgrade or bool(self.upgrade_packages)


@dataclass(frozen=True, kw_only=True)
class ResolveReport:
    """What a resolve did: `current` when the lock answered already; `reasons` why it did not. `before` is what it
    was until then; what `moved` is found out when somebody asks for the `changes`, unless it is known.

    `key` is the fingerprint under which the answer may be remembered, None when it may not. `failure` is why some
    resolves have no answer, where the others' were kept all the same; `rejected` is what was turned down. `evidence`
    is what "nothing to do" rests on; `next` what the next run will report of a lock that was written now.
    """

    frozen: Frozen
    lock: Path
    current: bool
    written: bool
    before: Frozen | None = None
    moved: "Changes | None" = None
    reasons: "tuple[Difference, ...]" = ()
    warnings: tuple[str, ...] = ()
    costs: Costs = Costs()
    evidence: Evidence | None = None
    key: str | None = None
    failure: FrazilError | None = None
    rejected: "Rejected" = field(default_factory=dict)
    next: "ResolveReport | None" = None

    @cached_property
    def changes(self) -> "Changes":
        from frazil.frozen.diff import changes  # noqa: PLC0415 - of a first lock only programs ask

        return changes(self.before, self.frozen) if self.moved is None else self.moved

    @property
    def is_first(self) -> bool:
        """Whether there was no lock before."""
        return self.before is None if self.moved is None else self.moved.first

    def resting_on(self, evidence: Evidence) -> "ResolveReport":
        """Return the report with more that "nothing to do" rests on."""
        found = None if self.evidence is None else self.evidence + evidence
        return replace(self, evidence=found, next=None if self.next is None else self.next.resting_on(evidence))


class Phases:
    """Times the phases of a run and tells a reporter of them."""

    def __init__(self, settings: Settings) -> None:
        self._reporter = settings.reporter
        self.spent: list[tuple[str, float]] = []

    @contextmanager
    def phase(self, name: str, detail: str = "") -> Iterator[None]:
        began = time.monotonic()
        self._reporter(PhaseBegan(name, detail))
        try:
            yield
        finally:
            self._reporter(PhaseEnded(name))
            self.spent.append((name, time.monotonic() - began))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a lock stands towards what is declared now: `frozen` is None where there is no readable lock.

    `unreadable` says why a lock that is there cannot be read, `salvaged` is what it tells of versions all the same.
    `preferred` are versions that go before the lock's, by place. Of the `doubted` projects nothing that the lock says
    is believed: their pages are asked. `kept_in` says where the resolution was found: `lock`, `cache`, `shared-cache`.
    `lock_look` is how the lock looked before it was read.
    """

    project: DeclaredProject
    inputs: Inputs
    lock: Path
    frozen: Frozen | None = None
    mended: tuple[str, ...] = ()
    unreadable: LockFileError | None = None
    salvaged: Salvage = Salvage()
    preferred: Pins = field(default_factory=dict)
    differences: "tuple[Difference, ...]" = ()
    doubted: frozenset[str] = frozenset()
    kept_in: str = "lock"
    lock_look: Look | None = field(default=None, compare=False)

    @property
    def current(self) -> bool:
        return self.frozen is not None and not self.differences

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason for which the lock does not answer, in sentences."""
        if self.frozen is None:
            return (str(self.unreadable) if self.unreadable else f"there is no {self.lock.name}",)
        return tuple(difference.sentence for difference in self.differences)


def read_standing(root: Path, lock: Path | None, rules: Rules, settings: Settings) -> Standing:
    """Read what is declared and the lock, and compare them, without a request.

    Raises ConfigurationError for the project, LockTooNew for a lock that must not be touched.
    """
    project = _with_rules(
        read_project(root, environ=settings.environ, cache=None if settings.no_cache else settings.cache), rules
    )
    path = lock or root / LOCK_NAME
    look = _look_at_lock(path)
    try:
        parsed = read_frozen_reporting(path)
    except LockMissing:
        check_requires_python(project)
        return Standing(project=project, inputs=inputs_of(project), lock=path)
    except LockTooNew:
        raise
    except LockFileError as error:
        check_requires_python(project)
        salvaged = salvage(read_plain(path, most=LARGEST_LOCK).decode("utf-8", "replace"))
        return Standing(project=project, inputs=inputs_of(project), lock=path, unreadable=error, salvaged=salvaged)
    from frazil.folders import folder_differences, with_folders  # noqa: PLC0415 - a first lock is compared with nothing
    from frazil.frozen.staleness import differences  # noqa: PLC0415

    project = with_folders(reuse_environment(project, parsed.frozen.inputs), parsed.frozen)
    check_requires_python(project)
    inputs = inputs_of(project)
    found = differences(parsed.frozen.inputs, inputs, project) + folder_differences(project, parsed.frozen)
    return Standing(
        project=project,
        inputs=inputs,
        lock=path,
        frozen=parsed.frozen,
        mended=parsed.mended,
        differences=found,
        lock_look=look,
    )


def _look_at_lock(path: Path) -> Look | None:
    look = look_at(str(path.absolute()))
    if look is None or look.sha256 is None:
        return look
    try:
        return having_read(look, read_plain(path, most=LARGEST_LOCK))
    except OSError:
        return None


def _with_rules(project: DeclaredProject, rules: Rules) -> DeclaredProject:
    policy = project.policy
    return replace(
        project,
        policy=Policy(rules=rules.within(policy.rules), constraints=policy.constraints, overrides=policy.overrides),
    )


def freeze_project(root: Path, lock: Path | None, options: ResolveOptions, settings: Settings) -> ResolveReport:
    """Make the lock answer what is declared, and say what moved.

    With a current lock and no upgrade asked for, nothing is requested or written. `check` and `locked` never make a
    request; they raise StaleLock with every reason. `dry_run` computes the answer and writes nothing at all. Raises
    NoResolution with a proof behind it, GaveUp at the bound of work, OutsideError, BadInput.
    """
    phases = Phases(settings)
    with ExitStack() as stack:
        if options.check or options.dry_run:
            stack.enter_context(forbid_writes())
        with phases.phase("read"):
            standing = read_standing(root, lock, options.rules, settings)
        if options.check or options.locked:
            refuse_stale(standing)
        if standing.current and not standing.mended and not options.asks_for_upgrades:
            return _unchanged(standing, phases.spent)
        if stack.enter_context(turn(settings, standing.lock)):
            standing = read_standing(root, lock, options.rules, settings)
            if standing.current and not standing.mended and not options.asks_for_upgrades:
                return _unchanged(standing, phases.spent)
        shared = stack.enter_context(SharedCacheOfRun(settings))
        report = freeze_standing(standing, options, settings, phases)
        remember(report, standing, settings, shared)
        if report.failure is not None:
            raise report.failure
        return replace(report, next=_next(standing, report, phases.spent, again=options.asks_for_upgrades))


def refuse_stale(standing: Standing) -> None:
    """Raise StaleLock with every reason, if there is one; a lock that cannot be read is its own error."""
    if standing.unreadable is not None:
        raise standing.unreadable
    if standing.current and not standing.mended:
        return
    from frazil.frozen.selection import BUILD_GROUP  # noqa: PLC0415 - only a refusal names targets

    name = standing.lock.name
    if standing.frozen is None:
        raise StaleLock(f"there is no {name}", hint=f"run `frazil resolve` and commit {name}")
    named = (difference.target for difference in standing.differences if difference.target is not None)
    targets = {name.removesuffix(BUILD_GROUP) for name in named}
    count = len(targets.union(target.name for target in standing.project.targets))
    concerned = f" for {len(targets)} of {count} targets" if targets else ""
    raise StaleLock(
        f"{name} is out of date{concerned}",
        details=standing.reasons + standing.mended,
        hint=f"run `frazil resolve` and commit {name}",
    )


def _unchanged(standing: Standing, spent: Sequence[tuple[str, float]]) -> ResolveReport:
    assert standing.frozen is not None  # noqa: S101 - a current standing has a lock
    return ResolveReport(
        frozen=standing.frozen,
        lock=standing.lock,
        current=True,
        written=False,
        before=standing.frozen,
        warnings=standing.project.warnings,
        costs=Costs(phases=tuple(spent)),
        evidence=evidence_of(standing),
    )


def evidence_of(standing: Standing) -> Evidence | None:
    """Return how the lock and all that is declared looked before it was read."""
    if standing.lock_look is None:
        return None
    return standing.project.evidence + Evidence(looked_at=(standing.lock_look,))


def _next(
    standing: Standing, report: ResolveReport, spent: Sequence[tuple[str, float]], *, again: bool
) -> ResolveReport | None:
    """Return what the next run will report of a lock that this one wrote, when that can be told already.

    Not where it does its work `again`, nor where a lock speaks of folders: those were not compared with it yet.
    """
    after = settled(standing, report)
    folders = any(isinstance(coordinate.source, DirectorySource) for coordinate in report.frozen.coordinates)
    if again or folders or report.failure is not None or not (report.written and after.current):
        return None
    look = look_of_bytes(str(standing.lock.absolute()), format_frozen(report.frozen))
    return _unchanged(replace(after, lock_look=look), spent[:1])


def freeze_standing(standing: Standing, options: ResolveOptions, settings: Settings, phases: Phases) -> ResolveReport:
    """Choose anew for a standing, keeping the old pins that can be kept, and write the lock."""
    if standing.current and standing.mended and not options.asks_for_upgrades:
        assert standing.frozen is not None  # noqa: S101 - a current standing has a lock
        costs = Costs(phases=tuple(phases.spent))
        return _chosen(standing, standing.frozen, (), costs, dry_run=options.dry_run, settings=settings)
    engine, bound = _engine(options)
    bound = _watched(bound, settings)
    pins, narrowed = freed(_old_pins(standing), upgrade=options.upgrade, packages=options.upgrade_packages)
    asking = Asking(standing.project, pins=pins, narrowed=narrowed, now=datetime.now(UTC))
    kept = Kept(frozen=standing.frozen, names=frozenset(name for _, _, name in pins), doubted=standing.doubted)
    is_plain = _is_plain(standing, options, settings)
    with outside_of(standing.project, settings) as outside:
        address = outside.machine.url if outside.machine is not None else None
        fingerprint = cache(partial(resolution_key, standing.inputs, pins, engine=engine, default_index=address))
        recalled = _recalled(standing, outside, settings, phases, fingerprint) if is_plain else None
        if recalled is not None:
            costs = replace(outside.costs, phases=tuple(phases.spent))
            report = _finished(standing, *recalled, costs, dry_run=options.dry_run, settings=settings)
            return report if options.dry_run else replace(report, key=fingerprint())
        offering = Offering(asking, kept, outside, settings, engine=engine, bound=bound)
        with closing(offering), phases.phase("resolve", f"{len(standing.project.targets)} targets"):
            answers = _answers(standing.project, asking, offering)
            failure = _failure(standing, answers, offering, keep_going=options.keep_going)
            recorded = _record_builds(offering, asking, answers.resolutions, standing.frozen)
        with phases.phase("complete"):
            completed = outside.completed([*answers.resolutions, *(recorded.resolutions if recorded else ())])
        locked = None if standing.frozen is None else standing.frozen.inputs
        known = outside.as_recorded(completed, locked)
        inputs = recorded.inputs(standing.inputs) if recorded else standing.inputs
        builds = recorded.builds if recorded else {}
        staying = keep_answers(inputs, known.resolutions, builds, failed=answers.failed, previous=standing.frozen)
        frozen = assemble(
            staying.inputs,
            staying.resolutions,
            standing.frozen,
            file_roots=known.roots,
            unstated=known.unstated,
            builds=staying.builds,
        )
        if frozen.inputs.policy.rules.provenance is not None:
            frozen = _published(frozen, standing, outside, phases)
        costs = replace(outside.costs, rounds=sum(r.rounds for r in completed), phases=tuple(phases.spent))
        pages = outside.catalog.identities if is_plain else {}
        names = outside.catalog.names
    warnings = (
        *unknown_upgrades(options.upgrade_packages, _names_in(standing.frozen, frozen)),
        *offering.passed_over(answers.resolutions),
        *(recorded.warnings if recorded else ()),
    )
    report = _chosen(
        standing, frozen, tuple(completed), costs, dry_run=options.dry_run, settings=settings, warnings=warnings
    )
    if failure is not None:
        told = partial_sentence(standing.lock.name, answers.failed, staying.recalled)
        failure.details += ("Nothing was written." if options.dry_run else told,)
        return replace(report, failure=failure)
    if narrowed or options.dry_run or settings.offline or not frozen.coordinates:
        return report
    key = fingerprint()
    if pages and report.warnings == standing.project.warnings:
        _remember_pages(settings, key, frozen, pages, names)
    return replace(report, key=key)


def _is_plain(standing: Standing, options: ResolveOptions, settings: Settings) -> bool:
    """Say whether nothing but the project and its indexes decides: no lock, no network that is not there."""
    asked = options.upgrade_packages or options.prove or options.keep_going
    first = standing.frozen is None and standing.unreadable is None and not _old_pins(standing)
    return first and not asked and not settings.offline


def _remember_pages(
    settings: Settings, key: str, frozen: Frozen, pages: Mapping[str, str], names: tuple[str, ...]
) -> None:
    from frazil.recalling import remember_pages, rests_on_pages  # noqa: PLC0415 - only for a first lock

    if rests_on_pages(frozen):
        remember_pages(settings, key, pages, names)


def _recalled(
    standing: Standing, outside: Outside, settings: Settings, phases: Phases, fingerprint: Callable[[], str]
) -> "tuple[Frozen, Rejected] | None":
    """Return what a resolve without a lock found and turned down, where every page that it read is as it was."""
    from frazil.recalling import recall_answer, stands_still  # noqa: PLC0415 - only for a first lock

    if not stands_still(standing.inputs):
        return None
    with phases.phase("recall"):
        frozen = recall_answer(outside.catalog, settings, fingerprint(), standing.inputs)
    rejected = None if frozen is None else read_rejections(settings, frozen)
    return None if frozen is None or rejected is None else (frozen, rejected)


def _names_in(*locks: Frozen | None) -> frozenset[str]:
    """Return the projects that locks know: those of their coordinates, and the members."""
    known = [lock for lock in locks if lock is not None]
    members = (target.project_name for lock in known for target in lock.inputs.targets)
    return frozenset(c.name for lock in known for c in lock.coordinates).union(name for name in members if name)


def _published(frozen: Frozen, standing: Standing, outside: Outside, phases: Phases) -> Frozen:
    from frazil.publishers import with_publishers  # noqa: PLC0415 - only where a project wants to know

    with phases.phase("publishers"):
        return with_publishers(frozen, standing.frozen, outside)


def settled(standing: Standing, report: ResolveReport) -> Standing:
    """Return how a lock stands once a resolve has written it: current, unless some resolves failed."""
    after = replace(standing, frozen=report.frozen, differences=(), unreadable=None, mended=())
    if report.failure is None:
        return after
    from frazil.frozen.staleness import differences  # noqa: PLC0415 - nearly every resolve has an answer

    return replace(after, differences=differences(report.frozen.inputs, standing.inputs, standing.project))


def remember(report: ResolveReport, standing: Standing, settings: Settings, shared: SharedCacheOfRun) -> None:
    """Keep the answer of a resolve in the resolution cache and in the shared cache, if it may be kept.

    Not kept are empty answers, those of a dry run, of a run without network (its pages may be old) and of a run that
    asked for a version on its command line: the fingerprint would not tell them apart.
    """
    if report.key is None:
        return
    write_resolution(settings, report.key, report.frozen)
    cache = shared.of(standing.project)
    if cache is not None:
        cache.keep_resolution(report.key, format_frozen(report.frozen), _judge_for(standing, settings))


def cached_standing(
    standing: Standing, options: ResolveOptions, settings: Settings, shared: SharedCacheOfRun
) -> Standing | None:
    """Return the standing with the resolution that a cache keeps for its inputs and pins, written as the lock."""
    engine, _ = _engine(options)
    uses_machine = any(index.url is None for index in standing.inputs.indexes)
    address = _machine_address(settings) if uses_machine else None
    key = resolution_key(standing.inputs, _old_pins(standing), engine=engine, default_index=address)
    frozen, kept_in = read_resolution(settings, key, standing.inputs), "cache"
    if frozen is None and (cache := shared.of(standing.project)) is not None:
        frozen, kept_in = cache.find_resolution(key, _judge_for(standing, settings)), "shared-cache"
    if frozen is None:
        return None
    for sentence in _salvage_words(standing):
        settings.reporter(Warned(sentence))
    if not writes_forbidden():
        _write(standing, frozen)
    return replace(standing, frozen=frozen, kept_in=kept_in, unreadable=None, mended=(), differences=())


def _judge_for(standing: Standing, settings: Settings) -> Callable[[bytes], Frozen]:
    """Return who decides whether a resolution from elsewhere may answer; the old lock's file roots are believed."""
    from frazil.strangers import judge_resolution  # noqa: PLC0415 - only where there is a shared cache

    old = () if standing.frozen is None else standing.frozen.inputs.indexes
    roots = {index.name: index.files for index in old if index.files is not None}
    return partial(judge_resolution, inputs=standing.inputs, roots={**roots, **dict(settings.index_files)})


def outside_of(project: DeclaredProject, settings: Settings) -> Outside:
    """Return the world outside as a project declares it."""
    pinned = tuple((name, rules.index) for name, rules in project.policy.rules.packages if rules.index is not None)
    return Outside(project.indexes, settings, package_index=pinned, index_credentials=project.index_credentials)


def _machine_address(settings: Settings) -> str:
    from frazil.default_index import read_machine_index  # noqa: PLC0415 - a declared index needs no machine's

    return read_machine_index(settings).url


def _engine(options: ResolveOptions) -> tuple[Engine, Bound]:
    engine = next((known for known in ENGINES if known == options.engine), LEADING)
    return engine, proving(Bound()) if options.prove else Bound()


def _watched(bound: Bound, settings: Settings) -> Bound:
    """Let the reporter be told of every round, if it wants to be."""
    if not settings.traced:
        return bound
    return replace(bound, watch=lambda number, node: settings.reporter(RoundBegan(number, node)))


def _old_pins(standing: Standing) -> Pins:
    if standing.frozen is not None:
        return {**pins_of(standing.frozen), **standing.preferred}
    return {**standing.salvaged.in_places(standing.project.places), **standing.preferred}


def _answers(project: DeclaredProject, asking: Asking, offering: Offering) -> Answers:
    """Answer every question of a project, also after one that has none. Raises BuildFailed, OutsideError."""
    questions = asking.questions()
    resolves = {question.resolve for question in questions}
    strict = {resolve for resolve in resolves if policy_of(project, resolve).rules.share == "strict"}
    return answer_all(questions, offering.answer_one, offering.answer_together, strict=strict)


def _failure(standing: Standing, answers: Answers, offering: Offering, *, keep_going: bool) -> FrazilError | None:
    """Return why some resolves have no answer; raise it where nothing is to be kept."""
    if not answers.failures:
        return None
    if keep_going and answers.resolutions:
        return offering.why_not(answers.failures)
    there = standing.lock.exists()
    ending = f"{standing.lock.name} was not changed." if there else f"No {standing.lock.name} was written."
    raise offering.why_not(answers.failures, ending=ending)


def _record_builds(
    offering: Offering, asking: Asking, resolutions: tuple[Resolution, ...], frozen: Frozen | None
) -> "RecordedBuilds | None":
    """Return what builds take; None where nothing is built."""
    taken = (pin.artifact for resolution in resolutions for pin in resolution.pins)
    if not asking.project.builds and all(artifact is not None and artifact.is_wheel for artifact in taken):
        return None
    from frazil.build_resolves import record_builds  # noqa: PLC0415 - most projects build nothing

    return record_builds(offering, asking, resolutions, frozen)


def _chosen(
    standing: Standing,
    frozen: Frozen,
    resolutions: tuple[Resolution, ...],
    costs: Costs,
    *,
    dry_run: bool,
    settings: Settings,
    warnings: tuple[str, ...] = (),
) -> ResolveReport:
    """Finish with what was chosen now, and keep what was turned down for it."""
    warnings = (*missing_extras(standing.project, resolutions), *warnings)
    rejected = {(each.resolve, each.environment): each.rejections for each in resolutions}
    report = _finished(standing, frozen, rejected, costs, dry_run=dry_run, settings=settings, warnings=warnings)
    if not dry_run:
        write_rejections(settings, frozen, resolutions, standing.frozen)
    return report


def _finished(
    standing: Standing,
    frozen: Frozen,
    rejected: "Rejected",
    costs: Costs,
    *,
    dry_run: bool,
    settings: Settings,
    warnings: tuple[str, ...] = (),
) -> ResolveReport:
    warnings = (*standing.project.warnings, *_salvage_words(standing), *warnings)
    for sentence in warnings:
        settings.reporter(Warned(sentence))
    written = False if dry_run else _write(standing, frozen)
    return ResolveReport(
        frozen=frozen,
        lock=standing.lock,
        current=False,
        written=written,
        reasons=standing.differences,
        before=standing.frozen or standing.salvaged.lock,
        warnings=warnings,
        costs=costs,
        rejected=rejected,
    )


def _write(standing: Standing, frozen: Frozen) -> bool:
    if standing.unreadable is not None:
        # What could not be read may still be wanted by a person: it is kept beside.
        write_atomically(
            standing.lock.with_name(f"{standing.lock.name}.bak"), read_plain(standing.lock, most=LARGEST_LOCK)
        )
    return write_frozen(standing.lock, frozen)


def _salvage_words(standing: Standing) -> tuple[str, ...]:
    if standing.unreadable is None:
        return ()
    salvaged = standing.salvaged
    kept = f"; the versions in it of {len(salvaged.names)} projects were preferred" if salvaged.names else ""
    told = (f"{standing.unreadable.sentence}{kept}; it is kept as {standing.lock.name}.bak",)
    return told + tuple(
        f"{name} is pinned at {' and at '.join(versions)}; the newest was preferred"
        for name, versions in salvaged.contested
    )
