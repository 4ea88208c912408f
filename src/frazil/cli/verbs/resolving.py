"""`frazil resolve`: choose versions and write the lock."""

from frazil.cli.context import Answer, Context
from frazil.freeze import ResolveReport
from frazil.model import Rules
from frazil.report.resolve_summary import resolve_document, resolve_lines


def answer(context: Context) -> Answer:
    """Resolve the project."""
    arguments = context.arguments
    report = context.api.resolve(
        context.project,
        lock=context.lock,
        upgrade=arguments.upgrade,
        upgrade_packages=arguments.upgrade_packages,
        locked=arguments.locked,
        check=arguments.check,
        dry_run=arguments.dry_run,
        engine=arguments.engine,
        prove=arguments.prove,
        keep_going=arguments.keep_going,
        rules=asked_rules(context),
        settings=context.settings(),
    )
    return _told(report, context, next_one=None if report.next is None else _told(report.next, context))


def _told(report: ResolveReport, context: Context, *, next_one: Answer | None = None) -> Answer:
    dry_run = context.arguments.dry_run
    return Answer(
        document=lambda: resolve_document(report, dry_run=dry_run),
        words=lambda: resolve_lines(report, context.folder, verbose=context.verbose, dry_run=dry_run),
        costs=report.costs,
        warnings=report.warnings,
        evidence=report.evidence,
        next=next_one,
    )


def asked_rules(context: Context) -> Rules:
    """Return the policy that the command line asks for."""
    arguments = context.arguments
    return Rules(
        prerelease=arguments.prerelease,
        resolution=arguments.resolution,
        exclude_newer=arguments.exclude_newer,
    )
