"""The port through which resolving asks what exists, and a catalog that holds its answers in memory."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from frazil.model import DEFAULT_INDEX, IndexSource, Metadata, Offer, Rejection, Source
from frazil.quick.versions import version_key
from frazil.values import dataclass, field

UNVERSIONED = "0+unversioned"
"""What a listing calls the one release of a folder that leaves its version to the build: it fits every specifier."""


Choice = Offer | Rejection
"""Which file of a release was chosen, or why none was."""


class Listing(Protocol):
    """One project as a catalog lists it: versions newest first, files on demand.

    `versions` holds one canonical PEP 440 text per release, newest first by PEP 440 order (pre-releases are
    among them; what is taken is policy). A catalog may read a release's files only when `offers` asks.
    """

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> Source: ...
    @property
    def versions(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str:
        """PEP 792: `active`, `archived`, `quarantined` or `deprecated`."""
        ...

    def offers(self, version: str) -> tuple[Offer, ...]:
        """Return the release's files in the order of their names."""
        ...

    def filenames(self, version: str) -> tuple[str, ...]:
        """Return the names of the release's files; of one that cannot be reached there may be no offer."""
        ...

    def file(self, version: str, filename: str) -> Offer | None:
        """Return one of the release's files: a catalog may then read no other."""
        ...

    def recall(self, about: str, version: str) -> Choice | None:
        """Return what was noted of a release, in this run or, where a catalog keeps notes, in an earlier one."""
        ...

    def note(self, about: str, version: str, choice: Choice) -> None:
        """Note a choice that follows from the release's files and from `about` alone; a catalog may forget it."""
        ...


@dataclass(frozen=True, slots=True)
class NoProject:
    """No index has a project of that name; `near` are names known here that resemble it."""

    name: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A release whose metadata cannot be had, with the reason in one clause (`dynamic` needs a build)."""

    reason: str
    dynamic: bool = False


class Catalog(Protocol):
    """What exists. An index that fails raises OutsideError: a failure is never `NoProject`."""

    def project(self, name: str) -> Listing | NoProject:
        """Return the project of a normalised name from the first index that has it; remembered for the run."""
        ...

    def metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        """Return what a file says of its release; remembered for the run."""
        ...

    def expect(self, names: Iterable[str]) -> None:
        """Hint that these projects will be asked for soon; may read ahead, never raises."""
        ...

    def foresee(self, project: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        """Hint that the metadata of these releases will be asked for soon; may read ahead, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Guess:
    """A release that will likely be asked for next, by one of its files; `sure` says how likely that is."""

    version: str
    offer: Offer
    sure: bool


class Scout(Protocol):
    """Runs ahead of a search for a catalog that reads ahead. Thread-safe; never asks anybody anything."""

    def guess(self, listing: Listing) -> Guess | None:
        """Return the release that everything learnt so far leads to."""
        ...

    def learn(self, name: str, metadata: Metadata) -> Iterable[str]:
        """Take in what a release asks for, should it be chosen; return the projects that are then asked for."""
        ...


class Forgetful:
    """A listing whose files are all at hand: it keeps no notes, for choosing among them costs next to nothing."""

    __slots__ = ()

    def offers(self, version: str) -> tuple[Offer, ...]:
        raise NotImplementedError

    def filenames(self, version: str) -> tuple[str, ...]:
        return tuple(offer.filename for offer in self.offers(version))

    def file(self, version: str, filename: str) -> Offer | None:
        return next((offer for offer in self.offers(version) if offer.filename == filename), None)

    def recall(self, about: str, version: str) -> Choice | None:
        """Return None."""

    def note(self, about: str, version: str, choice: Choice) -> None:
        """Do nothing."""


_DEFAULT = IndexSource(DEFAULT_INDEX)


@dataclass(frozen=True)
class InMemoryListing(Forgetful):
    """A project given as data."""

    name: str
    files: Mapping[str, tuple[Offer, ...]]
    source: Source = _DEFAULT
    status: str = "active"
    versions: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        newest_first = sorted(self.files, key=version_key, reverse=True)
        object.__setattr__(self, "versions", tuple(newest_first))

    def offers(self, version: str) -> tuple[Offer, ...]:
        return self.files[version]


class InMemoryCatalog:
    """A catalog without a network: projects by name, metadata by file name.

    `asked` records the projects and metadata that were asked for, in order, for tests that count.
    """

    def __init__(self, projects: Iterable[InMemoryListing], metadata: Mapping[str, Metadata | Unreadable]) -> None:
        self._projects = {project.name: project for project in projects}
        self._metadata = dict(metadata)
        self.asked: list[str] = []

    def project(self, name: str) -> Listing | NoProject:
        self.asked.append(name)
        return self._projects.get(name) or NoProject(name)

    def metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        self.asked.append(offer.filename)
        known = self._metadata.get(offer.filename)
        return known if known is not None else Unreadable(f"{project.name} {version} has no metadata here")

    def expect(self, names: Iterable[str]) -> None:
        """Do nothing: everything is here already."""

    def foresee(self, project: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        """Do nothing: everything is here already."""
