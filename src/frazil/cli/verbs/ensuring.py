"""`frazil ensure`: what these targets need, with the least work."""

from frazil.cli.context import Answer, Context
from frazil.cli.verbs.resolving import asked_rules
from frazil.report.ensure_summary import ensure_document, ensure_lines
from frazil.tiers import FETCH_RESULT, RESOLVE_RESULT, EnsureReport
from frazil.values import replace


def answer(context: Context) -> Answer:
    """Fall through the tiers to the first that holds."""
    arguments = context.arguments
    report = context.api.ensure(
        context.project,
        lock=context.lock,
        targets=arguments.targets,
        environments=arguments.environments,
        out=context.path(arguments.out),
        layout=arguments.layout,
        link_mode=arguments.link_mode,
        build=arguments.build,
        upgrade=arguments.upgrade,
        upgrade_packages=arguments.upgrade_packages,
        locked=arguments.locked,
        frozen=arguments.frozen,
        check=arguments.check,
        dry_run=arguments.dry_run,
        engine=arguments.engine,
        prove=arguments.prove,
        keep_going=arguments.keep_going,
        rules=asked_rules(context),
        settings=context.settings(),
    )
    resolved = report.resolve
    return Answer(
        document=lambda: ensure_document(report, dry_run=arguments.dry_run),
        words=lambda: ensure_lines(report, context.folder, verbose=context.verbose, dry_run=arguments.dry_run),
        costs=report.fetch.costs if resolved is None else resolved.costs + report.fetch.costs,
        seconds=report.seconds,
        warnings=(*(resolved.warnings if resolved else ()), *report.fetch.warnings),
        evidence=report.fetch.evidence if report.tier == FETCH_RESULT else None,
        then=None if arguments.json else _relinked(report, context),
    )


def _relinked(report: EnsureReport, context: Context) -> Answer:
    """Say what a run says that finds the output gone and all else in place."""
    linked = replace(report, tier=RESOLVE_RESULT, fetch=report.fetch.settled(linked=True))
    return Answer(document=dict, words=lambda: ensure_lines(linked, context.folder))
