"""What a lock records of builds: for every release that must be built, and every member, what building it takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from frazil.asking import Asking, environment_order
from frazil.errors import BuildFailed, ConfigurationError, NoResolution
from frazil.frozen.assembly import Build, CoordinateKey
from frazil.frozen.model import Frozen, Inputs
from frazil.frozen.selection import BUILD_GROUP
from frazil.model import BUILD_RESOLVE, Environment, Pin, Resolution
from frazil.offering import Offering, build_wishes
from frazil.project.declaration import Target
from frazil.requirement import Requirement
from frazil.resolver.engines import NoAnswer
from frazil.values import dataclass, replace

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

    label: str
    key: CoordinateKey | str
    own_resolve: str
    requirements: tuple[Requirement, ...]
    environments: frozenset[str]


def record_builds(
    offering: Offering, asking: Asking, resolutions: Sequence[Resolution], frozen: Frozen | None
) -> RecordedBuilds:
    """Answer what all builds take, in one shared resolve; who cannot share gets a resolve of its own.

    What is locked already (`frozen`) is not asked again. Raises OutsideError, IntegrityError, DiskError.
    """
    return _Recording(offering, asking, frozen).run(resolutions)


class _Recording:
    def __init__(self, offering: Offering, asking: Asking, frozen: Frozen | None) -> None:
        self._offering = offering
        self._asking = asking
        self._locked = {} if frozen is None else {(c.name, c.version, c.source): c for c in frozen.coordinates}
        self._environments = sorted(asking.project.environments, key=environment_order)
        self._owners: dict[CoordinateKey | str, _Owner] = {}
        self._alone: set[CoordinateKey | str] = set()
        self._unbuildable: dict[str, str] = {}

    def run(self, resolutions: Sequence[Resolution]) -> RecordedBuilds:
        for target in self._asking.project.builds:
            self._owners[target.name] = _member(target)
        self._add_owners(resolutions)
        found = self._answers()
        # A build requirement may have to be built itself, and then has requirements of its own.
        while found is None or self._add_owners(found):
            found = self._answers()
        builds: dict[CoordinateKey, Build] = {}
        members: dict[str, str] = {}
        for owner in self._owners.values():
            resolve = owner.own_resolve if owner.key in self._alone else BUILD_RESOLVE
            if isinstance(owner.key, str):
                members[owner.key] = resolve
            else:
                builds[owner.key] = Build(resolve=resolve, requirements=owner.requirements)
        return RecordedBuilds(resolutions=tuple(found), builds=builds, members=members, unbuildable=self._unbuildable)

    # Who is built -----------------------------------------------------------------------------------------

    def _add_owners(self, resolutions: Iterable[Resolution]) -> bool:
        """Take in the releases that must be built; say whether there were new ones, or some in new environments."""
        news = False
        for environment, pin in _built(resolutions):
            key = (pin.name, pin.version, pin.source)
            known = self._owners.get(key)
            if known is None and _label(pin) not in self._unbuildable:
                owner = self._owner(key, pin, environment)
                news = news or owner is not None
                if owner is not None:
                    self._owners[key] = owner
            elif known is not None and environment not in known.environments:
                self._owners[key] = replace(known, environments=known.environments | {environment})
                news = True
        return news

    def _owner(self, key: CoordinateKey, pin: Pin, environment: str) -> _Owner | None:
        label = _label(pin)
        try:
            requirements = self._requirements(key, pin)
        except BuildFailed as error:
            self._unbuildable[label] = error.sentence
            return None
        own = f"{BUILD_RESOLVE}:{pin.name}@{pin.version}" if pin.version else f"{BUILD_RESOLVE}:{pin.name}"
        return _Owner(
            label=label, key=key, own_resolve=own, requirements=requirements, environments=frozenset((environment,))
        )

    def _requirements(self, key: CoordinateKey, pin: Pin) -> tuple[Requirement, ...]:
        """Return what building a release takes: as it was locked for the same file, else as its source says."""
        locked = self._locked.get(key)
        same_file = locked is not None and (
            pin.artifact is None or pin.artifact.sha256 in {artifact.sha256 for artifact in locked.artifacts}
        )
        if locked is not None and locked.build_resolve is not None and pin.artifact is not None and same_file:
            return tuple(edge.requirement for edge in locked.build_requirements)
        return self._offering.build_requirements(pin)

    # Answers ----------------------------------------------------------------------------------------------

    def _answers(self) -> list[Resolution] | None:
        """Answer all builds in all environments, or take note of who cannot share and return None."""
        found = []
        for environment in self._environments:
            sharing = [owner for owner in self._in_order(environment) if owner.key not in self._alone]
            for resolve, owners in [(BUILD_RESOLVE, sharing), *self._apart(environment)]:
                answer = self._answer(resolve, environment, owners)
                if isinstance(answer, Resolution):
                    found.append(answer)
                elif answer is not None:
                    self._set_apart(resolve, environment, owners, answer)
                    return None
        return found

    def _in_order(self, environment: Environment) -> list[_Owner]:
        here = (owner for owner in self._owners.values() if environment.name in owner.environments)
        return sorted(here, key=lambda owner: (owner.label, str(owner.key)))

    def _apart(self, environment: Environment) -> Iterator[tuple[str, list[_Owner]]]:
        for owner in self._in_order(environment):
            if owner.key in self._alone:
                yield owner.own_resolve, [owner]

    def _answer(self, resolve: str, environment: Environment, owners: Sequence[_Owner]) -> Resolution | _Refusal | None:
        """Answer what some builds take together; None where they take nothing."""
        wishes = tuple(
            wish for owner in owners for wish in build_wishes(owner.requirements, owner.label, environment.variables)
        )
        if not wishes:
            return None
        try:
            return self._offering.answer_one(self._asking.question(resolve, environment, wishes))
        except _REFUSALS as refusal:
            return refusal

    def _set_apart(self, resolve: str, environment: Environment, owners: Sequence[_Owner], why: _Refusal) -> None:
        """Give those who cannot share a resolve of their own; who cannot be answered even alone, cannot be built."""
        if len(owners) == 1:
            self._give_up(owners[0], why)
            return
        sharing: list[_Owner] = []
        for owner in owners:
            if isinstance(self._answer(resolve, environment, [*sharing, owner]), _REFUSALS):
                alone = self._answer(owner.own_resolve, environment, [owner])
                if isinstance(alone, _REFUSALS):
                    self._give_up(owner, alone)
                else:
                    self._alone.add(owner.key)
            else:
                sharing.append(owner)

    def _give_up(self, owner: _Owner, why: _Refusal) -> None:
        error = self._offering.why_not((why,)) if isinstance(why, NoAnswer) else why
        self._unbuildable[owner.key if isinstance(owner.key, str) else owner.label] = error.sentence
        del self._owners[owner.key]


def _built(resolutions: Iterable[Resolution]) -> Iterator[tuple[str, Pin]]:
    """Give the pins that are no wheels, with their environments."""
    for resolution in resolutions:
        for pin in resolution.pins:
            if pin.artifact is None or not pin.artifact.is_wheel:
                yield resolution.environment, pin


def _label(pin: Pin) -> str:
    return pin.name if pin.version is None else f"{pin.name} {pin.version}"


def _member(target: Target) -> _Owner:
    folder = target.name.rpartition(":")[0]
    return _Owner(
        label=folder,
        key=target.name,
        own_resolve=f"{BUILD_RESOLVE}:{folder}",
        requirements=tuple(declared.requirement for declared in target.requirements),
        environments=frozenset(target.environments),
    )
