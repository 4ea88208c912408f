"""What was learnt of a page, kept so that no page is read twice: its versions, and the files that were chosen.

A digest belongs to exactly the bytes that it was made of, by their identity in the HTTP cache. The page itself is only
read again when a run asks for something that no run asked for before.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frazil.digest import sha256_of
from frazil.index.listing import PageListing
from frazil.index.notes import Notes
from frazil.model import IndexSource
from frazil.records import place_in, read_record, write_record

if TYPE_CHECKING:
    from frazil.index.listing import ReadRows

FOLDER = "pages-1"

_KIND = "page 1"


class Digests:
    """Digests of pages by address; without a cache nothing is kept. `keep` only remembers, `write` writes."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._to_write: dict[str, tuple[str, PageListing, bool]] = {}

    def read(self, url: str, identity: str, whole: Callable[[], PageListing]) -> PageListing | None:
        """Return the listing of a page that has this identity; `whole` reads the page, for what the digest lacks."""
        record: Any = None if self._cache is None or not identity else read_record(self._place(url), _KIND)
        if record is None or record[0] != identity:
            return None
        _, name, index, status, versions, base, kept = record
        rows = _DeferredRows(whole)
        return PageListing(
            name=name,
            source=IndexSource(index),
            status=status,
            versions=versions,
            rows=rows,
            base=base,
            notes=Notes(kept),
        )

    def keep(self, url: str, identity: str, listing: PageListing, *, is_new: bool) -> None:
        """Remember a page, to write what was learnt of it at the end of the run."""
        if self._cache is not None and identity:
            self._to_write[url] = (identity, listing, is_new)

    @property
    def identities(self) -> dict[str, str]:
        """The identity of each page that was read, by its address."""
        return {url: identity for url, (identity, _, _) in self._to_write.items()}

    def write(self) -> None:
        """Write the digests of pages of which something was learnt."""
        waiting, self._to_write = self._to_write, {}
        for url, (identity, listing, is_new) in waiting.items():
            if self._cache is not None and (is_new or listing.notes.changed):
                self._write(self._cache, url, identity, listing)

    def _write(self, cache: Path, url: str, identity: str, listing: PageListing) -> None:
        assert isinstance(listing.source, IndexSource)  # noqa: S101 - pages come from indexes
        kept = listing.notes.kept
        record = (identity, listing.name, listing.source.index, listing.status, listing.versions, listing.base, kept)
        if not write_record(cache, self._place(url), _KIND, record):
            self._cache = None

    def _place(self, url: str) -> str:
        assert self._cache is not None  # noqa: S101 - asked by those who have one
        return place_in(self._cache, FOLDER, sha256_of(url))


class _DeferredRows:
    """Rows of a page that is read when one of them is asked for."""

    def __init__(self, whole: Callable[[], PageListing]) -> None:
        self._whole = whole

    def of(self, version: str) -> "Mapping[str, ReadRows]":
        listing = self._whole()
        return listing.rows.of(version) if version in listing.versions else {}
