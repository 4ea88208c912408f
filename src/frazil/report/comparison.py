"""What differs between two locks: as lines for a person, as Markdown for a reviewer, as an object for a program."""

from collections import Counter
from collections.abc import Iterator, Sequence

from frazil.frozen.comparison import KINDS, Comparison, Move, TargetMoves
from frazil.frozen.diff import Change, Changes
from frazil.regex import regex
from frazil.report.changes import MARKS, asked_text, change_document, change_lines
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, changed, coming, dim, going, line, listed
from frazil.report.units import counted, size

MOST_NAMED = 6
"""Projects or targets that a line names."""

_MARKUP = regex(r"[\\`*_\[\]<>|#~]")


def comparison_lines(comparison: Comparison) -> tuple[Line, ...]:
    """Say what moved and why, then what that means for each target."""
    changes = comparison.changes
    moved = change_lines(changes, verbose=True) if changes.changes else ()
    rows: list[list[str | Line]] = [
        [target, line(dim(" ".join(environments))), summary, line(dim(grown))]
        for target, environments, summary, grown in _by_target(comparison)
    ]
    lines = [*_declared_lines(comparison), *moved]
    if lines and rows:
        lines.append(())
    return (*lines, *aligned(rows, gap=3))


def comparison_words(comparison: Comparison) -> tuple[Line, ...]:
    """Say in one line how much differs, and what could not be compared."""
    targets = {each.target for each in comparison.targets}
    if not comparison:
        return (line("nothing differs"),)
    facts = [_counts(comparison.changes), f"{counted(len(targets), 'target')} concerned"]
    lines = [line(" · ".join(fact for fact in facts if fact))]
    uncommon = (*comparison.changes.environments_added, *comparison.changes.environments_removed)
    if uncommon:
        lines.append(line(dim(f"only one lock has {', '.join(uncommon)}: not compared there")))
    return tuple(lines)


def comparison_markdown(comparison: Comparison, old: str, new: str) -> str:
    """Return what differs as a piece of Markdown for the text of a pull request."""
    changes = comparison.changes
    title = _counts(changes) or ("nothing moved" if comparison else "nothing differs")
    parts = [f"{_code(new)} against {_code(old)}: {title}"]
    declared = [f"- {mark} {_plain(sentence)}" for mark, sentence in _declared(comparison)]
    if declared:
        parts.append("\n".join(declared))
    if changes.changes:
        rows = [_change_cells(change) for change in changes.changes]
        parts.append(_table(["", "package", "from", "to", "where", "targets", "why"], rows))
    targets = [
        [_code(target), _plain(" ".join(environments)), _plain(summary), grown]
        for target, environments, summary, grown in _by_target(comparison)
    ]
    if targets:
        parts.append(_table(["target", "where", "what", "size"], targets))
    return "\n\n".join(parts) + "\n"


def comparison_document(comparison: Comparison, old: str, new: str) -> Document:
    """Return what `diff` answers."""
    changes = comparison.changes
    return {
        "old": old,
        "new": new,
        "different": bool(comparison),
        "environments": list(comparison.environments),
        "environments-added": list(changes.environments_added),
        "environments-removed": list(changes.environments_removed),
        "environments-changed": [
            {"name": each.name, "old": each.old, "new": each.new} for each in comparison.environments_changed
        ],
        "targets-added": list(changes.targets_added),
        "targets-removed": list(changes.targets_removed),
        "changes": [change_document(change) for change in changes.changes],
        "unchanged": changes.unchanged,
        "targets": [_moves_document(each) for each in comparison.targets],
    }


def _moves_document(moves: TargetMoves) -> Document:
    return {
        "target": moves.target,
        "environment": moves.environment,
        **{kind: [_move_document(move) for move in moves.moves if move.kind == kind] for kind in KINDS},
        "old-size": moves.old_size,
        "new-size": moves.new_size,
    }


def _move_document(move: Move) -> Document:
    return {
        "name": move.name,
        "old": move.old,
        "new": move.new,
        "old-file": move.old_file,
        "new-file": move.new_file,
    }


# Words -----------------------------------------------------------------------------------------------------


def _declared(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Say what only one lock has, and which environments are not what they were, each with a mark."""
    changes = comparison.changes
    yield from (("+", f"target {name}") for name in changes.targets_added)
    yield from (("-", f"target {name}") for name in changes.targets_removed)
    yield from (("+", f"environment {name}") for name in changes.environments_added)
    yield from (("-", f"environment {name}") for name in changes.environments_removed)
    for each in comparison.environments_changed:
        yield "~", f"environment {each.name} was {each.old}, is {each.new}"


def _declared_lines(comparison: Comparison) -> Iterator[Line]:
    tones = {"+": coming, "-": going, "~": changed}
    for mark, sentence in _declared(comparison):
        yield line("  ", tones[mark](mark), f" {sentence}")


def _counts(changes: Changes) -> str:
    """Say how many coordinates moved in which way: `1 added, 2 upgraded`."""
    counts = Counter(change.kind for change in changes.changes)
    words = {"source": "from another source", "artifacts": "with other files"}
    return ", ".join(f"{counts[kind]} {words.get(kind, kind)}" for kind in MARKS if counts[kind])


def _by_target(comparison: Comparison) -> list[tuple[str, tuple[str, ...], str, str]]:
    """Return for each target, with the environments where it is the same, what happened and what that weighs."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in comparison.targets:
        found.setdefault((each.target, _summary(each.moves), _grown(each)), []).append(each.environment)
    return [(target, tuple(names), summary, grown) for (target, summary, grown), names in sorted(found.items())]


def _summary(moves: Sequence[Move]) -> str:
    parts = []
    for kind in KINDS:
        names = [move.name for move in moves if move.kind == kind]
        if names:
            parts.append(f"{len(names)} {kind} ({listed(names, most=MOST_NAMED)})")
    return ", ".join(parts)


def _grown(moves: TargetMoves) -> str:
    difference = moves.new_size - moves.old_size
    return f"{'+' if difference > 0 else '-'}{size(abs(difference))}" if difference else ""


# Markdown --------------------------------------------------------------------------------------------------


def _change_cells(change: Change) -> list[str]:
    why = "" if change.kind in {"removed", "artifacts"} else asked_text(change.reasons)
    return [
        MARKS[change.kind].text,
        _code(change.name),
        _plain(change.old or ""),
        _plain(change.new or ""),
        _plain("" if change.everywhere else " ".join(change.environments)),
        _plain(listed(change.targets, most=MOST_NAMED)),
        _plain(why),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _plain(text: str) -> str:
    """Return a text that is no markup and stays within its cell."""
    return _MARKUP.sub(r"\\\g<0>", text)
