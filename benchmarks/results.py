"""What a run of the benchmark found, as plain values: summed up, judged, kept as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cases import BEST, Bound, Case
from benchmarks.measuring import Spent
from benchmarks.tools import Role

BUSY = 1.0
"""The load of a machine, before the first case, from which on minima decide instead of medians."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a tool fared in a case: seconds, CPU seconds, MiB; requests and bytes as the replay counted them.

    `failed` says why there are none. `made_up` are answers that nobody recorded, `missing` what the index had not.
    """

    tool: str
    role: Role
    runs: int = 0
    wall: tuple[float, ...] = ()
    cpu: float = 0.0
    memory: float = 0.0
    requests: int = 0
    received: int = 0
    unchanged: int = 0
    made_up: int = 0
    missing: int = 0
    code: int = 0
    failed: str = ""

    @property
    def least(self) -> float:
        return min(self.wall)

    @property
    def middle(self) -> float:
        return median(self.wall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A promise and what came of it: `found` is what `bound.most` limits, None where a tool did not take part."""

    bound: Bound
    found: float | None = None

    @property
    def holds(self) -> bool | None:
        if self.found is None:
            return None
        return self.found == self.bound.most if self.bound.of == "code" else self.found <= self.bound.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One case with the figures of all who took part."""

    case: Case
    figures: tuple[Figures, ...]

    def of(self, tool: str) -> Figures | None:
        return next((each for each in self.figures if each.tool == tool and not each.failed), None)

    def best_peer(self, *, busy: bool) -> Figures | None:
        peers = [each for each in self.figures if each.role == "peer" and not each.failed]
        return min(peers, key=lambda each: _time(each, busy=busy), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole run. `load` is the machine's load average before the first case and after the last one."""

    date: str
    machine: str
    versions: Mapping[str, str]
    load: tuple[float, float]
    outcomes: tuple[Outcome, ...]
    floor: float = 0.0
    """MiB that every program is said to have used at least, because the harness that starts it did."""

    @property
    def busy(self) -> bool:
        return self.load[0] > BUSY

    def verdicts(self, outcome: Outcome) -> list[Verdict]:
        return [Verdict(bound=bound, found=self._found(outcome, bound)) for bound in outcome.case.bounds]

    def ratio(self, outcome: Outcome, tool: str = "frazil", against: str = BEST) -> tuple[float, float] | None:
        """Return how long a tool took in units of another's time: by medians, by minima."""
        own, other = outcome.of(tool), self._other(outcome, against)
        if own is None or other is None:
            return None
        return own.middle / other.middle, own.least / other.least

    def _found(self, outcome: Outcome, bound: Bound) -> float | None:
        own = outcome.of(bound.tool)
        if own is None:
            return None
        if bound.of == "code":
            return float(own.code)
        other = self._other(outcome, bound.against) if bound.against else None
        if bound.against and other is None:
            return None
        return _value(own, bound, busy=self.busy) / (_value(other, bound, busy=self.busy) if other else 1)

    def _other(self, outcome: Outcome, against: str) -> Figures | None:
        if against == BEST:
            return outcome.best_peer(busy=self.busy)
        tool, _, title = against.partition(" @ ")
        home = next((each for each in self.outcomes if each.case.title == title), None) if title else outcome
        return home.of(tool) if home else None


def _time(figures: Figures, *, busy: bool) -> float:
    return figures.least if busy else figures.middle


def _value(figures: Figures, bound: Bound, *, busy: bool) -> float:
    match bound.of:
        case "time":
            return _time(figures, busy=busy)
        case "memory":
            return figures.memory
        case _:
            return figures.requests


def summed_up(tool: str, role: Role, spent: Sequence[Spent], failed: str = "") -> Figures:
    """Return the figures of some runs of a tool; the last run speaks for what does not depend on the machine."""
    if not spent or failed:
        return Figures(tool=tool, role=role, failed=failed or "did not run")
    last = spent[-1]
    return Figures(
        tool=tool,
        role=role,
        runs=len(spent),
        wall=tuple(round(each.wall, 5) for each in spent),
        cpu=round(median(each.cpu for each in spent), 4),
        memory=round(median(each.memory for each in spent), 1),
        requests=last.counts.get("requests", 0),
        received=last.counts.get("received", 0),
        unchanged=last.counts.get("unchanged", 0),
        made_up=last.counts.get("made_up", 0),
        missing=last.counts.get("missing", 0),
        code=last.code,
    )


# As a file -------------------------------------------------------------------------------------------------


def format_report(report: Report) -> str:
    """Return a report as JSON: all that was measured, and what was judged of it."""
    document = asdict(report)
    for outcome, row in zip(report.outcomes, document["outcomes"], strict=True):
        row["case"] = {"title": outcome.case.title, **row["case"], "codes": sorted(outcome.case.codes)}
        for verdict, bound in zip(report.verdicts(outcome), row["case"]["bounds"], strict=True):
            bound.update(found=verdict.found, holds=verdict.holds)
    return json.dumps(document, indent=1) + "\n"


def parse_report(text: str) -> Report:
    """Read what format_report wrote."""
    document = json.loads(text)
    return Report(
        date=document["date"],
        machine=document["machine"],
        versions=document["versions"],
        load=tuple(document["load"]),
        floor=document["floor"],
        outcomes=tuple(_outcome(row) for row in document["outcomes"]),
    )


def _outcome(row: Mapping[str, Any]) -> Outcome:
    case = {name: value for name, value in row["case"].items() if name != "title"}
    bounds = tuple(
        Bound(**{name: value for name, value in bound.items() if name not in {"found", "holds"}})
        for bound in case["bounds"]
    )
    settled = {**case, "bounds": bounds, "codes": frozenset(case["codes"]), "tools": tuple(case["tools"])}
    figures = tuple(Figures(**{**each, "wall": tuple(each["wall"])}) for each in row["figures"])
    return Outcome(case=Case(**settled), figures=figures)


def read_report(path: Path) -> Report:
    return parse_report(path.read_text(encoding="utf-8"))
