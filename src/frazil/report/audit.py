"""What is known of the releases of a lock: as lines for a person, as an object for a program."""

from frazil.advisories.model import Advisory
from frazil.auditing import Audit, Finding
from frazil.frozen.uses import Use
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, going, indented, line, listed
from frazil.report.units import counted
from frazil.report.ways import Origins, hold_document, hold_line, route_document, way_cells

MOST_TARGETS = 4
MOST_UNAUDITED = 5


def audit_lines(audit: Audit, origins: Origins, *, verbose: bool = False) -> tuple[Line, ...]:
    """Say for each release what is known of it, what mends it, who ships it, and what holds it back."""
    lines: list[Line] = []
    for finding in audit.findings:
        if lines:
            lines.append(())
        lines += _finding_lines(finding, origins, verbose=verbose)
    return tuple(lines)


def audit_words(audit: Audit) -> tuple[Line, ...]:
    """Say in one line what was found, and then what was passed over or could not be looked up."""
    count = sum(len(finding.advisories) for finding in audit.findings)
    asked = listed(audit.sources, most=3)
    found = f"{counted(count, 'vulnerability', 'vulnerabilities')} in {counted(len(audit.findings), 'release')}"
    total = f"{found if count else 'no known vulnerability'} · {counted(audit.audited, 'release')} looked up in {asked}"
    return (line(total), *_passed_over(audit))


def audit_warnings(audit: Audit) -> tuple[str, ...]:
    """Return what must not be overlooked though nothing was found there."""
    silent = [f"{stop.label}: {reason}" for stop, reason in audit.unaudited]
    unknown = f"{counted(len(silent), 'release')} could not be looked up ({listed(silent, most=MOST_UNAUDITED)})"
    unused = [f"--ignore {text} passed over nothing" for text in audit.unused]
    return (*((unknown,) if silent else ()), *unused)


def audit_document(audit: Audit, origins: Origins) -> Document:
    """Return what `audit` answers."""
    return {
        "findings": [_finding_document(finding, origins) for finding in audit.findings],
        "ignored": [{**_release(stop.name, stop.version), "id": each.id} for stop, each in audit.ignored],
        "unaudited": [{**_release(stop.name, stop.version), "reason": reason} for stop, reason in audit.unaudited],
        "audited": audit.audited,
        "sources": list(audit.sources),
        "costs": costs_document(audit.costs),
    }


def _passed_over(audit: Audit) -> tuple[Line, ...]:
    if not audit.ignored:
        return ()
    return (line(dim(f"passed over: {listed([f'{each.id} of {stop.label}' for stop, each in audit.ignored])}")),)


def _finding_lines(finding: Finding, origins: Origins, *, verbose: bool) -> list[Line]:
    mends = "nothing mends all of it yet" if finding.mended is None else f"mended in {finding.mended}"
    rows = [_advisory_row(each) for each in finding.advisories]
    uses = finding.uses if verbose else finding.uses[:MOST_TARGETS]
    shown = [_use_row(use, origins) for use in uses]
    more = len(finding.uses) - len(uses)
    holds = [
        hold_line(hold, "held back", origins, places=_places(finding)) for held in finding.held for hold in held.holds
    ]
    return [
        line(going(finding.stop.label), f"  {mends}"),
        *indented(aligned(rows, gap=3)),
        *indented(aligned(shown, gap=3)),
        *indented([line(dim(f"and {counted(more, 'more target')} (-v shows all)"))] if more else []),
        *indented(holds),
    ]


def _advisory_row(advisory: Advisory) -> list[str | Line]:
    names = ", ".join((advisory.id, *advisory.aliases[:2]))
    return [names, line(going((advisory.severity or "").lower())), advisory.summary]


def _use_row(use: Use, origins: Origins) -> list[str | Line]:
    return [use.target, " ".join(use.environments), *way_cells(use.routes[0], origins)]


def _places(finding: Finding) -> tuple[str, ...]:
    return tuple(sorted({name for use in finding.uses for name in use.environments}))


def _finding_document(finding: Finding, origins: Origins) -> Document:
    return {
        **_release(finding.stop.name, finding.stop.version),
        "mended": finding.mended,
        "advisories": [
            {
                "id": each.id,
                "aliases": list(each.aliases),
                "summary": each.summary,
                "severity": each.severity,
                "fixed": list(each.fixed),
                "url": each.url,
            }
            for each in finding.advisories
        ],
        "uses": [
            {
                "target": use.target,
                "environments": list(use.environments),
                "filenames": list(use.filenames),
                "routes": [route_document(route, origins) for route in use.routes],
            }
            for use in finding.uses
        ],
        "holds": [hold_document(hold, origins) for held in finding.held for hold in held.holds],
    }


def _release(name: str, version: str | None) -> Document:
    return {"name": name, "version": version}
