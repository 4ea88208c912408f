"""The object that `--json` prints, whatever the verb: an envelope that says how it went, then the answer."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from frazil.errors import FrazilError, cleaned

SCHEMA_VERSION = 1

_DEEP = 4
"""Columns from which on an object stands on one line if it can."""

Document = dict[str, Any]
"""A JSON object."""


def format_document(document: Mapping[str, Any]) -> str:
    """Return an object as ASCII text with a newline; credentials and control characters do not get through.

    One member a line; of a list of objects, one object a line unless it holds such lists itself.
    """
    return _written(safe(document), "") + "\n"


def success_document(command: str | None, payload: Document, warnings: Iterable[str] = ()) -> Document:
    """Return what a verb that did its work prints: the envelope, then what it has to say."""
    return {**_envelope(command, None, warnings), **payload}


def failure_document(command: str | None, error: FrazilError, warnings: Iterable[str] = ()) -> Document:
    """Return what a verb that failed prints: the envelope with the error, and nothing else."""
    described = {
        "code": error.slug,
        "message": error.sentence,
        "hint": error.hint,
        "details": list(error.details),
        "exit-code": error.exit_code,
    }
    return _envelope(command, described, warnings)


def text_document(text: str) -> Document:
    """Return what verbs answer that have only a text to give: `help`, `completion`, `--version`."""
    return {"text": text}


def _envelope(command: str | None, error: Document | None, warnings: Iterable[str]) -> Document:
    return {
        "schema-version": SCHEMA_VERSION,
        "command": command,
        "ok": error is None,
        "error": error,
        "warnings": list(warnings),
    }


def safe(value: Any) -> Any:
    """Return a value of JSON without credentials and control characters in its texts."""
    match value:
        case str():
            # A path may hold bytes that are no text: they become the escapes that JSON readers can take.
            return cleaned(value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8"))
        case Mapping():
            return {key: safe(each) for key, each in value.items()}
        case list() | tuple():
            return [safe(each) for each in value]
        case float():
            return round(value, 6)
        case _:
            return value


def _written(value: Any, margin: str) -> str:
    inner = f"{margin}  "
    if isinstance(value, dict) and (len(margin) < _DEEP or _is_nested(value)):
        members = (f"{inner}{json.dumps(key)}: {_written(each, inner)}" for key, each in value.items())
        return "{\n" + ",\n".join(members) + f"\n{margin}}}"
    if _has_objects(value):
        items = (inner + (_written(each, inner) if _is_nested(each) else json.dumps(each)) for each in value)
        return "[\n" + ",\n".join(items) + f"\n{margin}]"
    return json.dumps(value)


def _has_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) and any(_has_objects(each) for each in value.values())
