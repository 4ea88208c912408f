"""`frazil help`, `--help` and `--version`."""

from frazil.cli.commands import BY_NAME, COMMANDS, Command
from frazil.cli.context import Answer
from frazil.cli.help import command_help, overview
from frazil.cli.values import near, quoted
from frazil.errors import UsageError
from frazil.report.envelope import text_document
from frazil.report.lines import Line, plain


def help_answer(name: str | None, width: int) -> Answer:
    """Show the help of a verb, or of frazil. Raises UsageError for a verb that is none."""
    lines = overview(width) if name is None else command_help(_known(name), width)
    return Answer(document=lambda: text_document(_text(lines)), data=lambda: lines)


def version_answer() -> Answer:
    """Show the version."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 20 ms that only this pays

    try:
        text = f"frazil {version('frazil')}\n"
    except PackageNotFoundError:
        text = "frazil, not installed\n"
    return Answer(document=lambda: text_document(text), text=text)


def _known(name: str) -> Command:
    command = BY_NAME.get(name)
    if command is None:
        verbs = ", ".join(each.name for each in COMMANDS)
        meant = near(name, BY_NAME)
        hint = f"did you mean {meant}? " if meant else ""
        raise UsageError(f"there is no command {quoted(name)}", hint=f"{hint}The commands are {verbs}")
    return command


def _text(lines: tuple[Line, ...]) -> str:
    return "".join(f"{plain(each)}\n" for each in lines)
