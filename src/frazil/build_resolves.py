"""What a lock records of builds: for every release that must be built, and every member, what building it takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from frazil.asking import Asking, environment_order
from frazil.build_circles import Key, find_circle
from frazil.errors import BuildFailed, ConfigurationError, NoResolution
from frazil.frozen.assembly import Build, CoordinateKey
from frazil.frozen.model import Frozen, Inputs
from frazil.frozen.selection import BUILD_GROUP
from frazil.model import BUILD_RESOLVE, Declared, Environment, Origin, Pin, Resolution
from frazil.offering import Offering, build_wishes
from frazil.project.declaration import Target
from frazil.requirement import Requirement, parse_requirement
from frazil.resolver.engines import NoAnswer
from frazil.resolver.question import Wish
from frazil.values import dataclass, replace

_MOST_ROUNDS = 24
"""How often a build requirement may turn out to need a build itself before that is left open."""

_Refusal = NoAnswer | NoResolution | BuildFailed | ConfigurationError
_REFUSALS = (NoAnswer, NoResolution, BuildFailed, ConfigurationError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBuilds:
    """The answers of the build resolves, what each release takes that is built, and which resolve each member has.

    `unbuildable` are releases and members that no build requirements could be found for, with the reason in words.
    """

    resolutions: tuple[Resolution, ...] = ()
    builds: Mapping[CoordinateKey, Build]
    members: Mapping[str, str]
    unbuildable: Mapping[str, str]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say of what could not be answered that this lock does not build it."""
        return tuple(
            f"{label.removesuffix(BUILD_GROUP)} cannot be built from this lock: {why}"
            for label, why in sorted(self.unbuildable.items())
        )

    def inputs(self, inputs: Inputs) -> Inputs:
        """Return inputs with the targets of members that can be built, each in the resolve that answers it."""
        kept = []
        for target in inputs.targets:
            if target.name in self.members:
                kept.append(replace(target, resolve=self.members[target.name]))
            elif target.name not in self.unbuildable:
                kept.append(target)
        return replace(inputs, targets=tuple(kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """Something to build: a release by its key, or a member by the name of its build target."""

    key: Key
    label: str
    own_resolve: str
    requirements: tuple[Requirement, ...]
    environments: frozenset[str]


_Owners = dict[Key, _Owner]


def record_builds(
    offering: Offering, asking: Asking, resolutions: Sequence[Resolution], frozen: Frozen | None
) -> RecordedBuilds:
    """Answer what all builds take, in one shared resolve; who cannot share gets a resolve of its own.

    What is locked already (`frozen`) is not asked again. Raises OutsideError, IntegrityError, DiskError.
    """
    return _Recording(offering, asking, frozen).run(resolutions)


class _Recording:
    """The owners of a run who cannot share, or cannot be built at all, and the releases that would close a circle."""

    def __init__(self, offering: Offering, asking: Asking, frozen: Frozen | None) -> None:
        self._offering = offering
        self._asking = asking
        self._locked = {} if frozen is None else {(c.name, c.version, c.source): c for c in frozen.coordinates}
        self._environments = sorted(asking.project.environments, key=environment_order)
        self._known: dict[CoordinateKey, tuple[Requirement, ...]] = {}
        self._alone: set[Key] = set()
        self._unbuildable: dict[Key, str] = {}
        self._barred: set[tuple[str, str]] = set()

    def run(self, resolutions: Sequence[Resolution]) -> RecordedBuilds:
        first: _Owners = {target.name: _member(target) for target in self._asking.project.builds}
        first = self._with_builds(first, resolutions)
        owners, answers = first, self._answers(first)
        # A build requirement may have to be built itself, and then has requirements of its own.
        for _ in range(_MOST_ROUNDS):
            circle = self._circle(owners, answers)
            more = owners if circle else self._with_builds(first, answers)
            if circle:
                self._break(circle, first)
            elif more == owners:
                return self._recorded(owners, answers)
            owners, answers = more, self._answers(more)
        return self._recorded(first, self._answers(first))

    def _recorded(self, owners: _Owners, answers: Sequence[Resolution]) -> RecordedBuilds:
        builds: dict[CoordinateKey, Build] = {}
        members: dict[str, str] = {}
        for owner in self._buildable(owners):
            if isinstance(owner.key, str):
                members[owner.key] = self._resolve_of(owner)
            else:
                builds[owner.key] = Build(resolve=self._resolve_of(owner), requirements=owner.requirements)
        unbuildable = {_label(key): why for key, why in self._unbuildable.items()}
        return RecordedBuilds(resolutions=tuple(answers), builds=builds, members=members, unbuildable=unbuildable)

    def _resolve_of(self, owner: _Owner) -> str:
        return owner.own_resolve if owner.key in self._alone else BUILD_RESOLVE

    def _buildable(self, owners: _Owners) -> list[_Owner]:
        found = (owner for owner in owners.values() if owner.key not in self._unbuildable)
        return sorted(found, key=lambda owner: (owner.label, str(owner.key)))

    # Who is built -----------------------------------------------------------------------------------------

    def _with_builds(self, owners: _Owners, resolutions: Iterable[Resolution]) -> _Owners:
        """Return owners with the releases that some answers take as source."""
        found = dict(owners)
        for environment, pin in _built(resolutions):
            key = _key(pin)
            requirements = self._requirements(key, pin)
            if requirements is None:
                continue
            known = found.get(key)
            environments = {environment} if known is None else {*known.environments, environment}
            found[key] = _Owner(
                key=key,
                label=_label(key),
                own_resolve=f"{BUILD_RESOLVE}:{pin.name}{'' if pin.version is None else f'@{pin.version}'}",
                requirements=requirements,
                environments=frozenset(environments),
            )
        return found

    def _requirements(self, key: CoordinateKey, pin: Pin) -> tuple[Requirement, ...] | None:
        """Return what building a release takes, as it was locked for the same file, else as its source says."""
        if key not in self._known and key not in self._unbuildable:
            locked = self._locked.get(key)
            files = set() if locked is None else {artifact.sha256 for artifact in locked.artifacts}
            if locked is not None and locked.build_resolve and pin.artifact and pin.artifact.sha256 in files:
                self._known[key] = tuple(edge.requirement for edge in locked.build_requirements)
            else:
                try:
                    self._known[key] = self._offering.build_requirements(pin)
                except BuildFailed as error:
                    self._unbuildable[key] = error.sentence
        return self._known.get(key)

    # Answers ----------------------------------------------------------------------------------------------

    def _answers(self, owners: _Owners) -> list[Resolution]:
        """Answer all builds in all environments; who cannot share, or be answered at all, is left out or set apart."""
        while True:
            found: list[Resolution] = []
            for resolve, environment, sharing in self._questions(self._buildable(owners)):
                answer = self._answer(resolve, environment, sharing)
                if isinstance(answer, Resolution):
                    found.append(answer)
                elif answer is not None:
                    self._set_apart(resolve, environment, sharing, answer)
                    break
            else:
                return found

    def _questions(self, owners: Sequence[_Owner]) -> Iterator[tuple[str, Environment, list[_Owner]]]:
        for environment in self._environments:
            here = [owner for owner in owners if environment.name in owner.environments]
            yield BUILD_RESOLVE, environment, [owner for owner in here if owner.key not in self._alone]
            for owner in here:
                if owner.key in self._alone:
                    yield owner.own_resolve, environment, [owner]

    def _answer(self, resolve: str, environment: Environment, owners: Sequence[_Owner]) -> Resolution | _Refusal | None:
        """Answer what some builds take together; None where they take nothing."""
        wishes = tuple(
            wish for owner in owners for wish in build_wishes(owner.requirements, owner.label, environment.variables)
        )
        if not wishes:
            return None
        question = self._asking.question(resolve, environment, wishes)
        question = replace(question, constraints=(*question.constraints, *self._constraints()))
        try:
            return self._offering.answer_one(question)
        except _REFUSALS as refusal:
            return refusal

    def _constraints(self) -> Iterator[Wish]:
        origin = Origin("what would be built with itself")
        for name, version in sorted(self._barred):
            yield Wish(Declared(parse_requirement(f"{name}!={version}"), origin))

    def _set_apart(self, resolve: str, environment: Environment, owners: Sequence[_Owner], why: _Refusal) -> None:
        """Give those who cannot share a resolve of their own; who cannot be answered even alone, cannot be built."""
        if len(owners) == 1:
            self._give_up(owners[0], why)
            return
        sharing: list[_Owner] = []
        for owner in owners:
            if not isinstance(self._answer(resolve, environment, [*sharing, owner]), _REFUSALS):
                sharing.append(owner)
                continue
            alone = self._answer(owner.own_resolve, environment, [owner])
            if isinstance(alone, _REFUSALS):
                self._give_up(owner, alone)
            else:
                self._alone.add(owner.key)

    def _give_up(self, owner: _Owner, why: _Refusal) -> None:
        error = self._offering.why_not((why,)) if isinstance(why, NoAnswer) else why
        self._unbuildable[owner.key] = error.sentence

    # Circles ----------------------------------------------------------------------------------------------

    def _circle(self, owners: _Owners, answers: Sequence[Resolution]) -> tuple[Key, ...]:
        """Return builds of which each takes the next, and the last the first; empty where there are none."""
        starts = {
            (self._resolve_of(owner), environment, owner.key): owner.requirements
            for owner in self._buildable(owners)
            for environment in owner.environments
        }
        return find_circle(starts, answers, _key)

    def _break(self, circle: tuple[Key, ...], wanted: _Owners) -> None:
        """Bar a release that closes a circle from builds, one that nobody wants but builds; else build none of it."""
        for key in sorted(circle, key=str):
            if not isinstance(key, str) and key not in wanted and key[1] is not None:
                self._barred.add((key[0], key[1]))
                return
        way = " → ".join(_label(key) for key in (*circle, circle[0]))
        self._unbuildable.update((key, f"building it takes itself ({way})") for key in circle)


def _built(resolutions: Iterable[Resolution]) -> Iterator[tuple[str, Pin]]:
    """Give the pins that are no wheels, with their environments."""
    for resolution in resolutions:
        for pin in resolution.pins:
            if pin.artifact is None or not pin.artifact.is_wheel:
                yield resolution.environment, pin


def _key(pin: Pin) -> CoordinateKey:
    return pin.name, pin.version, pin.source


def _label(key: Key) -> str:
    if isinstance(key, str):
        return key
    return key[0] if key[1] is None else f"{key[0]} {key[1]}"


def _member(target: Target) -> _Owner:
    folder = target.name.removesuffix(BUILD_GROUP)
    return _Owner(
        key=target.name,
        label=folder,
        own_resolve=f"{BUILD_RESOLVE}:{folder}",
        requirements=tuple(declared.requirement for declared in target.requirements),
        environments=frozenset(target.environments),
    )
