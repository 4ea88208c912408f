"""What is told while work goes on."""

import io
import sys
import threading
from typing import Any

import pytest

from frazil.cli.progress import NoBars, RichBars, Talk, may_draw
from frazil.cli.screen import Look, Screen
from frazil.events import (
    ArtifactStored,
    BytesReceived,
    DownloadPlanned,
    MetadataRead,
    Noted,
    PhaseBegan,
    PhaseEnded,
    ProjectRead,
    RequestMade,
    Warned,
)
from frazil.report.lines import line
from tests.support.command_lines import Terminal

REQUEST = RequestMade("https://index.example/a/", 200, 1500, 0.02)


def talk(err: io.StringIO, *, draws: bool = True, **look: Any) -> Talk:
    return Talk(Screen(None, err, Look(**look)), draws_on=err if draws else None)


def shown(err: io.StringIO) -> str:
    """Return what was drawn without the moves of the cursor."""
    return err.getvalue()


@pytest.mark.parametrize(
    ("environ", "terminal", "asked", "drawn"),
    [
        ({}, True, False, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"CI": "true"}, True, False, False),
        ({"CI": "1", "FORCE_COLOR": "1"}, True, False, False),
        ({"CI": "false"}, True, False, True),
        ({"TERM": "dumb"}, True, False, False),
    ],
)
def test_bars_are_for_terminals_and_never_for_ci(
    environ: dict[str, str], terminal: bool, asked: bool, drawn: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    assert may_draw(stream, environ, no_progress=asked) is drawn


def test_nothing_is_drawn_before_something_came_over_the_network() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("resolve", "7 targets"))
        for _ in range(5):
            tell(ProjectRead("a", cached=True))
            tell(MetadataRead("a", "1"))
        tell(PhaseEnded("resolve"))
    assert shown(err) == ""


def test_resolving_draws_projects_and_requests_and_is_gone_afterwards() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("resolve", "7 targets"))
        tell(REQUEST)
        tell(ProjectRead("a", cached=False))
        tell(PhaseEnded("resolve"))
    assert "Resolving 7 targets" in shown(err)
    after = shown(err).rpartition("Resolving")[2]
    assert "\x1b[2K" in after, "the line is wiped"
    assert "\x1b[?25h" in after, "the cursor is back"


def test_downloading_draws_bytes_of_all_bytes() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("download"))
        tell(DownloadPlanned(2, 4_000_000))
        tell(BytesReceived("a.whl", 1_000_000))
        tell(BytesReceived("a.whl", -1_000_000))
        tell(BytesReceived("a.whl", 3_000_000))
        tell(ArtifactStored("a.whl", 3_000_000))
        assert isinstance(tell._bars, RichBars)
        tell._bars._progress.refresh()
        tell(PhaseEnded("download"))
    assert "Fetching 2 artifacts" in shown(err)
    assert "3.0 MB / 4.0 MB" in shown(err)


def test_a_fetch_of_nothing_draws_nothing() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("download"))
        tell(DownloadPlanned(0, 0))
        tell(BytesReceived("a.whl", 1))
        tell(PhaseEnded("download"))
    assert shown(err) == ""


def test_a_warning_while_a_bar_is_drawn_stands_on_a_line_of_its_own() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("download"))
        tell(DownloadPlanned(2, 4_000_000))
        tell(Warned("careful", "look"))
        tell(BytesReceived("a.whl", 1_000_000))
    assert "\x1b[2Kwarning: careful\nhint: look\n" in shown(err)


def test_without_a_terminal_rich_is_not_even_imported() -> None:
    err = io.StringIO()
    with talk(err, draws=False) as tell:
        tell(PhaseBegan("download"))
        tell(DownloadPlanned(2, 4_000_000))
        tell(BytesReceived("a.whl", 1_000_000))
        assert isinstance(tell._bars, NoBars)
    assert shown(err) == ""


def test_a_warning_and_a_note_are_told_once() -> None:
    err = io.StringIO()
    tell = talk(err, draws=False, verbose=1)
    for _ in range(3):
        tell(Warned("careful"))
        tell(Noted("by the way"))
    assert shown(err) == "warning: careful\nby the way\n"
    assert tell.warnings == ["careful"]


def test_requests_are_told_to_those_who_ask_twice() -> None:
    once, twice = io.StringIO(), io.StringIO()
    talk(once, draws=False, verbose=1)(REQUEST)
    talk(twice, draws=False, verbose=2)(REQUEST)
    assert (shown(once), shown(twice)) == ("", "https://index.example/a/  200 · 1.5 kB · 20 ms\n")


def test_a_terminal_that_went_away_stops_no_work() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("download"))
        err.close()
        tell(DownloadPlanned(2, 4_000_000))
        tell(Warned("careful"))
        tell(PhaseEnded("download"))


def test_many_threads_may_tell_at_once() -> None:
    err = Terminal()
    with talk(err) as tell:
        tell(PhaseBegan("download"))
        tell(DownloadPlanned(8, 8_000))

        def receive(number: int) -> None:
            for _ in range(100):
                tell(BytesReceived(f"{number}.whl", 10))
            tell(Warned(f"from {number}"))

        threads = [threading.Thread(target=receive, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert tell._received == 8_000
    assert sorted(tell.warnings) == [f"from {number}" for number in range(8)]
    assert all(f"warning: from {number}\n" in shown(err) for number in range(8))


def test_bars_step_aside_and_come_back() -> None:
    err = Terminal()
    bars = RichBars(err, colour=False)
    screen = Screen(None, err, Look())
    screen.live = bars
    bars.begin("Working", 10)
    screen.say([line("a word")])
    running = [bars._running]
    bars.end()
    running.append(bars._running)
    assert running == [True, False]
    assert "rich" in sys.modules
