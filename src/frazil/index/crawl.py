"""Reading ahead of a search: page, likely release, its metadata, pages of what it asks for, and so on.

The search alone would wait for one answer after the other. What a scout is sure of is read at once; what it is not
sure of waits until nothing else is under way, for by then most of what could prove it wrong has been read. Of each
project one release is guessed at most: that is the bound on what is read in vain.
"""

import threading
from collections.abc import Callable, Iterable
from functools import partial

from frazil.catalog import Listing, Scout
from frazil.index.once import ReadAhead
from frazil.model import Offer

MOST_AT_ONCE = 32
"""Requests under way at once; more of them make an HTTP/1.1 client slower."""

_IN_A_ROW = 4
"""Releases of one project that a thread reads one after the other: to wake one costs as much as to read one."""

ReadPage = Callable[[str], Listing | None]
ReadMetadata = Callable[[Listing, str, Offer], object]


class Crawler:
    """Reads ahead in threads of its own, from when it is first given something; what fails is met by whoever asks.

    `read_page` and `read_metadata` are those of the catalog, which remembers. Without a scout only pages are read.
    """

    def __init__(self, read_page: ReadPage, read_metadata: ReadMetadata) -> None:
        self._read_page = read_page
        self._read_metadata = read_metadata
        self._threads = ReadAhead(MOST_AT_ONCE)
        self._lock = threading.Lock()
        self._under_way = 0
        self._unsure: list[Listing] = []
        self._guessed: set[str] = set()
        self._scout: Scout | None = None

    @property
    def scout(self) -> Scout | None:
        """Who guesses; None while nothing is read ahead."""
        return self._scout if self._threads.started else None

    def follow(self, scout: Scout) -> None:
        """Let another scout guess from now on: projects may be guessed anew."""
        with self._lock:
            self._scout = scout
            self._guessed.clear()
            self._unsure.clear()

    def read(self, names: Iterable[str]) -> None:
        """Read the pages of projects, and what follows from them."""
        for name in names:
            self._begin(partial(self._crawl, name))

    def read_releases(self, listing: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        """Read the metadata files of releases that will be asked for in this order."""
        fitting = [(version, offer) for version, offer in releases if offer.metadata is not None]
        for begun in range(0, len(fitting), _IN_A_ROW):
            self._begin(partial(self._read_row, listing, fitting[begun : begun + _IN_A_ROW]))

    def pass_by(self, name: str) -> None:
        """Do not guess a release of this project: somebody who knows better has asked for one."""
        with self._lock:
            self._guessed.add(name)

    def close(self) -> None:
        """Stop."""
        self._threads.close()

    def _begin(self, work: Callable[[], None]) -> None:
        with self._lock:
            self._under_way += 1
        self._threads.submit(partial(self._done, work))

    def _done(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._under_way -= 1
                waiting = self._unsure if not self._under_way else []
                if waiting:
                    self._unsure = []
            for listing in waiting:
                self._begin(partial(self._guess, listing, unsure=True))

    def _crawl(self, name: str) -> None:
        listing = self._read_page(name)
        if listing is not None:
            self._guess(listing)

    def _read_row(self, listing: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        for version, offer in releases:
            self._read_metadata(listing, version, offer)

    def _guess(self, listing: Listing, *, unsure: bool = False) -> None:
        scout = self._scout
        if scout is None or listing.name in self._guessed:
            return
        guess = scout.guess(listing)
        # Only a metadata file is read ahead: a part of a wheel costs several requests, a source archive all of it.
        if guess is None or guess.offer.metadata is None:
            return
        with self._lock:
            if listing.name in self._guessed:
                return
            if not (guess.sure or unsure):
                self._unsure.append(listing)
                return
            self._guessed.add(listing.name)
        self._read_metadata(listing, guess.version, guess.offer)
