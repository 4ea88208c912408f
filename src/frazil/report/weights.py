"""Sizes, licenses and skew of a lock: as lines for a person, as objects for a program."""

from collections.abc import Sequence

from frazil.frozen.licenses import Licensed
from frazil.frozen.sizes import Sizes, TargetSize, Weight
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, line, listed
from frazil.report.units import counted, size
from frazil.report.ways import stop_document

MOST_NAMED = 5
"""Releases that a line names."""


# Sizes -----------------------------------------------------------------------------------------------------


def sizes_lines(sizes: Sizes) -> tuple[Line, ...]:
    """Say for each target, and each of its environments, what it ships and what only it brings."""
    return aligned([_size_row(row) for row in sizes.rows], gap=3)


def sizes_totals(sizes: Sizes) -> str:
    """Say in one line what all of it is together."""
    targets = len({row.target for row in sizes.rows})
    return f"{counted(targets, 'target')} · {_weight(sizes.whole)}"


def sizes_document(sizes: Sizes) -> Document:
    """Return what `report sizes` answers."""
    return {
        "report": "sizes",
        "targets": [
            {
                "target": row.target,
                "environment": row.environment,
                **_weight_document(row.whole),
                "alone": _weight_document(row.alone),
            }
            for row in sizes.rows
        ],
        "whole": _weight_document(sizes.whole),
    }


def _size_row(row: TargetSize) -> list[str | Line]:
    name = row.target if row.environment is None else f"  {row.environment}"
    alone = f"only it: {_weight(row.alone)}" if row.alone.artifacts else ""
    return [name, counted(row.whole.artifacts, "artifact"), size(row.whole.size), line(dim(alone))]


def _weight(weight: Weight) -> str:
    return f"{counted(weight.artifacts, 'artifact')}, {size(weight.size)}"


def _weight_document(weight: Weight) -> Document:
    return {"artifacts": weight.artifacts, "size": weight.size}


# Licenses --------------------------------------------------------------------------------------------------


def licenses_lines(licenses: Sequence[Licensed], *, verbose: bool = False) -> tuple[Line, ...]:
    """Say for each license which releases are under it; unclear ones last."""
    rows: list[list[str | Line]] = [
        [
            _license(each),
            str(len(each.releases)),
            listed([stop.label for stop in each.releases], most=len(each.releases) if verbose else MOST_NAMED),
            line(dim(", ".join(each.targets) if verbose else "")),
        ]
        for each in licenses
    ]
    return aligned(rows, gap=3)


def licenses_totals(licenses: Sequence[Licensed]) -> str:
    """Say in one line how much is clear."""
    releases = sum(len(each.releases) for each in licenses)
    unclear = sum(len(each.releases) for each in licenses if each.spdx is None)
    rest = f" · {unclear} without an SPDX expression" if unclear else ""
    return f"{counted(len(licenses), 'license')} · {counted(releases, 'release')}{rest}"


def licenses_document(licenses: Sequence[Licensed]) -> Document:
    """Return what `report licenses` answers."""
    return {
        "report": "licenses",
        "licenses": [
            {
                "spdx": each.spdx,
                "basis": each.basis,
                "stated": each.stated,
                "releases": [stop_document(stop) for stop in each.releases],
                "targets": list(each.targets),
            }
            for each in licenses
        ],
    }


def _license(each: Licensed) -> str:
    if each.spdx is not None:
        return each.spdx if each.basis == "expression" else f"{each.spdx} (classifier)"
    return "not stated" if each.stated is None else f'"{each.stated}"'
