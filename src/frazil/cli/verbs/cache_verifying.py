"""`frazil cache verify`: hash everything again, and with `--repair` remove what is damaged."""

from collections.abc import Collection
from contextlib import nullcontext

from frazil.atomic import forbid_writes
from frazil.cli.context import Answer, Context
from frazil.cli.verbs.cache_answers import cache_document
from frazil.errors import IntegrityError
from frazil.report.envelope import Document
from frazil.report.lines import Line, line
from frazil.report.units import counted
from frazil.upkeep import STORE, Checked, verify

_MOST_SHOWN = 20


def verified(places: Collection[str], context: Context) -> Answer:
    """Say that all is sound or what was removed; raise IntegrityError where something is damaged and stays."""
    repairs = context.arguments.repair and not context.arguments.dry_run
    settings = context.settings()
    with nullcontext() if repairs else forbid_writes():
        checked = verify(settings, places)
    damaged = [f"{path}: {clause}" for place in checked for path, clause in place.damaged]
    if damaged and not repairs:
        more = [f"and {len(damaged) - _MOST_SHOWN} more"] if len(damaged) > _MOST_SHOWN else []
        raise IntegrityError(
            f"{counted(len(damaged), 'file')} of {sum(place.entries for place in checked)} are damaged",
            details=(*damaged[:_MOST_SHOWN], *more),
            hint="`frazil cache verify --repair` removes them; the next run fetches them again",
        )
    paths = {place.place: str(settings.store if place.place == STORE else settings.cache) for place in checked}
    return Answer(document=lambda: _document(checked, paths), words=lambda: tuple(_words(each) for each in checked))


def _words(checked: Checked) -> Line:
    what = counted(checked.entries, "artifact" if checked.place == STORE else "resolution")
    removed = f"; removed {counted(len(checked.damaged), 'damaged one')}" if checked.damaged else ""
    return line(f"Verified {what} in the {checked.place}{removed}")


def _document(checked: list[Checked], paths: dict[str, str]) -> Document:
    places = [{"name": each.place, "path": paths[each.place], "files": each.entries, "size": None} for each in checked]
    damaged = [str(path) for each in checked for path, _ in each.damaged]
    return cache_document("verify", places, damaged=damaged)
