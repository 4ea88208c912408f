"""A soak: thousands of fetches of many locks in one process, whose memory and descriptors must stay flat."""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from trials.world import ROOT, Findings, World, resident

_SAMPLES = 40
_FLAT_KIB = 4096
_FLAT_DESCRIPTORS = 4


def run_soak(fetches: int, minutes: float, locks: int, seed: int) -> int:
    """Fetch so often, taking turns among so many locks, in a process of its own; print figures."""
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="frazil-soak-") as folder:
        world = World(Path(folder), seed, projects=locks, largest=40_000)
        with world.server:
            for project in world.projects:
                process = world.start(project, "resolve")
                _, said = process.communicate()
                if process.returncode != 0:
                    raise SystemExit(said)
            program = [
                sys.executable,
                "-m",
                "trials.soak",
                str(fetches),
                str(minutes),
                str(seed),
                *map(str, world.projects),
            ]
            environ = {**world.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
            with subprocess.Popen(program, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True) as soaking:
                assert soaking.stdout is not None
                samples = []
                for line in soaking.stdout:
                    samples.append([int(number) for number in line.split()])
                    world.server.forget()
            if soaking.returncode != 0:
                findings.sentences.append(f"the process ended with {soaking.returncode}")
            findings.judge(world)
    return _tell(samples, locks, seed, findings)


def _tell(samples: list[list[int]], locks: int, seed: int, findings: Findings) -> int:
    print(f"{samples[-1][0] + 1} fetches of {locks} locks, seed {seed}, in {samples[-1][4]} s")
    print("fetches  memory/KiB  descriptors  threads")
    for number in range(0, len(samples), max(len(samples) // 8, 1)):
        print("  ".join(f"{value:9}" for value in samples[number][:4]))
    print("  ".join(f"{value:9}" for value in samples[-1][:4]))
    half = len(samples) // 2
    early, late = samples[half // 2 : half], samples[half:]
    grown = max(sample[1] for sample in late) - max(sample[1] for sample in early)
    opened = max(sample[2] for sample in late) - max(sample[2] for sample in early)
    print(f"second half against second quarter: {grown:+} KiB, {opened:+} descriptors")
    if grown > _FLAT_KIB:
        findings.sentences.append(f"memory grew by {grown} KiB")
    if opened > _FLAT_DESCRIPTORS:
        findings.sentences.append(f"{opened} more descriptors are open")
    return findings.end()


def _soak(fetches: int, minutes: float, seed: int, projects: list[Path]) -> None:
    import shutil

    from frazil.api import fetch

    chance, began = random.Random(seed), time.monotonic()
    store = Path(os.environ["FRAZIL_STORE"])
    for number in range(fetches):
        project = projects[number % len(projects)]
        if chance.random() < 0.3:
            shutil.rmtree(project / ".frazil", ignore_errors=True)
        if chance.random() < 0.02:
            shutil.rmtree(store / "v1", ignore_errors=True)
        fetch(project)
        over = number == fetches - 1 or time.monotonic() - began > minutes * 60
        if number % max(fetches // _SAMPLES, 1) == 0 or over:
            open_files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only how many
            spent = int(time.monotonic() - began)
            print(number, resident(), open_files, threading.active_count(), spent, flush=True)
        if over:
            return


if __name__ == "__main__":
    _soak(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), [Path(word) for word in sys.argv[4:]])
