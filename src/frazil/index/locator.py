"""Finding a file that a lock names on the index that keeps it: one page, and only when nothing else knows.

The page parser is imported when a page is asked for: most fetches ask for none.
"""

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from frazil.catalog import Listing
from frazil.events import Reporter, silent
from frazil.file_root import split_file_url
from frazil.http import Client
from frazil.index.addresses import IndexAddress, Indexes
from frazil.index.once import Once
from frazil.index.roots import read_root, remember_root
from frazil.model import Offer
from frazil.project.declaration import DeclaredIndex

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex


class _Page(Listing, Protocol):
    def find(self, filename: str) -> Offer | None: ...


class PageLocator:
    """A `Locator` that reads pages of the declared indexes; every page at most once in a run.

    A root that was learnt is kept in the cache under the digest of the index's address.
    """

    def __init__(
        self,
        indexes: tuple[DeclaredIndex, ...],
        client: Client,
        cache: Path | None,
        machine: "MachineIndex | None",
        reporter: Reporter = silent,
    ) -> None:
        self._indexes = Indexes(indexes, machine, {})
        self._client = client
        self._cache = cache
        self._reporter = reporter
        self._lock = threading.Lock()
        self._pages: dict[tuple[str, str], Once[_Page | None]] = {}
        self._roots: dict[str, Once[str | None]] = {}

    def learn_root(self, index: str, project: str) -> str | None:
        """Return the file root of an index: kept from before, else learnt from the page of a project it has.

        None where the page is not there or lists no file that has a root. Raises OutsideError.
        """
        address = self._indexes.named(index)
        with self._lock:
            root = self._roots.setdefault(index, Once(partial(self._read_or_learn, address, project)))
        return root.result()

    def locate(self, index: str, project: str, filename: str, sha256: str) -> str | None:
        """Return the address of the file of that name and digest on the project's page, or None.

        A page that states no digest is taken at its word: who downloads compares it anyway. Raises OutsideError.
        """
        address = self._indexes.named(index)
        page = self._page(address, project)
        offer = None if page is None else page.find(filename)
        if offer is None or offer.sha256 not in {sha256, None}:
            return None
        address.check_file(offer.url, filename)
        return offer.url

    def _page(self, index: IndexAddress, project: str) -> _Page | None:
        with self._lock:
            page = self._pages.setdefault((index.name, project), Once(partial(self._fetch, index, project)))
        return page.result()

    def _fetch(self, index: IndexAddress, project: str) -> _Page | None:
        from frazil.index.pages import fetch_page  # noqa: PLC0415 - a fetch that knows its roots reads no page

        return fetch_page(self._client, index, project, self._reporter)

    def _read_or_learn(self, index: IndexAddress, project: str) -> str | None:
        root = None if self._cache is None else read_root(self._cache, index.url)
        if root is None:
            page = self._page(index, project)
            root = None if page is None else _root_of(page)
            if root is not None and self._cache is not None:
                remember_root(self._cache, index.url, root)
        return root


def _root_of(page: Listing) -> str | None:
    for version in page.versions:
        for offer in page.offers(version):
            root, path = split_file_url(offer.url, offer.filename)
            if path is not None:
                return root
    return None
