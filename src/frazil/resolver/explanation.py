"""Why there is no answer: a smallest set of wishes that cannot be met together, told in a few plain sentences."""

from dataclasses import dataclass, replace

from frazil.catalog import Catalog
from frazil.model import Rejection, RejectionKind
from frazil.resolver import conflict
from frazil.resolver.bound import Bound
from frazil.resolver.clauses import ConstraintFact, Fact, NeedFact, UnusableFact, WishFact, facts_under
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Question, Wish
from frazil.resolver.world import Node, World

_MOST_LINES = 36
_MOST_TRIED = 60


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence, the lines below it, a hint, and the wishes and constraints that none of can be left out."""

    sentence: str
    lines: tuple[str, ...]
    hint: str | None
    core: tuple[Wish, ...]


def explain(world: World, refusal: Refused, catalog: Catalog, bound: Bound) -> Explanation:
    """Explain a refusal: make its set of wishes as small as can be, then tell the facts between them."""
    core, smallest, proof = _smallest(world, refusal, catalog, bound)
    facts = facts_under(proof.proof)
    return Explanation(
        sentence=_sentence(smallest, core),
        lines=(*_wish_lines(core), *_fact_lines(smallest, facts))[:_MOST_LINES],
        hint=_hint(smallest, core),
        core=core,
    )


def _wishes_in(facts: tuple[Fact, ...]) -> tuple[Wish, ...]:
    found = {fact.wish for fact in facts if isinstance(fact, WishFact | ConstraintFact)}
    return tuple(sorted(found, key=_order))


def _order(wish: Wish) -> tuple[str, str, str]:
    return wish.target or "~", str(wish.requirement), str(wish.declared.origin)


def _smallest(
    world: World, refusal: Refused, catalog: Catalog, bound: Bound
) -> tuple[tuple[Wish, ...], World, Refused]:
    """Leave out one wish after another as long as the rest still has no answer."""
    core = _wishes_in(facts_under(refusal.proof))
    best = (core, world, refusal)
    for wish in core[:_MOST_TRIED]:
        kept = tuple(other for other in best[0] if other != wish)
        attempt, outcome = conflict.search(_only(world, kept), catalog, bound)
        if isinstance(outcome, Refused):
            best = (tuple(w for w in _wishes_in(facts_under(outcome.proof)) if w in kept), attempt, outcome)
    return best


def _only(world: World, kept: tuple[Wish, ...]) -> Question:
    question = world.question
    return replace(
        question,
        wishes=tuple(wish for wish in question.wishes if wish in kept),
        constraints=tuple(wish for wish in question.constraints if wish in kept),
    )


def _sentence(world: World, core: tuple[Wish, ...]) -> str:
    missing = [wish for wish in core if not world.node(wish.requirement.name).exists]
    if missing:
        return f"there is no project {missing[0].requirement.name}"
    targets = sorted({wish.target for wish in core if wish.target is not None})
    if not targets:
        return "the constraints cannot be met"
    together = " and ".join([", ".join(targets[:-1]), targets[-1]] if len(targets) > 1 else targets)
    return f"no versions satisfy {together}{' together' if len(targets) > 1 else ''}"


def _wish_lines(core: tuple[Wish, ...]) -> list[str]:
    rows = []
    for wish in core:
        who = f"{wish.target}  requires" if wish.target is not None else "constraint "
        rows.append((f"{who} {wish.requirement}", str(wish.declared.origin)))
    width = max((len(left) for left, _ in rows), default=0)
    return [f"{left:<{width}}   {right}" for left, right in rows]


def _fact_lines(world: World, facts: tuple[Fact, ...]) -> list[str]:
    lines: list[str] = []
    for fact in facts:
        match fact:
            case NeedFact(key, versions, need) if need.edge is not None:
                line = f"and {_range(world.node(key), versions)} requires {need.edge.requirement.head}"
            case UnusableFact(key, versions, kind):
                line = f"and {_range(world.node(key), versions)} {_REASONS[kind]}{_fact(world, key, versions)}"
            case _:
                continue
        if line not in lines:
            lines.append(line)
    return lines


def _range(node: Node, versions: int) -> str:
    chosen = node.versions.in_words(versions)
    if versions == node.versions.every and len(chosen) > 1:
        return f"every {node.key}"
    if len(chosen) > 3:
        return f"{node.key} {chosen[-1]} to {chosen[0]} ({len(chosen)} releases)"
    return f"{node.key} {', '.join(reversed(chosen))}"


_REASONS = {
    RejectionKind.YANKED: "was yanked",
    RejectionKind.PRE_RELEASE: "is a pre-release, which policy disallows",
    RejectionKind.REQUIRES_PYTHON: "needs another Python",
    RejectionKind.NO_FITTING_FILE: "has no file for this environment",
    RejectionKind.NO_BUILD: "has only a source distribution, and building is switched off",
    RejectionKind.NO_BINARY: "has only wheels, and those are switched off",
    RejectionKind.NO_WHEEL: "has no wheel for this environment",
    RejectionKind.TOO_NEW: "was uploaded after the cut-off",
    RejectionKind.NO_UPLOAD_TIME: "has no upload time, which the cut-off needs",
    RejectionKind.NO_SHA256: "has no sha256",
    RejectionKind.HASH_NOT_DEMANDED: "has none of the hashes that are demanded",
    RejectionKind.UNREADABLE_METADATA: "cannot be read",
    RejectionKind.DYNAMIC_METADATA: "does not say what it requires before it is built",
    RejectionKind.QUARANTINED: "is quarantined by its index",
}


def _fact(world: World, key: str, versions: int) -> str:
    node = world.node(key)
    texts = {
        rejection.fact
        for version in node.versions.in_words(versions)
        if isinstance(rejection := world.rejections.get((node.name, version)), Rejection) and rejection.fact
    }
    return f" ({min(texts)})" if texts else ""


def _hint(world: World, core: tuple[Wish, ...]) -> str | None:
    for wish in core:
        node = world.node(wish.requirement.name)
        if not node.exists:
            near = f"did you mean {' or '.join(node.near)}? " if node.near else ""
            return f"{near}check the name in {wish.declared.origin}"
    return None
