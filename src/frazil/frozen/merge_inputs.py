"""Merging what two locks answer: policy, environments, resolves and targets, requirement by requirement."""

from collections.abc import Iterable

from frazil.frozen.graph import is_build_resolve
from frazil.frozen.inputs import environments_of
from frazil.frozen.model import FrozenEdge, FrozenPolicy, FrozenTarget, Inputs
from frazil.frozen.three_way import Choices, united
from frazil.model import Environment, PackageRules, Rules
from frazil.values import field_names, replace


def merged_inputs(base: Inputs, ours: Inputs, theirs: Inputs, choices: Choices) -> Inputs:
    """Merge the inputs of two locks that grew from one; `choices` gathers the conflicts."""
    sides = (base, ours, theirs)
    environments = choices.choose_each(
        lambda name: f"environment {name} was changed on both sides",
        *({environment.name: environment for environment in side.environments} for side in sides),
    )
    merging = _Merging(tuple(environments.values()), choices)
    targets = [merging.target(name, *(_target_of(side, name) for side in sides)) for name in _target_names(sides)]
    kept = tuple(target for target in targets if target is not None)
    if {e.name for e in ours.environments} != {e.name for e in theirs.environments}:
        for name in {t.name for t in ours.targets} ^ {t.name for t in theirs.targets}:
            choices.conflicts.append(f"target {name} is on one side only, and the sides have other environments")
    return Inputs(
        policy=merging.policy("the policy", base.policy, ours.policy, theirs.policy),
        indexes=choices.choose("the indexes were changed on both sides", *(side.indexes for side in sides)),
        environments=merging.environments,
        resolves=tuple(
            merging.resolves(*(dict(side.resolves) for side in sides), used={target.resolve for target in kept}).items()
        ),
        targets=kept,
    )


def _target_of(inputs: Inputs, name: str) -> FrozenTarget | None:
    return next((target for target in inputs.targets if target.name == name), None)


def _target_names(sides: Iterable[Inputs]) -> list[str]:
    return sorted({target.name for side in sides for target in side.targets})


class _Merging:
    """Merges the parts of inputs, for the environments that there are afterwards."""

    def __init__(self, environments: tuple[Environment, ...], choices: Choices) -> None:
        self.environments = environments
        self._choices = choices

    def resolves(
        self,
        base: dict[str, FrozenPolicy],
        ours: dict[str, FrozenPolicy],
        theirs: dict[str, FrozenPolicy],
        *,
        used: set[str],
    ) -> dict[str, FrozenPolicy]:
        """Merge the policies of resolves; one that a side dropped stays while the other's targets or builds use it."""
        nothing = FrozenPolicy()
        dropped = {
            name
            for name in base
            if not (name in ours and name in theirs) and name not in used and not is_build_resolve(name)
        }
        return {
            name: self.policy(
                f"resolve {name}", *(side.get(name) or base.get(name) or nothing for side in (base, ours, theirs))
            )
            for name in {**ours, **theirs}
            if name not in dropped
        }

    def policy(self, whose: str, base: FrozenPolicy, ours: FrozenPolicy, theirs: FrozenPolicy) -> FrozenPolicy:
        return FrozenPolicy(
            rules=self._rules(whose, base.rules, ours.rules, theirs.rules),
            constraints=self._edges(f"a constraint of {whose}", base.constraints, ours.constraints, theirs.constraints),
            overrides=self._edges(f"an override of {whose}", base.overrides, ours.overrides, theirs.overrides),
        )

    def _rules(self, whose: str, base: Rules, ours: Rules, theirs: Rules) -> Rules:
        scalars = {
            name: self._choices.choose(
                f"{name.replace('_', '-')} of {whose} was changed on both sides",
                *(getattr(rules, name) for rules in (base, ours, theirs)),
            )
            for name in field_names(Rules)
            if name not in {"exclude_dependencies", "packages"}
        }
        packages: dict[str, PackageRules] = self._choices.choose_each(
            lambda name: f"the rules of {whose} for {name} were changed on both sides",
            *(dict(rules.packages) for rules in (base, ours, theirs)),
        )
        excluded = united(base.exclude_dependencies, ours.exclude_dependencies, theirs.exclude_dependencies)
        return Rules(**scalars, exclude_dependencies=tuple(sorted(excluded)), packages=tuple(sorted(packages.items())))

    def target(
        self, name: str, base: FrozenTarget | None, ours: FrozenTarget | None, theirs: FrozenTarget | None
    ) -> FrozenTarget | None:
        if ours is None or theirs is None or base is None:
            bare = (_bare_target(each) for each in (base, ours, theirs))
            chosen = self._choices.choose(f"target {name} was changed on both sides", *bare)
            return chosen and self._placed(chosen)
        scalars = {
            field: self._choices.choose(
                f"{field.replace('_', '-')} of target {name} was changed on both sides",
                *(getattr(each, field) for each in (base, ours, theirs)),
            )
            for field in field_names(FrozenTarget)
            if field not in {"name", "environments", "requirements"}
        }
        return FrozenTarget(
            name=name,
            environments=tuple(sorted(united(base.environments, ours.environments, theirs.environments))),
            requirements=self._edges(
                f"what target {name} asks for", base.requirements, ours.requirements, theirs.requirements
            ),
            **scalars,
        )

    def _edges(
        self, what: str, base: Iterable[FrozenEdge], ours: Iterable[FrozenEdge], theirs: Iterable[FrozenEdge]
    ) -> tuple[FrozenEdge, ...]:
        """Merge edges by the project they are about."""
        chosen = self._choices.choose_each(
            lambda name: f"{what}, {name}, was changed on both sides",
            *(_by_project(edges) for edges in (base, ours, theirs)),
        )
        return tuple(self._where(edge) for edges in chosen.values() for edge in edges)

    def _placed(self, target: FrozenTarget) -> FrozenTarget:
        return replace(target, requirements=tuple(self._where(edge) for edge in target.requirements))

    def _where(self, edge: FrozenEdge) -> FrozenEdge:
        return replace(edge, environments=environments_of(edge.requirement.marker, self.environments))


def _bare(edge: FrozenEdge) -> FrozenEdge:
    """Return an edge without the environments, which follow from its marker and from those that are declared."""
    return replace(edge, environments=None)


def _bare_target(target: FrozenTarget | None) -> FrozenTarget | None:
    return target and replace(target, requirements=tuple(_bare(edge) for edge in target.requirements))


def _by_project(edges: Iterable[FrozenEdge]) -> dict[str, frozenset[FrozenEdge]]:
    found: dict[str, set[FrozenEdge]] = {}
    for edge in edges:
        found.setdefault(edge.requirement.name, set()).add(_bare(edge))
    return {name: frozenset(group) for name, group in found.items()}
