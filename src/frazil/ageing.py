"""How old the pins of a lock are, asked from the indexes: what is newer, yanked, archived, or gone."""

from collections.abc import Sequence
from datetime import datetime

from packaging.version import Version

from frazil.catalog import Listing, NoProject
from frazil.costs import Costs
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.frozen.routes import Stop
from frazil.frozen.shipping import bits_of, named, shipped_in
from frazil.model import IndexSource, Offer
from frazil.outside import Outside, declared_again
from frazil.settings import Settings
from frazil.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """One release of a lock as its index has it now.

    `uploaded` is when its first file was, None where nobody says; `newest` the newest final release that is not yanked
    (the newest of all where none is final), with its time. `yanked` is the reason for which it was taken back (may be
    empty), None if it was not. `status` is the project's (PEP 792): `active`, `archived`, `quarantined`, `deprecated`;
    `gone` where the index has no such project or release any more.
    """

    stop: Stop
    targets: tuple[str, ...]
    uploaded: datetime | None
    newest: str | None
    newest_uploaded: datetime | None
    yanked: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """The releases of a lock that come from indexes, sorted by name, as of `now`; and what asking cost."""

    ages: tuple[Age, ...]
    now: datetime
    costs: Costs


def read_ages(
    frozen: Frozen,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    now: datetime,
    settings: Settings,
) -> Ages:
    """Ask the indexes about the releases that these targets ship in these environments; one page for each project.

    Raises OutsideError.
    """
    users = _users(frozen, targets, environments)
    asked = [(place, frozen.coordinates[place]) for place in users]
    serving = {each.name: each.source.index for _, each in asked if isinstance(each.source, IndexSource)}
    indexes = declared_again(frozen.inputs.indexes)
    with Outside(indexes, settings, package_index=tuple(serving.items())) as outside:
        outside.catalog.expect(sorted(serving))
        ages = tuple(
            _age(place, each, users[place], outside.catalog.project(each.name))
            for place, each in asked
            if isinstance(each.source, IndexSource)
        )
        costs = outside.costs
    return Ages(ages=ages, now=now, costs=costs)


def _users(frozen: Frozen, targets: Sequence[FrozenTarget], environments: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Return by its place in the lock each release that is shipped, with the targets that do."""
    bits = bits_of(target.name for target in targets)
    shipping = [0] * len(frozen.coordinates)
    for environment in environments:
        shipping = [a | b for a, b in zip(shipping, shipped_in(frozen, environment, bits), strict=True)]
    return {place: tuple(named(mask, bits)) for place, mask in enumerate(shipping) if mask}


def _age(place: int, coordinate: Coordinate, targets: tuple[str, ...], listing: Listing | NoProject) -> Age:
    known = Age(
        stop=Stop("coordinate", coordinate.name, coordinate.version, None, place),
        targets=targets,
        uploaded=_first_upload(coordinate.artifacts),
        newest=None,
        newest_uploaded=None,
        yanked=coordinate.yanked,
        status="gone",
    )
    if isinstance(listing, NoProject):
        return known
    offers = _offers(listing, coordinate)
    newest = _newest(listing)
    return replace(
        known,
        uploaded=known.uploaded or _first_upload(offers),
        newest=newest,
        newest_uploaded=None if newest is None else _first_upload(listing.offers(newest)),
        yanked=_yanked(offers, coordinate) if offers else known.yanked,
        # A quarantined project offers nothing.
        status=listing.status if offers or listing.status == "quarantined" else "gone",
    )


def _offers(listing: Listing, coordinate: Coordinate) -> tuple[Offer, ...]:
    """Return the files of a release; a page may spell its version in another way."""
    wanted = Version(coordinate.version or "0")
    version = next((text for text in listing.versions if Version(text) == wanted), None)
    return () if version is None else listing.offers(version)


def _newest(listing: Listing) -> str | None:
    """Return the newest release that somebody would choose now."""
    offered = (version for version in listing.versions if any(each.yanked is None for each in listing.offers(version)))
    newest = None
    for version in offered:
        if not Version(version).is_prerelease:
            return version
        newest = newest or version
    return newest


def _yanked(offers: Sequence[Offer], coordinate: Coordinate) -> str | None:
    """Return the reason for which a file of the lock was yanked, None if none was."""
    chosen = {artifact.filename for artifact in coordinate.artifacts}
    return next((each.yanked for each in offers if each.filename in chosen and each.yanked is not None), None)


def _first_upload(files: Sequence[FrozenArtifact] | Sequence[Offer]) -> datetime | None:
    return min((file.upload_time for file in files if file.upload_time is not None), default=None)
