"""The values of a JSON document, taken one by one with their types; every failure names its place in the document."""

import json
from collections.abc import Callable, Iterable
from typing import TypeGuard, TypeVar

from frazil.regex import regex

_Value = TypeVar("_Value")

Reader = Callable[[object], _Value]
"""Turns one value of a document into what it means; raises DocumentError."""

Rule = Callable[[str], str | None]
"""Says what is wrong with a text, as a clause (`must be …`, `holds …`), or None."""

_PLAIN_KEY = regex(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST_SHOWN = 80


class DocumentError(Exception):
    """Something in a document is wrong: where, and what, as a clause that follows the place.

    `about` names the release that the place belongs to, for who would rather not count to `coordinates[217]`.
    """

    def __init__(self, clause: str, *steps: str | int) -> None:
        super().__init__(clause)
        self.clause = clause
        self.steps = steps
        self.about = ""

    def within(self, *steps: str | int) -> "DocumentError":
        """Return this error with the place found to lie inside another."""
        self.steps = (*steps, *self.steps)
        return self

    @property
    def place(self) -> str:
        """The place as a path into the document: `coordinates[3].artifacts[0].sha256`."""
        path = ""
        for step in self.steps:
            if isinstance(step, int):
                path += f"[{step}]"
            elif _PLAIN_KEY.fullmatch(step):
                path += f".{step}" if path else step
            else:
                path += f"[{shown(step)}]"
        return path

    def __str__(self) -> str:
        about = f"({self.about})" if self.about else ""
        return " ".join(filter(None, (self.place, about, self.clause)))


class Odd:
    """A value that JSON has and a lock never: a number that is not whole, one too large, an object with a key twice."""

    __slots__ = ("what",)

    def __init__(self, what: str) -> None:
        self.what = what


class Members:
    """The members of one object, taken key by key; `finish` refuses those that nobody took."""

    __slots__ = ("_values",)

    def __init__(self, value: object) -> None:
        self._values = dict(as_object(value))

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def required(self, key: str, read: Reader[_Value]) -> _Value:
        """Read a member that must be there."""
        if key not in self._values:
            raise DocumentError(f"lacks the key {shown(key)}")
        try:
            return read(self._values.pop(key))
        except DocumentError as error:
            raise error.within(key) from None

    def optional(self, key: str, read: Reader[_Value], default: _Value) -> _Value:
        """Read a member that may be absent, which means `default`."""
        if key not in self._values:
            return default
        try:
            return read(self._values.pop(key))
        except DocumentError as error:
            raise error.within(key) from None

    def text(self, key: str, rule: Rule | None = None) -> str:
        return self.required(key, text(rule) if rule else as_text)

    def text_or_none(self, key: str, rule: Rule | None = None) -> str | None:
        return self.text(key, rule) if key in self._values else None

    def finish(self) -> None:
        """Refuse what is left: a key that this version of the format does not know."""
        for key in self._values:
            raise DocumentError(f"has the unknown key {shown(key)}")


def as_object(value: object) -> dict[str, object]:
    if type(value) is dict:
        return value
    raise _wrong_type("an object", value)


def as_array(value: object) -> list[object]:
    if type(value) is list:
        return value
    raise _wrong_type("an array", value)


def as_text(value: object) -> str:
    """Return a string without halves of characters (lone surrogates, which no UTF-8 text can hold)."""
    if type(value) is not str:
        raise _wrong_type("a string", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise DocumentError("holds half of a character (a lone surrogate)") from None
    return value


def as_flag(value: object) -> bool:
    if type(value) is bool:
        return value
    raise _wrong_type("true or false", value)


def as_whole_number(value: object) -> int:
    if type(value) is int:
        return value
    raise _wrong_type("a whole number", value)


def text(rule: Rule) -> Reader[str]:
    """Return a reader of strings that a rule finds nothing wrong with."""

    def read(value: object) -> str:
        found = as_text(value)
        wrong = rule(found)
        if wrong is not None:
            raise DocumentError(f"{wrong}, not {shown(found)}" if wrong.startswith("must") else wrong)
        return found

    return read


def names(rule: Rule | None = None) -> Reader[tuple[str, ...]]:
    """Return a reader of string lists that are sets: their order says nothing, nothing stands in them twice."""
    read_each = array_of(text(rule) if rule else as_text)

    def read(value: object) -> tuple[str, ...]:
        found = read_each(value) if rule or not _all_plain(value) else tuple(value)
        if len(set(found)) != len(found):
            raise DocumentError(f"has {shown(first_twice(found))} twice")
        return tuple(sorted(found))

    return read


def array_of(read_item: Reader[_Value]) -> Reader[tuple[_Value, ...]]:
    """Return a reader of arrays, item by item."""

    def read(value: object) -> tuple[_Value, ...]:
        found: list[_Value] = []
        try:
            for item in as_array(value):
                found.append(read_item(item))  # noqa: PERF401 - the length tells the position when an item fails
        except DocumentError as error:
            raise error if type(value) is not list else error.within(len(found)) from None
        return tuple(found)

    return read


def map_of(
    read_member: Callable[[str, object], _Value], rule: Rule | None = None
) -> Reader[tuple[tuple[str, _Value], ...]]:
    """Return a reader of objects whose keys are names: pairs sorted by name."""
    read_name = text(rule) if rule else as_text

    def read(value: object) -> tuple[tuple[str, _Value], ...]:
        found: list[tuple[str, _Value]] = []
        for key, item in as_object(value).items():
            try:
                found.append((read_name(key), read_member(key, item)))
            except DocumentError as error:
                raise error.within(key) from None
        return tuple(sorted(found, key=_first))

    return read


def first_twice(items: Iterable[str]) -> str:
    """Return the first of some texts that is there once more."""
    seen: set[str] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    raise ValueError("all differ")


def shown(value: str) -> str:
    """Return a text as a message shows it: quoted, escaped, not too long."""
    cut = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
    return json.dumps(cut, ensure_ascii=not cut.isprintable())


def _all_plain(value: object) -> TypeGuard[list[str]]:
    """Say whether an array holds nothing but ASCII strings: a large lock names its targets 25,000 times."""
    try:
        return "".join(as_array(value)).isascii()  # type: ignore[arg-type]
    except TypeError:  # something is no string
        return False


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def _wrong_type(wanted: str, value: object) -> DocumentError:
    if isinstance(value, Odd):
        return DocumentError(value.what)
    return DocumentError(f"must be {wanted}, not {_kind(value)}")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return f"the number {value}"
        case str():
            return f"the string {shown(value)}"
        case list():
            return "an array"
        case _:
            return "an object"
