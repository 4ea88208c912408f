"""The world outside as one run sees it: the client, the machine's own index, the catalog, where files are kept."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from frazil.costs import Costs
from frazil.credentials import IndexPlace, read_credentials
from frazil.file_root import split_file_url
from frazil.frozen.model import FrozenIndex
from frazil.http import Client
from frazil.index.catalog import IndexCatalog
from frazil.index.roots import remember_root
from frazil.model import IndexSource, Offer, Pin, Resolution
from frazil.project.declaration import DeclaredIndex
from frazil.settings import Settings
from frazil.values import replace

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex
    from frazil.fetcher.location import FileRoots
    from frazil.index.locator import PageLocator
    from frazil.vcs import Git

_THREADS = 16


class Outside:
    """Everything beyond this machine's disk, built when it is first needed; close it at the end of the run.

    `package_index` names the index of single projects; `index_credentials` are (index, user, password) that the
    project's own addresses held.
    """

    def __init__(
        self,
        indexes: tuple[DeclaredIndex, ...],
        settings: Settings,
        *,
        package_index: tuple[tuple[str, str], ...] = (),
        index_credentials: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        self._indexes = indexes
        self._settings = settings
        self._package_index = dict(package_index)
        self._given = {name: (user, password) for name, user, password in index_credentials}

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
    def client(self) -> Client:
        credentials = read_credentials(self._settings, [self._place(index) for index in self._indexes])
        return Client(self._settings, machine=self.machine, credentials=credentials)

    def _place(self, index: DeclaredIndex) -> IndexPlace:
        machine = self.machine if index.url is None else None
        return IndexPlace(
            index.name,
            index.url or (machine.url if machine else ""),
            index.files or (machine.files if machine else None),
            self._given.get(index.name) or (machine.credentials if machine else None),
        )

    @cached_property
    def catalog(self) -> IndexCatalog:
        settings = self._settings
        return IndexCatalog(
            self._indexes,
            self.client,
            None if settings.no_cache else settings.cache,
            self.machine,
            settings.reporter,
            package_index=self._package_index,
        )

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
        return PageLocator(self._indexes, self.client, cache, self.machine, settings.reporter)

    def roots_of(self, indexes: tuple[FrozenIndex, ...]) -> "FileRoots":
        """Return what is known of where the indexes of a lock keep their files, without a request."""
        from frazil.fetcher.location import known_roots  # noqa: PLC0415 - a resolve looks for no file

        return known_roots(indexes, settings=self._settings, machine=self.machine)

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

    def file_roots(self, resolutions: Iterable[Resolution]) -> dict[str, str]:
        """Return the file root of each index: as declared, as pip says of its own, else that of most chosen files."""
        counted: dict[str, dict[str, int]] = {}
        for pin in (pin for resolution in resolutions for pin in resolution.pins):
            if pin.artifact is not None and isinstance(pin.source, IndexSource):
                root, path = split_file_url(pin.artifact.url, pin.artifact.filename)
                if path is not None:
                    roots = counted.setdefault(pin.source.index, {})
                    roots[root] = roots.get(root, 0) + 1
        found = {name: max(sorted(roots), key=lambda root: roots[root]) for name, roots in counted.items()}
        declared = {index.name: index.files for index in self._indexes if index.files is not None}
        self._remember(found)
        return {**found, **declared}

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


def _lacks_facts(offer: Offer) -> bool:
    return offer.sha256 is None or offer.size is None


def _with_facts(pin: Pin, offers: dict[str, Offer]) -> Pin:
    if pin.artifact is None or pin.artifact.url not in offers:
        return pin
    return replace(pin, artifact=offers[pin.artifact.url])
