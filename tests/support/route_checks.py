"""Checking what queries tell against the walk, which shares no code with them."""

from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.routes import Leg, Route
from frazil.frozen.walk import Step, reached


def _edge_of(step: Step) -> tuple[object, ...]:
    """Return a step of the walk as a leg would tell it."""
    destination = step.destination
    answer = (step.edge.requirement.name, None) if destination is None else (destination.name, _version(destination))
    return (step.source.name, _version(step.source), str(step.edge.requirement), step.building, *answer)


def _edge_told(leg: Leg) -> tuple[object, ...]:
    told = (leg.source.name, leg.source.version, str(leg.requirement), leg.building)
    return (*told, leg.destination.name, leg.destination.version)


def _version(thing: Coordinate | FrozenTarget) -> str | None:
    return thing.version if isinstance(thing, Coordinate) else None


def assert_made_of_steps(frozen: Frozen, route: Route) -> None:
    """Every edge of a route is one that the walk from its start follows, and each leads on to the next."""
    for environment in route.environments:
        steps = {_edge_of(step) for step in reached(frozen, route.start.name, environment).steps}
        assert {_edge_told(leg) for leg in route.legs} <= steps
    for leg, following in zip(route.legs, route.legs[1:], strict=False):
        asking = frozen.targets_by_name.get(following.source.name)
        assert leg.destination.name in {following.source.name, asking.base if asking is not None else None}
