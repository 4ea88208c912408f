"""From the bytes of a lock to the untyped values of its JSON, with a sentence for each way in which that fails."""

import json
import re

from frazil.errors import LockFileError, LockTooNew
from frazil.frozen.document import Odd, first_twice, shown
from frazil.frozen.model import FORMAT_VERSION, LARGEST_LOCK
from frazil.regex import regex

DEEPEST_LOCK = 16
"""Levels of objects and arrays; version 1 uses eight."""

MOST_VALUES = 3_000_000
"""A value takes up to fifty times its two bytes in memory: they are counted before any is made."""

REWRITE = "restore it from version control, or run `frazil resolve` to write it anew"
_MERGE = "run `frazil resolve`: it keeps the pins of both sides where they fit and settles the rest"
_DIGITS = 19

_CONFLICT = regex(rb"^(?:<{7,}|\|{7,}|={7,}|>{7,})(?:[ \r].*)?$", re.MULTILINE)
_CONFLICT_MARKS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_ESCAPE = regex(rb"\\.", re.DOTALL)
# The closing quote is optional, so that a string without one is skipped to the end once, not tried again from inside.
_STRING = regex(rb'"[^"]*+"?')
_NEITHER_QUOTES_NOR_BRACKETS = bytes(set(range(256)) - set(b'"[]{}'))
_AS_ROUND = bytes.maketrans(b"[]{}", b"()()")


def load_document(data: bytes, name: str) -> dict[str, object]:
    """Parse the JSON of a lock and read its version before anything else.

    Raises LockFileError, and LockTooNew for a version that this frazil does not know.
    """
    document = _parse(data, name)
    if isinstance(document, Odd):
        raise LockFileError(f"{name} {document.what}", hint=REWRITE)
    if not isinstance(document, dict):
        raise LockFileError(f"{name} is not a frozen resolution: it must be a JSON object", hint=REWRITE)
    if "frozen-version" not in document:
        raise LockFileError(f"{name} is not a frozen resolution: it states no frozen-version", hint=REWRITE)
    version = document.pop("frozen-version")
    if type(version) is not int or version < 1:
        raise LockFileError(f"{name} has a frozen-version that is not a whole number from 1 on", hint=REWRITE)
    if version > FORMAT_VERSION:
        raise LockTooNew(
            f"{name} has frozen-version {version}, and this frazil knows versions up to {FORMAT_VERSION}",
            hint="update frazil; the file was not changed",
        )
    return document


def check_size(size: int, name: str) -> None:
    """Refuse a lock that is larger than any that frazil writes. Raises LockFileError."""
    if size > LARGEST_LOCK:
        limit = LARGEST_LOCK // 1024 // 1024
        raise LockFileError(f"{name} is larger than {limit} MiB, more than any lock that frazil writes", hint=REWRITE)


def _parse(data: bytes, name: str) -> object:
    check_size(len(data), name)
    if not data.strip():
        raise LockFileError(f"{name} is empty", hint=REWRITE)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise LockFileError(f"{name} begins with a byte order mark; it must be plain UTF-8 without one", hint=REWRITE)
    # A scan for the marks takes a hundredth of what the expression takes on megabytes without any.
    conflict = _CONFLICT.search(data) if any(mark in data for mark in _CONFLICT_MARKS) else None
    if conflict is not None:
        line = data.count(b"\n", 0, conflict.start()) + 1
        raise LockFileError(f"{name}:{line} has conflict markers of an unfinished merge", hint=_MERGE)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LockFileError(f"{name}:{line} is not UTF-8", hint=REWRITE) from None
    values = data.count(b",") + data.count(b"{") + data.count(b"[")
    if values > MOST_VALUES or data.count(b'"') > 3 * MOST_VALUES:
        raise LockFileError(f"{name} has more than {MOST_VALUES} values, more than any lock has", hint=REWRITE)
    if _depth_beyond(data, DEEPEST_LOCK):
        raise LockFileError(f"{name} is nested deeper than {DEEPEST_LOCK} levels", hint=REWRITE)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(text, error, name) from None


def _depth_beyond(data: bytes, limit: int) -> bool:
    """Say whether brackets nest deeper than a limit, before a parser that recurses sees them."""
    brackets = _brackets_of(data)
    peeled = brackets
    for _ in range(limit):  # each time, of every nest the innermost pair goes
        peeled = peeled.replace(b"()", b"")
        if not peeled:
            return False
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket == b"("[0] else -1
        if depth > limit:
            return True
    return False


def _brackets_of(data: bytes) -> bytes:
    """Return the brackets outside strings, all as round ones, with a few passes over the whole of it."""
    if b"\\" in data:
        data = _ESCAPE.sub(b"", data)
    marks = data.translate(_AS_ROUND, _NEITHER_QUOTES_NOR_BRACKETS)
    # Nothing lies between these quotes: without both, whatever else is inside a string or outside stays so.
    return _STRING.sub(b"", marks.replace(b'""', b""))


def _not_json(text: str, error: json.JSONDecodeError, name: str) -> LockFileError:
    whole = text.rstrip()
    if error.msg == "Extra data":
        return LockFileError(f"{name}:{error.lineno} has something behind the end of the document", hint=REWRITE)
    if whole.startswith("{") and (not whole.endswith("}") or error.pos >= len(whole)):
        return LockFileError(f"{name} is cut short: it ends in line {whole.count(chr(10)) + 1}", hint=REWRITE)
    reason = f"{error.msg[:1].lower()}{error.msg[1:]}"
    return LockFileError(f"{name}:{error.lineno} is not JSON: {reason} (column {error.colno})", hint=REWRITE)


def _object(pairs: list[tuple[str, object]]) -> object:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return Odd(f"has the key {shown(first_twice(key for key, _ in pairs))} twice")


def _whole(digits: str) -> object:
    return int(digits) if len(digits) < _DIGITS else Odd(f"is a number of {len(digits)} digits")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_whole,
    parse_float=lambda number: Odd(f"is {number[:40]}, and all numbers of a lock are whole"),
    parse_constant=lambda constant: Odd(f"is {constant}, which JSON does not have"),
)
