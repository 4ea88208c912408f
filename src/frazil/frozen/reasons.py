"""Who asks for a project in a place of the lock, and which of those wishes a release could not meet."""

from collections.abc import Iterator

from frazil.frozen.graph import is_build_resolve
from frazil.frozen.model import Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.frozen.walk import Step, steps_in
from frazil.requirement import Requirement, admits
from frazil.values import dataclass

Place = tuple[str, str]
"""A resolve and an environment."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Reason:
    """Who asks for a project, and what they ask.

    `kind` is `target`, `coordinate` or `constraint`; `by` is the target's or project's name, or the resolve that the
    constraint belongs to (empty: the project's policy); `version` is a coordinate's; `file` is where a target or
    policy declares it, None for a target's own `pyproject.toml`.
    """

    kind: str
    by: str
    version: str | None
    requirement: Requirement
    file: str | None = None


class Reasons:
    """The wishes of one lock; an environment is walked when it is first asked about."""

    def __init__(self, frozen: Frozen) -> None:
        self._frozen = frozen
        self._steps: dict[str, dict[tuple[str, str], list[Step]]] = {}

    def asking(self, place: Place, name: str) -> Iterator[Reason]:
        """Yield who asks for a project in a place."""
        yield from (_reason(step) for step in self._steps_to(place, name))

    def against(self, place: Place, name: str, version: str | None, *, from_index: bool = True) -> Iterator[Reason]:
        """Yield the wishes and constraints of a place that a release could not meet.

        A release that is not `from_index` was asked for by address, or is a folder.
        """
        for step in self._steps_to(place, name):
            if _rules_out(step.edge, version, from_index=from_index):
                yield _reason(step)
        resolve, environment = place
        for owner, policy in _policies(self._frozen, resolve):
            for edge in policy.constraints:
                if edge.requirement.name != name or not edge.holds_in(environment):
                    continue
                if _rules_out(edge, version, from_index=from_index):
                    requirement, file = edge.requirement, edge.declared_in
                    yield Reason(kind="constraint", by=owner, version=None, requirement=requirement, file=file)

    def _steps_to(self, place: Place, name: str) -> list[Step]:
        resolve, environment = place
        if environment not in self._steps:
            found = self._steps[environment] = {}
            for step in steps_in(self._frozen, environment):
                found.setdefault((step.resolve, step.edge.requirement.name), []).append(step)
        return self._steps[environment].get((resolve, name), [])


def reason_order(reason: Reason) -> tuple[str, str, str, str]:
    return (reason.kind, reason.by, str(reason.requirement), reason.file or "")


def _policies(frozen: Frozen, resolve: str) -> Iterator[tuple[str, FrozenPolicy]]:
    if not is_build_resolve(resolve):
        yield "", frozen.inputs.policy
    yield resolve, dict(frozen.inputs.resolves).get(resolve, FrozenPolicy())


def _rules_out(edge: FrozenEdge, version: str | None, *, from_index: bool) -> bool:
    """Say whether a requirement cannot be met by a release."""
    requirement = edge.requirement
    if requirement.url is not None:
        return from_index
    if not requirement.specifier or version is None:
        return False
    try:
        return not admits(requirement.specifier, version)
    except ValueError:
        return False


def _reason(step: Step) -> Reason:
    target = isinstance(step.source, FrozenTarget)
    return Reason(
        kind="target" if target else "coordinate",
        by=step.source.name,
        version=None if isinstance(step.source, FrozenTarget) else step.source.version,
        requirement=step.edge.requirement,
        file=step.edge.declared_in,
    )
