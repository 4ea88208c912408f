"""`frazil report`: what the lock as a whole looks like; only `stale` asks the index."""

from datetime import UTC, datetime

from frazil.cli.context import Answer, Context
from frazil.cli.reading import only_word, read_lock
from frazil.errors import UsageError
from frazil.frozen.licenses import licenses_of
from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.selection import choose
from frazil.frozen.sizes import sizes_of
from frazil.frozen.skew import skews
from frazil.report.lines import line
from frazil.report.skew import skew_document, skew_lines, skew_totals
from frazil.report.weights import (
    licenses_document,
    licenses_lines,
    licenses_totals,
    sizes_document,
    sizes_lines,
    sizes_totals,
)


def answer(context: Context) -> Answer:
    """Make a report."""
    arguments = context.arguments
    kind = only_word(context, "to know which report: skew, sizes, licenses, stale or html", "sizes")
    if kind == "html":
        from frazil.cli.verbs.page import page_answer  # noqa: PLC0415 - only this report brings a page along

        return page_answer(context)
    _refuse_more(context, kind)
    frozen = read_lock(context)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments)
    match kind:
        case "skew":
            return _skew(frozen, targets, environments)
        case "sizes":
            sizes = sizes_of(frozen, targets, environments)
            return Answer(
                document=lambda: sizes_document(sizes),
                data=lambda: sizes_lines(sizes),
                words=lambda: (line(sizes_totals(sizes)),),
            )
        case "licenses":
            licenses = licenses_of(frozen, targets, environments)
            return Answer(
                document=lambda: licenses_document(licenses),
                data=lambda: licenses_lines(licenses, verbose=context.verbose),
                words=lambda: (line(licenses_totals(licenses)),),
            )
        case _:
            return _stale(context, frozen, targets, environments)


def _refuse_more(context: Context, kind: str) -> None:
    """Raise UsageError for what only the page takes: locks to compare, and a file."""
    if context.arguments.words[1:]:
        raise UsageError(f"`frazil report {kind}` compares no locks", hint="`frazil diff OLD NEW` does")
    # The variable is a fetch's too, and may be set for all of a day's work.
    if context.arguments.out not in {None, context.environ.get("FRAZIL_OUT")}:
        raise UsageError(f"`frazil report {kind}` writes no file", hint="send its output to one with `>`")


def _skew(frozen: Frozen, targets: tuple[FrozenTarget, ...], environments: tuple[str, ...]) -> Answer:
    names = {target.name for target in targets}
    found = tuple(
        skew
        for skew in skews(frozen)
        if any(names & {*side.targets} for side in skew.sides)
        and any(environment in environments for side in skew.sides for _, environment in side.places)
    )
    return Answer(
        document=lambda: skew_document(found),
        data=lambda: skew_lines(found),
        words=lambda: (line(skew_totals(found)),),
    )


def _stale(
    context: Context, frozen: Frozen, targets: tuple[FrozenTarget, ...], environments: tuple[str, ...]
) -> Answer:
    from frazil.report.ages import ages_document, ages_lines, ages_totals  # noqa: PLC0415 - knows the network

    ages = context.api.read_ages(frozen, targets, environments, now=datetime.now(UTC), settings=context.settings())
    return Answer(
        document=lambda: ages_document(ages),
        data=lambda: ages_lines(ages),
        words=lambda: (line(ages_totals(ages)),),
        costs=ages.costs,
    )
