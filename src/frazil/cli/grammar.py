"""The words of a command line by the rules of argparse: for those that are not plain, and for completion scripts."""

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from frazil.cli.commands import Command, see
from frazil.cli.options import BY_SPELLING, Option, Takes
from frazil.cli.values import parse_value
from frazil.errors import UsageError


def build_parser(command: Command, *, parser: argparse.ArgumentParser | None = None) -> argparse.ArgumentParser:
    """Build a verb's parser (or give its options to one, for the completion scripts)."""
    if parser is None:
        # Help is ours to show: without a width argparse would import 5 ms to ask the terminal for one.
        form = partial(argparse.HelpFormatter, width=80)
        parser = _Parser(prog="frazil", add_help=False, allow_abbrev=False, exit_on_error=False, formatter_class=form)
    for option in command.options:
        _add(parser, option)
    if command.positional is not None:
        parser.add_argument("positionals", nargs="*", default=[], metavar=command.positional.metavar)
    return parser


def read_words(command: Command, words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the values by field (and `positionals`), and what is none of a verb's. Raises UsageError."""
    try:
        # Intermixed: `frazil fetch a --offline b` names two targets.
        namespace, extras = build_parser(command).parse_known_intermixed_args(list(words))
    except argparse.ArgumentError as error:
        raise _in_our_words(command, error) from None
    return vars(namespace), extras


class _Parser(argparse.ArgumentParser):
    """argparse, but its mistakes are ours to tell."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    match option.takes:
        case Takes.NOTHING:
            parser.add_argument(*option.spellings, dest=option.field, action="store_const", const=True)
        case Takes.COUNT:
            parser.add_argument(*option.spellings, dest=option.field, action="count")
        case Takes.VALUE | Takes.VALUES:
            parser.add_argument(
                *option.spellings,
                dest=option.field,
                action="append" if option.takes is Takes.VALUES else "store",
                metavar=option.metavar,
                # UsageError passes through argparse, which would word it in its own way.
                type=lambda text: parse_value(option, text, option.name),
            )


def _in_our_words(command: Command, error: argparse.ArgumentError) -> UsageError:
    """Turn argparse's own complaint into a sentence; all of them are about one option's value."""
    name = (error.argument_name or "").partition("/")[0]
    option = BY_SPELLING.get(name)
    if option is None:
        return UsageError(f"{error.message}", hint=see(command))
    if option.takes_value:
        return UsageError(f"`{option.name}` needs a value, {option.metavar}", hint=see(command))
    return UsageError(f"`{option.name}` takes no value", hint=see(command))
