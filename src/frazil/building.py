"""What only a build tells or makes: metadata and wheels, with build requirements that frazil resolves itself."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from frazil.address import ArchiveAddress
from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.build import Backend, BuildSystem, make_environment, parse_build_system
from frazil.catalog import Unreadable
from frazil.errors import AnswerIsNo, BuildFailed, DiskError, GaveUp
from frazil.events import Noted
from frazil.interpreter import running_interpreter
from frazil.model import DirectorySource, IndexSource, Metadata, Pin
from frazil.opening import read_plain
from frazil.requirement import Requirement, RequirementSyntaxError, parse_requirement
from frazil.settings import Settings
from frazil.sources import Content, Sources, SourceTree
from frazil.supply import Supply
from frazil.values import dataclass

DEEPEST = 8
"""How many builds may stand one within the other: to build a, b must be built, and for that c."""

_FOLDER = "builds-v1"
_LARGEST_RECORD = 32 * 1024 * 1024

LayOut = Callable[[], SourceTree]
"""Lays a source out on disk, when it comes to that."""

Read = Callable[[bytes], Metadata | Unreadable]
"""Reads METADATA, and sees that it speaks of the release that was built."""


@dataclass(frozen=True, slots=True)
class BuildAnswer:
    """What a build environment holds: releases, and members by (project name, folder)."""

    pins: tuple[Pin, ...]
    members: tuple[tuple[str, str], ...] = ()


Answer = Callable[[tuple[Requirement, ...], str], BuildAnswer]
"""Chooses what meets build requirements for the interpreter that runs, on behalf of whoever is built."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a backend said: the METADATA of the wheel to be, and all that building it takes."""

    metadata: bytes
    requires: tuple[Requirement, ...]


class Workshop:
    """Where builds happen in one run: environments by the wheels that are in them, which several builds may share."""

    def __init__(self, supply: Supply, settings: Settings) -> None:
        self._supply = supply
        self._settings = settings
        self._pythons: dict[tuple[Path, ...], Path] = {}
        self._under_way: list[str] = []

    @property
    def is_busy(self) -> bool:
        """Say whether a build is under way, so that what fails now may succeed later."""
        return bool(self._under_way)

    @contextmanager
    def entered(self, tree: SourceTree) -> Iterator[None]:
        """Refuse a build that would wait for itself, or for too many others. Raises BuildFailed."""
        way = [*self._under_way, tree.label]
        if tree.label in self._under_way:
            raise BuildFailed(f"{tree.label} cannot be built: building it takes itself ({' → '.join(way)})")
        if len(way) > DEEPEST:
            raise BuildFailed(f"{tree.label} cannot be built: too many builds wait for it ({' → '.join(way)})")
        self._settings.reporter(Noted(f"building {tree.label}"))
        self._under_way.append(tree.label)
        try:
            yield
        finally:
            self._under_way.pop()

    def backend(self, tree: SourceTree, system: BuildSystem, wheels: tuple[Path, ...]) -> Backend:
        """Return a source's backend in an environment with these wheels. Raises BuildFailed, DiskError."""
        if wheels not in self._pythons:
            self._pythons[wheels] = make_environment(self._supply.new_folder() / "environment", wheels, tree.label)
        python = self._pythons[wheels]
        return Backend(tree.folder, system, python, label=tree.label, version=tree.told, settings=self._settings)

    def new_folder(self) -> Path:
        return self._supply.new_folder()


class SourceBuilder:
    """Builds what a resolve must know, each thing once in a run."""

    def __init__(self, answer: Answer, sources: Sources, supply: Supply, settings: Settings) -> None:
        self._answer = answer
        self._sources = sources
        self._supply = supply
        self._settings = settings
        self._workshop = Workshop(supply, settings)
        self._built: dict[Content, Built] = {}
        self._wheels: dict[Path, Path] = {}

    @property
    def is_busy(self) -> bool:
        return self._workshop.is_busy

    def metadata(self, content: Content, lay_out: LayOut, read: Read) -> Metadata | Unreadable:
        """Return what a source would say of itself if it were built.

        Raises BuildFailed, OutsideError, IntegrityError.
        """
        built = self._remembered(content)
        if built is None:
            tree = lay_out()
            with self._workshop.entered(tree):
                backend, requires = self._prepared(tree)
                built = Built(backend.metadata(), requires)
            self._remember(content, built)
        return read(built.metadata)

    def requirements(
        self, content: Content, read_pyproject: Callable[[], bytes | None], label: str
    ) -> tuple[Requirement, ...]:
        """Return what building a source takes, without running any of its code.

        What its backend asks for besides is known only where it had to be asked for metadata. Raises BuildFailed.
        """
        built = self._remembered(content)
        if built is not None:
            return built.requires
        return parsed_requirements(parse_build_system(read_pyproject(), label).requires, label)

    def wheel(self, tree: SourceTree) -> Path:
        """Build a wheel of a source for this interpreter. Raises BuildFailed, OutsideError, IntegrityError."""
        if tree.folder not in self._wheels:
            with self._workshop.entered(tree):
                backend, _ = self._prepared(tree)
                self._wheels[tree.folder] = backend.wheel(self._workshop.new_folder())
        return self._wheels[tree.folder]

    # The environment of a build ---------------------------------------------------------------------------

    def _prepared(self, tree: SourceTree) -> tuple[Backend, tuple[Requirement, ...]]:
        """Return a source's backend in an environment with all that it asks for, and what that is."""
        system = parse_build_system(tree.read("pyproject.toml"), tree.label)
        requires = parsed_requirements(system.requires, tree.label)
        backend = self._backend(tree, system, requires)
        more = parsed_requirements(backend.requirements(), tree.label)
        if not {*more} <= {*requires}:
            requires = tuple(dict.fromkeys((*requires, *more)))
            backend = self._backend(tree, system, requires)
        return backend, requires

    def _backend(self, tree: SourceTree, system: BuildSystem, requires: tuple[Requirement, ...]) -> Backend:
        try:
            answer = self._answer(requires, tree.label) if requires else BuildAnswer(())
        except (AnswerIsNo, GaveUp) as error:
            sentence = f"{tree.label} cannot be built: {error.sentence}"
            raise BuildFailed(sentence, details=error.details, hint=error.hint) from None
        return self._workshop.backend(tree, system, tuple(self._files(answer)))

    def _files(self, answer: BuildAnswer) -> Iterable[Path]:
        """Give the wheels of an answer, building those that are none."""
        for pin in answer.pins:
            if pin.artifact is not None and pin.artifact.is_wheel and isinstance(pin.source, IndexSource):
                yield self._supply.file_of(pin.artifact)
            elif pin.artifact is not None and pin.artifact.is_wheel:
                yield self._supply.archive_at(ArchiveAddress(pin.artifact.url)).path
            else:
                yield self.wheel(self._sources.tree(pin.name, pin.version, pin.source, pin.artifact))
        for name, folder in answer.members:
            yield self.wheel(self._sources.tree(name, None, DirectorySource(folder), None))

    # What was built before --------------------------------------------------------------------------------

    def _remembered(self, content: Content) -> Built | None:
        """Return what building a source said, in this run or before; a record that cannot be read is none."""
        if content not in self._built and content.lasting and not self._settings.no_cache:
            recorded = self._recorded(content)
            if recorded is not None:
                self._built[content] = recorded
        return self._built.get(content)

    def _recorded(self, content: Content) -> Built | None:
        path = self._place(content)
        try:
            if path.stat().st_size > _LARGEST_RECORD:
                return None
            record = json.loads(read_plain(path))
            requires = tuple(parse_requirement(text) for text in record["requires"])
            return Built(record["metadata"].encode("utf-8", "surrogateescape"), requires)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def _remember(self, content: Content, built: Built) -> None:
        self._built[content] = built
        if not content.lasting or self._settings.no_cache or writes_forbidden():
            return
        text = built.metadata.decode("utf-8", "surrogateescape")
        record = {"requires": [str(requirement) for requirement in built.requires], "metadata": text}
        path = self._place(content)
        try:
            make_cache_folder(self._settings.cache)
            make_folder(path.parent)
            write_atomically(path, json.dumps(record).encode(), durable=False)
        except DiskError:
            self._settings.reporter(Noted("the cache takes no record of a build: it will be built again"))

    def _place(self, content: Content) -> Path:
        # What another interpreter was told need not hold for this one.
        interpreter = running_interpreter()
        where = (content.name, sys.implementation.cache_tag, interpreter.python, interpreter.platform)
        key = hashlib.sha256("\n".join(map(str, where)).encode()).hexdigest()
        return self._settings.cache / _FOLDER / key[:2] / f"{key}.json"


def parsed_requirements(texts: Iterable[str], label: str) -> tuple[Requirement, ...]:
    """Parse what a build asks for, each once. Raises BuildFailed."""
    try:
        return tuple(dict.fromkeys(parse_requirement(text) for text in texts))
    except RequirementSyntaxError as error:
        raise BuildFailed(f"{label} cannot be built: what it requires for that cannot be read: {error}") from None
