"""Which tier answered, why no earlier one did, and what it took: as lines for a person, as an object for a program."""

from pathlib import Path

from frazil.report.envelope import Document
from frazil.report.fetch_summary import fetch_document, fetch_lines
from frazil.report.lines import Line, aligned, line
from frazil.report.paths import shown_path
from frazil.report.resolve_summary import resolve_document, resolve_lines
from frazil.report.units import counted, duration
from frazil.tiers import EnsureReport

_CURRENT = "lock is current"
_KEPT = {
    "cache": "this machine has resolved the same before",
    "shared-cache": "the shared cache has the resolution",
}
_HOLDS = {
    "fetch-result": "nothing changed since the last fetch",
    "resolve-result": f"{_CURRENT}, every artifact is in the store",
    "fetch": _CURRENT,
    "resolve": "versions are chosen anew",
}


def ensure_lines(report: EnsureReport, base: Path, *, verbose: bool = False, dry_run: bool = False) -> tuple[Line, ...]:
    """Say what ensure did; with `verbose`, first the verdict on each tier that was tried."""
    verdicts = tier_lines(report) if verbose else ()
    if report.tier == "fetch-result" and report.fetch.planned is None:
        place = shown_path(report.fetch.out, base)
        took = f"({report.tier}, {duration(report.seconds)})"
        done = line(f"Up to date: {counted(report.fetch.artifacts, 'artifact')} in {place} {took}")
        return (*verdicts, done)
    resolved: tuple[Line, ...] = ()
    if report.resolve is not None:
        resolved = resolve_lines(report.resolve, base, verbose=verbose, dry_run=dry_run)
    return (*verdicts, *resolved, *fetch_lines(report.fetch, base, verbose=verbose, dry_run=dry_run))


def ensure_document(report: EnsureReport, *, dry_run: bool) -> Document:
    """Return what `ensure` answers."""
    return {
        "tier": report.tier,
        "resolution": report.resolution,
        "rejected": [{"tier": each.tier, "reason": each.reason} for each in report.rejected],
        "seconds": report.seconds,
        "fetch": fetch_document(report.fetch),
        "resolve": None if report.resolve is None else resolve_document(report.resolve, dry_run=dry_run),
    }


def tier_lines(report: EnsureReport) -> tuple[Line, ...]:
    """Say of each tier that was tried whether it held, and why."""
    rejected = [[rejection.tier, f"no: {rejection.reason}"] for rejection in report.rejected]
    holds = _HOLDS.get(report.tier, "it holds")
    kept = _KEPT.get(report.resolution)
    return aligned([*rejected, [report.tier, f"yes: {holds if kept is None else holds.replace(_CURRENT, kept)}"]])
