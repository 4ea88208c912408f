"""The benchmark itself: in every case its tools run one after the other, round by round, in the same weather."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.measuring import TIMED_OUT, Replay, Spent, measured
from benchmarks.results import Outcome, Report, summed_up
from benchmarks.staging import StagingFailed, resolve_once, stage
from benchmarks.tools import Place, Programs, Tool, tools_of
from benchmarks.workloads import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run. `budget` is seconds after which a tool is not run again in a case; `bench` is the working folder."""

    cases: tuple[Case, ...]
    workloads: dict[str, Workload]
    programs: Programs
    bench: Path
    rounds: int = 7
    budget: float = 30.0
    timeout: float = 300.0
    only: frozenset[str] = frozenset()
    packs_in: tuple[Path, ...] = ()
    tell: Callable[[str], None] = print

    @property
    def wheels(self) -> Path:
        return self.bench / "wheels"


@dataclass
class _Entrant:
    """A tool in a case, with the runs that count so far."""

    tool: Tool
    place: Place
    runs: list[Spent] = field(default_factory=list)
    seconds: float = 0.0
    failed: str = ""


def run_plan(plan: Plan) -> Report:
    """Run all cases and return what was found. Failures of tools are part of it."""
    before = os.getloadavg()[0]
    plan.tell(f"load {before:.2f} before the first case")
    packs = sorted({plan.workloads[case.workload].pack for case in plan.cases})
    outcomes = []
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="work-", dir=plan.bench)))
        replay = stack.enter_context(Replay(packs, packs_in=plan.packs_in, wheels_in=[plan.wheels]))
        runner = _Runner(plan, replay, work)
        floor = runner.floor()
        for case in plan.cases:
            plan.tell(f"{case.title} …")
            outcomes.append(runner.outcome(case))
    return Report(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=machine(),
        versions=versions(plan.programs),
        load=(before, os.getloadavg()[0]),
        outcomes=tuple(outcomes),
        floor=floor,
    )


class _Runner:
    """Runs cases of a plan against one replay, in one folder."""

    def __init__(self, plan: Plan, replay: Replay, work: Path) -> None:
        self._plan = plan
        self._replay = replay
        self._work = work
        self._tools = tools_of(plan.programs)

    def floor(self) -> float:
        """Return the MiB that a program which needs none is said to have used."""
        folder = self._work / "floor" / "project"
        folder.mkdir(parents=True)
        nothing = [sys.executable, "-I", "-S", "-c", "pass"]
        return measured(nothing, folder=folder, environ={}, timeout=60, replay=None).memory

    def outcome(self, case: Case) -> Outcome:
        entrants = [self._entrant(name, case) for name in case.tools if self._takes_part(name)]
        if case.deed == "fetch":
            self._keep_lock(case, entrants)
        for number in range(self._plan.rounds + 1):
            turn = number % len(entrants) if entrants else 0
            for entrant in (*entrants[turn:], *entrants[:turn]):
                self._run(case, entrant, number)
        figures = tuple(summed_up(e.tool.name, e.tool.role, e.runs, e.failed) for e in entrants)
        return Outcome(case=case, figures=figures)

    def _takes_part(self, name: str) -> bool:
        return self._tools[name].there and (not self._plan.only or name in self._plan.only)

    def _entrant(self, name: str, case: Case) -> _Entrant:
        return _Entrant(self._tools[name], self._place(name, case))

    def _place(self, name: str, case: Case) -> Place:
        workload = self._plan.workloads[case.workload]
        folder = self._work / name.replace(" ", "-") / workload.name
        folder.mkdir(parents=True, exist_ok=True)
        return Place(
            folder=folder,
            workload=workload,
            index=self._replay.index(workload.pack),
            locked=self._work / "frazil" / workload.name / "kept" / "frozen.json",
            wheels=self._plan.wheels,
        )

    def _keep_lock(self, case: Case, entrants: Sequence[_Entrant]) -> None:
        """Let frazil make the lock whose files limits fetch."""
        self._replay.set()
        try:
            resolve_once(self._tools["frazil"], self._place("frazil", case))
        except StagingFailed as error:
            for entrant in entrants:
                entrant.failed = str(error)

    def _run(self, case: Case, entrant: _Entrant, number: int) -> None:
        """Run once. The first round is not counted, unless it alone took what a tool may take in a case."""
        if entrant.failed or entrant.seconds > self._plan.budget:
            return
        tool, place = entrant.tool, entrant.place
        try:
            stage(case, tool, place, self._replay, first=number == 0)
        except (StagingFailed, OSError, subprocess.TimeoutExpired) as error:
            entrant.failed = f"{error}"
            return
        spent = measured(
            tool.deeds[case.deed](place),
            folder=place.project,
            environ=tool.environ(place),
            timeout=self._plan.timeout,
            replay=self._replay,
        )
        entrant.seconds += spent.wall
        if spent.code not in (case.codes if tool.role != "limit" else {0}):
            why = f"more than {self._plan.timeout:.0f} s" if spent.code == TIMED_OUT else f"exit {spent.code}"
            entrant.failed = f"{why}: {spent.said.strip()[-300:]}"
        elif number or entrant.seconds > self._plan.budget:
            entrant.runs.append(spent)


# Where and with what ---------------------------------------------------------------------------------------


def machine() -> str:
    """Describe the machine in a line."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        rows = information.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((row.partition(":")[2].strip() for row in rows if row.startswith("model name")), model)
    return f"{os.cpu_count()} cores ({model}), {platform.system()} {platform.release().partition('-')[0]}"


def versions(programs: Programs) -> dict[str, str]:
    """Return the version of each program that took part."""
    asked: dict[str, Sequence[str | Path]] = {
        "frazil": [programs.frazil, "--version"],
        "Python": [programs.python, "--version"],
    }
    if programs.uv is not None:
        asked["uv"] = [programs.uv, "--version"]
    if programs.pip is not None:
        asked["pip"] = [programs.pip, "-m", "pip", "--version"]
    return {name: _version(command) for name, command in asked.items()}


def _version(command: Sequence[str | Path]) -> str:
    said = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False).stdout
    return next((word for word in said.split() if word[:1].isdigit()), "unknown")
