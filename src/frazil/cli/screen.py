"""Where words go: answers to stdout, talk to stderr, in what colours and letters the terminal has."""

import contextlib
import errno
import io
import os
import threading
from collections.abc import Iterable, Mapping
from typing import Protocol, TextIO

from frazil.errors import DiskError, cleaned
from frazil.report.lines import Line, Piece, Tone, changed, going, line
from frazil.values import dataclass, replace

_CODES = {
    Tone.IN: "32",
    Tone.OUT: "31",
    Tone.CHANGED: "33",
    Tone.DIM: "2",
    Tone.STRONG: "1",
}

_ASCII = str.maketrans(
    {
        "│": "|",
        "├": "|",
        "└": "`",
        "─": "-",
        "━": "-",
        "→": "->",
        "↑": "^",
        "↓": "v",
        "·": "-",
        "…": "...",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{EN DASH}": "-",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)


class Live(Protocol):
    """A drawing that is renewed in place on stderr (progress bars), and steps aside for words."""

    def aside(self) -> contextlib.AbstractContextManager[None]:
        """Take the drawing away while something else is printed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How much is said, and how. `width` is in columns."""

    json: bool = False
    quiet: int = 0
    verbose: int = 0
    colour_out: bool = False
    colour_err: bool = False
    width: int = 80


@dataclass(frozen=True, slots=True)
class Said:
    """What a run said: on stdout, on stderr."""

    out: str
    err: str


class Screen:
    """The two streams of a run; safe to use from several threads. `said_out` and `said_err` are what they got.

    A stream that is closed, or whose reader went away, swallows what is written: the work is done all the same.
    """

    def __init__(self, out: TextIO | None, err: TextIO | None, look: Look) -> None:
        self.look = look
        self.live: Live | None = None
        self.said_out: list[str] = []
        self.said_err: list[str] = []
        self.out_failed = False
        """Set when stdout could not take what was written; a reader that went away is no failure."""
        self._out = out
        self._err = err
        self._lock = threading.RLock()

    def with_look(self, **changes: object) -> None:
        """Change how much is said, once the command line is understood."""
        self.look = replace(self.look, **changes)  # type: ignore[arg-type]

    @property
    def said(self) -> Said:
        return Said("".join(self.said_out), "".join(self.said_err))

    def unheard(self) -> "Screen":
        """Return a screen of the same look and letters that only remembers what it is told."""
        out, err = (
            io.TextIOWrapper(io.BytesIO(), getattr(stream, "encoding", None) or "utf-8")
            for stream in (self._out, self._err)
        )
        return Screen(out, err, self.look)

    def answer(self, lines: Iterable[Line]) -> None:
        """Print data on stdout, in text mode. Raises DiskError when stdout is a file that cannot take it."""
        self._write_out("".join(f"{_painted(each, colour=self.look.colour_out)}\n" for each in lines))

    def answer_text(self, text: str) -> None:
        """Print text on stdout as it is."""
        self._write_out(text)

    def say(self, lines: Iterable[Line]) -> None:
        """Tell a person something on stderr, unless only the answer or only an object is wanted."""
        if not self.look.quiet and not self.look.json:
            self._write_err(lines)

    def detail(self, lines: Iterable[Line]) -> None:
        """Tell a person who asked for more (`-v`)."""
        if self.look.verbose:
            self.say(lines)

    def insist(self, lines: Iterable[Line]) -> None:
        """Tell a person what must be heard whatever was asked for: errors."""
        self._write_err(lines)

    def _write_out(self, text: str) -> None:
        with self._lock, self.live.aside() if self.live else contextlib.nullcontext():
            if self._out is None:
                return
            try:
                self.said_out.append(_write(self._out, text))
            except (BrokenPipeError, ValueError):
                self._out = None
            except OSError as error:
                self._out = None
                # Windows says EINVAL where the reader of a pipe went away.
                if error.errno not in {errno.EPIPE, errno.EINVAL}:
                    self.out_failed = True
                    reason = (error.strerror or type(error).__name__).lower()
                    raise DiskError(f"cannot write to standard output: {reason}") from None

    def _write_err(self, lines: Iterable[Line]) -> None:
        text = "".join(f"{_painted(each, colour=self.look.colour_err)}\n" for each in lines)
        with self._lock, self.live.aside() if self.live else contextlib.nullcontext():
            if self._err is None:
                return
            try:
                self.said_err.append(_write(self._err, text))
            except (OSError, ValueError):
                self._err = None


def failure_lines(sentence: str, details: Iterable[str], hint: str | None) -> tuple[Line, ...]:
    """Say an error: the sentence, the details indented below it, the hint on a line of its own."""
    shown = (line(f"  {detail}") if detail else () for detail in details)
    ending = (_hint(hint),) if hint else ()
    return (line(going("error:"), f" {sentence}"), *shown, *ending)


def warning_lines(sentence: str, hint: str | None = None) -> tuple[Line, ...]:
    """Say a warning."""
    warning = line(changed("warning:"), f" {sentence}")
    return (warning, _hint(hint)) if hint else (warning,)


def _hint(hint: str) -> Line:
    return line(Piece("hint:", Tone.DIM), f" {hint}")


def wants_colour(stream: TextIO | None, choice: str, environ: Mapping[str, str]) -> bool:
    """Decide on colour for one stream: `--color`, then NO_COLOR, then FORCE_COLOR, then what the stream is."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "") not in {"", "0"}:
        return True
    return is_terminal(stream) and environ.get("TERM") != "dumb" and _understands_codes(environ)


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a stream is a terminal; a closed one is none."""
    try:
        return stream is not None and stream.isatty()
    except (ValueError, OSError):
        return False


def terminal_width(stream: TextIO | None, environ: Mapping[str, str]) -> int:
    """Return the columns to fold help at: COLUMNS, else the terminal's, between 72 and 100."""
    stated = environ.get("COLUMNS", "")
    if stated.isascii() and stated.isdecimal() and len(stated) < 6:
        columns = int(stated)
    else:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns if stream is not None else 80
        except (OSError, ValueError, AttributeError):
            columns = 80
    return min(100, max(72, columns))


def _understands_codes(environ: Mapping[str, str]) -> bool:
    """Say whether colour codes are understood; the old console of Windows shows them as letters."""
    return os.name != "nt" or any(environ.get(name) for name in ("WT_SESSION", "TERM", "ConEmuANSI", "ANSICON"))


def _painted(each: Line, *, colour: bool) -> str:
    # Names and reasons may come from outside: nothing but our own codes reaches the terminal.
    return "".join(
        f"\x1b[{_CODES[piece.tone]}m{cleaned(piece.text)}\x1b[0m"
        if colour and piece.tone in _CODES
        else cleaned(piece.text)
        for piece in each
    )


def _write(stream: TextIO, text: str) -> str:
    """Write and flush; return what was written in the end."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        # A terminal without these letters gets the nearest that it has; a path that is no text at all gets `?`.
        text = text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    stream.write(text)
    stream.flush()
    return text
