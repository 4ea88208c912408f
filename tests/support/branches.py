"""Repositories that two people change at once: random worlds, what each changed, and what a resolve makes of it."""

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from frazil.asking import questions_of
from frazil.catalog import InMemoryCatalog, InMemoryListing
from frazil.frozen.assembly import assemble
from frazil.frozen.inputs import inputs_of
from frazil.frozen.model import Coordinate, Frozen
from frazil.frozen.preferences import pins_of
from frazil.model import Declared, Metadata, Offer, Origin
from frazil.project.declaration import DeclaredProject, Policy, Target
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement
from frazil.resolver.engines import NoAnswer, answer

NAMES = tuple("abcdefgh")
VERSIONS = ("1.0", "2.0", "3.0")
ENVIRONMENTS = {
    "linux": parse_environment("linux", "3.12", "manylinux_2_28_x86_64"),
    "windows": parse_environment("windows", "3.12", "win_amd64"),
}
ROOT = "https://files.index.example/packages/"
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Repository:
    """Manifests at one commit: what each target asks for, where, and what narrows everything."""

    targets: Mapping[str, tuple[str, ...]]
    environments: tuple[str, ...] = ("linux", "windows")
    constraints: tuple[str, ...] = ()

    def declared(self) -> DeclaredProject:
        return DeclaredProject(
            root=Path("repository"),
            config_file="frazil.toml",
            policy=Policy(constraints=tuple(_declared(text) for text in self.constraints)),
            environments=tuple(ENVIRONMENTS[name] for name in self.environments),
            targets=tuple(
                Target(
                    name=name,
                    manifest="frazil.toml",
                    environments=self.environments,
                    requirements=tuple(_declared(text) for text in texts),
                )
                for name, texts in self.targets.items()
            ),
        )


def _declared(text: str) -> Declared:
    return Declared(parse_requirement(text), Origin("frazil.toml"))


@dataclass(frozen=True)
class World:
    """What an index has: requirements by project and version; every project has the extra x."""

    releases: Mapping[str, Mapping[str, tuple[str, ...]]]

    def resolve(self, repository: Repository, pins: Mapping[Place, str]) -> Frozen | None:
        """Return the lock of a repository, keeping pins where they fit; None where there is no answer."""
        project = repository.declared()
        questions = questions_of(project, pins=pins, narrowed=(), now=datetime(2030, 1, 1, tzinfo=UTC))
        try:
            resolutions = [answer(question, self._catalog()) for question in questions]
        except NoAnswer:
            return None
        return assemble(inputs_of(project), resolutions, None, file_roots={"default": ROOT})

    def _catalog(self) -> InMemoryCatalog:
        listings, metadata = [], {}
        for name, versions in self.releases.items():
            files = {}
            for version, requires in versions.items():
                filename = f"{name}-{version}-py3-none-any.whl"
                digest = hashlib.sha256(filename.encode()).hexdigest()
                files[version] = (Offer(filename, f"{ROOT}{filename}", sha256=digest, size=7),)
                metadata[filename] = Metadata(name, version, requires, None, ("x",))
            listings.append(InMemoryListing(name, files))
        return InMemoryCatalog(listings, metadata)


@dataclass(frozen=True)
class Branch:
    """What one person did: an edit of the manifests, and projects whose pins were let go."""

    edit: Callable[[Repository], Repository]
    freed: frozenset[str] = field(default=frozenset())
    says: str = ""

    def __repr__(self) -> str:
        return self.says


def commit(world: World, base: Repository, lock: Frozen, branch: Branch) -> Frozen | None:
    """Return the lock that a branch has after its change."""
    pins = {place: version for place, version in pins_of(lock).items() if place[2] not in branch.freed}
    return world.resolve(branch.edit(base), pins)


def pins_of_both(base: Frozen, ours: Frozen, theirs: Frozen) -> dict[Place, str]:
    """Return the pins of two sides: of each place the one that moved, which must not be both."""
    before, own, other = (pins_of(frozen) for frozen in (base, ours, theirs))
    merged = {}
    for place in {**before, **own, **other}:
        mine, yours = own.get(place, before.get(place)), other.get(place, before.get(place))
        version = yours if mine == before.get(place) else mine
        if version is not None:
            merged[place] = version
    return merged


def touched(base: Frozen, side: Frozen) -> set[str]:
    """Return what a branch has to do with: targets it changed, projects it changed, asks for anew, or leans on anew."""
    found: set[str] = set()
    old_targets = base.targets_by_name
    for name in {*old_targets, *side.targets_by_name}:
        old, new = (
            {edge.requirement for edge in targets[name].requirements} if name in targets else set()
            for targets in (old_targets, side.targets_by_name)
        )
        found |= {requirement.name for requirement in old ^ new}
        found |= {name} if old != new else set()
    old_policy, new_policy = ({edge.requirement for edge in f.inputs.policy.constraints} for f in (base, side))
    found |= {requirement.name for requirement in old_policy ^ new_policy}
    for coordinate in {_core(c) for c in base.coordinates} ^ {_core(c) for c in side.coordinates}:
        found |= {coordinate.name, *(edge.requirement.name for edge in coordinate.dependencies)}
    return found


def _core(coordinate: Coordinate) -> Coordinate:
    return replace(coordinate, targets=())


def grown(world: World, repository: Repository, generator: random.Random) -> Frozen | None:
    """Return a lock of some age: what was newest when it was made need not be now."""
    old = {name: generator.choice(sorted(versions)) for name, versions in world.releases.items()}
    environments = repository.environments
    return world.resolve(repository, {("default", e, name): v for e in environments for name, v in old.items()})


# The generator ---------------------------------------------------------------------------------------------


def random_world(generator: random.Random) -> World:
    """Make a world in which later letters need earlier ones, now and then with an extra or only on Windows."""
    releases: dict[str, dict[str, tuple[str, ...]]] = {}
    for position, name in enumerate(NAMES):
        versions = {}
        for version in generator.sample(VERSIONS, generator.randint(1, 3)):
            below = generator.sample(NAMES[:position], min(position, generator.choice((0, 0, 1, 1, 2))))
            versions[version] = tuple(_dependency(generator, other) for other in below)
        releases[name] = versions
    return World(releases)


def _dependency(generator: random.Random, name: str) -> str:
    gate = generator.choice(("", "extra == 'x'"))
    place = generator.choice(("", "", "", "sys_platform == 'win32'"))
    marker = " and ".join(part for part in (gate, place) if part)
    return f"{_wish(generator, name)}{'; ' if marker else ''}{marker}"


def _wish(generator: random.Random, name: str) -> str:
    extra = generator.choice(("", "[x]"))
    return f"{name}{extra}{generator.choice(('', '', '>=1', '<3', '>=2', '!=2.0'))}"


def random_repository(generator: random.Random) -> Repository:
    targets = {
        f"services/{letter}": tuple(_wish(generator, name) for name in generator.sample(NAMES, generator.randint(1, 3)))
        for letter in "pqr"
    }
    return Repository(targets)


def random_branch(generator: random.Random, repository: Repository, mark: str) -> Branch:
    """Make a change of one of the kinds that a day brings; `mark` keeps new targets of two people apart."""
    target = generator.choice(sorted(repository.targets))
    texts = repository.targets[target]
    wish = _wish(generator, generator.choice(NAMES))
    gone = generator.choice(texts) if texts else ""

    def asking(new: tuple[str, ...]) -> Callable[[Repository], Repository]:
        return lambda old: replace(
            old, targets={n: _changed(t, texts, new) if n == target else t for n, t in old.targets.items()}
        )

    match generator.choice(("bump", "bump", "add", "add", "drop", "target", "leave", "narrow", "environment")):
        case "add":
            return Branch(asking((*texts, wish)), says=f"{target} asks for {wish}")
        case "drop":
            return Branch(asking(tuple(t for t in texts if t != gone)), says=f"{target} does without {gone}")
        case "target":
            name = f"jobs/{mark}"
            return Branch(lambda old: replace(old, targets={**old.targets, name: (wish,)}), says=f"{name}: {wish}")
        case "leave":
            return Branch(
                lambda old: replace(old, targets={n: t for n, t in old.targets.items() if n != target}),
                says=f"no {target}",
            )
        case "narrow":
            return Branch(lambda old: replace(old, constraints=(*old.constraints, "a!=3.0")), says="a!=3.0")
        case "environment":
            return Branch(lambda old: replace(old, environments=("linux",)), says="linux only")
        case _:
            freed = frozenset(generator.sample(NAMES, 2))
            return Branch(lambda old: old, freed, says=f"upgrade {sorted(freed)}")


def _changed(now: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """Apply the difference of two lists to a third."""
    kept = tuple(text for text in now if text not in before or text in after)
    return kept + tuple(text for text in after if text not in before and text not in kept)
