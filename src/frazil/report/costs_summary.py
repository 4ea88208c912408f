"""What a run cost: in one line for a person, as an object for a program."""

from frazil.costs import Costs
from frazil.report.envelope import Document
from frazil.report.lines import Line, dim, line
from frazil.report.units import counted, duration, phase_duration, size


def costs_line(costs: Costs, seconds: float | None = None) -> Line:
    """Say requests, bytes, pages, time; `seconds` is the whole of it where that is more than the sum of phases."""
    phases = ", ".join(f"{name} {phase_duration(spent)}" for name, spent in costs.phases)
    facts = [
        counted(costs.requests, "request"),
        size(costs.received),
        counted(costs.pages, "page"),
        *([f"{counted(costs.cache_hits, 'cache hit')}"] if costs.cache_hits else []),
        *([counted(costs.rounds, "round")] if costs.rounds else []),
        duration(costs.seconds if seconds is None else seconds) + (f" ({phases})" if phases else ""),
    ]
    return line(dim(f"cost: {' · '.join(facts)}"))


def costs_document(costs: Costs) -> Document:
    """Return what a run cost."""
    return {
        "requests": costs.requests,
        "received": costs.received,
        "cache-hits": costs.cache_hits,
        "pages": costs.pages,
        "rounds": costs.rounds,
        "phases": [{"name": name, "seconds": seconds} for name, seconds in costs.phases],
    }
