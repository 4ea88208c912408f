"""What is told while work goes on: warnings at once, notes when asked for, bars on long work at a terminal."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self, TextIO

from frazil.cli.screen import Screen, is_terminal, warning_lines
from frazil.events import (
    ArtifactLinked,
    ArtifactStored,
    BytesReceived,
    DownloadPlanned,
    Event,
    MetadataRead,
    Noted,
    PhaseBegan,
    PhaseEnded,
    ProjectRead,
    RequestMade,
    RoundBegan,
    WaitBegan,
    Warned,
)
from frazil.report.lines import dim, line
from frazil.report.units import counted, duration, size


def may_draw(stream: TextIO | None, environ: Mapping[str, str], *, no_progress: bool) -> bool:
    """Say whether bars may be drawn: on a terminal that can move its cursor, never in CI."""
    if no_progress or environ.get("CI", "").lower() not in {"", "0", "false"} or environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


class Bars(Protocol):
    """Something that draws how far work has come."""

    def begin(self, title: str, total: int | None) -> None: ...
    def title(self, title: str) -> None: ...
    def advance(self, count: int, note: str) -> None: ...
    def end(self) -> None: ...
    def aside(self) -> contextlib.AbstractContextManager[None]: ...


class NoBars:
    """Draws nothing."""

    def begin(self, title: str, total: int | None) -> None:
        """Draw nothing."""

    def title(self, title: str) -> None:
        """Draw nothing."""

    def advance(self, count: int, note: str) -> None:
        """Draw nothing."""

    def end(self) -> None:
        """Draw nothing."""

    def aside(self) -> contextlib.AbstractContextManager[None]:
        """Nothing is in the way."""
        return contextlib.nullcontext()


class RichBars:
    """One bar at a time, drawn by rich, which is imported when the first one begins."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        from rich.console import Console  # noqa: PLC0415 - 90 ms that only long work at a terminal pays
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=18),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=stream, force_terminal=True, no_color=not colour),
            transient=True,
        )
        self._task = self._progress.add_task("", visible=False, note="")
        self._running = False

    def begin(self, title: str, total: int | None) -> None:
        self._progress.reset(self._task, total=total, description=title, visible=True, note="")
        self._start()

    def title(self, title: str) -> None:
        self._progress.update(self._task, description=title)

    def advance(self, count: int, note: str) -> None:
        self._progress.update(self._task, advance=count, note=note)

    def end(self) -> None:
        self._progress.update(self._task, visible=False)
        self._stop()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        running = self._running
        self._stop()
        try:
            yield
        finally:
            if running:
                self._start()

    def _start(self) -> None:
        if not self._running:
            self._running = True
            self._progress.start()

    def _stop(self) -> None:
        if self._running:
            self._running = False
            self._progress.stop()


class Talk:
    """A reporter that tells a person what happens; safe to call from several threads, never raises.

    Used as a context manager around the work: what is drawn is gone when the block ends. `warnings` are the sentences
    told so far: nothing is told twice.
    """

    def __init__(self, screen: Screen, *, draws_on: TextIO | None) -> None:
        self.warnings: list[str] = []
        self._noted: set[str] = set()
        self._screen = screen
        self._draws_on = draws_on
        self._bars: Bars = NoBars()
        self._lock = threading.RLock()
        self._phase = PhaseBegan("")
        self._projects = 0
        self._requests = 0
        self._received = 0
        self._began = 0.0
        self._planned: DownloadPlanned | None = None
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None, /
    ) -> None:
        with self._lock:
            self._end()

    def __call__(self, event: Event, /) -> None:
        # A reporter tells and never steers: a terminal that cannot be drawn on stops no work.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._take(event)

    def warn(self, sentence: str, hint: str | None = None) -> None:
        """Tell a warning, once."""
        with self._lock:
            if sentence not in self.warnings:
                self.warnings.append(sentence)
                self._screen.say(warning_lines(sentence, hint))

    def _take(self, event: Event) -> None:
        match event:
            case Warned(sentence, hint):
                self.warn(sentence, hint)
            case WaitBegan(sentence):
                self._screen.say([line(dim(sentence))])
            case Noted(sentence):
                if sentence not in self._noted:
                    self._noted.add(sentence)
                    self._screen.detail([line(dim(sentence))])
            case PhaseBegan():
                self._phase = event
                self._end()
            case PhaseEnded():
                self._end()
            case ProjectRead():
                self._projects += 1
                self._draw_resolving()
            case MetadataRead():
                self._draw_resolving()
            case RequestMade():
                self._requests += 1
                self._tell_request(event)
                self._draw_resolving()
            case DownloadPlanned():
                self._plan(event)
            case BytesReceived(_, count):
                self._received += count
                self._draw_downloading(count)
            case ArtifactStored() | ArtifactLinked() | RoundBegan():
                pass

    def _tell_request(self, event: RequestMade) -> None:
        if self._screen.look.verbose > 1:
            facts = f"{event.status} · {size(event.received)} · {duration(event.seconds)}"
            self._screen.say([line(dim(f"{event.url}  {facts}"))])

    def _draw_resolving(self) -> None:
        """Draw once something came over the network: what the caches answer is over before a bar is there."""
        if self._phase.phase != "resolve" or not self._requests:
            return
        if not self._drawn:
            self._begin(f"Resolving {self._phase.detail}".rstrip(), None)
        self._bars.advance(0, f"{counted(self._projects, 'project')} · {counted(self._requests, 'request')}")

    def _plan(self, event: DownloadPlanned) -> None:
        self._planned, self._received, self._began = event, 0, time.monotonic()
        if event.artifacts:
            what = self._phase.detail or counted(event.artifacts, "artifact")
            self._begin(f"Fetching {what}", event.size)
            self._draw_downloading(0)

    def _draw_downloading(self, count: int) -> None:
        if self._planned is None or not self._drawn:
            return
        elapsed = time.monotonic() - self._began
        # A rate over less than a moment is noise.
        rate = f" · {size(round(self._received / elapsed))}/s" if elapsed > 0.5 and self._received > 0 else ""
        self._bars.advance(count, f"{size(max(0, self._received))} / {size(self._planned.size)}{rate}")

    def _begin(self, title: str, total: int | None) -> None:
        if self._draws_on is not None and isinstance(self._bars, NoBars):
            self._bars = RichBars(self._draws_on, colour=self._screen.look.colour_err)
            self._screen.live = self._bars
        self._bars.begin(title, total)
        self._drawn = True

    def _end(self) -> None:
        if self._drawn:
            self._bars.end()
            self._drawn = False
