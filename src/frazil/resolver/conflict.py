"""The conflict-driven engine: decide, propagate, learn from each conflict, jump back to where it began.

The algorithm is PubGrub's over finite domains: a node's versions and its absence are bits, a clause is a set of masks
that are never all true, and a conflict is resolved against its causes until the clause that remains would have
forbidden the mistake at an earlier level. It always ends: with an answer, with the clause without terms, or at the
bound of work.
"""

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
)
from frazil.resolver.joint import AnyWorld, world_of
from frazil.resolver.needs import Need
from frazil.resolver.outcome import Answered, Exhausted, Outcome, Refused
from frazil.resolver.propagation import Propagation, TooManyConflicts
from frazil.resolver.question import AnyQuestion
from frazil.resolver.soundness import needs_of, unpinned_yanked
from frazil.resolver.world import Learnt, Node
from frazil.values import dataclass, field

_PATIENCE = 5


class _NewPinner(Exception):
    """A release read just now pins a yanked version that a clause said nobody pins."""


class _GaveUp(Exception):
    def __init__(self, outcome: Exhausted) -> None:
        self.outcome = outcome


def search(
    question: AnyQuestion, catalog: Catalog, bound: Bound, like: AnyWorld | None = None
) -> tuple[AnyWorld, Outcome]:
    """Answer a question, or prove that it has no answer, or give up at the bound.

    What was read for a world `like` this one, for a question that only wishes something else, is known from the start.
    """
    world = world_of(question, catalog, like)
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
        finally:
            attempt.tell(world.learnt)
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
            needs = world.needs(world.node(key), version)
            # Nodes that were met here for the first time have releases too.
            for need in () if isinstance(needs, Rejection) else needs:
                world.node(need.node)
    return any(_pinners(world, fact.node, fact.version) != fact.pinners for fact in leaning)


def _pinners(world: AnyWorld, key: str, version: int) -> tuple[tuple[str, int], ...]:
    """Return the nodes known to pin a yanked release, with their versions that do, in order."""
    return tuple(sorted(world.pinners_of(key, version).items()))


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
        self.sets = Propagation(bound.conflicts)
        self.absent: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.needs_known: dict[tuple[str, str, int], Clause] = {}
        self.unusable: dict[tuple[str, RejectionKind], Clause] = {}
        self.tried: dict[str, int] = {}
        self.read_ahead: dict[str, int] = {}
        self.expanded: set[tuple[str, int]] = set()
        self.unpinned: dict[tuple[str, int], tuple[tuple[str, int], ...]] = {}
        self.tally = _Tally()
        self.first_choice: dict[str, int] = {}
        self.narrowed: dict[str, tuple[int, tuple[bool, bool, bool, int]]] = {}

    # The loop ---------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        told: dict[tuple[str, int], WishFact] = {}
        for need, wish in self.world.wishes:
            self._enter(need.node)
            # Of wishes for the same, the last one speaks for all: one clause says what hundreds would.
            told.pop((need.node, need.mask), None)
            told[need.node, need.mask] = WishFact(need, wish)
        for (node, mask), fact in told.items():
            self._add({node: self.sets.everything[node] & ~mask}, fact)
        self._begin_with(self.world.learnt)
        while True:
            try:
                self.sets.propagate()
            except TooManyConflicts:
                raise _GaveUp(Exhausted(self.rounds)) from None
            if self.sets.proof is not None:
                return Refused(self.sets.proof, self.rounds)
            choice = self._next_node()
            if choice is not None:
                self.rounds += 1
                if self.bound.watch is not None:
                    self.bound.watch(self.rounds, choice)
                self._decide(choice)
                continue
            answer = self._answer()
            unpinned = unpinned_yanked(self.world, answer.versions)
            if unpinned is None:
                return answer
            self._forbid_answer(unpinned)

    def _answer(self) -> Answered:
        present = {key: mask for key, mask in self.sets.decided.items() if mask != self.absent[key]}
        versions = {key: mask.bit_length() - 1 for key, mask in present.items()}
        passed_over = frozenset(self.world.node(key).name for key in self.first_choice)
        return Answered(versions, self.rounds, passed_over)

    def _forbid_answer(self, part: UnpinnedAnswer) -> None:
        """Forbid the part of an answer that somebody asks for: in it a yanked version is pinned by nobody."""
        self._add({key: 1 << version for key, version in part.versions}, part)

    # Nodes and clauses ------------------------------------------------------------------------------------

    def _enter(self, key: str) -> Node:
        """Bring a node into the search with what policy says of it."""
        node = self.world.node(key)
        if key not in self.seen:
            self.sets.enter(key, node.versions.all)
            self.absent[key] = node.versions.absent
            self.seen[key] = len(self.seen)
            for admitted, wish in self.world.constraints_on(node):
                self._add({key: node.versions.every & ~admitted}, ConstraintFact(key, admitted, wish))
        return node

    def _add(self, terms: dict[str, int], because: Fact) -> Clause:
        added = clause(terms, because, self.sets.everything)
        if all(mask for _, mask in added.terms):  # with a term that is never true it would forbid nothing
            self.sets.add(added)
        return added

    # Decisions --------------------------------------------------------------------------------------------

    def _next_node(self) -> str | None:
        """Return the node to decide: in trouble, pinned by the lock, with one version left, narrowed, as discovered."""
        open_nodes = [
            key for key, mask in self.sets.masks.items() if key not in self.sets.decided and not mask & self.absent[key]
        ]
        return min(open_nodes, key=self._urgency, default=None)

    def _urgency(self, key: str) -> tuple[int, tuple[bool, bool, bool, int]]:
        standing = 0 if key in self.tally.early else 2 if key in self.tally.late else 1
        mask = self.sets.masks[key]
        known = self.narrowed.get(key)
        if known is None or known[0] != mask:
            known = self.narrowed[key] = mask, self._narrowness(key, mask)
        return standing, known[1]

    def _narrowness(self, key: str, mask: int) -> tuple[bool, bool, bool, int]:
        node = self.world.node(key)
        narrowed = node.order.head is not None and not mask >> node.order.head & 1
        return not self.world.keeps(node, mask), bool(mask & (mask - 1)), not narrowed, self.seen[key]

    def _decide(self, key: str) -> None:
        """Decide a node if nothing speaks against it and nothing follows from what it needs."""
        node = self.world.node(key)
        version = self._choice(node)
        if version is None or not self._expand(node, version):
            return
        opposed = self._opposed(node, version)
        if opposed is not None:
            self._refuse(node, opposed)
        elif self.sets.is_settled:
            self.sets.decide(key, 1 << version)

    def _choice(self, node: Node) -> int | None:
        """Choose the version to try; None when a clause was added, or another node decided, instead."""
        mask = self.sets.masks[node.key]
        unpinned = None
        first = self.first_choice.get(node.key)
        early = 0 if first is None else 1 << first
        for version in chain(node.order.within(mask & early), node.order.within(mask & ~early)):
            if node.member is None:
                candidate = self.world.candidate(node.key, version)
                if isinstance(candidate, Rejection):
                    self._rule_out(node, 1 << version, candidate.kind)
                    return None
                if self.world.must_be_pinned(node, version) and not self._pinned_now(node, version):
                    unpinned = version if unpinned is None else unpinned
                    continue
            return version
        assert unpinned is not None  # noqa: S101 - the mask of an open node is never empty
        return unpinned if self._guarded(node, unpinned) else None

    def _expand(self, node: Node, version: int) -> bool:
        """Add the clauses of a version's needs; False when the version cannot be taken at all."""
        if (node.key, version) in self.expanded:
            return True
        needs = self.world.needs(node, version)
        if isinstance(needs, Rejection):
            self._rule_out(node, 1 << version, needs.kind)
            return False
        if any(self._is_news(need) for need in needs):
            raise _NewPinner
        self.expanded.add((node.key, version))
        self._read_ahead(node)
        for need in needs:
            self._add_need(node, 1 << version, need)
        return True

    def _read_ahead(self, node: Node) -> None:
        """Have what follows read while this is looked at, once so many releases of a project were tried."""
        tried = self.tried[node.key] = self.tried.get(node.key, 0) + 1
        if tried < self.bound.many or tried < self.read_ahead.get(node.key, 0) or node.extra is not None:
            return
        most = min(2 * tried, self.bound.ahead)
        self.read_ahead[node.key] = tried + most // 2
        self.world.foresee(node, self._unread(node)[:most])

    def _add_need(self, node: Node, versions: int, need: Need) -> None:
        """Add `these versions need that`, one clause for all versions known to say the same."""
        self._enter(need.node)
        known = self.needs_known.get((node.key, need.node, need.mask))
        if known is not None:
            versions |= known.forbidden(node.key)
            self.sets.take_out(known)
        terms = {node.key: versions}
        against = self.sets.everything[need.node] & ~need.mask
        terms[need.node] = terms[need.node] & against if need.node in terms else against
        fact = NeedFact(node.key, versions, need)
        self.needs_known[node.key, need.node, need.mask] = self._add(terms, fact)

    def _rule_out(self, node: Node, versions: int, kind: RejectionKind) -> None:
        known = self.unusable.get((node.key, kind))
        if known is not None:
            versions |= known.forbidden(node.key)
            self.sets.take_out(known)
        fact = UnusableFact(node.key, versions, kind)
        self.unusable[node.key, kind] = self._add({node.key: versions}, fact)

    # What an earlier search has read ----------------------------------------------------------------------

    def _begin_with(self, learnt: Learnt) -> None:
        for (key, _, _), (versions, need) in learnt.needs.items():
            self._add_need(self._enter(key), versions, need)
        for (key, kind), versions in learnt.unusable.items():
            self._rule_out(self._enter(key), versions, kind)
        self.expanded |= learnt.read

    def tell(self, learnt: Learnt) -> None:
        """Add what this search has read."""
        for key, known in self.needs_known.items():
            if isinstance(known.because, NeedFact):
                learnt.needs[key] = known.because.versions, known.because.need
        for place, unusable in self.unusable.items():
            if isinstance(unusable.because, UnusableFact):
                learnt.unusable[place] = unusable.because.versions
        learnt.read |= self.expanded

    # Yanked releases --------------------------------------------------------------------------------------

    def _pinned_now(self, node: Node, version: int) -> bool:
        pinners = self.world.pinners_of(node.key, version)
        return any(not self.sets.masks.get(key, -1) & ~versions for key, versions in pinners.items())

    def _guarded(self, node: Node, version: int) -> bool:
        """Say that a yanked version needs one of its pinners; True when it may be tried under that guard.

        Pinners that nobody asks for are decided to be absent first: a pin alone brings nobody into an answer.
        """
        pinners = tuple(sorted(self.world.pinners_of(node.key, version).items()))
        for key, _ in pinners:
            self._enter(key)
        if self.unpinned.get((node.key, version)) != pinners:
            self.unpinned[node.key, version] = pinners
            terms = {node.key: 1 << version}
            for key, versions in pinners:
                against = self.sets.everything[key] & ~versions
                terms[key] = terms[key] & against if key in terms else against
            self._add(terms, UnpinnedFact(node.key, version, pinners))
            return False
        for key, versions in pinners:
            if self.sets.masks[key] & versions and self.sets.masks[key] & self.absent[key]:
                self.sets.decide(key, self.absent[key])
                return False
        return any(self.sets.masks[key] & versions for key, versions in pinners)

    def _is_news(self, need: Need) -> bool:
        """Say whether a need pins a yanked version that a clause of this search holds to be unpinned."""
        if not need.pins:
            return False
        return any(
            node == need.node and need.mask >> version & 1 and _pinners(self.world, node, version) != pinners
            for (node, version), pinners in self.unpinned.items()
        )

    # Refusals ---------------------------------------------------------------------------------------------

    def _opposed(self, node: Node, version: int) -> Need | None:
        """Return a need of this version that the sets of today cannot fulfil."""
        needs = self.world.needs(node, version)
        assert not isinstance(needs, Rejection)  # noqa: S101 - it was expanded
        return next((need for need in needs if not self.sets.masks[need.node] & need.mask), None)

    def _refuse(self, node: Node, need: Need) -> None:
        """Count a refusal: ask the refused node before its culprit if it happens often, give up in the end."""
        pair = (node.key, need.node)
        count = self.tally.refused[pair] = self.tally.refused.get(pair, 0) + 1
        barred_at = self._barred_at(need)
        if barred_at > 0 and count == _PATIENCE and need.node not in self.first_choice:
            self._ask_before(node.key, need.node)
            self.sets.jump_back(barred_at - 1)
        elif count >= self.bound.refusals and (barred_at == 0 or need.node in self.first_choice):
            self._probe_or_give_up(node, need, count)

    def _ask_before(self, early: str, late: str) -> None:
        self.tally.early.add(early)
        self.tally.late.discard(early)
        self.tally.late.add(late)
        self.tally.early.discard(late)

    def _barred_at(self, need: Need) -> int:
        """Return the level at which the last version that a need admits was taken away."""
        barred = self.sets.everything[need.node] & ~need.mask
        at = self.sets.when(need.node, barred)
        return 0 if at < 0 else self.sets.trail[at].level

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
                self._search_from(refused, found)
                self.tally.refused[node.key, need.node] = 0
                return
        if self._barred_at(need) == 0:
            raise _GaveUp(
                Exhausted(self.rounds, node.key, need.node, count, len(unread), self._behind(node.key, need.node))
            )

    def _behind(self, refused: str, culprit: str) -> str | None:
        """Return who refused most releases of a culprit, if that happened again and again too."""
        counts = {
            other: count
            for (node, other), count in self.tally.refused.items()
            if node == culprit and other != refused and count >= _PATIENCE
        }
        return max(sorted(counts), key=counts.__getitem__, default=None)

    def _search_from(self, node: Node, version: int) -> None:
        """Search on from the beginning, with a release found by probing first."""
        self.first_choice[node.key] = version
        self.tally.early.add(node.key)
        self.tally.late.discard(node.key)
        self.sets.jump_back(0)

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
        within = self.sets.at_root(node.key)
        return [version for version in node.order.within(within) if not self.world.has_read(node, version)]

    def _asking_for(self, key: str) -> list[Node]:
        """Return the decided nodes that ask for another."""
        nodes = [(self.world.node(decided), mask) for decided, mask in self.sets.decided.items()]
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
            return not self.sets.at_root(need.node) & need.mask & likely
        if need.node in self.tally.probed:
            return True
        # The search will go on from the beginning, where only what was found by probing is decided.
        decided = need.node in self.first_choice or need.node not in self.seen
        left = self.sets.masks.get(need.node, -1) if decided else self.sets.at_root(need.node)
        return not left & need.mask
