"""Everything that lacks a wheel where policy demands one, found in one go."""

from frazil.catalog import Catalog
from frazil.model import Origin, RejectionKind
from frazil.resolver.bound import Bound
from frazil.resolver.candidates import Candidate, wheel_tags
from frazil.resolver.clauses import facts_under
from frazil.resolver.core import searched, smallest_core
from frazil.resolver.derivation import LossStep, steps_of
from frazil.resolver.joint import AnyWorld
from frazil.resolver.outcome import Answered, Refused
from frazil.resolver.question import Question
from frazil.values import dataclass, replace

_WITHOUT_WHEEL = (RejectionKind.NO_WHEEL, RejectionKind.NO_FITTING_FILE)
_UNKNOWN_NEEDS = (RejectionKind.DYNAMIC_METADATA, RejectionKind.UNREADABLE_METADATA)


@dataclass(frozen=True, slots=True, order=True)
class Lacking:
    """A release without a wheel that fits; `platforms` are those that its wheels are for, `origin` is who wants it."""

    name: str
    version: str
    environment: str
    platforms: tuple[str, ...]
    origin: Origin


def lacking_wheels(world: AnyWorld, refusal: Refused, catalog: Catalog, bound: Bound) -> tuple[Lacking, ...]:
    """Return the releases that lack a wheel in a refused environment, none where that is not why it is refused.

    What lacks one is let in without; if it cannot be read without being built, it is left out, and the search goes on,
    until nothing is refused for want of a wheel.
    """
    question = world.question
    if not isinstance(question, Question):
        return ()
    search = _Search(question, catalog, bound)
    outcome: Answered | Refused = refusal
    while isinstance(outcome, Refused) and search.lets_in(world, outcome):
        found = searched(search.question, world, catalog, bound)
        if found is None:
            break
        world, outcome = found
    return search.lacking(world, outcome)


class _Search:
    """A question of which more and more projects need no wheel, or are left out."""

    def __init__(self, question: Question, catalog: Catalog, bound: Bound) -> None:
        self.question = question
        self._demanding = question.selecting
        self._catalog = catalog
        self._bound = bound
        self._found: dict[str, Lacking] = {}

    def lets_in(self, world: AnyWorld, refusal: Refused) -> bool:
        """Let in what a refusal says has no wheel; False where it says nothing of the kind."""
        core = smallest_core(world, refusal.proof, self._catalog, self._bound)
        steps = steps_of(core.world, facts_under(core.proof))
        guilty = [step for step in steps if isinstance(step, LossStep) and self._is_guilty(core.world, step)]
        for step in guilty:
            node = core.world.node(step.node)
            version = node.version_text((step.versions & -step.versions).bit_length() - 1)
            if node.name in self._found:
                self.question = replace(self.question, excluded=self.question.excluded | {node.name})
                continue
            self._found[node.name] = Lacking(
                name=node.name,
                version=version,
                environment=self.question.environment.name,
                platforms=_platforms(core.world, node.name, version),
                origin=core.declared[0].origin,
            )
            selecting = self.question.selecting
            exempt = {**selecting.wheels_only_for, node.name: False}
            self.question = replace(self.question, selecting=replace(selecting, wheels_only_for=exempt))
        return bool(guilty)

    def _is_guilty(self, world: AnyWorld, step: LossStep) -> bool:
        name = world.node(step.node).name
        if name in self._found:
            return step.kind in (*_WITHOUT_WHEEL, *_UNKNOWN_NEEDS)
        return step.kind in _WITHOUT_WHEEL and self._demanding.demands_wheel(name)

    def lacking(self, world: AnyWorld, outcome: Answered | Refused) -> tuple[Lacking, ...]:
        """Return what was let in, in the version that was chosen; a project that has a wheel after all is none."""
        found = dict(self._found)
        chosen = outcome.versions if isinstance(outcome, Answered) else {}
        for name in found.keys() & chosen.keys():
            candidate = world.candidate(name, chosen[name])
            if isinstance(candidate, Candidate) and candidate.artifact.is_wheel:
                del found[name]
            else:
                version = world.node(name).version_text(chosen[name])
                found[name] = replace(found[name], version=version, platforms=_platforms(world, name, version))
        return tuple(sorted(found.values()))


def _platforms(world: AnyWorld, name: str, version: str) -> tuple[str, ...]:
    listing = world.node(name).listing
    offers = () if listing is None else listing.offers(version)
    wheels = (offer.filename for offer in offers if offer.is_wheel)
    return tuple(sorted({tag.rpartition("-")[2] for wheel in wheels for tag in wheel_tags(wheel)}))
