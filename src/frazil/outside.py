"""The world outside as one run sees it: the client, the machine's own index, the catalog, where files are kept."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from frazil.costs import Costs
from frazil.credential_programs import read_credential_programs
from frazil.credentials import IndexPlace, read_credentials
from frazil.file_root import split_file_url
from frazil.frozen.model import FrozenIndex, Inputs
from frazil.http import Client
from frazil.index.addresses import IndexAddress, Indexes
from frazil.index.catalog import IndexCatalog
from frazil.index.roots import read_root, remember_root
from frazil.mirrors import Mirrors, read_mirrors
from frazil.model import IndexSource, Offer, Pin, Resolution
from frazil.project.declaration import DeclaredIndex
from frazil.settings import Settings
from frazil.values import dataclass, replace

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex
    from frazil.fetcher.location import FileRoots
    from frazil.index.locator import PageLocator
    from frazil.vcs import Git

_THREADS = 16
_UNKNOWN_ROOT = "https://mirrored.invalid/packages/"
"""Stands for the file root of a mirrored index that nobody on this machine knows; it is never written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Answers as they are recorded: the file root of each index, and the indexes whose root is not to be stated."""

    resolutions: list[Resolution]
    roots: Mapping[str, str]
    unstated: frozenset[str] = frozenset()


def declared_again(indexes: Iterable[FrozenIndex]) -> tuple[DeclaredIndex, ...]:
    """Return the indexes of a lock as a project would declare them."""
    return tuple(
        DeclaredIndex(name=index.name, url=index.url, files=index.files, packages=index.packages) for index in indexes
    )


class Outside:
    """Everything beyond this machine's disk, built when it is first needed; close it at the end of the run.

    `package_index` names the index of single projects; `index_credentials` are (index, user, password) that the
    project's own addresses held. Indexes are reached through the machine's mirrors, unless `mirrored` is off.
    """

    def __init__(
        self,
        indexes: tuple[DeclaredIndex, ...],
        settings: Settings,
        *,
        package_index: tuple[tuple[str, str], ...] = (),
        index_credentials: tuple[tuple[str, str, str], ...] = (),
        mirrored: bool = True,
    ) -> None:
        self._indexes = indexes
        self._settings = settings
        self._package_index = dict(package_index)
        self._given = {name: (user, password) for name, user, password in index_credentials}
        self._mirrored = mirrored

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "catalog" in self.__dict__:
            self.catalog.close()
        if "client" in self.__dict__:
            self.client.close()
        if "git" in self.__dict__:
            self.git.close()

    @cached_property
    def machine(self) -> "MachineIndex | None":
        """The machine's own index, asked from pip only when the project uses it."""
        uses_it = any(index.url is None for index in self._indexes)
        if not uses_it:
            return None
        from frazil.default_index import read_machine_index  # noqa: PLC0415 - a declared index needs no machine's

        return read_machine_index(self._settings)

    @cached_property
    def mirrors(self) -> Mirrors:
        """Where this machine reaches indexes instead; read only by who goes out."""
        return read_mirrors(self._settings.environ) if self._mirrored else Mirrors({})

    @cached_property
    def _reached(self) -> tuple[DeclaredIndex, ...]:
        return tuple(self.mirrors.reached(index) for index in self._indexes)

    @cached_property
    def client(self) -> Client:
        places = [place for index in self._indexes for place in (self._place(index), *self._file_places(index.name))]
        credentials = read_credentials(self._settings, places, read_credential_programs(self._settings.environ))
        return Client(self._settings, machine=self.machine, credentials=credentials)

    def _place(self, index: DeclaredIndex) -> IndexPlace:
        mirror = self.mirrors.of(index.name)
        if mirror is not None and mirror.url is not None:
            # What was given for the index itself goes to no other server.
            return IndexPlace(index.name, mirror.url, mirror.files, mirror.credentials)
        machine = self.machine if index.url is None else None
        return IndexPlace(
            index.name,
            index.url or (machine.url if machine else ""),
            index.files or (machine.files if machine else None),
            self._given.get(index.name) or (machine.credentials if machine else None),
        )

    def _file_places(self, index: str) -> Iterator[IndexPlace]:
        """Give the place of a mirror's files, where its address held credentials: they are for that server alone."""
        mirror = self.mirrors.of(index)
        if mirror is not None and mirror.files is not None and mirror.files_credentials is not None:
            yield IndexPlace(None, mirror.files, credentials=mirror.files_credentials)

    @cached_property
    def catalog(self) -> IndexCatalog:
        settings = self._settings
        return IndexCatalog(
            self._reached,
            self.client,
            None if settings.no_cache else settings.cache,
            self.machine,
            settings.reporter,
            package_index=self._package_index,
        )

    def index_address(self, name: str) -> IndexAddress:
        """Return where an index is reached. Raises ConfigurationError for one that is not declared."""
        return Indexes(self._reached, self.machine, {}).named(name)

    @cached_property
    def git(self) -> "Git":
        """git, for the repositories that addresses lead to."""
        from frazil.vcs import Git  # noqa: PLC0415 - most runs read no repository

        return Git(self._settings)

    @cached_property
    def locator(self) -> "PageLocator":
        from frazil.index.locator import PageLocator  # noqa: PLC0415 - a resolve looks for no file

        settings = self._settings
        cache = None if settings.no_cache else settings.cache
        return PageLocator(self._reached, self.client, cache, self.machine, settings.reporter)

    def roots_of(self, indexes: tuple[FrozenIndex, ...]) -> "FileRoots":
        """Return what is known of where the indexes of a lock keep their files, without a request."""
        from frazil.fetcher.location import known_roots  # noqa: PLC0415 - a resolve looks for no file

        reached = tuple(self.mirrors.reached_frozen(index) for index in indexes)
        roots = known_roots(reached, settings=self._settings, machine=self.machine)
        return replace(roots, mirrored=self.mirrors.names)

    # What a page left unsaid ------------------------------------------------------------------------------

    def completed(self, resolutions: Iterable[Resolution]) -> list[Resolution]:
        """Return resolutions whose files all have a digest and a size, asking the index for what its pages left out."""
        resolutions = list(resolutions)
        pins = [pin for resolution in resolutions for pin in resolution.pins]
        lacking = {p.artifact.url: p.artifact for p in pins if p.artifact is not None and _lacks_facts(p.artifact)}
        if not lacking:
            return resolutions
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - hardly any page leaves out a fact

        with ThreadPoolExecutor(_THREADS) as threads:
            offers = dict(zip(lacking, threads.map(self._complete, lacking.values()), strict=True))
        return [replace(r, pins=tuple(_with_facts(pin, offers) for pin in r.pins)) for r in resolutions]

    def _complete(self, offer: Offer) -> Offer:
        from frazil.index.completion import complete_offer  # noqa: PLC0415 - hardly any page leaves out a fact

        return complete_offer(self.client, offer)

    def as_recorded(self, resolutions: list[Resolution], locked: Inputs | None) -> Recorded:
        """Return answers as a lock has them, whichever mirrors they came through; `locked` are an old lock's inputs."""
        found = _roots_found(resolutions)
        self._remember(found)
        declared = {index.name: index.files for index in self._indexes if index.files is not None}
        hidden = [
            i for i in self._indexes if (mirror := self.mirrors.of(i.name)) is not None and mirror.url is not None
        ]
        if not hidden:
            return Recorded(resolutions=resolutions, roots={**found, **declared})
        own = {index.name: declared.get(index.name) or self._own_root(index, locked) for index in hidden}
        roots = {**found, **declared, **{name: root or _UNKNOWN_ROOT for name, root in own.items()}}
        return Recorded(
            resolutions=self.mirrors.as_recorded(resolutions, roots),
            roots=roots,
            unstated=frozenset(name for name, root in own.items() if root is None),
        )

    def _own_root(self, index: DeclaredIndex, locked: Inputs | None) -> str | None:
        """Return where a mirrored index itself keeps its files, as far as that is known here without asking it."""
        known = () if locked is None else locked.indexes
        recorded = next((i.files for i in known if (i.name, i.url) == (index.name, index.url)), None)
        if recorded is not None:
            return recorded
        if index.url is None:
            return self.machine.files if self.machine is not None else None
        settings = self._settings
        return None if settings.no_cache else read_root(settings.cache, index.url)

    def _remember(self, roots: Mapping[str, str]) -> None:
        """Keep where the files of indexes were found to lie, so that fetching needs no page to learn it."""
        settings = self._settings
        if not settings.no_cache:
            for index in self._indexes:
                place = self._place(index)
                if index.name in roots and place.url:
                    remember_root(settings.cache, place.url, roots[index.name])

    @property
    def costs(self) -> Costs:
        """What the requests of this run cost so far."""
        client = self.__dict__.get("client")
        if client is None:
            return Costs()
        return Costs(
            requests=client.requests,
            received=client.received,
            cache_hits=client.cache_hits,
            pages=self.catalog.pages if "catalog" in self.__dict__ else 0,
        )


def _roots_found(resolutions: Iterable[Resolution]) -> dict[str, str]:
    """Return the file root of each index: that of most chosen files."""
    counted: dict[str, dict[str, int]] = {}
    for pin in (pin for resolution in resolutions for pin in resolution.pins):
        if pin.artifact is not None and isinstance(pin.source, IndexSource):
            root, path = split_file_url(pin.artifact.url, pin.artifact.filename)
            if path is not None:
                roots = counted.setdefault(pin.source.index, {})
                roots[root] = roots.get(root, 0) + 1
    return {name: max(sorted(roots), key=lambda root: roots[root]) for name, roots in counted.items()}


def _lacks_facts(offer: Offer) -> bool:
    return offer.sha256 is None or offer.size is None


def _with_facts(pin: Pin, offers: dict[str, Offer]) -> Pin:
    if pin.artifact is None or pin.artifact.url not in offers:
        return pin
    return replace(pin, artifact=offers[pin.artifact.url])
