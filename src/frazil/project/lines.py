"""Where things stand in a TOML text: tomllib gives values without lines, and a message needs the line."""

import re
from collections.abc import Iterator, Mapping

from frazil.regex import regex

Path = tuple[str | int, ...]
"""Keys and positions from the top of a document: `("project", "dependencies", 2)`."""

_TOKEN = regex(
    r"""
      (?P<skip>[ \t\r]+ | \#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>"{3}[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"{3,5} | '{3}.*?'{3,5}
               | "[^"\\\n]*(?:\\.[^"\\\n]*)*" | '[^'\n]*')
    | (?P<bare>[^\s\[\]{},=.\#"']+)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def locate_lines(text: str, *, first_line: int = 1) -> Mapping[Path, int]:
    """Return the line of every key, table and array element of a text that tomllib has accepted.

    `first_line` is the line of the file in which the text begins.
    """
    locator = _Locator(text, first_line)
    try:
        locator.read_document()
    except (IndexError, RecursionError, ValueError):
        # A text that this reader does not follow costs line numbers, never the answer.
        return locator.found
    return locator.found


class _Locator:
    """Reads tokens with one in sight, and notes the line of each path."""

    def __init__(self, text: str, first_line: int) -> None:
        self.found: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}
        self._tokens = list(_tokens(text, first_line))
        self._position = 0

    def read_document(self) -> None:
        table: Path = ()
        while True:
            self._pass("\n")
            kind, sign, _ = self._peek()
            if kind == "end":
                return
            table = self._read_header() if sign == "[" else self._read_pair(table)

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._position]

    def _next(self) -> tuple[str, str, int]:
        token = self._tokens[self._position]
        self._position += 1
        return token

    def _pass(self, signs: str) -> None:
        while self._peek()[0] in {"newline", "sign"} and self._peek()[1] in signs:
            self._position += 1

    def _read_header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`; the path of an array of tables ends in the table's position."""
        line = self._next()[2]
        is_array = self._peek()[1] == "["
        if is_array:
            self._next()
        keys = self._read_keys()
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self.found.setdefault(path, line)
            opens = is_array and position == len(keys) - 1
            if opens:
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
                self.found.setdefault(path, line)
        while self._peek()[1] == "]":
            self._next()
        return path

    def _read_keys(self) -> list[str]:
        keys = []
        while True:
            kind, text, _ = self._next()
            keys.append(_unquoted(text) if kind == "string" else text)
            if self._peek()[1] != ".":
                return keys
            self._next()

    def _read_pair(self, table: Path) -> Path:
        line = self._peek()[2]
        path = table
        for key in self._read_keys():
            path = (*path, key)
            self.found.setdefault(path, line)
        self._next()  # the equals sign
        self._read_value(path)
        return table

    def _read_value(self, path: Path) -> None:
        kind, sign, _ = self._next()
        if kind == "sign" and sign == "[":
            self._read_array(path)
        elif kind == "sign" and sign == "{":
            while self._peek()[1] != "}":
                self._read_pair(path)
                self._pass("\n,")
            self._next()
        else:
            while self._peek()[0] == "bare" or self._peek()[1] == ".":  # 1.5, 2026-01-31 12:00:00.5
                self._next()

    def _read_array(self, path: Path) -> None:
        position = 0
        self._pass("\n")
        while self._peek()[1] != "]":
            element = (*path, position)
            self.found[element] = self._peek()[2]
            self._read_value(element)
            self._pass("\n,")
            position += 1
        self._next()


def _tokens(text: str, line: int) -> Iterator[tuple[str, str, int]]:
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or "sign"
        if kind != "skip":
            yield kind, token[0], line
        line += token[0].count("\n")
    yield "end", "", line


def _unquoted(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted[1:-1]
    import tomllib  # noqa: PLC0415 - loaded by who parsed the text

    (key,) = tomllib.loads(f"{quoted} = 0")
    return key
