"""A smallest set of declarations that cannot hold together: leave one out, and there is an answer."""

from collections.abc import Callable, Iterable

from frazil.catalog import Catalog
from frazil.errors import FrazilError
from frazil.model import Declared, RejectionKind
from frazil.resolver import conflict
from frazil.resolver.bound import Bound
from frazil.resolver.clauses import (
    Clause,
    ConstraintFact,
    Fact,
    NeedFact,
    UnpinnedAnswer,
    UnusableFact,
    WishFact,
    facts_under,
)
from frazil.resolver.joint import AnyWorld
from frazil.resolver.outcome import Answered, Refused
from frazil.resolver.question import AnyQuestion, JointQuestion, Member, Question, Wish, demanded_hashes
from frazil.values import dataclass, replace

_MOST_TRIED = 200


@dataclass(frozen=True, slots=True)
class Core:
    """Declarations of which none can be left out; `world` and `proof` are those of a question with nothing else."""

    declared: tuple[Declared, ...]
    world: AnyWorld
    proof: Clause


def smallest_core(
    world: AnyWorld, proof: Clause, catalog: Catalog, bound: Bound, *, known: Iterable[tuple[Declared, ...]] = ()
) -> Core:
    """Leave out one declaration after another as long as what remains has no answer.

    It is repeated until none can go, because leaving out a pin of a yanked release can take an answer away. Where the
    bound ends a try, its declaration stays. `known` are the cores of other environments, to begin with if they fit.
    """
    whole = world.question
    proven = declared_under(world, proof)
    beginnings = (_refused(whole, kept, world, catalog, bound) for kept in (*known, proven))
    core = next((found for found in beginnings if found is not None), Core(proven, world, proof))
    overrides = {wish.declared for each in questions_in(whole) for wish in each.overrides}
    tries = 0
    before = None
    while before != core.declared:
        before = core.declared
        for member in before:
            tries += 1
            if member not in core.declared or tries > _MOST_TRIED:
                continue
            kept = tuple(other for other in core.declared if other != member)
            smaller = _refused(without(whole, {member}), kept, core.world, catalog, bound)
            if smaller is not None:
                # An override that makes no difference is still in force: it is not named, and that is all.
                core = Core(kept, core.world, core.proof) if member in overrides else smaller
    return core


def _refused(
    question: AnyQuestion, kept: Iterable[Declared], like: AnyWorld, catalog: Catalog, bound: Bound
) -> Core | None:
    """Return the core that is left when only some declarations are kept, or None when those have an answer."""
    kept = set(kept)
    cut = only(question, kept)
    found = searched(cut, like, catalog, bound)
    if found is None:
        return None
    world, outcome = found
    if isinstance(outcome, Answered):
        return None
    left = tuple(each for each in declared_under(world, outcome.proof) if each in kept)
    return Core(left, world, outcome.proof)


def searched(
    question: AnyQuestion, like: AnyWorld, catalog: Catalog, bound: Bound
) -> tuple[AnyWorld, Answered | Refused] | None:
    """Search for an answer; None where the bound, an index or a build ended it: explaining must not fail.

    What is known in a world `like` this one is not read again.
    """
    try:
        world, outcome = conflict.search(question, catalog, bound, like)
    except FrazilError:
        return None
    return (world, outcome) if isinstance(outcome, Answered | Refused) else None


# Declarations ----------------------------------------------------------------------------------------------


def questions_in(question: AnyQuestion) -> tuple[Question, ...]:
    return question.questions if isinstance(question, JointQuestion) else (question,)


def changed(question: AnyQuestion, change: Callable[[Question], Question]) -> AnyQuestion:
    """Return a question with all that it consists of changed alike."""
    if isinstance(question, JointQuestion):
        return JointQuestion(questions=tuple(change(each) for each in question.questions))
    return change(question)


def declared_in(question: AnyQuestion) -> tuple[Declared, ...]:
    """Return all that the targets, the members they ask for, and policy declare."""
    found = {declared for each in questions_in(question) for declared in _declarations(each)}
    return tuple(sorted(found, key=declared_order))


def declared_order(declared: Declared) -> tuple[str, int, str]:
    origin = declared.origin
    return origin.file, origin.line or 0, str(declared.requirement)


def _declarations(question: Question) -> Iterable[Declared]:
    for wish in (*question.wishes, *question.constraints, *question.overrides):
        yield wish.declared
    for member in question.members.values():
        yield from member.requirements
        for requirements in member.extras.values():
            yield from requirements


def without(question: AnyQuestion, dropped: Iterable[Declared]) -> AnyQuestion:
    """Return a question as if some lines had been taken out of their files."""
    gone = set(dropped)
    return rewritten(question, lambda declared: None if declared in gone else declared)


def only(question: AnyQuestion, kept: Iterable[Declared]) -> AnyQuestion:
    """Return a question with nothing declared but some lines; overrides stay, because without one others speak."""
    staying = {*kept, *(wish.declared for each in questions_in(question) for wish in each.overrides)}
    return rewritten(question, lambda declared: declared if declared in staying else None)


def rewritten(question: AnyQuestion, rewrite: Callable[[Declared], Declared | None]) -> AnyQuestion:
    """Return a question with each declaration rewritten, or left out where that gives None, wherever it counts."""

    def several(all_declared: tuple[Declared, ...]) -> tuple[Declared, ...]:
        return tuple(new for new in map(rewrite, all_declared) if new is not None)

    def wishes(all_wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
        pairs = ((wish, rewrite(wish.declared)) for wish in all_wishes)
        return tuple(wish if new is wish.declared else replace(wish, declared=new) for wish, new in pairs if new)

    def members(member: Member) -> Member:
        extras = {extra: several(requirements) for extra, requirements in member.extras.items()}
        return replace(member, requirements=several(member.requirements), extras=extras)

    def whole(each: Question) -> Question:
        left = replace(
            each,
            wishes=wishes(each.wishes),
            constraints=wishes(each.constraints),
            overrides=wishes(each.overrides),
            members={name: members(member) for name, member in each.members.items()},
        )
        # What is asked for by address, and which hashes are demanded, follows from what is declared.
        addressed = {declared.requirement.name for declared in _declarations(left) if declared.requirement.url}
        return replace(
            left,
            direct={name: listing for name, listing in each.direct.items() if name in addressed},
            selecting=replace(each.selecting, hashes=demanded_hashes(left.wishes)),
        )

    return changed(question, whole)


def declared_under(world: AnyWorld, proof: Clause) -> tuple[Declared, ...]:
    """Return the declarations that a proof stands on."""
    facts = facts_under(proof)
    if any(isinstance(fact, UnpinnedAnswer) for fact in facts):
        return declared_in(world.question)  # such a fact speaks of whole answers, and so of all that is asked
    found = {declared for fact in facts for declared in _declared_by(world, fact)}
    return tuple(sorted(found, key=declared_order))


def _declared_by(world: AnyWorld, fact: Fact) -> Iterable[Declared]:
    match fact:
        case WishFact(need, wish):
            yield wish.declared
        case ConstraintFact(_, _, wish):
            yield wish.declared
            return
        case NeedFact(node, _, need):
            member = world.node(node).member
            if member is not None and need.edge is not None:
                requirement = need.edge.requirement
                told = (*member.requirements, *(d for extra in member.extras.values() for d in extra))
                yield from (declared for declared in told if declared.requirement == requirement)
        case UnusableFact(node, _, RejectionKind.HASH_NOT_DEMANDED):
            name = world.node(node).name
            for question in questions_in(world.question):
                yield from (w.declared for w in question.wishes if w.requirement.name == name and w.declared.hashes)
            return
        case _:
            return
    if need.replaced:
        name = world.node(need.node).name
        for question in questions_in(world.question):
            yield from (wish.declared for wish in question.overrides if wish.requirement.name == name)
