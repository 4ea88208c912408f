"""From what a project declares to the inputs that a lock answers, in the lock's own words and in one order."""

from collections.abc import Iterable
from typing import TypeVar

from frazil.frozen.model import FrozenEdge, FrozenIndex, FrozenPolicy, FrozenTarget, Inputs
from frazil.frozen.ordering import edge_key
from frazil.model import Declared, Environment, Rules, Switch
from frazil.project.declaration import DeclaredProject, Policy, Target
from frazil.requirement import Requirement, marker_holds
from frazil.values import replace

_Item = TypeVar("_Item", str, tuple[str, str])

UNDECLARED_ENVIRONMENTS = ("linux", "mac", "windows")
"""The names under which an environment is recorded that no project declares."""


def inputs_of(project: DeclaredProject) -> Inputs:
    """Return the inputs of a project, sorted so that the order of declaration never shows."""
    environments = project.environments
    targets = (*project.targets, *project.builds)
    resolves = {target.resolve: FrozenPolicy() for target in targets}
    resolves |= {resolve.name: _policy(resolve.policy, environments) for resolve in project.resolves}
    return canonical_inputs(
        Inputs(
            policy=_policy(project.policy, environments),
            indexes=tuple(
                FrozenIndex(name=index.name, url=index.url, files=index.files, packages=index.packages)
                for index in project.indexes
            ),
            environments=environments,
            resolves=tuple(resolves.items()),
            targets=tuple(_target(target, environments) for target in targets),
        )
    )


def canonical_inputs(inputs: Inputs) -> Inputs:
    """Return equal inputs in the one order that the lock writes; only the order of indexes means something."""
    names = frozenset(environment.name for environment in inputs.environments)
    return Inputs(
        policy=_canonical_policy(inputs.policy, names),
        indexes=tuple(replace(index, packages=_sorted(index.packages)) for index in inputs.indexes),
        environments=tuple(
            replace(environment, markers=_sorted(environment.markers))
            for environment in sorted(inputs.environments, key=lambda environment: environment.name)
        ),
        resolves=tuple(
            (name, _canonical_policy(policy, names))
            for name, policy in sorted(inputs.resolves, key=lambda pair: pair[0])
        ),
        targets=tuple(
            replace(
                target,
                environments=_sorted(target.environments),
                requirements=sorted_edges(target.requirements, names),
            )
            for target in sorted(inputs.targets, key=lambda target: target.name)
        ),
    )


def reuse_environment(project: DeclaredProject, locked: Inputs) -> DeclaredProject:
    """Return the project with the lock's environment where it declares none itself.

    An undeclared environment is this machine's own; a colleague's lock answers for theirs, and stays. A lock for
    several environments, or for one with a name that nobody gives by default, was declared: it is not reused.
    """
    if project.environments_declared or not is_undeclared(locked.environments):
        return project
    name = locked.environments[0].name
    return replace(
        project,
        environments=locked.environments,
        targets=tuple(replace(target, environments=(name,)) for target in project.targets),
        builds=tuple(replace(target, environments=(name,)) for target in project.builds),
    )


def is_undeclared(environments: tuple[Environment, ...]) -> bool:
    """Say whether a lock's environments may be those of a project that declares none."""
    return len(environments) == 1 and environments[0].name in UNDECLARED_ENVIRONMENTS


def own_manifest(target: str) -> str:
    """Return the `pyproject.toml` that a target's requirements stand in when the lock names no file."""
    directory = target.rpartition("[")[0] if target.endswith("]") else target
    path, colon, group = directory.rpartition(":")
    if colon and "/" not in group:
        directory = path
    return "pyproject.toml" if directory in {".", ""} else f"{directory}/pyproject.toml"


def frozen_edge(
    requirement: Requirement,
    environments: Iterable[Environment],
    *,
    extra: str | None = None,
    declared_in: str | None = None,
    hashes: tuple[str, ...] = (),
) -> FrozenEdge:
    """Return the edge for a requirement: it applies in all the environments where its marker holds."""
    return FrozenEdge(
        requirement=requirement,
        extra=extra,
        environments=environments_of(requirement.marker, environments, extra=extra),
        declared_in=declared_in,
        hashes=hashes,
    )


def environments_of(
    marker: str, environments: Iterable[Environment], *, extra: str | None = None
) -> tuple[str, ...] | None:
    """Return the sorted names of the environments where a marker holds, None for all of them."""
    if not marker:
        return None
    everywhere = tuple(environments)
    holding = [e.name for e in everywhere if marker_holds(marker, e.variables, extra=extra or "")]
    return None if len(holding) == len(everywhere) else tuple(sorted(holding))


def sorted_edges(edges: Iterable[FrozenEdge], names: frozenset[str] | None = None) -> tuple[FrozenEdge, ...]:
    """Return edges in the lock's order, each once; those that hold in all of `names` say so by None."""
    canonical = {_canonical_edge(edge, names) for edge in edges}
    return tuple(sorted(canonical, key=lambda edge: (edge_key(edge), edge.environments or (), edge.hashes)))


def _canonical_edge(edge: FrozenEdge, names: frozenset[str] | None) -> FrozenEdge:
    if edge.environments is None and not edge.hashes:
        return edge
    everywhere = edge.environments is None or (names and names <= {*edge.environments})
    environments = None if everywhere else _sorted(edge.environments or ())
    return replace(edge, environments=environments, hashes=_sorted(edge.hashes))


def _policy(policy: Policy, environments: tuple[Environment, ...]) -> FrozenPolicy:
    return FrozenPolicy(
        rules=policy.rules,
        constraints=tuple(_edge(declared, environments) for declared in policy.constraints),
        overrides=tuple(_edge(declared, environments) for declared in policy.overrides),
    )


def _edge(declared: Declared, environments: tuple[Environment, ...], *, own: str | None = None) -> FrozenEdge:
    file = declared.origin.file
    return frozen_edge(
        declared.requirement,
        environments,
        declared_in=None if file == own else file,
        hashes=declared.hashes,
    )


def _target(target: Target, environments: tuple[Environment, ...]) -> FrozenTarget:
    own = own_manifest(target.name)
    return FrozenTarget(
        name=target.name,
        project_name=target.project_name,
        editable=target.editable,
        resolve=target.resolve,
        environments=target.environments,
        requires_python=target.requires_python,
        requirements=tuple(_edge(declared, environments, own=own) for declared in target.requirements),
    )


def _canonical_policy(policy: FrozenPolicy, names: frozenset[str]) -> FrozenPolicy:
    return FrozenPolicy(
        rules=_canonical_rules(policy.rules),
        constraints=sorted_edges(policy.constraints, names),
        overrides=sorted_edges(policy.overrides, names),
    )


def _canonical_rules(rules: Rules) -> Rules:
    return replace(
        rules,
        no_build=_switch(rules.no_build),
        no_binary=_switch(rules.no_binary),
        require_wheels=_switch(rules.require_wheels),
        exclude_dependencies=_sorted(rules.exclude_dependencies),
        packages=tuple(sorted(rules.packages, key=lambda pair: pair[0])),
    )


def _switch(switch: Switch | None) -> Switch | None:
    return _sorted(switch) if isinstance(switch, tuple) else switch


def _sorted(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return tuple(sorted(set(items)))
