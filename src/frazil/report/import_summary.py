"""What became of another tool's lock: as lines for a person, as an object for a program."""

from collections.abc import Iterator
from pathlib import Path

from frazil.importing import ImportReport, MovedPin
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, changed, dim, indented, line, listed
from frazil.report.paths import shown_path
from frazil.report.resolve_summary import resolve_lines
from frazil.report.units import counted

_MOST_ROWS = 30


def import_lines(report: ImportReport, base: Path, *, verbose: bool = False, dry_run: bool = False) -> tuple[Line, ...]:
    """Say what was kept and what was not; `base` is the folder that paths are shown from."""
    resolved = resolve_lines(report.resolve, base, verbose=verbose, dry_run=dry_run)
    return (*_lines(report, base, verbose=verbose), *resolved)


def import_document(report: ImportReport, *, dry_run: bool) -> Document:
    """Return what `import` answers."""
    return {
        "file": str(report.file),
        "form": report.form,
        "kept": [{"name": name, "version": version} for name, version in report.kept],
        "moved": [
            {
                "name": moved.name,
                "version": moved.version,
                "now": list(moved.now),
                "environments": list(moved.environments),
                "why": moved.why,
            }
            for moved in report.moved
        ],
        "unused": [{"name": name, "version": version} for name, version in report.unused],
        "elsewhere": report.elsewhere,
        "left-out": list(report.left_out),
        "lock": str(report.resolve.lock),
        "written": report.resolve.written,
        "dry-run": dry_run,
        "costs": costs_document(report.resolve.costs),
    }


def _lines(report: ImportReport, base: Path, *, verbose: bool) -> Iterator[Line]:
    asked = len(report.kept) + len(report.moved)
    share = f" ({100 * len(report.kept) // asked} %)" if asked else ""
    yield line(f"Kept {len(report.kept)} of {counted(asked, 'version')} of {shown_path(report.file, base)}{share}")
    shown = report.moved if verbose else report.moved[:_MOST_ROWS]
    yield from indented(aligned([_row(moved) for moved in shown], gap=4))
    if len(shown) < len(report.moved):
        yield line(dim(f"  and {len(report.moved) - len(shown)} more (-v shows all)"))
    if report.unused:
        names = listed([name for name, _ in report.unused], most=len(report.unused) if verbose else 6)
        yield line(dim(f"  {len(report.unused)} that no target asks for: {names}"))
    if report.elsewhere:
        yield line(dim(f"  {report.elsewhere} for other environments"))
    for sentence in report.left_out:
        yield line("  ", changed("!"), f" {sentence}")


def _row(moved: MovedPin) -> list[str | Line]:
    what = line(changed("~"), f" {moved.name} {moved.version} → {', '.join(moved.now)}")
    return [line(*what, dim(f" [{', '.join(moved.environments)}]")), moved.why]
