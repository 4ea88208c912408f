"""`python -m tests.fuzz`: make up cases, judge them, say what was seen and which number repeats what went wrong."""

import argparse
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.fuzz.kinds import KINDS

_APART = 1_000_000
"""Between the first cases of two seeds."""

_AT_ONCE = 20


@dataclass
class Verdict:
    """What was seen of some cases."""

    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)

    def add(self, other: "Verdict") -> None:
        self.seen += other.seen
        self.wrong += other.wrong
        self.slowest = max(self.slowest, other.slowest)


def judged(kind: str, cases: Sequence[int]) -> Verdict:
    """Judge some cases of a kind."""
    verdict = Verdict()
    for case in cases:
        begun = time.monotonic()
        try:
            verdict.seen += KINDS[kind].judge(case)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            name = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            verdict.wrong.append(f"case {case}: {name}{error}")
        verdict.slowest = max(verdict.slowest, (time.monotonic() - begun, case))
    return verdict


def fuzz(kind: str, cases: range) -> bool:
    """Judge the cases of a kind in all processes there are; say what was seen, and whether all was well."""
    begun = time.monotonic()
    whole = Verdict()
    for verdict in _verdicts(kind, [cases[at : at + _AT_ONCE] for at in range(0, len(cases), _AT_ONCE)]):
        whole.add(verdict)
    seconds, case = whole.slowest
    print(f"{kind}: {len(cases)} cases, {len(whole.wrong)} wrong, in {time.monotonic() - begun:.0f} s")
    print(f"  {', '.join(f'{count} {what}' for what, count in sorted(whole.seen.items()))}")
    print(f"  the slowest was case {case} with {seconds:.1f} s")
    for line in whole.wrong:
        print(f"  {line}")
        print(f"    again: make fuzz ARGS='{kind} --case {line.split()[1].rstrip(':')}'")
    return not whole.wrong


def _verdicts(kind: str, chunks: Sequence[range]) -> Iterable[Verdict]:
    if len(chunks) == 1:
        return [judged(kind, chunks[0])]
    with ProcessPoolExecutor() as pool:
        return list(pool.map(judged, [kind] * len(chunks), chunks))


def main(arguments: Sequence[str]) -> int:
    """Fuzz what is asked for; return 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=…", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--seed", type=int, default=os.environ.get("FUZZ_SEED") or secrets.randbelow(_APART))
    parser.add_argument("--count", type=int, help="how many cases of each kind")
    parser.add_argument("--case", type=int, help="this case alone")
    asked = parser.parse_args(arguments)
    seed = int(asked.seed)
    print(f"seed {seed}" if asked.case is None else f"case {asked.case}")
    good = True
    for kind in asked.kinds or KINDS:
        first = seed * _APART
        cases = range(first, first + (asked.count or KINDS[kind].count))
        good &= fuzz(kind, cases if asked.case is None else range(asked.case, asked.case + 1))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
