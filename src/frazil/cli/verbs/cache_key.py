"""`frazil cache key`: under which key a CI service should keep store and cache."""

from frazil.cache_keys import CacheKey, cache_key
from frazil.cli.context import Answer, Context
from frazil.cli.verbs.cache_answers import cache_document
from frazil.errors import UsageError
from frazil.report.envelope import Document
from frazil.report.lines import line
from frazil.settings import Settings


def key_answer(context: Context) -> Answer:
    """Print the key, then the beginnings of older keys that will do, one a line."""
    arguments, settings = context.arguments, context.settings()
    if len(arguments.words) > 1:
        raise UsageError("`frazil cache key` is for store and cache together", hint="it takes --target and --env")
    found = cache_key(
        context.project, context.lock, settings, targets=arguments.targets, environments=arguments.environments
    )
    lines = tuple(line(text) for text in (found.key, *found.prefixes))
    return Answer(document=lambda: _document(found, settings), data=lambda: lines)


def _document(found: CacheKey, settings: Settings) -> Document:
    places = [("store", settings.store), ("cache", settings.cache)]
    shown = [{"name": name, "path": str(path), "files": None, "size": None} for name, path in places]
    return cache_document("key", shown, key=found.key, restore_keys=found.prefixes)
