"""`frazil why-not`: why a version was not chosen, from the lock and what was kept beside it, else from the index."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import only_word
from frazil.references import lock_file
from frazil.report.why_not import why_not_document, why_not_lines, why_not_sources
from frazil.whereabouts import Whereabouts


def answer(context: Context) -> Answer:
    """Explain what is not in the lock."""
    written = only_word(context, "a project", "flask==3.1")
    found = context.api.why_not(
        context.project,
        written,
        lock=context.lock,
        environments=context.arguments.environments,
        settings=context.settings(),
    )
    lock = context.lock or context.api.find_lock(context.project)
    origins = Whereabouts(lock_file(lock), environ=context.environ)
    return Answer(
        document=lambda: why_not_document(found, origins),
        data=lambda: why_not_lines(found, origins),
        words=lambda: why_not_sources(found),
        warnings=found.warnings,
    )
