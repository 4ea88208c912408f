"""`frazil bundle`, `frazil bundle verify`, `frazil import-bundle`: everything for a machine without a network."""

from frazil.cli.context import Answer, Context
from frazil.errors import UsageError
from frazil.report.bundle_summary import (
    bundle_document,
    bundle_lines,
    import_bundle_document,
    import_bundle_lines,
    verify_document,
    verify_lines,
)

_VERIFY = "verify"


def answer(context: Context) -> Answer:
    """Make a bundle, check one, or take one over."""
    arguments = context.arguments
    if arguments.command == "import-bundle":
        return _taken_over(context)
    if arguments.words[:1] == (_VERIFY,):
        return _verified(context)
    out = context.path(arguments.out)
    if out is None:
        raise UsageError("`frazil bundle` needs a place", hint="-o DIR makes a folder, -o FILE.tar a tar")
    report = context.api.make_bundle(
        context.project,
        out=out,
        lock=context.lock,
        targets=(*arguments.targets, *arguments.words),
        environments=arguments.environments,
        add_to=context.path(arguments.add_to),
        local=not arguments.no_local,
        sources=arguments.with_sources,
        locked=arguments.locked,
        frozen=arguments.frozen,
        dry_run=arguments.dry_run,
        settings=context.settings(),
    )
    return Answer(
        document=lambda: bundle_document(report),
        words=lambda: bundle_lines(report, context.folder, verbose=context.verbose),
        costs=report.costs,
        warnings=report.warnings,
    )


def _taken_over(context: Context) -> Answer:
    path = context.path(next(iter(context.arguments.words), None))
    if path is None:
        raise UsageError("`frazil import-bundle` needs a bundle", hint="name its folder or its tar")
    report = context.api.import_bundle(path, settings=context.settings())
    return Answer(document=lambda: import_bundle_document(report), words=lambda: import_bundle_lines(report))


def _verified(context: Context) -> Answer:
    words = context.arguments.words
    path = context.path(words[1]) if len(words) == 2 else None
    if path is None:
        raise UsageError("`frazil bundle verify` needs one bundle", hint="name its folder or its tar")
    report = context.api.verify_bundle(path)
    return Answer(document=lambda: verify_document(report), words=lambda: verify_lines(report))
