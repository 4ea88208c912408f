"""Small random worlds: what is declared, what a resolver answered, and the frozen resolution made of both.

`worlds()` draws them for hypothesis. The answers come from a fixpoint over declared facts that shares no code with the
walk: each project has one version for each resolve and environment, and is pinned where anybody asks for it.
"""

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from frazil.frozen.assembly import Build, CoordinateKey, assemble
from frazil.frozen.inputs import canonical_inputs, frozen_edge
from frazil.frozen.model import (
    Frozen,
    FrozenEdge,
    FrozenIndex,
    FrozenPolicy,
    FrozenTarget,
    Inputs,
)
from frazil.model import Edge, Environment, IndexSource, Offer, Pin, Resolution, Rules
from frazil.project.environments import parse_environment
from frazil.requirement import Requirement, marker_holds, parse_requirement

Item = TypeVar("Item")

law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""What every property over worlds runs with: a loaded machine is no reason to fail."""

ROOT = "https://files.index.example/packages/"
SOURCE = IndexSource("default")

ENVIRONMENTS = (
    parse_environment("linux", "3.12", "manylinux_2_28_x86_64"),
    parse_environment("mac", "3.11", "macosx_14_0_arm64"),
    parse_environment("windows", "3.12", "win_amd64"),
)
PROJECTS = ("alpha", "beta", "gamma", "delta")
TOOLS = ("setuptools", "wheel")
MEMBERS = {"services-api": "services/api", "services-common": "libs/common"}
MARKERS = ("", "; sys_platform == 'win32'", "; sys_platform == 'linux'", "; python_version >= '3.12'")
PLATFORMS = {"linux": "manylinux_2_17_x86_64", "mac": "macosx_11_0_arm64", "windows": "win_amd64"}
SHAPES = ("universal", "platform", "sdist", "sdist on windows")


@dataclass(frozen=True)
class Wanted:
    """One requirement of a release: its text without a gate, and the gate."""

    text: str
    gate: str | None = None

    def requirement(self) -> Requirement:
        head, _, marker = self.text.partition("; ")
        parts = [part for part in (marker, f"extra == '{self.gate}'" if self.gate else "") if part]
        return parse_requirement(f"{head}; {' and '.join(parts)}" if parts else head)


@dataclass(frozen=True)
class Release:
    """A release of a project: what it wants, the shape of its files, what its build wants."""

    wants: tuple[Wanted, ...] = ()
    shape: str = "universal"
    builds_with: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class World:
    """What is declared, the releases there are, the version that each resolve takes in each environment."""

    inputs: Inputs
    releases: Mapping[tuple[str, str], Release]
    versions: Mapping[tuple[str, str, str], str]
    resolutions: tuple[Resolution, ...] = field(default=())
    builds: Mapping[CoordinateKey, Build] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say what was drawn in few words; the answers follow from it."""
        targets = {
            f"{t.name} ({t.resolve}, {', '.join(t.environments)})": [str(e.requirement) for e in t.requirements]
            for t in self.inputs.targets
        }
        policies = {
            name: (policy.rules.exclude_dependencies, [str(edge.requirement) for edge in policy.overrides])
            for name, policy in (("", self.inputs.policy), *self.inputs.resolves)
        }
        pins = {f"{r.resolve}, {r.environment}": {pin.name: pin.version for pin in r.pins} for r in self.resolutions}
        used = {(name, version) for places in pins.values() for name, version in places.items()}
        releases = {f"{n} {v}": release for (n, v), release in self.releases.items() if (n, v) in used}
        return f"World({targets=}, {policies=}, {pins=}, {releases=})"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:  # noqa: ARG002 - the protocol of pretty printers
        printer.text(repr(self))

    def frozen(self, *, shuffle: random.Random | None = None, previous: Frozen | None = None) -> Frozen:
        """Assemble the world; a shuffling generator changes every order that must not matter."""
        resolutions = list(self.resolutions)
        inputs = self.inputs
        if shuffle is not None:
            shuffle.shuffle(resolutions)
            resolutions = [_shuffled_resolution(each, shuffle) for each in resolutions]
            inputs = _shuffled_inputs(inputs, shuffle)
        return assemble(inputs, resolutions, previous, file_roots={"default": ROOT}, builds=self.builds)


# Strategies ------------------------------------------------------------------------------------------------

_TEXTS = tuple(
    f"{name}{extras}{marker}" for name in (*PROJECTS, *MEMBERS) for extras in ("", "[x]", "[x,y]") for marker in MARKERS
)
_WANTS = tuple(Wanted(text, gate) for gate in (None, "x", "y") for text in _TEXTS)
_TOOL_TEXTS = tuple(f"{name}{marker}" for name in TOOLS for marker in MARKERS)
_MEMBERS_AND_PROJECTS = (*PROJECTS, *MEMBERS)


def _some(items: tuple[Item, ...], most: int) -> st.SearchStrategy[tuple[Item, ...]]:
    return st.lists(st.sampled_from(items), max_size=most, unique=True).map(tuple)


_texts = st.sampled_from(_TEXTS)
_releases = st.builds(Release, wants=_some(_WANTS, 3), shape=st.sampled_from(SHAPES), builds_with=_some(_TOOL_TEXTS, 2))
_policies = st.tuples(_some(_MEMBERS_AND_PROJECTS, 1), _some(_TEXTS, 1))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world with members, an extra, a group, an isolated job, policy and builds."""
    environments = draw(st.lists(st.sampled_from(ENVIRONMENTS), min_size=1, max_size=3, unique=True))
    names = tuple(environment.name for environment in environments)
    own = st.lists(st.sampled_from(names), min_size=1, unique=True).map(tuple)
    targets = tuple(
        FrozenTarget(
            name=name,
            project_name=project,
            resolve=resolve,
            environments=draw(own),
            requirements=edges(draw(_some(_TEXTS if resolve != "build" else _TOOL_TEXTS, 3)), environments),
        )
        for name, project, resolve in (
            ("jobs/etl", None, "legacy"),
            ("libs/common", "services-common", "default"),
            ("libs/common:build-system", None, "build"),
            ("services/api", "services-api", "default"),
            ("services/api:dev", None, "default"),
            ("services/api[x]", None, "default"),
        )
    )
    general, legacy = draw(_policies), draw(_policies)
    inputs = canonical_inputs(
        Inputs(
            policy=_policy(*general, environments),
            indexes=(FrozenIndex(name="default"),),
            environments=tuple(environments),
            resolves=(
                ("build", FrozenPolicy()),
                ("default", FrozenPolicy()),
                ("legacy", _policy(*legacy, environments)),
            ),
            targets=targets,
        )
    )
    releases = {(name, version): draw(_releases) for name in (*PROJECTS, *TOOLS) for version in ("1.0", "2.0")}
    places = list(itertools.product(("build", "default", "legacy"), names, (*PROJECTS, *TOOLS)))
    newer = draw(st.integers(0, 2 ** len(places) - 1))
    versions = {place: "2.0" if newer >> bit & 1 else "1.0" for bit, place in enumerate(places)}
    return answered(World(inputs, releases, versions))


def edges(texts: tuple[str, ...], environments: list[Environment]) -> tuple[FrozenEdge, ...]:
    return tuple(frozen_edge(parse_requirement(text), environments, declared_in="pyproject.toml") for text in texts)


def _policy(excluded: tuple[str, ...], overrides: tuple[str, ...], environments: list[Environment]) -> FrozenPolicy:
    return FrozenPolicy(rules=Rules(exclude_dependencies=excluded), overrides=edges(overrides, environments))


# The answers -----------------------------------------------------------------------------------------------

Fact = tuple[str, str, str | None]


def answered(world: World) -> World:
    """Give a world its resolutions: a pin wherever anybody asks, round after round until nothing is new."""
    resolutions = []
    for environment in world.inputs.environments:
        facts: set[Fact] = set()
        while True:
            more = facts | set(_asked_by_targets(world, environment))
            for fact in facts:
                more |= set(_asked_by(world, environment, fact))
            if more == facts:
                break
            facts = more
        for resolve in sorted({fact[0] for fact in facts} | {"build", "default", "legacy"}):
            names = sorted({name for r, name, _ in facts if r == resolve and name not in MEMBERS})
            resolutions.append(
                Resolution(
                    resolve,
                    environment.name,
                    tuple(_pin(world, resolve, environment, name, facts) for name in names),
                )
            )
    builds: dict[CoordinateKey, Build] = {
        (name, version, SOURCE): Build(
            resolve="build", requirements=tuple(parse_requirement(text) for text in release.builds_with)
        )
        for (name, version), release in world.releases.items()
    }
    return World(world.inputs, world.releases, world.versions, tuple(resolutions), builds)


def _asked_by_targets(world: World, environment: Environment) -> Iterator[Fact]:
    by_name = {target.name: target for target in world.inputs.targets}
    for target in world.inputs.targets:
        if environment.name in target.environments:
            for part in {target.name, target.name.partition("[")[0]}:
                for edge in by_name[part].requirements:
                    yield from _facts(world, environment, target.resolve, edge.requirement)


def _asked_by(world: World, environment: Environment, fact: Fact) -> Iterator[Fact]:
    resolve, name, extra = fact
    if name in MEMBERS:
        part = MEMBERS[name] if extra is None else f"{MEMBERS[name]}[{extra}]"
        for target in world.inputs.targets:
            if target.name == part:
                for edge in target.requirements:
                    yield from _facts(world, environment, resolve, edge.requirement)
        return
    version = world.versions[resolve, environment.name, name]
    release = world.releases[name, version]
    for wanted in release.wants if resolve != "build" else ():
        if wanted.gate == extra:
            yield from _facts(world, environment, resolve, wanted.requirement(), extra or "")
    if extra is None and is_sdist(release.shape, environment.name):
        for text in release.builds_with:
            yield from _facts(world, environment, "build", parse_requirement(text))


def _facts(
    world: World, environment: Environment, resolve: str, requirement: Requirement, extra: str = ""
) -> Iterator[Fact]:
    if not marker_holds(requirement.marker, environment.variables, extra=extra):
        return
    asked = [requirement]
    if resolve != "build":
        policies = [world.inputs.policy, dict(world.inputs.resolves)[resolve]]
        if any(requirement.name in policy.rules.exclude_dependencies for policy in policies):
            return
        overriding = [
            edge.requirement
            for policy in policies
            for edge in policy.overrides
            if edge.requirement.name == requirement.name
            and marker_holds(edge.requirement.marker, environment.variables)
        ]
        asked += overriding
    for each in asked:
        yield (resolve, requirement.name, None)
        yield from ((resolve, requirement.name, extra) for extra in each.extras)


def is_sdist(shape: str, environment: str) -> bool:
    return shape == "sdist" or (shape == "sdist on windows" and environment == "windows")


def _pin(world: World, resolve: str, environment: Environment, name: str, facts: set[Fact]) -> Pin:
    version = world.versions[resolve, environment.name, name]
    release = world.releases[name, version]
    extras = tuple(sorted(e for r, n, e in facts if (r, n) == (resolve, name) and e is not None))
    own = [
        Edge(wanted.requirement(), wanted.gate)
        for wanted in release.wants
        if resolve != "build"
        and (wanted.gate is None or wanted.gate in extras)
        and marker_holds(wanted.requirement().marker, environment.variables, extra=wanted.gate or "")
    ]
    return Pin(
        name=name,
        version=version,
        source=SOURCE,
        artifact=offer(name, version, release.shape, environment.name),
        extras=extras,
        edges=tuple(own),
    )


def offer(name: str, version: str, shape: str, environment: str) -> Offer:
    """Return the file that a shape has for an environment; digest and size follow from its name."""
    if is_sdist(shape, environment):
        filename = f"{name}-{version}.tar.gz"
    elif shape == "platform":
        filename = f"{name}-{version}-py3-none-{PLATFORMS[environment]}.whl"
    else:
        filename = f"{name}-{version}-py3-none-any.whl"
    digest = random.Random(filename).randbytes(32).hex()
    return Offer(filename, f"{ROOT}{digest[:2]}/{filename}", sha256=digest, size=len(filename))


# Orders ----------------------------------------------------------------------------------------------------


def _shuffled_resolution(resolution: Resolution, shuffle: random.Random) -> Resolution:
    pins = [
        Pin(
            **{
                **{name: getattr(pin, name) for name in Pin.__dataclass_fields__},
                "extras": _shuffled(pin.extras, shuffle),
                "edges": _shuffled(pin.edges, shuffle),
            }
        )
        for pin in _shuffled(resolution.pins, shuffle)
    ]
    return Resolution(resolution.resolve, resolution.environment, tuple(pins))


def _shuffled_inputs(inputs: Inputs, shuffle: random.Random) -> Inputs:
    return Inputs(
        policy=inputs.policy,
        indexes=inputs.indexes,
        environments=_shuffled(inputs.environments, shuffle),
        resolves=_shuffled(inputs.resolves, shuffle),
        targets=_shuffled(inputs.targets, shuffle),
    )


def _shuffled(items: tuple, shuffle: random.Random) -> tuple:  # type: ignore[type-arg]
    moved = list(items)
    shuffle.shuffle(moved)
    return tuple(moved)
