"""Inline metadata of single-file scripts (PEP 723)."""

from frazil.errors import ConfigurationError
from frazil.model import Declared, Origin
from frazil.project.document import Table, parse_document
from frazil.project.manifest import wishes
from frazil.regex import regex
from frazil.values import dataclass

_OPENING = regex(r"# /// (?P<type>[a-zA-Z0-9-]+)")
_CLOSING = "# ///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that says what it needs."""

    file: str
    requires_python: str | None
    requires_python_at: Origin
    dependencies: tuple[Declared, ...]
    settings: Table | None


def parse_script(text: str, file: str) -> Script | None:
    """Read the `script` block of a file; None without one.

    A block that is not closed is no block (PEP 723). Raises ConfigurationError with file and line.
    """
    block = _find_block(text.split("\n"), file)
    if block is None:
        return None
    content, first_line = block
    document = parse_document(content, file, first_line=first_line)
    top = Table(document, (), document.data)
    top.reject_unknown(("dependencies", "requires-python", "tool"))
    tool = top.table("tool")
    return Script(
        file=file,
        requires_python=top.specifier("requires-python"),
        requires_python_at=top.origin("requires-python"),
        dependencies=wishes(top, "dependencies"),
        settings=tool.table("frazil") if "frazil" in tool.data else None,
    )


def _find_block(lines: list[str], file: str) -> tuple[str, int] | None:
    """Return the text of the one `script` block and the line it begins on."""
    found: tuple[str, int] | None = None
    position = 0
    while position < len(lines):
        opening = _OPENING.fullmatch(lines[position])
        if opening is None:
            position += 1
            continue
        closing, comment_end = _closing_line(lines, position)
        if opening["type"] == "script" and closing is not None:
            if found is not None:
                raise ConfigurationError(f"{file}:{position + 1} opens a second script block; a file has one (PEP 723)")
            found = "\n".join(line[2:] for line in lines[position + 1 : closing]), position + 2
        position = comment_end
    return found


def _closing_line(lines: list[str], opening: int) -> tuple[int | None, int]:
    """Return the last closing line of the comment that an opening line begins, and where the comment ends.

    PEP 723 gives precedence to the last one; a comment without one holds no block at all.
    """
    closing = None
    position = opening + 1
    while position < len(lines) and (lines[position] == "#" or lines[position].startswith("# ")):
        if lines[position] == _CLOSING:
            closing = position
        position += 1
    return closing, position
