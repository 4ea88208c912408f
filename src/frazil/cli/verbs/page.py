"""`frazil report html`: a page that shows a lock, or what changed from one to another."""

from collections.abc import Iterable

from frazil.atomic import write_atomically
from frazil.cli.context import Answer, Context
from frazil.cli.reading import named_lock, own_lock, read_lock
from frazil.frozen.cutting import cut
from frazil.frozen.model import Frozen
from frazil.frozen.selection import choose_among
from frazil.frozen.walk import walked_targets
from frazil.references import LockReference
from frazil.report.html import format_page
from frazil.report.page_data import page_document
from frazil.report.page_summary import page_line, page_summary


def page_answer(context: Context) -> Answer:
    """Write the page to a file or to standard output."""
    old, new = _references(context)
    locks = [read_lock(context, each) for each in (new, old) if each is not None]
    frozen, *before = _selected(context, locks)
    page = format_page(page_document(frozen, *before, compared_with=old.name if old else None))
    file = context.path(context.arguments.out)
    if file is None:
        text = page.decode()
        return Answer(document=lambda: page_summary(frozen, page, file=None), text=text)
    write_atomically(file, page)
    return Answer(
        document=lambda: page_summary(frozen, page, file=file),
        words=lambda: (page_line(frozen, page, file, context.folder),),
    )


def _references(context: Context) -> tuple[LockReference | None, LockReference]:
    """Return the lock to compare with, if one is named, and the lock to show: the project's own by default."""
    named = [named_lock(context, word) for word in context.arguments.words[1:]]
    if not named:
        return None, own_lock(context)
    return named[0], named[1] if len(named) > 1 else own_lock(context)


def _selected(context: Context, locks: list[Frozen]) -> Iterable[Frozen]:
    """Cut locks to the targets and environments that are asked for, if any are."""
    arguments = context.arguments
    targets, environments = choose_among(locks, targets=arguments.targets, environments=arguments.environments)
    if targets is None and environments is None:
        return locks
    return [
        cut(
            frozen,
            [target for target in walked_targets(frozen) if targets is None or target.name in targets],
            frozen.environments_by_name.keys() & (environments or frozen.environments_by_name.keys()),
        )
        for frozen in locks
    ]
