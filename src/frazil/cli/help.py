"""Help as text: what a verb is for, its options in groups with their variables, examples, exit codes."""

import textwrap
from collections.abc import Iterator

from frazil.cli.commands import COMMANDS, EXIT_CODES, Command
from frazil.cli.options import GROUPS, Option, Takes
from frazil.report.lines import Line, aligned, dim, indented, line, strong

PURPOSE = (
    "frazil resolves versions for every target of a repository at once, writes them to a lock that people can review, "
    "and fetches exactly what the lock lists."
)

_FIRST_STEPS = (
    ("frazil init", "write a first configuration"),
    ("frazil resolve", "choose versions, write frozen.json"),
    ("frazil ensure", "bring everything that is needed, with the least work"),
    ("frazil tree --invert urllib3", "who asks for urllib3"),
)


def overview(width: int) -> tuple[Line, ...]:
    """Return the help of frazil itself."""
    return tuple(_overview(width))


def command_help(command: Command, width: int) -> tuple[Line, ...]:
    """Return the help of one verb."""
    return tuple(_command_help(command, width))


def usage(command: Command) -> str:
    """Return a verb's usage in one line."""
    positional = f" [{command.positional.metavar}]..." if command.positional else ""
    if command.positional is not None and command.positional.most is not None:
        positional = f" {command.positional.metavar}"
    return f"frazil {command.name}{positional} [options]"


def spelled(option: Option) -> str:
    """Return an option as help lists it: `-t, --target GLOB`."""
    short = [spelling for spelling in option.spellings if not spelling.startswith("--")]
    long = [spelling for spelling in option.spellings if spelling.startswith("--")]
    lead = f"{short[0]}, " if short else "    "
    return f"{lead}{', '.join(long)}{f' {option.metavar}' if option.takes_value else ''}"


def _overview(width: int) -> Iterator[Line]:
    yield from _paragraph(PURPOSE, width)
    yield ()
    yield line(strong("Usage:"), " frazil COMMAND [options]")
    yield ()
    yield line(strong("Commands"))
    rows = [[", ".join((command.name, *command.aliases)), command.summary] for command in COMMANDS]
    yield from indented(aligned(rows))
    yield ()
    yield line(strong("First steps"))
    yield from _examples(_FIRST_STEPS)
    yield ()
    yield line(strong("Exit codes"))
    yield from _exit_codes(tuple(code for code, _ in EXIT_CODES), width)
    yield ()
    yield line("`frazil COMMAND --help` shows a command's options, each with its FRAZIL_* variable.")


def _command_help(command: Command, width: int) -> Iterator[Line]:
    yield from _paragraph(command.purpose, width)
    yield ()
    yield line(strong("Usage:"), f" {usage(command)}")
    if command.aliases:
        yield line(strong("Alias:"), f" frazil {', '.join(command.aliases)}")
    if command.positional is not None:
        yield ()
        yield from indented(aligned([[command.positional.metavar, command.positional.help]]))
    yield ()
    yield line(strong("Examples"))
    yield from _examples(command.examples)
    for group in GROUPS:
        options = [option for option in command.options if option.group == group]
        if options:
            yield ()
            yield line(strong(group))
            for option in options:
                yield from _option(option, width)
    yield ()
    yield line(strong("Exit codes"))
    yield from _exit_codes(command.exit_codes, width)


def _option(option: Option, width: int) -> Iterator[Line]:
    variable = f"  [{option.variable}]" if option.variable else ""
    yield line(f"  {spelled(option)}", dim(variable))
    repeat = "; may be repeated" if option.takes is Takes.COUNT else ""
    for text in textwrap.wrap(f"{option.help}{repeat}", width - 10, break_on_hyphens=False):
        yield line(f"          {text}")


def _paragraph(text: str, width: int) -> Iterator[Line]:
    for each in textwrap.wrap(text, width, break_on_hyphens=False):
        yield line(each)


def _examples(examples: tuple[tuple[str, str], ...]) -> Iterator[Line]:
    yield from indented(aligned([[command, dim(f"# {what}")] for command, what in examples]))


def _exit_codes(codes: tuple[int, ...], width: int) -> Iterator[Line]:
    for code, meaning in EXIT_CODES:
        if code in codes:
            first, *more = textwrap.wrap(meaning, width - 8, break_on_hyphens=False)
            yield line(f"  {code:>3}   {first}")
            yield from (line(f"        {text}") for text in more)
