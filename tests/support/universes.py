"""Small random universes, and an oracle that judges answers by brute force, sharing no code with the resolver."""

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from frazil.catalog import InMemoryCatalog, InMemoryListing
from frazil.model import Declared, Environment, Metadata, Offer, Origin
from frazil.requirement import parse_requirement
from frazil.resolver.question import Question, Selecting, Wish

MARKERS = {
    "linux": {"sys_platform": "linux", "python_version": "3.12", "python_full_version": "3.12.0"},
    "windows": {"sys_platform": "win32", "python_version": "3.11", "python_full_version": "3.11.0"},
}
TAGS = {
    "linux": ("cp312-cp312-manylinux_2_28_x86_64", "py3-none-any"),
    "windows": ("cp311-cp311-win_amd64", "py3-none-any"),
}


@dataclass(frozen=True)
class Release:
    requires: tuple[str, ...] = ()
    yanked: bool = False
    requires_python: str | None = None
    tag: str = "py3-none-any"


@dataclass(frozen=True)
class Universe:
    releases: Mapping[str, Mapping[str, Release]]
    wishes: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    prerelease: str = "if-necessary"
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def environment(name: str) -> Environment:
    base = {
        "implementation_name": "cpython",
        "implementation_version": MARKERS[name]["python_full_version"],
        "os_name": "posix" if name == "linux" else "nt",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux" if name == "linux" else "Windows",
        **MARKERS[name],
    }
    return Environment(name, base["python_version"], name, tuple(sorted(base.items())), TAGS[name])


def catalog_of(universe: Universe, *, shuffle: random.Random | None = None) -> InMemoryCatalog:
    """Build the catalog; a shuffling generator changes every order that must not matter."""
    listings, metadata = [], {}
    names = list(universe.releases)
    if shuffle:
        shuffle.shuffle(names)
    for name in names:
        files = {}
        versions = list(universe.releases[name].items())
        if shuffle:
            shuffle.shuffle(versions)
        for version, release in versions:
            filename = f"{name}-{version}-{release.tag}.whl"
            requires = list(release.requires)
            if shuffle:
                shuffle.shuffle(requires)
            files[version] = (
                Offer(
                    filename,
                    f"https://files.index.example/{filename}",
                    sha256="0" * 64,
                    size=1,
                    requires_python=release.requires_python,
                    yanked="bad" if release.yanked else None,
                ),
            )
            metadata[filename] = Metadata(
                name, version, tuple(requires), release.requires_python, universe.extras.get(name, ())
            )
        listings.append(InMemoryListing(name, files))
    return InMemoryCatalog(listings, metadata)


def wish(text: str, target: str | None = "app") -> Wish:
    return Wish(Declared(parse_requirement(text), Origin("pyproject.toml", 1)), target)


def question_of(universe: Universe, name: str, *, locked: Mapping[str, str] | None = None) -> Question:
    values = MARKERS[name]

    def holding(texts: tuple[str, ...]) -> list[str]:
        return [t for t in texts if Requirement(t).marker is None or Requirement(t).marker.evaluate(values)]  # type: ignore[union-attr]

    return Question(
        resolve="default",
        environment=environment(name),
        wishes=tuple(wish(text) for text in holding(universe.wishes)),
        constraints=tuple(wish(text, None) for text in holding(universe.constraints)),
        locked=locked or {},
        selecting=Selecting(prerelease=universe.prerelease),
    )


# The oracle ------------------------------------------------------------------------------------------------


class Oracle:
    """Judges sets of pins by the rules alone, with packaging's own objects."""

    def __init__(self, universe: Universe, name: str) -> None:
        self.universe = universe
        self.values = {**MARKERS[name], "os_name": "posix" if name == "linux" else "nt"}
        self.tags = TAGS[name]

    def is_sound(self, pins: Mapping[str, str]) -> bool:
        """Say whether every active requirement is met by pins that may be taken."""
        active = self._active(pins)
        if active is None:
            return False
        for name, version in pins.items():
            if name not in {requirement.name for requirement in active}:
                continue
            if not self._may_be_taken(name, version, [r for r in active if r.name == name]):
                return False
        return True

    def _active(self, pins: Mapping[str, str]) -> list[Requirement] | None:
        active: list[Requirement] = []
        waiting = [Requirement(text) for text in self.universe.wishes]
        done: set[tuple[str, str]] = set()
        while waiting:
            requirement = waiting.pop()
            if not self._holds(requirement, ""):
                continue
            if requirement.name not in pins:
                return None
            version = pins[requirement.name]
            if not requirement.specifier.contains(version, prereleases=True):
                return None
            active.append(requirement)
            for extra in ("", *requirement.extras):
                if (requirement.name, extra) not in done:
                    done.add((requirement.name, extra))
                    waiting.extend(self._gated(requirement.name, version, extra))
        return active

    def _gated(self, name: str, version: str, extra: str) -> Iterator[Requirement]:
        for text in self.universe.releases[name][version].requires:
            requirement = Requirement(text)
            if self._holds(requirement, extra):
                yield _without_marker(requirement)

    def _holds(self, requirement: Requirement, extra: str) -> bool:
        marker: Marker | None = requirement.marker
        return marker is None or marker.evaluate({**self.values, "extra": extra})

    def _may_be_taken(self, name: str, version: str, active: list[Requirement]) -> bool:
        release = self.universe.releases[name][version]
        constraints = [Requirement(t) for t in self.universe.constraints]
        binding = [c for c in constraints if c.name == name and self._holds(c, "")]
        if any(not c.specifier.contains(version, prereleases=True) for c in binding):
            return False
        if release.tag not in self.tags:
            return False
        if release.requires_python and not SpecifierSet(release.requires_python).contains(
            self.values["python_full_version"]
        ):
            return False
        if self.universe.prerelease == "disallow" and Version(version).is_prerelease:
            return False
        pinned = any(
            s.operator in {"==", "==="} and not s.version.endswith("*")
            for r in [*active, *binding]
            for s in r.specifier
        )
        return not release.yanked or pinned

    def answers(self) -> Iterator[dict[str, str]]:
        """Yield every sound set of pins (absent projects left out)."""
        names = sorted(self.universe.releases)
        for versions in itertools.product(*((None, *self.universe.releases[name]) for name in names)):
            pins = {name: version for name, version in zip(names, versions, strict=True) if version is not None}
            if self.is_sound(pins):
                yield pins

    def exists(self) -> bool:
        return next(self.answers(), None) is not None

    def improvement(self, pins: Mapping[str, str]) -> tuple[str, str] | None:
        """Return a project and a preferred version that it could have with all else as it is, or None."""
        for name in pins:
            for version in self.order(name):
                if version == pins[name]:
                    break
                if self.is_sound({**pins, name: version}):
                    return name, version
        return None

    def order(self, name: str) -> list[str]:
        versions = sorted(self.universe.releases[name], key=Version, reverse=True)
        if self.universe.prerelease == "if-necessary":
            versions.sort(key=lambda version: Version(version).is_prerelease)
        return versions


def _without_marker(requirement: Requirement) -> Requirement:
    bare = Requirement(str(requirement))
    bare.marker = None
    return bare


# The generator ---------------------------------------------------------------------------------------------


def random_universe(seed: int) -> Universe:
    """Make a universe of at most five projects with at most four releases each, full of traps."""
    generator = random.Random(seed)
    names = list("abcde")[: generator.randint(2, 5)]
    pool = ["1.0", "1.1", "2.0", "2.1", "3.0", *generator.choice([[], ["2.0a1", "3.0rc1"], ["2.0+local", "2.0.post1"]])]
    versions = {name: sorted(generator.sample(pool, generator.randint(1, 4))) for name in names}
    extras = {name: ("x",) for name in names if generator.random() < 0.4}
    yanking = generator.random() < 0.4
    releases = {
        name: {
            version: Release(
                requires=tuple(
                    random_dependency(generator, names, versions, extras, name) for _ in range(generator.randint(0, 3))
                ),
                yanked=yanking and generator.random() < 0.3,
                requires_python=generator.choice([None] * 8 + [">=3.12", "<3.12", ">=3.11,<3.12"]),
                tag=generator.choice(["py3-none-any"] * 8 + [TAGS["linux"][0], TAGS["windows"][0]]),
            )
            for version in versions[name]
        }
        for name in names
    }
    return Universe(
        releases=releases,
        wishes=tuple(
            random_dependency(generator, names, versions, extras, None) for _ in range(generator.randint(1, 3))
        ),
        constraints=tuple(
            f"{name}{_specifier(generator, versions[name])}" for name in names if generator.random() < 0.1
        ),
        prerelease=generator.choice(["if-necessary"] * 4 + ["allow", "disallow"]),
        extras=extras,
    )


def _specifier(generator: random.Random, versions: list[str]) -> str:
    version = generator.choice([*versions, "1.5", "2.0"])
    public = version.split("+", maxsplit=1)[0]
    return generator.choice(
        [
            f"=={version}",
            f"=={version}",
            f">={public}",
            f"<={public}",
            f"<{public}",
            f">{public}",
            f"!={version}",
            "==2.*",
            "",
        ]
    )


def random_dependency(
    generator: random.Random,
    names: list[str],
    versions: Mapping[str, list[str]],
    extras: Mapping[str, tuple[str, ...]],
    of: str | None,
) -> str:
    name = generator.choice([*names, *names, "ghost"]) if of and generator.random() < 0.2 else generator.choice(names)
    asked = "[x]" if name in extras and generator.random() < 0.5 else ""
    text = f"{name}{asked}{_specifier(generator, versions.get(name, ['1.0']))}"
    markers = []
    if generator.random() < 0.2:
        markers.append(
            generator.choice(["sys_platform == 'win32'", "sys_platform == 'linux'", "python_version < '3.12'"])
        )
    if of in extras and generator.random() < 0.5:
        markers.append("extra == 'x'")
    return f"{text}; {' and '.join(markers)}" if markers else text
