"""Advisories in the OSV schema (version 1), one document each: https://ossf.github.io/osv-schema/."""

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.version import Version

from frazil.advisories.model import Advisory, Event, read_version
from frazil.quick.names import normalised

ECOSYSTEM = "pypi"

_KINDS = ("introduced", "fixed", "last_affected")
_COMPARED = frozenset({"ECOSYSTEM", "SEMVER"})
"""Ranges of versions; those of commits say nothing of a release."""


class NotAdvisory(ValueError):
    """A document that is not what the schema says; the text says where."""


def parse_osv(document: object) -> tuple[Advisory, ...]:
    """Read one document: an advisory for each project of this ecosystem, none where it was withdrawn.

    Raises NotAdvisory.
    """
    table = _table(document, "the document")
    identifier = table.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise NotAdvisory("it has no id")
    if table.get("withdrawn"):
        return ()
    found: dict[str, Advisory] = {}
    for affected in _tables(table, "affected"):
        package = _table(affected.get("package", {}), "affected.package")
        ecosystem, name = package.get("ecosystem"), package.get("name")
        if not isinstance(ecosystem, str) or ecosystem.partition(":")[0].lower() != ECOSYSTEM:
            continue
        if not isinstance(name, str) or not name:
            raise NotAdvisory("affected.package has no name")
        one = _advisory(identifier, normalised(name), table, affected)
        found[one.name] = _joined(found[one.name], one) if one.name in found else one
    return tuple(found.values())


def _advisory(identifier: str, name: str, table: Mapping[str, Any], affected: Mapping[str, Any]) -> Advisory:
    ranges = tuple(
        tuple(_events(each)) for each in _tables(affected, "ranges") if each.get("type", "ECOSYSTEM") in _COMPARED
    )
    fixed = {event.version for events in ranges for event in events if event.kind == "fixed"}
    return Advisory(
        id=identifier,
        name=name,
        aliases=tuple(sorted(_texts(table, "aliases"))),
        summary=_summary(table),
        severity=_severity(table, affected),
        fixed=in_order(fixed),
        url=_address(table),
        versions=frozenset(_texts(affected, "versions")),
        ranges=ranges,
    )


def _joined(one: Advisory, other: Advisory) -> Advisory:
    """Return what two entries of one document say of the same project."""
    return Advisory(
        id=one.id,
        name=one.name,
        aliases=one.aliases,
        summary=one.summary,
        severity=one.severity or other.severity,
        fixed=in_order({*one.fixed, *other.fixed}),
        url=one.url,
        versions=one.versions | other.versions,
        ranges=one.ranges + other.ranges,
    )


def in_order(versions: set[str]) -> tuple[str, ...]:
    """Return versions in their order, those that cannot be read last."""

    def key(text: str) -> tuple[bool, Version, str]:
        version = read_version(text)
        return (version is None, version or Version("0"), text)

    return tuple(sorted(versions, key=key))


def _events(each: Mapping[str, Any]) -> Iterator[Event]:
    for event in _tables(each, "events"):
        for kind in _KINDS:
            version = event.get(kind)
            if isinstance(version, str):
                yield Event(kind, version)


def _summary(table: Mapping[str, Any]) -> str:
    for key in ("summary", "details"):
        text = table.get(key)
        if isinstance(text, str) and text.strip():
            return text.strip().splitlines()[0]
    return ""


def _severity(table: Mapping[str, Any], affected: Mapping[str, Any]) -> str | None:
    for place in (
        affected.get("ecosystem_specific"),
        affected.get("database_specific"),
        table.get("database_specific"),
    ):
        rating = place.get("severity") if isinstance(place, Mapping) else None
        if isinstance(rating, str) and rating.isalpha():
            return rating.upper()
    return None


def _address(table: Mapping[str, Any]) -> str | None:
    """Return where to read more: the advisory itself before whatever else is referred to."""
    references = [
        (each.get("type") != "ADVISORY", each["url"])
        for each in _tables(table, "references")
        if isinstance(each.get("url"), str)
    ]
    return min(references)[1] if references else None


def _table(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise NotAdvisory(f"{what} is no object")
    return value


def _tables(table: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = table.get(key)
    if found is None:
        return
    if not isinstance(found, list):
        raise NotAdvisory(f"{key} is no list")
    for each in found:
        yield _table(each, f"an entry of {key}")


def _texts(table: Mapping[str, Any], key: str) -> Iterator[str]:
    found = table.get(key)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, str):
            yield each
