"""What a merge made, and what it took to let git ask for it: as lines for a person, as an object for a program."""

from pathlib import Path

from frazil.frozen.model import Frozen
from frazil.frozen.selection import declared_targets
from frazil.merging import DriverSetUp
from frazil.report.envelope import Document
from frazil.report.lines import Line, dim, line
from frazil.report.paths import shown_path
from frazil.report.units import counted


def merge_line(frozen: Frozen, name: str) -> Line:
    """Say that a merge is whole."""
    targets = counted(len(declared_targets(frozen)), "target")
    return line(f"Merged {name}: {counted(len(frozen.coordinates), 'coordinate')} for {targets}")


def merge_document(frozen: Frozen, path: Path) -> Document:
    """Return what `merge-driver` answers."""
    return {
        "lock": str(path),
        "targets": list(frozen.targets_by_name),
        "environments": list(frozen.environments_by_name),
        "coordinates": len(frozen.coordinates),
    }


def set_up_lines(done: DriverSetUp, base: Path, *, dry_run: bool) -> tuple[Line, ...]:
    """Say what was written and set, and what each clone still has to do."""
    place = shown_path(done.attributes, base)
    wrote, set_it = ("Would write", "Would set") if dry_run else ("Wrote", "Set")
    said = f"{wrote} `{done.line}` to {place}" if done.attributes_written else f"{place} names a merge driver already"
    match done.configured:
        case True:
            told = line(f"{set_it} the driver in this clone; every other one needs `{done.command}`")
        case False:
            told = line("The driver is set in this clone")
        case None:
            told = line(f"There is no git here; every clone needs `{done.command}`")
    return (line(said), told, line(dim("Without it, git merges the lock as any text, and `frazil resolve` mends it.")))


def set_up_document(done: DriverSetUp, *, dry_run: bool) -> Document:
    """Return what `init --merge-driver` answers: the keys of `init`, and what git was told."""
    return {
        "file": str(done.attributes),
        "written": done.attributes_written and not dry_run,
        "table": "",
        "targets": [],
        "left-out": [],
        "merge-driver": {"line": done.line, "command": done.command, "configured": done.configured},
    }
