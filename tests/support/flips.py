"""Every value that differs from a given one in a single place: nothing that is compared may be forgotten."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from frazil.frozen.model import FrozenEdge
from frazil.model import PackageRules
from frazil.requirement import Requirement

_FOR_NONE = {"environments": ("linux",), "require_wheels": True, "no_build": True, "no_binary": True}
_RULES_FOR_NONE = (("flipped", PackageRules(index="corp")),)
_FOR_EMPTY = {
    "environments": ("linux",),
    "hashes": ("sha256:cc",),
    "extras": ("extra",),
    "packages": ("p-*",),
    "exclude_dependencies": ("flipped",),
    "constraints": (FrozenEdge(requirement=Requirement("flipped")),),
    "overrides": (FrozenEdge(requirement=Requirement("flipped")),),
    "requirements": (FrozenEdge(requirement=Requirement("flipped")),),
}


def flips(value: Any, field: str = "", path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (where, other value) for each field, item and leaf of a frozen value.

    A field without an example of what it could be instead raises KeyError: it has to be thought of.
    """
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.compare:
                for where, other in flips(getattr(value, each.name), each.name, f"{path}.{each.name}"):
                    yield where, replace(value, **{each.name: other})
    elif isinstance(value, tuple):
        yield from _of_items(value, field, path)
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, str):
        yield path, f"{value}x"
        if value and field not in {"name", "python", "platform", "resolve"}:
            yield f"{path} emptied", "" if field in {"specifier", "marker"} else None
    elif value is None:
        yield path, _FOR_NONE.get(field, "flipped")
    else:
        raise TypeError(f"{path}: {value!r}")


def _of_items(items: tuple[Any, ...], field: str, path: str) -> Iterator[tuple[str, Any]]:
    if not items:
        yield f"{path} filled", _RULES_FOR_NONE if path.endswith(".rules.packages") else _FOR_EMPTY[field]
    for index, item in enumerate(items):
        # A pair is a key with its value.
        pair = isinstance(item, tuple)
        label = item[0] if pair else getattr(item, "name", index)
        place = f"{path}[{label}]"
        yield f"{place} dropped", (*items[:index], *items[index + 1 :])
        parts = flips(item[1], field, place) if pair else flips(item, "name", place)
        for where, other in parts:
            if other is not None:
                yield where, (*items[:index], (item[0], other) if pair else other, *items[index + 1 :])
