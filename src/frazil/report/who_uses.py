"""Who uses a release or a file: as lines for a person, as an object for a program."""

from collections.abc import Iterable, Sequence

from frazil.frozen.selection import BUILD_GROUP
from frazil.frozen.uses import Use, Uses
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned
from frazil.report.units import counted
from frazil.report.ways import Origins, hold_document, hold_line, route_document, way_cells


def uses_lines(uses: Uses, origins: Origins) -> tuple[Line, ...]:
    """Say for each target what it ships, where, and by which requirement; then what holds the releases back."""
    rows = [_row(use, origins) for use in uses.uses]
    holds = [
        hold_line(hold, f"{held.stop.label} is held back", origins, places=_places(uses.uses, held.stop.place))
        for held in uses.releases
        for hold in held.holds
    ]
    return (*aligned(rows, gap=3), *holds)


def uses_totals(uses: Uses, targets: Iterable[str]) -> str:
    """Say in one line how many of the targets use it; what builds members is counted where it does."""
    using = {use.target for use in uses.uses}
    looked_at = using.union(name for name in targets if not name.endswith(BUILD_GROUP))
    return f"{len(using)} of {counted(len(looked_at), 'target')}"


def uses_document(uses: Uses, origins: Origins) -> Document:
    """Return what `who-uses` answers."""
    return {
        "asked": uses.subject.written,
        "uses": [
            {
                "target": use.target,
                "environments": list(use.environments),
                "name": use.stop.name,
                "version": use.stop.version,
                "filenames": list(use.filenames),
                "routes": [route_document(route, origins) for route in use.routes],
            }
            for use in uses.uses
        ],
        "releases": [
            {
                "name": held.stop.name,
                "version": held.stop.version,
                "holds": [hold_document(hold, origins) for hold in held.holds],
            }
            for held in uses.releases
        ],
    }


def _row(use: Use, origins: Origins) -> list[str | Line]:
    return [use.target, " ".join(use.environments), use.stop.label, *way_cells(use.routes[0], origins)]


def _places(uses: Sequence[Use], place: int) -> tuple[str, ...]:
    return tuple(sorted({name for use in uses if use.stop.place == place for name in use.environments}))
