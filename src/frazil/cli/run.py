"""One run of the command line, from arguments and streams to an exit code; nothing escapes as a traceback."""

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from frazil.cli.arguments import Arguments
from frazil.cli.commands import BY_NAME
from frazil.cli.context import Answer, Context
from frazil.cli.parser import asks_for_json, parse_arguments
from frazil.cli.progress import Talk, may_draw
from frazil.cli.screen import Look, Said, Screen, failure_lines, is_terminal, terminal_width, wants_colour
from frazil.cli.signals import end_programs, exit_code_of, stop_behind, stopping_on_signals, word_for
from frazil.errors import DiskError, FrazilError, Interrupted, UsageError
from frazil.events import Reporter
from frazil.evidence import Evidence
from frazil.values import dataclass

if TYPE_CHECKING:
    from frazil.cli.ports import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The standard streams; None for one that is closed."""

    out: TextIO | None
    err: TextIO | None


_QUERIES = frozenset(
    {"tree", "why", "who-uses", "paths", "dependents", "peek", "report", "diff", "affected", "closure", "subset"}
)

Keep = Callable[[Sequence[str], Arguments, Evidence, Said, Said | None], None]


def run_process(argv: Sequence[str]) -> int:
    """Run in this process: real streams, signals, and an end without noise."""
    streams = Streams(out=sys.stdout, err=sys.stderr)
    if _guess_command(argv) in _QUERIES:
        # They make one large value, show it and end: nothing is garbage before that.
        gc.disable()
    else:
        # Nearly all that a run makes lives to its end; looking for garbage takes a tenth of a resolve.
        gc.set_threshold(200_000, 50, 50)
    with stopping_on_signals(last_words=lambda code: _say_last_words(code, argv, streams)):
        code = run(argv, environ=os.environ, streams=streams, keep=_keep_stamp)
    _end_quietly(streams)
    if code in {130, 143}:
        # Threads may still wait for a silent server, and the interpreter would wait for them.
        end_programs()
        os._exit(code)
    return code


def run(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    streams: Streams,
    folder: Path | None = None,
    api: "Api | None" = None,
    keep: Keep | None = None,
) -> int:
    """Run a command line and return its exit code.

    `folder` stands in for the current one, `api` for `frazil.api`. `keep` is given what a run said that found nothing
    to do.
    """
    screen = Screen(streams.out, streams.err, _first_look(argv, environ, streams))
    talk = Talk(screen, draws_on=None)
    command = _guess_command(argv)
    try:
        arguments = parse_arguments(argv, environ)
        command = arguments.command
        screen.with_look(**_look(arguments, environ, streams))
        draws = not (arguments.json or arguments.quiet)
        draws = draws and may_draw(streams.err, environ, no_progress=arguments.no_progress)
        talk = Talk(screen, draws_on=streams.err if draws else None)
        start = _folder(folder, arguments)
        with _traced(arguments, start, talk) as trace, talk:
            context = Context(
                arguments=arguments,
                environ=environ,
                folder=start,
                talk=talk,
                load_api=lambda: api or _api(),
                trace=trace,
            )
            answer = _answer(context, screen)
        _show(answer, command, screen, talk)
        if keep is not None:
            _keep(keep, argv, arguments, answer, screen)
    except FrazilError as error:
        return _fail(error, command, screen, talk)
    except KeyboardInterrupt as stop:
        return _fail(_stopped(exit_code_of(stop)), command, screen, talk)
    except Exception as error:  # noqa: BLE001 - the last net: a report file instead of a traceback
        behind = stop_behind(error)
        if behind is not None:
            return _fail(_stopped(exit_code_of(behind)), command, screen, talk)
        from frazil.cli.crash import as_bug  # noqa: PLC0415 - only a bug pays for it

        return _fail(as_bug(error, argv, environ), command, screen, talk)
    return answer.exit_code


# Before the work -------------------------------------------------------------------------------------------


def _first_look(argv: Sequence[str], environ: Mapping[str, str], streams: Streams) -> Look:
    """Return how to talk until the command line is understood, which it may never be."""
    return Look(
        json=asks_for_json(argv, environ),
        colour_out=wants_colour(streams.out, "auto", environ),
        colour_err=wants_colour(streams.err, "auto", environ),
        width=terminal_width(streams.out, environ),
    )


def _look(arguments: Arguments, environ: Mapping[str, str], streams: Streams) -> dict[str, object]:
    return {
        "json": arguments.json,
        "quiet": arguments.quiet,
        "verbose": arguments.verbose,
        "colour_out": wants_colour(streams.out, arguments.color, environ),
        "colour_err": wants_colour(streams.err, arguments.color, environ),
    }


def _folder(folder: Path | None, arguments: Arguments) -> Path:
    """Return the folder that relative paths count from. Raises DiskError, UsageError."""
    try:
        start = Path.cwd() if folder is None else folder
    except OSError:
        raise DiskError("the current folder is not there any more", hint="go to another one") from None
    if arguments.directory is None:
        return start
    chosen = start / Path(arguments.directory).expanduser()
    if not chosen.is_dir():
        raise UsageError(f"--directory {arguments.directory} is no folder")
    return Path(os.path.normpath(chosen))


@contextlib.contextmanager
def _traced(arguments: Arguments, folder: Path, talk: Talk) -> Iterator[Reporter | None]:
    """Give what remembers the run, if that was asked for, and write it at the end, however that comes."""
    if arguments.trace is None:
        yield None
        return
    from frazil.cli.tracing import Trace  # noqa: PLC0415 - only for --trace

    trace = Trace(folder / Path(arguments.trace).expanduser(), talk)
    try:
        yield trace
    finally:
        # The work is done, or has failed in its own way: a trace that cannot be written changes nothing of that.
        try:
            trace.write(arguments.command or "")
        except DiskError as error:
            talk.warn(error.sentence, error.hint)


def _api() -> "Api":
    from frazil import api  # noqa: PLC0415 - help, completion and cache do without it

    return api


# The work --------------------------------------------------------------------------------------------------


def _answer(context: Context, screen: Screen) -> Answer:
    arguments = context.arguments
    if arguments.version or arguments.help or arguments.command in {None, "help"}:
        return _about(arguments, screen)
    return _query(context) if arguments.command in _QUERIES else _work(context)


def _work(context: Context) -> Answer:
    match context.arguments.command:
        case "resolve":
            from frazil.cli.verbs.resolving import answer  # noqa: PLC0415 - only the chosen verb is imported
        case "fetch":
            from frazil.cli.verbs.fetching import answer  # noqa: PLC0415
        case "ensure":
            from frazil.cli.verbs.ensuring import answer  # noqa: PLC0415
        case "why-not":
            from frazil.cli.verbs.why_not import answer  # noqa: PLC0415
        case "audit":
            from frazil.cli.verbs.audit import answer  # noqa: PLC0415
        case "export":
            from frazil.cli.verbs.exporting import answer  # noqa: PLC0415
        case "import":
            from frazil.cli.verbs.importing import answer  # noqa: PLC0415
        case "bundle" | "import-bundle":
            from frazil.cli.verbs.bundling import answer  # noqa: PLC0415
        case "merge-driver":
            from frazil.cli.verbs.merging import answer  # noqa: PLC0415
        case "init" if context.arguments.merge_driver:
            from frazil.cli.verbs.merging import set_up as answer  # noqa: PLC0415
        case "init":
            from frazil.cli.verbs.init import answer  # noqa: PLC0415
        case "cache":
            from frazil.cli.verbs.cache import answer  # noqa: PLC0415
        case _:
            from frazil.cli.verbs.completion import answer  # noqa: PLC0415
    return answer(context)


def _query(context: Context) -> Answer:
    match context.arguments.command:
        case "tree":
            from frazil.cli.verbs.tree import answer  # noqa: PLC0415
        case "why":
            from frazil.cli.verbs.why import answer  # noqa: PLC0415
        case "who-uses":
            from frazil.cli.verbs.who_uses import answer  # noqa: PLC0415
        case "paths":
            from frazil.cli.verbs.paths import answer  # noqa: PLC0415
        case "dependents":
            from frazil.cli.verbs.dependents import answer  # noqa: PLC0415
        case "peek":
            from frazil.cli.verbs.peek import answer  # noqa: PLC0415
        case "report":
            from frazil.cli.verbs.reporting import answer  # noqa: PLC0415
        case "diff":
            from frazil.cli.verbs.diff import answer  # noqa: PLC0415
        case "affected":
            from frazil.cli.verbs.affected import answer  # noqa: PLC0415
        case "closure":
            from frazil.cli.verbs.closure import answer  # noqa: PLC0415
        case _:
            from frazil.cli.verbs.subset import answer  # noqa: PLC0415
    return answer(context)


def _about(arguments: Arguments, screen: Screen) -> Answer:
    from frazil.cli.verbs.helping import help_answer, version_answer  # noqa: PLC0415 - work needs no help

    if arguments.version:
        return version_answer()
    if arguments.help or arguments.command == "help":
        asked = arguments.words[0] if arguments.words else None
        return help_answer(asked or (None if arguments.command == "help" else arguments.command), screen.look.width)
    raise UsageError("no command was given", hint="`frazil --help` lists them; `frazil ensure` is the everyday one")


# After the work --------------------------------------------------------------------------------------------


def _show(answer: Answer, command: str | None, screen: Screen, talk: Talk) -> None:
    for sentence in answer.warnings:
        talk.warn(sentence)
    if screen.look.json:
        from frazil.report.envelope import format_document, success_document  # noqa: PLC0415 - only for --json

        screen.answer_text(format_document(success_document(command, answer.document(), talk.warnings)))
        return
    if answer.text is not None:
        screen.answer_text(answer.text)
    screen.answer(answer.data())
    if not screen.look.quiet:
        screen.say(answer.words())
    if answer.costs is not None and screen.look.verbose:
        from frazil.report.costs_summary import costs_line  # noqa: PLC0415 - only for -v

        screen.detail([costs_line(answer.costs, answer.seconds)])


def _keep(keep: Keep, argv: Sequence[str], arguments: Arguments, answer: Answer, screen: Screen) -> None:
    """Give on what was said by a run that found nothing to do, or what the next ones will say."""

    def rehearsed(answer: Answer) -> Said:
        unheard = screen.unheard()
        _show(answer, arguments.command, unheard, Talk(unheard, draws_on=None))
        return unheard.said

    settled = answer.next or answer
    if settled.evidence is not None:
        said = screen.said if answer.next is None else rehearsed(settled)
        then = None if settled.then is None else rehearsed(settled.then)
        keep(argv, arguments, settled.evidence, said, then)


def _fail(error: FrazilError, command: str | None, screen: Screen, talk: Talk) -> int:
    # What is wrong with stdout cannot be said there.
    if screen.look.json and not screen.out_failed:
        from frazil.report.envelope import failure_document, format_document  # noqa: PLC0415 - only for --json

        with contextlib.suppress(DiskError):
            screen.answer_text(format_document(failure_document(command, error, talk.warnings)))
            return error.exit_code
    screen.insist(failure_lines(error.sentence, error.details, error.hint))
    return error.exit_code


def _keep_stamp(argv: Sequence[str], arguments: Arguments, evidence: Evidence, said: Said, then: Said | None) -> None:
    from frazil.cli.stamping import keep_stamp  # noqa: PLC0415 - only a run with nothing to do leaves one

    keep_stamp(argv, arguments, evidence, said, then)


def _say_last_words(code: int, argv: Sequence[str], streams: Streams) -> None:
    """Tell of the end from another thread, while the main one still waits for something that nobody can interrupt."""
    screen = Screen(streams.out, streams.err, _first_look(argv, os.environ, streams))
    if is_terminal(streams.err) and streams.err is not None:
        # Bars hide the cursor, and nobody is left to show it again.
        with contextlib.suppress(OSError, ValueError):
            streams.err.write("\x1b[?25h")
    _fail(_stopped(code), _guess_command(argv), screen, Talk(screen, draws_on=None))


def _guess_command(argv: Sequence[str]) -> str | None:
    return next((BY_NAME[word].name for word in argv if word in BY_NAME), None)


def _stopped(code: int) -> Interrupted:
    error = Interrupted(word_for(code))
    error.exit_code = code
    return error


def _end_quietly(streams: Streams) -> None:
    """Flush the streams; what nobody reads any more must not become noise when the interpreter ends."""
    for stream, number in ((streams.out, 1), (streams.err, 2)):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, number)
                os.close(null)
