"""`frazil diff`: what differs between two locks, from the locks alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import compared_locks, read_lock
from frazil.frozen.comparison import compare
from frazil.frozen.selection import choose_among
from frazil.report.comparison import comparison_document, comparison_lines, comparison_markdown, comparison_words


def answer(context: Context) -> Answer:
    """Compare two locks."""
    arguments = context.arguments
    old, new = compared_locks(context)
    before, after = read_lock(context, old), read_lock(context, new)
    targets, environments = choose_among(
        (before, after), targets=arguments.targets, environments=arguments.environments
    )
    comparison = compare(before, after, targets=targets, environments=environments)
    markdown = arguments.format == "markdown"
    return Answer(
        document=lambda: comparison_document(comparison, old.name, new.name),
        text=comparison_markdown(comparison, old.name, new.name) if markdown else None,
        data=lambda: () if markdown else comparison_lines(comparison),
        words=lambda: () if markdown else comparison_words(comparison),
        exit_code=int(arguments.exit_code and bool(comparison)),
    )
