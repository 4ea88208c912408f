"""What a lock says of a wheel, what the wheel says of itself, and in what they differ."""

import hashlib
from collections.abc import Mapping

from frazil.atomic import disk_errors
from frazil.catalog import Unreadable
from frazil.errors import IntegrityError, UnsafeArchive
from frazil.fetcher.link import StoreChanged
from frazil.frozen.known import asked_extras
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact
from frazil.index.archives import ArchiveError, read_from_wheel
from frazil.index.core_metadata import read_wheel_metadata
from frazil.model import Metadata
from frazil.opening import open_plain
from frazil.requirement import Requirement, gate_opens, parse_requirement
from frazil.store.content import Store
from frazil.values import dataclass, replace

Edge = tuple[Requirement, str | None]
"""What a release asks for, and the extra that is the gate."""


# What a lock says ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """An environment in which a wheel is chosen: what is asked for there, and with which of the wheel's extras."""

    environment: str
    variables: tuple[tuple[str, str], ...]
    extras: tuple[str, ...]
    edges: frozenset[Edge]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a lock says of a wheel."""

    name: str
    version: str
    places: tuple[_Place, ...]

    @property
    def digest(self) -> bytes:
        """16 bytes that change with anything in it."""
        said = [self.name, self.version]
        for place in self.places:
            edges = sorted(f"{requirement} [{extra or ''}]" for requirement, extra in place.edges)
            said += [repr(place.variables), *place.extras, "", *edges, ""]
        return hashlib.sha256("\n".join(said).encode()).digest()[:16]


class Claims:
    """Reads off a lock what it says of wheels."""

    def __init__(self, frozen: Frozen) -> None:
        self._frozen = frozen
        self._extras: dict[tuple[str, str], Mapping[str, set[str]]] = {}

    def of(self, coordinate: Coordinate, artifact: FrozenArtifact) -> Claim:
        names = coordinate.environments if artifact.environments is None else artifact.environments
        places = tuple(self._place(coordinate, name) for name in names)
        return Claim(coordinate.name, coordinate.version or "", places)

    def _place(self, coordinate: Coordinate, environment: str) -> _Place:
        asked: set[str] = set()
        for resolve, environments in coordinate.resolves:
            if environment in environments:
                asked |= self._asked(resolve, environment).get(coordinate.name, set())
        edges = (
            (_comparable(edge.requirement), edge.extra)
            for edge in coordinate.dependencies
            if edge.holds_in(environment) and edge.extra in {None, *asked}
        )
        variables = self._frozen.environments_by_name[environment].variables
        return _Place(environment, variables, tuple(sorted(asked)), frozenset(edges))

    def _asked(self, resolve: str, environment: str) -> Mapping[str, set[str]]:
        known = self._extras.get((resolve, environment))
        if known is None:
            known = self._extras[resolve, environment] = asked_extras(self._frozen, resolve, environment)
        return known


def _comparable(requirement: Requirement) -> Requirement:
    """Return a requirement without its address: a lock spells one that is a path of the project in a way of its own."""
    return requirement if requirement.url is None else replace(requirement, url="")


# What a wheel says -----------------------------------------------------------------------------------------


def failure_of(artifact: FrozenArtifact, claim: Claim, store: Store) -> IntegrityError | None:
    """Return the error that a wheel of the store is, None where it says of itself what the lock does.

    Raises StoreChanged, DiskError.
    """
    path = store.path(artifact.sha256, artifact.filename)
    with disk_errors("read", path):
        try:
            file = open_plain(path)
        except FileNotFoundError:
            raise StoreChanged(f"{artifact.filename} vanished from the store while it was looked at") from None
    try:
        with disk_errors("read", path), file:
            data = read_from_wheel(file, claim.name, claim.version)
    except ArchiveError as error:
        hint = "nothing was linked out; ask its project for another build, or pin another release"
        return UnsafeArchive(f"{artifact.filename} is not delivered: {error}", hint=hint)
    found = read_wheel_metadata(data, claim.name, claim.version)
    why = found.reason if isinstance(found, Unreadable) else _difference(found, claim)
    if why is None:
        return None
    return IntegrityError(
        f"{artifact.filename} is not what the lock says of it: {why}",
        hint=(
            f"nothing was linked out. If the lock is your own, `frazil resolve -P {claim.name}` reads it again;"
            " if not, somebody edited it, or its index says of files what they do not say themselves"
        ),
    )


def _difference(metadata: Metadata, claim: Claim) -> str | None:
    """Say in what a wheel's own metadata differs from the lock; None where it does not."""
    requirements = [parse_requirement(text) for text in metadata.requires_dist]
    for place in claim.places:
        own = {
            (_comparable(requirement), extra)
            for extra in (None, *place.extras)
            for requirement in requirements
            if gate_opens(requirement.marker, place.variables, extra)
        }
        if own != place.edges:
            unsaid = sorted(own - place.edges, key=str)
            invented = sorted(place.edges - own, key=str)
            if unsaid:
                return f"its METADATA asks for {unsaid[0][0]} in {place.environment}, and the lock does not"
            return f"the lock has it ask for {invented[0][0]} in {place.environment}, and its METADATA does not"
    return None
