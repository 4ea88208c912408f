"""Conflict markers in the text of a lock: reading the two sides out of them, and writing what differs between them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from frazil.regex import regex

SMALLEST_MARKER = 7
"""Characters of a conflict marker, unless the `conflict-marker-size` of git says more."""

MARKER = regex(r"^(?P<kind><|\||=|>)(?P=kind){6,}(?:[ \r].*)?$", re.MULTILINE)
"""A line that git puts around the sides of a conflict, whatever its size."""


def sides_of(text: str) -> tuple[str, str] | None:
    """Return the text as it is on each side of its conflicts, or None when it has none or they are not whole.

    What the sides grew from (git's `diff3` style shows it) is in neither.
    """
    sides: tuple[list[str], list[str]] = ([], [])
    part = ""
    found = False
    for line in text.split("\n"):
        marker = MARKER.match(line)
        if marker is None:
            for side, own in zip(sides, ("<", "="), strict=True):
                if part in {"", own}:
                    side.append(line)
            continue
        if part + marker["kind"] not in {"<", "<|", "<=", "|=", "=>"}:
            return None
        part = "" if marker["kind"] == ">" else marker["kind"]
        found = True
    return None if part or not found else ("\n".join(sides[0]), "\n".join(sides[1]))


def with_markers(ours: str, theirs: str, *, size: int = SMALLEST_MARKER) -> str:
    """Return one text for two, with conflict markers around the lines in which they differ.

    Two that are the same get markers around nothing, before their coordinates: they are not to be taken as they are.
    """
    if ours == theirs:
        head, coordinates, rest = ours.rpartition('  "coordinates"')
        return "".join((head, *_conflict((), (), size), coordinates, rest))
    return "".join(_marked(ours.splitlines(keepends=True), theirs.splitlines(keepends=True), size))


def _marked(ours: Sequence[str], theirs: Sequence[str], size: int) -> Iterator[str]:
    from difflib import SequenceMatcher  # noqa: PLC0415 - only a conflict pays for it

    start, (end_ours, end_theirs) = _differing(ours, theirs)
    yield from ours[:start]
    matcher = SequenceMatcher(None, ours[start:end_ours], theirs[start:end_theirs])
    blocks = [(0, 0, 0), *matcher.get_matching_blocks()]
    for (at, other_at, count), (next_at, next_other_at, _) in pairwise(blocks):
        yield from ours[start + at : start + at + count]
        mine = ours[start + at + count : start + next_at]
        yours = theirs[start + other_at + count : start + next_other_at]
        if mine or yours:
            yield from _conflict(mine, yours, size)
    yield from ours[end_ours:]


def _conflict(ours: Iterable[str], theirs: Iterable[str], size: int) -> Iterator[str]:
    yield f"{'<' * size} ours\n"
    yield from map(_ended, ours)
    yield f"{'=' * size}\n"
    yield from map(_ended, theirs)
    yield f"{'>' * size} theirs\n"


def _differing(ours: Sequence[str], theirs: Sequence[str]) -> tuple[int, tuple[int, int]]:
    """Return where two texts begin to differ, and from where on each is the same again: locks are long."""
    shorter = min(len(ours), len(theirs))
    start = next((n for n in range(shorter) if ours[n] != theirs[n]), shorter)
    same = next((n for n in range(shorter - start) if ours[-1 - n] != theirs[-1 - n]), shorter - start)
    return start, (len(ours) - same, len(theirs) - same)


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n"
