"""A plain command line says the same, whoever reads it."""

import sys
from collections.abc import Callable
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.cli.commands import BY_NAME, COMMANDS, Command
from frazil.cli.grammar import read_words
from frazil.cli.options import BY_SPELLING
from frazil.cli.plain_words import read_plain_words
from frazil.errors import UsageError

WORDS = st.lists(
    st.sampled_from([*BY_SPELLING, "a", "web", "3", "", "-", "-q=1", "--lock=x", "-vq", "-Cx", "é", "json", "copy"]),
    max_size=6,
)


def refusal_or(read: Callable[[], object]) -> object:
    try:
        return read()
    except UsageError as error:
        return error.sentence, error.hint


def by_argparse(command: Command, words: list[str]) -> object:
    values, extras = read_words(command, words)
    told = {field: value for field, value in values.items() if value is not None and field != "positionals"}
    return extras or told | {"positionals": values.get("positionals") or []}


@given(st.sampled_from(COMMANDS), WORDS)
def test_what_is_read_plainly_is_what_argparse_reads(command: Command, words: list[str]) -> None:
    plain = refusal_or(lambda: read_plain_words(command, words))
    if plain is not None:
        assert plain == refusal_or(lambda: by_argparse(command, words))


@pytest.mark.parametrize(
    "words", [["--lock=x"], ["-vq"], ["--nope"], ["--lock"], ["--lock", "--json"], ["stray"]], ids=" ".join
)
def test_what_is_not_plain_is_left_to_argparse(words: list[str]) -> None:
    assert read_plain_words(BY_NAME["resolve"], words) is None


def test_a_plain_line_needs_no_argparse() -> None:
    program = (
        "import sys; from frazil.cli.parser import parse_arguments\n"
        "parse_arguments(['resolve', '--lock', 'x', '-v', '-P', 'a'], {}); print('argparse' in sys.modules)"
    )
    assert run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
