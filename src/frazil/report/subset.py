"""A lock cut to some targets, and the digests of closures: as lines for a person, as objects for a program."""

from collections.abc import Sequence
from pathlib import Path

from frazil.frozen.model import Frozen
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, line, listed
from frazil.report.paths import shown_path
from frazil.report.units import counted, size

Closures = Sequence[tuple[str, str, str]]
"""Target, environment, digest."""


def closure_lines(closures: Closures) -> tuple[Line, ...]:
    """Show digests with their targets and environments; a single one alone."""
    if len(closures) == 1:
        return (line(closures[0][2]),)
    return aligned([[digest, target, environment] for target, environment, digest in closures])


def closure_document(closures: Closures) -> Document:
    """Return what `closure` answers."""
    return {
        "closures": [
            {"target": target, "environment": environment, "sha256": digest} for target, environment, digest in closures
        ]
    }


def subset_line(frozen: Frozen, whole: Frozen, file: Path, base: Path, *, written: bool, count: int) -> Line:
    """Say what was written, and how much of the lock that is; `count` is in bytes."""
    facts = f"{len(frozen.coordinates)} of {counted(len(whole.coordinates), 'coordinate')}, {size(count)}"
    place = shown_path(file, base)
    if not written:
        return line(f"{place} stays as it is ({facts})")
    return line(f"Wrote {place} for {listed(frozen.subset or ())} ({facts})")


def subset_document(frozen: Frozen, *, file: Path | None, written: bool, text: str) -> Document:
    """Return what `subset` answers: the text itself where no file was named."""
    return {
        "targets": list(frozen.subset or ()),
        "environments": list(frozen.environments_by_name),
        "coordinates": len(frozen.coordinates),
        "size": len(text),
        "file": None if file is None else str(file),
        "written": written,
        "text": text if file is None else None,
    }
