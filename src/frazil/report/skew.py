"""The projects of which a lock pins several versions: as lines for a person, as an object for a program."""

from collections.abc import Iterator, Sequence

from frazil.frozen.skew import Side, Skew
from frazil.report.changes import reason_document, said
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, indented, line, listed, strong
from frazil.report.units import counted, size

MOST_TARGETS = 4


def skew_lines(skews: Sequence[Skew]) -> tuple[Line, ...]:
    """Say of each project which versions there are, where, for whom, and which wishes keep them apart."""
    return tuple(each for skew in skews for each in _lines(skew))


def skew_totals(skews: Sequence[Skew]) -> str:
    """Say in one line how many there are and what they cost."""
    if not skews:
        return "every project has one version"
    return f"{counted(len(skews), 'project')} in several versions · {size(sum(skew.cost for skew in skews))} more"


def skew_document(skews: Sequence[Skew]) -> Document:
    """Return what `report skew` answers."""
    return {
        "report": "skew",
        "skews": [
            {
                "name": skew.name,
                "between": skew.between,
                "cost": skew.cost,
                "sides": [_side_document(side) for side in skew.sides],
            }
            for skew in skews
        ],
    }


def _lines(skew: Skew) -> Iterator[Line]:
    yield line(strong(skew.name), dim(f"  differs between {skew.between}, costs {size(skew.cost)}"))
    rows: list[list[str | Line]] = [
        [
            side.version or "a folder",
            size(side.size),
            _places(side),
            listed(side.targets, most=MOST_TARGETS),
            line(dim(listed([said(reason) for reason in side.reasons], most=2))),
        ]
        for side in skew.sides
    ]
    yield from indented(aligned(rows, gap=3))


def _places(side: Side) -> str:
    by_resolve: dict[str, list[str]] = {}
    for resolve, environment in side.places:
        by_resolve.setdefault(resolve, []).append(environment)
    return ", ".join(f"{resolve} ({' '.join(names)})" for resolve, names in by_resolve.items())


def _side_document(side: Side) -> Document:
    return {
        "version": side.version,
        "places": [{"resolve": resolve, "environment": environment} for resolve, environment in side.places],
        "targets": list(side.targets),
        "reasons": [reason_document(reason) for reason in side.reasons],
        "size": side.size,
    }
