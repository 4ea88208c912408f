"""`frazil export`: the lock in a format of others."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import own_lock
from frazil.report.export_summary import export_document, export_lines

DEFAULT = "pylock"


def answer(context: Context) -> Answer:
    """Write the lock in another format, to files or to standard output."""
    arguments = context.arguments
    form = DEFAULT if arguments.format in {"text", "json"} else arguments.format
    report = context.api.export_lock(
        own_lock(context),
        form=form,
        out=context.path(arguments.out),
        targets=arguments.targets,
        environments=arguments.environments,
        per_target=arguments.per_target,
        local=not arguments.no_local,
        files_urls=tuple(_root(text) for text in arguments.files_urls),
        locked=arguments.locked,
        frozen=arguments.frozen,
        check=arguments.check,
        settings=context.settings(),
    )
    shown = report.files[0].text if report.files and report.files[0].path is None else None
    return Answer(
        document=lambda: export_document(report),
        words=lambda: export_lines(report, context.folder, verbose=context.verbose),
        text=shown,
        costs=report.costs,
        warnings=report.warnings,
    )


def _root(text: str) -> tuple[str, str]:
    """Read `URL` or `NAME=URL`."""
    head, mark, rest = text.partition("://")
    name, equals, scheme = head.rpartition("=")
    return name if equals else "", f"{scheme}{mark}{rest}"
