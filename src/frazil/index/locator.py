"""Finding a file that a lock names on the index that keeps it: one page, and only when nothing else knows.

The page parser is imported when a page is asked for: most fetches ask for none.
"""

import hashlib
import threading
from functools import partial
from pathlib import Path
from typing import Protocol

from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.catalog import Listing
from frazil.default_index import MachineIndex
from frazil.errors import DiskError
from frazil.events import Reporter, silent
from frazil.file_root import split_file_url
from frazil.http import Client
from frazil.index.addresses import IndexAddress, Indexes
from frazil.index.once import Once
from frazil.model import Offer
from frazil.project.declaration import DeclaredIndex

FOLDER = "roots-v1"


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
        machine: MachineIndex | None,
        reporter: Reporter = silent,
    ) -> None:
        self._indexes = Indexes(indexes, machine, {})
        self._client = client
        self._folder = None if cache is None else cache / FOLDER
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
        page = self._page(self._indexes.named(index), project)
        offer = None if page is None else page.find(filename)
        return None if offer is None or offer.sha256 not in {sha256, None} else offer.url

    def _page(self, index: IndexAddress, project: str) -> _Page | None:
        with self._lock:
            page = self._pages.setdefault((index.name, project), Once(partial(self._fetch, index, project)))
        return page.result()

    def _fetch(self, index: IndexAddress, project: str) -> _Page | None:
        from frazil.index.pages import fetch_page  # noqa: PLC0415 - a fetch that knows its roots reads no page

        return fetch_page(self._client, index, project, self._reporter)

    def _read_or_learn(self, index: IndexAddress, project: str) -> str | None:
        path = None if self._folder is None else self._folder / hashlib.sha256(index.url.encode()).hexdigest()
        root = None if path is None else _read_root(path)
        if root is None:
            page = self._page(index, project)
            root = None if page is None else _root_of(page)
            if root is not None and path is not None:
                _write_root(path, root)
        return root


def _root_of(page: Listing) -> str | None:
    for version in page.versions:
        for offer in page.offers(version):
            root, path = split_file_url(offer.url, offer.filename)
            if path is not None:
                return root
    return None


def _read_root(path: Path) -> str | None:
    try:
        checksum, _, root = path.read_text("ascii").rstrip("\n").partition(" ")
    except (OSError, ValueError):
        return None
    return root if checksum == hashlib.sha256(root.encode()).hexdigest() else None


def _write_root(path: Path, root: str) -> None:
    if writes_forbidden():
        return
    try:
        make_cache_folder(path.parent.parent)
        make_folder(path.parent)
        write_atomically(path, f"{hashlib.sha256(root.encode()).hexdigest()} {root}\n".encode("ascii"), durable=False)
    except DiskError:
        return  # learnt again the next time
