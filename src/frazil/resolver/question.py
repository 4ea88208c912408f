"""What is asked of the resolver: the wishes of one resolve in one environment, and the policy that binds them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from frazil.catalog import Listing
from frazil.model import Declared, Environment, Switch
from frazil.requirement import Requirement
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """A requirement of a target, or a constraint or override of policy (then `target` is None)."""

    declared: Declared
    target: str | None = None

    @property
    def requirement(self) -> Requirement:
        return self.declared.requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A target that others ask for by project name: its requirements flow to its users.

    `version` is None unless stated; `extras` maps each extra to what it adds.
    """

    name: str
    target: str
    version: str | None = None
    requires_python: str | None = None
    requirements: tuple[Declared, ...] = ()
    extras: Mapping[str, tuple[Declared, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selecting:
    """The policy that decides which releases and files count, for one environment, ready to be applied.

    `cutoff` admits files uploaded before it (UTC), by project where `cutoffs` says otherwise (None: no cut-off);
    `prereleases` overrides `prerelease` by project; `wheels_only` says whether a wheel must fit, by project where
    `wheels_only_for` says otherwise; `lowest` is `all`, `direct` or empty.
    """

    prerelease: str = "if-necessary"
    prereleases: Mapping[str, str] = field(default_factory=dict)
    lowest: str = ""
    cutoff: datetime | None = None
    cutoffs: Mapping[str, datetime | None] = field(default_factory=dict)
    no_build: Switch = False
    no_binary: Switch = False
    wheels_only: bool = False
    wheels_only_for: Mapping[str, bool] = field(default_factory=dict)
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def prerelease_of(self, name: str) -> str:
        return self.prereleases.get(name, self.prerelease)

    def prefers_lowest(self, name: str, direct: Collection[str]) -> bool:
        """Say whether the oldest release of a project is tried first; `direct` is what targets ask for."""
        return self.lowest == "all" or (self.lowest == "direct" and name in direct)

    def cutoff_of(self, name: str) -> datetime | None:
        return self.cutoffs.get(name, self.cutoff)

    def demands_wheel(self, name: str) -> bool:
        return self.wheels_only_for.get(name, self.wheels_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One resolve in one environment: everything that its answer depends on, besides the catalog.

    `direct` are the projects that come from an address: no index is asked for them.
    `wishes` hold in this environment already (their markers were evaluated), as do constraints and overrides.
    `locked` are pins to keep while they can be kept; `preferred` are another environment's, which break ties only.
    """

    resolve: str
    environment: Environment
    wishes: tuple[Wish, ...]
    constraints: tuple[Wish, ...] = ()
    overrides: tuple[Wish, ...] = ()
    excluded: frozenset[str] = frozenset()
    members: Mapping[str, Member] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    preferred: Mapping[str, str] = field(default_factory=dict)
    direct: Mapping[str, Listing] = field(default_factory=dict)
    selecting: Selecting = Selecting()


@dataclass(frozen=True, slots=True, kw_only=True)
class JointQuestion:
    """The questions of one resolve, in the order of their environments, whose answers must share every version."""

    questions: tuple[Question, ...]


AnyQuestion = Question | JointQuestion


class Replacements:
    """The exclusions and overrides of a question: what is really asked when somebody asks for something."""

    def __init__(self, question: Question) -> None:
        self._excluded = question.excluded
        self._overrides: dict[str, list[Requirement]] = {}
        for wish in sorted(question.overrides, key=wish_order):
            self._overrides.setdefault(wish.requirement.name, []).append(wish.requirement)

    def concern(self, name: str) -> bool:
        """Say whether policy has the last word on what is asked of a project."""
        return name in self._excluded or name in self._overrides

    def of(self, requirement: Requirement) -> tuple[Requirement, ...]:
        """Return what stands in for a requirement; the extras that were asked for stay asked."""
        if requirement.name in self._excluded:
            return ()
        overrides = self._overrides.get(requirement.name)
        if overrides is None:
            return (requirement,)
        return tuple(
            Requirement(
                name=override.name,
                extras=tuple(sorted({*requirement.extras, *override.extras})),
                specifier=override.specifier,
                url=override.url,
            )
            for override in overrides
        )


def wish_order(wish: Wish) -> tuple[str, str, str]:
    return str(wish.requirement), wish.target or "", str(wish.declared.origin)


def demanded_hashes(wishes: Iterable[Wish]) -> dict[str, frozenset[str]]:
    """Return the digests (hex SHA-256) that all wishes with hashes agree on, by project."""
    found: dict[str, frozenset[str]] = {}
    for wish in wishes:
        if wish.declared.hashes:
            digests = frozenset(text.removeprefix("sha256:") for text in wish.declared.hashes)
            name = wish.requirement.name
            found[name] = found[name] & digests if name in found else digests
    return found
