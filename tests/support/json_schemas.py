"""The JSON Schemas that ship with frazil, made strict: a key that they do not describe is a failure."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import fastjsonschema

_FOLDER = files("frazil.report") / "schema"


def schema_names() -> list[str]:
    """Return the names of the schemas, sorted."""
    return sorted(file.name.removesuffix(".json") for file in _FOLDER.iterdir() if file.name.endswith(".json"))


def schema(name: str) -> dict[str, Any]:
    """Return a schema as it ships."""
    loaded = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def strict_validator(name: str) -> Callable[[Any], Any]:
    """Return a function that raises for a document that a schema does not describe to its last key."""
    compiled: Callable[[Any], Any] = fastjsonschema.compile(_closed(schema(name)))
    return compiled


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return {**closed, "additionalProperties": False} if node.get("type") == "object" else closed
