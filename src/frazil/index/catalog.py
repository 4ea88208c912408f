"""The catalog of a resolve: projects and metadata from the declared indexes, each asked for once."""

import contextlib
import threading
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from frazil.catalog import Listing, NoProject, Scout, Unreadable
from frazil.errors import FrazilError
from frazil.events import Reporter, silent
from frazil.http import Client
from frazil.index.addresses import Indexes, metadata_url
from frazil.index.crawl import BeginThread, Crawler
from frazil.index.digests import Digests
from frazil.index.listing import PageListing
from frazil.index.metadata import MetadataReader
from frazil.index.metadata_cache import MetadataCache
from frazil.index.once import Once
from frazil.index.pages import ask_page_ahead, fetch_page, kept_page
from frazil.model import IndexSource, Metadata, Offer
from frazil.project.declaration import DeclaredIndex
from frazil.quick.names import is_normalised

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex


class IndexCatalog:
    """A `Catalog` over the declared indexes; for one run, used from any number of threads.

    The first index that has a project is the only one that counts for it; one that fails is a failure. `expect`
    reads pages ahead, and what a scout that it `follow`s guesses; close the catalog to end its threads.
    `package_index` names the index of single projects (normalised names). Without a `cache` nothing is kept on disk.
    """

    def __init__(
        self,
        indexes: tuple[DeclaredIndex, ...],
        client: Client,
        cache: Path | None,
        machine: "MachineIndex | None",
        reporter: Reporter = silent,
        *,
        package_index: Mapping[str, str] | None = None,
    ) -> None:
        self._indexes = Indexes(indexes, machine, package_index or {})
        self._client = client
        self._reporter = reporter
        self._digests = Digests(cache)
        self._reader = MetadataReader(client, MetadataCache(cache), reporter)
        self._crawler = Crawler(self)
        self._lock = threading.Lock()
        self._projects: dict[str, Once[PageListing | NoProject]] = {}
        self._missing: dict[str, NoProject] = {}
        self._metadata: dict[tuple[str, str, str], Once[Metadata | Unreadable]] = {}
        self._pages_asked: dict[str, str] = {}
        self._is_ready = False

    def project(self, name: str) -> Listing | NoProject:
        """Return the project of a normalised name from the first index that has it; remembered for the run.

        Raises OutsideError when an index that comes before fails, every time it is asked for.
        """
        once = self._project(name)
        if not once.is_known:
            self._crawler.wait(self._pages_asked.get(name))
        found = once.result()
        if not isinstance(found, NoProject):
            return found
        if name not in self._missing:
            self._missing[name] = NoProject(name, self._resembling(name))
        return self._missing[name]

    def metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        """Return what a file says of its release; remembered for the run.

        Raises OutsideError, and IntegrityError where bytes are not those that the index promised.
        """
        self._crawler.pass_by(project.name)
        once = self._known_metadata(project, version, offer)
        if not once.is_known and offer.metadata is not None:
            address = metadata_url(offer)
            if not self._crawler.expects(address):
                self._crawler.read_release(project, version, offer)
            self._crawler.wait(address)
        return once.result()

    def follow(self, scout: Scout) -> None:
        """Read ahead what a scout guesses, from now on."""
        self._crawler.follow(scout)

    def expect(self, names: Iterable[str]) -> None:
        """Read the pages of these projects ahead; what fails is told to whoever asks for the project.

        A page that is there and good is read at once: no thread is faster than that.
        """
        with self._lock:
            new = [name for name in dict.fromkeys(names) if name not in self._projects]
            self._projects.update((name, Once(partial(self._fetch_project, name))) for name in new)
        to_read = [name for name in new if not self._is_at_hand(name)]
        self._crawler.read(to_read)
        if to_read and not self._is_ready:
            self._is_ready = True
            # What reads pages and metadata is loaded while the first of them are on their way.
            import frazil.index.metadata_fetching  # noqa: PLC0415
            import frazil.index.simple  # noqa: F401, PLC0415

    def foresee(self, project: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        """Read the metadata files of these releases ahead; what fails is told to whoever asks for the release."""
        with self._lock:
            new = [each for each in releases if (project.name, each[0], each[1].url) not in self._metadata]
        self._crawler.read_releases(project, new)

    @property
    def pages(self) -> int:
        """The number of pages that were read."""
        with self._lock:
            known = list(self._projects.values())
        return sum(isinstance(project.value, PageListing) for project in known)

    @property
    def names(self) -> tuple[str, ...]:
        """The projects that were asked for or expected in this run."""
        with self._lock:
            return tuple(self._projects)

    @property
    def identities(self) -> dict[str, str]:
        """What tells each page of this run from another of the same address; empty where not every project has one."""
        with self._lock:
            known = list(self._projects.values())
        found = self._digests.identities
        whole = all(isinstance(project.value, PageListing) for project in known) and len(found) == len(known)
        return found if whole else {}

    def close(self) -> None:
        """Stop reading ahead, and write down what was learnt; what is known stays."""
        self._crawler.close()
        self._reader.close()
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

    def _is_at_hand(self, name: str) -> bool:
        """Take a project from its page if that is kept and fresh; say whether it was."""
        with contextlib.suppress(FrazilError):  # told to whoever asks for the project
            first = next(iter(self._indexes.serving(name)), None) if is_normalised(name) else None
            page = None if first is None else kept_page(self._client, first, name, self._reporter, self._digests)
            return page is not None and self._project(name).settle(page)
        return False

    def _known_metadata(self, project: Listing, version: str, offer: Offer) -> Once[Metadata | Unreadable]:
        work = partial(self._fetch_metadata, project, version, offer)
        with self._lock:
            return self._metadata.setdefault((project.name, version, offer.url), Once(work))

    def _fetch_metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        known = self._reader.fetch_metadata(project.name, version, offer, self._scope_of(project, offer))
        scout = self._crawler.scout
        if scout is not None and isinstance(known, Metadata):
            self.expect(scout.learn(project.name, known))
        return known

    def _scope_of(self, project: Listing, offer: Offer) -> str:
        """Return on whose word an offer rests. Raises IndexAnswerError for a file on another's server."""
        if not isinstance(project.source, IndexSource):
            return offer.url
        index = self._indexes.named(project.source.index)
        index.check_file(offer.url, offer.filename)
        return index.url

    # What the crawler does

    def ask_page(self, name: str, begin_thread: BeginThread) -> str | None:
        """Ask for a page ahead; None where that cannot be."""
        with contextlib.suppress(FrazilError):  # told to whoever asks for the project
            first = next(iter(self._indexes.serving(name)), None) if is_normalised(name) else None
            if first is not None and ask_page_ahead(self._client, first, name, begin_thread):
                return self._pages_asked.setdefault(name, first.page(name))
        return None

    def ask_metadata(self, listing: Listing, version: str, offer: Offer, begin_thread: BeginThread) -> str | None:
        """Ask for a metadata file ahead; an empty text where it is known, None where it cannot be asked for ahead."""
        if self._known_metadata(listing, version, offer).is_known:
            return ""
        with contextlib.suppress(FrazilError):  # told to whoever asks for the metadata
            return self._reader.ask_ahead(listing.name, version, offer, self._scope_of(listing, offer), begin_thread)
        return None

    def ended(self, seconds: float) -> Iterable[tuple[str, bool]]:
        """Wait at most so long for requests to end; return their addresses, and whether what came is as hoped for."""
        return self._client.ended_ahead(seconds)

    def hurry(self, address: str) -> None:
        """Let a request go before all others."""
        self._client.hurry(address)

    def read_page(self, name: str) -> Listing | None:
        """Return a project's page if there is one."""
        found = self._project(name).result()
        return None if isinstance(found, NoProject) else found

    def read_metadata(self, listing: Listing, version: str, offer: Offer) -> None:
        """Read a metadata file, if that was not done yet."""
        self._known_metadata(listing, version, offer).result()

    def _resembling(self, name: str) -> tuple[str, ...]:
        """Return the names found in this run that somebody may have meant."""
        from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

        with self._lock:
            found = sorted(other for other, project in self._projects.items() if isinstance(project.value, PageListing))
        return tuple(get_close_matches(name, found))
