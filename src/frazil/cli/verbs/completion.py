"""`frazil completion`: a script that completes verbs and options without running frazil."""

import argparse
from collections.abc import Mapping

from frazil.cli.commands import BY_NAME, COMMANDS, Command
from frazil.cli.context import Answer, Context
from frazil.cli.grammar import build_parser
from frazil.cli.options import BY_FIELD
from frazil.errors import UsageError
from frazil.report.envelope import text_document


def answer(context: Context) -> Answer:
    """Print the script of a shell."""
    words = context.arguments.words
    if not words:
        raise UsageError("`frazil completion` needs a shell", hint="it takes bash, zsh, fish or tcsh")
    text = script(words[0])
    return Answer(document=lambda: text_document(text), text=text)


def script(shell: str) -> str:
    """Return the completion script of a shell that shtab knows."""
    import shtab  # noqa: PLC0415 - only this verb needs it

    places = {"file": shtab.FILE, "folder": shtab.DIRECTORY}
    parser = argparse.ArgumentParser(prog="frazil", add_help=False, description="resolve once, fetch what was locked")
    verbs = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        verb = verbs.add_parser(command.name, aliases=command.aliases, help=command.summary, add_help=False)
        build_parser(command, parser=verb)
        for action in verb._actions:  # noqa: SLF001 - argparse has no other way to its actions
            _describe(action, command, places)
    return f"{shtab.complete(parser, shell=shell).rstrip()}\n"


def _describe(action: argparse.Action, command: Command, places: Mapping[str, object]) -> None:
    """Tell shtab what stands in the tables and not in the parsers: choices, help, which values are paths."""
    option = BY_FIELD.get(action.dest)
    if option is not None:
        action.choices = option.choices or None
        action.help = option.help
        if option.completes:
            # The attribute is shtab's own protocol.
            action.complete = places[option.completes]  # type: ignore[attr-defined]
    elif command.positional is not None:
        verbs = tuple(BY_NAME) if command.name == "help" else None
        action.choices = command.positional.choices[0] if command.positional.choices else verbs
        action.help = command.positional.help
