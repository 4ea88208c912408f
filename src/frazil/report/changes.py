"""What moved between two locks: as lines for a person, as an object for a program."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from frazil.report.lines import Line, Piece, aligned, changed, coming, dim, going, indented, line, listed

if TYPE_CHECKING:
    from frazil.frozen.diff import Change, Changes
    from frazil.frozen.reasons import Reason
    from frazil.model import Publisher
    from frazil.report.envelope import Document

MOST_ROWS = 30

MARKS = {
    "added": coming("+"),
    "removed": going("-"),
    "upgraded": changed("↑"),
    "downgraded": going("↓"),
    "source": changed("~"),
    "artifacts": changed("~"),
}


def first_lines(count: int) -> tuple[Line, ...]:
    """Say of a first lock that all in it is new."""
    return (line("  ", coming(f"+ {count} new"), dim("      first lock, nothing to compare with")),)


def change_lines(changes: "Changes", *, verbose: bool = False) -> tuple[Line, ...]:
    """Say what moved: one line a change, in columns, then how much did not."""
    if changes.first:
        return first_lines(sum(1 for change in changes.changes if change.kind == "added"))
    shown = tuple(_worth_showing(changes.changes, verbose=verbose))
    rows = aligned([_row(change, verbose=verbose) for change in shown], gap=6)
    lines = [*indented(rows)]
    left_out = len(changes.changes) - len(shown)
    if left_out:
        lines.append(line(dim(f"  and {left_out} more (-v shows all)")))
    if changes.unchanged:
        lines.append(line(dim(f"  {changes.unchanged} unchanged")))
    return tuple(lines)


def _worth_showing(changes: "Sequence[Change]", *, verbose: bool) -> "Iterator[Change]":
    """Yield changes by kind, a bounded number of each; who goes back or changes hands is always named."""
    for kind in MARKS:
        of_kind = [change for change in changes if change.kind == kind]
        whole = verbose or kind == "downgraded"
        yield from (
            change for place, change in enumerate(of_kind) if whole or place < MOST_ROWS or change.changed_hands
        )


def _row(change: "Change", *, verbose: bool) -> list[str | Piece | Line]:
    mark = MARKS[change.kind]
    where = "" if change.everywhere else f" [{', '.join(change.environments)}]"
    what = line(mark, f" {moved_text(change)}", dim(where))
    row: list[str | Piece | Line] = [what, _why(change)]
    if verbose:
        row.append(dim(listed(change.targets)))
    if change.changed_hands:
        row.append(going(_hands(change)))
    elif change.new_publishers and change.kind == "added":
        row.append(dim(f"by {_named(change.new_publishers)}"))
    return row


def _hands(change: "Change") -> str:
    before = _named(change.old_publishers or ())
    if not change.new_publishers:
        return f"nobody vouches for it any more, before {before}"
    return f"published by {_named(change.new_publishers)}, before by {before}"


def _named(publishers: "Sequence[Publisher]") -> str:
    return listed(list(dict.fromkeys(each.label for each in publishers)), most=2)


def moved_text(change: "Change") -> str:
    """Say what moved: `pyarrow 21.0 → 22.0`."""
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


def _why(change: "Change") -> str | Line:
    if change.kind == "artifacts":
        return listed(change.new_files, most=2)
    if change.kind == "added":
        direct = sorted({reason.by for reason in change.reasons if reason.kind == "target"})
        return listed(direct, most=4) if direct else asked_text(change.reasons)
    if change.kind == "downgraded":
        asked = asked_text(change.reasons)
        return line(going("downgraded"), f": {asked}" if asked else "")
    return "" if change.kind == "removed" else asked_text(change.reasons)


def asked_text(reasons: "Iterable[Reason]") -> str:
    """Say who asks for what, a bounded number of them; the same wish of several versions counts once."""
    sayings = list(dict.fromkeys(said(reason) for reason in reasons))
    return listed(sayings, most=2)


def said(reason: "Reason") -> str:
    """Say who asks for what."""
    if reason.kind == "constraint":
        where = f" in {reason.file}" if reason.file else ""
        return f"constraint {reason.requirement.head}{where}"
    return f"{reason.by} asks {reason.requirement.head}"


# As an object -----------------------------------------------------------------------------------------------


def change_document(change: "Change") -> "Document":
    """Return one change."""
    return {
        "name": change.name,
        "kind": change.kind,
        "old": change.old,
        "new": change.new,
        "resolves": list(change.resolves),
        "environments": list(change.environments),
        "everywhere": change.everywhere,
        "targets": list(change.targets),
        "reasons": [reason_document(reason) for reason in change.reasons],
        "old-files": list(change.old_files),
        "new-files": list(change.new_files),
        "old-publishers": _publishers(change.old_publishers),
        "new-publishers": _publishers(change.new_publishers),
    }


def _publishers(publishers: "Sequence[Publisher] | None") -> list[str] | None:
    return None if publishers is None else [each.label for each in publishers]


def reason_document(reason: "Reason") -> "Document":
    """Return who asks for what."""
    return {
        "kind": reason.kind,
        "by": reason.by,
        "version": reason.version,
        "requirement": str(reason.requirement),
        "file": reason.file,
    }
