"""What each verb answers as an object, described in docs/reference/json.md and in `schema/`.

Keys stand in one order, lists are never null, sizes are bytes, times are seconds.
"""

from collections.abc import Sequence

from frazil.costs import Costs
from frazil.fetcher.plan import FetchPlan
from frazil.freeze import ResolveReport
from frazil.frozen.diff import Change, Reason, Spread
from frazil.report.envelope import Document
from frazil.report.resolve_summary import differing
from frazil.report.tree import TreeRow
from frazil.tiers import EnsureReport, FetchReport


def resolve_document(report: ResolveReport, *, dry_run: bool) -> Document:
    """Return what `resolve` answers."""
    frozen = report.frozen
    artifacts = {(each.sha256, each.filename): each.size for c in frozen.coordinates for each in c.artifacts}
    changes = report.changes
    return {
        "lock": str(report.lock),
        "current": report.current,
        "written": report.written,
        "dry-run": dry_run,
        "reasons": [
            {
                "kind": reason.kind,
                "sentence": reason.sentence,
                "target": reason.target,
                "file": reason.file,
                "line": reason.line,
            }
            for reason in report.reasons
        ],
        "targets": list(frozen.targets_by_name),
        "environments": list(frozen.environments_by_name),
        "coordinates": len(frozen.coordinates),
        "artifacts": len(artifacts),
        "size": sum(artifacts.values()),
        "first": changes.first,
        "changes": [_change(change) for change in changes.changes],
        "unchanged": changes.unchanged,
        "targets-added": list(changes.targets_added),
        "targets-removed": list(changes.targets_removed),
        "environments-added": list(changes.environments_added),
        "environments-removed": list(changes.environments_removed),
        "differing": [_spread(spread) for spread in differing(frozen)],
        "costs": costs_document(report.costs),
    }


def fetch_document(report: FetchReport) -> Document:
    """Return what `fetch` answers."""
    return {
        "out": str(report.out),
        "targets": list(report.targets),
        "environments": list(report.environments),
        "artifacts": report.artifacts,
        "size": report.size,
        "fetched": report.fetched,
        "fetched-size": report.fetched_size,
        "linked": report.linked,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "undelivered": list(report.undelivered),
        "dry-run": report.planned is not None,
        "planned": _plan(report.planned or FetchPlan()),
        "costs": costs_document(report.costs),
    }


def ensure_document(report: EnsureReport, *, dry_run: bool) -> Document:
    """Return what `ensure` answers."""
    return {
        "tier": report.tier,
        "rejected": [{"tier": each.tier, "reason": each.reason} for each in report.rejected],
        "seconds": report.seconds,
        "fetch": fetch_document(report.fetch),
        "resolve": None if report.resolve is None else resolve_document(report.resolve, dry_run=dry_run),
    }


def tree_document(rows: Sequence[TreeRow], *, inverted: str | None) -> Document:
    """Return what `tree` answers: the rows as they are shown, each with its depth."""
    return {
        "inverted": inverted,
        "rows": [
            {
                "depth": row.depth,
                "kind": row.kind,
                "name": row.name,
                "version": row.version,
                "resolve": row.resolve,
                "requirement": row.requirement,
                "environments": list(row.environments),
                "building": row.building,
                "repeated": row.repeated,
            }
            for row in rows
        ],
    }


def costs_document(costs: Costs) -> Document:
    """Return what a run cost."""
    return {
        "requests": costs.requests,
        "received": costs.received,
        "cache-hits": costs.cache_hits,
        "pages": costs.pages,
        "rounds": costs.rounds,
        "phases": [{"name": name, "seconds": seconds} for name, seconds in costs.phases],
    }


def _change(change: Change) -> Document:
    return {
        "name": change.name,
        "kind": change.kind,
        "old": change.old,
        "new": change.new,
        "resolves": list(change.resolves),
        "environments": list(change.environments),
        "everywhere": change.everywhere,
        "targets": list(change.targets),
        "reasons": [_reason(reason) for reason in change.reasons],
        "old-files": list(change.old_files),
        "new-files": list(change.new_files),
    }


def _reason(reason: Reason) -> Document:
    return {
        "kind": reason.kind,
        "by": reason.by,
        "version": reason.version,
        "requirement": str(reason.requirement),
        "file": reason.file,
    }


def _spread(spread: Spread) -> Document:
    return {
        "name": spread.name,
        "resolve": spread.resolve,
        "versions": [{"version": version, "environments": list(names)} for version, names in spread.versions],
        "absent": list(spread.absent),
    }


def _plan(plan: FetchPlan) -> Document:
    downloads = [
        {
            "filename": download.filename,
            "sha256": download.sha256,
            "size": download.size,
            "project": download.project,
            "version": download.version,
            "index": download.index,
        }
        for download in plan.downloads
    ]
    links = [{"place": link.place, "sha256": link.sha256, "size": link.size} for link in plan.links]
    return {"downloads": downloads, "links": links}
