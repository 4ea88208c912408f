"""Writing a lock in the formats of others: which files that makes, where they go, and where their artifacts lie."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from frazil.atomic import make_folder, read_if_there, write_atomically
from frazil.costs import Costs
from frazil.errors import ConfigurationError, Difference, Offline, UsageError
from frazil.events import Warned
from frazil.fetcher.location import Whereabouts
from frazil.fetcher.plan import download_of
from frazil.freeze import read_standing, refuse_stale
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact
from frazil.model import Rules
from frazil.outside import Outside, declared_again
from frazil.project.declaration import DeclaredProject
from frazil.project.reading import find_root
from frazil.references import LockReference, read_reference
from frazil.report.export.cyclonedx import cyclonedx
from frazil.report.export.drawings import dot, graphml, json_graph, mermaid
from frazil.report.export.pylock import pylocks
from frazil.report.export.request import Exported, Request, choose_living
from frazil.report.export.requirements import requirements_files
from frazil.report.export.spdx import spdx
from frazil.report.lines import listed
from frazil.report.units import counted
from frazil.settings import Settings
from frazil.values import dataclass, field, replace

FORMATS: Mapping[str, Callable[[Request], tuple[Exported, ...]]] = {
    "pylock": pylocks,
    "requirements": requirements_files,
    "cyclonedx": cyclonedx,
    "spdx": spdx,
    "dot": dot,
    "mermaid": mermaid,
    "graphml": graphml,
    "json-graph": json_graph,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What to write and where: `out` is a file or a folder, None for nowhere. `files_urls` are (index, file root)."""

    form: str = "pylock"
    out: Path | None = None
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    per_target: bool = False
    local: bool = True
    files_urls: tuple[tuple[str, str], ...] = ()
    locked: bool = False
    frozen: bool = False
    check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file that was written, or is to be shown where `path` is None; `changed` says that it was not so before."""

    path: Path | None
    name: str
    text: str = field(repr=False)
    targets: tuple[str, ...]
    environments: tuple[str, ...]
    changed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export wrote, in the order of targets and environments."""

    form: str
    files: tuple[ExportedFile, ...]
    warnings: tuple[str, ...] = ()
    costs: Costs = Costs()


def export_lock(reference: LockReference, options: ExportOptions, settings: Settings) -> ExportReport:
    """Write a lock in another format.

    A lock that does not answer what is declared is told, or refused under `locked`; under `frozen`, in a revision and
    in a lock that was cut, nobody looks. Raises UsageError, LockFileError, StaleLock, OutsideError, DiskError, and
    under `check` Difference for files that are not what would be written.
    """
    frozen = read_reference(reference, environ=settings.environ)
    root = _root_of(reference)
    project, stale = _declared(root, reference, frozen, options, settings)
    targets, environments = choose_living(frozen, targets=options.targets, environments=options.environments)
    settings = replace(settings, index_files=(*settings.index_files, *_file_roots(options, frozen)))
    indexes = declared_again(frozen.inputs.indexes)
    given = () if project is None else project.index_credentials
    # What is written goes to other machines: it names the indexes themselves.
    with Outside(indexes, settings, index_credentials=given, mirrored=False) as outside:
        request = Request(
            frozen=frozen,
            targets=targets,
            environments=environments,
            whereabouts=_Addresses(frozen, outside, root=root or reference.folder, out=options.out),
            each=options.per_target,
            local=options.local,
        )
        exported = FORMATS[options.form](request)
        costs = outside.costs
    files = _placed(exported, options)
    warnings = (*stale, *_odd_names(files, options), *(w for each in exported for w in each.warnings))
    for sentence in warnings:
        settings.reporter(Warned(sentence))
    if options.check:
        _refuse_changed(files)
    for file in files:
        if file.path is not None and file.changed and not options.check:
            make_folder(file.path.parent)
            write_atomically(file.path, file.text.encode())
    return ExportReport(form=options.form, files=files, warnings=warnings, costs=costs)


def _root_of(reference: LockReference) -> Path | None:
    """Return the root of the project that a lock lies in, None for a lock on its own."""
    try:
        return find_root(reference.folder)
    except ConfigurationError:
        return None


def _declared(
    root: Path | None, reference: LockReference, frozen: Frozen, options: ExportOptions, settings: Settings
) -> tuple[DeclaredProject | None, tuple[str, ...]]:
    """Return the project of a lock, and what the lock does not answer of it, where it is to be looked at.

    Raises StaleLock under `locked`.
    """
    # What a lock was cut to is less than what is declared.
    if root is None or reference.file is None or options.frozen or frozen.subset is not None:
        return None, ()
    standing = read_standing(root, reference.file, Rules(), settings)
    if options.locked:
        refuse_stale(standing)
    return standing.project, tuple(f"{reference.name} is out of date: {reason}" for reason in standing.reasons)


def _file_roots(options: ExportOptions, frozen: Frozen) -> Iterator[tuple[str, str]]:
    names = [index.name for index in frozen.inputs.indexes]
    for name, url in options.files_urls:
        if name not in names and (name or len(names) > 1):
            said = f"has no index {name}" if name else f"has {len(names)} indexes"
            raise UsageError(f"the lock {said}", hint=f"write --files-url NAME={url}, NAME one of {', '.join(names)}")
        yield name or names[0], url


# Addresses -------------------------------------------------------------------------------------------------


class _Addresses:
    """Finds out where files and indexes are; folders count from where the written file lies, else from the root."""

    def __init__(self, frozen: Frozen, outside: Outside, *, root: Path, out: Path | None) -> None:
        self._indexes = frozen.inputs.indexes
        self._outside = outside
        self._root = root
        self._base = root if out is None else out if _is_folder(out) else out.parent

    @cached_property
    def _whereabouts(self) -> Whereabouts:
        return Whereabouts(self._outside.roots_of(self._indexes), self._outside.locator)

    def artifact(self, coordinate: Coordinate, artifact: FrozenArtifact) -> str:
        download = download_of(coordinate, artifact)
        try:
            address = next(self._whereabouts.addresses(download), None)
        except Offline:
            raise UsageError(
                f"where index {download.index} keeps its files is not known, and may not be asked for offline",
                hint="say it with --files-url, or run once without --offline",
            ) from None
        if address is None:
            raise self._whereabouts.gone(download)
        return address

    def index(self, name: str) -> str:
        stated = next((index.url for index in self._indexes if index.name == name), None)
        machine = self._outside.machine
        return stated or (machine.url if machine is not None else "")

    def folder(self, path: str) -> str:
        try:
            return Path(os.path.relpath(self._root / path, self._base)).as_posix()
        except ValueError:
            raise UsageError(
                f"{self._root / path} cannot be reached from {self._base}, which is on another drive",
                hint="write the file into the project, or leave the repository's own projects out with --no-local",
            ) from None


# Files -----------------------------------------------------------------------------------------------------


def _is_folder(out: Path) -> bool:
    """Say whether a place to write to is meant as a folder: it is one, or its name has no suffix."""
    return out.is_dir() or not out.suffix


def _placed(exported: tuple[Exported, ...], options: ExportOptions) -> tuple[ExportedFile, ...]:
    out = options.out
    if out is None and options.check:
        raise UsageError("`--check` needs a file to compare with", hint="name it with --out")
    if len(exported) > 1 and (out is None or not _is_folder(out)):
        raise UsageError(
            f"this makes {len(exported)} files: {listed([each.name for each in exported])}",
            hint="name a folder for them with --out, or choose with --target and --env",
        )
    placed: dict[str, Exported] = {}
    for each in exported:
        other = placed.setdefault(each.name, each)
        if other is not each:
            raise UsageError(
                f"{each.name} would be the file of {listed(other.targets)} and of {listed(each.targets)}",
                hint="choose with --target and --env",
            )
    return tuple(_placed_at(each, out) for each in exported)


def _placed_at(exported: Exported, out: Path | None) -> ExportedFile:
    path = out / exported.name if out is not None and _is_folder(out) else out
    return ExportedFile(
        path=path,
        name=exported.name,
        text=exported.text,
        targets=exported.targets,
        environments=exported.environments,
        changed=path is None or read_if_there(path) != exported.text.encode(),
    )


def _odd_names(files: tuple[ExportedFile, ...], options: ExportOptions) -> Iterator[str]:
    for file in files:
        if options.form == "pylock" and file.path is not None and not is_valid_pylock_path(file.path):
            yield f"{file.path.name} is no name for a lock that installers take: pylock.toml and pylock.NAME.toml are"


def _refuse_changed(files: tuple[ExportedFile, ...]) -> None:
    changed = [str(file.path) for file in files if file.changed]
    if changed:
        raise Difference(
            f"{len(changed)} of {counted(len(files), 'exported file')} would change",
            details=tuple(changed),
            hint="run the same command without --check",
        )
