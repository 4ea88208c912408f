"""One project as its page lists it, whatever became of the page itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from frazil.catalog import Choice
from frazil.index.notes import Notes
from frazil.model import Offer, Source
from frazil.quick.versions import version_key
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from frazil.index.rows import Row


class Rows(Protocol):
    """The rows of a page by release."""

    def of(self, version: str) -> "Iterable[Row]":
        """Return the rows of a release that the page lists."""
        ...


@dataclass(frozen=True, kw_only=True)
class PageListing:
    """One project as a page lists it: a `Listing` of the catalog.

    `rows` are the releases' files as the page has them, `base` is what their addresses are joined to.
    """

    name: str
    source: Source
    status: str
    versions: tuple[str, ...]
    rows: Rows = field(repr=False, compare=False)
    base: str = field(repr=False)
    notes: Notes = field(default_factory=Notes, repr=False, compare=False)
    _decoded: dict[str, tuple[Offer, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def offers(self, version: str) -> tuple[Offer, ...]:
        """Return the release's files in the order of their names, decoded at the first time of asking.

        Files whose address is none, or not HTTP, are left out.
        """
        known = self._decoded.get(version)
        if known is None:
            from frazil.index.rows import decode_row  # noqa: PLC0415 - of a page that was read before nothing is decoded

            # Two threads may both come here: they come to the same value.
            rows = self.rows.of(version)
            known = self._decoded[version] = _in_order(decode_row(row, self.base) for row in rows)
        return known

    def recall(self, about: str, version: str) -> Choice | None:
        return self.notes.recall(about, version)

    def note(self, about: str, version: str, choice: Choice) -> None:
        self.notes.note(about, version, choice)

    def find(self, filename: str) -> Offer | None:
        """Return the file of that name."""
        from frazil.index.filenames import parse_version, version_in  # noqa: PLC0415 - a resolve looks for no file

        text = version_in(filename, self.name)
        if text is None or parse_version(text) is None:
            return None
        wanted = version_key(text)
        release = next((version for version in self.versions if version_key(version) == wanted), None)
        files = () if release is None else self.offers(release)
        return next((offer for offer in files if offer.filename == filename), None)


def _in_order(offers: Iterable[Offer | None]) -> tuple[Offer, ...]:
    """Sort by name; of two files of one name the one with a digest counts, whatever the order of the page."""
    unique: dict[str, Offer] = {}
    for offer in offers:
        if offer is not None:
            other = unique.get(offer.filename, offer)
            unique[offer.filename] = offer if other is offer else min(offer, other, key=_preference)
    return tuple(unique[filename] for filename in sorted(unique))


def _preference(offer: Offer) -> tuple[bool, str]:
    return offer.sha256 is None, repr(offer)
