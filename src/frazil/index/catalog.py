"""The catalog of a resolve: projects and metadata from the declared indexes, each asked for once."""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Self

from frazil.catalog import Listing, NoProject, Unreadable
from frazil.default_index import MachineIndex
from frazil.events import Reporter, silent
from frazil.http import Client
from frazil.index.addresses import Indexes
from frazil.index.digests import Digests
from frazil.index.metadata import MetadataReader
from frazil.index.metadata_cache import MetadataCache
from frazil.index.once import Once, ReadAhead
from frazil.index.pages import fetch_page
from frazil.index.simple import PageListing
from frazil.model import IndexSource, Metadata, Offer
from frazil.project.declaration import DeclaredIndex
from frazil.quick.names import is_normalised
from frazil.quick.versions import is_prerelease

MOST_AT_ONCE = 32
"""Requests under way at once; more of them make an HTTP/1.1 client slower."""

Likely = Callable[[Listing], tuple[str, Offer] | None]
"""Guesses which release of a project will be looked at first, and by which of its files."""


def newest_universal_wheel(listing: Listing) -> tuple[str, Offer] | None:
    """Guess the newest final release, where it has one wheel for every platform and its metadata costs no wheel."""
    for version in listing.versions:
        if is_prerelease(version):
            continue
        offers = [offer for offer in listing.offers(version) if offer.yanked is None and offer.is_wheel]
        if len(offers) == 1 and offers[0].filename.endswith("-none-any.whl") and offers[0].metadata is not None:
            return version, offers[0]
        return None
    return None


class IndexCatalog:
    """A `Catalog` over the declared indexes; for one run, used from any number of threads.

    The first index that has a project is the only one that counts for it; one that fails is a failure. `expect`
    reads pages ahead, and the metadata of the release that `likely` guesses; close the catalog to end its threads.
    `package_index` names the index of single projects (normalised names). Without a `cache` nothing is kept on disk.
    """

    def __init__(
        self,
        indexes: tuple[DeclaredIndex, ...],
        client: Client,
        cache: Path | None,
        machine: MachineIndex | None,
        reporter: Reporter = silent,
        *,
        package_index: Mapping[str, str] | None = None,
        likely: Likely = newest_universal_wheel,
    ) -> None:
        self._indexes = Indexes(indexes, machine, package_index or {})
        self._client = client
        self._reporter = reporter
        self._likely = likely
        self._digests = Digests(cache)
        self._reader = MetadataReader(client, MetadataCache(cache), reporter)
        self._ahead = ReadAhead(MOST_AT_ONCE)
        self._lock = threading.Lock()
        self._projects: dict[str, Once[PageListing | NoProject]] = {}
        self._missing: dict[str, NoProject] = {}
        self._metadata: dict[tuple[str, str, str], Once[Metadata | Unreadable]] = {}

    def project(self, name: str) -> Listing | NoProject:
        """Return the project of a normalised name from the first index that has it; remembered for the run.

        Raises OutsideError when an index that comes before fails, every time it is asked for.
        """
        found = self._project(name).result()
        if not isinstance(found, NoProject):
            return found
        if name not in self._missing:
            self._missing[name] = NoProject(name, self._resembling(name))
        return self._missing[name]

    def metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        """Return what a file says of its release; remembered for the run.

        Raises OutsideError, and IntegrityError where bytes are not those that the index promised.
        """
        return self._known_metadata(project, version, offer).result()

    def expect(self, names: Iterable[str]) -> None:
        """Read the pages of these projects ahead; what fails is told to whoever asks for the project."""
        with self._lock:
            new = [name for name in dict.fromkeys(names) if name not in self._projects]
            self._projects.update((name, Once(partial(self._fetch_project, name))) for name in new)
        for name in new:
            self._ahead.submit(partial(self._read_ahead, name))

    @property
    def pages(self) -> int:
        """The number of pages that were read."""
        with self._lock:
            known = list(self._projects.values())
        return sum(isinstance(project.value, PageListing) for project in known)

    def close(self) -> None:
        """Stop reading ahead, and write down what was learnt; what is known stays."""
        self._ahead.close()
        self._digests.write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _project(self, name: str) -> Once[PageListing | NoProject]:
        with self._lock:
            return self._projects.setdefault(name, Once(partial(self._fetch_project, name)))

    def _fetch_project(self, name: str) -> PageListing | NoProject:
        # No server is asked for what cannot be a name: its path would not be the one that is meant.
        for index in self._indexes.serving(name) if is_normalised(name) else ():
            page = fetch_page(self._client, index, name, self._reporter, self._digests)
            if page is not None:
                return page
        return NoProject(name)

    def _known_metadata(self, project: Listing, version: str, offer: Offer) -> Once[Metadata | Unreadable]:
        scope = self._indexes.named(project.source.index).url if isinstance(project.source, IndexSource) else ""
        work = partial(self._reader.fetch_metadata, project.name, version, offer, scope or offer.url)
        with self._lock:
            return self._metadata.setdefault((project.name, version, offer.url), Once(work))

    def _read_ahead(self, name: str) -> None:
        listing = self._project(name).result()
        guess = None if isinstance(listing, NoProject) else self._likely(listing)
        if guess is not None and not isinstance(listing, NoProject):
            self._known_metadata(listing, *guess).result()

    def _resembling(self, name: str) -> tuple[str, ...]:
        """Return the names found in this run that somebody may have meant."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

        with self._lock:
            found = sorted(other for other, project in self._projects.items() if isinstance(project.value, PageListing))
        return tuple(get_close_matches(name, found))
