"""What a run cost: requests, bytes, pages, rounds of the engine, and seconds by phase."""

from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one call spent. `received` is bytes; `phases` are (name, seconds) in the order they ran.

    `pages` are index pages that were read (from the network or the HTTP cache); `rounds` are the engine's.
    """

    requests: int = 0
    received: int = 0
    cache_hits: int = 0
    pages: int = 0
    rounds: int = 0
    phases: tuple[tuple[str, float], ...] = ()

    @property
    def seconds(self) -> float:
        """The sum of the phases."""
        return sum(seconds for _, seconds in self.phases)

    def __add__(self, other: "Costs") -> "Costs":
        """Return what two calls spent together; phases of one name add up, in the order of their first appearance."""
        phases = dict(self.phases)
        for name, seconds in other.phases:
            phases[name] = phases.get(name, 0.0) + seconds
        return Costs(
            requests=self.requests + other.requests,
            received=self.received + other.received,
            cache_hits=self.cache_hits + other.cache_hits,
            pages=self.pages + other.pages,
            rounds=self.rounds + other.rounds,
            phases=tuple(phases.items()),
        )
