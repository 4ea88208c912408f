"""What is asked of an export, and what comes of it; where files lie is found out by whoever asks."""

from collections.abc import Iterable
from typing import Protocol

from frazil.errors import UsageError
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.frozen.selection import choose
from frazil.values import dataclass, field


class Whereabouts(Protocol):
    """Tells addresses, which locks leave out where they are a matter of the machine."""

    def artifact(self, coordinate: Coordinate, artifact: FrozenArtifact) -> str:
        """Return the address of a file. Raises OutsideError, UsageError where it cannot be found out."""
        ...

    def index(self, name: str) -> str:
        """Return the address of an index, without credentials."""
        ...

    def folder(self, path: str) -> str:
        """Return a path below the project root as the file that is written has to say it, with `/`."""
        ...


class Wheels(Protocol):
    """Wheels that lie below the files that are written: nothing in those files then leads anywhere else."""

    def wheel(self, part: Coordinate | FrozenTarget, environment: str) -> FrozenArtifact | None:
        """Return what is installed of a release or project in an environment."""
        ...

    def path(self, artifact: FrozenArtifact) -> str:
        """Return where a wheel lies, relative to the files, with `/`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Some targets of a lock in some environments; `each` is one file a target, `local` takes the repository's own.

    With `wheels` everything is one of those, and nobody is asked where files are (a pylock alone can do that).
    """

    frozen: Frozen
    targets: tuple[FrozenTarget, ...]
    environments: tuple[str, ...]
    whereabouts: Whereabouts
    each: bool = False
    local: bool = True
    wheels: Wheels | None = None


def choose_living(
    frozen: Frozen, *, targets: Iterable[str], environments: Iterable[str]
) -> tuple[tuple[FrozenTarget, ...], tuple[str, ...]]:
    """Choose by names and globs, as a fetch does, and leave out targets that are frozen for none of the environments.

    Raises UsageError, also where nothing is left.
    """
    chosen, names = choose(frozen, targets=targets, environments=environments)
    found = tuple(target for target in chosen if not set(names).isdisjoint(target.environments))
    if not found:
        raise UsageError(f"no target is frozen for {', '.join(names) or 'any environment'}")
    return found, names


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One file: its name, its text, what it is about, and in sentences what could not be said in it."""

    name: str
    text: str = field(repr=False)
    targets: tuple[str, ...]
    environments: tuple[str, ...]
    warnings: tuple[str, ...] = ()
