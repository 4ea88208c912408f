"""A catalog that knows what a lock knows: pinned projects in their pinned version only, the rest from another one."""

from collections.abc import Iterable

from frazil.catalog import Catalog, Forgetful, Listing, NoProject, Unreadable
from frazil.frozen.graph import Graph
from frazil.frozen.model import Coordinate, Frozen
from frazil.model import IndexSource, Metadata, Offer, Source
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class LockedListing(Forgetful):
    """One coordinate as if its page had this release only."""

    coordinate: Coordinate
    version: str
    offer: Offer
    extras: tuple[str, ...]
    status: str = "active"

    @property
    def name(self) -> str:
        return self.coordinate.name

    @property
    def source(self) -> Source:
        return self.coordinate.source

    @property
    def versions(self) -> tuple[str, ...]:
        return (self.version,)

    def offers(self, version: str) -> tuple[Offer, ...]:
        return (self.offer,) if version == self.version else ()

    @property
    def metadata(self) -> Metadata:
        """What the lock kept of the release's metadata: the edges that somebody asked for."""
        return Metadata(
            name=self.name,
            version=self.version,
            requires_dist=tuple(str(edge.requirement) for edge in self.coordinate.dependencies),
            requires_python=self.coordinate.requires_python,
            provides_extra=self.extras,
            license=self.coordinate.license,
        )


class KnownCatalog:
    """Answers from a lock for one resolve and environment; `free` makes a project be asked from the real catalog."""

    def __init__(self, frozen: Frozen, resolve: str, environment: str, inner: Catalog) -> None:
        self._inner = inner
        self._known = _locked_listings(frozen, resolve, environment)

    @property
    def names(self) -> frozenset[str]:
        """The projects that are answered from the lock."""
        return frozenset(self._known)

    def free(self, names: Iterable[str]) -> None:
        for name in names:
            self._known.pop(name, None)

    def knows_extras(self, name: str, extras: tuple[str, ...]) -> bool:
        """Say whether the lock kept the edges of these extras, or does not answer for the project at all."""
        listing = self._known.get(name)
        return listing is None or set(extras) <= set(listing.extras)

    def project(self, name: str) -> Listing | NoProject:
        return self._known.get(name) or self._inner.project(name)

    def metadata(self, project: Listing, version: str, offer: Offer) -> Metadata | Unreadable:
        if isinstance(project, LockedListing):
            return project.metadata
        return self._inner.metadata(project, version, offer)

    def expect(self, names: Iterable[str]) -> None:
        self._inner.expect(name for name in names if name not in self._known)

    def foresee(self, project: Listing, releases: Iterable[tuple[str, Offer]]) -> None:
        if not isinstance(project, LockedListing):
            self._inner.foresee(project, releases)


def _locked_listings(frozen: Frozen, resolve: str, environment: str) -> dict[str, LockedListing]:
    asked = asked_extras(frozen, resolve, environment)
    found = {}
    for (pinned_in, pinned_for, name), coordinate in frozen.pins.items():
        artifact = coordinate.artifact_for(environment)
        if (pinned_in, pinned_for) != (resolve, environment) or artifact is None or coordinate.version is None:
            continue
        if isinstance(coordinate.source, IndexSource):
            offer = Offer(
                filename=artifact.filename,
                url="",
                sha256=artifact.sha256,
                size=artifact.size,
                upload_time=artifact.upload_time,
                requires_python=coordinate.requires_python,
                yanked=coordinate.yanked,
            )
            extras = tuple(sorted(asked.get(name, ())))
            found[name] = LockedListing(coordinate, coordinate.version, offer, extras)
    return found


def asked_extras(frozen: Frozen, resolve: str, environment: str) -> dict[str, set[str]]:
    """Return the extras that targets and releases of a resolve ask for in an environment, by project."""
    graph = Graph(frozen, environment)
    found: dict[str, set[str]] = {}
    seen: set[tuple[str, str, str | None]] = set()
    waiting = [
        node
        for target in frozen.inputs.targets
        if target.resolve == resolve and environment in target.environments
        for asked in graph.starts(target)
        for node in asked.nodes()
    ]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        _, name, extra = node
        if extra is not None:
            found.setdefault(name, set()).add(extra)
        waiting.extend(following for asked in graph.followed(node) for following in asked.nodes())
    return found
