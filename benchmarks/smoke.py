"""The benchmark run once on projects that are made up on the spot: does it work? Nothing of it is judged by time."""

import hashlib
import platform
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.cases import CASES, Bound, Case, State
from benchmarks.chart import growth_chart, ratio_chart
from benchmarks.installing import at_hand
from benchmarks.pack import File, Pack, format_pack
from benchmarks.results import Figures, Report, format_report, parse_report
from benchmarks.run import Plan, run_plan
from benchmarks.scale import growth_markdown, measure_growth
from benchmarks.table import report_markdown, report_text
from benchmarks.tools import Deed
from benchmarks.workloads import ONE, Workload

_CUTOFF = "2026-01-01T00:00:00Z"
_RELEASES = {
    ("toy-app", "1.0"): ("toy-library>=1",),
    ("toy-library", "1.0"): (),
    ("toy-library", "2.0"): ("toy-part",),
    ("toy-part", "1.0"): (),
    ("toy-tool", "1.0"): (),
    ("toy-tool", "2.0"): ("toy-library>=2",),
}
_STATES: tuple[tuple[State, Deed], ...] = (
    ("done", "check"),
    ("done", "ensure"),
    ("fresh cache", "resolve"),
    ("stale cache", "resolve"),
    ("edited", "resolve"),
    ("locked", "fetch"),
    ("stored", "fetch"),
    ("empty", "resolve"),
)


def run_smoke() -> None:
    """Run every kind of case once, and check what can be counted. Raises SystemExit naming what is wrong."""
    with tempfile.TemporaryDirectory(prefix="frazil-smoke-") as folder:
        bench = Path(folder)
        _make_index(bench)
        report = run_plan(
            Plan(
                cases=tuple(_cases()),
                workloads={workload.name: workload for workload in _workloads()},
                programs=at_hand(),
                bench=bench,
                rounds=1,
                packs_in=(bench / "packs",),
            )
        )
    text = report_text(report)
    print(text)
    wrong = [*_failures(report), *_miscounts(report), *_misprints(report, text)]
    if wrong:
        raise SystemExit("\n".join(f"error: {sentence}" for sentence in wrong))


# What is there ---------------------------------------------------------------------------------------------


def _make_index(bench: Path) -> None:
    wheels, packs = bench / "wheels", bench / "packs"
    wheels.mkdir()
    packs.mkdir()
    pages: dict[str, tuple[File, ...]] = {}
    metadata = {}
    for (name, version), requirements in _RELEASES.items():
        said = _metadata(name, version, requirements)
        wheel = _make_wheel(wheels, name, version, said)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        file = File(wheel.name, digest, wheel.stat().st_size, "2025-01-01T00:00:00Z", ">=3.8")
        pages[name] = (*pages.get(name, ()), file)
        metadata[wheel.name] = said
    (packs / "TOY.pack.xz").write_bytes(format_pack(Pack(_CUTOFF, pages, metadata), fetched=_RELEASES))


def _metadata(name: str, version: str, requirements: tuple[str, ...]) -> bytes:
    asked = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{asked}\nIt is made up.\n".encode()


def _make_wheel(folder: Path, name: str, version: str, metadata: bytes) -> Path:
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{name.replace('-', '_')}.py": b"",
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{stem}.dist-info/RECORD"] = "".join(f"{file},,\n" for file in files).encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in files.items():
            archive.writestr(file, data)
    return path


def _workloads() -> Iterator[Workload]:
    python = platform.python_version()
    one = {ONE: ("toy-app", "toy-tool")}
    several = {"t000": ("toy-app",), "t001": ("toy-library<2",), "t002": ("toy-tool",)}
    refused = {ONE: ("toy-tool>=2", "toy-library<2")}
    change = ("toy-tool", "toy-tool<2")
    yield Workload(name="TOY", pack="TOY", targets=one, cutoff=_CUTOFF, python=python, change=change)
    yield Workload(name="TOYS", pack="TOY", targets=several, cutoff=_CUTOFF, python=python, isolated=True)
    yield Workload(name="REFUSED", pack="TOY", targets=refused, cutoff=_CUTOFF, python=python)


def _cases() -> Iterator[Case]:
    everyone = tuple(dict.fromkeys(tool for case in CASES for tool in case.tools if tool != "uv, a loop"))
    for state, deed in _STATES:
        tools = tuple(tool for tool in everyone if _can(tool, state, deed))
        yield Case(name=f"{state}, {deed}", workload="TOY", state=state, deed=deed, tools=tools, bounds=_bounds(state))
    loop = ("frazil", "uv, a loop")
    yield Case(name="each", workload="TOYS", state="fresh cache", deed="resolve", tools=loop, latency=0.002)
    tools = ("frazil", "frazil --prove", "uv", "uv pip compile")
    codes = frozenset({1, 5})
    yield Case(name="refusal", workload="REFUSED", state="empty", deed="resolve", tools=tools, codes=codes)


def _bounds(state: State) -> tuple[Bound, ...]:
    most = {"done": 0, "fresh cache": 0, "stored": 0, "edited": 4}.get(state, 20)
    return (Bound(of="requests", most=most, against=""),)


def _can(tool: str, state: State, deed: Deed) -> bool:
    """Say whether a tool takes part in such cases of the benchmark."""
    return any(tool in case.tools for case in CASES if (case.state, case.deed) == (state, deed))


# What must be so -------------------------------------------------------------------------------------------


def _failures(report: Report) -> Iterator[str]:
    for outcome in report.outcomes:
        failed: list[Figures] = [each for each in outcome.figures if each.failed]
        yield from (f"{outcome.case.title}: {each.tool}: {each.failed}" for each in failed)
        if not outcome.figures:
            yield f"{outcome.case.title}: nobody took part"


def _miscounts(report: Report) -> Iterator[str]:
    for outcome in report.outcomes:
        for verdict in report.verdicts(outcome):
            if not verdict.holds:
                yield f"{outcome.case.title}: {verdict.found} requests, at most {verdict.bound.most} expected"
        own = outcome.of("frazil")
        if own is not None and outcome.case.state in {"empty", "locked"} and not own.requests:
            yield f"{outcome.case.title}: not a single request was counted"
        if own is not None and (own.wall[0] <= 0 or own.memory <= 0 or own.missing):
            yield f"{outcome.case.title}: {own}"


def _misprints(report: Report, text: str) -> Iterator[str]:
    if parse_report(format_report(report)) != report:
        yield "a report does not come back from JSON as it was"
    markdown = report_markdown(report)
    for outcome in report.outcomes:
        if outcome.case.title not in text or outcome.case.title not in markdown:
            yield f"{outcome.case.title} is not in the tables"
    growth = measure_growth((40, 80), runs=1)
    growth_markdown(growth)
    for chart in (ratio_chart(report), growth_chart(growth.curves, title="growth", unit="projects")):
        ET.fromstring(chart)  # noqa: S314 - it was written a moment ago
