"""The tables of a foreign lock, taken value by value: what is of another type is as if it were not there."""

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from frazil.foreign.model import ForeignPin, canonical
from frazil.regex import regex
from frazil.requirement import RequirementSyntaxError, parse_requirement

Table = Mapping[str, Any]

_SHA256 = regex(r"sha256:([0-9a-f]{64})")


def tables(document: Table, key: str) -> Iterator[Table]:
    """Yield the tables of an array."""
    found = document.get(key)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            yield each


def table(document: Table, key: str) -> Table:
    """Return a table, empty where there is none."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def text(document: Table, key: str) -> str:
    """Return a text, empty where there is none."""
    found = document.get(key)
    return found if isinstance(found, str) else ""


def texts(document: Table, key: str) -> tuple[str, ...]:
    """Return the texts of a value: itself, those of an array, or those that a table holds."""
    found = document.get(key)
    several = found.values() if isinstance(found, dict) else found if isinstance(found, list) else [found]
    return tuple(each for each in several if isinstance(each, str))


def digests(files: Iterator[Table], key: str = "hash") -> frozenset[str]:
    """Return the SHA-256 digests of files that state them as `sha256:<hex>`."""
    found = (_SHA256.fullmatch(text(file, key)) for file in files)
    return frozenset(match[1] for match in found if match)


def pin(
    name: str,
    version: str,
    *,
    markers: tuple[str, ...] = (),
    sha256: frozenset[str] = frozenset(),
    index: str | None = None,
) -> ForeignPin | str:
    """Return a pin, or a sentence that says why this is none."""
    known = canonical(version)
    if known is None:
        return f"{name} {version} has no version that can be compared"
    for marker in markers:
        try:
            parse_requirement(f"a; {marker}")
        except RequirementSyntaxError:
            return f"{name} {version} is for where {marker} holds, which is no marker"
    return ForeignPin(name=canonicalize_name(name), version=known, markers=markers, sha256=sha256, index=index or None)


def gathered(found: Iterator[ForeignPin | str | None]) -> tuple[tuple[ForeignPin, ...], tuple[str, ...]]:
    """Tell pins from sentences; the same one of either is there once."""
    kept = list(dict.fromkeys(each for each in found if each is not None))
    pins = tuple(each for each in kept if isinstance(each, ForeignPin))
    return pins, tuple(each for each in kept if isinstance(each, str))


def elsewhere(name: str, version: str, kind: str, where: str) -> str:
    """Say of an entry that it does not come from an index."""
    release = f"{name} {version}" if version else name
    return f"{release} comes from {kind} {where}, as the requirement says: there is no version to prefer"
