"""Random universes with everything in them that a resolver must get right, about half of them without an answer."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.support.universes import TAGS, Release, Universe

_VERSIONS = ("0.9", "1.0", "1.1", "1.2.1", "2.0", "2.1", "2.2", "3.0", "3.1", "4.0", "5.0", "6.0", "7.0")
_ODD = ("2.0a1", "3.0rc1", "3.1.dev2", "2.0+local", "2.0+local.2", "2.0.post1", "1!0.5", "1!1.0", "4.0b2")
_MARKERS = (
    "sys_platform == 'win32'",
    "sys_platform == 'linux'",
    "python_version < '3.12'",
    "python_full_version >= '3.12'",
    "os_name == 'nt' or python_version >= '3.12'",
    "platform_machine == 'riscv'",
)
_EXTRAS = ("x", "y")


@dataclass(frozen=True)
class Shape:
    """How large a universe is: ranges of projects, releases of one and needs of a release, and how loose needs are."""

    projects: tuple[int, int]
    releases: tuple[int, int]
    needs: tuple[int, int]
    loose: float


SHAPES = (
    *[Shape((2, 5), (1, 4), (0, 3), 0.5)] * 5,
    *[Shape((5, 9), (2, 6), (0, 3), 0.75)] * 3,
    Shape((10, 16), (3, 9), (0, 3), 0.85),
    Shape((20, 30), (4, 13), (0, 2), 0.9),
)


def universe_of(seed: int) -> Universe:
    """Make the universe of a seed: the same one everywhere and for ever."""
    return _Maker(random.Random(f"universe {seed}")).universe()


class _Maker:
    def __init__(self, generator: random.Random) -> None:
        self.random = generator
        self.shape = generator.choice(SHAPES)
        count = generator.randint(*self.shape.projects)
        self.names = [f"{'abcdefghij'[n % 10]}{n // 10 or ''}" for n in range(count)]
        odd = generator.random() < 0.4
        self.versions = {name: self._versions(odd=odd) for name in self.names}
        self.extras = {
            name: _EXTRAS[: generator.randint(1, 2)] for name in self.names if self._chance(0.3 if count < 10 else 0.15)
        }

    def _chance(self, likelihood: float) -> bool:
        return self.random.random() < likelihood

    def _versions(self, *, odd: bool) -> list[str]:
        pool = [*_VERSIONS, *self.random.sample(_ODD, 4)] if odd else list(_VERSIONS)
        return sorted(self.random.sample(pool, min(len(pool), self.random.randint(*self.shape.releases))), key=Version)

    def universe(self) -> Universe:
        pick = self.random.choice
        with_days = self._chance(0.1)
        releases = {name: self._releases(name, with_days=with_days) for name in self.names}
        named = self.random.sample(self.names, min(len(self.names), 2))
        return Universe(
            releases=releases,
            wishes=tuple(self._need(None) for _ in range(self.random.randint(1, 4))),
            constraints=tuple(self._narrowing(name) for name in self.names if self._chance(0.05)),
            prerelease=pick(["if-necessary"] * 6 + ["allow", "disallow"]),
            extras=self.extras,
            overrides=tuple(self._narrowing(name) for name in named if self._chance(0.08)),
            excluded=frozenset(name for name in named if self._chance(0.04)),
            prereleases={name: pick(["allow", "disallow", "if-necessary"]) for name in named if self._chance(0.1)},
            lowest=pick([""] * 8 + ["all", "direct"]),
            cutoff=self.random.randint(2, 9) if with_days else None,
            no_build=self._chance(0.2),
            no_binary=tuple(name for name in named if self._chance(0.03)),
        )

    def _releases(self, name: str, *, with_days: bool) -> Mapping[str, Release]:
        yanking, picky, foreign = self._chance(0.2), self._chance(0.2), self._chance(0.2)
        bounds = [">=3.12", "<3.12", ">=3.11,<3.12", ">=3.8", "<4"]
        return {
            version: Release(
                requires=tuple(self._need(name) for _ in range(self.random.randint(*self.shape.needs))),
                yanked=yanking and self._chance(0.3),
                requires_python=self.random.choice(bounds) if picky and self._chance(0.4) else None,
                tag=self.random.choice(["", *(tags[0] for tags in TAGS.values())])
                if foreign and self._chance(0.4)
                else "py3-none-any",
                sdist=self._chance(0.3),
                day=self.random.randint(0, 9) if with_days else 0,
            )
            for version in self.versions[name]
        }

    def _need(self, of: str | None) -> str:
        """Make up what a release of a project, or a target, asks for."""
        name = "ghost" if of is not None and self._chance(0.01) else self.random.choice(self.names)
        extras = self.extras.get(name, ())
        asked = [extra for extra in (*extras, "missing") if self._chance(0.35 if extra in extras else 0.01)]
        text = f"{name}{'[' + ','.join(asked) + ']' if asked else ''}{self._specifier(name)}"
        markers = [self.random.choice(_MARKERS)] if self._chance(0.15) else []
        if of in self.extras and self._chance(0.4):
            markers.append(f"extra == '{self.random.choice(self.extras[of])}'")
        return f"{text}; {' and '.join(f'({each})' for each in markers)}" if markers else text

    def _narrowing(self, name: str) -> str:
        marker = f"; {self.random.choice(_MARKERS)}" if self._chance(0.1) else ""
        return f"{name}{self._specifier(name)}{marker}"

    def _specifier(self, name: str) -> str:
        """Make up a specifier; a loose one admits half of what there is at least."""
        there = self.versions.get(name, ["1.0"])
        wanted = len(there) / 2 if self._chance(self.shape.loose) else 1 if self._chance(0.9) else 0
        for _ in range(20):
            text = self._any_specifier(there)
            if sum(SpecifierSet(text).contains(version, prereleases=True) for version in there) >= wanted:
                return text
        return ""

    def _any_specifier(self, there: list[str]) -> str:
        version = self.random.choice([*there, "1.5", "2.0"])
        public = version.split("+", maxsplit=1)[0]
        number = Version(version)
        series = f"{number.epoch}!" if number.epoch else ""
        return self.random.choice(
            [
                f"=={version}",
                f"=={version}",
                f">={public}",
                f">={public}",
                f"<={public}",
                f"<{public}",
                f">{public}",
                f"!={version}",
                f"=={series}{number.major}.*",
                f"!={series}{number.major}.*",
                f"~={series}{number.major}.{number.minor}",
                f"==={version}",
                f">={public},!={version}",
                "",
            ]
        )
