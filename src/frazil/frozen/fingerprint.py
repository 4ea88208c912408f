"""The fingerprint: a digest of all that determines a resolution, and of nothing else."""

import json
from collections.abc import Mapping
from typing import Any

from frazil.digest import sha256_of
from frazil.frozen.inputs import canonical_inputs
from frazil.frozen.model import Inputs
from frazil.values import field_names

_OUTSIDE = frozenset({"tags"})
"""Fields that follow from others: the tags of an environment follow from its python and platform."""


def fingerprint(
    inputs: Inputs,
    *,
    preferred: Mapping[tuple[str, str, str], str],
    default_index: str | None,
    engine: str,
    schema: int,
) -> str:
    """Return the lower-case hex SHA-256 under which a resolution of these inputs may be kept.

    `preferred` maps (resolve, environment, project) to the version to keep; `default_index` is the credential-free
    address of the machine's own index: only its digest goes in, and only when the inputs use that index.
    """
    own = any(index.url is None for index in inputs.indexes)
    value = {
        "schema": schema,
        "engine": engine,
        "inputs": canonical_inputs(inputs),
        "preferred": sorted([*place, version] for place, version in preferred.items()),
        "default-index": _address_digest(default_index) if own and default_index is not None else None,
    }
    told: dict[int, dict[str, Any]] = {}

    def plain(part: Any) -> dict[str, Any]:
        # Hundreds of targets ask for the same things: each value is told once, and lives as long as the inputs.
        known = told.get(id(part))
        if known is None:
            known = told[id(part)] = _plain(part)
        return known

    text = json.dumps(value, check_circular=False, sort_keys=True, separators=(",", ":"), default=plain)
    return sha256_of(text)


def _address_digest(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    # The address is told without credentials; should some be left, they are no part of where the index is.
    plain = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    return sha256_of(plain.rstrip("/"))


def _plain(value: Any) -> dict[str, Any]:
    """Return a value of the model as JSON knows it; a field that is added one day is in the digest from then on."""
    return {name: getattr(value, name) for name in _names(type(value))}


_known_names: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    names = _known_names.get(kind)
    if names is None:
        told = (name for name in field_names(kind) if name not in _OUTSIDE and not name.startswith("_"))
        names = _known_names[kind] = tuple(sorted(told))
    return names
