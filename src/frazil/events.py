"""What happens while frazil works, as small values; a reporter is told and never steers."""

from typing import Protocol

from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """A phase with a name began: `read`, `resolve`, `write`, `plan`, `download`, `link`."""

    phase: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    phase: str


@dataclass(frozen=True, slots=True)
class ProjectRead:
    """A project's page was read; `cached` says that no request was made, `seconds` is what parsing it took."""

    name: str
    cached: bool
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class MetadataRead:
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class RequestMade:
    """One HTTP request ended; `received` is body bytes. `url` carries no credentials."""

    url: str
    status: int
    received: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DownloadPlanned:
    """So many artifacts of so many bytes are about to be downloaded."""

    artifacts: int
    size: int


@dataclass(frozen=True, slots=True)
class BytesReceived:
    """Bytes of an artifact came in; a negative `count` takes back those of a try that failed."""

    filename: str
    count: int


@dataclass(frozen=True, slots=True)
class ArtifactStored:
    filename: str
    size: int


@dataclass(frozen=True, slots=True)
class ArtifactLinked:
    """A file of the output was made ready; `place` is where it goes there."""

    place: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RoundBegan:
    """An engine decides once more, on a node, if it knows that yet. Told only where `Settings.traced` asks for it."""

    number: int
    node: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know, in one sentence, that does not stop the work."""

    sentence: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class WaitBegan:
    """The run waits for something beyond its own work, which one sentence names."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact for `-v`."""

    sentence: str


Event = (
    PhaseBegan
    | PhaseEnded
    | ProjectRead
    | MetadataRead
    | RequestMade
    | DownloadPlanned
    | BytesReceived
    | ArtifactStored
    | ArtifactLinked
    | RoundBegan
    | Warned
    | WaitBegan
    | Noted
)


class Reporter(Protocol):
    """Is told of every event, possibly from several threads at once; must not raise."""

    def __call__(self, event: Event, /) -> None: ...


def silent(_event: Event, /) -> None:
    """Report nothing: the default."""
