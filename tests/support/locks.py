"""Locks for tests that only read one: the worked example, and a chain as deep as one likes."""

from pathlib import Path

from frazil.frozen.codec import parse_frozen
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenTarget, Inputs
from frazil.model import IndexSource
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "frozen" / "v1" / "good" / "example.json"

LINUX = parse_environment("linux", "3.12", "manylinux_2_28_x86_64")
WINDOWS = parse_environment("windows", "3.12", "win_amd64")


def example_lock() -> Frozen:
    """Return the worked example of the format's description."""
    return parse_frozen(EXAMPLE.read_bytes())


def lock_of(
    releases: dict[str, tuple[str, list[str]]],
    *,
    targets: dict[str, list[str]],
    ships: dict[str, list[str]] | None = None,
    gates: dict[str, str] | None = None,
) -> Frozen:
    """Return a lock for linux: releases as name → (version, requirements), targets as name → requirements.

    `ships` are the targets of each coordinate, all of them where nothing is said; `gates` the extra that gates all the
    requirements of a release. Nothing is checked.
    """
    coordinates = tuple(
        Coordinate(
            name=name,
            version=version,
            source=IndexSource("default"),
            resolves=(("default", ("linux",)),),
            targets=(("*", tuple(sorted((ships or {}).get(name, targets)))),),
            dependencies=edges(requirements, gate=(gates or {}).get(name)),
            artifacts=(FrozenArtifact(filename=f"{name}-{version}-py3-none-any.whl", sha256="0" * 64, size=1000),),
        )
        for name, (version, requirements) in sorted(releases.items())
    )
    declared = tuple(
        FrozenTarget(name=name, environments=("linux",), requirements=edges(requirements))
        for name, requirements in sorted(targets.items())
    )
    return Frozen(inputs=Inputs(environments=(LINUX,), targets=declared), coordinates=coordinates)


def edges(requirements: list[str], *, gate: str | None = None) -> tuple[FrozenEdge, ...]:
    """Return requirements as edges that hold everywhere."""
    return tuple(FrozenEdge(requirement=parse_requirement(text), extra=gate) for text in requirements)
