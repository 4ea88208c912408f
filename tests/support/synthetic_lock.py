"""A large lock made from nothing: as many targets and coordinates as asked for, consistent in every check."""

import hashlib
from dataclasses import replace
from random import Random

from frazil.frozen.inputs import frozen_edge
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenTarget,
    Inputs,
)
from frazil.frozen.walk import target_maps
from frazil.model import Environment, IndexSource
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement

ENVIRONMENTS = (
    parse_environment("linux", "3.12", "manylinux_2_28_x86_64"),
    parse_environment("mac", "3.12", "macosx_14_0_arm64"),
    parse_environment("windows", "3.12", "win_amd64"),
)
_TAGS = {
    "linux": "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "mac": "cp312-cp312-macosx_11_0_arm64",
    "windows": "cp312-cp312-win_amd64",
}
_NAMES = tuple(environment.name for environment in ENVIRONMENTS)


def synthetic_lock(*, targets: int = 300, coordinates: int = 600, seed: int = 0) -> Frozen:
    """Make a lock: one resolve, three environments, a graph whose closures grow as real ones do."""
    random = Random(seed)  # the same lock every time
    projects = [_project_name(number) for number in range(coordinates)]
    edges = [_edges(random, projects, number) for number in range(coordinates)]
    declared = tuple(_target(random, projects, number, targets) for number in range(targets))
    pinned = _pinned(projects, edges, declared)
    frozen = Frozen(
        inputs=Inputs(
            environments=ENVIRONMENTS,
            resolves=(("default", Inputs().policy),),
            targets=tuple(sorted(declared, key=lambda target: target.name)),
        ),
        coordinates=tuple(
            _coordinate(name, number, tuple(sorted(pinned[name])), edges[number])
            for number, name in sorted(enumerate(projects), key=lambda pair: pair[1])
            if pinned.get(name)
        ),
    )
    maps = target_maps(frozen)
    return replace(
        frozen,
        coordinates=tuple(replace(c, targets=maps[position]) for position, c in enumerate(frozen.coordinates)),
    )


def _project_name(number: int) -> str:
    return f"{('alpha', 'beta', 'gamma', 'delta')[number % 4]}-{('kit', 'client', 'core')[number % 3]}-{number}"


def _edges(random: Random, projects: list[str], number: int) -> tuple[FrozenEdge, ...]:
    """A project depends on later ones, mostly on the few that everybody depends on."""
    later = len(projects) - number - 1
    wanted = {number + 1 + int(later * random.random() ** 0.4) for _ in range(random.choice((0, 1, 2, 3, 4, 5)))}
    edges = []
    for other in sorted(wanted):
        if other < len(projects):
            marker = random.choice(("", "", "", "", "", "; sys_platform == 'win32'", "; python_version >= '3.9'"))
            text = f"{projects[other]}>={random.randrange(3)}.{random.randrange(10)}{marker}"
            edges.append(frozen_edge(parse_requirement(text), ENVIRONMENTS))
    return tuple(sorted(edges, key=lambda edge: str(edge.requirement)))


def _target(random: Random, projects: list[str], number: int, targets: int) -> FrozenTarget:
    wanted = sorted({int(len(projects) * random.random()) for _ in range(12)} | {number * len(projects) // targets})
    edges = [frozen_edge(parse_requirement(f"{projects[each]}>=1"), ENVIRONMENTS) for each in wanted]
    edges.sort(key=lambda edge: str(edge.requirement))
    return FrozenTarget(
        name=f"services/service-{number:03}",
        project_name=f"services-service-{number:03}",
        editable=True,
        environments=_NAMES,
        requires_python=">=3.12",
        requirements=tuple(edges),
    )


def _pinned(
    projects: list[str], edges: list[tuple[FrozenEdge, ...]], targets: tuple[FrozenTarget, ...]
) -> dict[str, set[str]]:
    """Walk: a project is pinned wherever something that is there asks for it."""
    numbers = {name: number for number, name in enumerate(projects)}
    pinned: dict[str, set[str]] = {}
    for environment in _NAMES:
        waiting = [edge for target in targets for edge in target.requirements]
        while waiting:
            edge = waiting.pop()
            places = pinned.setdefault(edge.requirement.name, set())
            if edge.holds_in(environment) and environment not in places:
                places.add(environment)
                waiting += edges[numbers[edge.requirement.name]]
    return pinned


def _coordinate(name: str, number: int, environments: tuple[str, ...], edges: tuple[FrozenEdge, ...]) -> Coordinate:
    version = f"{3 + number % 7}.{number % 11}.{number % 5}"
    pinned = [environment for environment in ENVIRONMENTS if environment.name in environments]
    return Coordinate(
        name=name,
        version=version,
        source=IndexSource("default"),
        resolves=(("default", environments),),
        requires_python=">=3.8",
        dependencies=tuple(edge for edge in edges if any(edge.holds_in(name) for name in environments)),
        artifacts=_artifacts(name, version, pinned if number % 4 == 0 else []),
    )


def _artifacts(name: str, version: str, native: list[Environment]) -> tuple[FrozenArtifact, ...]:
    stem = f"{name.replace('-', '_')}-{version}"
    files = [(f"{stem}-{_TAGS[each.name]}.whl", (each.name,)) for each in native]
    if len(files) < 2:
        return (_artifact(files[0][0] if files else f"{stem}-py3-none-any.whl", None),)
    return tuple(sorted((_artifact(*file) for file in files), key=lambda artifact: artifact.filename))


def _artifact(filename: str, environments: tuple[str, ...] | None) -> FrozenArtifact:
    digest = hashlib.sha256(filename.encode()).hexdigest()
    path = f"{digest[:2]}/{digest[2:4]}/{digest[4:]}/"
    size = 1000 + int(digest[:5], 16)
    return FrozenArtifact(filename=filename, sha256=digest, size=size, path=path, environments=environments)
