"""What a resolve changed and what pushed it: as lines for a person, as an object for a program."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from frazil.frozen.model import Frozen
from frazil.frozen.selection import declared_targets
from frazil.model import ArchiveSource, Rejection, RejectionKind, VcsSource
from frazil.report.changes import change_document, change_lines, first_lines
from frazil.report.lines import Line, changed, dim, line, listed
from frazil.report.paths import shown_path
from frazil.report.units import counted, duration, size

if TYPE_CHECKING:
    from frazil.freeze import ResolveReport
    from frazil.frozen.diff import Spread
    from frazil.frozen.skew import Rejected
    from frazil.report.envelope import Document

MOST_REASONS = 10


def resolve_lines(
    report: "ResolveReport", base: Path, *, verbose: bool = False, dry_run: bool = False
) -> tuple[Line, ...]:
    """Say what a resolve did; `base` is the folder that paths are shown from."""
    if report.current:
        return (_up_to_date(report, base),)
    return tuple(_resolved(report, base, verbose=verbose, dry_run=dry_run))


def spread_line(frozen: Frozen, rejected: "Rejected | None" = None, *, verbose: bool = False) -> tuple[Line, ...]:
    """Name the projects that some target does not have alike in all of its environments, if there are any.

    `rejected` is what was turned down on the way: why the versions differ.
    """
    found = [spread_text(spread, rejected or {}) for spread in differing(frozen)]
    if not found:
        return ()
    shown = found if verbose else found[:MOST_REASONS]
    more = f" and {len(found) - len(shown)} more" if len(shown) < len(found) else ""
    verb = "differs" if len(found) == 1 else "differ"
    return (line("  ", changed(f"! {len(found)} {verb} by environment:"), f" {'; '.join(shown)}{more}"),)


def differing(frozen: Frozen) -> "tuple[Spread, ...]":
    """Return the spreads that matter: what only one environment's targets want at all is no difference."""
    from frazil.frozen.diff import spreads  # noqa: PLC0415 - asked of locks with several environments

    shippers: dict[str, set[str]] = {}
    for coordinate in frozen.coordinates:
        for _, targets in coordinate.targets:
            shippers.setdefault(coordinate.name, set()).update(targets)
    return tuple(
        spread
        for spread in spreads(frozen)
        if len(spread.versions) > 1
        or any(
            set(frozen.targets_by_name[name].environments) & set(spread.absent)
            for name in shippers.get(spread.name, ())
            if frozen.targets_by_name[name].resolve == spread.resolve
        )
    )


def spread_text(spread: "Spread", rejected: "Rejected") -> str:
    """Say how a project differs: `numpy 2.4 (linux), 2.3 (windows: no file of 2.4)`, `tzdata only on windows`."""
    if len(spread.versions) == 1:
        return f"{spread.name} only on {', '.join(spread.versions[0][1])}"
    sides = []
    for version, names in spread.versions:
        reasons = dict.fromkeys(_turned_down(rejection) for rejection in _others(spread, names, rejected))
        why = f": {', '.join(reasons)}" if reasons else ""
        sides.append(f"{version} ({', '.join(names)}{why})")
    return f"{spread.name} {', '.join(sides)}"


def _others(spread: "Spread", environments: Iterable[str], rejected: "Rejected") -> Iterator[Rejection]:
    """Yield the versions of the other environments that were turned down in these."""
    versions = {version for version, _ in spread.versions}
    for environment in environments:
        for rejection in rejected.get((spread.resolve, environment), ()):
            if rejection.name == spread.name and rejection.version in versions:
                yield rejection


def _turned_down(rejection: Rejection) -> str:
    match rejection.kind:
        case RejectionKind.NO_FITTING_FILE:
            return f"no file of {rejection.version}"
        case RejectionKind.NO_WHEEL | RejectionKind.NO_BUILD:
            return f"no wheel of {rejection.version}"
        case RejectionKind.REQUIRES_PYTHON:
            return f"{rejection.version} needs Python {rejection.fact}"
        case RejectionKind.TOO_NEW:
            return f"{rejection.version} is too new"
        case kind:
            return f"{rejection.version}: {kind.value}"


def resolve_document(report: "ResolveReport", *, dry_run: bool) -> "Document":
    """Return what `resolve` answers."""
    from frazil.report.costs_summary import costs_document  # noqa: PLC0415 - only for --json

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
        "changes": [change_document(change) for change in changes.changes],
        "unchanged": changes.unchanged,
        "targets-added": list(changes.targets_added),
        "targets-removed": list(changes.targets_removed),
        "environments-added": list(changes.environments_added),
        "environments-removed": list(changes.environments_removed),
        "differing": [_spread(spread, report.rejected) for spread in differing(frozen)],
        "costs": costs_document(report.costs),
    }


def _up_to_date(report: "ResolveReport", base: Path) -> Line:
    frozen = report.frozen
    answers = f"{counted(len(declared_targets(frozen)), 'target')} for {_environments(frozen)}"
    facts = f"{counted(len(frozen.coordinates), 'coordinate')}, {duration(report.costs.seconds)}"
    return line(f"Up to date: {shown_path(report.lock, base)} answers {answers} ({facts})")


def _resolved(report: "ResolveReport", base: Path, *, verbose: bool, dry_run: bool) -> Iterator[Line]:
    reasons = [reason.sentence for reason in report.reasons]
    shown = reasons if verbose else reasons[:MOST_REASONS]
    yield from (line(reason) for reason in shown)
    if len(shown) < len(reasons):
        yield line(dim(f"and {len(reasons) - len(shown)} more reasons (-v shows all)"))
    yield _headline(report)
    yield from _change_lines(report, verbose=verbose)
    yield from _new_host_lines(report)
    if (report.is_first or verbose) and len(report.frozen.environments_by_name) > 1:
        yield from spread_line(report.frozen, report.rejected, verbose=verbose)
    name = shown_path(report.lock, base)
    if report.written:
        yield line(f"Wrote {name}")
    elif dry_run and (report.reasons or report.changes):
        yield line(f"Would write {name}. Nothing was written.")
    else:
        yield line(f"{name} stays as it is")


def _new_host_lines(report: "ResolveReport") -> Iterator[Line]:
    """Name the servers, other than those of the indexes themselves, that a fetch will go to from now on."""
    if report.before is None:
        return  # all of a first lock is new
    before = {host for host, _ in _other_hosts(report.before)}
    for host, why in dict(_other_hosts(report.frozen)).items():
        if host not in before:
            yield line("  ", changed(f"! new host {host}"), f"  {why}")


def _other_hosts(frozen: Frozen) -> Iterator[tuple[str, str]]:
    for index in frozen.inputs.indexes:
        if index.url is not None and index.files is not None:
            host = urlsplit(index.files).netloc
            if host != urlsplit(index.url).netloc:
                yield host, f"index {index.name} keeps its files there"
    for coordinate in frozen.coordinates:
        if isinstance(coordinate.source, ArchiveSource | VcsSource):
            host = urlsplit(coordinate.source.url).netloc.rpartition("@")[2]
            if host:
                yield host, f"{coordinate.name} comes from there"


def _change_lines(report: "ResolveReport", *, verbose: bool) -> Iterable[Line]:
    if report.is_first:
        pinned = {(name, coordinate.version) for (_, _, name), coordinate in report.frozen.pins.items()}
        return first_lines(len(pinned)) if pinned else ()
    return change_lines(report.changes, verbose=verbose)


def _headline(report: "ResolveReport") -> Line:
    frozen, took = report.frozen, duration(report.costs.seconds)
    if not report.is_first:
        requests = counted(report.costs.requests, "request") if report.costs.requests else "no requests"
        return line(f"Resolved in {took} ({requests})")
    artifacts = {(each.sha256, each.filename): each.size for c in frozen.coordinates for each in c.artifacts}
    facts = [
        counted(len(frozen.coordinates), "coordinate"),
        counted(len(artifacts), "artifact"),
        size(sum(artifacts.values())),
    ]
    targets = counted(len(declared_targets(frozen)), "target")
    return line(f"Resolved {targets} for {_environments(frozen)} in {took}: {', '.join(facts)}")


def _environments(frozen: Frozen) -> str:
    return listed(list(frozen.environments_by_name)) or "no environment"


def _spread(spread: "Spread", rejected: "Rejected") -> "Document":
    return {
        "name": spread.name,
        "resolve": spread.resolve,
        "versions": [
            {
                "version": version,
                "environments": list(names),
                "rejected": [
                    {"version": each.version, "kind": each.kind.value, "fact": each.fact}
                    for each in dict.fromkeys(_others(spread, names, rejected))
                ],
            }
            for version, names in spread.versions
        ],
        "absent": list(spread.absent),
    }
