"""What became of a bundle: made, checked, taken over; as lines for a person, as objects for a program."""

from collections.abc import Iterator
from pathlib import Path

from frazil.bundle.checking import ImportBundleReport, VerifyReport
from frazil.bundle.making import BundleReport
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, Piece, aligned, coming, dim, indented, line, listed
from frazil.report.paths import shown_path
from frazil.report.units import counted, grouped, size

_MOST_ROWS = 30


def bundle_lines(report: BundleReport, base: Path, *, verbose: bool = False) -> tuple[Line, ...]:
    """Say what is in a bundle, or would be; `base` is the folder that paths are shown from."""
    if report.planned is not None:
        return tuple(_planned(report, base, verbose=verbose))
    place = shown_path(report.out, base)
    held = f"{counted(report.new, 'wheel')}, {size(report.new_size)}"
    if report.new != report.wheels:
        held += f", besides {grouped(report.wheels - report.new)} that the older bundle has"
    held += f", and {counted(report.sources, 'source')}" if report.sources else ""
    who = f"{counted(len(report.targets), 'target')} for {listed(report.environments)}"
    if report.current:
        return (line(f"Up to date: {place} ({who}: {held})"),)
    work = [f"{grouped(report.fetched)} fetched, {size(report.fetched_size)}"] if report.fetched else []
    work += [f"{grouped(len(report.built))} built"] if report.built else []
    spent = f" ({', '.join(work)})" if work else ""
    lines = [line(f"Bundled {who}: {held}, in {place}{spent}")]
    locks = listed(report.locks, most=len(report.locks) if verbose else 4)
    lines.append(line(dim(f"  {locks}")))
    if verbose and report.built:
        lines.append(line(dim(f"  built: {', '.join(report.built)}")))
    return tuple(lines)


def bundle_document(report: BundleReport) -> Document:
    """Return what `bundle` answers."""
    return {
        "action": "make",
        "out": str(report.out),
        "targets": list(report.targets),
        "environments": list(report.environments),
        "wheels": report.wheels,
        "size": report.size,
        "files": 0,
        "new": report.new,
        "new-size": report.new_size,
        "sources": report.sources,
        "elsewhere": report.wheels - report.new,
        "locks": list(report.locks),
        "built": list(report.built),
        "fetched": report.fetched,
        "fetched-size": report.fetched_size,
        "current": report.current,
        "dry-run": report.planned is not None,
        "to-build": list(report.to_build),
        "costs": costs_document(report.costs),
    }


def verify_lines(report: VerifyReport) -> tuple[Line, ...]:
    """Say that a bundle is sound, and what is in it."""
    more = f"; {grouped(report.elsewhere)} more are in the bundle that it adds to" if report.elsewhere else ""
    return (
        line(
            f"Sound: {counted(report.wheels, 'wheel')} in {counted(report.files, 'file')}, {size(report.size)}, for "
            f"{counted(len(report.targets), 'target')} in {listed(report.environments)}{more}"
        ),
    )


def verify_document(report: VerifyReport) -> Document:
    """Return what `bundle verify` answers: the object of `bundle`, with nothing made."""
    return {
        "action": "verify",
        "out": str(report.path),
        "targets": list(report.targets),
        "environments": list(report.environments),
        "wheels": report.wheels,
        "size": report.size,
        "files": report.files,
        "new": 0,
        "new-size": 0,
        "sources": 0,
        "elsewhere": report.elsewhere,
        "locks": [],
        "built": [],
        "fetched": 0,
        "fetched-size": 0,
        "current": True,
        "dry-run": False,
        "to-build": [],
        "costs": None,
    }


def import_bundle_lines(report: ImportBundleReport) -> tuple[Line, ...]:
    """Say what came into the store."""
    new = report.artifacts - report.known
    known = f" ({grouped(report.known)} were there)" if report.known else ""
    more = f"; {grouped(report.elsewhere)} more are in the bundle that it adds to" if report.elsewhere else ""
    return (line(f"Took {grouped(new)} of {counted(report.artifacts, 'artifact')} into the store{known}{more}"),)


def import_bundle_document(report: ImportBundleReport) -> Document:
    """Return what `import-bundle` answers."""
    return {
        "bundle": str(report.path),
        "store": str(report.store),
        "artifacts": report.artifacts,
        "size": report.size,
        "known": report.known,
        "elsewhere": report.elsewhere,
    }


def _planned(report: BundleReport, base: Path, *, verbose: bool) -> Iterator[Line]:
    plan = report.planned
    assert plan is not None  # noqa: S101 - only a plan is shown here
    who = f"{counted(len(report.targets), 'target')} for {listed(report.environments)}"
    fetch = f"{counted(len(plan.downloads), 'artifact')}, {size(plan.download_size)}" if plan.downloads else "nothing"
    yield line(f"Would bundle {who} into {shown_path(report.out, base)}, and fetch {fetch}")
    rows: list[list[str | Piece]] = [
        [coming(f"+ {download.filename}"), size(download.size)] for download in plan.downloads
    ]
    shown = rows if verbose else rows[:_MOST_ROWS]
    yield from indented(aligned(shown))
    if len(shown) < len(rows):
        yield line(dim(f"  and {len(rows) - len(shown)} more (-v shows all)"))
    if report.to_build:
        yield line(f"Would build {listed(report.to_build)}")
    yield line("Nothing was written.")
