"""`make bench`, and `make bench ARGS=…`: run, scale, record, caches, smoke, list."""

import argparse
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.chart import growth_chart, ratio_chart
from benchmarks.documents import MEASURED, put
from benchmarks.installing import ROOT, installed, lacks_wheels
from benchmarks.pack import FOLDER
from benchmarks.results import format_report, read_report
from benchmarks.run import Plan, run_plan
from benchmarks.table import report_markdown, report_text
from benchmarks.workloads import read_workloads

BENCH = ROOT / ".bench"

# Late imports below keep frazil itself out of this process: a program that it starts is said to have used at least the
# memory that it used.


def main(argv: Sequence[str]) -> None:
    """Obey one command line; without a command, run."""
    asked = _parser().parse_args(argv if argv and argv[0] in _COMMANDS else ["run", *argv])
    _COMMANDS[asked.command](asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure frazil against uv, pip and what is possible."
    )
    commands = parser.add_subparsers(dest="command")
    run = commands.add_parser("run", help="run the cases, tools interleaved, and print a table")
    run.add_argument("cases", nargs="*", help="words that titles of cases hold (default: every case)")
    run.add_argument("-n", "--rounds", type=int, default=7, help="how often each tool runs in a case (default: 7)")
    run.add_argument("--budget", type=float, default=30, help="seconds after which a tool is not run again in a case")
    run.add_argument("--timeout", type=float, default=300, help="seconds after which a program is killed")
    run.add_argument("--tools", default="", help="only these, between commas")
    run.add_argument("--json", type=Path, default=BENCH / "report.json", help="where the figures go")
    run.add_argument("--chart", type=Path, default=BENCH / "ratios.svg", help="where the picture goes")
    run.add_argument("--docs", action="store_true", help="put table and picture into docs/explanation/performance.md")
    scale = commands.add_parser("scale", help="measure how a lock grows")
    scale.add_argument("--docs", action="store_true", help="put table and picture into docs/explanation/performance.md")
    show = commands.add_parser("show", help="print the table of figures that were kept")
    show.add_argument("json", type=Path, nargs="?", default=MEASURED)
    show.add_argument("--docs", action="store_true", help="put them into docs/explanation/performance.md")
    record = commands.add_parser("record", help="record packs from this machine's own index, or bring wheels")
    record.add_argument("what", choices=("pack", "wheels"))
    record.add_argument("names", nargs="+", help="packs, or workloads")
    record.add_argument("--into", type=Path, default=BENCH / "packs", help="the folder of packs")
    commands.add_parser("caches", help="what a cold runner costs with nothing, with CI's store, with a shared cache")
    commands.add_parser("smoke", help="see that the benchmark works, on projects that are made up")
    commands.add_parser("list", help="list cases and workloads")
    return parser


def _run(asked: argparse.Namespace) -> None:
    cases = tuple(case for case in CASES if not asked.cases or any(word in case.title for word in asked.cases))
    if not cases:
        raise SystemExit(f"error: no case has {' or '.join(asked.cases)} in its title\nhint: make bench ARGS=list")
    if asked.docs and len(cases) < len(CASES):
        raise SystemExit("error: --docs takes a whole run, without words for cases")
    _expect_recorded_python()
    BENCH.mkdir(exist_ok=True)
    plan = Plan(
        cases=cases,
        workloads=read_workloads(),
        programs=installed(BENCH),
        bench=BENCH,
        rounds=asked.rounds,
        budget=asked.budget,
        timeout=asked.timeout,
        only=frozenset(word.strip() for word in asked.tools.split(",") if word.strip()),
        packs_in=(BENCH / "packs",),
        tell=lambda sentence: print(sentence, file=sys.stderr, flush=True),
    )
    _bring_what_is_missing(plan)
    report = run_plan(plan)
    asked.json.write_text(format_report(report), encoding="utf-8")
    asked.chart.write_text(ratio_chart(report), encoding="utf-8")
    print(report_text(report))
    if asked.docs:
        MEASURED.write_text(format_report(report), encoding="utf-8")
        put("ratios", report_markdown(report), ratio_chart(report))


def _expect_recorded_python() -> None:
    recorded = {workload.python for workload in read_workloads().values()}
    if platform.python_version() not in recorded:
        wanted = ", ".join(sorted(recorded))
        raise SystemExit(f"error: packs are for Python {wanted}\nhint: make PYTHON=python{wanted} bench")


def _bring_what_is_missing(plan: Plan) -> None:
    """Record packs that do not travel with the project, and bring the wheels that fetches need."""
    packs = {plan.workloads[case.workload].pack for case in plan.cases}
    for pack in sorted(packs):
        if not any((folder / f"{pack}.pack.xz").is_file() for folder in (*plan.packs_in, FOLDER)):
            _in_another_process("record", "pack", pack)
    fetched = {case.workload for case in plan.cases if case.deed in {"fetch", "ensure"}}
    for name in sorted(fetched):
        if lacks_wheels(plan.workloads[name], plan.wheels):
            _in_another_process("record", "wheels", name)


def _in_another_process(*words: str) -> None:
    print(" ".join(words), file=sys.stderr, flush=True)
    if subprocess.run([sys.executable, "-m", "benchmarks", *words], cwd=ROOT, check=False).returncode:
        raise SystemExit(f"error: `{' '.join(words)}` failed\nhint: it needs this machine's package index")


def _scale(asked: argparse.Namespace) -> None:
    from benchmarks.scale import growth_markdown, growth_text, measure_growth  # noqa: PLC0415

    growth = measure_growth()
    picture = growth_chart(growth.curves, title="A lock of many projects, with a target for each five", unit="projects")
    BENCH.mkdir(exist_ok=True)
    (BENCH / "growth.svg").write_text(picture, encoding="utf-8")
    print(growth_text(growth))
    if asked.docs:
        put("growth", growth_markdown(growth), picture)


def _show(asked: argparse.Namespace) -> None:
    report = read_report(asked.json)
    print(report_text(report))
    if asked.docs:
        put("ratios", report_markdown(report), ratio_chart(report))


def _record(asked: argparse.Namespace) -> None:
    from benchmarks.record import download_wheels, record_pack  # noqa: PLC0415

    workloads = read_workloads()
    programs = installed(BENCH)
    for name in asked.names:
        if asked.what == "wheels":
            download_wheels(workloads[name], programs, BENCH / "wheels", BENCH / "packs")
        else:
            found = [workload for workload in workloads.values() if workload.pack == name]
            print(record_pack(name, found, programs, asked.into))


def _smoke(_asked: argparse.Namespace) -> None:
    from benchmarks.smoke import run_smoke  # noqa: PLC0415

    run_smoke()


def _list(_asked: argparse.Namespace) -> None:
    for case in CASES:
        print(f"{case.title:40} {', '.join(case.tools)}")
    for name, workload in read_workloads().items():
        print(f"{name:40} {len(workload.targets)} targets, {len(workload.requirements)} requirements")


def _caches(_asked: argparse.Namespace) -> None:
    from benchmarks.caches import compare  # noqa: PLC0415 - it brings servers that the other commands do not need

    compare(print)


_COMMANDS = {
    "run": _run,
    "scale": _scale,
    "show": _show,
    "record": _record,
    "caches": _caches,
    "smoke": _smoke,
    "list": _list,
}

if __name__ == "__main__":
    main(sys.argv[1:])
