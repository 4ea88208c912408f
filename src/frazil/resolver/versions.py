"""The releases of a project as bits of an integer, so that a set of versions is a number.

Bit `i` stands for the `i`-th release, newest first; one more bit, `absent`, for "not in the answer at all".
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

from frazil.quick.specifiers import Span, spans_of
from frazil.quick.versions import Key, spells_prerelease, version_key
from frazil.requirement import specifier_set


class VersionSet:
    """The domain of one project: its releases, newest first, and `absent`.

    `none` admits nothing, `every` any release, `all` every release and absence.
    """

    def __init__(self, versions: tuple[str, ...]) -> None:
        self.versions = versions
        self.absent = 1 << len(versions)
        self.every = self.absent - 1
        self.all = self.absent | self.every
        self._masks: dict[str, int] = {"": self.every}

    @cached_property
    def position(self) -> dict[str, int]:
        return {version: index for index, version in enumerate(self.versions)}

    @cached_property
    def prereleases(self) -> int:
        """The set of the pre-releases."""
        # Digits and dots are a final release, and telling that of all of them at once costs next to nothing.
        if "".join(self.versions).replace(".", "").isdecimal():
            return 0
        return sum(1 << i for i, version in enumerate(self.versions) if spells_prerelease(version))

    def admitted(self, specifier: str) -> int:
        """Return the releases that a canonical specifier admits (PEP 440), pre-releases included."""
        known = self._masks.get(specifier)
        if known is None:
            known = self._masks[specifier] = self._admitted(specifier)
        return known

    def _admitted(self, specifier: str) -> int:
        spans = spans_of(specifier)
        if spans is None:
            admits = specifier_set(specifier).contains
            return sum(1 << i for i, version in enumerate(self.versions) if admits(version))
        admitted = self.every
        for span in spans:
            within = self._within(span)
            admitted &= ~within if span.excluded else within
        return admitted

    def _within(self, span: Span) -> int:
        """Return the releases between the ends of a span: those above its low end that are not above its high one."""
        above_low = self.every if span.low is None else (1 << self._count_from(span.low)) - 1
        above_high = 0 if span.high is None else (1 << self._count_from(span.high)) - 1
        return above_low & ~above_high

    def _count_from(self, key: Key) -> int:
        """Return how many releases are at a key or above it."""
        versions = self.versions
        last = len(versions) - 1
        return last + 1 - bisect_left(range(last + 1), key, key=lambda position: version_key(versions[last - position]))

    def only(self, version: str) -> int:
        """Return the set of that one release, or of none when there is no such release."""
        index = self.position.get(version)
        return 0 if index is None else 1 << index

    def in_words(self, mask: int) -> tuple[str, ...]:
        """Return the releases of a set, newest first."""
        return tuple(version for index, version in enumerate(self.versions) if mask >> index & 1)


class Preference:
    """The order in which releases are to be tried: set after set, each newest first or oldest first.

    Finals come before pre-releases unless those are allowed; `first` (a locked pin) comes before all. `head` is the
    release that is tried before every other, None where there is none.
    """

    __slots__ = ("_lowest", "_sets", "head")

    def __init__(
        self, versions: VersionSet, *, prerelease: str = "allow", lowest: bool = False, first: str | None = None
    ) -> None:
        early = 0 if first is None else versions.only(first)
        late = versions.prereleases if prerelease == "if-necessary" else 0
        self._sets = (early, versions.every & ~early & ~late, late & ~early)
        self._lowest = lowest
        self.head = next(iter(self), None)

    def __iter__(self) -> Iterator[int]:
        return self.within(-1)

    def within(self, mask: int) -> Iterator[int]:
        """Yield the releases of a set in their order."""
        for each in self._sets:
            left = each & mask
            while left:
                # The newest release is the lowest bit.
                bit = 1 << left.bit_length() - 1 if self._lowest else left & -left
                yield bit.bit_length() - 1
                left ^= bit
