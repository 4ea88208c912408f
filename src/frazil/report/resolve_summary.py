"""What a resolve changed and what pushed it: as lines for a person, as an object for a program."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from frazil.freeze import ResolveReport
from frazil.frozen.diff import Change, Changes, Spread, spreads
from frazil.frozen.model import Frozen
from frazil.frozen.reasons import Reason
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, Piece, aligned, changed, coming, dim, going, indented, line, listed
from frazil.report.paths import shown_path
from frazil.report.units import counted, duration, size

MOST_REASONS = 10
MOST_ROWS = 30

_MARKS = {
    "added": coming("+"),
    "removed": going("-"),
    "upgraded": changed("↑"),
    "downgraded": going("↓"),
    "source": changed("~"),
    "artifacts": changed("~"),
}


def resolve_lines(
    report: ResolveReport, base: Path, *, verbose: bool = False, dry_run: bool = False
) -> tuple[Line, ...]:
    """Say what a resolve did; `base` is the folder that paths are shown from."""
    if report.current:
        return (_up_to_date(report, base),)
    return tuple(_resolved(report, base, verbose=verbose, dry_run=dry_run))


def change_lines(changes: Changes, *, verbose: bool = False) -> tuple[Line, ...]:
    """Say what moved: one line a change, in columns, then how much did not."""
    if changes.first:
        count = sum(1 for change in changes.changes if change.kind == "added")
        return (line("  ", coming(f"+ {count} new"), dim("      first lock, nothing to compare with")),)
    shown = tuple(_worth_showing(changes.changes, verbose=verbose))
    rows = aligned([_row(change, verbose=verbose) for change in shown], gap=6)
    lines = [*indented(rows)]
    left_out = len(changes.changes) - len(shown)
    if left_out:
        lines.append(line(dim(f"  and {left_out} more (-v shows all)")))
    if changes.unchanged:
        lines.append(line(dim(f"  {changes.unchanged} unchanged")))
    return tuple(lines)


def spread_line(frozen: Frozen, *, verbose: bool = False) -> tuple[Line, ...]:
    """Name the projects that some target does not have alike in all of its environments, if there are any."""
    found = [spread_text(spread) for spread in differing(frozen)]
    if not found:
        return ()
    shown = found if verbose else found[:MOST_REASONS]
    more = f" and {len(found) - len(shown)} more" if len(shown) < len(found) else ""
    verb = "differs" if len(found) == 1 else "differ"
    return (line("  ", changed(f"! {len(found)} {verb} by environment:"), f" {'; '.join(shown)}{more}"),)


def differing(frozen: Frozen) -> tuple[Spread, ...]:
    """Return the spreads that matter: what only one environment's targets want at all is no difference."""
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


def spread_text(spread: Spread) -> str:
    """Say how a project differs: `numpy 2.3.5 (linux, mac), 2.3.4 (windows)`, `tzdata only on windows`."""
    if len(spread.versions) == 1:
        return f"{spread.name} only on {', '.join(spread.versions[0][1])}"
    return f"{spread.name} " + ", ".join(f"{version} ({', '.join(names)})" for version, names in spread.versions)


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


def _up_to_date(report: ResolveReport, base: Path) -> Line:
    frozen = report.frozen
    answers = f"{counted(len(frozen.inputs.targets), 'target')} for {_environments(frozen)}"
    facts = f"{counted(len(frozen.coordinates), 'coordinate')}, {duration(report.costs.seconds)}"
    return line(f"Up to date: {shown_path(report.lock, base)} answers {answers} ({facts})")


def _resolved(report: ResolveReport, base: Path, *, verbose: bool, dry_run: bool) -> Iterator[Line]:
    reasons = [reason.sentence for reason in report.reasons]
    shown = reasons if verbose else reasons[:MOST_REASONS]
    yield from (line(reason) for reason in shown)
    if len(shown) < len(reasons):
        yield line(dim(f"and {len(reasons) - len(shown)} more reasons (-v shows all)"))
    yield _headline(report)
    yield from change_lines(report.changes, verbose=verbose)
    if report.changes.first or verbose:
        yield from spread_line(report.frozen, verbose=verbose)
    name = shown_path(report.lock, base)
    if report.written:
        yield line(f"Wrote {name}")
    elif dry_run and (report.reasons or report.changes):
        yield line(f"Would write {name}. Nothing was written.")
    else:
        yield line(f"{name} stays as it is")


def _headline(report: ResolveReport) -> Line:
    frozen, took = report.frozen, duration(report.costs.seconds)
    if not report.changes.first:
        requests = counted(report.costs.requests, "request") if report.costs.requests else "no requests"
        return line(f"Resolved in {took} ({requests})")
    artifacts = {(each.sha256, each.filename): each.size for c in frozen.coordinates for each in c.artifacts}
    facts = [
        counted(len(frozen.coordinates), "coordinate"),
        counted(len(artifacts), "artifact"),
        size(sum(artifacts.values())),
    ]
    targets = counted(len(frozen.inputs.targets), "target")
    return line(f"Resolved {targets} for {_environments(frozen)} in {took}: {', '.join(facts)}")


def _environments(frozen: Frozen) -> str:
    return listed(list(frozen.environments_by_name)) or "no environment"


def _worth_showing(changes: Sequence[Change], *, verbose: bool) -> Iterator[Change]:
    """Yield changes by kind, a bounded number of each; who goes back is always named."""
    for kind in _MARKS:
        of_kind = [change for change in changes if change.kind == kind]
        yield from of_kind if verbose or kind == "downgraded" else of_kind[:MOST_ROWS]


def _row(change: Change, *, verbose: bool) -> list[str | Piece | Line]:
    mark = _MARKS[change.kind]
    where = "" if change.everywhere else f" [{', '.join(change.environments)}]"
    what = line(mark, f" {_moved(change)}", dim(where))
    row: list[str | Piece | Line] = [what, _why(change)]
    if verbose:
        row.append(dim(listed(change.targets)))
    return row


def _moved(change: Change) -> str:
    match change.kind:
        case "added":
            return _release(change.name, change.new)
        case "removed":
            return _release(change.name, change.old)
        case "source":
            return f"{_release(change.name, change.new)} from another source"
        case "artifacts":
            return f"{_release(change.name, change.new)} other files"
        case _:
            return f"{change.name} {change.old} → {change.new}"


def _release(name: str, version: str | None) -> str:
    return name if version is None else f"{name} {version}"


def _why(change: Change) -> str | Line:
    if change.kind == "artifacts":
        return listed(change.new_files, most=2)
    if change.kind == "added":
        direct = sorted({reason.by for reason in change.reasons if reason.kind == "target"})
        return listed(direct, most=4) if direct else _asked(change.reasons)
    if change.kind == "downgraded":
        asked = _asked(change.reasons)
        return line(going("downgraded"), f": {asked}" if asked else "")
    return "" if change.kind == "removed" else _asked(change.reasons)


def _asked(reasons: Iterable[Reason]) -> str:
    """Say who asks for what, a bounded number of them; the same wish of several versions counts once."""
    said = list(dict.fromkeys(_said(reason) for reason in reasons))
    return listed(said, most=2)


def _said(reason: Reason) -> str:
    if reason.kind == "constraint":
        where = f" in {reason.file}" if reason.file else ""
        return f"constraint {reason.requirement.head}{where}"
    return f"{reason.by} asks {reason.requirement.head}"


# As an object -----------------------------------------------------------------------------------------------


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
