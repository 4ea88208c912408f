"""The four tiers: load the fetch result, load the resolve result, fetch, resolve."""

import time
from contextlib import ExitStack
from pathlib import Path

from frazil.atomic import forbid_writes
from frazil.delivery import (
    Delivery,
    FetchOptions,
    FetchReport,
    Source,
    evidence_of_result,
    output_of,
    read_source,
    record_options,
)
from frazil.errors import (
    ArtifactGone,
    ConfigurationError,
    StaleLock,
)
from frazil.events import Warned
from frazil.evidence import Evidence
from frazil.fetcher.result import (
    FetchResult,
    ResultKey,
    read_result,
    still_holds,
)
from frazil.freeze import (
    LOCK_NAME,
    Phases,
    ResolveOptions,
    ResolveReport,
    cached_standing,
    freeze_standing,
    remember,
    settled,
)
from frazil.model import Rules
from frazil.settings import Settings
from frazil.shared_cache import SharedCacheOfRun
from frazil.turns import turn
from frazil.values import dataclass, replace

FETCH_RESULT, RESOLVE_RESULT, FETCH, RESOLVE = "fetch-result", "resolve-result", "fetch", "resolve"
TIERS = (FETCH_RESULT, RESOLVE_RESULT, FETCH, RESOLVE)
LOCK, CACHE, SHARED_CACHE, CHOSEN = "lock", "cache", "shared-cache", "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRejection:
    """A tier that could not answer, and why."""

    tier: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsureReport:
    """Which tier answered, why the earlier ones did not, and what was done.

    `resolution` says where the versions came from: `lock`, `cache`, `shared-cache`, or `chosen` now.
    """

    tier: str
    rejected: tuple[TierRejection, ...]
    fetch: FetchReport
    resolve: ResolveReport | None = None
    resolution: str = LOCK
    seconds: float = 0.0

    def resting_on(self, evidence: Evidence | None) -> "EnsureReport":
        """Return the report with more that "nothing to do" rests on; with None there is nothing to rest on."""
        return replace(self, fetch=self.fetch.resting_on(evidence))


# Ensure ----------------------------------------------------------------------------------------------------


def ensure_project(
    root: Path, lock: Path | None, fetch: FetchOptions, resolve: ResolveOptions, settings: Settings
) -> EnsureReport:
    """Give what the targets need with the least work: the first tier whose gate holds answers.

    `locked` refuses tier 4 when the lock is stale, naming every reason; `frozen` trusts the lock. A wrong digest is
    an error in every tier; a file that is gone upstream leads to tier 4, except under those two.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        if fetch.check or fetch.dry_run:
            stack.enter_context(forbid_writes())
        shared = stack.enter_context(SharedCacheOfRun(settings))
        report = _Ensuring(root, lock, fetch, resolve, settings, shared=shared).run()
    return replace(report, seconds=time.monotonic() - began)


class _Ensuring:
    def __init__(
        self,
        root: Path,
        lock: Path | None,
        fetch: FetchOptions,
        resolve: ResolveOptions,
        settings: Settings,
        *,
        shared: SharedCacheOfRun,
    ) -> None:
        self.root = root
        self.lock = lock or root / LOCK_NAME
        self.fetch = fetch
        self.resolve = resolve
        self.settings = settings
        self.shared = shared
        self.phases = Phases(settings)
        self.rejected: list[TierRejection] = []
        self.doubted: frozenset[str] = frozenset()

    def run(self) -> EnsureReport:
        recorded = self._fetch_result()
        if recorded is not None:
            return EnsureReport(tier=FETCH_RESULT, rejected=(), fetch=recorded)
        with turn(self.settings, output_of(self.root, self.fetch)) as waited:
            if waited:
                self.rejected.clear()
                recorded = self._fetch_result()
            if recorded is not None:
                return EnsureReport(tier=FETCH_RESULT, rejected=(), fetch=recorded)
            return self._beyond_fetch_result()

    def _beyond_fetch_result(self) -> EnsureReport:
        source = self._read()
        known = self._known(source)
        if known is not None:
            return known
        with turn(self.settings, self.lock) as waited:
            if waited:
                del self.rejected[1:]
                source = self._read()
                known = self._known(source)
            return self._resolved(source) if known is None else known

    def _read(self) -> Source:
        with self.phases.phase("read"):
            return read_source(self.root, self._given_lock(), self.fetch, self.resolve.rules, self.settings)

    def _known(self, source: Source) -> EnsureReport | None:
        """Answer without a resolve, when there is a resolution whose files can be had."""
        known = self._resolve_result(source)
        return None if known is None else self._from_lock(known)

    def _given_lock(self) -> Path | None:
        return None if self.lock == self.root / LOCK_NAME else self.lock

    def _reject(self, tier: str, reason: str) -> None:
        self.rejected.append(TierRejection(tier=tier, reason=reason))

    # Tier 1 -----------------------------------------------------------------------------------------------

    def _fetch_result(self) -> FetchReport | None:
        """Return what the last fetch left, when nothing that it depended on has changed since."""
        reason = self._why_not_recorded()
        if isinstance(reason, FetchReport):
            return reason
        self._reject(FETCH_RESULT, reason)
        return None

    def _why_not_recorded(self) -> FetchReport | str:
        if self.resolve.asks_for_upgrades:
            return "an upgrade was asked for"
        if self.fetch.build:
            return "wheels are to be built, and what they are made of may have changed"
        if self.resolve.rules != Rules():
            return "policy was given by option"
        key = ResultKey(
            lock=str(self.lock.absolute()),
            out=str(output_of(self.root, self.fetch)),
            targets=tuple(sorted(self.fetch.targets)),
            environments=tuple(sorted(self.fetch.environments)),
        )
        result = read_result(self.settings.cache, key)
        if result is None:
            return "no finished fetch is on record for this selection"
        # First: what changes while it is looked through must not look as if it held.
        evidence = evidence_of_result(result, self.settings)
        reason = still_holds(result, options=record_options(self.fetch, Rules(), current=True))
        return reason if reason is not None else _recorded(result, evidence)

    # Tiers 2 and 3 ----------------------------------------------------------------------------------------

    def _resolve_result(self, source: Source) -> Source | None:
        """Return a source with a current resolution: the lock, else the resolution cache by fingerprint."""
        reasons = self._why_stale(source)
        if not reasons:
            return source
        if self.fetch.locked or self.fetch.frozen:
            raise StaleLock(f"{self.lock.name} is out of date", details=tuple(reasons), hint="run `frazil resolve`")
        if not self.resolve.asks_for_upgrades and source.standing is not None:
            cached = cached_standing(source.standing, self.resolve, self.settings, self.shared)
            if cached is not None:
                return replace(source, frozen=cached.frozen, standing=cached, mended=())
        for tier in (RESOLVE_RESULT, FETCH):
            self._reject(tier, "; ".join(reasons))
        return None

    def _why_stale(self, source: Source) -> tuple[str, ...]:
        if self.resolve.asks_for_upgrades:
            return ("an upgrade was asked for",)
        return () if source.standing is None else source.standing.reasons if not source.standing.current else ()

    def _from_lock(self, source: Source) -> EnsureReport | None:
        """Deliver from a current lock: tier 2 when the store has everything, else tier 3."""
        delivery = Delivery(source, self.fetch, self.settings, self.phases, self.shared)
        missing = delivery.plan().downloads
        tier = FETCH if missing else RESOLVE_RESULT
        if missing:
            names = ", ".join(sorted({download.project for download in missing})[:5])
            count = len(missing)
            subject = "1 artifact is" if count == 1 else f"{count} artifacts are"
            self._reject(RESOLVE_RESULT, f"{subject} not in the store ({names}{', …' if count > 5 else ''})")
        try:
            report = delivery.deliver()
        except ArtifactGone as gone:
            if self.fetch.locked or self.fetch.frozen:
                raise
            self._reject(FETCH, gone.sentence)
            self.doubted = frozenset(download.project for download in missing)
            self.settings.reporter(Warned(f"{gone.sentence}; resolving anew"))
            return None
        kept_in = LOCK if source.standing is None else source.standing.kept_in
        return EnsureReport(tier=tier, rejected=tuple(self.rejected), fetch=report, resolution=kept_in)

    # Tier 4 -----------------------------------------------------------------------------------------------

    def _resolved(self, source: Source) -> EnsureReport:
        if source.standing is None:
            raise ConfigurationError(f"{self.root} declares nothing that could be resolved")
        options = replace(self.resolve, dry_run=self.resolve.dry_run or self.fetch.dry_run or self.fetch.check)
        doubting = replace(source.standing, doubted=self.doubted)
        report = freeze_standing(doubting, options, self.settings, self.phases)
        standing = settled(source.standing, report)
        chosen = replace(source, frozen=report.frozen, standing=standing)
        delivered = Delivery(chosen, self.fetch, self.settings, Phases(self.settings), self.shared).deliver()
        remember(report, source.standing, self.settings, self.shared)
        if report.failure is not None:
            raise report.failure
        return EnsureReport(
            tier=RESOLVE, rejected=tuple(self.rejected), fetch=delivered, resolve=report, resolution=CHOSEN
        )


def _recorded(result: FetchResult, evidence: Evidence | None) -> FetchReport:
    return FetchReport(
        out=Path(result.key.out),
        artifacts=result.artifacts,
        size=result.size,
        unchanged=len(result.outputs),
        undelivered=result.undelivered,
        targets=result.targets,
        environments=result.environments,
        evidence=evidence,
    )
