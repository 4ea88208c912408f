"""Whether the pins of a lock answer its edges: all asked for is there and satisfies, and nothing is there unasked."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from frazil.address import is_from
from frazil.frozen.document import DocumentError, shown
from frazil.frozen.graph import Asked, Graph, Node, is_build_resolve
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.frozen.releases import label
from frazil.frozen.walk import TargetMap, survey, walked_targets
from frazil.model import IndexSource
from frazil.requirement import admits

_Place = tuple[str, str, str]
"""A resolve, an environment, a project name."""


def check_soundness(frozen: Frozen) -> dict[int, TargetMap]:
    """Check the edges and pins of a lock whose names all exist; return what its `targets` maps must be.

    Raises DocumentError.
    """
    found = survey(frozen)
    for dangling in found.dangling:
        raise _at(frozen, dangling.source, dangling.edge).because(
            f"asks for {dangling.edge.requirement.head} in {dangling.environment}, "
            f"and resolve {dangling.resolve} pins no {dangling.edge.requirement.name} there"
        )
    _check_edges(frozen)
    _check_constraints(frozen)
    _check_indexes(frozen)
    for orphan in found.orphans:
        raise _at(frozen, orphan.coordinate).because(
            f"is pinned by resolve {orphan.resolve} in {orphan.environment}, where nothing asks for it"
        )
    for coordinate, edge in found.idle:
        raise _at(frozen, coordinate, edge).because(
            f"is an edge that nothing follows: {shown(str(edge.requirement))} holds nowhere that {coordinate.name} "
            "is pinned, or nobody asks for its extra"
        )
    return found.maps


# Edges -----------------------------------------------------------------------------------------------------


def _check_edges(frozen: Frozen) -> None:
    by_address: set[_Place] = set()
    for environment in frozen.environments_by_name:
        for asked, pin in _answers(frozen, environment):
            _check_answer(frozen, asked, pin, environment)
            if asked.edge.requirement.url is not None:
                by_address.add((asked.resolve, environment, pin.name))
    for coordinate in frozen.coordinates:
        if not isinstance(coordinate.source, IndexSource):
            _check_address_asked(frozen, coordinate, by_address)


def _answers(frozen: Frozen, environment: str) -> Iterator[tuple[Asked, Coordinate]]:
    """Yield all that anybody asks for in an environment, with the pin that answers."""
    graph = Graph(frozen, environment)
    waiting = [
        asked
        for target in walked_targets(frozen)
        if environment in target.environments
        for asked in graph.starts(target)
    ]
    seen: set[Node] = set()
    while waiting:
        asked = waiting.pop()
        nodes = asked.nodes()
        answer = graph.answer(nodes[0])
        if isinstance(answer, Coordinate):
            yield asked, answer
        for node in nodes:
            if node not in seen:
                seen.add(node)
                waiting += graph.followed(node)


def _check_answer(frozen: Frozen, asked: Asked, pin: Coordinate, environment: str) -> None:
    requirement = asked.edge.requirement
    if requirement.url is not None:
        satisfied = is_from(requirement, pin.source)
    else:
        satisfied = not requirement.specifier or pin.version is None or admits(requirement.specifier, pin.version)
    if not satisfied:
        raise _at(frozen, asked.source, asked.replaced or asked.edge).because(
            f"asks for {requirement.head}, and resolve {asked.resolve} pins {label(pin)} in {environment}"
        )
    if asked.edge.hashes:
        artifact = pin.artifact_for(environment)
        if artifact is None or f"sha256:{artifact.sha256}" not in asked.edge.hashes:
            raise _at(frozen, asked.source, asked.replaced or asked.edge).because(
                f"demands hashes of {requirement.head} that the file of {label(pin)} for {environment} does not have"
            )


def _check_address_asked(frozen: Frozen, coordinate: Coordinate, by_address: set[_Place]) -> None:
    for resolve, environments in coordinate.resolves:
        for environment in environments:
            if (resolve, environment, coordinate.name) not in by_address:
                raise _at(frozen, coordinate).because(
                    f"comes from an address that nothing in resolve {resolve} asks for in {environment}"
                )


# Policy ----------------------------------------------------------------------------------------------------


def _check_constraints(frozen: Frozen) -> None:
    general = _by_name(frozen.inputs.policy)
    own = {name: _by_name(policy) for name, policy in frozen.inputs.resolves}
    for coordinate in frozen.coordinates:
        version = coordinate.version
        if version is None:
            continue
        for resolve, environments in coordinate.resolves:
            for position, edge in own[resolve].get(coordinate.name, ()):
                _check_narrowed(edge, coordinate, resolve, environments, ("resolves", resolve, "constraints", position))
            for position, edge in () if is_build_resolve(resolve) else general.get(coordinate.name, ()):
                _check_narrowed(edge, coordinate, resolve, environments, ("policy", "constraints", position))


def _by_name(policy: FrozenPolicy) -> dict[str, list[tuple[int, FrozenEdge]]]:
    found: dict[str, list[tuple[int, FrozenEdge]]] = {}
    for position, edge in enumerate(policy.constraints):
        found.setdefault(edge.requirement.name, []).append((position, edge))
    return found


def _check_narrowed(
    edge: FrozenEdge, pin: Coordinate, resolve: str, environments: tuple[str, ...], steps: tuple[str | int, ...]
) -> None:
    environment = next((name for name in environments if edge.holds_in(name)), None)
    if environment is not None and not admits(edge.requirement.specifier, pin.version or ""):
        clause = f"narrows {edge.requirement.head}, and resolve {resolve} pins {label(pin)} in {environment}"
        raise DocumentError(clause, *steps)


def _check_indexes(frozen: Frozen) -> None:
    """Check that each release comes from an index that may serve it: the one named for it, else by reservation."""
    indexes = frozen.inputs.indexes
    reserved = [index for index in indexes if index.packages]
    general = dict(frozen.inputs.policy.rules.packages)
    rules = {name: dict(own.rules.packages) for name, own in frozen.inputs.resolves}
    if not reserved and not general and not any(rules.values()):
        return
    for coordinate in frozen.coordinates:
        if not isinstance(coordinate.source, IndexSource):
            continue
        serving = {i.name for i in reserved if any(fnmatchcase(coordinate.name, p) for p in i.packages)}
        serving = serving or {index.name for index in indexes if not index.packages}
        for resolve, _ in coordinate.resolves:
            own = rules[resolve].get(coordinate.name) or general.get(coordinate.name)
            allowed = {own.index} if own is not None and own.index is not None else serving
            if coordinate.source.index not in allowed:
                raise _at(frozen, coordinate).because(
                    f"comes from index {coordinate.source.index}, and resolve {resolve} may take it "
                    f"only from {', '.join(sorted(allowed)) or 'none'}"
                )


# Places ----------------------------------------------------------------------------------------------------


class _At:
    """A place in the document, found only when something is wrong there."""

    def __init__(self, steps: tuple[str | int, ...], about: str) -> None:
        self._steps = steps
        self._about = about

    def because(self, clause: str) -> DocumentError:
        error = DocumentError(clause, *self._steps)
        error.about = self._about
        return error


def _at(frozen: Frozen, source: Coordinate | FrozenTarget, edge: FrozenEdge | None = None) -> _At:
    if isinstance(source, FrozenTarget):
        steps: tuple[str | int, ...] = ("targets", source.name)
        lists = [("requirements", source.requirements)]
    else:
        position = next(position for position, other in enumerate(frozen.coordinates) if other is source)
        steps = ("coordinates", position)
        lists = [("dependencies", source.dependencies), ("build-requirements", source.build_requirements)]
    about = "" if isinstance(source, FrozenTarget) else label(source)
    for key, edges in lists:
        if edge in edges:
            return _At((*steps, key, edges.index(edge)), about)
    return _At(steps, about)
