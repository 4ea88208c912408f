"""What holds a release back: the requirements, constraints and overrides that keep every newer one out."""

from collections.abc import Iterable, Iterator, Sequence

from packaging.specifiers import InvalidSpecifier

from frazil.frozen.graph import Asked, is_build_resolve
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.frozen.routes import Roads, Shortest
from frazil.requirement import Requirement, specifier_set
from frazil.values import dataclass

_BOUNDS_ABOVE = ("<", "==", "~=")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Behind:
    """A target's own requirement that brings in who holds back; `file` None is the target's own `pyproject.toml`."""

    target: str
    requirement: Requirement
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One wish that no newer release could meet.

    `kind` is `target`, `coordinate`, `constraint` or `override`; `by` is the target, project or resolve that has it
    (empty: the project's policy), `version` a coordinate's. `behind` has for each target that ships the holder the
    nearest of its requirements that leads there.
    """

    kind: str
    by: str
    version: str | None
    requirement: Requirement
    file: str | None
    environments: tuple[str, ...]
    behind: tuple[Behind, ...] = ()


def bounds_above(requirement: Requirement, specifier: str = "") -> bool:
    """Say whether a requirement keeps every later release out; with a specifier, everything that it does not admit."""
    if requirement.url is not None:
        return True
    if not any(clause.startswith(_BOUNDS_ABOVE) for clause in requirement.specifier.split(",")):
        return False
    if not specifier:
        return True
    try:
        return specifier_set(requirement.specifier).is_subset(specifier_set(specifier))
    except InvalidSpecifier:
        return False


def holds_on(
    frozen: Frozen, coordinate: Coordinate, roads: Iterable[Roads], *, specifier: str = ""
) -> tuple[Hold, ...]:
    """Return what holds a release back in the environments of some roads; with a specifier, within what it admits."""
    found: dict[tuple[str, str, str | None, Requirement, str | None], tuple[list[str], set[Behind]]] = {}
    for each in roads:
        for asked in _asking(coordinate, each):
            if bounds_above(asked.edge.requirement, specifier):
                environments, behind = found.setdefault(_key(asked), ([], set()))
                environments.append(each.environment)
                behind.update(_behind(asked, each))
        for key in _constraints(frozen, coordinate, each.environment, specifier):
            found.setdefault(key, ([], set()))[0].append(each.environment)
    holds = (
        Hold(
            kind=kind,
            by=by,
            version=version,
            requirement=requirement,
            file=file,
            environments=tuple(sorted({*environments})),
            behind=tuple(sorted(behind, key=_behind_order)),
        )
        for (kind, by, version, requirement, file), (environments, behind) in found.items()
    )
    return tuple(sorted(holds, key=lambda h: (h.kind, h.by, h.version or "", str(h.requirement), h.file or "")))


def _asking(coordinate: Coordinate, roads: Roads) -> Iterator[Asked]:
    for resolve, environments in coordinate.resolves:
        if roads.environment in environments:
            yield from roads.asking(resolve, coordinate.name)


def _key(asked: Asked) -> tuple[str, str, str | None, Requirement, str | None]:
    requirement = asked.edge.requirement
    if asked.replaced is not None:
        return ("override", "", None, requirement, asked.edge.declared_in)
    if isinstance(asked.source, FrozenTarget):
        return ("target", asked.source.name, None, requirement, asked.edge.declared_in)
    return ("coordinate", asked.source.name, asked.source.version, requirement, None)


def _behind(asked: Asked, roads: Roads) -> Iterator[Behind]:
    """Yield for each target the nearest of its own requirements that leads to who asks."""
    source = asked.source
    if asked.replaced is not None or (isinstance(source, FrozenTarget) and source.project_name is None):
        return
    shortest = Shortest(roads, roads.nodes_of(source))
    for target, ways in roads.starts.items():
        reaching = [(length, way[0].edge) for way in ways if (length := shortest.length(way)) is not None]
        if reaching:
            _, edge = min(reaching, key=_nearest_first)
            yield Behind(target=target, requirement=edge.requirement, file=edge.declared_in)


def _nearest_first(reaching: tuple[int, FrozenEdge]) -> tuple[int, str]:
    return reaching[0], str(reaching[1].requirement)


def _behind_order(behind: Behind) -> tuple[str, str, str]:
    return (behind.target, str(behind.requirement), behind.file or "")


def _constraints(
    frozen: Frozen, coordinate: Coordinate, environment: str, specifier: str
) -> Iterator[tuple[str, str, None, Requirement, str | None]]:
    own = dict(frozen.inputs.resolves)
    for resolve, environments in coordinate.resolves:
        if environment not in environments:
            continue
        policies: Sequence[tuple[str, FrozenPolicy]] = [(resolve, own.get(resolve, FrozenPolicy()))]
        if not is_build_resolve(resolve):
            policies = [("", frozen.inputs.policy), *policies]
        for owner, policy in policies:
            for edge in policy.constraints:
                narrows = edge.requirement.name == coordinate.name and edge.holds_in(environment)
                if narrows and bounds_above(edge.requirement, specifier):
                    yield ("constraint", owner, None, edge.requirement, edge.declared_in)
