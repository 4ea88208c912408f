"""What a change of a lock, and of the files of its targets, makes necessary to build anew; in doubt, everything."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from frazil.errors import BadInput, ConfigurationError
from frazil.frozen.affected import Affected, affected
from frazil.frozen.inputs import inputs_of
from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.selection import choose, declared_targets
from frazil.project.declaration import DeclaredProject
from frazil.project.patterns import matches
from frazil.project.places import folder_of
from frazil.project.reading import find_root, read_project
from frazil.references import LockReference, read_reference
from frazil.revisions import changed_since
from frazil.values import dataclass

_Value = TypeVar("_Value")

_BELOW = "/**"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """What must be built anew: `found`, among these targets in these environments of `frozen`.

    `unreadable` says what could not be read; then it is everything.
    """

    frozen: Frozen
    targets: tuple[FrozenTarget, ...]
    environments: tuple[str, ...]
    found: tuple[Affected, ...]
    unreadable: tuple[str, ...]


def read_rebuild(
    old: LockReference,
    new: LockReference,
    *,
    project: Path,
    since: str | None,
    targets: Sequence[str],
    environments: Sequence[str],
    environ: Mapping[str, str],
) -> Rebuild:
    """Compare two locks, and with `since` the files of the project that `project` lies in with a revision.

    Raises UsageError for names that are unknown, and what went wrong where nothing at all can be read.
    """
    reading = _Reading()
    before = reading.tried(lambda: read_reference(old, environ=environ))
    after = reading.tried(lambda: read_reference(new, environ=environ))
    sources = None if since is None else reading.tried(lambda: _changed_sources(project, since, after, environ))
    frozen = after or before or reading.tried(lambda: _declared_alone(project, environ))
    if frozen is None:
        raise reading.errors[0]
    chosen, names = choose(frozen, targets=targets, environments=environments)
    found = affected(None if reading.errors else before, frozen, chosen, names, sources=sources)
    return Rebuild(
        frozen=frozen,
        targets=chosen,
        environments=names,
        found=found,
        unreadable=tuple(dict.fromkeys(error.sentence for error in reading.errors)),
    )


class _Reading:
    """Reads what can be read, and remembers what cannot."""

    def __init__(self) -> None:
        self.errors: list[BadInput] = []

    def tried(self, read: Callable[[], _Value]) -> _Value | None:
        try:
            return read()
        except BadInput as error:
            self.errors.append(error)
            return None


def _declared_alone(project: Path, environ: Mapping[str, str]) -> Frozen:
    """Return a lock that knows the declared targets and nothing else."""
    return Frozen(inputs=inputs_of(read_project(find_root(project), environ=environ)))


# Sources ---------------------------------------------------------------------------------------------------


def _changed_sources(
    project: Path, since: str, frozen: Frozen | None, environ: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return for each declared target the files of its own that are not as a revision has them.

    Raises ConfigurationError where the lock knows other targets than are declared: those have no sources, or no lock.
    """
    root = find_root(project)
    declared = read_project(root, environ=environ)
    if frozen is not None:
        names = {target.name for target in declared.targets}
        locked = {target.name for target in declared_targets(frozen)}
        for name in sorted(locked ^ names):
            missing = "not in the lock" if name in names else "not declared any more"
            raise ConfigurationError(f"target {name} is {missing}", hint="run `frazil resolve`")
    return sources_changed(declared, changed_since(root, since, environ=environ))


def sources_changed(project: DeclaredProject, files: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for each target whose own sources are among some files which of them are; paths count from the root."""
    folders: dict[str, list[str]] = {}
    patterns: list[tuple[str, str]] = []
    for target in project.targets:
        for pattern in target.sources:
            folder = pattern.removesuffix(_BELOW)
            if pattern == "**":
                folders.setdefault(".", []).append(target.name)
            elif pattern.endswith(_BELOW) and not set("*?") & {*folder}:
                folders.setdefault(folder, []).append(target.name)
            else:
                patterns.append((pattern, target.name))
    found: dict[str, set[str]] = {}
    for file in files:
        for name in _owners(file, folders, patterns):
            found.setdefault(name, set()).add(file)
    return {name: tuple(sorted(names)) for name, names in found.items()}


def _owners(file: str, folders: Mapping[str, Sequence[str]], patterns: Iterable[tuple[str, str]]) -> Iterable[str]:
    folder = file
    while folder != ".":
        folder = folder_of(folder)
        yield from folders.get(folder, ())
    yield from (name for pattern, name in patterns if matches(pattern, file))
