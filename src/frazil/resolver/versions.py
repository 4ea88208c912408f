"""The releases of a project as bits of an integer, so that a set of versions is a number.

Bit `i` stands for the `i`-th release, newest first; one more bit, `absent`, for "not in the answer at all".
"""

from functools import lru_cache

from packaging.version import Version

from frazil.requirement import specifier_set


@lru_cache(maxsize=262144)
def parsed(version: str) -> Version:
    return Version(version)


class VersionSet:
    """The domain of one project: its releases, newest first, and `absent`.

    `none` admits nothing, `every` any release, `all` every release and absence.
    """

    __slots__ = ("_masks", "absent", "all", "every", "position", "versions")

    def __init__(self, versions: tuple[str, ...]) -> None:
        self.versions = versions
        self.position = {version: index for index, version in enumerate(versions)}
        self.absent = 1 << len(versions)
        self.every = self.absent - 1
        self.all = self.absent | self.every
        self._masks: dict[str, int] = {"": self.every}

    def admitted(self, specifier: str) -> int:
        """Return the releases that a canonical specifier admits (PEP 440), pre-releases included."""
        known = self._masks.get(specifier)
        if known is None:
            known = self._masks[specifier] = self._admitted(specifier)
        return known

    def _admitted(self, specifier: str) -> int:
        specifiers = specifier_set(specifier)
        if "===" in specifier:  # arbitrary equality compares texts (PEP 440)
            return sum(1 << i for i, version in enumerate(self.versions) if specifiers.contains(version))
        admitted = specifiers.filter(range(len(self.versions)), key=lambda i: parsed(self.versions[i]))
        return sum(1 << i for i in admitted)

    def only(self, version: str) -> int:
        """Return the set of that one release, or of none when there is no such release."""
        index = self.position.get(version)
        return 0 if index is None else 1 << index

    def in_words(self, mask: int) -> tuple[str, ...]:
        """Return the releases of a set, newest first."""
        return tuple(version for index, version in enumerate(self.versions) if mask >> index & 1)


def preference_order(versions: tuple[str, ...], *, prerelease: str, lowest: bool, first: str | None) -> tuple[int, ...]:
    """Return release numbers in the order in which they are to be tried.

    Finals come before pre-releases unless those are allowed; within each, newest first, or oldest first for `lowest`;
    `first` (a locked pin) before all.
    """
    numbers = list(range(len(versions)))
    if lowest:
        numbers.reverse()
    if prerelease == "if-necessary":
        numbers.sort(key=lambda number: parsed(versions[number]).is_prerelease)
    if first is not None and first in versions:
        number = versions.index(first)
        numbers.remove(number)
        numbers.insert(0, number)
    return tuple(numbers)
