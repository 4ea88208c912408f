"""What an export wrote: as lines for a person, as an object for a program."""

from pathlib import Path

from frazil.exporting import ExportReport
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, line
from frazil.report.paths import shown_path


def export_lines(report: ExportReport, base: Path, *, check: bool = False) -> tuple[Line, ...]:
    """Say which files were written; `base` is the folder that paths are shown from."""
    written = [file for file in report.files if file.path is not None]
    return tuple(
        line("Wrote " if file.changed and not check else "Up to date: ", shown_path(file.path, base))
        for file in written
        if file.path is not None
    )


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
