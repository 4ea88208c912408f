"""The sets of a search and what follows from them: a trail of narrowings, clauses that are watched, learning.

A clause tells something new only when all its terms but one are true, and a term can only become true when its node
loses versions. So each clause watches two terms, each by one version that keeps it from being true, and is looked at
when one of those is lost: what a narrowing costs does not depend on how many clauses speak of the node.
"""

from collections import deque

from frazil.resolver.clauses import Clause, resolvent
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the trail: a node's set shrank, by decision (no cause) or because of a clause."""

    node: str
    mask: int
    level: int
    cause: Clause | None


class TooManyConflicts(Exception):
    """The bound of conflicts was reached."""


class _Watched:
    """A clause with its two watches: a node each, what the clause forbids of it, and a version that is not forbidden.

    A clause with one term watches nothing: what follows from it follows at once. `gone` says that it was taken out.
    """

    __slots__ = ("bits", "clause", "forbidden", "gone", "nodes")

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self.gone = False
        self.nodes = ["", ""]
        self.bits = [0, 0]
        self.forbidden = [0, 0]


@dataclass(slots=True)
class _Domain:
    """One node: all it could be, what is left, what was left before anything was decided, and since when.

    `history` holds a place of the trail and what was left from there on; `watchers` the clauses by the version (a
    bit) that they watch.
    """

    everything: int
    mask: int
    at_root: int
    history: list[tuple[int, int]] = field(default_factory=list)
    watchers: dict[int, list[_Watched]] = field(default_factory=dict)


class Propagation:
    """Narrows sets by clauses, and learns a clause from each conflict, at most `most_conflicts` times.

    `proof` is the clause without terms once there is one: then nothing else is of use.
    """

    def __init__(self, most_conflicts: int) -> None:
        self.everything: dict[str, int] = {}
        self.masks: dict[str, int] = {}
        self.decided: dict[str, int] = {}
        self.trail: list[Step] = []
        self.level = 0
        self.proof: Clause | None = None
        self._domains: dict[str, _Domain] = {}
        self._watched: dict[Clause, _Watched] = {}
        self._pending: deque[tuple[str, int]] = deque()
        self._violated: Clause | None = None
        self._fresh: list[tuple[int, _Watched]] = []
        self._units: dict[str, Clause] = {}
        self._conflicts = 0
        self._most_conflicts = most_conflicts

    # Nodes and clauses ------------------------------------------------------------------------------------

    def enter(self, node: str, everything: int) -> None:
        """Bring a node in: it can be anything yet."""
        self.everything[node] = self.masks[node] = everything
        self._domains[node] = _Domain(everything, everything, everything)

    def add(self, added: Clause) -> None:
        """Take a clause in; what follows from it alone is narrowed at once."""
        if not added.terms:
            self.proof = added
            return
        watched = self._watched[added] = _Watched(added)
        self._begin_to_watch(watched)

    def take_out(self, old: Clause) -> None:
        """Forget a clause; what was narrowed because of it stays."""
        watched = self._watched.pop(old, None)
        if watched is not None:
            watched.gone = True

    def at_root(self, node: str) -> int:
        """Return what was left of a node before anything was decided."""
        return self._domains[node].at_root

    def when(self, node: str, within: int) -> int:
        """Return the first place of the trail after which a node's set lies within another; -1 if it always did."""
        domain = self._domains[node]
        outside = ~within
        if not domain.everything & outside:
            return -1
        history = domain.history
        low, high = 0, len(history) - 1
        while low < high:
            middle = (low + high) // 2
            if history[middle][1] & outside:
                low = middle + 1
            else:
                high = middle
        return history[low][0]

    @property
    def is_settled(self) -> bool:
        """Whether everything was drawn that follows."""
        return not self._pending and self._violated is None and self.proof is None

    def decide(self, node: str, mask: int) -> None:
        """Begin a level: a node is one version, or absent. All that followed before must have been drawn."""
        assert self.is_settled  # noqa: S101 - what is pending would be lost on the way back
        self.level += 1
        self.decided[node] = mask
        self._narrow(node, mask, None)

    def jump_back(self, level: int) -> None:
        """Undo what was decided after a level; clauses that came since are looked at again."""
        if level >= self.level:
            return
        trail = self.trail
        while trail and trail[-1].level > level:
            step = trail.pop()
            domain = self._domains[step.node]
            domain.history.pop()
            domain.mask = domain.history[-1][1] if domain.history else domain.everything
            self.masks[step.node] = domain.mask
            self.decided.pop(step.node, None)
        self.level = level
        self._pending.clear()
        self._violated = None
        again = []
        while self._fresh and self._fresh[-1][0] > level:
            again.append(self._fresh.pop()[1])
        for watched in reversed(again):
            if not watched.gone:
                self._begin_to_watch(watched)

    def _narrow(self, node: str, mask: int, cause: Clause | None) -> None:
        domain = self._domains[node]
        self._pending.append((node, domain.mask & ~mask))
        domain.mask = self.masks[node] = mask
        if not self.level:
            domain.at_root = mask
        domain.history.append((len(self.trail), mask))
        self.trail.append(Step(node, mask, self.level, cause))

    # Watching ---------------------------------------------------------------------------------------------

    def _begin_to_watch(self, watched: _Watched) -> None:
        """Watch two terms that are not true, if there are two; else what follows is drawn at once.

        What is drawn above the root is undone with its level, and then the clause is looked at again.
        """
        open_terms: list[tuple[str, int, int]] = []
        true_terms: list[tuple[str, int, int]] = []
        for node, forbidden in watched.clause.terms:
            domain = self._domains[node]
            outside = domain.mask & ~forbidden
            if outside:
                open_terms.append((node, forbidden, outside))
            else:
                true_terms.append((node, forbidden, domain.everything & ~forbidden))
            if len(open_terms) == 2:
                break
        if len(watched.clause.terms) > 1:
            for place, term in enumerate((*open_terms, *true_terms)[:2]):
                self._watch(watched, place, *term)
        if len(open_terms) == 2:
            return
        if self.level:
            self._fresh.append((self.level, watched))
        if not open_terms:
            self._violated = watched.clause
        else:
            self._draw(watched.clause, *open_terms[0][:2])

    def _watch(self, watched: _Watched, place: int, node: str, forbidden: int, outside: int) -> None:
        # The last version that is tried is the last one to be lost.
        bit = 1 << outside.bit_length() - 1
        listed = any(watched.bits[each] == bit and watched.nodes[each] == node for each in (0, 1))
        watched.nodes[place], watched.bits[place], watched.forbidden[place] = node, bit, forbidden
        if not listed:
            self._domains[node].watchers.setdefault(bit, []).append(watched)

    def _draw(self, because: Clause, node: str, forbidden: int) -> None:
        mask = self._domains[node].mask
        if not mask & ~forbidden:
            self._violated = because
        elif mask & forbidden:
            self._narrow(node, mask & ~forbidden, because)

    def propagate(self) -> None:
        """Narrow until nothing follows, learning from each conflict. Raises TooManyConflicts."""
        while self.proof is None:
            if self._violated is not None:
                self._learn(self._violated)
            elif self._pending:
                self._look_at(*self._pending.popleft())
            else:
                return

    def _look_at(self, node: str, lost: int) -> None:
        """Look at the clauses that watched something that a node has lost."""
        watchers = self._domains[node].watchers
        for bit in _common(watchers, lost):
            waiting = watchers.pop(bit)
            for position, watched in enumerate(waiting):
                if self._look_at_one(watched, node, bit):
                    watchers.setdefault(bit, []).append(watched)
                if self._violated is not None:
                    watchers.setdefault(bit, []).extend(waiting[position + 1 :])
                    return

    def _look_at_one(self, watched: _Watched, node: str, bit: int) -> bool:
        """Find another version or another term to watch, or draw what follows; True where the watch stays."""
        place = 0 if watched.nodes[0] == node and watched.bits[0] == bit else 1
        if watched.gone or watched.nodes[place] != node or watched.bits[place] != bit:
            return False
        forbidden = watched.forbidden[place]
        own = self._domains[node]
        if not own.at_root & forbidden:
            watched.gone = True  # a term that can never be true: the clause forbids nothing any more
            return False
        outside = own.mask & ~forbidden
        if outside:
            self._watch(watched, place, node, forbidden, outside)
            return False
        other = watched.nodes[1 - place]
        if not self._domains[other].mask & watched.forbidden[1 - place]:
            return True  # the other term cannot be true as long as this one is
        for another, taken in watched.clause.terms:
            if another not in (node, other):
                outside = self._domains[another].mask & ~taken
                if outside:
                    self._watch(watched, place, another, taken, outside)
                    return False
        self._draw(watched.clause, other, watched.forbidden[1 - place])
        return True

    # Conflicts --------------------------------------------------------------------------------------------

    def _learn(self, violated: Clause) -> None:
        """Resolve a violated clause with its causes until it forbids the mistake earlier; jump back there, keep it."""
        self._conflicts += 1
        if self._conflicts > self._most_conflicts:
            raise TooManyConflicts
        current = violated
        while current.terms:
            at, before = self._satisfier(current)
            step = self.trail[at]
            level = self.trail[before].level if before >= 0 else 0
            if step.cause is None or level < step.level:
                self.jump_back(level)
                if current is not violated:
                    self._remember(current)
                elif current in self._watched:
                    self._begin_to_watch(self._watched[current])
                return
            current = resolvent(current, step.cause, step.node, self.everything)
        self.proof = current

    def _remember(self, learned: Clause) -> None:
        """Keep a learned clause; those that speak of one node alone become one, so that they stay few."""
        if len(learned.terms) == 1:
            ((node, _),) = learned.terms
            before = self._units.get(node)
            if before is not None:
                self.take_out(before)
                learned = resolvent(before, learned, node, self.everything)
            self._units[node] = learned
        self.add(learned)

    def _satisfier(self, current: Clause) -> tuple[int, int]:
        """Return where on the trail the last term became true, and where all that it also rests on was true."""
        last = before = -1
        for node, forbidden in current.terms:
            at = self.when(node, forbidden)
            if at > last:
                last, before = at, last
            else:
                before = max(before, at)
        step = self.trail[last]
        if step.cause is not None:
            gained = current.forbidden(step.node) | step.cause.forbidden(step.node)
            before = max(before, self.when(step.node, gained))
        return last, before


def _common(watchers: dict[int, list[_Watched]], lost: int) -> list[int]:
    """Return the bits of a set that somebody watches; mostly it has one."""
    if not lost & (lost - 1):
        return [lost] if lost in watchers else []
    return [bit for bit in watchers if bit & lost]
