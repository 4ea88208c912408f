"""How a lock grows: one of many projects and targets is written, read, checked and compared, at several sizes.

The repository is made up. Each target asks for some projects near its own and some that everybody asks for, so that
what one target ships does not grow with the repository; then the work should grow as the repository does: linearly.
"""

import gc
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chart import Curve
from frazil.freeze import ResolveOptions, freeze_project
from frazil.frozen.diff import changes
from frazil.frozen.files import read_frozen, write_frozen
from frazil.frozen.inputs import frozen_edge, inputs_of
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, Inputs
from frazil.frozen.walk import target_maps
from frazil.model import IndexSource
from frazil.project.reading import read_project
from frazil.requirement import parse_requirement
from frazil.settings import settings_from
from frazil.values import replace

SIZES = (625, 1250, 2500, 5000)
TARGETS_EACH = 5
"""Projects for each target."""

_POPULAR = 40
_NEAR = 30
_ENVIRONMENTS = {"linux": "manylinux_2_28_x86_64", "mac": "macosx_14_0_arm64", "windows": "win_amd64"}


@dataclass(frozen=True, slots=True)
class Growth:
    """What was found: curves of seconds by number of projects, and the lock's bytes at each size."""

    curves: tuple[Curve, ...]
    sizes: tuple[tuple[int, int], ...]


def measure_growth(sizes: tuple[int, ...] = SIZES, *, runs: int = 5, tell: Callable[[str], None] = print) -> Growth:
    """Measure the four deeds at each size; of several runs the fastest counts."""
    found: dict[str, dict[int, float]] = {}
    bytes_of = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="frazil-scale-") as folder:
            root = Path(folder)
            frozen = make_repository(root, projects=size, targets=size // TARGETS_EACH)
            for deed, act in _deeds(root, frozen).items():
                found.setdefault(deed, {})[size] = min(_seconds(act) for _ in range(runs))
            bytes_of.append((size, (root / "frozen.json").stat().st_size))
        shown = ", ".join(f"{deed} {seconds[size]:.3f} s" for deed, seconds in found.items())
        tell(f"{size} projects, {size // TARGETS_EACH} targets, {bytes_of[-1][1] / 1e6:.1f} MB: {shown}")
    return Growth(tuple(Curve(deed, seconds) for deed, seconds in found.items()), tuple(bytes_of))


def growth_text(growth: Growth) -> str:
    """Say how each deed grows."""
    lines = [f"{curve.name:8} grows as n^{curve.exponent:.2f}" for curve in growth.curves]
    return "\n".join([*lines, ""])


def growth_markdown(growth: Growth) -> str:
    """Return a table: a row for each size, and the exponents."""
    names = [curve.name for curve in growth.curves]
    rows = [f"| projects | targets | lock | {' | '.join(names)} |", f"|{'---|' * (3 + len(names))}"]
    for size, length in growth.sizes:
        spent = " | ".join(f"{curve.seconds[size]:.3f} s" for curve in growth.curves)
        rows.append(f"| {size} | {size // TARGETS_EACH} | {length / 1e6:.1f} MB | {spent} |")
    exponents = " | ".join(f"n^{curve.exponent:.2f}" for curve in growth.curves)
    return "\n".join([*rows, f"| grows as | | | {exponents} |", ""])


def _deeds(root: Path, frozen: Frozen) -> dict[str, Callable[[], object]]:
    lock, options = root / "frozen.json", ResolveOptions(check=True)
    settings = settings_from({"FRAZIL_CACHE_DIR": str(root / "cache"), "FRAZIL_STORE": str(root / "store")})
    moved = _with_every_tenth_moved(frozen)

    def write() -> None:
        lock.unlink(missing_ok=True)
        write_frozen(lock, replace(frozen))  # another value of the same lock: what was spelt is remembered

    return {
        "write": write,
        "read": lambda: read_frozen(lock),
        "check": lambda: freeze_project(root, None, options, settings),
        "diff": lambda: changes(_fresh(frozen), _fresh(moved)),
    }


def _fresh(frozen: Frozen) -> Frozen:
    """Return a lock as if it had just been read: nothing that was worked out of it is remembered."""
    return Frozen(inputs=frozen.inputs, coordinates=frozen.coordinates)


def _with_every_tenth_moved(frozen: Frozen) -> Frozen:
    moved = (replace(c, version="99.0") if place % 10 == 0 else c for place, c in enumerate(frozen.coordinates))
    return Frozen(inputs=frozen.inputs, coordinates=tuple(moved))


def _seconds(act: Callable[[], object]) -> float:
    """Time a deed as the command line does it: without the collector of cyclic garbage."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began
    finally:
        gc.enable()


# A made-up repository --------------------------------------------------------------------------------------


def make_repository(root: Path, *, projects: int, targets: int) -> Frozen:
    """Write a configuration of so many targets below `root`, and return a lock that answers it."""
    dice = random.Random(projects)
    names = [f"{('alpha', 'beta', 'gamma', 'delta')[number % 4]}-kit-{number:05}" for number in range(projects)]
    (root / "frazil.toml").write_text(_configuration(dice, names, targets), encoding="utf-8")
    inputs = inputs_of(read_project(root, environ={}))
    edges = [_edges(dice, names, number, inputs) for number in range(projects)]
    pinned = sorted(_reached(names, edges, inputs).items(), key=lambda pair: names[pair[0]])
    coordinates = tuple(_coordinate(names[number], number, places, edges[number]) for number, places in pinned)
    maps = target_maps(Frozen(inputs=inputs, coordinates=coordinates))
    mapped = (replace(each, targets=maps[place]) for place, each in enumerate(coordinates))
    return Frozen(inputs=inputs, coordinates=tuple(mapped))


def _configuration(dice: random.Random, names: list[str], targets: int) -> str:
    environments = "".join(
        f'[environments.{name}]\npython = "3.12"\nplatform = "{platform}"\n' for name, platform in _ENVIRONMENTS.items()
    )
    rows = [_asked(dice, names, number, targets) for number in range(targets)]
    return environments + "".join(
        f'[targets."services/service-{number:04}"]\nrequirements = [{", ".join(row)}]\n'
        for number, row in enumerate(rows)
    )


def _asked(dice: random.Random, names: list[str], number: int, targets: int) -> list[str]:
    home = number * len(names) // targets
    near = {home + step for step in range(TARGETS_EACH)} | {home + dice.randrange(_NEAR) for _ in range(3)}
    popular = {len(names) - 1 - dice.randrange(_POPULAR) for _ in range(4)}
    chosen = sorted(place for place in near | popular if place < len(names))
    return [f'"{names[place]}>={dice.randrange(3)}.0"' for place in chosen]


def _edges(dice: random.Random, names: list[str], number: int, inputs: Inputs) -> tuple[FrozenEdge, ...]:
    """A project depends on some that come soon after it, and on some that everybody depends on."""
    near = {number + 1 + dice.randrange(_NEAR) for _ in range(dice.choice((0, 0, 1, 1, 2)))}
    popular = {len(names) - 1 - dice.randrange(_POPULAR) for _ in range(dice.choice((0, 1, 2)))}
    found = []
    for place in sorted(near | popular):
        if number < place < len(names):
            marker = dice.choice(("", "", "", "; sys_platform == 'win32'", "; python_version >= '3.9'"))
            requirement = parse_requirement(f"{names[place]}>={dice.randrange(3)}.{dice.randrange(10)}{marker}")
            found.append(frozen_edge(requirement, inputs.environments))
    return tuple(sorted(found, key=lambda edge: str(edge.requirement)))


def _reached(names: list[str], edges: list[tuple[FrozenEdge, ...]], inputs: Inputs) -> dict[int, set[str]]:
    """Walk: a project is pinned wherever something that is there asks for it."""
    numbers = {name: number for number, name in enumerate(names)}
    found: dict[int, set[str]] = {}
    for environment in _ENVIRONMENTS:
        waiting = [edge for target in inputs.targets for edge in target.requirements]
        while waiting:
            edge = waiting.pop()
            number = numbers[edge.requirement.name]
            places = found.setdefault(number, set())
            if edge.holds_in(environment) and environment not in places:
                places.add(environment)
                waiting += edges[number]
    return found


def _coordinate(name: str, number: int, places: set[str], edges: tuple[FrozenEdge, ...]) -> Coordinate:
    version = f"{3 + number % 7}.{number % 11}.{number % 5}"
    filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    digest = hashlib.sha256(filename.encode()).hexdigest()
    path = f"{digest[:2]}/{digest[2:4]}/{digest[4:]}/"
    return Coordinate(
        name=name,
        version=version,
        source=IndexSource("default"),
        resolves=(("default", tuple(sorted(places))),),
        requires_python=">=3.8",
        dependencies=tuple(edge for edge in edges if any(edge.holds_in(place) for place in places)),
        artifacts=(FrozenArtifact(filename=filename, sha256=digest, size=1000 + number, path=path),),
    )
