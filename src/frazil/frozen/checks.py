"""What must hold between the values of a lock, and needs only the lock: so a merge that is clean but wrong shows.

The checks run from cheap to dear, and each may rely on the ones before: names that are mentioned exist (here), files
belong to their releases (`releases`), pins satisfy their edges (`soundness`). The first failure is raised.
"""

from collections.abc import Iterable

from frazil.frozen.document import DocumentError, shown
from frazil.frozen.graph import is_build_resolve
from frazil.frozen.inputs import environments_of
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.frozen.ordering import coordinate_key
from frazil.frozen.releases import check_release, label
from frazil.frozen.soundness import check_soundness
from frazil.frozen.walk import EVERYWHERE, TargetMap
from frazil.model import DEFAULT_INDEX, IndexSource
from frazil.requirement import mentions_extra, python_admitted

Steps = tuple[str | int, ...]


def check(frozen: Frozen) -> dict[int, TargetMap]:
    """Check everything but the `targets` maps, and return what those must be, by index of `frozen.coordinates`.

    Raises DocumentError with the place in the document, for coordinates and edges in the order of the value.
    """
    checking = _Checking(frozen)
    checking.inputs()
    sizes: dict[str, int] = {}
    for position, coordinate in enumerate(frozen.coordinates):
        try:
            checking.coordinate(coordinate)
            check_release(coordinate, frozen, sizes)
        except DocumentError as error:
            error.about = label(coordinate)
            raise error.within("coordinates", position) from None
    checking.pins()
    return check_soundness(frozen)


class _Checking:
    """The checks of names, with all that can be named at hand."""

    def __init__(self, frozen: Frozen) -> None:
        self._frozen = frozen
        self._environments = frozenset(frozen.environments_by_name)
        self._shipping_keys = self._environments | {EVERYWHERE}
        self._resolves = frozenset(name for name, _ in frozen.inputs.resolves)
        self._indexes = frozenset(index.name for index in frozen.inputs.indexes)
        self._targets = frozenset(frozen.targets_by_name)
        self._holding: dict[tuple[str, str | None], tuple[str, ...] | None] = {}

    # What the lock answers --------------------------------------------------------------------------------

    def inputs(self) -> None:
        inputs = self._frozen.inputs
        self._check_indexes()
        self._check_policy(inputs.policy, ("policy",))
        for name, policy in inputs.resolves:
            self._check_policy(policy, ("resolves", name))
        owners: dict[str, str] = {}
        for target in inputs.targets:
            self._check_target(target)
            if target.project_name is not None:
                other = owners.setdefault(target.project_name, target.name)
                if other != target.name:
                    raise DocumentError(
                        f"is {shown(target.project_name)}, and so is that of {other}", "targets", target.name, "name"
                    )
        self._known(self._frozen.subset or (), self._targets, "target", "subset")

    def _check_indexes(self) -> None:
        seen: set[str] = set()
        for position, index in enumerate(self._frozen.inputs.indexes):
            if index.name in seen:
                raise DocumentError(f"is {shown(index.name)} once more", "indexes", position, "name")
            if index.url is None and index.name != DEFAULT_INDEX:
                raise DocumentError('lacks the key "url"', "indexes", position)
            seen.add(index.name)

    def _check_policy(self, policy: FrozenPolicy, steps: Steps) -> None:
        self._check_edges(policy.constraints, (*steps, "constraints"))
        self._check_edges(policy.overrides, (*steps, "overrides"))
        for name, rules in policy.rules.packages:
            if rules.index is not None:
                self._known((rules.index,), self._indexes, "index", *steps, "packages", name, "index")
        if isinstance(policy.rules.require_wheels, tuple):
            self._known(policy.rules.require_wheels, self._environments, "environment", *steps, "require-wheels")

    def _check_target(self, target: FrozenTarget) -> None:
        steps = ("targets", target.name)
        self._known((target.resolve,), self._resolves, "resolve", *steps, "resolve")
        self._known(target.environments, self._environments, "environment", *steps, "environments")
        if target.base is not None:
            self._known((target.base,), self._targets, "target", *steps)
        for name in target.environments:
            full = self._frozen.environments_by_name[name].python_full_version
            if not python_admitted(target.requires_python, full):
                raise DocumentError(
                    f"is {shown(target.requires_python or '')}, which Python {full} of environment {name} is not",
                    *steps,
                    "requires-python",
                )
        self._check_edges(target.requirements, (*steps, "requirements"))

    def _check_edges(self, edges: tuple[FrozenEdge, ...], steps: Steps) -> None:
        for position, edge in enumerate(edges):
            self._known(edge.environments or (), self._environments, "environment", *steps, position, "environments")
            expected = self._where(edge, (*steps, position))
            if edge.environments != expected:
                raise self._wrong_environments(edge, expected, (*steps, position))

    # Coordinates ------------------------------------------------------------------------------------------

    def coordinate(self, coordinate: Coordinate) -> None:
        """Check one coordinate; places are relative to it."""
        if isinstance(coordinate.source, IndexSource):
            self._known((coordinate.source.index,), self._indexes, "index", "index")
        if not coordinate.resolves:
            raise DocumentError("is pinned by no resolve", "resolves")
        member = self._frozen.members.get(coordinate.name)
        for resolve, environments in coordinate.resolves:
            self._known((resolve,), self._resolves, "resolve", "resolves")
            if member is not None and not is_build_resolve(resolve):
                raise DocumentError(f"pins the project of target {member.name}, which stands for itself", "resolves")
            self._known(environments, self._environments, "environment", "resolves", resolve)
            if not environments:
                raise DocumentError("names no environment", "resolves", resolve)
        self._known(dict(coordinate.targets), self._shipping_keys, "environment", "targets")
        for key, names in coordinate.targets:
            self._known(names, self._targets, "target", "targets", key)
        for position, edge in enumerate(coordinate.dependencies):
            self._check_dependency(coordinate, edge, ("dependencies", position))
        if coordinate.build_resolve is not None:
            self._known((coordinate.build_resolve,), self._resolves, "resolve", "build-resolve")
            if not is_build_resolve(coordinate.build_resolve):
                raise DocumentError('must be "build" or begin with "build:"', "build-resolve")
        elif coordinate.build_requirements:
            raise DocumentError("stands without a build-resolve to answer it", "build-requirements")
        self._check_edges(coordinate.build_requirements, ("build-requirements",))

    def _check_dependency(self, coordinate: Coordinate, edge: FrozenEdge, steps: Steps) -> None:
        self._known(edge.environments or (), self._environments, "environment", *steps, "environments")
        if edge.extra is not None and not mentions_extra(edge.requirement.marker):
            raise DocumentError(f"is {shown(edge.extra)}, of which the marker says nothing", *steps, "extra")
        expected = self._where(edge, steps)
        if edge.environments == expected:
            return
        # Files of one release may differ in what they ask for: the edge may be absent where another file is taken.
        holding = self._environments if expected is None else {*expected}
        stated = self._environments if edge.environments is None else {*edge.environments}
        asking = {coordinate.artifact_for(name) for name in stated} - {None}
        silent = {coordinate.artifact_for(name) for name in holding - stated}
        if not stated or not stated <= holding or None in silent or silent & asking:
            raise self._wrong_environments(edge, expected, steps)

    def pins(self) -> None:
        """Check that each coordinate stands once, and that one release at most answers a name in each place."""
        identities: dict[object, int] = {}
        places: dict[tuple[str, str, str], int] = {}
        for position, coordinate in enumerate(self._frozen.coordinates):
            first = identities.setdefault(coordinate_key(coordinate), position)
            if first != position:
                raise DocumentError(f"stands twice: {label(coordinate)}", "coordinates", position)
            for resolve, environments in coordinate.resolves:
                for environment in environments:
                    first = places.setdefault((resolve, environment, coordinate.name), position)
                    if first != position:
                        other = label(self._frozen.coordinates[first])
                        raise DocumentError(
                            f"pins {label(coordinate)} in {environment}, where {other} is pinned already",
                            "coordinates",
                            position,
                            "resolves",
                            resolve,
                        )

    # Shared -----------------------------------------------------------------------------------------------

    def _where(self, edge: FrozenEdge, steps: Steps) -> tuple[str, ...] | None:
        """Return where the marker of an edge holds, with its gate open."""
        key = (edge.requirement.marker, edge.extra)
        if key not in self._holding:
            try:
                self._holding[key] = environments_of(key[0], self._frozen.inputs.environments, extra=key[1])
            except ValueError as error:
                raise DocumentError(f"has a marker that cannot be evaluated: {error}", *steps, "requirement") from None
        return self._holding[key]

    @staticmethod
    def _wrong_environments(edge: FrozenEdge, expected: tuple[str, ...] | None, steps: Steps) -> DocumentError:
        stated = "absent" if edge.environments is None else ", ".join(edge.environments) or "empty"
        holds = "everywhere" if expected is None else f"in {', '.join(expected)}" if expected else "nowhere"
        return DocumentError(f"is {stated}, and {shown(str(edge.requirement))} holds {holds}", *steps, "environments")

    @staticmethod
    def _known(names: Iterable[str], known: frozenset[str], kind: str, *steps: str | int) -> None:
        if not known.issuperset(names):
            name = next(name for name in names if name not in known)
            raise DocumentError(f"names the {kind} {shown(name)}, which the lock does not have", *steps)
