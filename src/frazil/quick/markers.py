"""Environment markers (PEP 508): read into a tree, written in one spelling, evaluated."""

import re
from collections.abc import Mapping
from functools import lru_cache

from frazil.quick.names import normalised
from frazil.quick.specifiers import spans_of
from frazil.quick.versions import NoVersion, version_key
from frazil.regex import regex
from frazil.values import dataclass

_TOKEN = regex(
    r"""[ \t]*(?:
        (?P<open>\() | (?P<close>\)) | (?P<word>\b(?:and|or)\b) |
        (?P<operator>===|==|~=|!=|<=|>=|<|> | \bin\b | \bnot[ \t]+in\b) |
        (?P<variable>\b[a-z_.]+\b) |
        '(?P<single>[^'"\\\n]*)' | "(?P<double>[^'"\\\n]*)"
    )[ \t]*""",
    re.VERBOSE,
)
_VERSIONS = frozenset({"implementation_version", "platform_release", "python_full_version", "python_version"})
_VARIABLES = {
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_system",
    "platform_version",
    "implementation_name",
    "extra",
    *_VERSIONS,
}
_ALIASES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: a variable and a text, `turned` where the text stands first."""

    variable: str
    operator: str
    text: str
    turned: bool


Marker = tuple["Comparison | str | Marker", ...]
"""Comparisons and markers in parentheses, with `and` and `or` between them."""


class _Unreadable(Exception):
    pass


@lru_cache(maxsize=16384)
def read_marker(text: str) -> Marker | None:
    """Read a marker; None for what only packaging can read."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None or match.end() == position:
            return None
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    tokens.reverse()
    try:
        marker = _marker(tokens, 0)
    except (_Unreadable, IndexError):
        return None
    return None if tokens else marker


def _marker(tokens: list[tuple[str, str]], depth: int) -> Marker:
    """Read as far as a marker goes; `tokens` are in reverse, and what is read is taken off."""
    parts: list[Comparison | str | Marker] = [_atom(tokens, depth)]
    while tokens and tokens[-1][0] == "word":
        parts.append(tokens.pop()[1])
        parts.append(_atom(tokens, depth))
    return tuple(parts)


def _atom(tokens: list[tuple[str, str]], depth: int) -> "Comparison | Marker":
    if tokens[-1][0] == "open":
        if depth == _DEEPEST:
            raise _Unreadable
        tokens.pop()
        inner = _marker(tokens, depth + 1)
        if tokens.pop()[0] != "close":
            raise _Unreadable
        return inner
    left, (kind, operator), right = tokens.pop(), tokens.pop(), tokens.pop()
    if kind != "operator" or {left[0], right[0]} - {"single", "double"} != {"variable"}:
        raise _Unreadable
    turned = left[0] != "variable"
    (_, text), (_, variable) = (left, right) if turned else (right, left)
    variable = _ALIASES.get(variable, variable)
    if variable not in _VARIABLES or (left[0] == right[0]):
        raise _Unreadable
    if variable == "extra":
        text = normalised(text)
    return Comparison(variable, " ".join(operator.split()), text, turned)


def format_marker(marker: Marker) -> str:
    """Write a marker as packaging does, in single quotes."""
    return _formatted(marker, outermost=True)


def _formatted(part: "Comparison | str | Marker", *, outermost: bool) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Comparison):
        words = (part.variable, part.operator, f"'{part.text}'")
        return " ".join(reversed(words) if part.turned else words)
    if len(part) == 1:
        # Parentheses around one thing alone say nothing.
        return _formatted(part[0], outermost=outermost)
    inner = " ".join(_formatted(each, outermost=False) for each in part)
    return inner if outermost else f"({inner})"


def evaluate_marker(marker: Marker, variables: Mapping[str, str]) -> bool | None:
    """Say whether a marker holds, given every variable (`extra` normalised); None for what only packaging can say."""
    found, holds = False, True
    for part in marker:
        if isinstance(part, str):
            if part == "or":
                found, holds = found or holds, True
            continue
        value = _compare(part, variables) if isinstance(part, Comparison) else evaluate_marker(part, variables)
        if value is None:
            return None
        holds = holds and value
    return found or holds


def _compare(comparison: Comparison, variables: Mapping[str, str]) -> bool | None:
    value = variables.get(comparison.variable)
    if value is None:
        return None
    left, right = (comparison.text, value) if comparison.turned else (value, comparison.text)
    operator = comparison.operator
    if comparison.variable in _VERSIONS and operator not in {"in", "not in"}:
        return _compare_versions(left, operator, right)
    match operator:
        case "in":
            return left in right
        case "not in":
            return left not in right
        case "==" | "<=" | ">=":
            # Texts have no order: only equal ones are "at least" or "at most" each other.
            return left == right
        case "!=":
            return left != right
        case "<" | ">":
            return False
        case _:
            return None


def _compare_versions(left: str, operator: str, right: str) -> bool | None:
    spans = spans_of(operator + right)
    if spans is None:
        return None
    try:
        key = version_key(left)
    except NoVersion:
        return None
    return all(key in span for span in spans)
