"""A seeded sample of mutants, each against its module's tests only: the share that the tests notice, and the others."""

import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Self

from trials.modules import Room, rooms
from trials.mutating import Mutant, mutants_of, mutated
from trials.world import ROOT

_COPIED = ("src", "tests", "fixtures", "benchmarks", "trials", "docs", "pyproject.toml", "Makefile", "README.md")
_SCORE = 85.0


def run_mutants(count: int, seed: int, workers: int, words: list[str]) -> int:
    """Try so many mutants (of modules that a word names, if there are words); print figures and the survivors."""
    chosen = [room for room in rooms() if not words or any(word in room.module for word in words)]
    every = [(room, mutant) for room in chosen for mutant in mutants_of(room.module, _source(ROOT, room.module))]
    sample = random.Random(seed).sample(every, min(count, len(every)))
    print(f"{len(sample)} of {len(every)} mutants of {len(chosen)} modules", flush=True)
    run = _Run(sample)
    with tempfile.TemporaryDirectory(prefix="frazil-mutants-") as folder:
        threads = [threading.Thread(target=run.work, args=(Path(folder) / str(n),)) for n in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return run.tell()


class _Run:
    def __init__(self, sample: list[tuple[Room, Mutant]]) -> None:
        self._total = len(sample)
        self._waiting: queue.SimpleQueue[tuple[Room, Mutant]] = queue.SimpleQueue()
        for each in sorted(sample, key=lambda each: each[0].module):
            self._waiting.put(each)
        self._lock = threading.Lock()
        self._baselines: dict[str, float] = {}
        self._tried: Counter[str] = Counter()
        self._survived: list[Mutant] = []
        self.broken: list[str] = []

    def work(self, tree: Path) -> None:
        """Copy the tree, and try one mutant after the other in it."""
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
            else:
                tree.mkdir(exist_ok=True)
                shutil.copy(source, tree / name)
        with _Tester(tree) as tester:
            while not self.broken:
                try:
                    room, mutant = self._waiting.get_nowait()
                except queue.Empty:
                    return
                self._try(tester, room, mutant)

    def _try(self, tester: "_Tester", room: Room, mutant: Mutant) -> None:
        source = _source(ROOT, room.module)
        seconds = self._baseline(tester, room)
        _write(tester.tree, room.module, mutated(source, mutant))
        try:
            code = tester.test(room, seconds * 4 + 20)
        finally:
            _write(tester.tree, room.module, source)
        with self._lock:
            self._tried[mutant.module] += 1
            if code == 0:
                self._survived.append(mutant)
                print(f"  survived: {mutant.title}", flush=True)
            done = sum(self._tried.values())
            if done % 25 == 0:
                print(f"  {done} of {self._total}, {len(self._survived)} survived", flush=True)

    def _baseline(self, tester: "_Tester", room: Room) -> float:
        """Return the seconds that a room's tests take on what is not mutated, where they must pass."""
        known = self._baselines.get(room.module)
        if known is None:
            began = time.monotonic()
            if tester.test(room, 900) != 0:
                self.broken.append(f"the tests of {room.module} do not pass without a mutant")
            known = self._baselines[room.module] = time.monotonic() - began
        return known

    def tell(self) -> int:
        lost = Counter(mutant.module for mutant in self._survived)
        for module, tried in sorted(self._tried.items()):
            print(f"  {module}: {tried - lost[module]} of {tried} noticed")
        total = sum(self._tried.values())
        score = 100 * (total - len(self._survived)) / max(total, 1)
        print("survivors:")
        for mutant in sorted(self._survived, key=lambda mutant: (mutant.module, mutant.line)):
            print(f"  {mutant.title}")
        print(f"score: {score:.1f} % of {total} noticed")
        for sentence in self.broken:
            print(f"error: {sentence}")
        return 0 if not self.broken and score >= _SCORE else 1


class _Tester:
    """A process that runs the tests of a copy of the tree; use it in a `with` block."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        path = os.pathsep.join((str(tree / "src"), str(tree)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trials.tester"],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def test(self, room: Room, seconds: float) -> int:
        """Run a room's tests until the first that fails; return the exit code, -1 when time was up."""
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0"]
        options += ["-W", "ignore:Module already imported"]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps([seconds, [*options, *room.tests]])}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _source(tree: Path, module: str) -> bytes:
    return (tree / "src" / "frazil" / f"{module}.py").read_bytes()


_clock = int(time.time())
_clock_lock = threading.Lock()


def _write(tree: Path, module: str, source: bytes) -> None:
    """Write a module at a time of its own: compiled ones are told apart by whole seconds and sizes."""
    global _clock  # noqa: PLW0603
    path = tree / "src" / "frazil" / f"{module}.py"
    path.write_bytes(source)
    with _clock_lock:
        _clock += 2
        os.utime(path, (_clock, _clock))
