"""`frazil cache prune`: drop what is old, what is too much, or what a CI job need not carry on."""

import time
from collections.abc import Collection
from datetime import UTC, datetime

from frazil.cli.context import Context
from frazil.errors import ConfigurationError, UsageError
from frazil.project.cutoff import parse_cutoff
from frazil.upkeep import Item, Pruning, parse_size, prunable, prune, to_prune

DEFAULT_AGE = "30 days"


def removed_items(places: Collection[str], context: Context) -> list[Item]:
    """Remove what is to go and return it; under `--dry-run` only return it."""
    arguments, settings = context.arguments, context.settings()
    bare = arguments.older_than is None and arguments.max_size is None and not arguments.ci
    age = DEFAULT_AGE if bare else arguments.older_than
    pruning = Pruning(
        before=None if age is None else _instant(age),
        most=None if arguments.max_size is None else parse_size(arguments.max_size),
        carried=arguments.ci,
    )
    going = to_prune(prunable(settings, places), pruning, now=time.time())
    return going if arguments.dry_run else prune(settings, going)


def _instant(text: str) -> float:
    try:
        found = parse_cutoff(text, datetime.now(UTC))
    except ConfigurationError:
        found = None
    if found is None:
        raise UsageError(f"`--older-than` takes a time, not {text!r}", hint="write 30 days, 12h, P2W or 2026-01-31")
    return found.timestamp()
