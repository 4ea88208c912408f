"""Many processes at once on one store, one cache, one lock and one output; some of them are killed."""

import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from trials.world import Findings, World, lost_wheels

_PATIENCE = 180
_WORDS = (
    ("resolve",),
    ("resolve", "-U"),
    ("fetch",),
    ("ensure",),
    ("ensure", "-U"),
    ("cache", "prune", "--older-than", "0s"),
    ("cache", "prune", "--ci"),
    ("cache", "verify", "--repair"),
    ("cache", "clean"),
)
_LIKELY = (3, 2, 5, 5, 1, 2, 1, 1, 1)


class _Crowd:
    """What the threads share, each of which runs one process after the other."""

    def __init__(self, world: World, end: float, seed: int) -> None:
        self.world, self.end, self.seed = world, end, seed
        self.findings = Findings()
        self.ended: Counter[str] = Counter()
        self.said: Counter[str] = Counter()
        self.slowest = 0.0
        self.lock = threading.Lock()

    def work(self, number: int) -> None:
        chance = random.Random(self.seed * 1000 + number)
        while time.monotonic() < self.end:
            if chance.random() < 0.03:
                with self.lock:
                    self.world.declare(self.world.projects[0])
            words = chance.choices(_WORDS, _LIKELY)[0]
            self._run(words, killed=chance.random() * 4 if chance.random() < 0.05 else None)

    def _run(self, words: tuple[str, ...], killed: float | None) -> None:
        began = time.monotonic()
        process = self.world.start(self.world.projects[0], *words)
        try:
            _, said = process.communicate(timeout=_PATIENCE if killed is None else killed)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
            if killed is None:
                self.findings.sentences.append(f"{' '.join(words)} took more than {_PATIENCE} s")
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.ended[f"{words[0]} {process.returncode}"] += 1
            if process.returncode not in {0, -9}:
                first = next((line for line in said.splitlines() if line.startswith("error")), said[-200:])
                self.said[f"{' '.join(words)}: {first}"] += 1
                if process.returncode == 70 or "Traceback" in said:
                    self.findings.sentences.append(f"{' '.join(words)}: {said[-400:]}")


def run_crowd(processes: int, minutes: float, seed: int) -> int:
    """Let so many processes work at a time, for so long; judge the disk meanwhile and at the end; print figures."""
    with tempfile.TemporaryDirectory(prefix="frazil-crowd-") as folder:
        world = World(Path(folder), seed, projects=1, largest=60_000)
        with world.server:
            world.start(world.projects[0], "resolve").communicate()
            crowd = _Crowd(world, time.monotonic() + minutes * 60, seed)
            threads = [threading.Thread(target=crowd.work, args=(number,)) for number in range(processes)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                time.sleep(15)
                crowd.findings.judge(world)
                world.server.forget()
                print(f"  {sum(crowd.ended.values())} runs", flush=True)
            for words in (("ensure",), ("cache", "verify")):
                process = world.start(world.projects[0], *words)
                _, said = process.communicate(timeout=_PATIENCE)
                if process.returncode != 0:
                    crowd.findings.sentences.append(f"afterwards, {' '.join(words)}: {said[-300:]}")
            crowd.findings.judge(world)
            left = len(lost_wheels(Path(folder)))
    runs = sum(crowd.ended.values())
    print(f"{processes} processes, {minutes:g} minutes, seed {seed}: {runs} runs, slowest {crowd.slowest:.1f} s")
    print("exits: " + ", ".join(f"{how}: {count}" for how, count in sorted(crowd.ended.items())))
    print(f"temporary files of those that were killed: {left}")
    for sentence, count in crowd.said.most_common(12):
        print(f"  {count} times {sentence}")
    return crowd.findings.end()
