"""Ways out of a refusal: small changes to what is declared, each tried before it is told."""

from collections.abc import Iterable, Iterator, Sequence

from frazil.catalog import Catalog
from frazil.model import Declared, RejectionKind
from frazil.requirement import Requirement
from frazil.resolver.bound import Bound
from frazil.resolver.core import Core, changed, declared_in, only, questions_in, rewritten, searched, without
from frazil.resolver.derivation import LossStep, Step, bits
from frazil.resolver.joint import AnyWorld
from frazil.resolver.loosening import loosened
from frazil.resolver.outcome import Answered
from frazil.resolver.question import AnyQuestion, JointQuestion, Question
from frazil.values import dataclass, replace

_MOST_TOLD = 5
_MOST_TRIED = 60


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One requirement, in all these places, asks for less."""

    declared: tuple[Declared, ...]
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Dropped:
    """A constraint or an override is taken out."""

    declared: Declared


@dataclass(frozen=True, slots=True)
class Permitted:
    """Policy makes an exception for one project: `prerelease`, `exclude-newer` or `require-wheels`."""

    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class Isolated:
    """A target, with its extras and groups, gets a resolve of its own."""

    target: str


@dataclass(frozen=True, slots=True)
class Unshared:
    """Environments may differ (`share` is not `strict` any more)."""


WayOut = Relaxed | Dropped | Permitted | Isolated | Unshared


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Changes that were tried; not `whole` where they end this refusal and another one stands behind it."""

    ways: tuple[WayOut, ...]
    whole: bool = True


def ways_out(
    core: Core, steps: tuple[Step, ...], refused: Sequence[AnyQuestion], catalog: Catalog, bound: Bound
) -> WaysOut:
    """Return the changes nearest to what is declared that give every refused question an answer."""
    alone = tuple(only(question, core.declared) for question in refused)
    for questions, whole in ((tuple(refused), True), (alone, False)):
        trying = _Trying(core, steps, questions, catalog, bound)
        ways = trying.ways()
        if ways:
            return WaysOut(ways, whole)
    return WaysOut(())


def applied(way: WayOut, question: AnyQuestion) -> tuple[AnyQuestion, ...]:
    """Return the questions that take a question's place once a way out is followed."""
    match way:
        case Relaxed(declared, requirement):
            return (_asking(question, declared, requirement),)
        case Dropped(declared):
            return (without(question, {declared}),)
        case Permitted(name, rule):
            return (changed(question, lambda each: _permitting(each, name, rule)),)
        case Isolated(target):
            return (_part(question, target, own=True), _part(question, target, own=False))
        case Unshared():
            return questions_in(question)


def told_way(way: WayOut) -> tuple[str, str]:
    """Say a change, and where it is made."""
    match way:
        case Relaxed(declared, requirement):
            others = "place that says" if len(declared) == 2 else "places that say"
            more = f" and {len(declared) - 1} more {others} it" if len(declared) > 1 else ""
            return f"{declared[0].requirement.head} → {requirement.head}", f"in {declared[0].origin}{more}"
        case Dropped(declared):
            return f"without {declared.requirement.head}", f"in {declared.origin}"
        case Permitted(name, rule):
            return f"{rule} = {_PERMISSIONS[rule]}", f"for package {name}"
        case Isolated(target):
            return "isolated = true", f"for {target}"
        case Unshared():
            return 'without share = "strict"', "each environment has versions of its own"


def _asking(question: AnyQuestion, places: Iterable[Declared], requirement: Requirement) -> AnyQuestion:
    there = set(places)
    return rewritten(question, lambda each: replace(each, requirement=requirement) if each in there else each)


def _permitting(question: Question, name: str, rule: str) -> Question:
    selecting = question.selecting
    match rule:
        case "prerelease":
            selecting = replace(selecting, prereleases={**selecting.prereleases, name: "allow"})
        case "exclude-newer":
            selecting = replace(selecting, cutoffs={**selecting.cutoffs, name: None})
        case _:
            selecting = replace(selecting, wheels_only_for={**selecting.wheels_only_for, name: False})
    return replace(question, selecting=selecting)


def _part(question: AnyQuestion, target: str, *, own: bool) -> AnyQuestion:
    """Return a question with the wishes of a target that is isolated, or with all others."""

    def part(each: Question) -> Question:
        wishes = (wish for wish in each.wishes if (target in _resolves_of(wish.target or "")) is own)
        return replace(each, wishes=tuple(wishes))

    return changed(question, part)


def _resolves_of(target: str) -> tuple[str, ...]:
    """Return the targets that a target shares its resolve with when they are isolated, the nearest first."""
    if target.endswith("]"):
        return (target.rpartition("[")[0],)
    owner, colon, group = target.rpartition(":")
    return (target, owner) if colon and "/" not in group else (target,)


class _Trying:
    """Makes up changes and keeps those with which every question has an answer."""

    def __init__(
        self, core: Core, steps: tuple[Step, ...], questions: tuple[AnyQuestion, ...], catalog: Catalog, bound: Bound
    ) -> None:
        self.core = core
        self.steps = steps
        self.questions = questions
        self.catalog = catalog
        self.bound = bound
        self.tries = 0

    def ways(self) -> tuple[WayOut, ...]:
        """Return the nearest changes that work, those that change least first."""
        small = sorted({*self._relaxations(), *self._exceptions()}, key=self._size)
        large = [way for way in (*self._isolations(), *self._unsharing()) if self._works(way)]
        return (*small[: _MOST_TOLD - min(len(large), 1)], *large)[:_MOST_TOLD]

    def _works(self, way: WayOut, questions: Iterable[AnyQuestion] | None = None) -> bool:
        """Say whether a change gives all questions, or those not yet tried, an answer."""
        asked = self.questions if questions is None else questions
        return all(self._answer(each) is not None for question in asked for each in applied(way, question))

    def _answer(self, question: AnyQuestion) -> tuple[AnyWorld, Answered] | None:
        self.tries += 1
        found = searched(question, self.core.world, self.catalog, self.bound) if self.tries <= _MOST_TRIED else None
        if found is None or not isinstance(found[1], Answered):
            return None
        return found[0], found[1]

    def _size(self, way: WayOut) -> tuple[int, int, int, str]:
        """Return how much a change changes: lines, whether it is one of policy, releases that are admitted anew."""
        if not isinstance(way, Relaxed):
            return 1, 1, 0, str(way)
        node = self.core.world.node(way.requirement.name)
        before, after = (
            node.versions.admitted(each.specifier) for each in (way.declared[0].requirement, way.requirement)
        )
        return len(way.declared), 0, (after & ~before).bit_count(), str(way.requirement)

    # Relaxing ---------------------------------------------------------------------------------------------

    def _relaxations(self) -> Iterator[WayOut]:
        for declared in self.core.declared:
            if declared.requirement.url is not None:
                continue
            alike = tuple(d for d in self._declared() if d.requirement == declared.requirement)
            for places in dict.fromkeys(((declared,), alike)):
                found = self._relaxed(places) or self._without_extras(places)
                if found is not None:
                    yield found
                    break

    def _declared(self) -> tuple[Declared, ...]:
        return tuple(dict.fromkeys(each for question in self.questions for each in declared_in(question)))

    def _relaxed(self, places: tuple[Declared, ...]) -> WayOut | None:
        """Ask what would be chosen were nothing said here, and say just enough less to admit that everywhere."""
        before = places[0].requirement
        requirement = before
        if not before.specifier:
            return None
        met: list[AnyQuestion] = []
        for question in self.questions:
            if requirement != before and self._answer(_asking(question, places, requirement)) is not None:
                met.append(question)
                continue
            free = self._answer(_asking(question, places, replace(before, specifier="")))
            if free is None:
                return None
            world, answered = free
            if before.name not in answered.versions:
                return self._dropped(places)
            version = world.node(before.name).version_text(answered.versions[before.name])
            requirement, met = loosened(requirement, version), []
        way = Relaxed(places, requirement)
        left = (question for question in self.questions if question not in met)
        return way if self._works(way, left) else None

    def _dropped(self, places: tuple[Declared, ...]) -> WayOut | None:
        """Take out a constraint or an override that speaks of a project nobody needs without it."""
        policy = {
            w.declared for q in self.questions for each in questions_in(q) for w in (*each.constraints, *each.overrides)
        }
        way = Dropped(places[0])
        return way if len(places) == 1 and places[0] in policy and self._works(way) else None

    def _without_extras(self, places: tuple[Declared, ...]) -> WayOut | None:
        requirement = places[0].requirement
        way = Relaxed(places, replace(requirement, extras=()))
        return way if requirement.extras and self._works(way) else None

    # Policy and resolves ----------------------------------------------------------------------------------

    def _exceptions(self) -> Iterator[WayOut]:
        """Yield what lets releases back in that policy keeps out, and exact pins of yanked ones."""
        for step in self.steps:
            if not isinstance(step, LossStep):
                continue
            node = self.core.world.node(step.node)
            rule = _RULES.get(step.kind)
            ways: list[WayOut] = [] if rule is None else [Permitted(node.name, rule)]
            if step.kind is RejectionKind.YANKED:
                newest = node.version_text(next(bits(step.versions)))
                ways += [
                    Relaxed((declared,), replace(declared.requirement, specifier=f"=={newest}"))
                    for declared in self.core.declared
                    if declared.requirement.name == node.name
                ]
            yield from (way for way in ways if self._works(way))

    def _isolations(self) -> Iterator[WayOut]:
        wishes = [wish for each in questions_in(self.core.world.question) for wish in each.wishes]
        targets = sorted({_resolves_of(wish.target)[0] for wish in wishes if wish.target is not None})
        if len(targets) > 1:
            yield from (Isolated(target) for target in targets)

    def _unsharing(self) -> Iterator[WayOut]:
        if isinstance(self.core.world.question, JointQuestion):
            yield Unshared()


_PERMISSIONS = {"prerelease": '"allow"', "exclude-newer": "false", "require-wheels": "false"}
_RULES = {
    RejectionKind.PRE_RELEASE: "prerelease",
    RejectionKind.TOO_NEW: "exclude-newer",
    RejectionKind.NO_UPLOAD_TIME: "exclude-newer",
    RejectionKind.NO_WHEEL: "require-wheels",
}
