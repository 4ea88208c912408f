"""A lock cut to some targets: all that fetching for them needs, and nothing that a change elsewhere would touch."""

from collections.abc import Collection, Iterable, Sequence

from frazil.frozen.codec import check_frozen
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenPolicy, FrozenTarget, Inputs
from frazil.frozen.pruning import pruned
from frazil.frozen.walk import reached
from frazil.model import IndexSource, Rules, Switch
from frazil.values import replace


def cut(frozen: Frozen, targets: Sequence[FrozenTarget], environments: Iterable[str]) -> Frozen:
    """Return a valid lock with which exactly the same is fetched for these targets in these environments.

    Members that they reach stay, as members; of policy, resolves and indexes stays what says something about the rest.
    Files that were kept beside are left out.
    """
    living = frozenset(environments).intersection(name for target in targets for name in target.environments)
    inputs = frozen.inputs
    whole = Frozen(
        inputs=replace(
            inputs,
            policy=_policy_within(inputs.policy, living),
            environments=tuple(each for each in inputs.environments if each.name in living),
            resolves=tuple((name, _policy_within(policy, living)) for name, policy in inputs.resolves),
            targets=_kept_targets(frozen, targets, living),
        ),
        coordinates=tuple(
            within for each in frozen.coordinates if (within := _coordinate_within(each, living)).resolves
        ),
        subset=tuple(sorted(target.name for target in targets)),
    )
    found = pruned(whole)
    found = replace(found, inputs=_inputs_about(found))
    check_frozen(found, name="the cut lock")
    return found


def _kept_targets(
    frozen: Frozen, targets: Sequence[FrozenTarget], environments: Collection[str]
) -> tuple[FrozenTarget, ...]:
    """Return the targets, the members that they reach, and what any of these extends."""
    kept = {target.name for target in targets}
    for target in targets:
        for environment in environments:
            if environment in target.environments:
                kept.update(member.name for member in reached(frozen, target.name, environment).members)
    kept.update(base for name in tuple(kept) if (base := frozen.targets_by_name[name].base) is not None)
    return tuple(
        replace(
            target,
            environments=tuple(name for name in target.environments if name in environments),
            requirements=_edges_within(target.requirements, environments),
        )
        for target in frozen.inputs.targets
        if target.name in kept
    )


# Fewer environments ----------------------------------------------------------------------------------------


def _coordinate_within(coordinate: Coordinate, environments: Collection[str]) -> Coordinate:
    resolves = tuple(
        (resolve, kept)
        for resolve, names in coordinate.resolves
        if (kept := tuple(name for name in names if name in environments))
    )
    places = {name for _, names in resolves for name in names}
    return replace(
        coordinate,
        resolves=resolves,
        dependencies=_edges_within(coordinate.dependencies, environments),
        build_requirements=_edges_within(coordinate.build_requirements, environments),
        artifacts=tuple(_artifacts_within(coordinate.artifacts, places)),
    )


def _artifacts_within(artifacts: Iterable[FrozenArtifact], places: Collection[str]) -> Iterable[FrozenArtifact]:
    for artifact in artifacts:
        names = places if artifact.environments is None else {*places} & {*artifact.environments}
        if names:
            yield replace(artifact, environments=None if names == places else tuple(sorted(names)))


def _edges_within(edges: Iterable[FrozenEdge], environments: Collection[str]) -> tuple[FrozenEdge, ...]:
    return tuple(
        edge
        if edge.environments is None
        else replace(edge, environments=_places_within(edge.environments, environments))
        for edge in edges
    )


def _places_within(names: tuple[str, ...], environments: Collection[str]) -> tuple[str, ...] | None:
    kept = tuple(name for name in names if name in environments)
    return None if len(kept) == len(environments) else kept


def _policy_within(policy: FrozenPolicy, environments: Collection[str]) -> FrozenPolicy:
    return FrozenPolicy(
        rules=replace(policy.rules, require_wheels=_switch_about(policy.rules.require_wheels, environments)),
        constraints=_edges_within(policy.constraints, environments),
        overrides=_edges_within(policy.overrides, environments),
    )


def _switch_about(switch: Switch | None, names: Collection[str]) -> Switch | None:
    if isinstance(switch, tuple):
        return tuple(name for name in switch if name in names) or None
    return switch


# Less to say -----------------------------------------------------------------------------------------------


def _inputs_about(frozen: Frozen) -> Inputs:
    """Return the inputs with nothing in them about projects, resolves and indexes that the lock has no more."""
    inputs = frozen.inputs
    pinned = {coordinate.name for coordinate in frozen.coordinates}
    asked = {edge.requirement.name for target in inputs.targets for edge in target.requirements}
    for coordinate in frozen.coordinates:
        asked |= {edge.requirement.name for edge in (*coordinate.dependencies, *coordinate.build_requirements)}
    resolves = {target.resolve for target in inputs.targets}
    resolves |= {resolve for coordinate in frozen.coordinates for resolve, _ in coordinate.resolves}
    resolves |= {coordinate.build_resolve for coordinate in frozen.coordinates if coordinate.build_resolve is not None}
    sources = {each.source.index for each in frozen.coordinates if isinstance(each.source, IndexSource)}
    return replace(
        inputs,
        policy=_policy_about(inputs.policy, pinned, asked),
        indexes=tuple(index for index in inputs.indexes if index.name in sources) or inputs.indexes[:1],
        resolves=tuple(
            (name, _policy_about(policy, pinned, asked)) for name, policy in inputs.resolves if name in resolves
        ),
    )


def _policy_about(policy: FrozenPolicy, pinned: Collection[str], asked: Collection[str]) -> FrozenPolicy:
    rules = policy.rules
    return FrozenPolicy(
        rules=Rules(
            prerelease=rules.prerelease,
            resolution=rules.resolution,
            share=rules.share,
            exclude_newer=rules.exclude_newer,
            provenance=rules.provenance,
            no_build=_switch_about(rules.no_build, pinned),
            no_binary=_switch_about(rules.no_binary, pinned),
            require_wheels=rules.require_wheels,
            exclude_dependencies=tuple(name for name in rules.exclude_dependencies if name in asked),
            packages=tuple(pair for pair in rules.packages if pair[0] in pinned),
        ),
        constraints=tuple(edge for edge in policy.constraints if edge.requirement.name in pinned),
        overrides=tuple(edge for edge in policy.overrides if edge.requirement.name in asked),
    )
