"""What is measured: each case with who takes part, and what must hold."""

from dataclasses import dataclass
from typing import Literal

from benchmarks.tools import Deed

State = Literal["empty", "fresh cache", "stale cache", "edited", "done", "locked", "stored"]
"""What a run finds: nothing; what a resolve left, without its lock; the same with pages that must be asked whether they
changed; lock and cache, and one requirement edited; everything in place; a lock alone; a lock and all artifacts in the
store."""

BEST = "the best peer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A promise: `of` a tool is at most `most` times that of `against`, or at most `most` where `against` is empty.

    `against` is a tool of the case, BEST, or `<tool> @ <case>` for another case of the run. Memory is MiB.
    """

    of: Literal["time", "requests", "memory", "code"] = "time"
    tool: str = "frazil"
    most: float
    against: str = BEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison. `latency` is seconds before each answer of the index; `codes` are the exit codes that count."""

    name: str
    workload: str
    state: State
    deed: Deed
    tools: tuple[str, ...]
    latency: float = 0.0
    codes: frozenset[int] = frozenset({0})
    bounds: tuple[Bound, ...] = ()

    @property
    def title(self) -> str:
        delay = f", {self.latency * 1000:.0f} ms away" if self.latency else ""
        return f"{self.name}: {self.workload}{delay}"


_PEERS = ("uv", "uv pip compile")
_NO = frozenset({1, 5})


def _time(most: float, against: str = BEST, tool: str = "frazil") -> Bound:
    return Bound(tool=tool, most=most, against=against)


def _requests(most: int) -> Bound:
    return Bound(of="requests", most=most, against="")


def _no_op(workload: str, *bounds: Bound) -> Case:
    tools = ("frazil", "uv", "python -c pass")
    return Case(
        name="no-op check", workload=workload, state="done", deed="check", tools=tools, bounds=(_time(1.0), *bounds)
    )


def _settled(workload: str) -> Case:
    tools = ("frazil", "uv", "python -c pass")
    return Case(name="no-op ensure", workload=workload, state="done", deed="ensure", tools=tools, bounds=(_time(1.0),))


def _cold(workload: str, most: float, *bounds: Bound, latency: float = 0.0, pip: bool = False) -> Case:
    tools = ("frazil", *_PEERS, *(("pip",) if pip else ()))
    return Case(
        name="cold",
        workload=workload,
        state="empty",
        deed="resolve",
        tools=tools,
        latency=latency,
        bounds=(_time(most), *bounds),
    )


def _warm(workload: str, most: float, *tools: str, name: str = "warm") -> Case:
    return Case(
        name=name,
        workload=workload,
        state="fresh cache",
        deed="resolve",
        tools=("frazil", *(tools or _PEERS)),
        bounds=(_time(most),),
    )


CASES: tuple[Case, ...] = (
    _no_op("S"),
    _no_op("M"),
    _no_op("MONO-300", _time(1.3, "frazil @ no-op check: S")),
    _settled("S"),
    _settled("M"),
    _warm("S", 2.5, *_PEERS, "pip"),
    _warm("M", 1.5),
    _warm("MONO-300", 1.5, name="warm, jointly"),
    _warm("MONO-300-each", 0.1, "uv, a loop", name="warm, each target alone"),
    _cold("S", 2.0, pip=True),
    _cold("S", 1.3, latency=0.02),
    _cold("M", 1.4, _requests(320), Bound(of="memory", most=1.3), pip=True),
    _cold("M", 1.2, latency=0.02),
    _cold("MONO-300", 1.2, _requests(446)),
    Case(
        name="relock after one edit",
        workload="M",
        state="edited",
        deed="resolve",
        tools=("frazil", *_PEERS),
        bounds=(_time(1.0, "uv"), _requests(4)),
    ),
    Case(
        name="revalidate",
        workload="M",
        state="stale cache",
        deed="resolve",
        tools=("frazil", *_PEERS),
        bounds=(_time(1.2),),
    ),
    Case(
        name="fetch, cold",
        workload="M",
        state="locked",
        deed="fetch",
        tools=("frazil", "uv", "pip", "curl into sha256sum", "curl"),
        bounds=(_time(0.12, "uv"), _time(3.0, "curl into sha256sum"), Bound(of="memory", most=150, against="")),
    ),
    Case(
        name="fetch, stored",
        workload="S",
        state="stored",
        deed="fetch",
        tools=("frazil", "frazil hardlink", "uv", "cp -al"),
        bounds=(_time(1.2, "uv", "frazil hardlink"),),
    ),
    Case(
        name="fetch, stored",
        workload="M",
        state="stored",
        deed="fetch",
        tools=("frazil", "frazil hardlink", "uv", "cp -al"),
        bounds=(_time(0.1, "uv", "frazil hardlink"), _time(0.5, "uv")),
    ),
    Case(
        name="refusal",
        workload="REFUSED",
        state="empty",
        deed="resolve",
        tools=("frazil", "frazil --prove", *_PEERS),
        codes=_NO,
        bounds=(
            Bound(of="code", most=5, against=""),
            _time(0.3),
            _time(1.0, tool="frazil --prove"),
        ),
    ),
)
