"""TOML documents read once with types: every failure names file, line, table and key."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from typing import TYPE_CHECKING

from frazil.errors import ConfigurationError
from frazil.model import Origin
from frazil.project.suggestions import suggestion
from frazil.quick.names import is_name, normalised
from frazil.regex import regex
from frazil.requirement import parse_specifier
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from frazil.project.lines import Path

_AT_LINE = regex(r" \(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML text of a file (relative to the root), with the line of everything in it."""

    file: str
    data: Mapping[str, object]
    lines: "Mapping[Path, int]" = field(repr=False)

    def origin(self, path: "Path") -> Origin:
        """Return where a path stands: its own line, else that of the nearest thing around it."""
        table = ".".join(str(step) for step in path if isinstance(step, str)) or None
        while path and path not in self.lines:
            path = path[:-1]
        return Origin(self.file, self.lines.get(path), table)


def parse_document(text: str, file: str, *, first_line: int = 1) -> Document:
    """Parse TOML.

    `first_line` is the line of the file in which the text begins. Raises ConfigurationError with file and line.
    """
    import tomllib  # noqa: PLC0415 - a text that was read before is not read again

    from frazil.project.lines import locate_lines  # noqa: PLC0415

    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise ConfigurationError(f"{file} is nested too deeply to be read") from None
    except ValueError as error:
        # TOMLDecodeError, and the plain ValueError of a number with more digits than Python converts.
        reason = str(error)
        found = _AT_LINE.search(reason)
        line = f":{int(found[1]) + first_line - 1}" if found else ""
        reason = _AT_LINE.sub("", reason).replace(" (at end of document)", " at its end")
        raise ConfigurationError(f"{file}{line} is not TOML: {reason[:1].lower()}{reason[1:]}") from None
    return Document(file, data, locate_lines(text, first_line=first_line))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document, read key by key; `path` leads to it from the top."""

    document: Document
    path: "Path" = ()
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The table as a header writes it; the top of a document has none."""
        names = ".".join(_key(step) for step in self.path if isinstance(step, str))
        return f"[{names}]" if names else ""

    def origin(self, *steps: str | int) -> Origin:
        return self.document.origin((*self.path, *steps))

    def error(self, sentence: str, *steps: str | int, hint: str | None = None) -> ConfigurationError:
        """Return an error that opens with file and line of the table, or of a key or element in it."""
        return ConfigurationError(f"{self.origin(*steps)}: {sentence}", hint=hint)

    def type_error(self, wanted: str, *steps: str | int) -> ConfigurationError:
        """Return the error for a value that is of another type than `wanted`."""
        value: object = self.data[str(steps[0])]
        if isinstance(value, list) and len(steps) > 1:
            value = value[int(steps[1])]
        place = f" in {self.title}" if self.title else ""
        element = "an element of " if isinstance(steps[-1], int) else ""
        hint = f'write it in quotes: "{value}"' if wanted == "a string" and isinstance(value, int | float) else None
        return self.error(f"{element}{steps[0]}{place} must be {wanted}, not {_type_name(value)}", *steps, hint=hint)

    def reject_unknown(self, known: Iterable[str]) -> None:
        """Raise for the first key that is not known, with the closest known ones."""
        known = set(known)
        for key in self.data:
            if key not in known:
                place = f" in {self.title}" if self.title else ""
                hint = suggestion(key, known, title="known keys")
                raise self.error(f'unknown key "{key}"{place}', key, hint=hint)

    def text(self, key: str) -> str | None:
        """Return a string, or None where the key is absent."""
        value = self.data.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.type_error("a string", key)

    def required_text(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            place = f" in {self.title}" if self.title else ""
            raise self.error(f"{key} is missing{place}")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        """Return a string that is one of `choices`, or None where the key is absent."""
        value = self.text(key)
        if value is None or value in choices:
            return value
        hint = suggestion(value, choices, title="it can be")
        raise self.error(f'{key} cannot be "{value}"', key, hint=hint)

    def flag(self, key: str) -> bool | None:
        """Return a boolean, or None where the key is absent."""
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self.type_error("true or false", key)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings in the order written; empty where the key is absent."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self.type_error("a list of strings", key)
        for position, element in enumerate(value):
            if not isinstance(element, str):
                raise self.type_error("a string", key, position)
        return tuple(value)

    def table(self, key: str) -> "Table":
        """Return the table under a key; empty where the key is absent."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise self.type_error("a table", key)
        return Table(self.document, (*self.path, key), value)

    def named_tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """Yield name and table of each entry of a table of tables."""
        outer = self.table(key)
        for name in outer.data:
            yield name, outer.table(name)

    def tables(self, key: str) -> Iterator["Table"]:
        """Yield the tables of an array of tables."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self.type_error("a list of tables", key)
        for position, element in enumerate(value):
            if not isinstance(element, dict):
                raise self.type_error("a table", key, position)
            yield Table(self.document, (*self.path, key, position), element)

    def normalised(self, written: str, *steps: str | int, what: str = "a project") -> str:
        """Return the name of a project, extra or group normalised (PEP 503); raises for what is none."""
        if not is_name(written):
            raise self.error(f'"{written}" cannot be the name of {what}', *steps)
        return normalised(written)

    def specifier(self, key: str) -> str | None:
        """Return a set of version specifiers in canonical spelling, or None where the key is absent or says nothing."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return parse_specifier(value) or None
        except ValueError:
            hint = "write it like >=3.11 or >=3.11,<4"
            raise self.error(f'{key} "{value}" is not a set of versions', key, hint=hint) from None


def _key(step: str) -> str:
    return step if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f'"{step}"'


def _type_name(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case date() | time():
            return "a date or time"
        case _:
            return type(value).__name__
