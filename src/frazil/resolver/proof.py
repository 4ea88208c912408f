"""The proof checker: replays a refusal step by step against the catalog, sharing no code with the search.

A derived clause must follow from its two premises; a fact must be what the question, the policy or the metadata of
the catalog says. When the last clause has no terms and every step holds, there is no answer.
"""

from collections.abc import Iterable, Mapping

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from frazil.address import is_from
from frazil.catalog import UNVERSIONED, Catalog, Listing, NoProject, Unreadable
from frazil.model import IndexSource, Metadata, Rejection
from frazil.requirement import Requirement, marker_holds, parse_requirement
from frazil.resolver.candidates import choose_file
from frazil.resolver.clauses import (
    Clause,
    ConstraintFact,
    Derived,
    Fact,
    NeedFact,
    UnpinnedAnswer,
    UnpinnedFact,
    UnusableFact,
    WishFact,
)
from frazil.resolver.joint import APART
from frazil.resolver.needs import Need
from frazil.resolver.question import AnyQuestion, JointQuestion, Question, Wish
from frazil.values import dataclass, field, replace


class ProofError(Exception):
    """A step of a proof does not hold; the argument says which and why."""


def check_proof(proof: Clause, question: AnyQuestion, catalog: Catalog) -> int:
    """Check a whole proof and return its number of steps. Raises ProofError."""
    if proof.terms:
        raise ProofError("the last clause still has terms: it refuses nothing")
    checker = _JointChecker(question, catalog) if isinstance(question, JointQuestion) else _Checker(question, catalog)
    steps = _in_order(proof)
    for step in steps:
        if isinstance(step.because, Derived):
            _check_derived(step, step.because, checker)
        else:
            checker.check(step.terms, step.because)
    return len(steps)


def _in_order(proof: Clause) -> list[Clause]:
    """Return every clause of a proof once, premises first."""
    order: list[Clause] = []
    state: dict[int, bool] = {}
    stack = [proof]
    while stack:
        clause = stack[-1]
        if state.get(id(clause)):
            stack.pop()
            continue
        premises = [clause.because.left, clause.because.right] if isinstance(clause.because, Derived) else []
        waiting = [premise for premise in premises if id(premise) not in state]
        if waiting:
            state[id(clause)] = False
            stack.extend(waiting)
            continue
        if any(not state[id(premise)] for premise in premises):
            raise ProofError("a clause is among its own premises")
        state[id(clause)] = True
        order.append(stack.pop())
    return order


def _check_derived(step: Clause, derived: Derived, checker: "_Checker | _JointChecker") -> None:
    said, left, right = dict(step.terms), dict(derived.left.terms), dict(derived.right.terms)
    for node in {*said, *left, *right}:
        everything = checker.everything(node)
        one, other = left.get(node, everything), right.get(node, everything)
        allowed = one | other if node == derived.pivot else one & other
        if said.get(node, everything) & ~allowed:
            raise ProofError(f"a derived clause says more of {node} than follows from its premises")


_Terms = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Checker:
    question: Question
    catalog: Catalog
    versions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: dict[tuple[str, int], Metadata | None] = field(default_factory=dict)
    pinners: dict[tuple[str, int], dict[str, int]] | None = None

    # The domain of a node ---------------------------------------------------------------------------------

    def versions_of(self, node: str) -> tuple[str, ...]:
        name = node.partition("[")[0]
        if name not in self.versions:
            member = self.question.members.get(name)
            listing = None if member is not None else self.question.direct.get(name) or self.catalog.project(name)
            if member is not None:
                self.versions[name] = (member.version or "0",)
            else:
                self.versions[name] = () if isinstance(listing, NoProject) or listing is None else listing.versions
        return self.versions[name]

    def everything(self, node: str) -> int:
        return (1 << len(self.versions_of(node)) + 1) - 1

    def admitted(self, node: str, requirement: Requirement) -> int:
        member = self.question.members.get(node.partition("[")[0])
        if (member is not None and member.version is None) or self.versions_of(node) == (UNVERSIONED,):
            return 1
        specifiers = SpecifierSet(requirement.specifier)
        return sum(1 << i for i, v in enumerate(self.versions_of(node)) if specifiers.contains(v, prereleases=True))

    # Steps ------------------------------------------------------------------------------------------------

    def check(self, terms: _Terms, fact: Fact) -> None:
        said = dict(terms)
        match fact:
            case WishFact(need, wish):
                self._wish(said, need.node, wish)
            case ConstraintFact(node, _, wish):
                self._constraint(said, node, wish)
            case NeedFact(node, versions, need):
                self._need(said, node, versions, need.node)
            case UnusableFact(node, versions, _):
                self._unusable(said, node, versions)
            case UnpinnedFact(node, version, pinners):
                self._unpinned(said, node, version, dict(pinners))
            case UnpinnedAnswer(chosen):
                self._unpinned_answer(said, dict(chosen))

    def _covers(self, said: Mapping[str, int], allowed: Mapping[str, int], what: str) -> None:
        """See that a clause forbids no more than it may: each of its terms within the one that is allowed."""
        for node in {*said, *allowed}:
            everything = self.everything(node)
            if said.get(node, everything) & ~allowed.get(node, everything):
                raise ProofError(f"{what} says more of {node} than holds")

    def _wish(self, said: Mapping[str, int], node: str, wish: Wish) -> None:
        if wish not in self.question.wishes:
            raise ProofError(f"nobody wishes {wish.requirement}")
        for requirement in self._effective(wish.requirement):
            if node in _nodes(requirement):
                self._covers(said, {node: self.everything(node) & ~self.admitted(node, requirement)}, "a wish")
                return
        raise ProofError(f"the wish {wish.requirement} does not ask for {node}")

    def _constraint(self, said: Mapping[str, int], node: str, wish: Wish) -> None:
        if wish not in self.question.constraints or wish.requirement.name != node:
            raise ProofError(f"no constraint {wish.requirement} on {node}")
        everyone = (1 << len(self.versions_of(node))) - 1
        self._covers(said, {node: everyone & ~self.admitted(node, wish.requirement)}, "a constraint")

    def _need(self, said: Mapping[str, int], node: str, versions: int, needed: str) -> None:
        """Every version of a need must itself ask for what the clause says, alone or together with its like."""
        for version in _bits(versions):
            needs = self._needs(node, version)
            if needed not in needs:
                raise ProofError(f"{node} {self.versions_of(node)[version]} does not ask for {needed}")
            against = self.everything(needed) & ~needs[needed]
            if node == needed:
                self._covers(said, {node: (versions | said.get(node, 0)) & against}, "a need")
            elif said.get(needed, self.everything(needed)) & ~against:
                raise ProofError(f"a need of {node} says more of {needed} than holds")
        if node != needed and said.get(node, self.everything(node)) & ~versions:
            raise ProofError(f"a need of {node} speaks of versions it does not name")

    def _unusable(self, said: Mapping[str, int], node: str, versions: int) -> None:
        for version in _bits(versions):
            if self._metadata(node, version) is not None:
                raise ProofError(f"{node} {self.versions_of(node)[version]} can be taken")
        self._covers(said, {node: versions}, "an unusable release")

    def _unpinned(self, said: Mapping[str, int], node: str, version: int, pinners: Mapping[str, int]) -> None:
        self._yanked(node, version)
        for pinner, pinning in self._pinners_of(node, version).items():
            if pinning & ~pinners.get(pinner, 0):
                raise ProofError(f"{pinner} pins {node} {self.versions_of(node)[version]} too")
        allowed = {node: 1 << version}
        for pinner, pinning in pinners.items():
            against = self.everything(pinner) & ~pinning
            allowed[pinner] = allowed[pinner] & against if pinner in allowed else against
        self._covers(said, allowed, "a yanked release")

    def _unpinned_answer(self, said: Mapping[str, int], chosen: Mapping[str, int]) -> None:
        pinned = set()
        asked = {node for wish in self.question.wishes for r in self._effective(wish.requirement) for node in _nodes(r)}
        for node, version in chosen.items():
            asked.update(self._needs(node, version))
            pinned.update(self._pins(node, version))
        if asked - {*chosen}:
            raise ProofError("an answer that was forbidden leaves something out")
        lonely = [(n, v) for n, v in chosen.items() if "[" not in n and self._is_yanked(n, v) and (n, v) not in pinned]
        if not lonely:
            raise ProofError("an answer that was forbidden holds no yanked release without a pin")
        self._covers(said, {node: 1 << version for node, version in chosen.items()}, "a forbidden answer")

    # What the catalog says --------------------------------------------------------------------------------

    def _metadata(self, node: str, version: int) -> Metadata | None:
        """Return what a release says, None when policy or the environment turns it down."""
        name = node.partition("[")[0]
        if (name, version) not in self.said:
            self.said[name, version] = self._read(name, self.versions_of(name)[version])
        return self.said[name, version]

    def _read(self, name: str, version: str) -> Metadata | None:
        environment = self.question.environment
        member = self.question.members.get(name)
        if member is not None:
            fits = SpecifierSet(member.requires_python or "").contains(environment.python_full_version)
            return Metadata(name, version) if fits else None
        listing = self._listing(name)
        chosen = choose_file(listing, version, environment, self.question.selecting)
        if isinstance(chosen, Rejection):
            return None
        said = self.catalog.metadata(listing, version, chosen.artifact)
        if isinstance(said, Unreadable):
            return None
        try:
            requirements = [parse_requirement(text) for text in said.requires_dist]
            fits = SpecifierSet(said.requires_python or "").contains(environment.python_full_version)
        except ValueError:
            return None
        asked = (r for r in requirements if r.url is not None and marker_holds(r.marker, environment.variables))
        return said if fits and all(self._may_ask(listing, requirement) for requirement in asked) else None

    def _may_ask(self, listing: Listing, requirement: Requirement) -> bool:
        """Say whether a release may ask for an address: policy says otherwise, or both come from addresses."""
        if list(self._effective(requirement)) != [requirement]:
            return True
        direct = self.question.direct.get(requirement.name)
        return (
            not isinstance(listing.source, IndexSource) and direct is not None and is_from(requirement, direct.source)
        )

    def _listing(self, name: str) -> Listing:
        listing = self.question.direct.get(name) or self.catalog.project(name)
        if isinstance(listing, NoProject):
            raise ProofError(f"there is no project {name}")
        return listing

    def _needs(self, node: str, version: int) -> dict[str, int]:
        """Return what a node in a version asks of others: admitted versions by node."""
        found: dict[str, int] = {}
        for requirement in self._asked(node, version):
            for needed in _nodes(requirement):
                admitted = self.admitted(needed, requirement)
                found[needed] = found.get(needed, self.everything(needed)) & admitted
        if "[" in node:
            base = node.partition("[")[0]
            found[base] = found.get(base, self.everything(base)) & 1 << version
        return found

    def _pins(self, node: str, version: int) -> set[tuple[str, int]]:
        return {
            (requirement.name, pinned)
            for requirement in self._asked(node, version)
            if _pins_exactly(requirement) and requirement.name != node.partition("[")[0]
            for pinned in _bits(self.admitted(requirement.name, requirement))
        }

    def _pinners_of(self, node: str, version: int) -> Mapping[str, int]:
        """Return who pins a release, of all that could ever be asked for: every release that is reached from a wish."""
        if self.pinners is None:
            self.pinners = {}
            waiting = [n for w in self.question.wishes for r in self._effective(w.requirement) for n in _nodes(r)]
            seen = set(waiting)
            while waiting:
                asker = waiting.pop()
                for asking in range(len(self.versions_of(asker))):
                    if self._metadata(asker, asking) is None:
                        continue
                    for pinned in self._pins(asker, asking):
                        masks = self.pinners.setdefault(pinned, {})
                        masks[asker] = masks.get(asker, 0) | 1 << asking
                    new = self._needs(asker, asking).keys() - seen
                    seen |= new
                    waiting.extend(new)
        return self.pinners.get((node, version), {})

    def _asked(self, node: str, version: int) -> list[Requirement]:
        name, _, extra = node.rstrip("]").partition("[")
        variables = self.question.environment.variables
        member = self.question.members.get(name)
        if member is not None:
            declared = member.extras.get(extra, ()) if extra else member.requirements
            texts = [d.requirement for d in declared if marker_holds(d.requirement.marker, variables)]
        else:
            said = self._metadata(node, version)
            if said is None:
                raise ProofError(f"{node} {self.versions_of(node)[version]} cannot be taken, so it needs nothing")
            texts = [
                requirement
                for requirement in map(parse_requirement, said.requires_dist)
                if marker_holds(requirement.marker, variables, extra=extra)
                and not (extra and marker_holds(requirement.marker, variables))
            ]
        return [effective for requirement in texts for effective in self._effective(requirement)]

    def _effective(self, requirement: Requirement) -> Iterable[Requirement]:
        if requirement.name in self.question.excluded:
            return []
        overrides = [w.requirement for w in self.question.overrides if w.requirement.name == requirement.name]
        extras = requirement.extras
        return [Requirement(o.name, tuple(sorted({*extras, *o.extras})), o.specifier, o.url) for o in overrides] or [
            requirement
        ]

    def _yanked(self, node: str, version: int) -> None:
        if not self._is_yanked(node, version):
            raise ProofError(f"{node} {self.versions_of(node)[version]} is not yanked, or is locked or pinned")

    def _is_yanked(self, node: str, version: int) -> bool:
        """Say whether a release counts only while a release pins it: yanked, not locked, not pinned from the start."""
        text = self.versions_of(node)[version]
        if node in self.question.members or self.question.locked.get(node) == text:
            return False
        chosen = choose_file(self._listing(node), text, self.question.environment, self.question.selecting)
        if isinstance(chosen, Rejection) or chosen.artifact.yanked is None:
            return False
        firm = [r for w in self.question.wishes for r in self._effective(w.requirement)]
        firm.extend(w.requirement for w in self.question.constraints)
        return not any(r.name == node and _pins_exactly(r) and self.admitted(node, r) >> version & 1 for r in firm)


class _JointChecker:
    """Checks the facts of several environments, each by its own checker, and the ties between them."""

    def __init__(self, question: JointQuestion, catalog: Catalog) -> None:
        self._checkers = {each.environment.name: _Checker(each, catalog) for each in question.questions}

    def everything(self, node: str) -> int:
        return next(iter(self._checkers.values())).everything(node.partition(APART)[0])

    def check(self, terms: _Terms, fact: Fact) -> None:
        match fact:
            case WishFact(need, wish):
                self._local(need.node, terms, WishFact(_local_need(need), wish))
            case ConstraintFact(node, admitted, wish):
                self._local(node, terms, ConstraintFact(_own(node), admitted, wish))
            case NeedFact(node, versions, need) if APART in need.node:
                self._local(node, terms, NeedFact(_own(node), versions, _local_need(need)))
            case NeedFact(node, _, need):
                self._tie(dict(terms), node, need.node)
            case UnusableFact(node, versions, kind) if APART in node:
                self._local(node, terms, UnusableFact(_own(node), versions, kind))
            case UnusableFact():
                for checker in self._checkers.values():
                    checker.check(terms, fact)
            case UnpinnedFact(node, version, pinners):
                own_pinners = tuple((_own(pinner), pinning) for pinner, pinning in pinners)
                self._local(node, terms, UnpinnedFact(_own(node), version, own_pinners))
            case UnpinnedAnswer(chosen):
                self._unpinned_answer(terms, chosen)

    def _local(self, node: str, terms: _Terms, fact: Fact) -> None:
        self._in(node.partition(APART)[2], terms, fact)

    def _in(self, environment: str, terms: _Terms, fact: Fact) -> None:
        own = tuple((_own(node), mask) for node, mask in terms if node.partition(APART)[2] == environment)
        self._checkers[environment].check(own, fact)

    def _tie(self, said: Mapping[str, int], node: str, shared: str) -> None:
        """See that a clause forbids nothing but two different versions of one project."""
        everything = self.everything(shared)
        if _own(node) != shared:
            raise ProofError(f"{node} is not tied to {shared}")
        here, there = said.get(node, everything), said.get(shared, everything)
        if here & there or here & ~(everything >> 1):
            raise ProofError(f"the tie of {node} forbids more than two versions at once")

    def _unpinned_answer(self, terms: _Terms, chosen: _Terms) -> None:
        """One environment's part of an answer is enough to forbid the whole."""
        for environment in self._checkers:
            own = tuple((_own(node), version) for node, version in chosen if node.endswith(f"{APART}{environment}"))
            try:
                return self._in(environment, terms, UnpinnedAnswer(own))
            except ProofError:
                continue
        raise ProofError("no environment's part of a forbidden answer holds a yanked release without a pin")


def _own(node: str) -> str:
    return node.partition(APART)[0]


def _local_need(need: Need) -> Need:
    return replace(need, node=_own(need.node))


def _nodes(requirement: Requirement) -> list[str]:
    name = canonicalize_name(requirement.name)
    return [name, *(f"{name}[{extra}]" for extra in requirement.extras)]


def _pins_exactly(requirement: Requirement) -> bool:
    return any(
        clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*"))
        for clause in SpecifierSet(requirement.specifier)
    )


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
