"""`frazil fetch`: bring exactly what the lock lists."""

from frazil.cli.context import Answer, Context
from frazil.delivery import FetchReport
from frazil.report.fetch_summary import fetch_document, fetch_lines
from frazil.values import replace


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
    if report.evidence is None:
        return _told(report, context)
    # How a document tells of what was brought back again is left to who does it the long way.
    then = None if arguments.json else _told(report.settled(linked=True), context)
    return replace(_told(report, context), next=replace(_told(report.settled(), context), then=then))


def _told(report: FetchReport, context: Context) -> Answer:
    dry_run = context.arguments.dry_run
    return Answer(
        document=lambda: fetch_document(report),
        words=lambda: fetch_lines(report, context.folder, verbose=context.verbose, dry_run=dry_run),
        costs=report.costs,
        warnings=report.warnings,
        evidence=report.evidence,
    )
