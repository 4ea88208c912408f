"""The words of a plain command line, read without argparse, which takes 4 ms to import and to be told the options.

Plain is a line whose options are spelled as the table spells them, each value a word of its own: nearly every line
that a script holds. Whatever else there is (`--opt=value`, `-qC dir`, a mistake) is argparse's to read.
"""

from collections.abc import Sequence
from typing import Any

from frazil.cli.commands import Command
from frazil.cli.options import Takes
from frazil.cli.values import parse_value


def read_plain_words(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """Return the values by field (and `positionals`), None for what is not plain. Raises UsageError for a value."""
    known = {spelling: option for option in command.options for spelling in option.spellings}
    values: dict[str, Any] = {}
    positionals: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            if command.positional is None:
                return None
            positionals.append(word)
            continue
        option = known.get(word)
        if option is None:
            return None
        if not option.takes_value:
            values[option.field] = values.get(option.field, 0) + 1 if option.takes is Takes.COUNT else True
            continue
        text = next(rest, "-")
        if text.startswith("-"):
            return None
        value = parse_value(option, text, option.name)
        values[option.field] = [*values.get(option.field, ()), value] if option.takes is Takes.VALUES else value
    return values | {"positionals": positionals}
