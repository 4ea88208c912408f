"""What is said of a page that was made: a line for a person, an object for a program."""

from pathlib import Path

from frazil.frozen.model import Frozen
from frazil.frozen.walk import walked_targets
from frazil.report.envelope import Document
from frazil.report.lines import Line, line
from frazil.report.paths import shown_path
from frazil.report.units import counted, size


def page_line(frozen: Frozen, page: bytes, file: Path, base: Path) -> Line:
    """Say what was written; `base` is the folder that paths are shown from."""
    targets = counted(len(walked_targets(frozen)), "target")
    facts = f"{targets}, {counted(len(frozen.coordinates), 'coordinate')}, {size(len(page))}"
    return line(f"Wrote {shown_path(file, base)} ({facts}): open it in a browser")


def page_summary(frozen: Frozen, page: bytes, *, file: Path | None) -> Document:
    """Return what `report html` answers: the page itself where no file was named."""
    return {
        "report": "html",
        "targets": [target.name for target in walked_targets(frozen)],
        "environments": list(frozen.environments_by_name),
        "coordinates": len(frozen.coordinates),
        "size": len(page),
        "file": None if file is None else str(file),
        "text": page.decode() if file is None else None,
    }
