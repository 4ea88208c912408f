"""One project as its page lists it, whatever became of the page itself."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from frazil.catalog import Choice
from frazil.index.notes import Notes
from frazil.model import Offer, Source
from frazil.quick.versions import version_key
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from frazil.index.rows import Row


ReadRows = Callable[[], "Iterable[Row]"]


class Rows(Protocol):
    """The rows of a page by release."""

    def of(self, version: str) -> Mapping[str, ReadRows]:
        """Return what reads the rows of each file of a release that the page lists, by the file's name."""
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
    _releases: dict[str, Mapping[str, ReadRows]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _decoded: dict[tuple[str, str], Offer | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def offers(self, version: str) -> tuple[Offer, ...]:
        """Return the release's files in the order of their names.

        Files whose address is none, or not HTTP, are left out.
        """
        offers = (self.file(version, filename) for filename in self.filenames(version))
        return tuple(offer for offer in offers if offer is not None)

    def filenames(self, version: str) -> tuple[str, ...]:
        return tuple(sorted(self._release(version)))

    def file(self, version: str, filename: str) -> Offer | None:
        """Return a file of a release, decoded at the first time of asking."""
        known = (version, filename)
        if known not in self._decoded:
            from frazil.index.rows import decode_row  # noqa: PLC0415 - of a page that was read before nothing is decoded

            read = self._release(version).get(filename)
            offers = () if read is None else (decode_row(row, self.base) for row in read())
            # Of two files of one name the one with a digest counts, whatever the order of the page.
            there = (offer for offer in offers if offer is not None)
            self._decoded[known] = min(there, key=_preference, default=None)
        return self._decoded[known]

    def _release(self, version: str) -> Mapping[str, ReadRows]:
        # Two threads may both come here: they come to the same value.
        known = self._releases.get(version)
        if known is None:
            known = self._releases[version] = self.rows.of(version)
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
        return None if release is None else self.file(release, filename)


def _preference(offer: Offer) -> tuple[bool, str]:
    return offer.sha256 is None, repr(offer)
