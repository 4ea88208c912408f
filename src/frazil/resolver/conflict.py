"""The conflict-driven engine: decide, propagate, learn from each conflict, jump back to where it began.

The algorithm is PubGrub's over finite domains: a node's versions and its absence are bits, a clause is a set of masks
that are never all true, and a conflict is resolved against its causes until the clause that remains would have
forbidden the mistake at an earlier level. It always ends: with an answer, with the clause without terms, or at the
bound of work.
"""

from collections import deque
from itertools import chain

from frazil.catalog import Catalog
from frazil.model import Rejection, RejectionKind
from frazil.resolver.bound import Bound
from frazil.resolver.clauses import (
    Clause,
    ConstraintFact,
    Fact,
    NeedFact,
    UnpinnedAnswer,
    UnpinnedFact,
    UnusableFact,
    WishFact,
    clause,
    facts_under,
    resolvent,
)
from frazil.resolver.joint import AnyWorld, world_of
from frazil.resolver.outcome import Answered, Exhausted, Outcome, Refused
from frazil.resolver.question import AnyQuestion
from frazil.resolver.soundness import needs_of, unpinned_yanked
from frazil.resolver.world import Need, Node
from frazil.values import dataclass, field

_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class _Step:
    """One entry of the trail: a node's set shrank, by decision (no cause) or because of a clause."""

    node: str
    mask: int
    level: int
    cause: Clause | None


class _NewPinner(Exception):
    """A release read just now pins a yanked version that a clause said nobody pins."""


class _GaveUp(Exception):
    def __init__(self, outcome: Exhausted) -> None:
        self.outcome = outcome


def search(question: AnyQuestion, catalog: Catalog, bound: Bound) -> tuple[AnyWorld, Outcome]:
    """Answer a question, or prove that it has no answer, or give up at the bound."""
    world = world_of(question, catalog)
    rounds = 0
    while True:
        attempt = _Search(world, bound, rounds)
        try:
            outcome = attempt.run()
            if not isinstance(outcome, Refused) or not _finds_pinner(world, outcome, bound):
                return world, outcome
        except _NewPinner:
            pass
        except _GaveUp as gave_up:
            return world, gave_up.outcome
        rounds = attempt.rounds


def _finds_pinner(world: AnyWorld, refusal: Refused, bound: Bound) -> bool:
    """Look in the releases that were not read for a pin that a refusal says nobody has; True when one is found.

    A refusal that leans on "this yanked release is pinned by nobody" is a proof only when everybody was asked.
    """
    leaning = [fact for fact in facts_under(refusal.proof) if isinstance(fact, UnpinnedFact)]
    if not leaning:
        return False
    read = 0
    while unread := world.unread():
        read += len(unread)
        if read > bound.unread:
            raise _GaveUp(Exhausted(refusal.rounds, leaning[0].node, leaning[0].node, 0, len(unread)))
        for key, version in unread:
            world.needs(world.node(key), version)
    return any(len(world.pinners_of(fact.node, fact.version)) != len(fact.pinners) for fact in leaning)


@dataclass(slots=True)
class _Tally:
    """Which node keeps refusing which: what decides who is asked first, and when to stop asking."""

    refused: dict[tuple[str, str], int] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    probed: dict[str, set[str]] = field(default_factory=dict)
    likely: dict[str, int] = field(default_factory=dict)


class _Search:
    def __init__(self, world: AnyWorld, bound: Bound, rounds: int) -> None:
        self.world = world
        self.bound = bound
        self.rounds = rounds
        self.conflicts = 0
        self.everything: dict[str, int] = {}
        self.absent: dict[str, int] = {}
        self.masks: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.decided: dict[str, int] = {}
        self.level = 0
        self.trail: list[_Step] = []
        self.history: dict[str, list[tuple[int, int]]] = {}
        self.about: dict[str, list[Clause]] = {}
        self.needs_known: dict[tuple[str, str, int], Clause] = {}
        self.unusable: dict[tuple[str, RejectionKind], Clause] = {}
        self.expanded: set[tuple[str, int]] = set()
        self.unpinned: dict[tuple[str, int], int] = {}
        self.units: dict[str, Clause] = {}
        self.tally = _Tally()
        self.first_choice: dict[str, int] = {}
        self.narrowed: dict[str, tuple[int, tuple[bool, bool, bool, int]]] = {}
        self.proof: Clause | None = None

    # The loop ---------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        pending: deque[str] = deque()
        told: dict[tuple[str, int], WishFact] = {}
        for need, wish in self.world.wishes:
            self._enter(need.node)
            # Of wishes for the same, the last one speaks for all: one clause says what hundreds would.
            told.pop((need.node, need.mask), None)
            told[need.node, need.mask] = WishFact(need, wish)
        for (node, mask), fact in told.items():
            self._add({node: self.everything[node] & ~mask}, fact, pending)
        while True:
            if self.proof is None:
                self._propagate(pending)
            if self.proof is not None:
                return Refused(self.proof, self.rounds)
            choice = self._next_node()
            if choice is not None:
                self.rounds += 1
                if self.bound.watch is not None:
                    self.bound.watch(self.rounds, choice)
                pending = self._decide(choice)
                continue
            answer = self._answer()
            unpinned = unpinned_yanked(self.world, answer.versions)
            if unpinned is None:
                return answer
            self._forbid_answer(unpinned, pending)

    def _answer(self) -> Answered:
        present = {key: mask for key, mask in self.decided.items() if mask != self.absent[key]}
        versions = {key: mask.bit_length() - 1 for key, mask in present.items()}
        passed_over = frozenset(self.world.node(key).name for key in self.first_choice)
        return Answered(versions, self.rounds, passed_over)

    def _forbid_answer(self, part: UnpinnedAnswer, pending: deque[str]) -> None:
        """Forbid the part of an answer that somebody asks for: in it a yanked version is pinned by nobody."""
        self._add({key: 1 << version for key, version in part.versions}, part, pending)

    # Nodes and clauses ------------------------------------------------------------------------------------

    def _enter(self, key: str) -> Node:
        """Bring a node into the search with what policy says of it."""
        node = self.world.node(key)
        if key not in self.everything:
            self.everything[key] = self.masks[key] = node.versions.all
            self.absent[key] = node.versions.absent
            self.seen[key] = len(self.seen)
            self.history[key] = []
            self.about[key] = []
            for admitted, wish in self.world.constraints_on(node):
                self._add({key: node.versions.every & ~admitted}, ConstraintFact(key, admitted, wish))
        return node

    def _add(self, terms: dict[str, int], because: Fact, pending: deque[str] | None = None) -> Clause:
        added = clause(terms, because, self.everything)
        if any(mask == 0 for _, mask in added.terms):
            return added  # a term that is never true: the clause forbids nothing
        self._attach(added)
        if pending is not None:
            pending.extend(node for node, _ in added.terms)
        elif len(added.terms) == 1:
            # A narrowing that holds on its own is applied at once, wherever the search stands.
            self._apply_at_root(added)
        return added

    def _attach(self, added: Clause) -> None:
        if not added.terms:
            self.proof = added
        for node, _ in added.terms:
            self.about[node].append(added)

    def _apply_at_root(self, unit: Clause) -> None:
        ((node, forbidden),) = unit.terms
        self._narrow(node, self.masks[node] & ~forbidden, unit)

    def _narrow(self, node: str, mask: int, cause: Clause | None) -> None:
        self.masks[node] = mask
        self.history[node].append((len(self.trail), mask))
        self.trail.append(_Step(node, mask, self.level, cause))

    # Propagation ------------------------------------------------------------------------------------------

    def _propagate(self, pending: deque[str]) -> None:
        while pending:
            node = pending.popleft()
            for current in reversed(self.about[node].copy()):
                unsettled = self._unsettled(current)
                if unsettled is None:
                    continue
                if unsettled == "":
                    learned = self._learn(current)
                    if learned is None:
                        return
                    pending.clear()
                    pending.extend(key for key, _ in learned.terms)
                    break
                self._narrow(unsettled, self.masks[unsettled] & ~current.forbidden(unsettled), current)
                pending.append(unsettled)

    def _unsettled(self, current: Clause) -> str | None:
        """Return the one node whose term is open, `""` when all terms are true, None when nothing follows."""
        unsettled = ""
        for node, forbidden in current.terms:
            mask = self.masks[node]
            if not mask & forbidden:
                return None
            if mask & ~forbidden:
                if unsettled:
                    return None
                unsettled = node
        return unsettled

    # Conflicts --------------------------------------------------------------------------------------------

    def _learn(self, violated: Clause) -> Clause | None:
        """Resolve a violated clause with its causes until it forbids the mistake earlier; jump back there.

        Returns the learned clause, or None when the clause without terms was reached.
        """
        self.conflicts += 1
        if self.conflicts > self.bound.conflicts:
            raise _GaveUp(Exhausted(self.rounds))
        current = violated
        while current.terms:
            at, before = self._satisfier(current)
            step = self.trail[at]
            level = self.trail[before].level if before >= 0 else 0
            if step.cause is None or level < step.level:
                self._jump_back(level)
                return current if current is violated else self._remember(current)
            current = resolvent(current, step.cause, step.node, self.everything)
        self.proof = current
        return None

    def _remember(self, learned: Clause) -> Clause:
        """Keep a learned clause; those that speak of one node alone become one, so that they stay few."""
        if len(learned.terms) == 1:
            ((node, _),) = learned.terms
            before = self.units.get(node)
            if before is not None:
                self._detach(before)
                learned = resolvent(before, learned, node, self.everything)
            self.units[node] = learned
        self._attach(learned)
        return learned

    def _satisfier(self, current: Clause) -> tuple[int, int]:
        """Return where on the trail the last term became true, and where all that it also rests on was true."""
        last = before = -1
        for node, forbidden in current.terms:
            at = self._when(node, forbidden)
            if at > last:
                last, before = at, last
            else:
                before = max(before, at)
        step = self.trail[last]
        if step.cause is not None:
            gained = current.forbidden(step.node) | step.cause.forbidden(step.node)
            before = max(before, self._when(step.node, gained))
        return last, before

    def _when(self, node: str, within: int) -> int:
        """Return the first place of the trail after which a node's set lies within another; -1 if it always did."""
        if not self.everything[node] & ~within:
            return -1
        return next(at for at, mask in self.history[node] if not mask & ~within)

    def _jump_back(self, level: int) -> None:
        while self.trail and self.trail[-1].level > level:
            step = self.trail.pop()
            history = self.history[step.node]
            history.pop()
            self.masks[step.node] = history[-1][1] if history else self.everything[step.node]
            self.decided.pop(step.node, None)
        self.level = level

    # Decisions --------------------------------------------------------------------------------------------

    def _next_node(self) -> str | None:
        """Return the node to decide: in trouble, pinned by the lock, with one version left, narrowed, as discovered."""
        open_nodes = [
            key for key, mask in self.masks.items() if key not in self.decided and not mask & self.absent[key]
        ]
        return min(open_nodes, key=self._urgency, default=None)

    def _urgency(self, key: str) -> tuple[int, tuple[bool, bool, bool, int]]:
        standing = 0 if key in self.tally.early else 2 if key in self.tally.late else 1
        mask = self.masks[key]
        known = self.narrowed.get(key)
        if known is None or known[0] != mask:
            known = self.narrowed[key] = mask, self._narrowness(key, mask)
        return standing, known[1]

    def _narrowness(self, key: str, mask: int) -> tuple[bool, bool, bool, int]:
        node = self.world.node(key)
        narrowed = node.order.head is not None and not mask >> node.order.head & 1
        return not self.world.keeps(node, mask), bool(mask & (mask - 1)), not narrowed, self.seen[key]

    def _decide(self, key: str) -> deque[str]:
        """Decide a node if nothing speaks against it; return the nodes about which there is something new."""
        pending: deque[str] = deque((key,))
        node = self.world.node(key)
        version = self._choice(node, pending)
        if version is None or not self._expand(node, version, pending):
            return pending
        opposed = self._opposed(node, version)
        if opposed is None:
            self._take(key, 1 << version)
        else:
            self._refuse(node, opposed)
        return pending

    def _take(self, key: str, mask: int) -> None:
        self.level += 1
        self.decided[key] = mask
        self._narrow(key, mask, None)

    def _choice(self, node: Node, pending: deque[str]) -> int | None:
        """Choose the version to try; None when a clause was added, or another node decided, instead."""
        mask = self.masks[node.key]
        unpinned = None
        first = self.first_choice.get(node.key)
        early = 0 if first is None else 1 << first
        for version in chain(node.order.within(mask & early), node.order.within(mask & ~early)):
            if node.member is None:
                candidate = self.world.candidate(node.key, version)
                if isinstance(candidate, Rejection):
                    self._rule_out(node, version, candidate.kind, pending)
                    return None
                if self.world.must_be_pinned(node, version) and not self._pinned_now(node, version):
                    unpinned = version if unpinned is None else unpinned
                    continue
            return version
        assert unpinned is not None  # noqa: S101 - the mask of an open node is never empty
        return unpinned if self._guarded(node, unpinned, pending) else None

    def _expand(self, node: Node, version: int, pending: deque[str]) -> bool:
        """Add the clauses of a version's needs; False when the version cannot be taken at all."""
        if (node.key, version) in self.expanded:
            return True
        needs = self.world.needs(node, version)
        if isinstance(needs, Rejection):
            self._rule_out(node, version, needs.kind, pending)
            return False
        self.expanded.add((node.key, version))
        if any(self._is_news(need) for need in needs):
            raise _NewPinner
        for need in needs:
            self._add_need(node, version, need, pending)
        return True

    def _add_need(self, node: Node, version: int, need: Need, pending: deque[str]) -> None:
        """Add `these versions need that`, one clause for all versions known to say the same."""
        self._enter(need.node)
        known = self.needs_known.get((node.key, need.node, need.mask))
        versions = 1 << version
        if known is not None:
            versions |= known.forbidden(node.key)
            self._detach(known)
        terms = {node.key: versions}
        against = self.everything[need.node] & ~need.mask
        terms[need.node] = terms[need.node] & against if need.node in terms else against
        fact = NeedFact(node.key, versions, need)
        self.needs_known[node.key, need.node, need.mask] = self._add(terms, fact, pending)

    def _detach(self, old: Clause) -> None:
        for key, _ in old.terms:
            self.about[key] = [c for c in self.about[key] if c is not old]

    def _rule_out(self, node: Node, version: int, kind: RejectionKind, pending: deque[str]) -> None:
        known = self.unusable.get((node.key, kind))
        versions = 1 << version
        if known is not None:
            versions |= known.forbidden(node.key)
            self._detach(known)
        fact = UnusableFact(node.key, versions, kind)
        self.unusable[node.key, kind] = self._add({node.key: versions}, fact, pending)

    # Yanked releases --------------------------------------------------------------------------------------

    def _pinned_now(self, node: Node, version: int) -> bool:
        pinners = self.world.pinners_of(node.key, version)
        return any(not self.masks.get(key, -1) & ~versions for key, versions in pinners.items())

    def _guarded(self, node: Node, version: int, pending: deque[str]) -> bool:
        """Say that a yanked version needs one of its pinners; True when it may be tried under that guard.

        Pinners that nobody asks for are decided to be absent first: a pin alone brings nobody into an answer.
        """
        pinners = tuple(sorted(self.world.pinners_of(node.key, version).items()))
        for key, _ in pinners:
            self._enter(key)
        if self.unpinned.get((node.key, version)) != len(pinners):
            self.unpinned[node.key, version] = len(pinners)
            terms = {node.key: 1 << version}
            for key, versions in pinners:
                against = self.everything[key] & ~versions
                terms[key] = terms[key] & against if key in terms else against
            self._add(terms, UnpinnedFact(node.key, version, pinners), pending)
            return False
        for key, versions in pinners:
            if self.masks[key] & versions and self.masks[key] & self.absent[key]:
                self._take(key, self.absent[key])
                pending.append(key)
                return False
        return any(self.masks[key] & versions for key, versions in pinners)

    def _is_news(self, need: Need) -> bool:
        """Say whether a need pins a yanked version that a clause of this search holds to be unpinned."""
        if not need.pins:
            return False
        return any(
            node == need.node and need.mask >> version & 1 and len(self.world.pinners_of(need.node, version)) != count
            for (node, version), count in self.unpinned.items()
        )

    # Refusals ---------------------------------------------------------------------------------------------

    def _opposed(self, node: Node, version: int) -> Need | None:
        """Return a need of this version that the sets of today cannot fulfil."""
        needs = self.world.needs(node, version)
        assert not isinstance(needs, Rejection)  # noqa: S101 - it was expanded
        return next((need for need in needs if not self.masks[need.node] & need.mask), None)

    def _refuse(self, node: Node, need: Need) -> None:
        """Count a refusal: ask the refused node before its culprit if it happens often, give up in the end."""
        pair = (node.key, need.node)
        count = self.tally.refused[pair] = self.tally.refused.get(pair, 0) + 1
        barred_at = self._barred_at(need)
        if barred_at > 0 and count == _PATIENCE and need.node not in self.first_choice:
            self._ask_before(node.key, need.node)
            self._jump_back(barred_at - 1)
        elif count >= self.bound.refusals and (barred_at == 0 or need.node in self.first_choice):
            self._probe_or_give_up(node, need, count)

    def _ask_before(self, early: str, late: str) -> None:
        self.tally.early.add(early)
        self.tally.late.discard(early)
        self.tally.late.add(late)
        self.tally.early.discard(late)

    def _barred_at(self, need: Need) -> int:
        """Return the level at which the last version that a need admits was taken away."""
        barred = self.everything[need.node] & ~need.mask
        at = self._when(need.node, barred)
        return 0 if at < 0 else self.trail[at].level

    def _probe_or_give_up(self, node: Node, need: Need, count: int) -> None:
        """Look for a release that is not refused for that reason; go on from it, or give the project up.

        Where no release of the project will do, one of those that ask for it may have a release that does not, or
        that leads to one that was found.
        """
        unread = self._unread(node)
        if len(unread) <= self.bound.unread:
            return
        asking = [(each, node.key) for each in self._asking_for(node.key)]
        for refused, culprit in ((node, need.node), *asking):
            probed = self.tally.probed.setdefault(refused.key, set())
            if culprit in probed:
                continue
            probed.add(culprit)
            found = self._probe(refused, culprit)
            if found is not None:
                self._begin_with(refused, found)
                self.tally.refused[node.key, need.node] = 0
                return
        if self._barred_at(need) == 0:
            raise _GaveUp(Exhausted(self.rounds, node.key, need.node, count, len(unread)))

    def _begin_with(self, node: Node, version: int) -> None:
        """Search on from the beginning, with a release found by probing first."""
        self.first_choice[node.key] = version
        self.tally.early.add(node.key)
        self.tally.late.discard(node.key)
        self._jump_back(0)

    def _probe(self, node: Node, culprit: str) -> int | None:
        """Find a release not refused because of a culprit: a final if there is one, for pre-releases come after all."""
        unread = self._unread(node)
        finals = [version for version in unread if not node.versions.prereleases >> version & 1]
        for releases in (finals, unread) if len(finals) < len(unread) else (unread,):
            found = self._bisect(node, releases, culprit)
            if found is not None:
                # What comes before it was refused, as far as was seen; what comes after it may do as well.
                self.tally.likely[node.key] = sum(1 << each for each in releases[releases.index(found) :])
                return found
        return None

    def _unread(self, node: Node) -> list[int]:
        """Return the versions that nothing rules out from the start and that were never read, in order."""
        within = self._from_the_start(node.key)
        return [version for version in node.order.within(within) if not self.world.has_read(node, version)]

    def _from_the_start(self, key: str) -> int:
        """Return what is left of a node before anything is decided."""
        mask = self.everything[key]
        for at, narrowed in self.history[key]:
            if self.trail[at].level == 0:
                mask = narrowed
        return mask

    def _asking_for(self, key: str) -> list[Node]:
        """Return the decided nodes that ask for another."""
        nodes = [(self.world.node(decided), mask) for decided, mask in self.decided.items()]
        present = [(node, mask.bit_length() - 1) for node, mask in nodes if mask != node.versions.absent]
        return [
            node for node, version in present if any(n.node == key for n in needs_of(self.world, node.key, version))
        ]

    def _bisect(self, node: Node, unread: list[int], culprit: str) -> int | None:
        """Find a release not refused because of a culprit: the last one first, then as early in the order as can be."""
        if not unread or self._is_refused(node, unread[-1], culprit):
            return None
        refused, accepted = -1, len(unread) - 1
        for _ in range(self.bound.probes - 1):
            if accepted - refused <= 1:
                break
            middle = (refused + accepted) // 2
            if self._is_refused(node, unread[middle], culprit):
                refused = middle
            else:
                accepted = middle
        return unread[accepted]

    def _is_refused(self, node: Node, version: int, culprit: str) -> bool:
        if node.member is None and isinstance(self.world.candidate(node.key, version), Rejection):
            return True
        needs = self.world.needs(node, version)
        if isinstance(needs, Rejection):
            return True
        return any(n.node == culprit and self._is_barred(n) for n in needs)

    def _is_barred(self, need: Need) -> bool:
        """Say whether nothing that a need admits is left, or only what was found wanting a moment ago."""
        likely = self.tally.likely.get(need.node)
        if likely is not None:
            return not self._from_the_start(need.node) & need.mask & likely
        return need.node in self.tally.probed or not self.masks.get(need.node, -1) & need.mask
