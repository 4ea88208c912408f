"""Mutated input at every door, for as long as asked: no traceback, no hang, no memory without end.

    python -m tests.hostile.fuzz --seconds 60 --seed 1 [DOOR…]

A failure prints the seed that makes it again (`--seed N --only` makes that one case) and the traceback; exit 1.
"""

import argparse
import collections
import contextlib
import gzip
import itertools
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.hostile.doors import DOORS
from tests.hostile.mutations import mutated
from tests.hostile.seeds import seeds

MOST_SECONDS = 5
MOST_MEMORY = 1024 * 1024 * 1024
"""What one input may take; memory is that of the whole run, in bytes."""

_PACKED = frozenset({"sdist", "unpacked-sdist"})


class Hang(Exception):
    """An input took longer than it may."""


def case(door: str, number: int, good: dict[str, tuple[bytes, ...]]) -> bytes:
    """Return the input of a number for a door: the same number makes the same input."""
    source = random.Random(f"{door} {number}")
    data = source.choice(good[door])
    if door in _PACKED and source.random() < 0.8:
        # What is below the compression is what is read; a byte changed above it is mostly a checksum that is off.
        return gzip.compress(mutated(gzip.decompress(data), source), mtime=0)
    return mutated(data, source)


def tried(door: str, data: bytes) -> str | None:
    """Put an input through a door; raise what it raises, and Hang."""
    with _deadline():
        return DOORS[door](data)


@contextlib.contextmanager
def _deadline() -> Iterator[None]:
    def hang(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def judge_inputs(number: int) -> collections.Counter[str]:
    """Try the input of a number at every door, for `make fuzz`; raise AssertionError that names the door."""
    seen: collections.Counter[str] = collections.Counter()
    for door in sorted(DOORS):
        try:
            refused = tried(door, case(door, number, _good()))
        except Exception as error:
            raise AssertionError(f"{door}: {type(error).__name__}: {str(error)[:200]}") from error
        seen["taken" if refused is None else "refused"] += 1
    assert memory() < MOST_MEMORY, f"{memory()} bytes of memory"
    return seen


@cache
def _good() -> dict[str, tuple[bytes, ...]]:
    return seeds()


class Report:
    """What a run has seen so far; each kind of failure is told once."""

    def __init__(self, keep: Path | None) -> None:
        self.keep = keep
        self.counts: collections.Counter[tuple[str, bool]] = collections.Counter()
        self.slowest: dict[str, tuple[float, int]] = {}
        self.failures: set[tuple[str, str]] = set()

    def note(self, door: str, number: int, *, taken: bool, seconds: float) -> None:
        self.counts[door, taken] += 1
        self.slowest[door] = max(self.slowest.get(door, (0.0, 0)), (seconds, number))

    def fail(self, door: str, number: int, error: BaseException, data: bytes) -> None:
        where = traceback.extract_tb(error.__traceback__)[-1]
        kind = door, f"{type(error).__name__} {where.filename}:{where.lineno}"
        if kind in self.failures:
            return
        self.failures.add(kind)
        print(f"FAILED {door} --seed {number}: {type(error).__name__}: {str(error)[:300]}")
        traceback.print_exception(error, limit=-6)
        if self.keep:
            self.keep.mkdir(parents=True, exist_ok=True)
            (self.keep / f"{door}-{number}").write_bytes(data)

    def tell(self, doors: list[str]) -> None:
        for door in doors:
            seconds, at = self.slowest.get(door, (0.0, 0))
            said = f"{self.counts[door, True]:8} taken {self.counts[door, False]:8} refused"
            print(f"{door:16} {said}, slowest {seconds * 1000:.0f} ms (seed {at})")
        peak = memory() // 1024 // 1024
        print(f"{self.counts.total()} inputs, {len(self.failures)} kinds of failure, peak {peak} MiB")


def run(doors: list[str], *, seed: int, seconds: float, keep: Path | None = None, only: bool = False) -> Report:
    """Try the inputs of a seed and of those after it at every door, until the time is over."""
    report, good = Report(keep), seeds()
    end = time.monotonic() + seconds
    for number in (seed,) if only else itertools.count(seed):
        for door in doors:
            data = case(door, number, good)
            began = time.monotonic()
            try:
                refused = tried(door, data)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                report.fail(door, number, error, data)
            else:
                report.note(door, number, taken=refused is None, seconds=time.monotonic() - began)
        if time.monotonic() > end:
            break
    return report


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz")
    parser.add_argument("doors", nargs="*", metavar="DOOR", help=", ".join(DOORS))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", action="store_true", help="that one case of each door")
    parser.add_argument("--keep", type=Path, help="a folder for inputs that fail")
    options = parser.parse_args(words)
    resource.setrlimit(resource.RLIMIT_AS, (3 * MOST_MEMORY, 3 * MOST_MEMORY))
    doors = options.doors or sorted(DOORS)
    print(f"seed {options.seed}, {options.seconds:g} seconds, {len(doors)} doors")
    report = run(doors, seed=options.seed, seconds=options.seconds, keep=options.keep, only=options.only)
    report.tell(doors)
    return 1 if report.failures or memory() > MOST_MEMORY else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
