"""What an export wrote: as lines for a person, as an object for a program."""

from pathlib import Path

from frazil.exporting import ExportReport
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, line
from frazil.report.paths import shown_path
from frazil.report.units import counted

_MOST_FILES = 6


def export_lines(report: ExportReport, base: Path, *, verbose: bool = False) -> tuple[Line, ...]:
    """Say which files were written; `base` is the folder that paths are shown from."""
    files = [(file.path, file.changed) for file in report.files if file.path is not None]
    if len(files) > _MOST_FILES and not verbose:
        written = sum(changed for _, changed in files)
        same = f" ({len(files) - written} up to date)" if written < len(files) else ""
        return (line(f"Wrote {counted(written, 'file')} to {shown_path(files[0][0].parent, base)}{same}"),)
    return tuple(line("Wrote " if changed else "Up to date: ", shown_path(path, base)) for path, changed in files)


def export_document(report: ExportReport) -> Document:
    """Return what `export` answers; the text of a file stands in it where it went nowhere else."""
    return {
        "form": report.form,
        "files": [
            {
                "name": file.name,
                "path": None if file.path is None else str(file.path),
                "changed": file.changed,
                "targets": list(file.targets),
                "environments": list(file.environments),
                "text": file.text if file.path is None else None,
            }
            for file in report.files
        ],
        "costs": costs_document(report.costs),
    }
