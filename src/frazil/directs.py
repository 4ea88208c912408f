"""What lies at an address: the version, the file and the requirements of a project that no index is asked for."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from frazil.address import (
    Address,
    AddressError,
    ArchiveAddress,
    DirectoryAddress,
    GitAddress,
    parse_address,
)
from frazil.catalog import UNVERSIONED, Forgetful, Unreadable
from frazil.errors import ConfigurationError
from frazil.events import Warned
from frazil.frozen.model import Coordinate
from frazil.index.archives import ArchiveError, read_from_wheel
from frazil.index.core_metadata import read_built_metadata, read_source_at_address, read_wheel_metadata
from frazil.index.filenames import parse_version, version_in
from frazil.model import ArchiveSource, DirectorySource, Metadata, Offer, Origin, Source, VcsSource
from frazil.project.wishes import parse_wish, settle_members
from frazil.requirement import Requirement, parse_requirement
from frazil.settings import Settings
from frazil.sources import Sources, content_of
from frazil.supply import Supply
from frazil.values import dataclass, replace

if TYPE_CHECKING:
    from frazil.building import SourceBuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectListing(Forgetful):
    """The one release that an address leads to, as if it were on a page.

    `metadata` is all that it says of itself, or what a lock kept of that: then it speaks of `extras` alone.
    """

    name: str
    source: Source
    version: str
    offer: Offer
    metadata: Metadata
    extras: frozenset[str] | None = None
    status: str = "active"

    @property
    def versions(self) -> tuple[str, ...]:
        return (self.version,)

    def offers(self, version: str) -> tuple[Offer, ...]:
        return (self.offer,) if version == self.version else ()

    def knows(self, extras: Iterable[str]) -> bool:
        """Say whether it is known what these extras add."""
        return self.extras is None or self.extras.issuperset(extras)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody asks for an address: who (a target, a release, policy), and the file and line where.

    `may_build` says whether policy lets it be built where nothing else tells what it requires.
    """

    requirement: Requirement
    who: str
    where: str
    may_build: bool = True

    @property
    def address(self) -> Address:
        try:
            return parse_address(self.requirement.url or "")
        except AddressError as error:
            raise ConfigurationError(
                f"{self.where}: {self.requirement.name} cannot be had from {self.requirement.url}: {error}",
                hint="an address leads to a wheel, a source archive, a git repository (git+https://…) or a folder",
            ) from None

    @property
    def sha256(self) -> str | None:
        """The digest that the address demands of its file."""
        return self.address.sha256 if isinstance(self.address, ArchiveAddress) else None


# What lies at an address -----------------------------------------------------------------------------------


class AddressReader:
    """Reads what addresses lead to, each once in a run. `members` are the project names of folders."""

    def __init__(
        self,
        sources: Sources,
        supply: Supply,
        builder: Callable[[], "SourceBuilder"],
        members: Mapping[str, str],
        settings: Settings,
    ) -> None:
        self._sources = sources
        self._supply = supply
        self._builder = builder
        self._members = members
        self._settings = settings
        self._read: dict[tuple[str, Address], DirectListing] = {}

    def read(self, asked: Asked, locked: Coordinate | None) -> DirectListing:
        """Return what an address leads to; `locked` is what a lock has from there: the same commit, the same file.

        Raises ConfigurationError for what is not the project that is asked for, BuildFailed, OutsideError,
        IntegrityError, DiskError.
        """
        key = (asked.requirement.name, asked.address)
        if key not in self._read:
            match asked.address:
                case GitAddress() as address:
                    found = self._read_git(asked, address, locked)
                case ArchiveAddress() as address:
                    found = self._read_archive(asked, address, locked)
                case DirectoryAddress() as address:
                    found = self._read_directory(asked, address)
            folder = found.source.path if isinstance(found.source, DirectorySource) else None
            try:
                metadata = settled(found.metadata, folder, self._sources.root, self._members)
            except ConfigurationError as error:
                raise self._wrong(asked, error.sentence) from None
            self._read[key] = replace(found, metadata=metadata)
        return self._read[key]

    def _read_git(self, asked: Asked, address: GitAddress, locked: Coordinate | None) -> DirectListing:
        git, name = self._sources.git(), asked.requirement.name
        commit = locked.source.commit_id if locked is not None and isinstance(locked.source, VcsSource) else None
        commit = commit or git.resolve(address.url, address.revision)
        source = VcsSource("git", address.url, address.revision, commit, address.subdirectory)
        static = read_source_at_address(None, git.read_file(source, "pyproject.toml"), name)
        metadata = self._known(asked, static, source, None)
        filename = f"{name}-{metadata.version}.tar"
        facts = git.describe_tar(source, filename)
        if facts.submodules:
            submodules = ", ".join(facts.submodules)
            self._settings.reporter(Warned(f"{name} has git submodules, which are left out: {submodules}"))
        offer = Offer(filename=filename, url="", sha256=facts.sha256, size=facts.size)
        return DirectListing(name=name, source=source, version=metadata.version, offer=offer, metadata=metadata)

    def _read_archive(self, asked: Asked, address: ArchiveAddress, locked: Coordinate | None) -> DirectListing:
        name = asked.requirement.name
        kept = locked.artifacts[0].sha256 if locked is not None and locked.artifacts else None
        file = self._supply.archive_at(address, locked=kept)
        offer = Offer(filename=address.filename, url=address.url, sha256=file.sha256, size=file.size)
        source = ArchiveSource(address.url, address.subdirectory)
        if offer.is_wheel:
            metadata = self._wheel_metadata(asked, offer.filename, file.path)
        else:
            tree = self._sources.tree(name, None, source, offer)
            static = read_source_at_address(tree.read("PKG-INFO"), tree.read("pyproject.toml"), name)
            metadata = self._known(asked, static, source, offer)
        return DirectListing(name=name, source=source, version=metadata.version, offer=offer, metadata=metadata)

    def _wheel_metadata(self, asked: Asked, filename: str, path: Path) -> Metadata:
        name = asked.requirement.name
        version = parse_version(version_in(filename, name) or "")
        if version is None:
            raise self._wrong(asked, f"{filename} is no wheel of {name}")
        try:
            with path.open("rb") as file:
                found = read_wheel_metadata(read_from_wheel(file, name, str(version)), name, str(version))
        except ArchiveError as error:
            raise self._wrong(asked, str(error)) from None
        if isinstance(found, Unreadable):
            raise self._wrong(asked, found.reason)
        return found

    def _read_directory(self, asked: Asked, address: DirectoryAddress) -> DirectListing:
        name, folder = asked.requirement.name, self._sources.root / address.path
        if not folder.is_dir():
            raise self._wrong(asked, f"there is no folder {address.path} in the project")
        source = DirectorySource(address.path)
        tree = self._sources.tree(name, None, source, None)
        static = read_source_at_address(None, tree.read("pyproject.toml"), name, version_may_wait=True)
        metadata = self._known(asked, static, source, None)
        version = metadata.version or UNVERSIONED
        return DirectListing(
            name=name, source=source, version=version, offer=Offer(filename="", url=""), metadata=metadata
        )

    def _known(self, asked: Asked, static: Metadata | Unreadable, source: Source, offer: Offer | None) -> Metadata:
        """Return what a source says, asking its build backend only where nothing else tells."""
        name = asked.requirement.name
        if isinstance(static, Unreadable) and static.dynamic:
            if not asked.may_build:
                raise self._wrong(asked, "only a build tells what it requires, and no-build is on")
            static = self._builder().metadata(
                content_of(source, offer),
                lambda: self._sources.tree(name, None, source, offer),
                lambda data: read_built_metadata(data, name),
            )
        if isinstance(static, Unreadable):
            raise self._wrong(asked, static.reason)
        return static

    @staticmethod
    def _wrong(asked: Asked, why: str) -> ConfigurationError:
        return ConfigurationError(f"{asked.where}: {asked.requirement.head} cannot be used: {why}")


def settled(metadata: Metadata, folder: str | None, root: Path, members: Mapping[str, str]) -> Metadata:
    """Return metadata in which every address may stand in a lock; `folder` is where it was read, if in the project.

    `members` are the project names of folders. Raises ConfigurationError for addresses with credentials, of an unknown
    kind, or that mean something on one machine only.
    """
    texts = []
    for text in metadata.requires_dist:
        requirement = parse_requirement(text)
        if requirement.url is not None:
            text = str(_settled(requirement, folder, root, members))  # noqa: PLW2901 - the same, spelt for a lock
        texts.append(text)
    return replace(metadata, requires_dist=tuple(texts))


def _settled(requirement: Requirement, folder: str | None, root: Path, members: Mapping[str, str]) -> Requirement:
    url, here = requirement.url or "", f"{root.absolute().as_uri()}/"
    origin = Origin("pyproject.toml" if folder is None else f"{folder}/pyproject.toml")
    if folder is None and url.startswith("file:"):
        raise ConfigurationError(f"it asks for {requirement.head}, a path that means nothing elsewhere")
    if url.startswith(here):  # backends spell a path of the project as one of this machine
        requirement = replace(requirement, url=f"file:{unquote(url.removeprefix(here))}")
        origin = Origin("pyproject.toml")
    return settle_members(parse_wish(str(requirement), origin), members).requirement


def locked_listing(coordinate: Coordinate, environment: str, extras: frozenset[str]) -> DirectListing | None:
    """Return what a lock has of an address, as far as it kept it; `extras` are those that it was asked for there."""
    artifact = coordinate.artifact_for(environment)
    if artifact is None or coordinate.version is None:
        return None
    url = coordinate.source.url if isinstance(coordinate.source, ArchiveSource) else ""
    return DirectListing(
        name=coordinate.name,
        source=coordinate.source,
        version=coordinate.version,
        offer=Offer(filename=artifact.filename, url=url, sha256=artifact.sha256, size=artifact.size),
        metadata=Metadata(
            name=coordinate.name,
            version=coordinate.version,
            requires_dist=tuple(str(edge.requirement) for edge in coordinate.dependencies),
            requires_python=coordinate.requires_python,
            provides_extra=tuple(sorted(extras)),
            license=coordinate.license,
        ),
        extras=extras,
    )
