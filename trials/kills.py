"""Kills and signals at random points: after each, the disk is judged, and the next run must heal without a word."""

import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from trials.world import Findings, World

_PATIENCE = 60


def run_kills(count: int, seed: int) -> int:
    """End `count` runs that are under way, most by SIGKILL, every fifth by SIGINT or SIGTERM; print figures."""
    chance = random.Random(seed)
    findings, ended = Findings(), Counter[str]()
    slowest_end = slowest_healing = 0.0
    with tempfile.TemporaryDirectory(prefix="frazil-kills-") as folder:
        world = World(Path(folder), seed, projects=4)
        usual = {"resolve": 0.6, "fetch": 0.6, "ensure": 0.8}
        with world.server:
            number = late = 0
            while number < count:
                project, verb = chance.choice(world.projects), chance.choice(("resolve", "fetch", "ensure"))
                words = _prepare(world, project, verb, chance)
                process = world.start(project, *words)
                time.sleep(chance.random() * usual[verb])
                asked = chance.choice((signal.SIGINT, signal.SIGTERM)) if number % 5 == 0 else signal.SIGKILL
                began = time.monotonic()
                process.send_signal(asked)
                try:
                    _, said = process.communicate(timeout=_PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    _, said = process.communicate()
                    findings.sentences.append(f"{verb} did not end on {asked.name}")
                if process.returncode == 0:
                    late += 1  # it was over already
                    continue
                ended[f"{asked.name} → {process.returncode}"] += 1
                number += 1
                if asked != signal.SIGKILL:
                    slowest_end = max(slowest_end, time.monotonic() - began)
                    if "Traceback" in said and "frazil/cli" in said:  # else it was the interpreter's, still starting
                        findings.sentences.append(f"a traceback after {asked.name}: {said[-300:]}")
                findings.judge(world)
                slowest_healing = max(slowest_healing, _heal(world, project, verb, findings))
                world.server.forget()
                if number % 20 == 0:
                    print(f"  {number} of {count}", flush=True)
    print(f"{count} kills, seed {seed}: " + ", ".join(f"{how}: {n}" for how, n in sorted(ended.items())))
    print(f"{late} more were over already")
    print(f"slowest end after a signal {slowest_end:.2f} s, slowest healing run {slowest_healing:.2f} s")
    return findings.end()


def _prepare(world: World, project: Path, verb: str, chance: random.Random) -> tuple[str, ...]:
    """Bring about that the run has something to do; return its words."""
    if verb == "fetch":
        if not (project / "frozen.json").exists():
            world.start(project, "resolve").communicate()
    elif chance.random() < 0.7:
        world.declare(project)
    for place, likely in ((world.store, 0.4), (world.cache, 0.3), (project / ".frazil", 0.6)):
        if chance.random() < likely:
            world.forget(place)
    return (verb, *(("-U",) if verb == "resolve" and chance.random() < 0.5 else ()))


def _heal(world: World, project: Path, verb: str, findings: Findings) -> float:
    began = time.monotonic()
    process = world.start(project, verb)
    try:
        _, said = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        findings.sentences.append(f"{verb} waits after a kill")
        return float(_PATIENCE)
    if process.returncode != 0:
        findings.sentences.append(f"{verb} after a kill: exit {process.returncode}: {said[-300:]}")
    return time.monotonic() - began
