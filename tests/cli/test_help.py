"""Help teaches by example and leaves nothing out."""

from inspect import cleandoc

import pytest

from frazil.cli.commands import COMMANDS, EXIT_CODES, Command
from frazil.cli.help import command_help, overview, spelled
from frazil.cli.options import BY_FIELD, GROUPS, OPTIONS
from frazil.cli.parser import parse_arguments
from frazil.report.lines import plain

COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def text_of(command: Command, width: int = 80) -> str:
    return "\n".join(plain(each) for each in command_help(command, width))


def test_the_overview_names_every_verb_alias_and_exit_code() -> None:
    text = "\n".join(plain(each) for each in overview(80))
    for command in COMMANDS:
        assert ", ".join((command.name, *command.aliases)) in text
        assert command.summary in text
    for code, meaning in EXIT_CODES:
        assert f"{code:>3}   {meaning[:20]}" in text


@COMMAND
def test_help_has_every_option_of_the_verb_with_its_variable(command: Command) -> None:
    text = text_of(command)
    for option in command.options:
        assert spelled(option) in text
        assert option.variable is None or f"[{option.variable}]" in text


@COMMAND
def test_help_has_every_example_and_every_exit_code(command: Command) -> None:
    text = text_of(command)
    for example, what in command.examples:
        assert example in text
        assert f"# {what}" in text
    for code in command.exit_codes:
        assert f"\n  {code:>3}   " in text


@COMMAND
def test_every_example_of_frazil_is_understood(command: Command) -> None:
    for example, _ in command.examples:
        line = example.partition(" > ")[0].replace("'", "")
        if line.startswith("frazil "):
            parse_arguments(line.split()[1:], {})


@COMMAND
@pytest.mark.parametrize("width", [72, 80, 100])
def test_help_fits_the_terminal_but_for_examples(command: Command, width: int) -> None:
    lines = [plain(each) for each in command_help(command, width)]
    assert [each for each in lines if len(each) > width and "#" not in each] == []


def test_every_option_is_in_a_group_that_help_shows() -> None:
    assert {option.group for option in OPTIONS} <= set(GROUPS)


def test_every_option_belongs_to_some_verb() -> None:
    taken = {option.field for command in COMMANDS for option in command.options}
    assert taken == set(BY_FIELD)


def test_the_help_of_a_small_verb() -> None:
    text = text_of(next(command for command in COMMANDS if command.name == "completion"))
    assert text.startswith(
        cleandoc(
            """
            Prints a script that teaches a shell to complete frazil's verbs and options. It
            runs nothing later.

            Usage: frazil completion SHELL [options]

              SHELL  bash, zsh, fish or tcsh

            Examples
              frazil completion bash > ~/.local/share/bash-completion/completions/frazil  # bash
              frazil completion zsh > ~/.zfunc/_frazil                                    # zsh, with ~/.zfunc in $fpath
              frazil completion fish > ~/.config/fish/completions/frazil.fish             # fish

            Places
                  --project DIR  [FRAZIL_PROJECT]
                      find the project from this folder upwards instead of from the current
                      one
            """
        )
    )
