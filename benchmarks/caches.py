"""What a cold runner costs with nothing, with what CI carried on, and with a shared cache; and what the cache costs a
run that does not need it. `make bench ARGS=caches` prints two tables in Markdown.

A made-up index on loopback, 60 projects of which each asks for four others, with wheels of 200 kB; each of its answers
takes as long as one from afar. The shared cache is Bazel's over HTTP, in the same building: it answers at once.
"""

import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.support.cache_server import CacheServer
from tests.support.index_server import IndexServer

_PROJECTS, _WHEEL_BYTES, _AWAY_SECONDS = 60, 200_000, 0.05
_ROUNDS, _IDLE_ROUNDS = 7, 41
_STATES = ("nothing", "the CI key restored", "the shared cache")


class _Cost(NamedTuple):
    seconds: float
    cpu: float
    tier: str
    asked: int
    opened: int = 0


class _Runner:
    """Fresh machines on one project."""

    def __init__(self, folder: Path, index: IndexServer, cache: CacheServer) -> None:
        self.folder, self.index, self.cache = folder, index, cache
        self.shop = folder / "shop"
        self.shop.mkdir()
        self.declare()

    def declare(self, more: str = "") -> None:
        lines = ["[[index]]", 'name = "far"', f'url = "{self.index.url}"', "[environments.linux]", 'python = "3.12"']
        lines += ['platform = "manylinux_2_28_x86_64"', "[targets.web]", f'requirements = ["p0"{more}]']
        (self.shop / "frazil.toml").write_text("\n".join(lines) + "\n")

    def environ(self, home: Path, **variables: str) -> dict[str, str]:
        places = {"FRAZIL_STORE": str(home / "store"), "FRAZIL_CACHE_DIR": str(home / "cache"), "HOME": str(home)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FRAZIL_")}
        return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), "PIP_CONFIG_FILE": os.devnull, **places, **variables}

    def run(self, home: Path, *words: str, **variables: str) -> _Cost:
        self.index.forget()
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        command = [sys.executable, "-m", "frazil", *words]
        ran = subprocess.run(
            command, cwd=self.shop, env=self.environ(home, **variables), capture_output=True, text=True, check=True
        )
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        tier = ran.stdout.partition('"tier": "')[2].partition('"')[0]
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return _Cost(seconds, cpu, tier, len(self.index.log))

    def forget_outputs(self, *, lock: bool) -> None:
        shutil.rmtree(self.shop / ".frazil", ignore_errors=True)
        if lock:
            (self.shop / "frozen.json").unlink(missing_ok=True)


def compare(tell: Callable[[str], None]) -> None:
    """Measure and tell both tables, line by line."""
    with tempfile.TemporaryDirectory(prefix="frazil-caches-") as name, IndexServer() as index, CacheServer() as cache:
        for number in range(_PROJECTS):
            requires = [f"p{each}" for each in range(4 * number + 1, 4 * number + 5) if each < _PROJECTS]
            data = os.urandom(_WHEEL_BYTES)
            index.add_wheel(f"p{number}", "1.0", requires=requires, files={f"p{number}/data.bin": data})
        index.fault("*", delay=_AWAY_SECONDS)
        runner = _Runner(Path(name), index, cache)
        shared = {"FRAZIL_REMOTE_CACHE": cache.url}
        runner.run(Path(name) / "warm", "ensure", "--json", FRAZIL_REMOTE_CACHE_WRITE="1", **shared)
        lock = (runner.shop / "frozen.json").read_bytes()
        carried = Path(name) / "carried"
        shutil.copytree(Path(name) / "warm", carried)
        runner.run(carried, "cache", "prune", "--ci")
        tell(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%F')}")
        tell("")
        tell("| the runner has | the lock | tier | requests to the index | seconds | CPU seconds |")
        tell("|---|---|---|---|---|---|")
        for kind in ("committed", "not there"):
            costs = _cold(runner, carried, lock if kind == "committed" else None, shared)
            for state, each in costs.items():
                tell(f"| {state} | {kind} | {_row(each)} |")
        tell("")
        _idle(runner, Path(name) / "warm", lock, shared, tell)


def _row(costs: list[_Cost]) -> str:
    one = costs[-1]
    seconds, cpu = (min(getattr(each, name) for each in costs) for name in ("seconds", "cpu"))
    return f"`{one.tier}` | {one.asked} | {seconds:.2f} | {cpu:.2f}"


def _cold(runner: _Runner, carried: Path, lock: bytes | None, shared: Mapping[str, str]) -> dict[str, list[_Cost]]:
    costs: dict[str, list[_Cost]] = {state: [] for state in _STATES}
    for number in range(_ROUNDS):
        for state in _STATES:
            runner.forget_outputs(lock=True)
            if lock is not None:
                (runner.shop / "frozen.json").write_bytes(lock)
            home = runner.folder / f"{state}-{number}"
            if state == "the CI key restored":
                shutil.copytree(carried, home)
            variables = shared if state == "the shared cache" else {}
            costs[state].append(runner.run(home, "ensure", "--json", **variables))
            shutil.rmtree(home)
    return costs


def _idle(runner: _Runner, home: Path, lock: bytes, shared: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Compare runs that need no cache, with one named and without: interleaved, least of many."""
    tell("| run that needs no cache | CPU ms without one | with one | more |")
    tell("|---|---|---|---|")
    runner.forget_outputs(lock=True)
    (runner.shop / "frozen.json").write_bytes(lock)
    for words, tier in ((("ensure",), "fetch-result"), (("ensure",), "resolve-result"), (("fetch",), "fetch")):
        least: dict[bool, float] = {}
        runner.run(home, "ensure")
        for _ in range(_IDLE_ROUNDS):
            for named in (False, True):
                if tier != "fetch-result":
                    runner.forget_outputs(lock=False)
                cost = runner.run(home, *words, **(shared if named else {}))
                assert cost.asked == 0, "a run that needs nothing asked the index"  # noqa: S101 - it measures another run
                least[named] = min(least.get(named, cost.cpu), cost.cpu)
        title = f"`{words[0]}`, {'everything in the store' if tier != 'fetch-result' else 'nothing to do'}"
        more = least[True] / least[False] - 1
        tell(f"| {title} | {least[False] * 1000:.0f} | {least[True] * 1000:.0f} | {more:+.1%} |")
