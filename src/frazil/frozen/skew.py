"""Skew: the projects of which a lock pins several versions, where, why, and what the others cost."""

from collections.abc import Iterable, Mapping

from frazil.frozen.model import Coordinate, Frozen
from frazil.frozen.reasons import Place, Reason, Reasons, reason_order
from frazil.model import IndexSource, Rejection
from frazil.quick.versions import version_key
from frazil.values import dataclass

Rejected = Mapping[Place, Iterable[Rejection]]
"""What a resolve turned down, by resolve and environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the versions: the places (resolve, environment) where it is pinned, and the targets that ship it.

    `reasons` are the wishes of those places that some other version could not meet; `rejections` say which of the
    other versions were turned down there. `size` is the bytes of its files.
    """

    version: str | None
    places: tuple[Place, ...]
    targets: tuple[str, ...]
    reasons: tuple[Reason, ...]
    rejections: tuple[Rejection, ...]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """A project with several versions, the newest first.

    `between` is `resolves` when some resolve differs from another in one environment, else `environments`. `cost` is
    the bytes that one version alone would not take: those of all sides but the largest.
    """

    name: str
    between: str
    sides: tuple[Side, ...]
    cost: int


def skews(frozen: Frozen, rejected: Rejected | None = None) -> tuple[Skew, ...]:
    """Return the projects that several resolves or environments pin differently, sorted by name.

    `rejected` are the releases that were turned down when the lock was made, as far as they were kept.
    """
    by_name: dict[str, list[Coordinate]] = {}
    for coordinate in frozen.coordinates:
        by_name.setdefault(coordinate.name, []).append(coordinate)
    reasons = Reasons(frozen)
    return tuple(
        _skew(name, coordinates, reasons, rejected or {})
        for name, coordinates in sorted(by_name.items())
        if len(coordinates) > 1
    )


def _skew(name: str, coordinates: list[Coordinate], reasons: Reasons, rejected: Rejected) -> Skew:
    newest_first = sorted(
        coordinates, key=lambda each: (version_key(each.version or "0"), each.version or ""), reverse=True
    )
    sides = tuple(_side(each, newest_first, reasons, rejected) for each in newest_first)
    return Skew(
        name=name,
        between=_between(sides),
        sides=sides,
        cost=sum(side.size for side in sides) - max(side.size for side in sides),
    )


def _side(coordinate: Coordinate, all_of_them: list[Coordinate], reasons: Reasons, rejected: Rejected) -> Side:
    places = tuple((resolve, environment) for resolve, names in coordinate.resolves for environment in names)
    others = [other for other in all_of_them if other is not coordinate]
    against = {
        reason
        for place in places
        for other in others
        for reason in reasons.against(
            place, coordinate.name, other.version, from_index=isinstance(other.source, IndexSource)
        )
    }
    versions = {other.version for other in others}
    turned_down = {
        rejection
        for place in places
        for rejection in rejected.get(place, ())
        if rejection.name == coordinate.name and rejection.version in versions
    }
    return Side(
        version=coordinate.version,
        places=places,
        targets=tuple(sorted({name for _, names in coordinate.targets for name in names})),
        reasons=tuple(sorted(against, key=reason_order)),
        rejections=tuple(sorted(turned_down, key=lambda each: (each.version, each.kind.value, each.fact))),
        size=sum({artifact.sha256: artifact.size for artifact in coordinate.artifacts}.values()),
    )


def _between(sides: Iterable[Side]) -> str:
    """Say whether one environment alone has several versions (then resolves differ), or only several environments."""
    seen: set[str] = set()
    for side in sides:
        environments = {environment for _, environment in side.places}
        if seen & environments:
            return "resolves"
        seen |= environments
    return "environments"
