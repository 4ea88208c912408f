"""`frazil import`: resolve with the versions of another tool's lock."""

from frazil.cli.context import Answer, Context
from frazil.cli.verbs.resolving import asked_rules
from frazil.report.import_summary import import_document, import_lines


def answer(context: Context) -> Answer:
    """Take over a lock."""
    arguments = context.arguments
    report = context.api.import_lock(
        context.project,
        context.path(arguments.words[0] if arguments.words else None),
        lock=context.lock,
        dry_run=arguments.dry_run,
        engine=arguments.engine,
        prove=arguments.prove,
        rules=asked_rules(context),
        settings=context.settings(),
    )
    return Answer(
        document=lambda: import_document(report, dry_run=arguments.dry_run),
        words=lambda: import_lines(report, context.folder, verbose=context.verbose, dry_run=arguments.dry_run),
        costs=report.resolve.costs,
        warnings=report.resolve.warnings,
    )
