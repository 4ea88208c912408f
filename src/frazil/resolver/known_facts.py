"""What follows from pages and metadata for all questions of a run under one policy, worked out once.

Targets that are resolved on their own are hundreds of questions about the same two hundred projects. What is kept here
says nothing of who asked before: a world still asks its catalog for every release itself, and no answer depends on the
questions that came earlier.
"""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from frazil.catalog import Catalog
from frazil.model import Edge, Metadata
from frazil.resolver.needs import Need
from frazil.resolver.question import Question
from frazil.resolver.versions import VersionSet
from frazil.values import dataclass

_MOST_POLICIES = 16
"""Policies and environments of one run that are remembered: a run has a few."""


@dataclass(frozen=True, slots=True)
class KnownNeeds:
    """What a release, or an extra of it, needs by its `metadata`, in sets of the releases that were there.

    `lacks_extra` says that it has no extra of that name.
    """

    metadata: Metadata
    edges: tuple[Edge, ...]
    needs: tuple[Need, ...]
    lacks_extra: bool
    releases: tuple[VersionSet, ...]

    def hold_for(self, metadata: Metadata, releases_of: Callable[[str], VersionSet]) -> bool:
        """Say whether they were made of the same metadata, and of the same releases of all that is needed."""
        return metadata is self.metadata and all(
            releases is releases_of(need.node) for need, releases in zip(self.needs, self.releases, strict=True)
        )


class Common:
    """Facts of one catalog under one policy, each bound to the very value that it was made of."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._releases: dict[str, VersionSet] = {}
        self.needs: dict[tuple[str, int], KnownNeeds] = {}

    def holds_for(self, question: Question) -> bool:
        """Say whether releases need the same in another question: what is wished, and pinned, is its own affair."""
        mine = self._question
        return (
            (mine.members is question.members or mine.members == question.members)
            and mine.environment == question.environment
            and mine.overrides == question.overrides
            and mine.excluded == question.excluded
            and mine.direct == question.direct
        )

    def releases(self, project: str, versions: tuple[str, ...]) -> VersionSet:
        """Return the releases of a project, newest first, as a set."""
        known = self._releases.get(project)
        if known is None or (known.versions is not versions and known.versions != versions):
            known = self._releases[project] = VersionSet(versions)
        return known


_known: WeakKeyDictionary[Catalog, list[Common]] = WeakKeyDictionary()


def common_to(question: Question, catalog: Catalog) -> Common:
    """Return what is known of a catalog for a question; a run's memory, which ends with the catalog."""
    commons = _known.setdefault(catalog, [])
    found = next((common for common in commons if common.holds_for(question)), None)
    if found is None:
        found = Common(question)
        commons.append(found)
        del commons[:-_MOST_POLICIES]
    return found
