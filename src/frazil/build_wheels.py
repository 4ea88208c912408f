"""Wheels of what a lock has only as source, and of members: made here, with the build dependencies that it locks."""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from frazil.atomic import make_cache_folder, make_folder, write_atomically
from frazil.build import parse_build_system
from frazil.building import Workshop, parsed_requirements
from frazil.errors import BuildFailed, DiskError
from frazil.events import Noted
from frazil.frozen.graph import Graph, Node
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenTarget
from frazil.frozen.selection import SelectedArtifact
from frazil.interpreter import matches, running_interpreter
from frazil.model import ArchiveSource, DirectorySource, Environment, VcsSource
from frazil.opening import read_plain
from frazil.requirement import Requirement, marker_holds, specifier_set
from frazil.resolver.candidates import wheel_tags
from frazil.settings import Settings
from frazil.sources import Content, SourceTree, check_tree
from frazil.store.content import Store
from frazil.supply import Supplied, Supply
from frazil.to_build import Made, ToBuild, base_of, folder_to_build, is_wheel, member_to_build, release_to_build
from frazil.unpacking import unpack_source

_FOLDER = "built-wheels-v1"


def make_wheels(frozen: Frozen, items: Sequence[ToBuild], *, root: Path, supply: Supply, settings: Settings) -> Made:
    """Build wheels for the environments that this interpreter matches, and pure ones for all.

    What was fetched must be in the store. Raises BuildFailed, IntegrityError, DiskError.
    """
    return _Making(frozen, root, supply, settings).run(items)


class _Making:
    def __init__(self, frozen: Frozen, root: Path, supply: Supply, settings: Settings) -> None:
        self._frozen = frozen
        self._root = root
        self._supply = supply
        self._settings = settings
        self._store = Store(settings.store)
        self._workshop = Workshop(supply, settings)
        self._graphs: dict[str, Graph] = {}
        self._trees: dict[str, SourceTree] = {}
        self._built: dict[tuple[str, tuple[Path, ...]], Supplied] = {}

    def run(self, items: Sequence[ToBuild]) -> Made:
        wheels: list[SelectedArtifact] = []
        places: set[str] = set()
        left_out: list[str] = []
        for item in items:
            made = self._made(item)
            served = {environment for wheel in made for _, environment in wheel.users}
            missing = [name for name in item.environments if name not in served]
            if missing:
                left_out.append(self._why_not(item, missing))
            if served:
                places.add(item.place)
            wheels += made
        return Made(wheels=tuple(wheels), places=frozenset(places), left_out=tuple(left_out))

    def _made(self, item: ToBuild) -> list[SelectedArtifact]:
        """Build the wheels that serve an item's environments, as few as can be."""
        users: dict[Supplied, set[str]] = {}
        served: set[str] = set()
        for environment in self._in_order(item.environments):
            made = None if environment.name in served else self._made_for(item, environment)
            if made is not None:
                fitting = {name for name in item.environments if self._serves(made, name, environment)} - served
                users.setdefault(made, set()).update(fitting)
                served |= fitting
        return [
            SelectedArtifact(
                artifact=FrozenArtifact(filename=made.path.name, sha256=made.sha256, size=made.size),
                coordinate=_coordinate(item),
                users=tuple(user for user in item.users if user[1] in names),
            )
            for made, names in sorted(users.items(), key=lambda pair: (pair[0].path.name, pair[0].sha256))
        ]

    def _in_order(self, names: Iterable[str]) -> list[Environment]:
        """Return environments, those that this interpreter matches first."""
        found = [self._frozen.environments_by_name[name] for name in names]
        return sorted(found, key=lambda environment: (not matches(environment), environment.name))

    def _serves(self, made: Supplied, name: str, built_for: Environment) -> bool:
        """Say whether a wheel that was built for one environment is of use in another."""
        environment = self._frozen.environments_by_name[name]
        tags = wheel_tags(made.path.name)
        if not any(tag in environment.rank for tag in tags):
            return False
        is_pure = all(tag.endswith("-none-any") for tag in tags)
        return is_pure or (matches(environment) and matches(built_for))

    def _made_for(self, item: ToBuild, environment: Environment) -> Supplied | None:
        """Build with what the lock has for an environment; None where that cannot run here, or its wheel not there."""
        if item.resolve is None:
            return None
        wheels = self._wheels(item.resolve, environment, item.requirements)
        made = None if wheels is None else self._wheel(item, environment, wheels)
        return made if made is not None and self._serves(made, environment.name, environment) else None

    @staticmethod
    def _why_not(item: ToBuild, missing: Sequence[str]) -> str:
        if item.resolve is None:
            return f"{item.label} was not built: the lock has nothing to build it with"
        return f"{item.label} was not built for {', '.join(missing)}: this interpreter is of another kind"

    # The environment of a build ---------------------------------------------------------------------------

    def _wheels(
        self, resolve: str, environment: Environment, requirements: Iterable[FrozenEdge]
    ) -> tuple[Path, ...] | None:
        """Return the wheels that a build takes in an environment, built if need be; None if one does not run here."""
        asked = [edge.requirement for edge in requirements if edge.holds_in(environment.name)]
        found = []
        for answer in self._closure(resolve, environment.name, asked):
            wheel = self._ready(answer, environment)
            if wheel is None:
                return None
            found.append(wheel)
        return tuple(sorted(found))

    def _closure(
        self, resolve: str, environment: str, asked: Iterable[Requirement]
    ) -> Iterator[Coordinate | FrozenTarget]:
        """Give all that some requirements lead to in a resolve, but not what building those takes."""
        graph = self._graphs.setdefault(environment, Graph(self._frozen, environment))
        waiting: list[Node] = [(resolve, r.name, extra) for r in asked for extra in (None, *r.extras)]
        seen: set[Node] = set()
        given: set[str] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            answer = graph.answer(node)
            if answer is not None and node[1] not in given:
                given.add(node[1])
                yield answer
            waiting += [n for found in graph.followed(node) if not found.building for n in found.nodes()]

    def _ready(self, answer: Coordinate | FrozenTarget, environment: Environment) -> Path | None:
        """Return a wheel of a build requirement that this interpreter can use, None where there is none."""
        artifact = answer.artifact_for(environment.name) if isinstance(answer, Coordinate) else None
        if artifact is not None and is_wheel(artifact):
            here = running_interpreter().rank
            fits = any(tag in here for tag in wheel_tags(artifact.filename))
            return self._store.path(artifact.sha256, artifact.filename) if fits else None
        user = (("", environment.name),)
        if isinstance(answer, FrozenTarget):
            item = member_to_build(self._frozen, self._frozen.targets_by_name[base_of(answer)], user)
        elif artifact is None:
            item = folder_to_build(answer, user)
        else:
            item = release_to_build(answer, artifact, user)
        if item.resolve is None:
            raise BuildFailed(f"{item.label} cannot be built: the lock has nothing to build it with")
        wheels = self._wheels(item.resolve, environment, item.requirements)
        made = None if wheels is None else self._wheel(item, environment, wheels)
        return None if made is None else made.path

    # A wheel ----------------------------------------------------------------------------------------------

    def _wheel(self, item: ToBuild, environment: Environment, wheels: tuple[Path, ...]) -> Supplied:
        tree = self._tree(item)
        key = (str(tree.folder), wheels)
        if key not in self._built:
            record = self._place(tree, wheels)
            self._built[key] = self._recorded(record) or self._build(item, tree, environment, wheels, record)
        return self._built[key]

    def _build(
        self, item: ToBuild, tree: SourceTree, environment: Environment, wheels: tuple[Path, ...], record: Path | None
    ) -> Supplied:
        with self._workshop.entered(tree):
            system = parse_build_system(tree.read("pyproject.toml"), tree.label)
            backend = self._workshop.backend(tree, system, wheels)
            more = self._more(item, environment, parsed_requirements(backend.requirements(), tree.label))
            if not {*more} <= {*wheels}:
                backend = self._workshop.backend(tree, system, tuple(sorted({*wheels, *more})))
            wheel = backend.wheel(self._workshop.new_folder())
        _check_release(wheel, tree)
        made = self._supply.adopt(wheel)
        self._keep(record, made)
        return made

    def _more(self, item: ToBuild, environment: Environment, asked: Iterable[Requirement]) -> tuple[Path, ...]:
        """Return the wheels of what a backend asks for besides, which the lock must hold too."""
        resolve = item.resolve or ""
        held = [r for r in asked if marker_holds(r.marker, running_interpreter().variables)]
        for requirement in held:
            pin = self._frozen.pins.get((resolve, environment.name, requirement.name))
            if pin is None or not specifier_set(requirement.specifier).contains(pin.version or "0"):
                raise BuildFailed(
                    f"{item.label} cannot be built: its backend asks for {requirement.head}, "
                    f"which resolve {resolve} of the lock does not hold",
                    hint=f"add {requirement.head} to `requires` of its [build-system]",
                )
        found = (self._ready(answer, environment) for answer in self._closure(resolve, environment.name, held))
        return tuple(wheel for wheel in found if wheel is not None)

    def _tree(self, item: ToBuild) -> SourceTree:
        key = f"{item.label} {item.place}"
        if key not in self._trees:
            self._trees[key] = self._lay_out(item)
        return self._trees[key]

    def _lay_out(self, item: ToBuild) -> SourceTree:
        source = item.source
        if isinstance(source, FrozenTarget) or isinstance(source.source, DirectorySource):
            name = source.project_name if isinstance(source, FrozenTarget) else source.name
            content = Content(f"folder {item.place}", lasting=False)
            folder = self._root / item.place
            return check_tree(SourceTree(name=name or item.label, version=None, folder=folder, content=content))
        artifact = next(artifact for artifact in source.artifacts if artifact.filename == item.place)
        archive = self._store.path(artifact.sha256, artifact.filename)
        folder = unpack_source(archive, artifact.filename, self._supply.new_folder())
        subdirectory = source.source.subdirectory if isinstance(source.source, VcsSource | ArchiveSource) else None
        return SourceTree(
            name=source.name,
            version=source.version,
            folder=folder / (subdirectory or "."),
            content=Content(f"sha256 {artifact.sha256} {subdirectory or ''}"),
            told=source.version if isinstance(source.source, VcsSource) else None,
        )

    # What was built before --------------------------------------------------------------------------------

    def _place(self, tree: SourceTree, wheels: tuple[Path, ...]) -> Path | None:
        """Return where a built wheel is on record: by its source, what it was built with, and the interpreter."""
        if not tree.content.lasting or self._settings.no_cache:
            return None
        here = running_interpreter()
        facts = (tree.content.name, tree.label, sys.implementation.cache_tag, here.python, here.platform)
        with_what = (f"{wheel.parent.name}/{wheel.name}" for wheel in wheels)
        key = hashlib.sha256("\n".join(map(str, (*facts, *with_what))).encode()).hexdigest()
        return self._settings.cache / _FOLDER / key[:2] / f"{key}.json"

    def _recorded(self, record: Path | None) -> Supplied | None:
        if record is None:
            return None
        try:
            found = json.loads(read_plain(record))
            filename, sha256, size = str(found["filename"]), str(found["sha256"]), int(found["size"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        if not self._store.has(sha256, filename, size):
            return None
        return Supplied(self._store.path(sha256, filename), sha256, size)

    def _keep(self, record: Path | None, made: Supplied) -> None:
        if record is None:
            return
        facts = {"filename": made.path.name, "sha256": made.sha256, "size": made.size}
        try:
            make_cache_folder(self._settings.cache)
            make_folder(record.parent)
            write_atomically(record, json.dumps(facts).encode(), durable=False)
        except DiskError:
            self._settings.reporter(Noted("the cache takes no record of a build: it will be built again"))


def _check_release(wheel: Path, tree: SourceTree) -> None:
    """See that a wheel is one of what was built. Raises BuildFailed."""
    try:
        name, version, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename:
        name, version = canonicalize_name(""), Version("0")
    if name != tree.name or (tree.version is not None and version != Version(tree.version)):
        raise BuildFailed(f"{tree.label} cannot be built: its backend left {wheel.name}")


def _coordinate(item: ToBuild) -> Coordinate:
    """Return what a wheel was built from; a member is a folder like any other here."""
    if isinstance(item.source, Coordinate):
        return item.source
    return Coordinate(name=item.source.project_name or item.label, version=None, source=DirectorySource(item.place))
