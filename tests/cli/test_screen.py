"""Where words go, in which colours and letters."""

import io
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.cli.screen import Look, Screen, failure_lines, is_terminal, terminal_width, wants_colour, warning_lines
from frazil.errors import DiskError
from frazil.report.lines import coming, dim, line
from tests.support.command_lines import Terminal


def shown(*lines: Any, **look: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out, err, Look(**look))
    screen.answer(lines)
    screen.say(lines)
    return out.getvalue(), err.getvalue()


# Which stream ----------------------------------------------------------------------------------------------


def test_answers_go_to_stdout_and_talk_to_stderr() -> None:
    assert shown(line("a")) == ("a\n", "a\n")


@pytest.mark.parametrize("look", [{"quiet": 1}, {"json": True}])
def test_talk_is_silent_when_quiet_or_json_is_asked_for(look: dict[str, Any]) -> None:
    assert shown(line("a"), **look) == ("a\n", "")


def test_errors_are_heard_even_when_quiet() -> None:
    err = io.StringIO()
    Screen(None, err, Look(quiet=2)).insist(failure_lines("it broke", ["why", "", "where"], "mend it"))
    assert err.getvalue() == "error: it broke\n  why\n\n  where\nhint: mend it\n"


def test_details_are_for_those_who_ask() -> None:
    err = io.StringIO()
    Screen(None, err, Look()).detail([line("a")])
    Screen(None, err, Look(verbose=1)).detail([line("b")])
    assert err.getvalue() == "b\n"


def test_a_warning_is_one_line_and_its_hint_another() -> None:
    err = io.StringIO()
    Screen(None, err, Look()).say(warning_lines("careful", "look"))
    assert err.getvalue() == "warning: careful\nhint: look\n"


# Colour ----------------------------------------------------------------------------------------------------


def test_colour_codes_stand_around_the_piece_that_means_something() -> None:
    out, err = shown(line("x ", coming("+ a"), dim(" b")), colour_err=True)
    assert out == "x + a b\n"
    assert err == "x \x1b[32m+ a\x1b[0m\x1b[2m b\x1b[0m\n"


def test_nothing_from_outside_reaches_the_terminal_as_a_code() -> None:
    out, _ = shown(line("\x1b[2Jname\r", coming("\x07")), colour_out=True)
    assert out.replace("\x1b[32m", "").replace("\x1b[0m", "").isprintable() is False
    assert "\x1b[2J" not in out
    assert "\r" not in out
    assert "\x07" not in out


def test_credentials_in_an_address_are_not_shown() -> None:
    assert shown(line("see https://ada:secret@index.example/x"))[0] == "see https://index.example/x\n"


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "wanted"),
    [
        ("auto", {}, True, os.name != "nt"),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "", "FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_decided_by_flag_then_variables_then_the_stream(
    choice: str, environ: dict[str, str], terminal: bool, wanted: bool
) -> None:
    assert wants_colour(Terminal() if terminal else io.StringIO(), choice, environ) is wanted


# Streams that do not take it -------------------------------------------------------------------------------


class Gone(io.StringIO):
    """A pipe whose reader went away."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(32, "Broken pipe", text)


class Full(io.StringIO):
    """A file on a full disk."""

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_closed_stream_swallows_what_is_written() -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed, Gone()):
        screen = Screen(stream, stream, Look())
        screen.answer([line("a")])
        screen.answer_text("b")
        screen.say([line("c")])
        screen.insist([line("d")])


def test_a_full_disk_below_stdout_is_an_error_that_names_it() -> None:
    screen = Screen(Full(), None, Look())
    with pytest.raises(DiskError, match="cannot write to standard output: no space left on device"):
        screen.answer([line("a")])
    assert screen.out_failed


def test_a_full_disk_below_stderr_stops_no_work() -> None:
    Screen(None, Full(), Look()).insist([line("a")])


def test_a_closed_stream_is_no_terminal() -> None:
    closed = Terminal()
    assert is_terminal(closed)
    closed.close()
    assert not is_terminal(None)


# Letters ---------------------------------------------------------------------------------------------------


def encoded(text: str, encoding: str) -> str:
    raw = io.BytesIO()
    screen = Screen(io.TextIOWrapper(raw, encoding=encoding, newline="\n"), None, Look())
    screen.answer([line(text)])
    return raw.getvalue().decode(encoding)


def test_a_terminal_without_unicode_gets_the_nearest_that_it_has() -> None:
    assert encoded("├── a\n│   └── b", "ascii") == "|-- a\n|   `-- b\n"
    assert encoded("↑ a 1 → 2 · 3 \N{MULTIPLICATION SIGN} 4 é", "ascii") == "^ a 1 -> 2 - 3 x 4 ?\n"


def test_a_terminal_that_has_the_letters_gets_them() -> None:
    assert encoded("é · ÷", "latin-1") == "é · ÷\n"
    assert encoded("├──", "utf-8") == "├──\n"


@given(st.text(alphabet=st.characters(codec=None)), st.sampled_from(["ascii", "latin-1", "cp437", "utf-8"]))
def test_any_text_can_be_written_to_any_terminal(text: str, encoding: str) -> None:
    raw = io.BytesIO()
    screen = Screen(io.TextIOWrapper(raw, encoding=encoding, newline="\n"), None, Look())
    screen.answer([line(text)])
    assert raw.getvalue().endswith(b"\n")


# Width -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "width"), [("75", 75), ("10", 72), ("500", 100), ("", 80), ("x", 80), ("9" * 50, 80)]
)
def test_the_width_is_columns_within_what_reads_well(columns: str, width: int) -> None:
    assert terminal_width(io.StringIO(), {"COLUMNS": columns}) == width
