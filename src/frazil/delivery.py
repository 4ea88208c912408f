"""Delivers what a lock lists: which of it, from where, into the store and out of it, and the record of that."""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from frazil.atomic import forbid_writes, make_folder, write_atomically, writes_forbidden
from frazil.bringing import Bringing
from frazil.costs import Costs
from frazil.errors import (
    Difference,
    DiskError,
    LockMissing,
    UsageError,
)
from frazil.events import Warned
from frazil.evidence import Again, Evidence, Look, look_at_all
from frazil.fetcher.link import LinkOutcome, StoreChanged, link_out
from frazil.fetcher.plan import FetchPlan, plan_fetch
from frazil.fetcher.result import (
    FetchResult,
    ResultKey,
    SignedInputs,
    read_result,
    sign_file,
    sign_inputs,
    write_result,
)
from frazil.freeze import (
    LOCK_NAME,
    Phases,
    Standing,
    evidence_of,
    read_standing,
    refuse_stale,
)
from frazil.frozen.files import read_frozen_reporting
from frazil.frozen.model import Frozen
from frazil.frozen.selection import Selection, select, select_everything
from frazil.model import Rules
from frazil.outside import Outside
from frazil.settings import Settings
from frazil.shared_cache import SharedCacheOfRun
from frazil.store.content import Store
from frazil.to_build import Made, to_build
from frazil.turns import turn
from frazil.values import dataclass, replace

_TRIES = 5

MOST_WARNINGS = 10
"""So many reasons of a stale lock are said one by one; what is answered in JSON has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """What to deliver and where: `out` is `.frazil/out` below the project unless given.

    `all_artifacts` takes what only builds need, too, and goes with neither targets nor environments.
    """

    out: Path | None = None
    layout: str = "flat"
    link_mode: str = "auto"
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    locked: bool = False
    frozen: bool = False
    check: bool = False
    dry_run: bool = False
    build: bool = False
    all_artifacts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What lies in the output now. Sizes are bytes; `shared` of those fetched came from the shared cache;
    `planned` is the plan of a run that wrote nothing.

    `built` are the file names of wheels that were made here, under `build`.
    """

    out: Path
    artifacts: int = 0
    size: int = 0
    fetched: int = 0
    fetched_size: int = 0
    shared: int = 0
    linked: int = 0
    unchanged: int = 0
    removed: int = 0
    undelivered: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    planned: FetchPlan | None = None
    warnings: tuple[str, ...] = ()
    costs: Costs = Costs()
    evidence: Evidence | None = None

    def resting_on(self, evidence: Evidence | None) -> "FetchReport":
        """Return the report with more that "nothing to do" rests on; with None there is nothing to rest on."""
        return replace(self, evidence=None if evidence is None or self.evidence is None else self.evidence + evidence)

    def settled(self, *, linked: bool = False) -> "FetchReport":
        """Return what a next run reports that finds all in place, or all to be `linked` out of the store."""
        count = self.linked + self.unchanged
        phases = tuple(phase for phase in self.costs.phases if phase[0] not in {"download", "build"})
        return replace(
            self,
            fetched=0,
            fetched_size=0,
            shared=0,
            linked=count if linked else 0,
            unchanged=0 if linked else count,
            removed=0,
            costs=Costs(phases=phases),
        )


# A plain fetch ---------------------------------------------------------------------------------------------


def fetch_lock(root: Path | None, lock: Path | None, options: FetchOptions, settings: Settings) -> FetchReport:
    """Deliver what a lock lists, without resolving.

    With manifests, a stale lock is a warning, or StaleLock under `locked`; without any, or under `frozen`, the lock
    is trusted. Raises LockMissing, IntegrityError, ArtifactGone, OutsideError, BadInput.
    """
    with ExitStack() as stack:
        if options.check or options.dry_run:
            stack.enter_context(forbid_writes())
        phases = Phases(settings)
        stack.enter_context(turn(settings, output_of(base_of_lock(root, lock), options)))
        with phases.phase("read"):
            source = read_source(root, lock, options, Rules(), settings)
        warnings = warn_if_stale(source, settings)
        shared = stack.enter_context(SharedCacheOfRun(settings))
        report = Delivery(source, options, settings, phases, shared).deliver()
        return replace(report, warnings=(*warnings, *report.warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A lock to deliver from, and the manifests beside it where they were read."""

    root: Path
    lock: Path
    standing: Standing | None
    frozen: Frozen | None
    signed: SignedInputs | None
    mended: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        return self.standing is None or self.standing.current


def read_source(
    root: Path | None, lock: Path | None, options: FetchOptions, rules: Rules, settings: Settings
) -> Source:
    if options.locked and options.frozen:
        raise UsageError("--locked and --frozen cannot both be asked for")
    if options.check and options.build:
        raise UsageError("--build makes wheels, and --check makes nothing")
    base = base_of_lock(root, lock)
    path = lock or base / LOCK_NAME
    if options.frozen or root is None:
        parsed = read_frozen_reporting(path)
        return Source(
            root=base, lock=path, standing=None, frozen=parsed.frozen, signed=SignedInputs(), mended=parsed.mended
        )
    standing = read_standing(base, lock, rules, settings)
    if options.locked:
        refuse_stale(standing)
    key = ResultKey(lock=str(path.absolute()), out=str(output_of(base, options)))
    project = standing.project
    signed = sign_inputs(key, base, files=project.inputs, absent=project.absent, folders=project.folders)
    return Source(
        root=base, lock=path, standing=standing, frozen=standing.frozen, signed=signed, mended=standing.mended
    )


def base_of_lock(root: Path | None, lock: Path | None) -> Path:
    return root if root is not None else (lock.parent if lock is not None else Path.cwd())


def output_of(root: Path, options: FetchOptions) -> Path:
    return (options.out or root / ".frazil" / "out").absolute()


def warn_if_stale(source: Source, settings: Settings) -> tuple[str, ...]:
    standing = source.standing
    if standing is not None and standing.frozen is None:
        if standing.unreadable is not None:
            raise standing.unreadable
        raise LockMissing(f"there is no {source.lock.name} in {source.lock.parent}", hint="run `frazil resolve` first")
    reasons = () if standing is None else tuple(difference.sentence for difference in standing.differences)
    warnings = (*source.mended, *(f"{source.lock.name} is out of date: {reason}" for reason in reasons))
    for sentence in warnings[:MOST_WARNINGS]:
        settings.reporter(Warned(sentence))
    if len(warnings) > MOST_WARNINGS:
        more = f"and {len(warnings) - MOST_WARNINGS} more reasons (`frazil resolve --check` shows all)"
        settings.reporter(Warned(f"{source.lock.name} is out of date: {more}"))
    return warnings


def selection_for(frozen: Frozen, options: FetchOptions) -> Selection:
    """Return what is to be delivered of a lock. Raises UsageError."""
    if not options.all_artifacts:
        return select(frozen, targets=options.targets, environments=options.environments)
    if options.targets or options.environments:
        raise UsageError("--all-artifacts takes everything that the lock lists, and cannot go with --target or --env")
    return select_everything(frozen)


def bringing_from(source: Source, settings: Settings, phases: Phases, shared: SharedCacheOfRun) -> Bringing:
    """Return what brings the artifacts of a source's lock, which must be there: `warn_if_stale` sees to that."""
    assert source.frozen is not None  # noqa: S101 - whoever has been warned has a lock
    return Bringing(
        frozen=source.frozen,
        lock=source.lock,
        root=source.root,
        project=None if source.standing is None else source.standing.project,
        settings=settings,
        phases=phases,
        shared=shared,
        store=Store(settings.store),
    )


def report_of(plan: FetchPlan, outcome: LinkOutcome, selection: Selection, *, out: Path, costs: Costs) -> FetchReport:
    """Return what a plan that was obeyed left in the output."""
    return FetchReport(
        out=out,
        artifacts=len(plan.artifacts),
        size=sum(plan.artifacts.values()),
        fetched=len(plan.downloads),
        fetched_size=plan.download_size,
        linked=len(outcome.linked),
        unchanged=len(outcome.unchanged),
        removed=len(outcome.removed),
        undelivered=plan.undelivered,
        targets=selection.targets,
        environments=selection.environments,
        costs=costs,
    )


# Delivering ------------------------------------------------------------------------------------------------


class Delivery:
    """Brings the artifacts of one lock for one selection into the store and out of it."""

    def __init__(
        self,
        source: Source,
        options: FetchOptions,
        settings: Settings,
        phases: Phases,
        shared: SharedCacheOfRun,
    ) -> None:
        self.source = source
        self.options = options
        self.settings = settings
        self.phases = phases
        self.shared = shared
        self.out = output_of(source.root, options)
        self.key = ResultKey(
            lock=str(source.lock.absolute()),
            out=str(self.out),
            targets=tuple(sorted(options.targets)),
            environments=tuple(sorted(options.environments)),
        )

    @property
    def frozen(self) -> Frozen:
        return self._bringing.frozen

    def selection(self) -> Selection:
        return selection_for(self.frozen, self.options)

    def plan(self) -> FetchPlan:
        return plan_fetch(self._with_builders(), layout=self.options.layout, present=self._bringing.present)

    def _with_builders(self) -> Selection:
        """Return the selection, with what builds its members where wheels are wanted of them."""
        selection = self.selection()
        return self._bringing.with_builders(selection) if self.options.build else selection

    def deliver(self) -> FetchReport:
        """Plan and obey; a store that lost entries meanwhile is filled again, a few times."""
        for remaining in reversed(range(_TRIES)):
            with self.phases.phase("plan"):
                plan = self.plan()
            if self.options.dry_run or self.options.check:
                return self._only_planned(plan)
            try:
                with self._bringing.outside() as outside:
                    downloaded = self._bringing.download(plan.downloads, outside)
                    self._bringing.check(plan.artifacts, lambda: self._with_builders().artifacts)
                    made = self._make(outside)
                    costs = outside.costs
                report = self._link(self._with_wheels(plan, made), costs, made)
                return replace(report, shared=downloaded.shared)
            except StoreChanged:
                if not remaining:
                    raise
        raise AssertionError  # the loop returns or raises

    @cached_property
    def _bringing(self) -> Bringing:
        return bringing_from(self.source, self.settings, self.phases, self.shared)

    def _make(self, outside: Outside) -> Made:
        if not self.options.build:
            return Made()
        return self._bringing.make(to_build(self.frozen, self._with_builders()), outside)

    def _with_wheels(self, plan: FetchPlan, made: Made) -> FetchPlan:
        """Return a plan that puts the wheels that were made beside what was fetched."""
        selection = self._with_builders()
        everything = replace(selection, artifacts=(*selection.artifacts, *made.wheels))
        links = plan_fetch(everything, layout=self.options.layout, present=lambda _: True).links
        undelivered = tuple(place for place in plan.undelivered if place not in made.places)
        return replace(plan, links=links, undelivered=undelivered)

    def _link(self, plan: FetchPlan, costs: Costs, made: Made) -> FetchReport:
        previous = read_result(self.settings.cache, self.key)
        seen = look_at_all(f"{self.out}/{link.place}" for link in plan.links)
        if self.options.out is None:
            _hide_from_git(self.out.parent)
        with self.phases.phase("link"):
            outcome = link_out(
                plan.links,
                store=self._bringing.store,
                out=self.out,
                mode=self.options.link_mode,
                previous=previous,
                reporter=self.settings.reporter,
            )
        report = replace(
            self._report(plan, outcome, costs),
            built=tuple(sorted(wheel.artifact.filename for wheel in made.wheels)),
            warnings=made.left_out,
        )
        result = self._record(report, outcome)
        return report if result is None else replace(report, evidence=self._evidence(result, seen))

    def _report(self, plan: FetchPlan, outcome: LinkOutcome, costs: Costs) -> FetchReport:
        spent = replace(costs, phases=tuple(self.phases.spent))
        return report_of(plan, outcome, self.selection(), out=self.out, costs=spent)

    def _only_planned(self, plan: FetchPlan) -> FetchReport:
        missing = sum(1 for link in plan.links if not (self.out / link.place).is_file())
        if self.options.check and (plan.downloads or missing):
            raise Difference(
                f"{self.out} is not what {self.source.lock.name} lists",
                details=tuple(
                    f"{count} {noun} is not in the {place}" if count == 1 else f"{count} {noun}s are not in the {place}"
                    for count, noun, place in ((len(plan.downloads), "artifact", "store"), (missing, "file", "output"))
                    if count
                ),
                hint="run `frazil fetch`",
            )
        return replace(self._report(plan, LinkOutcome(), Costs()), planned=plan)

    # The record -------------------------------------------------------------------------------------------

    def _record(self, report: FetchReport, outcome: LinkOutcome) -> FetchResult | None:
        lock = sign_file(self.source.lock)
        if lock is None or self.source.signed is None or writes_forbidden():
            return None
        result = FetchResult(
            key=self.key,
            lock=lock,
            inputs=self.source.signed,
            options=record_options(self.options, Rules(), current=self.source.current),
            outputs=outcome.outputs,
            targets=report.targets,
            environments=report.environments,
            undelivered=report.undelivered,
            artifacts=report.artifacts,
            size=report.size,
        )
        try:
            write_result(self.settings.cache, result)
        except DiskError as error:
            self.settings.reporter(Warned(f"{error.sentence}; the next run will not know that this one finished"))
            return None
        return result

    def _evidence(self, result: FetchResult, seen: tuple[Look, ...] | None) -> Evidence | None:
        """Return what the next fetch may rest on, where nothing is wrong that it would have to tell as well."""
        standing = self.source.standing
        if standing is None or not standing.current or standing.mended or self.options.build:
            return None
        inputs = evidence_of(standing)
        mine = Evidence(outputs=seen, again=_again(result, self.settings))
        return None if inputs is None else inputs + mine


def _hide_from_git(folder: Path) -> None:
    """Make the folder of the default output so that git passes it by, once: whoever wants to see it drops the file."""
    if not folder.exists():
        make_folder(folder)
        write_atomically(folder / ".gitignore", b"*\n", durable=False)


def record_options(options: FetchOptions, rules: Rules, *, current: bool) -> tuple[tuple[str, str], ...]:
    """Return the option values that a fetch result is valid for, as sorted pairs."""
    return tuple(
        sorted(
            {
                "layout": options.layout,
                "link-mode": options.link_mode,
                "manifests": "not read" if options.frozen else "read",
                "lock": "current" if current else "out of date",
                "build": "wheels" if options.build else "nothing",
                **({"artifacts": "all"} if options.all_artifacts else {}),
                "rules": "" if rules == Rules() else repr(rules),
            }.items()
        )
    )


def evidence_of_result(result: FetchResult, settings: Settings) -> Evidence | None:
    """Return how everything looks that a fetch result speaks of; None where something is gone or too new to tell."""
    inputs, out = result.inputs, result.key.out
    files = look_at_all(signed.path for signed in (result.lock, *inputs.files, *inputs.folders))
    if files is None:
        return None
    return Evidence(
        looked_at=files,
        absent=inputs.absent,
        outputs=look_at_all(f"{out}/{output.place}" for output in result.outputs),
        again=_again(result, settings),
    )


def _again(result: FetchResult, settings: Settings) -> Again:
    key = result.key
    return Again(
        store=str(settings.store),
        cache=str(settings.cache),
        lock=key.lock,
        out=key.out,
        mode=dict(result.options)["link-mode"],
        targets=key.targets,
        environments=key.environments,
        links=tuple((output.place, output.sha256, output.signature.size) for output in result.outputs),
    )
