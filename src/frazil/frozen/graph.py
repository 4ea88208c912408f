"""The edges of a frozen resolution as one environment sees them, and what can be reached along them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenPolicy, FrozenTarget
from frazil.model import BUILD_RESOLVE
from frazil.values import replace

Node = tuple[str, str, str | None]
"""A resolve, a project name, and the extra of it that is asked for (None: the project itself)."""


def is_build_resolve(name: str) -> bool:
    """Say whether a resolve serves builds: such a one does not inherit the lists of the policy."""
    return name == BUILD_RESOLVE or name.startswith(f"{BUILD_RESOLVE}:")


def needs_build(coordinate: Coordinate, environment: str) -> bool:
    """Say whether what is chosen for an environment has to be built there: anything but a wheel."""
    if coordinate.build_resolve is None:
        return False
    artifact = coordinate.artifact_for(environment)
    return artifact is None or not artifact.filename.endswith(".whl")


class Asked(NamedTuple):
    """One thing that is asked for in an environment.

    `edge` is what `source` asks for there, `replaced` what it would ask for without an override (None
    without one); `resolve` is the one that answers; `building` says that the edge is a build requirement.
    """

    source: FrozenTarget | Coordinate
    edge: FrozenEdge
    replaced: FrozenEdge | None
    resolve: str
    building: bool

    def nodes(self) -> list[Node]:
        """Return where this leads: to the project itself, first, and to each extra asked for."""
        resolve, requirement = self.resolve, self.edge.requirement
        found: list[Node] = [(resolve, requirement.name, None)]
        if requirement.extras:
            found += [(resolve, requirement.name, extra) for extra in requirement.extras]
        return found


class Graph:
    """The lock as one environment sees it; nodes are looked at only when somebody arrives."""

    def __init__(self, frozen: Frozen, environment: str) -> None:
        self.frozen = frozen
        self.environment = environment
        self.pins: dict[tuple[str, str], int] = {
            (resolve, coordinate.name): index
            for index, coordinate in enumerate(frozen.coordinates)
            for resolve, environments in coordinate.resolves
            if environment in environments
        }
        self._policies = dict(frozen.inputs.resolves)
        self._lists: dict[str, _Lists] = {}

    def starts(self, target: FrozenTarget) -> Iterator[Asked]:
        """Yield what a target asks for and, for `P[x]`, what `P` asks for, both in the target's resolve."""
        yield from self._asked(target, target.requirements, target.resolve)
        base = self.frozen.targets_by_name.get(target.base or "")
        if base is not None:
            yield from self._asked(base, base.requirements, target.resolve)

    def followed(self, node: Node) -> Iterator[Asked]:
        """Yield what a node asks for in turn."""
        resolve, _, extra = node
        source = self.answer(node)
        if isinstance(source, Coordinate):
            yield from self._asked(source, source.dependencies, resolve, gate=extra)
            if extra is None and source.build_resolve is not None and needs_build(source, self.environment):
                yield from self._asked(source, source.build_requirements, source.build_resolve, building=True)
        elif source is not None:
            yield from self._asked(source, source.requirements, resolve)

    def answer(self, node: Node) -> Coordinate | FrozenTarget | None:
        """Return what stands for a node: the pin, else the member or the target of its extra."""
        resolve, name, extra = node
        index = self.pins.get((resolve, name))
        if index is not None:
            return self.frozen.coordinates[index]
        member = self.frozen.members.get(name)
        if member is None or extra is None:
            return member
        return self.frozen.targets_by_name.get(f"{member.name}[{extra}]")

    def pinned(self, nodes: Iterable[Node]) -> set[int]:
        """Return the indexes of the coordinates among some nodes."""
        return {self.pins[resolve, name] for resolve, name, _ in nodes if (resolve, name) in self.pins}

    def members(self, nodes: Iterable[Node]) -> tuple[FrozenTarget, ...]:
        """Return the targets among some nodes, sorted by name."""
        answers = (self.answer(node) for node in nodes)
        targets = {answer.name: answer for answer in answers if isinstance(answer, FrozenTarget)}
        return tuple(targets[name] for name in sorted(targets))

    def _asked(
        self,
        source: FrozenTarget | Coordinate,
        edges: Iterable[FrozenEdge],
        resolve: str,
        *,
        gate: str | None = None,
        building: bool = False,
    ) -> Iterator[Asked]:
        lists = self._lists.get(resolve) or self._lists_of(resolve)
        for edge in edges:
            if edge.extra != gate or not edge.holds_in(self.environment):
                continue
            name = edge.requirement.name
            if name in lists.excluded:
                continue
            replacements = lists.overrides.get(name)
            if replacements is None:
                yield Asked(source, edge, None, resolve, building)
            else:
                for replacement in replacements:
                    yield Asked(source, _replacing(edge, replacement), edge, resolve, building)

    def _lists_of(self, resolve: str) -> "_Lists":
        own = self._policies.get(resolve, FrozenPolicy())
        policies = (own,) if is_build_resolve(resolve) else (self.frozen.inputs.policy, own)
        lists = self._lists[resolve] = _Lists(policies, self.environment)
        return lists


class _Lists:
    """The exclusions and overrides of one resolve in one environment, by project name."""

    __slots__ = ("excluded", "overrides")

    def __init__(self, policies: Iterable[FrozenPolicy], environment: str) -> None:
        self.excluded: set[str] = set()
        self.overrides: dict[str, list[FrozenEdge]] = {}
        for policy in policies:
            self.excluded.update(policy.rules.exclude_dependencies)
            for edge in policy.overrides:
                if edge.holds_in(environment):
                    self.overrides.setdefault(edge.requirement.name, []).append(edge)


def _replacing(edge: FrozenEdge, override: FrozenEdge) -> FrozenEdge:
    # An override says which version; the extras that were asked for stay asked.
    extras = {*edge.requirement.extras, *override.requirement.extras}
    if extras == {*override.requirement.extras}:
        return override
    return replace(override, requirement=replace(override.requirement, extras=tuple(sorted(extras))))


class Closures:
    """What the nodes of a graph reach, each as an integer with one bit for each coordinate of the lock."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.unanswered: list[Asked] = []
        self._masks: dict[Node, int] = {}

    def reached_by(self, target: FrozenTarget) -> int:
        """Return the coordinates that a target reaches, its base's included."""
        mask = 0
        for node in self._nodes(self.graph.starts(target)):
            if node not in self._masks:
                self._settle(node)
            mask |= self._masks[node]
        return mask

    def came_to(self, node: Node) -> bool:
        """Say whether any walk so far came to a node."""
        return node in self._masks

    def _settle(self, root: Node) -> None:
        """Find the closure of a node and of all that it reaches (Tarjan's strongly connected components).

        Projects may depend on each other in a circle, and all in a circle reach the same. A loop, not a
        recursion: a chain of dependencies may be longer than Python's stack.
        """
        masks = self._masks
        path = _Path()
        trail = [(root, iter(self._enter(root, path)))]
        while trail:
            node, rest = trail[-1]
            for goal in rest:
                if goal in masks:
                    path.gathered[node] |= masks[goal]
                elif goal in path.number:
                    path.lowest[node] = min(path.lowest[node], path.number[goal])
                else:
                    trail.append((goal, iter(self._enter(goal, path))))
                    break
            else:
                trail.pop()
                if path.lowest[node] == path.number[node]:
                    path.close_circle(node, masks)
                if trail:
                    before = trail[-1][0]
                    path.lowest[before] = min(path.lowest[before], path.lowest[node])
                    path.gathered[before] |= path.gathered[node]

    def _enter(self, node: Node, path: "_Path") -> list[Node]:
        index = self.graph.pins.get(node[:2])
        path.add(node, 0 if index is None else 1 << index)
        return self._nodes(self.graph.followed(node))

    def _nodes(self, asked: Iterable[Asked]) -> list[Node]:
        found: list[Node] = []
        for each in asked:
            nodes = each.nodes()
            found += nodes
            if self.graph.answer(nodes[0]) is None:
                self.unanswered.append(each)
        return found


class _Path:
    """The state of Tarjan's algorithm: nodes in order of arrival, and those whose circle is still open."""

    def __init__(self) -> None:
        self.number: dict[Node, int] = {}
        self.lowest: dict[Node, int] = {}
        self.gathered: dict[Node, int] = {}
        self.open: list[Node] = []

    def add(self, node: Node, own: int) -> None:
        self.number[node] = self.lowest[node] = len(self.number)
        self.gathered[node] = own
        self.open.append(node)

    def close_circle(self, node: Node, masks: dict[Node, int]) -> None:
        """Give all nodes that were opened since this one the closure that they share."""
        circle = [self.open.pop()]
        while circle[-1] != node:
            circle.append(self.open.pop())
        total = 0
        for each in circle:
            total |= self.gathered[each]
        for each in circle:
            masks[each] = self.gathered[each] = total
