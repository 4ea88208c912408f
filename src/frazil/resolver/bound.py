"""How much work a search may do before it says that it gave up."""

from collections.abc import Callable

from frazil.values import dataclass

Watch = Callable[[int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The stated bound of work of one search.

    `conflicts` ends the conflict-driven search, `rounds` resolvelib's. A project of which `refusals` releases were
    refused for one same reason is given up while more than `unread` of its releases were not read yet (reading the
    few that remain is cheaper than not knowing); `probes` releases are tried first, from the oldest on. Of a project
    of which `many` releases were tried, up to `ahead` more are read ahead. `watch`, if any, is told the number of each
    round and the node that it decides.
    """

    conflicts: int = 200_000
    rounds: int = 5_000
    refusals: int = 64
    unread: int = 512
    probes: int = 12
    many: int = 16
    ahead: int = 16
    watch: Watch | None = None


UNBOUNDED = 1 << 60


def proving(bound: Bound) -> Bound:
    """Return a bound under which a project is never given up for one reason: a proof is wanted at any price."""
    return Bound(
        conflicts=bound.conflicts * 50,
        rounds=bound.rounds,
        refusals=UNBOUNDED,
        unread=UNBOUNDED,
        probes=bound.probes,
        many=4,
        ahead=bound.ahead * 16,
        watch=bound.watch,
    )


def explaining(bound: Bound) -> Bound:
    """Return the bound of one try while a refusal is explained: there are many, and none may take long."""
    return Bound(
        conflicts=min(bound.conflicts, 4_000),
        rounds=bound.rounds,
        refusals=bound.refusals,
        unread=bound.unread,
        probes=bound.probes,
    )
