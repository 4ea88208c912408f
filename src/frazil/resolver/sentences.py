"""Steps, sets of versions and reasons in plain words."""

from collections.abc import Iterable, Sequence

from frazil.model import RejectionKind
from frazil.resolver.clauses import ConstraintFact, Fact, NeedFact, WishFact
from frazil.resolver.core import questions_in
from frazil.resolver.derivation import LossStep, NeedStep, Step, bits
from frazil.resolver.joint import APART, AnyWorld
from frazil.resolver.needs import Need
from frazil.resolver.question import Question
from frazil.resolver.world import Node
from frazil.values import dataclass

_MOST_FACTS = 4
_NO_FILE = RejectionKind.NO_FITTING_FILE


@dataclass(frozen=True, slots=True)
class Releases:
    """Some releases of a project in words: `text` after "of" (`flask>=3.1`), `every` when all of those are meant."""

    text: str
    every: bool = False
    several: bool = True

    @property
    def subject(self) -> str:
        return f"every {self.text}" if self.every else self.text

    def verb(self, singular: str, plural: str) -> str:
        return singular if self.every or not self.several else plural


class Sentences:
    """Tells steps of one world; knows which specifiers were said of each project, to speak in the same words."""

    def __init__(self, world: AnyWorld, facts: tuple[Fact, ...]) -> None:
        self.world = world
        self.questions = {each.environment.name: each for each in questions_in(world.question)}
        self.said: dict[str, dict[str, int]] = {}
        for fact in facts:
            self._hear(fact)

    def _hear(self, fact: Fact) -> None:
        match fact:
            case WishFact(need, _) | NeedFact(_, _, need) if need.edge is not None:
                self.said.setdefault(need.node, {})[self.specifier(need)] = need.mask
            case ConstraintFact(node, admitted, wish):
                self.said.setdefault(node, {})[wish.requirement.specifier] = admitted
            case _:
                pass

    def question(self, node: str) -> Question:
        """Return the question of the environment that a node is in."""
        environment = node.partition(APART)[2]
        return self.questions[environment] if environment else next(iter(self.questions.values()))

    def specifier(self, need: Need) -> str:
        """Return the specifier that counts: the metadata's, or that of the override that stands in for it."""
        assert need.edge is not None  # noqa: S101 - callers leave out what goes without saying
        if not need.replaced:
            return need.edge.requirement.specifier
        node = self.world.node(need.node)
        overrides = (w.requirement for w in self.question(need.node).overrides if w.requirement.name == node.name)
        return next((o.specifier for o in overrides if node.versions.admitted(o.specifier) == need.mask), "")

    # Steps ------------------------------------------------------------------------------------------------

    def lines(self, steps: Iterable[Step]) -> tuple[str, ...]:
        """Return a line for each step; what is the same in several environments is one line that names them."""
        told: dict[str, list[str]] = {}
        for step in steps:
            # Why a release is lost names the environment itself.
            place = "" if isinstance(step, LossStep) else step.node.partition(APART)[2]
            told.setdefault(self._line(step), []).append(place)
        return tuple(
            f"{text} ({', '.join(dict.fromkeys(places))})" if places[0] else text for text, places in told.items()
        )

    def _line(self, step: Step) -> str:
        if isinstance(step, LossStep):
            return f"and {self.loss(step)}"
        releases = self.releases(step.node, step.spoken, step.versions)
        return f"and {releases.subject} {releases.verb('requires', 'require')} {self._wanted(step)}"

    def _wanted(self, step: NeedStep) -> str:
        """Say what is required, in the words of the metadata where all agree, else by the versions it comes to."""
        node = self.world.node(step.wanted)
        heads = {f"{self._own(step.wanted)}{self.specifier(need)}" for need in step.needs if need.edge is not None}
        name = self._own(step.wanted)
        if not node.exists:
            return f"{name}, and there is no project {node.name}"
        if not step.admitted:
            return f"{' and '.join(sorted(heads)[:2])}, and no release is that"
        if len(heads) == 1:
            return heads.pop()
        return as_range(node, name, step.admitted)

    @staticmethod
    def _own(node: str) -> str:
        return node.partition(APART)[0]

    def releases(self, node: str, spoken: int, all_such: int) -> Releases:
        """Name a set of releases that holds the spoken ones and no other than such, as shortly as can be."""
        here = self.world.node(node)
        name = self._own(node)
        spoken &= here.versions.every
        everything = here.versions.every
        if not everything & ~all_such and (everything & (everything - 1) or here.member is not None):
            return Releases(name, every=here.member is None, several=False)
        for specifier, mask in sorted(self.said.get(node, {}).items(), key=lambda pair: (len(pair[0]), pair)):
            if specifier and not spoken & ~mask and not mask & ~all_such and mask & (mask - 1):
                return Releases(f"{name}{specifier}", every=True)
        return Releases(in_words(here, name, spoken), several=bool(spoken & (spoken - 1)))

    # Losses -----------------------------------------------------------------------------------------------

    def loss(self, step: LossStep) -> str:
        """Say why releases cannot be taken."""
        releases = self.releases(step.node, step.versions, step.versions)
        return self.loss_of(releases, step)

    def loss_of(self, releases: Releases, step: LossStep) -> str:
        """Say why releases, named already, cannot be taken."""
        question = self.question(step.node)
        rejections = (self.world.rejection(step.node, version) for version in bits(step.versions))
        cutoff = question.selecting.cutoff_of(self.world.node(step.node).name)
        return loss_words(
            step.kind,
            releases,
            [each.fact for each in rejections if each is not None and each.kind is step.kind],
            here=question.environment.name if APART in step.node else "this environment",
            python=question.environment.python,
            cutoff="" if cutoff is None else f" ({cutoff:%Y-%m-%d %H:%M} UTC)",
        )


def loss_words(
    kind: RejectionKind, releases: Releases, said: Iterable[str], *, here: str, python: str, cutoff: str = ""
) -> str:
    """Say why releases cannot be taken; `said` are the facts that decided: tags, ranges, dates."""
    facts = sorted({part for fact in said for part in (fact.split(", ") if kind is _NO_FILE else [fact]) if part})
    of, all_of = releases.text, releases.subject
    has, needs, was = releases.verb("has", "have"), releases.verb("needs", "need"), releases.verb("was", "were")
    match kind:
        case RejectionKind.YANKED:
            return f"{all_of} {was} yanked, and nothing asks for exactly {releases.verb('that', 'those')}"
        case RejectionKind.PRE_RELEASE:
            return f'{all_of} {releases.verb("is a pre-release", "are pre-releases")}, and prerelease = "disallow"'
        case RejectionKind.REQUIRES_PYTHON:
            return f"{all_of} {needs} Python {' or '.join(facts[:2]) or 'of another version'}, and {here} has {python}"
        case RejectionKind.NO_FITTING_FILE if facts:
            return f"no file of {of} fits {here}: there {'is' if len(facts) == 1 else 'are'} only {_listed(facts)}"
        case RejectionKind.NO_FITTING_FILE:
            return f"{all_of} {has} no files"
        case RejectionKind.NO_BUILD:
            return f"{all_of} {has} no wheel that fits {here}, and no-build is on"
        case RejectionKind.NO_BINARY:
            return f"{all_of} {has} nothing but wheels, and no-binary is on"
        case RejectionKind.NO_WHEEL:
            return f"{all_of} {has} no wheel that fits {here}, and require-wheels is on"
        case RejectionKind.TOO_NEW:
            first = f", first on {facts[0][:10]}" if facts else ""
            return f"{all_of} {was} uploaded after exclude-newer{cutoff}{first}"
        case RejectionKind.NO_UPLOAD_TIME:
            return f"{all_of} {has} no upload time, which exclude-newer needs"
        case RejectionKind.NO_SHA256:
            return f"{all_of} {has} no sha256"
        case RejectionKind.HASH_NOT_DEMANDED:
            return f"{all_of} {has} no file with a hash that is demanded"
        case RejectionKind.UNREADABLE_METADATA:
            return f"the metadata of {of} cannot be used: {_listed(facts)}"
        case RejectionKind.DYNAMIC_METADATA:
            return f"{all_of} would have to be built to know what {releases.verb('it requires', 'they require')}"
        case RejectionKind.QUARANTINED:
            return f"{all_of} {was} put into quarantine by the index"


def in_words(node: Node, name: str, mask: int) -> str:
    """Name releases: `flask 3.0`, `flask 2.2, 2.3 and 3.0`, `flask 2.0 to 3.1 (12 releases)`."""
    versions = tuple(reversed(node.versions.in_words(mask)))
    if len(versions) <= 3:
        return f"{name} {' and '.join((', '.join(versions[:-1]), versions[-1]) if len(versions) > 1 else versions)}"
    whole = _is_run(mask)
    between = "" if whole else " of those"
    return f"{name} {versions[0]} to {versions[-1]} ({len(versions)}{between})"


def as_range(node: Node, name: str, mask: int) -> str:
    """Say by the first and last version which releases are admitted, as a specifier would."""
    if not node.versions.every & ~mask:
        return name
    versions = node.versions.in_words(mask)
    if not _is_run(mask) or len(versions) == 1:
        return in_words(node, name, mask)
    newest, oldest = versions[0], versions[-1]
    if mask & 1:
        return f"{name}>={oldest}"
    return f"{name}<={newest}" if mask >> (len(node.versions.versions) - 1) & 1 else f"{name}>={oldest},<={newest}"


def _is_run(mask: int) -> bool:
    """Say whether the set has no gap."""
    lowest = mask & -mask
    return not mask & (mask + lowest)


def _listed(facts: Sequence[str]) -> str:
    if len(facts) <= _MOST_FACTS:
        return ", ".join(facts)
    return f"{', '.join(facts[: _MOST_FACTS - 1])} and {len(facts) - _MOST_FACTS + 1} more"
