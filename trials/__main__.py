"""`make kills`, `crowd`, `soak`, `load`, `mutants`, `coverage`: long runs that print their seed and their figures."""

import argparse
import sys
import time
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Obey one command line; return its exit code: 1 when anything was found wrong."""
    asked = _parser().parse_args(argv)
    print(f"{asked.command}, {time.strftime('%Y-%m-%d')}, seed {asked.seed}", flush=True)
    match asked.command:
        case "kills":
            from trials.kills import run_kills

            return run_kills(asked.count, asked.seed)
        case "crowd":
            from trials.crowd import run_crowd

            return run_crowd(asked.processes, asked.minutes, asked.seed)
        case "soak":
            from trials.soak import run_soak

            return run_soak(asked.fetches, asked.minutes, asked.locks, asked.seed)
        case "mutants":
            from trials.mutants import run_mutants

            return run_mutants(asked.count, asked.seed, asked.workers, asked.words)
        case "coverage":
            from trials.reach import run_coverage

            return run_coverage(asked.words)
        case _:
            from trials.load import run_load

            return run_load(asked.artifacts, asked.megabytes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trials", description="Long runs against a hostile world.")
    seeded = argparse.ArgumentParser(add_help=False)
    seeded.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="(default: from the clock)")
    commands = parser.add_subparsers(dest="command", required=True)
    kills = commands.add_parser(
        "kills", parents=[seeded], help="end runs at random points, and see that the next one heals"
    )
    kills.add_argument("-n", "--count", type=int, default=200, help="how many (default: 200)")
    crowd = commands.add_parser("crowd", parents=[seeded], help="many processes on one store, lock and output")
    crowd.add_argument("--processes", type=int, default=32, help="how many at a time (default: 32)")
    crowd.add_argument("--minutes", type=float, default=10, help="for how long (default: 10)")
    soak = commands.add_parser(
        "soak", parents=[seeded], help="fetch again and again in one process, and watch its memory"
    )
    soak.add_argument("--fetches", type=int, default=10_000, help="how often (default: 10,000)")
    soak.add_argument("--minutes", type=float, default=60, help="and no longer than that (default: 60)")
    soak.add_argument("--locks", type=int, default=20, help="of how many locks (default: 20)")
    mutants = commands.add_parser("mutants", parents=[seeded], help="break modules, and see whether their tests notice")
    mutants.add_argument("words", nargs="*", help="words that names of modules hold (default: every module)")
    mutants.add_argument("-n", "--count", type=int, default=400, help="how many (default: 400)")
    mutants.add_argument("--workers", type=int, default=2, help="how many at a time (default: 2)")
    coverage = commands.add_parser("coverage", parents=[seeded], help="measure what the tests of these modules reach")
    coverage.add_argument("words", nargs="*", help="words that names of modules hold (default: every module)")
    load = commands.add_parser("load", parents=[seeded], help="one large artifact, and many small ones")
    load.add_argument("--artifacts", type=int, default=1000, help="small ones (default: 1,000)")
    load.add_argument("--megabytes", type=int, default=300, help="size of the large one (default: 300)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
