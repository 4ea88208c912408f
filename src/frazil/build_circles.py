"""Builds that wait for each other: a takes b to be built, and b, which is only there as source, takes a."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from frazil.frozen.assembly import CoordinateKey
from frazil.model import Pin, Resolution
from frazil.requirement import Requirement

Key = CoordinateKey | str
"""What is built: a release, or a member by the name of its build target."""

Start = tuple[str, str, Key]
"""A build in its resolve and environment."""


def find_circle(
    starts: Mapping[Start, Sequence[Requirement]], answers: Iterable[Resolution], key_of: Callable[[Pin], CoordinateKey]
) -> tuple[Key, ...]:
    """Return builds of which each takes the next and the last takes the first, empty where there are none.

    `starts` are builds with what they require, `answers` what their resolves chose.
    """
    pins = {(a.resolve, a.environment): {pin.name: pin for pin in a.pins} for a in answers}
    for environment in sorted({environment for _, environment, _ in starts}):
        graph: dict[Key, list[Key]] = {}
        for resolve, place, key in sorted(starts, key=str):
            if place == environment:
                chosen = _closure(pins.get((resolve, environment), {}), starts[resolve, place, key])
                graph[key] = [key_of(pin) for pin in chosen if pin.artifact is None or not pin.artifact.is_wheel]
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            # The last one is the first again, and each comes before the one that needs it.
            return tuple(reversed(error.args[1][1:]))
    return ()


def _closure(pins: Mapping[str, Pin], requirements: Iterable[Requirement]) -> list[Pin]:
    """Return the pins that some requirements lead to, by name."""
    found: dict[str, Pin] = {}
    waiting = [requirement.name for requirement in requirements]
    while waiting:
        name = waiting.pop()
        if name in pins and name not in found:
            found[name] = pins[name]
            waiting += [edge.requirement.name for edge in pins[name].edges]
    return [found[name] for name in sorted(found)]
