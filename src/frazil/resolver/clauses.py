"""What cannot be: sets of terms that no answer fulfils together, each a fact of the world or derived from two others.

A term says that a node's version is one of a set (absence is a version of its own). The terms of a clause are never
all true. Two clauses that share a node give a third (resolution); the clause without terms says that there is no
answer, and the tree of clauses above it is the proof.
"""

from collections.abc import Iterable, Mapping

from frazil.model import RejectionKind
from frazil.resolver.needs import Need
from frazil.resolver.question import Wish
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class WishFact:
    """A target wants a node in one of some versions."""

    need: Need
    wish: Wish


@dataclass(frozen=True, slots=True)
class ConstraintFact:
    """Policy narrows a node, if it is there at all."""

    node: str
    admitted: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class NeedFact:
    """Some versions of a node need another node in one of some versions."""

    node: str
    versions: int
    need: Need


@dataclass(frozen=True, slots=True)
class UnusableFact:
    """Some versions of a node cannot be taken here, all for one kind of reason."""

    node: str
    versions: int
    kind: RejectionKind


@dataclass(frozen=True, slots=True)
class UnpinnedFact:
    """A yanked version counts only while one of these nodes is in a version that pins it (PEP 592)."""

    node: str
    version: int
    pinners: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class UnpinnedAnswer:
    """All that is asked for, in these versions, contains a yanked version that nothing in it pins."""

    versions: tuple[tuple[str, int], ...]


Fact = WishFact | ConstraintFact | NeedFact | UnusableFact | UnpinnedFact | UnpinnedAnswer


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Derived:
    """Made from two clauses by resolving on a node."""

    left: "Clause"
    right: "Clause"
    pivot: str


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """Terms that are never all true, and why."""

    terms: tuple[tuple[str, int], ...]
    because: Fact | Derived

    def forbidden(self, node: str) -> int:
        """Return the versions of a node that this clause speaks of, 0 if it does not mention it."""
        return next((mask for key, mask in self.terms if key == node), 0)


def clause(terms: Mapping[str, int], because: Fact | Derived, everything: Mapping[str, int]) -> Clause:
    """Build a clause; a term that is always true says nothing and is left out."""
    return Clause(tuple((node, mask) for node, mask in terms.items() if mask != everything[node]), because)


def resolvent(left: Clause, right: Clause, pivot: str, everything: Mapping[str, int]) -> Clause:
    """Derive what follows from two clauses that share a node.

    The pivot's term holds when either clause's does, every other term only when both do: were all of them true, one
    of the two clauses would have all its terms true.
    """
    terms = dict(left.terms)
    for node, mask in right.terms:
        if node == pivot:
            terms[node] = terms[node] | mask
        else:
            terms[node] = terms[node] & mask if node in terms else mask
    return clause(terms, Derived(left, right, pivot), everything)


def facts_under(root: Clause) -> tuple[Fact, ...]:
    """Return the facts that a derived clause stands on, each once, in the order of the derivation."""
    return tuple(c.because for c in clauses_under(root) if not isinstance(c.because, Derived))


def clauses_under(root: Clause) -> Iterable[Clause]:
    """Yield every clause of a derivation once, premises before conclusions."""
    seen: set[int] = set()
    stack: list[tuple[Clause, bool]] = [(root, False)]
    while stack:
        current, expanded = stack.pop()
        if id(current) in seen and not expanded:
            continue
        if expanded or not isinstance(current.because, Derived):
            seen.add(id(current))
            yield current
            continue
        seen.add(id(current))
        stack.append((current, True))
        stack.extend(((current.because.right, False), (current.because.left, False)))


def nodes_under(root: Clause) -> frozenset[str]:
    """Return every node that a derivation speaks of, also those whose terms said nothing."""
    found: set[str] = set()
    for current in clauses_under(root):
        found.update(node for node, _ in current.terms)
        match current.because:
            case WishFact(need, _) | NeedFact(_, _, need):
                found.add(need.node)
            case _:
                pass
    return frozenset(found)
