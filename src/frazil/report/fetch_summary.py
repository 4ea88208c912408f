"""What a fetch did, or would do: as lines for a person, as an object for a program."""

from collections.abc import Iterator
from pathlib import Path

from frazil.delivery import FetchReport
from frazil.fetcher.plan import FetchPlan
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, Piece, aligned, coming, dim, indented, line, listed
from frazil.report.paths import shown_path
from frazil.report.units import counted, grouped, size

MOST_ROWS = 30


def fetch_lines(report: FetchReport, base: Path, *, verbose: bool = False, dry_run: bool = False) -> tuple[Line, ...]:
    """Say what a fetch did, or would do; `base` is the folder that paths are shown from."""
    if report.planned is not None and dry_run:
        return tuple(_planned(report.planned, report.out, base, verbose=verbose))
    done = _ready(report, base)
    if not (verbose or _did_something(report)):
        return (done,)
    return (done, *_undelivered(report.undelivered, verbose=verbose))


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
        "from-shared-cache": report.shared,
        "linked": report.linked,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "undelivered": list(report.undelivered),
        "built": list(report.built),
        "dry-run": report.planned is not None,
        "planned": _plan_document(report.planned or FetchPlan()),
        "costs": costs_document(report.costs),
    }


def _did_something(report: FetchReport) -> bool:
    """Say whether the output changed; a check that comes to its end found nothing to do."""
    return report.planned is None and bool(report.fetched or report.built or report.linked or report.removed)


def _ready(report: FetchReport, base: Path) -> Line:
    """Say in one line what lies where, and what it took."""
    place = shown_path(report.out, base)
    artifacts = counted(report.artifacts, "artifact")
    if not _did_something(report):
        return line(f"Up to date: {artifacts} in {place}")
    return line(f"Ready: {artifacts} in {place}{_work(report)}")


def _undelivered(names: tuple[str, ...], *, verbose: bool) -> tuple[Line, ...]:
    """Name what has no artifact, because the repository itself is where it is."""
    if not names:
        return ()
    return (line(dim(f"not delivered, part of the repository: {listed(names, most=len(names) if verbose else 6)}")),)


def _work(report: FetchReport) -> str:
    shared = f", {grouped(report.shared)} of them from the shared cache" if report.shared else ""
    fetched = f"{grouped(report.fetched)} fetched, {size(report.fetched_size)}{shared}" if report.fetched else ""
    counts = (
        (len(report.built), "built"),
        (report.linked, "linked"),
        (report.unchanged, "unchanged"),
        (report.removed, "removed"),
    )
    facts = [fetched, *(f"{grouped(count)} {what}" for count, what in counts if count)]
    return f" ({', '.join(fact for fact in facts if fact)})"


def _planned(plan: FetchPlan, out: Path, base: Path, *, verbose: bool) -> Iterator[Line]:
    place = shown_path(out, base)
    artifacts = counted(len(plan.links), "artifact")
    if plan.downloads:
        download = f"{counted(len(plan.downloads), 'artifact')}, {size(plan.download_size)}"
        yield line(f"Would fetch {download}, and link {artifacts} into {place}")
    else:
        yield line(f"Would fetch nothing, and link {artifacts} into {place}")
    rows: list[list[str | Piece]] = [
        [coming(f"+ {download.filename}"), size(download.size), *([download.index] if download.index else [])]
        for download in plan.downloads
    ]
    shown = rows if verbose else rows[:MOST_ROWS]
    yield from indented(aligned(shown))
    if len(shown) < len(rows):
        yield line(dim(f"  and {len(rows) - len(shown)} more (-v shows all)"))
    if plan.undelivered:
        yield from _undelivered(plan.undelivered, verbose=verbose)
    yield line("Nothing was written.")


def _plan_document(plan: FetchPlan) -> Document:
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
