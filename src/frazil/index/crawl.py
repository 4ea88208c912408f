"""Reading ahead of a search: page, likely release, its metadata, pages of what it asks for, and so on.

The search alone would wait for one answer after the other. What a scout is sure of is read at once; what it is not
sure of waits until nothing else is under way, for by then most of what could prove it wrong has been read. Of each
project one release is guessed at most: that is the bound on what is read in vain.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from frazil.catalog import Listing, Scout
from frazil.index.once import ReadAhead
from frazil.model import Offer

MOST_THREADS = 32
"""Threads at most, for requests that cannot be made ahead; more of them make an HTTP/1.1 client slower."""

_IN_A_ROW = 4
"""Releases of one project that a thread reads one after the other: to wake one costs as much as to read one."""

_STEP = 0.2
"""Seconds after which whoever waits looks around."""

Work = Callable[[], None]
BeginThread = Callable[[Work], None]


class Reading(Protocol):
    """What a catalog, which remembers, does for its crawler. Addresses are those of requests that are under way."""

    def ask_page(self, name: str, begin_thread: BeginThread) -> str | None:
        """Ask for a page ahead; None where that cannot be."""
        ...

    def ask_metadata(self, listing: Listing, version: str, offer: Offer, begin_thread: BeginThread) -> str | None:
        """Ask for a metadata file ahead; an empty text where it is known, None where it cannot be asked for ahead."""
        ...

    def ended(self, seconds: float) -> Iterable[tuple[str, bool]]:
        """Wait at most so long for requests to end; return their addresses, and whether what came is as hoped for."""
        ...

    def hurry(self, address: str) -> None:
        """Let a request go before all others."""
        ...

    def read_page(self, name: str) -> Listing | None: ...

    def read_metadata(self, listing: Listing, version: str, offer: Offer) -> object: ...


class Crawler:
    """Reads ahead, from when it is first given something; what fails is met by whoever asks.

    Requests are made at once; what comes in is read by whoever waits for any of it, or in threads where reading may
    take long. Without a scout only pages are read.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._threads = ReadAhead(MOST_THREADS)
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._started = False
        self._under_way = 0
        self._flying: dict[str, Work] = {}
        self._early: set[str] = set()
        self._unsure: list[Listing] = []
        self._guessed: set[str] = set()
        self._scout: Scout | None = None

    @property
    def scout(self) -> Scout | None:
        """Who guesses; None while nothing is read ahead."""
        return self._scout if self._started else None

    def follow(self, scout: Scout) -> None:
        """Let another scout guess from now on: projects may be guessed anew."""
        with self._lock:
            self._scout = scout
            self._guessed.clear()
            self._unsure.clear()

    def read(self, names: Iterable[str]) -> None:
        """Read the pages of projects, and what follows from them."""
        for name in names:
            self._begin(self._reading.ask_page(name, self._threads.submit), partial(self._crawl, name))

    def read_releases(self, listing: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        """Read the metadata files of releases that will be asked for in this order."""
        alone = []
        for version, offer in releases:
            if offer.metadata is not None:
                address = self._reading.ask_metadata(listing, version, offer, self._threads.submit)
                if address:
                    self._begin(address, partial(self._read_row, listing, [(version, offer)]))
                elif address is None:
                    alone.append((version, offer))
        for begun in range(0, len(alone), _IN_A_ROW):
            self._begin(None, partial(self._read_row, listing, alone[begun : begun + _IN_A_ROW]))

    def read_release(self, listing: Listing, version: str, offer: Offer) -> None:
        """Read a metadata file that somebody waits for: see `wait`."""
        address = self._reading.ask_metadata(listing, version, offer, self._threads.submit)
        if address:
            self._begin(address, partial(self._read_row, listing, [(version, offer)]))

    def expects(self, address: str) -> bool:
        """Say whether a request is under way whose answer nobody has read."""
        return address in self._flying

    def wait(self, address: str | None) -> None:
        """Read what comes in until a request is among it."""
        if address is not None and address in self._flying:
            self._reading.hurry(address)
        while address is not None and address in self._flying:
            with self._turn:
                if address in self._flying:
                    self._take_in(self._reading.ended(_STEP))

    def pass_by(self, name: str) -> None:
        """Do not guess a release of this project: somebody who knows better has asked for one."""
        with self._lock:
            self._guessed.add(name)

    def close(self) -> None:
        """Stop."""
        self._threads.close()

    def _begin(self, address: str | None, work: Work) -> None:
        """Have a work done when a request ends, or in a thread."""
        with self._lock:
            self._started = True
            self._under_way += 1
            if address is not None and address not in self._early:
                self._flying[address] = work
                return
            self._early.discard(address or "")
        self._threads.submit(partial(self._do, work))

    def _take_in(self, ended: Iterable[tuple[str, bool]]) -> None:
        for address, is_plain in ended:
            with self._lock:
                work = self._flying.pop(address, None)
                if work is None:
                    self._early.add(address)
            if work is not None and is_plain:
                with contextlib.suppress(Exception):
                    self._do(work)
            elif work is not None:
                self._threads.submit(partial(self._do, work))

    def _do(self, work: Work) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._under_way -= 1
                waiting = self._unsure if not self._under_way else []
                if waiting:
                    self._unsure = []
            for listing in waiting:
                self._guess(listing, unsure=True)

    def _crawl(self, name: str) -> None:
        listing = self._reading.read_page(name)
        if listing is not None:
            self._guess(listing)

    def _read_row(self, listing: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        for version, offer in releases:
            self._reading.read_metadata(listing, version, offer)

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
        address = self._reading.ask_metadata(listing, guess.version, guess.offer, self._threads.submit)
        if address == "":
            self._reading.read_metadata(listing, guess.version, guess.offer)
        else:
            self._begin(address, partial(self._read_row, listing, [(guess.version, guess.offer)]))
