"""The ways between two things of a lock, and who depends on something: as lines for a person, as objects."""

from collections.abc import Mapping, Sequence

from frazil.frozen.between import Ways
from frazil.frozen.routes import Leg, Route, Stop, stop_order
from frazil.report.envelope import Document
from frazil.report.lines import Line, dim, line
from frazil.report.units import counted
from frazil.report.ways import Origins, origin_of, route_document, stop_document


def ways_lines(ways: Ways, environments: Sequence[str], origins: Origins) -> tuple[Line, ...]:
    """Say each way on a line of its own; `environments` are those that need no saying."""
    return tuple(_way(route, environments, origins) for route in ways.routes)


def ways_totals(ways: Ways) -> str:
    """Say in one line how many ways there are."""
    if not ways.routes:
        return "no way leads there"
    more = "; there are more (--most N shows more)" if ways.more else ""
    return f"{counted(len(ways.routes), 'way')}{more}"


def ways_document(start: str, goal: str, ways: Ways, origins: Origins) -> Document:
    """Return what `paths` answers."""
    return {
        "from": start,
        "to": goal,
        "routes": [route_document(route, origins) for route in ways.routes],
        "more": ways.more,
    }


def dependents_lines(dependents: Mapping[str, Sequence[Stop]]) -> tuple[Line, ...]:
    """Name all that depend on any of what was asked about, each once."""
    stops = {stop for found in dependents.values() for stop in found}
    return tuple(line(stop.label) for stop in sorted(stops, key=stop_order))


def dependents_document(dependents: Mapping[str, Sequence[Stop]]) -> Document:
    """Return what `dependents` answers."""
    return {
        "roots": [
            {"root": root, "dependents": [stop_document(stop) for stop in found]} for root, found in dependents.items()
        ]
    }


def _way(route: Route, environments: Sequence[str], origins: Origins) -> Line:
    where = "" if route.environments == tuple(environments) else f"  [{' '.join(route.environments)}]"
    stands = [origin for leg in route.legs[:1] if (origin := origin_of(leg, origins)) is not None]
    declared = f"  {stands[0]}" if stands and stands[0].file else ""
    return line(route.start.label, *(_step(leg) for leg in route.legs), dim(where), dim(declared))


def _step(leg: Leg) -> str:
    asked = leg.requirement.head.removeprefix(leg.requirement.name).strip()
    said = ", ".join(filter(None, (asked, "for its build" if leg.building else "")))
    return f" → {leg.destination.label}{f' ({said})' if said else ''}"
