"""Lines for a person as values: pieces of text with a tone each, before anything knows of colours or terminals."""

import unicodedata
from collections.abc import Iterable, Sequence
from enum import Enum

from frazil.values import dataclass


class Tone(Enum):
    """What a piece of text means, so that colour can mean the same everywhere."""

    PLAIN = "plain"
    IN = "in"
    OUT = "out"
    CHANGED = "changed"
    DIM = "dim"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Piece:
    """Text with a tone."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Piece, ...]


def line(*parts: str | Piece) -> Line:
    """Build a line from texts and pieces; empty ones are left out."""
    pieces = [Piece(part) if isinstance(part, str) else part for part in parts if part]
    return tuple([piece for piece in pieces if piece.text])  # a list first: a large tree has 60,000 lines


def coming(text: str) -> Piece:
    """What came in: green."""
    return Piece(text, Tone.IN)


def going(text: str) -> Piece:
    """What went out, or must not be overlooked: red."""
    return Piece(text, Tone.OUT)


def changed(text: str) -> Piece:
    """What is another one than before: yellow."""
    return Piece(text, Tone.CHANGED)


def dim(text: str) -> Piece:
    """What did not matter."""
    return Piece(text, Tone.DIM)


def strong(text: str) -> Piece:
    """A heading."""
    return Piece(text, Tone.STRONG)


def plain(text_line: Line) -> str:
    """Return a line's text without tones."""
    return "".join(piece.text for piece in text_line)


def indented(lines: Iterable[Line], by: str = "  ") -> tuple[Line, ...]:
    """Indent lines; empty ones stay empty."""
    return tuple((Piece(by), *each) if each else each for each in lines)


def aligned(rows: Sequence[Sequence[str | Piece | Line]], *, gap: int = 2) -> tuple[Line, ...]:
    """Set rows in columns as wide as their widest cell; nothing trails at the end of a line."""
    cells = [[cell if isinstance(cell, tuple) else line(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [max((_width(plain(row[n])) for row in cells if n < len(row)), default=0) for n in range(count)]
    return tuple(_set(row, widths, gap) for row in cells)


def _set(row: Sequence[Line], widths: Sequence[int], gap: int) -> Line:
    while row and not row[-1]:
        row = row[:-1]
    pieces: list[Piece] = []
    for position, cell in enumerate(row):
        pieces += cell
        if position < len(row) - 1:
            pieces.append(Piece(" " * (widths[position] - _width(plain(cell)) + gap)))
    return tuple(piece for piece in pieces if piece.text)


def _width(text: str) -> int:
    """Return the columns that a text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def listed(names: Sequence[str], *, most: int = 6) -> str:
    """Join names with commas; past `most`, the rest is counted."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
