"""Ways through a lock, and what holds releases back: as pieces of lines, as objects."""

from collections.abc import Sequence
from typing import Protocol

from frazil.frozen.holding import Behind, Hold
from frazil.frozen.routes import Leg, Route, Stop
from frazil.model import Origin
from frazil.report.envelope import Document
from frazil.report.lines import Line, dim, line, listed
from frazil.requirement import Requirement

MOST_TARGETS = 3


class Origins(Protocol):
    """Says where requirements stand, as `frazil.whereabouts.Whereabouts` does."""

    def of_target(self, target: str, requirement: Requirement, file: str | None) -> Origin:
        """Return where a target declares a requirement; `file` None is its own `pyproject.toml`."""
        ...

    def of_policy(self, resolve: str, requirement: Requirement, file: str | None) -> Origin:
        """Return where the project (an empty resolve) or a resolve declares a constraint or an override."""
        ...


# Lines -----------------------------------------------------------------------------------------------------


def passed(route: Route) -> str:
    """Say which releases lie on a route between its start and its end; nothing when one leads to the other."""
    return " → ".join(_station(leg) for leg in route.legs[:-1])


def origin_of(leg: Leg, origins: Origins) -> Origin | None:
    """Return where the requirement of a leg stands; None for a release's own."""
    if leg.source.kind != "target":
        return None
    return origins.of_target(leg.source.name, leg.replaced or leg.requirement, leg.file)


def way_cells(route: Route, origins: Origins) -> list[str | Line]:
    """Say over which releases a route leads, by which requirement it begins, and where that stands: three cells."""
    first = route.legs[0]
    origin = origin_of(first, origins)
    way = passed(route)
    return [
        f"via {way}" if way else "directly",
        first.requirement.head,
        line(dim("" if origin is None else str(origin))),
    ]


def hold_line(hold: Hold, label: str, origins: Origins, *, places: Sequence[str] = ()) -> Line:
    """Say what holds a release (`label`) back, and where; `places` are the environments that need no saying."""
    where = "" if tuple(places) == hold.environments else f" [{', '.join(hold.environments)}]"
    origin = _hold_origin(hold, origins)
    stands = f"  {origin}" if origin is not None and origin.file else ""
    return line(f"{label} {_holder(hold)}", dim(where), dim(stands), dim(_behind(hold.behind)))


def _holder(hold: Hold) -> str:
    match hold.kind:
        case "constraint":
            return f"by the constraint {hold.requirement.head}" + (f" of resolve {hold.by}" if hold.by else "")
        case "override":
            return f"by the override {hold.requirement.head}"
        case _:
            release = hold.by if hold.version is None else f"{hold.by} {hold.version}"
            return f"by {release}: {hold.requirement.head}"


def _behind(behind: Sequence[Behind]) -> str:
    if not behind:
        return ""
    named = [f"{each.target} asks {each.requirement.head}" for each in behind]
    return f"  ({listed(named, most=MOST_TARGETS)})"


def _station(leg: Leg) -> str:
    return f"{leg.destination.label} (build)" if leg.building else leg.destination.label


def _hold_origin(hold: Hold, origins: Origins) -> Origin | None:
    match hold.kind:
        case "target":
            return origins.of_target(hold.by, hold.requirement, hold.file)
        case "coordinate":
            return None
        case _:
            return origins.of_policy(hold.by, hold.requirement, hold.file)


# Objects ---------------------------------------------------------------------------------------------------


def stop_document(stop: Stop) -> Document:
    """Return something that asks or is asked for."""
    return {"kind": stop.kind, "name": stop.name, "version": stop.version, "resolve": stop.resolve}


def route_document(route: Route, origins: Origins) -> Document:
    """Return a way with all its edges."""
    return {
        "start": stop_document(route.start),
        "environments": list(route.environments),
        "legs": [_leg_document(leg, origins) for leg in route.legs],
    }


def hold_document(hold: Hold, origins: Origins) -> Document:
    """Return what holds a release back."""
    return {
        "kind": hold.kind,
        "by": hold.by,
        "version": hold.version,
        "requirement": str(hold.requirement),
        **_place(_hold_origin(hold, origins)),
        "environments": list(hold.environments),
        "behind": [
            {
                "target": each.target,
                "requirement": str(each.requirement),
                **_place(origins.of_target(each.target, each.requirement, each.file)),
            }
            for each in hold.behind
        ],
    }


def _leg_document(leg: Leg, origins: Origins) -> Document:
    """Return an edge: who asks (by name), what for, where that stands, and what answers."""
    return {
        "by": leg.source.name,
        "requirement": str(leg.requirement),
        "replaced": None if leg.replaced is None else str(leg.replaced),
        **_place(origin_of(leg, origins)),
        "building": leg.building,
        **stop_document(leg.destination),
    }


def _place(origin: Origin | None) -> Document:
    if origin is None or not origin.file:
        return {"file": None, "line": None}
    return {"file": origin.file, "line": origin.line}
