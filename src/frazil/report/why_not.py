"""Why a version was not chosen: as lines for a person, as an object for a program."""

from collections.abc import Iterator

from frazil.frozen.reasons import Reason
from frazil.model import Origin
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, indented, line, strong
from frazil.report.ways import Origins
from frazil.unchosen import Verdict, WhyNot

_SOURCES = {
    "lock": "from the lock",
    "kept": "from what the resolve turned down when it made the lock",
    "index": "from the index, asked now: nothing of it was kept with the lock",
}
_ANSWERS = ("chosen", "possible", "missing", "unknown")


def why_not_lines(found: WhyNot, origins: Origins) -> tuple[Line, ...]:
    """Say for each place what is there instead, and why."""
    lines: list[Line] = []
    for position, verdict in enumerate(found.verdicts):
        lines += [()] if position else []
        lines += _lines(found, verdict, origins)
    return tuple(lines)


def why_not_sources(found: WhyNot) -> tuple[Line, ...]:
    """Say where the answer is from."""
    return tuple(line(_SOURCES[source]) for source in _SOURCES if any(v.source == source for v in found.verdicts))


def why_not_document(found: WhyNot, origins: Origins) -> Document:
    """Return what `why-not` answers."""
    return {
        "name": found.name,
        "version": found.version,
        "verdicts": [
            {
                "resolve": verdict.resolve,
                "environments": list(verdict.environments),
                "pinned": verdict.pinned,
                "version": verdict.version,
                "kind": verdict.kind,
                "told": list(verdict.told),
                "reasons": [_reason_document(reason, origins) for reason in verdict.reasons],
                "source": verdict.source,
            }
            for verdict in found.verdicts
        ],
    }


def _lines(found: WhyNot, verdict: Verdict, origins: Origins) -> Iterator[Line]:
    places = dim(f"  {' '.join(verdict.environments)}")
    if verdict.kind in _ANSWERS:
        for position, told in enumerate(verdict.told):
            yield line(strong(told), places) if not position else line(f"  {told}")
        return
    opening = f"{found.name} {found.version} was not chosen" if found.version else f"no newer {found.name} was chosen"
    yield line(strong(f"{opening}: the lock has {verdict.pinned}"), places)
    yield from indented(aligned([_row(reason, origins) for reason in verdict.reasons]))
    yield from (line(f"  {told}") for told in verdict.told)


def _row(reason: Reason, origins: Origins) -> list[str | Line]:
    origin = _origin(reason, origins)
    who = reason.by if reason.version is None else f"{reason.by} {reason.version}"
    if reason.kind == "constraint":
        who = f"constraint of resolve {reason.by}" if reason.by else "constraint"
    what = reason.requirement.head if reason.kind == "constraint" else f"requires {reason.requirement.head}"
    return [who, what, line(dim(str(origin) if origin is not None and origin.file else ""))]


def _origin(reason: Reason, origins: Origins) -> Origin | None:
    match reason.kind:
        case "target":
            return origins.of_target(reason.by, reason.requirement, reason.file)
        case "constraint":
            return origins.of_policy(reason.by, reason.requirement, reason.file)
        case _:
            return None


def _reason_document(reason: Reason, origins: Origins) -> Document:
    origin = _origin(reason, origins)
    return {
        "kind": reason.kind,
        "by": reason.by,
        "version": reason.version,
        "requirement": str(reason.requirement),
        "file": origin.file if origin is not None and origin.file else None,
        "line": origin.line if origin is not None else None,
    }
