"""Why a release is in the lock: as lines for a person, as an object for a program."""

from collections.abc import Iterator, Sequence

from frazil.frozen.routes import Route
from frazil.frozen.why import Explanation
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, indented, line, strong
from frazil.report.units import counted
from frazil.report.ways import Origins, hold_document, hold_line, origin_of, passed, route_document


def why_lines(explanations: Sequence[Explanation], origins: Origins) -> tuple[Line, ...]:
    """Say of each release by which requirements of which targets it is there, and what holds it back."""
    return tuple(each for position, found in enumerate(explanations) for each in _lines(found, origins, position))


def why_totals(explanations: Sequence[Explanation]) -> str:
    """Say in one line how much was explained, and how much was not shown."""
    targets = {route.start.name for each in explanations for route in each.routes}
    more = sum(each.more for each in explanations)
    left_out = f" · {counted(more, 'other way')} as short (-v shows all)" if more else ""
    return f"{counted(len(targets), 'target')}{left_out}"


def why_document(asked: str, explanations: Sequence[Explanation], origins: Origins) -> Document:
    """Return what `why` answers."""
    return {
        "asked": asked,
        "releases": [
            {
                "kind": each.stop.kind,
                "name": each.stop.name,
                "version": each.stop.version,
                "environments": list(each.environments),
                "routes": [route_document(route, origins) for route in each.routes],
                "more": each.more,
                "holds": [hold_document(hold, origins) for hold in each.holds],
            }
            for each in explanations
        ],
    }


def _lines(explanation: Explanation, origins: Origins, position: int) -> Iterator[Line]:
    stop = explanation.stop
    if position:
        yield ()
    yield line(strong(stop.label), dim(f"  {' '.join(explanation.environments)}"))
    yield from indented(aligned([_row(route, explanation, origins) for route in explanation.routes], gap=3))
    held = f"held at {stop.version}"
    yield from (hold_line(hold, held, origins, places=explanation.environments) for hold in explanation.holds)


def _row(route: Route, explanation: Explanation, origins: Origins) -> list[str | Line]:
    """Return target, the releases between, the target's own requirement and where it stands."""
    first = route.legs[0]
    where = "" if route.environments == explanation.environments else f"[{' '.join(route.environments)}]"
    overridden = f" instead of {first.replaced.head}" if first.replaced is not None else ""
    origin = origin_of(first, origins)
    return [
        route.start.name,
        line(passed(route) or dim("directly")),
        f"{first.requirement.head}{overridden}",
        line(dim(str(origin) if origin is not None else "")),
        line(dim(where)),
    ]
