"""The byte rules of `frozen.json`: how strings, objects and arrays are spelled, and where lines break.

Every piece is text that is already spelled. A block opens on a line that is indented by `indent` spaces, puts each
of its members on a line of its own two spaces deeper, and closes on that indentation again; all else stays on its line.
"""

from collections.abc import Iterable
from json.encoder import encode_basestring_ascii

STEP = 2

Member = tuple[str, str]
"""A key, and its value as spelled."""


def quoted(text: str) -> str:
    """Spell a string: ASCII, everything else as lower-case `\\uXXXX`."""
    return encode_basestring_ascii(text)


def flag(value: bool) -> str:
    return "true" if value else "false"


def member(key: str, value: str) -> str:
    return f"{quoted(key)}: {value}"


def array(items: Iterable[str]) -> str:
    """Spell an array on one line."""
    return f"[{', '.join(items)}]"


def texts(values: Iterable[str]) -> str:
    """Spell an array of strings on one line."""
    return array(map(quoted, values))


def object_of(members: Iterable[Member]) -> str:
    """Spell an object on one line."""
    return "{" + ", ".join(member(key, value) for key, value in members) + "}"


def array_block(items: Iterable[str], indent: int) -> str:
    """Spell an array with one item a line."""
    return _block("[", items, "]", indent)


def object_block(members: Iterable[Member], indent: int) -> str:
    """Spell an object with one member a line."""
    return _block("{", (member(key, value) for key, value in members), "}", indent)


def _block(opening: str, pieces: Iterable[str], closing: str, indent: int) -> str:
    deeper = "\n" + " " * (indent + STEP)
    inside = f",{deeper}".join(pieces)
    return f"{opening}{deeper}{inside}\n{' ' * indent}{closing}" if inside else opening + closing
