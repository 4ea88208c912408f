"""`frazil fetch`: bring exactly what the lock lists."""

from frazil.cli.context import Answer, Context
from frazil.report.fetch_summary import fetch_document, fetch_lines


def answer(context: Context) -> Answer:
    """Fetch from the lock."""
    arguments = context.arguments
    report = context.api.fetch(
        context.project,
        lock=context.lock,
        targets=arguments.targets,
        environments=arguments.environments,
        out=context.path(arguments.out),
        layout=arguments.layout,
        link_mode=arguments.link_mode,
        build=arguments.build,
        all_artifacts=arguments.all_artifacts,
        locked=arguments.locked,
        frozen=arguments.frozen,
        check=arguments.check,
        dry_run=arguments.dry_run,
        settings=context.settings(),
    )
    return Answer(
        document=lambda: fetch_document(report),
        words=lambda: fetch_lines(report, context.folder, verbose=context.verbose, dry_run=arguments.dry_run),
        costs=report.costs,
        warnings=report.warnings,
    )
