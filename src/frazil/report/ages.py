"""How old the pins of a lock are: as lines for a person, as an object for a program."""

from datetime import datetime

from frazil.ageing import Age, Ages
from frazil.report.costs_summary import costs_document
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, changed, dim, going, line, listed
from frazil.report.units import counted
from frazil.report.ways import stop_document

MOST_TARGETS = 3


def ages_lines(ages: Ages) -> tuple[Line, ...]:
    """Say of each release how old it is, what is newer, and what is wrong with it; the oldest first."""
    oldest_first = sorted(ages.ages, key=lambda age: (age.uploaded is None, age.uploaded, age.stop.name))
    return aligned([_row(age, ages.now) for age in oldest_first], gap=3)


def ages_totals(ages: Ages) -> str:
    """Say in one line how many releases are behind, yanked, archived or gone."""
    counts = [
        (sum(_is_behind(age) for age in ages.ages), "with a newer release"),
        (sum(age.yanked is not None for age in ages.ages), "yanked"),
        *((sum(age.status == status for age in ages.ages), status) for status in _STATUSES),
    ]
    facts = [f"{count} {what}" for count, what in counts if count]
    return f"asked the index about {counted(len(ages.ages), 'release')}: {', '.join(facts) or 'all are the newest'}"


def ages_document(ages: Ages) -> Document:
    """Return what `report stale` answers."""
    return {
        "report": "stale",
        "now": ages.now.isoformat(),
        "releases": [
            {
                **stop_document(age.stop),
                "targets": list(age.targets),
                "uploaded": _instant(age.uploaded),
                "age-days": _days(age.uploaded, ages.now),
                "newest": age.newest,
                "newest-uploaded": _instant(age.newest_uploaded),
                "behind": _is_behind(age),
                "yanked": age.yanked,
                "status": age.status,
            }
            for age in ages.ages
        ],
        "costs": costs_document(ages.costs),
    }


_STATUSES = ("archived", "deprecated", "quarantined", "gone")


def _row(age: Age, now: datetime) -> list[str | Line]:
    days = _days(age.uploaded, now)
    newest = line(changed(f"{age.newest}"), dim(_day(age.newest_uploaded))) if _is_behind(age) else line("")
    yanked = "" if age.yanked is None else f"yanked: {age.yanked}" if age.yanked else "yanked"
    status = age.status if age.status in _STATUSES else ""
    return [
        age.stop.label,
        "age unknown" if days is None else counted(days, "day"),
        newest,
        line(going(", ".join(filter(None, (yanked, status))))),
        line(dim(listed(age.targets, most=MOST_TARGETS))),
    ]


def _is_behind(age: Age) -> bool:
    return age.newest is not None and age.newest != age.stop.version


def _days(uploaded: datetime | None, now: datetime) -> int | None:
    return None if uploaded is None else max(0, (now - uploaded).days)


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"  {instant:%Y-%m-%d}"


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
