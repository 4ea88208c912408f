"""The reference of the command line leaves nothing out and invents nothing."""

import re
from pathlib import Path

import frazil.errors
from frazil.cli.commands import COMMANDS, EXIT_CODES
from frazil.cli.options import EVERYWHERE, OPTIONS, Option
from frazil.errors import FrazilError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a heading."""
    section = PAGE.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [each for each in section.split("\n") if each.startswith("|")]
    return [[cell.strip() for cell in each.strip("|").split("|")] for each in lines[2:]]


def homes(option: Option) -> str:
    """Say which verbs take an option, as the page says it."""
    if option.field in EVERYWHERE:
        return "all"
    return ", ".join(command.name for command in COMMANDS if option in command.options)


def test_every_verb_is_documented_with_its_aliases_summary_and_exit_codes() -> None:
    documented = {tuple(re.findall(r"`([^`]+)`", row[0])): row[1:] for row in rows("Verbs")}
    assert documented == {
        (command.name, *command.aliases): [command.summary, " ".join(map(str, command.exit_codes))]
        for command in COMMANDS
    }


def test_every_option_is_documented_with_its_spellings_variable_and_verbs() -> None:
    documented = [(re.findall(r"`(-[^`]+)`", row[0]), row[1].strip("`"), row[2]) for row in rows("Options")]
    assert documented == [(list(option.spellings), option.variable or "", homes(option)) for option in OPTIONS]


def test_every_option_says_in_the_documentation_what_it_says_in_help() -> None:
    said = [row[3].replace("`", "") for row in rows("Options")]
    assert said == [option.help.replace("`", "") for option in OPTIONS]


def test_every_exit_code_is_documented() -> None:
    assert [row[0] for row in rows("Exit codes")] == [str(code) for code, _ in EXIT_CODES]


def test_every_kind_of_error_is_documented_with_its_exit_code() -> None:
    kinds = {
        each.slug: str(each.exit_code)
        for each in vars(frazil.errors).values()
        if isinstance(each, type) and issubclass(each, FrazilError)
    }
    assert {row[0].strip("`"): row[1] for row in rows("Errors")} == kinds


def test_every_exit_code_that_an_error_can_have_is_listed() -> None:
    listed = {code for code, _ in EXIT_CODES}
    assert {each.exit_code for each in FrazilError.__subclasses__()} <= listed
