"""What a file of an index says of its release: remembered, or fetched with as few bytes as the index allows."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from frazil.events import MetadataRead, Reporter, silent
from frazil.http import Client
from frazil.index.addresses import metadata_url
from frazil.index.metadata_cache import Known, MetadataCache
from frazil.model import Offer

if TYPE_CHECKING:
    from frazil.index.metadata_fetching import MetadataFetcher


class MetadataReader:
    """Reads metadata: from the cache, the file beside the wheel (PEP 658), a part of the wheel, the whole file.

    `scope` of a call is the address of the index that makes the offer: what it says of a file without the file's
    own bytes to prove it is kept for that index alone.
    """

    def __init__(self, client: Client, cache: MetadataCache, reporter: Reporter = silent) -> None:
        self._client = client
        self._cache = cache
        self._reporter = reporter
        self._not_remembered: set[str | None] = set()

    def fetch_metadata(self, project: str, version: str, offer: Offer, scope: str) -> Known:
        """Return what a file says of its release, or why it cannot be had.

        Raises OutsideError, and IntegrityError where bytes are not those that the index promised.
        """
        known = self._remembered(project, version, offer, scope)
        if known is None:
            known, claim = self._fetcher.fetch(project, version, offer, scope)
            if offer.sha256 is not None:
                self._cache.write(offer.sha256, claim, project, version, known)
        self._reporter(MetadataRead(project, version))
        return known

    def ask_ahead(
        self, project: str, version: str, offer: Offer, scope: str, begin_thread: Callable[[Callable[[], None]], None]
    ) -> str | None:
        """Ask for the metadata file ahead; an empty text where it is remembered, None where that cannot be."""
        if self._remembered(project, version, offer, scope) is not None:
            return ""
        self._not_remembered.add(offer.sha256)
        address = metadata_url(offer)
        return address if self._client.ask_ahead(address, begin_thread=begin_thread) else None

    def close(self) -> None:
        """Write down what was read and is not written yet."""
        self._cache.close()

    def _remembered(self, project: str, version: str, offer: Offer, scope: str) -> Known | None:
        if offer.sha256 is None or offer.sha256 in self._not_remembered:
            return None
        # What an index states a digest for is nearly always what is kept, and each look for what is not costs an open.
        for claim in dict.fromkeys((offer.metadata or "", "", scope)):
            known = self._cache.read(offer.sha256, claim, project, version)
            if known is not None:
                return known
        return None

    @cached_property
    def _fetcher(self) -> "MetadataFetcher":
        from frazil.index.metadata_fetching import MetadataFetcher  # noqa: PLC0415 - a warm run fetches none

        return MetadataFetcher(self._client)
