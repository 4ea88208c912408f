"""Which targets a change concerns: names for a script, a matrix for a workflow, an object for a program."""

import json
from collections.abc import Sequence

from frazil.frozen.affected import Affected
from frazil.model import Environment
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, line, listed
from frazil.report.units import counted

MOST_PROJECTS = 4


def affected_lines(found: Sequence[Affected]) -> tuple[Line, ...]:
    """Name the targets, each once."""
    return tuple(line(name) for name in _targets(found))


def affected_words(found: Sequence[Affected], targets: int, environments: Sequence[str]) -> Line:
    """Say in one line how many of the targets it is, for which projects, and where if not in all of `environments`."""
    projects = sorted({project for each in found for project in each.projects})
    places = {each.environment for each in found}
    named = f" ({listed(projects, most=MOST_PROJECTS)})" if projects else ""
    where = f", only for {', '.join(sorted(places))}" if places and places < {*environments} else ""
    return line(f"{len(_targets(found))} of {counted(targets, 'target')}{named}{where}")


def affected_details(found: Sequence[Affected]) -> tuple[Line, ...]:
    """Say of each target in each environment why."""
    return aligned([[each.target, each.environment, _why(each)] for each in found])


def _why(each: Affected) -> Line:
    """Return in words why a target is concerned."""
    words = {
        "unreadable": "nothing to compare with",
        "new": "new",
        "environment": "another interpreter or platform",
        "closure": f"other files of {listed(each.projects)}",
        "sources": f"changed: {listed(each.files)}",
    }
    return line(dim(", ".join(words[reason] for reason in each.reasons)))


def affected_matrix(found: Sequence[Affected], environments: Sequence[Environment]) -> str:
    """Return one line of JSON that a workflow's `matrix` takes."""
    return json.dumps({"include": [_pair(each, environments) for each in found]}) + "\n"


def affected_document(
    found: Sequence[Affected],
    environments: Sequence[Environment],
    *,
    old: str,
    new: str,
    since: str | None,
    unreadable: Sequence[str],
    count: int,
) -> Document:
    """Return what `affected` answers; `count` is the number of targets that were looked at."""
    return {
        "old": old,
        "new": new,
        "since": since,
        "everything": bool(unreadable),
        "unreadable": list(unreadable),
        "count": count,
        "targets": _targets(found),
        "affected": [
            {
                **_pair(each, environments),
                "reasons": list(each.reasons),
                "projects": list(each.projects),
                "files": list(each.files),
            }
            for each in found
        ],
    }


def _pair(each: Affected, environments: Sequence[Environment]) -> Document:
    environment = next(other for other in environments if other.name == each.environment)
    return {
        "target": each.target,
        "environment": each.environment,
        "python": environment.python,
        "platform": environment.platform,
    }


def _targets(found: Sequence[Affected]) -> list[str]:
    return sorted({each.target for each in found})
