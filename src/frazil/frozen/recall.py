"""The answers of a resolve as a lock has them, so that they can stay when it cannot be answered anew."""

from frazil.frozen.assembly import Build, CoordinateKey
from frazil.frozen.known import asked_extras
from frazil.frozen.model import Coordinate, Frozen
from frazil.model import Edge, Offer, Pin, Resolution


def recalled(frozen: Frozen, resolve: str) -> tuple[Resolution, ...]:
    """Return what a resolve pins in a lock, one resolution for each environment, sorted by its name."""
    environments = sorted({environment for name, environment, _ in frozen.pins if name == resolve})
    return tuple(_resolution(frozen, resolve, environment) for environment in environments)


def recalled_builds(frozen: Frozen, resolve: str) -> dict[CoordinateKey, Build]:
    """Return what the releases that a resolve pins in a lock take to be built."""
    return {
        (coordinate.name, coordinate.version, coordinate.source): Build(
            resolve=coordinate.build_resolve,
            requirements=tuple(edge.requirement for edge in coordinate.build_requirements),
        )
        for coordinate in frozen.coordinates
        if coordinate.build_resolve is not None and coordinate.environments_in(resolve)
    }


def _resolution(frozen: Frozen, resolve: str, environment: str) -> Resolution:
    extras = asked_extras(frozen, resolve, environment)
    pins = [
        _pin(coordinate, environment, tuple(sorted(extras.get(name, ()))))
        for (pinned_in, pinned_for, name), coordinate in frozen.pins.items()
        if (pinned_in, pinned_for) == (resolve, environment)
    ]
    return Resolution(resolve, environment, tuple(sorted(pins, key=lambda pin: pin.name)))


def _pin(coordinate: Coordinate, environment: str, extras: tuple[str, ...]) -> Pin:
    return Pin(
        name=coordinate.name,
        version=coordinate.version,
        source=coordinate.source,
        artifact=_offer(coordinate, environment),
        extras=extras,
        edges=tuple(
            Edge(edge.requirement, edge.extra)
            for edge in coordinate.dependencies
            if edge.holds_in(environment) and edge.extra in {None, *extras}
        ),
        requires_python=coordinate.requires_python,
        license=coordinate.license,
    )


def _offer(coordinate: Coordinate, environment: str) -> Offer | None:
    """Return the file that is chosen for an environment; where it lies is known to the lock alone."""
    artifact = coordinate.artifact_for(environment)
    if artifact is None:
        return None
    return Offer(
        filename=artifact.filename,
        url="",
        sha256=artifact.sha256,
        size=artifact.size,
        upload_time=artifact.upload_time,
        requires_python=coordinate.requires_python,
        yanked=coordinate.yanked,
    )
