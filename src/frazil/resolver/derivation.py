"""From a proof to the few steps that a person needs to follow it.

A proof of the search speaks of one version after another. Here its facts are taken together, project by project, and
sets of versions are narrowed in rounds until some project has none left: what that took, and nothing else, are the
steps, so the shortest chain is told. A proof that needs cases is told fact by fact.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from frazil.model import RejectionKind
from frazil.resolver.clauses import (
    ConstraintFact,
    Fact,
    NeedFact,
    UnpinnedFact,
    UnusableFact,
    WishFact,
)
from frazil.resolver.joint import AnyWorld
from frazil.resolver.needs import Need
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True)
class NeedStep:
    """The `versions` of a node need another in one of the versions `admitted`; `spoken` are those that are left.

    What is said holds for all `versions`, and only the `spoken` ones matter here; `needs` are theirs.
    """

    node: str
    versions: int
    spoken: int
    wanted: str
    admitted: int
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class LossStep:
    """Some versions of a node cannot be taken here; `kind` is YANKED for those that nothing pins exactly."""

    node: str
    versions: int
    kind: RejectionKind


Step = NeedStep | LossStep


def steps_of(world: AnyWorld, facts: tuple[Fact, ...]) -> tuple[Step, ...]:
    """Return the steps from what is declared to the contradiction, in the order in which they follow."""
    shortest = _Narrowing(world, facts).shortest()
    return tuple(_told_one_by_one(facts)) if shortest is None else shortest


def _told_one_by_one(facts: tuple[Fact, ...]) -> Iterator[Step]:
    for fact in facts:
        match fact:
            case NeedFact(node, versions, need) if need.edge is not None:
                yield NeedStep(node, versions, versions, need.node, need.mask, (need,))
            case UnusableFact(node, versions, kind):
                yield LossStep(node, versions, kind)
            case UnpinnedFact(node, version, _):
                yield LossStep(node, 1 << version, RejectionKind.YANKED)
            case _:
                pass


@dataclass(slots=True)
class _Table:
    """What each version of one node needs of another: the versions that it admits, and the needs that say so."""

    node: str
    wanted: str
    admitted: dict[int, int] = field(default_factory=dict)
    rows: list[tuple[int, Need]] = field(default_factory=list)

    def add(self, versions: int, need: Need, everything: int) -> None:
        self.rows.append((versions, need))
        for version in bits(versions):
            self.admitted[version] = self.admitted.get(version, everything) & need.mask

    def needs(self, versions: int) -> tuple[Need, ...]:
        return tuple(need for row, need in self.rows if row & versions)


@dataclass(frozen=True, slots=True)
class _Removal:
    """Versions (or absence) that a node cannot have, since when, for which step, and what that rests on."""

    node: str
    mask: int
    round: int
    step: Step | None = None
    causes: tuple[tuple[str, int], ...] = ()


class _Narrowing:
    def __init__(self, world: AnyWorld, facts: tuple[Fact, ...]) -> None:
        self.world = world
        self.left: dict[str, int] = {}
        self.removals: dict[str, list[_Removal]] = {}
        self.tables: dict[tuple[str, str], _Table] = {}
        self.unpinned: list[UnpinnedFact] = []
        self.wished: list[str] = []
        for fact in facts:
            self._learn(fact)

    def _learn(self, fact: Fact) -> None:
        match fact:
            case WishFact(need, _):
                self.wished.append(need.node)
                self._apply(_Removal(need.node, self._everything(need.node) & ~need.mask, 0))
            case ConstraintFact(node, admitted, _):
                self._apply(_Removal(node, self.world.node(node).versions.every & ~admitted, 0))
            case UnusableFact(node, versions, kind):
                self._apply(_Removal(node, versions, 0, LossStep(node, versions, kind)))
            case NeedFact(node, versions, need):
                table = self.tables.setdefault((node, need.node), _Table(node, need.node))
                table.add(versions, need, self.world.node(need.node).versions.every)
            case UnpinnedFact():
                self.unpinned.append(fact)
            case _:
                pass

    def _everything(self, node: str) -> int:
        return self.world.node(node).versions.all

    def _left(self, node: str) -> int:
        return self.left.get(node, self._everything(node))

    def _apply(self, removal: _Removal) -> None:
        self.left[removal.node] = self._left(removal.node) & ~removal.mask
        self.removals.setdefault(removal.node, []).append(removal)

    # Rounds -----------------------------------------------------------------------------------------------

    def shortest(self) -> tuple[Step, ...] | None:
        """Narrow in rounds until a node has nothing left; return the fewest steps that lead there, None if none do."""
        number = 0
        while not (empty := sorted(node for node, mask in self.left.items() if not mask)):
            number += 1
            found = [removal for removal in self._round(number) if removal.mask & self._left(removal.node)]
            if not found:
                return None
            for removal in found:
                self._apply(removal)
        return min((self._steps_to(node) for node in empty), key=len)

    def _round(self, number: int) -> Iterator[_Removal]:
        """Yield what follows from the sets as they are before this round."""
        for table in self.tables.values():
            yield from self._wanted(table, number)
            yield from self._unmet(table, number)
        lonely: dict[str, list[UnpinnedFact]] = {}
        for fact in self.unpinned:
            if not any(self._left(pinner) & pinning for pinner, pinning in fact.pinners):
                lonely.setdefault(fact.node, []).append(fact)
        for node, facts in lonely.items():
            mask = sum(1 << version for version in {fact.version for fact in facts})
            causes = tuple(cause for fact in facts for cause in fact.pinners)
            yield _Removal(node, mask, number, LossStep(node, mask, RejectionKind.YANKED), causes)

    def _wanted(self, table: _Table, number: int) -> Iterator[_Removal]:
        """All versions that are left of a node that is there need another one in certain versions."""
        spoken = self._left(table.node)
        if any(version not in table.admitted for version in bits(spoken)):
            return
        admitted = 0
        for version in bits(spoken):
            admitted |= table.admitted[version]
        mask = self._everything(table.wanted) & ~admitted
        versions = sum(1 << version for version, each in table.admitted.items() if not each & mask)
        step = NeedStep(table.node, versions, spoken, table.wanted, admitted, table.needs(spoken))
        causes = ((table.node, self._everything(table.node) & ~versions),)
        yield _Removal(table.wanted, mask, number, step, causes)

    def _unmet(self, table: _Table, number: int) -> Iterator[_Removal]:
        """Some versions of a node need what is not left of another."""
        there = self._left(table.wanted)
        versions = sum(
            1 << version for version in bits(self._left(table.node)) if not table.admitted.get(version, -1) & there
        )
        admitted = 0
        for version in bits(versions):
            admitted |= table.admitted[version]
        step = NeedStep(table.node, versions, versions, table.wanted, admitted, table.needs(versions))
        yield _Removal(table.node, versions, number, step, ((table.wanted, admitted),))

    # Back from the contradiction --------------------------------------------------------------------------

    def _steps_to(self, node: str) -> tuple[Step, ...]:
        """Return the steps by which a node lost all it could be, from what is wished for outwards, each once."""
        used: list[_Removal] = []
        waiting = [(node, self._everything(node), 1 << 30)]
        while waiting:
            about, lost, before = waiting.pop()
            for removal in self._which_took(about, lost, before):
                if removal not in used:
                    used.append(removal)
                    waiting.extend((cause, mask, removal.round) for cause, mask in removal.causes)
        steps = dict.fromkeys(each.step for each in sorted(used, key=_since_when) if each.step is not None)
        depth = _depths(self.wished, steps)
        in_order = sorted(steps, key=lambda step: depth.get(step.node, len(depth)))
        return tuple(step for step in in_order if not _is_silent(step))

    def _which_took(self, node: str, lost: int, before: int) -> Iterator[_Removal]:
        """Choose few removals, those that need no words first, that together took away what a node lost."""
        known = [removal for removal in self.removals.get(node, ()) if removal.round < before]
        while lost:
            best = max(known, key=lambda each: _merit(each, lost))
            lost &= ~best.mask
            yield best


def _merit(removal: _Removal, lost: int) -> tuple[bool, bool, int, int]:
    took = (removal.mask & lost).bit_count()
    return took > 0, removal.step is None and not removal.causes, took, -removal.round


def _since_when(removal: _Removal) -> tuple[int, str]:
    return removal.round, removal.node


def _depths(wished: Iterable[str], steps: Iterable[Step]) -> dict[str, int]:
    """Return how far each node is from what is wished for, along the needs of some steps."""
    asked: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step, NeedStep):
            asked.setdefault(step.node, []).append(step.wanted)
    depth = dict.fromkeys(wished, 0)
    waiting = deque(depth)
    while waiting:
        node = waiting.popleft()
        for wanted in asked.get(node, ()):
            if wanted not in depth:
                depth[wanted] = depth[node] + 1
                waiting.append(wanted)
    return depth


def _is_silent(step: Step) -> bool:
    """Say whether a step goes without saying: an extra needs its project, an environment the shared version."""
    return isinstance(step, NeedStep) and all(need.edge is None for need in step.needs)


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
