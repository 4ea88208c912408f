"""Small random universes, and an oracle that judges answers by brute force, sharing no code with the resolver."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from frazil.catalog import InMemoryCatalog, InMemoryListing
from frazil.model import Declared, Environment, Metadata, Offer, Origin
from frazil.requirement import parse_requirement
from frazil.resolver.question import Question, Selecting, Wish

_TARGETS = ("app", "services/api", "services/web")
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
    """One release: a wheel of one tag (none where that is empty), a source archive if it has one; `day` of upload."""

    requires: tuple[str, ...] = ()
    yanked: bool = False
    requires_python: str | None = None
    tag: str = "py3-none-any"
    sdist: bool = False
    day: int = 0


@dataclass(frozen=True)
class Universe:
    """All that is asked and all there is; `cutoff` is a day, `lowest` and `prereleases` are those of `Selecting`."""

    releases: Mapping[str, Mapping[str, Release]]
    wishes: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    prerelease: str = "if-necessary"
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    prereleases: Mapping[str, str] = field(default_factory=dict)
    lowest: str = ""
    cutoff: int | None = None
    no_build: bool = False
    no_binary: tuple[str, ...] = ()


def _on(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


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
            filenames = [f"{name}-{version}-{release.tag}.whl"] if release.tag else []
            filenames += [f"{name}-{version}.tar.gz"] if release.sdist else []
            requires = list(release.requires)
            if shuffle:
                shuffle.shuffle(requires)
            files[version] = tuple(
                Offer(
                    filename,
                    f"https://files.index.example/{filename}",
                    sha256="0" * 64,
                    size=1,
                    requires_python=release.requires_python,
                    yanked="bad" if release.yanked else None,
                    upload_time=_on(release.day),
                )
                for filename in sorted(filenames)
            )
            said = Metadata(name, version, tuple(requires), release.requires_python, universe.extras.get(name, ()))
            metadata.update(dict.fromkeys(filenames, said))
        listings.append(InMemoryListing(name, files))
    return InMemoryCatalog(listings, metadata)


def wish(text: str, target: str | None = "app") -> Wish:
    return Wish(Declared(parse_requirement(text), Origin("pyproject.toml", 1)), target)


def question_of(
    universe: Universe,
    name: str,
    *,
    locked: Mapping[str, str] | None = None,
    preferred: Mapping[str, str] | None = None,
) -> Question:
    def holding(texts: tuple[str, ...]) -> list[str]:
        return [text for text in texts if _holds(text, name, "")]

    return Question(
        resolve="default",
        environment=environment(name),
        wishes=tuple(wish(text, _TARGETS[n % 3]) for n, text in enumerate(holding(universe.wishes))),
        constraints=tuple(wish(text, None) for text in holding(universe.constraints)),
        overrides=tuple(wish(text, None) for text in holding(universe.overrides)),
        excluded=universe.excluded,
        locked=locked or {},
        preferred=preferred or {},
        selecting=Selecting(
            prerelease=universe.prerelease,
            prereleases=universe.prereleases,
            lowest=universe.lowest,
            cutoff=None if universe.cutoff is None else _on(universe.cutoff),
            no_build=universe.no_build,
            no_binary=universe.no_binary,
        ),
    )


# The oracle ------------------------------------------------------------------------------------------------

MOST_TRIED = 10_000


class Undecided(Exception):
    """The oracle would have to try too much."""


@lru_cache(maxsize=100_000)
def _requirement(text: str) -> Requirement:
    return Requirement(text)


@lru_cache(maxsize=100_000)
def _holds(text: str, environment_name: str, extra: str) -> bool:
    marker = _requirement(text).marker
    return marker is None or marker.evaluate({**MARKERS[environment_name], **_OS[environment_name], "extra": extra})


@lru_cache(maxsize=100_000)
def _admits(specifier: str, version: str) -> bool:
    return SpecifierSet(specifier).contains(version, prereleases=True)


_OS = {"linux": {"os_name": "posix"}, "windows": {"os_name": "nt"}}


@dataclass(frozen=True)
class Asked:
    """What somebody asks of a project."""

    name: str
    specifier: str
    extras: tuple[str, ...]
    by: str

    @property
    def is_pin(self) -> bool:
        """Whether this lifts a yank; what a release says of its own project does not."""
        return self.by != self.name and any(
            s.operator in {"==", "==="} and not s.version.endswith("*") for s in SpecifierSet(self.specifier)
        )


class Oracle:
    """Judges sets of pins by the rules alone, with packaging's own objects."""

    def __init__(self, universe: Universe, name: str) -> None:
        self.universe = universe
        self.name = name
        self.tags = TAGS[name]
        self.constraints = [self._asked(text) for text in universe.constraints if _holds(text, name, "")]
        self.overrides: dict[str, list[Asked]] = {}
        for text in universe.overrides:
            if _holds(text, name, ""):
                asked = self._asked(text)
                self.overrides.setdefault(asked.name, []).append(asked)
        self.direct = {_requirement(text).name for text in universe.wishes if _holds(text, name, "")}
        self.wishes = self._effective(universe.wishes, "", "")
        self._needs: dict[tuple[str, str, str], tuple[Asked, ...]] = {}
        self._tried = 0

    @staticmethod
    def _asked(text: str, by: str = "") -> Asked:
        requirement = _requirement(text)
        return Asked(requirement.name, str(requirement.specifier), tuple(sorted(requirement.extras)), by)

    def _effective(self, texts: tuple[str, ...], extra: str, by: str) -> tuple[Asked, ...]:
        """Return what texts ask for here, after exclusions and overrides."""
        found: list[Asked] = []
        for text in texts:
            if not _holds(text, self.name, extra):
                continue
            asked = self._asked(text, by)
            if asked.name in self.universe.excluded:
                continue
            found.extend(
                Asked(asked.name, override.specifier, tuple(sorted({*asked.extras, *override.extras})), by)
                for override in self.overrides.get(asked.name, [asked])
            )
        return tuple(found)

    def _asked_by(self, name: str, version: str, extra: str) -> tuple[Asked, ...]:
        key = (name, version, extra)
        if key not in self._needs:
            self._needs[key] = self._effective(self.universe.releases[name][version].requires, extra, name)
        return self._needs[key]

    def _walk(self, pins: Mapping[str, str]) -> tuple[list[Asked], list[str]] | None:
        """Return all that is asked under pins, and who is asked for and has none; None where a pin will not do."""
        active: list[Asked] = []
        missing: list[str] = []
        waiting = list(self.wishes)
        done: set[tuple[str, str]] = set()
        while waiting:
            asked = waiting.pop()
            active.append(asked)
            version = pins.get(asked.name)
            if version is None:
                missing.append(asked.name)
                continue
            if not _admits(asked.specifier, version):
                return None
            for extra in ("", *asked.extras):
                if (asked.name, extra) not in done:
                    done.add((asked.name, extra))
                    waiting.extend(self._asked_by(asked.name, version, extra))
        return active, missing

    def is_sound(self, pins: Mapping[str, str]) -> bool:
        """Say whether every active requirement is met by pins that may be taken."""
        walked = self._walk(pins)
        if walked is None or walked[1]:
            return False
        active = walked[0]
        return all(
            self._is_usable(name, pins[name]) and self._is_pinned_if_yanked(name, pins[name], active)
            for name in {asked.name for asked in active}
        )

    def _is_usable(self, name: str, version: str) -> bool:
        """Say whether policy and the environment let a release be taken, whoever asks for it."""
        universe = self.universe
        release = universe.releases[name][version]
        if any(c.name == name and not _admits(c.specifier, version) for c in self.constraints):
            return False
        wheel = bool(release.tag) and release.tag in self.tags and name not in universe.no_binary
        if not wheel and not (release.sdist and not universe.no_build):
            return False
        if release.requires_python and not _admits(release.requires_python, MARKERS[self.name]["python_full_version"]):
            return False
        if universe.cutoff is not None and release.day >= universe.cutoff:
            return False
        return not (self._prerelease(name) == "disallow" and Version(version).is_prerelease)

    def _is_pinned_if_yanked(self, name: str, version: str, active: list[Asked]) -> bool:
        if not self.universe.releases[name][version].yanked:
            return True
        return any(asked.name == name and asked.is_pin for asked in (*active, *self.constraints))

    def _prerelease(self, name: str) -> str:
        return self.universe.prereleases.get(name, self.universe.prerelease)

    def answers(self, fixed: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
        """Yield every sound set of pins (what nobody asks for left out); `fixed` are versions that may not be others.

        Raises Undecided.
        """
        self._tried = 0
        yield from self._answers({}, fixed or {})

    def _answers(self, pins: dict[str, str], fixed: Mapping[str, str]) -> Iterator[dict[str, str]]:
        self._tried += 1
        if self._tried > MOST_TRIED:
            raise Undecided
        walked = self._walk(pins)
        if walked is None:
            return
        active, missing = walked
        if not missing:
            if self.is_sound(pins):
                yield dict(pins)
            return
        # The most asked for comes first: that is where a contradiction shows soonest.
        name = max(sorted(set(missing)), key=missing.count)
        for version in self.universe.releases.get(name, {}):
            fits = all(_admits(asked.specifier, version) for asked in active if asked.name == name)
            if fits and fixed.get(name, version) == version and self._is_usable(name, version):
                yield from self._answers({**pins, name: version}, fixed)

    def exists(self, fixed: Mapping[str, str] | None = None) -> bool:
        return next(self.answers(fixed), None) is not None

    def improvement(self, pins: Mapping[str, str], locked: Mapping[str, str] | None = None) -> tuple[str, str] | None:
        """Return a project and a preferred version that it could have with all else as it is, or None."""
        for name in pins:
            if locked and locked.get(name) == pins[name]:
                continue
            for version in self.order(name):
                if version == pins[name]:
                    break
                if self.is_sound({**pins, name: version}):
                    return name, version
        return None

    def order(self, name: str) -> list[str]:
        """Return the versions of a project, those that policy prefers first."""
        lowest = self.universe.lowest == "all" or (self.universe.lowest == "direct" and name in self.direct)
        versions = sorted(self.universe.releases[name], key=Version, reverse=not lowest)
        if self._prerelease(name) == "if-necessary":
            versions.sort(key=lambda version: Version(version).is_prerelease)
        return versions


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
