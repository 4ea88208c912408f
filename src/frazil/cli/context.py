"""What a verb is given, and what it gives back to be shown."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from frazil.cli.arguments import Arguments
from frazil.cli.progress import Talk
from frazil.costs import Costs
from frazil.errors import UsageError
from frazil.events import Reporter
from frazil.evidence import Evidence
from frazil.report.lines import Line
from frazil.settings import RemoteOptions, Settings, settings_from
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from frazil.cli.ports import Api
    from frazil.report.envelope import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A run's arguments with the machine's side of it; `folder` is what relative paths count from.

    `trace` is told of everything in place of `talk`, which it tells in turn.
    """

    arguments: Arguments
    environ: Mapping[str, str]
    folder: Path
    talk: Talk
    load_api: "Callable[[], Api]"
    trace: Reporter | None = None

    @property
    def api(self) -> "Api":
        """What does the work; imported when a verb asks for it."""
        return self.load_api()

    @property
    def verbose(self) -> bool:
        return self.arguments.verbose > 0

    @property
    def project(self) -> Path:
        """The folder from which the project is looked for. Raises UsageError."""
        chosen = self.path(self.arguments.project)
        # A folder that is misspelt must not find the project above it.
        if chosen is not None and not chosen.is_dir():
            raise UsageError(f"--project {self.arguments.project} is no folder")
        return chosen or self.folder

    @property
    def lock(self) -> Path | None:
        return self.path(self.arguments.lock)

    def path(self, text: str | None) -> Path | None:
        """Return a path of the command line, absolute; a tilde that no shell expanded is the home."""
        return None if text is None else self.folder / Path(text).expanduser()

    def settings(self) -> Settings:
        """Return the machine's side, with what the command line says of it."""
        arguments = self.arguments
        places = {"store": self.path(arguments.store), "cache": self.path(arguments.cache_dir)}
        return settings_from(
            self.environ,
            offline=arguments.offline,
            no_cache=arguments.no_cache,
            remote=self._remote(),
            link_mode=arguments.link_mode,
            allowed_hosts=arguments.allow_hosts,
            reporter=self.trace or self.talk,
            traced=self.trace is not None,
            **{name: place for name, place in places.items() if place is not None},
        )

    def _remote(self) -> RemoteOptions:
        """Return what was said of a shared cache; what was not said stays open for configuration."""
        arguments = self.arguments
        said = arguments.given
        return RemoteOptions(
            address=arguments.remote_cache,
            read=not arguments.no_remote_cache_read if "no_remote_cache_read" in said else None,
            write=arguments.remote_cache_write if "remote_cache_write" in said else None,
            required=arguments.remote_required if "remote_required" in said else None,
            timeout=arguments.remote_timeout,
        )


def _no_lines() -> tuple[Line, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a verb has to show: data for stdout, words for stderr, an object for `--json`; built only when wanted.

    `text` is data that is printed as it is. `costs` are told under `-v`, with `seconds` where the run measured itself.
    `warnings` are sentences that may have been told already. `evidence` is what the answer "nothing to do" rests on;
    `next` is what a run like this will answer from now on, where it is another one, `then` what it will answer when it
    only had to bring the output back.
    `exit_code` is 1 where `--exit-code` asked for it.
    """

    document: "Callable[[], Document]"
    data: Callable[[], tuple[Line, ...]] = field(default=_no_lines)
    words: Callable[[], tuple[Line, ...]] = field(default=_no_lines)
    text: str | None = None
    costs: Costs | None = None
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    evidence: Evidence | None = None
    next: "Answer | None" = None
    then: "Answer | None" = None
    exit_code: int = 0
