"""The lock as trees: what each target asks for, or who asks for a project; rows first, then lines or an object."""

from collections.abc import Iterable, Iterator, Sequence

from frazil.frozen.graph import Asked, Node
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.routes import Roads
from frazil.frozen.sizes import sizes_of
from frazil.model import DEFAULT_RESOLVE
from frazil.report.envelope import Document
from frazil.report.lines import Line, Piece, dim, line, strong
from frazil.report.units import counted, size
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One row of a tree, in the order they are shown; `depth` 0 is a root.

    `kind` is `target`, `coordinate`, `member` (a target that is asked for by name) or `missing` (nothing in the lock
    answers). `requirement` is the wish between this row and its parent, None for a root, and `marker` its marker where
    markers are shown. `environments` are those it holds in, empty for all that were looked at. `building` marks what
    only builds need; `repeated` one whose subtree was shown before. `size` is where sizes are shown the bytes of a
    release's files, for a target at the root of all that it ships.
    """

    depth: int
    kind: str
    name: str
    version: str | None = None
    resolve: str | None = None
    requirement: str | None = None
    environments: tuple[str, ...] = ()
    building: bool = False
    repeated: bool = False
    marker: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeStyle:
    """How much is shown: `depth` levels below a root (None: all), a subtree once in all trees, sizes, markers."""

    depth: int | None = None
    dedupe: bool = False
    sizes: bool = False
    markers: bool = False


WHOLE = TreeStyle()


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """What stands in a tree: a target, a coordinate within a resolve, or the name of something missing; made once."""

    kind: str
    name: str
    version: str | None = None
    resolve: str | None = None
    place: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class _Branch:
    """Where a requirement leads: whether it is for a build, its marker where that is shown; made once."""

    end: _Node
    requirement: str
    building: bool
    marker: str | None


_Branches = dict[_Node, dict[_Branch, set[str]]]
"""For each node its branches, each with the environments in which it is one."""


def target_trees(
    frozen: Frozen, targets: Sequence[str], environments: Sequence[str], style: TreeStyle = WHOLE
) -> tuple[TreeRow, ...]:
    """Return a tree for each target as these environments see it.

    A target takes part in the environments that it declares; in none of them, it has no tree.
    """
    rows: list[TreeRow] = []
    drawing = _Drawing(frozen, style)
    plan = _Plan(frozen, targets, environments, style)
    for name in targets:
        target = frozen.targets_by_name[name]
        seen_in = tuple(each for each in environments if each in target.environments)
        graph = _Graph(plan, joined=True)
        for environment in seen_in:
            graph.add(environment, target)
        if seen_in:
            rows += drawing.rows(graph.root(target), graph.below, seen_in)
    return tuple(rows)


def inverted_trees(
    frozen: Frozen,
    project: str,
    targets: Sequence[str],
    environments: Sequence[str],
    style: TreeStyle = WHOLE,
) -> tuple[TreeRow, ...]:
    """Return a tree for each coordinate of a project (a normalised name): who asks for it, up to the targets.

    Of `P` and `P[x]`, the one that says so itself is the one that asks.
    """
    graph = _Graph(_Plan(frozen, targets, environments, style), joined=False)
    for environment in environments:
        graph.add(environment, *(frozen.targets_by_name[name] for name in targets))
    above = graph.turned()
    member = frozen.members.get(project)
    names = {("coordinate", project), ("missing", project), ("member", member.name if member else "")}
    roots = [node for node in above if (node.kind, node.name) in names]
    drawing = _Drawing(frozen, style)
    return tuple(row for root in _sorted(roots) for row in drawing.rows(root, above, tuple(environments)))


def tree_lines(rows: Sequence[TreeRow]) -> tuple[Line, ...]:
    """Draw rows as trees."""
    lines: list[Line] = []
    open_levels: list[bool] = []
    followed = _followed(rows)
    for position, row in enumerate(rows):
        if row.depth == 0:
            if position:
                lines.append(())
            open_levels = []
            lines.append(_label(row, lead=""))
            continue
        lead = "".join("│   " if is_open else "    " for is_open in open_levels[: row.depth - 1])
        lead += "├── " if followed[position] else "└── "
        open_levels[row.depth - 1 :] = [followed[position]]
        lines.append(_label(row, lead))
    return tuple(lines)


def tree_totals(rows: Sequence[TreeRow]) -> str:
    """Say in one line how much was shown."""
    roots = sum(1 for row in rows if row.depth == 0)
    coordinates = {(row.name, row.version) for row in rows if row.kind == "coordinate"}
    kind = "target" if all(row.kind == "target" for row in rows if row.depth == 0) else "tree"
    repeated = " · (*) is shown in full above" if any(row.repeated for row in rows) else ""
    return f"{counted(roots, kind)} · {counted(len(coordinates), 'coordinate')}{repeated}"


def tree_document(rows: Sequence[TreeRow], *, inverted: str | None) -> Document:
    """Return what `tree` answers: the rows as they are shown, each with its depth."""
    return {
        "inverted": inverted,
        "rows": [
            {
                "depth": row.depth,
                "kind": row.kind,
                "name": row.name,
                "version": row.version,
                "resolve": row.resolve,
                "requirement": row.requirement,
                "environments": list(row.environments),
                "building": row.building,
                "repeated": row.repeated,
                "marker": row.marker,
                "size": row.size,
            }
            for row in rows
        ],
    }


# From the roads of a lock to branches ----------------------------------------------------------------------


class _Plan:
    """Nodes and branches over the roads of some environments, each made once: the same one is the same object."""

    def __init__(self, frozen: Frozen, targets: Iterable[str], environments: Iterable[str], style: TreeStyle) -> None:
        chosen = [frozen.targets_by_name[name] for name in targets]
        self.roads = {environment: Roads(frozen, environment, chosen) for environment in environments}
        self._markers = style.markers
        self._places = {id(coordinate): place for place, coordinate in enumerate(frozen.coordinates)}
        self._nodes: dict[tuple[object, ...], _Node] = {}
        self._branches: dict[tuple[object, ...], _Branch] = {}
        self._at: dict[tuple[str, Node], tuple[_Node, list[tuple[_Branch, list[Node]]]]] = {}

    def node(
        self, kind: str, name: str, version: str | None = None, resolve: str | None = None, place: int = -1
    ) -> _Node:
        key = (kind, name, version, resolve, place)
        return self._nodes.get(key) or self._nodes.setdefault(key, _Node(*key))

    def at(self, node: Node, environment: str) -> tuple[_Node, list[tuple[_Branch, list[Node]]]]:
        """Return what asks at a node of the roads, and its branches with the nodes that they lead to."""
        found = self._at.get((environment, node))
        if found is None:
            roads = self.roads[environment]
            answer = roads.graph.answer(node)
            source = self._answer(node, roads)
            if isinstance(answer, FrozenTarget) and answer.base is not None:
                # The extra of a member is asked for together with the member, and shown there.
                source = self.node("member", answer.base, None, node[0])
            branches = [(self.branch(asked, roads), nodes) for asked, nodes in roads.ahead[node]]
            found = self._at[environment, node] = (source, branches)
        return found

    def branch(self, asked: Asked, roads: Roads) -> _Branch:
        requirement = asked.edge.requirement
        marker = requirement.marker or None if self._markers else None
        key = (self._answer(asked.nodes()[0], roads), requirement.head, asked.building, marker)
        return self._branches.get(key) or self._branches.setdefault(key, _Branch(*key))

    def turned(self, branch: _Branch, source: _Node) -> _Branch:
        """Return a branch that leads back to where it comes from."""
        key = (source, branch.requirement, branch.building, branch.marker)
        return self._branches.get(key) or self._branches.setdefault(key, _Branch(*key))

    def _answer(self, node: Node, roads: Roads) -> _Node:
        resolve, name, _ = node
        match roads.graph.answer(node):
            case None:
                return self.node("missing", name, None, resolve)
            case FrozenTarget(name=target):
                return self.node("member", target, None, resolve)
            case Coordinate() as coordinate:
                return self.node("coordinate", name, coordinate.version, resolve, self._places[id(coordinate)])


class _Graph:
    """What leads to what, over some walks; a branch remembers the environments it was met in."""

    def __init__(self, plan: _Plan, *, joined: bool) -> None:
        self._plan = plan
        self._joined = joined
        self.below: _Branches = {}

    def root(self, target: FrozenTarget) -> _Node:
        return self._plan.node("target", target.name, None, target.resolve)

    def add(self, environment: str, *targets: FrozenTarget) -> None:
        """Add what some targets reach. `P[x]` asks what `P` asks: joined, both stand below the root."""
        roads = self._plan.roads[environment]
        own: dict[str, _Node] = {}
        waiting: list[Node] = []
        for target in targets:
            start = self.root(target)
            self.below.setdefault(start, {})
            own[target.base or target.name] = start
            for asked, nodes in roads.starts.get(target.name, ()):
                asking = asked.source if isinstance(asked.source, FrozenTarget) else target
                self._add(start if self._joined else self.root(asking), self._plan.branch(asked, roads), environment)
                waiting += nodes
        seen: set[Node] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            source, branches = self._plan.at(node, environment)
            if self._joined and source.kind == "member":
                # What asks for itself in a circle is the root.
                source = own.get(source.name, source)
            for branch, nodes in branches:
                self._add(source, branch, environment)
                waiting += nodes

    def turned(self) -> _Branches:
        """Return the same branches the other way round."""
        above: _Branches = {node: {} for node in self.below}
        for source, branches in self.below.items():
            for branch, environments in branches.items():
                back = self._plan.turned(branch, source)
                above[branch.end].setdefault(back, set()).update(environments)
        return above

    def _add(self, source: _Node, branch: _Branch, environment: str) -> None:
        self.below.setdefault(branch.end, {})
        self.below.setdefault(source, {}).setdefault(branch, set()).add(environment)


def _sorted(nodes: Iterable[_Node]) -> list[_Node]:
    return sorted(nodes, key=lambda node: (node.name, node.place, node.kind, node.resolve or ""))


class _Drawing:
    """Turns graphs into rows, one tree after the other."""

    def __init__(self, frozen: Frozen, style: TreeStyle) -> None:
        self._frozen = frozen
        self._style = style
        self._shown: set[tuple[_Node, tuple[str, ...]]] = set()

    def rows(self, root: _Node, branches: _Branches, environments: tuple[str, ...]) -> Iterator[TreeRow]:
        """Yield a tree's rows in order, without recursion: a chain may be longer than Python's stack."""
        everywhere = set(environments)
        if not self._style.dedupe:
            self._shown.clear()
        waiting: list[tuple[int, _Node, _Branch | None, set[str]]] = [(0, root, None, everywhere)]
        while waiting:
            level, node, branch, held_in = waiting.pop()
            children = branches.get(node, {})
            # In other environments, other branches hold.
            repeated = (node, environments) in self._shown and bool(children)
            yield TreeRow(
                depth=level,
                kind=node.kind,
                name=node.name,
                version=node.version,
                resolve=node.resolve,
                requirement=branch.requirement if branch else None,
                environments=() if held_in >= everywhere else tuple(sorted(held_in)),
                building=branch.building if branch else False,
                repeated=repeated,
                marker=branch.marker if branch else None,
                size=self._size(node, held_in) if self._style.sizes else None,
            )
            if repeated or (self._style.depth is not None and level >= self._style.depth):
                continue
            self._shown.add((node, environments))
            order = sorted(children.items(), key=lambda item: _rank(item[0]), reverse=True)
            waiting += [(level + 1, child.end, child, held) for child, held in order]

    def _size(self, node: _Node, environments: Iterable[str]) -> int | None:
        """Return the bytes of a release's files in some environments, for a target of all that it ships there."""
        if node.kind == "target":
            target = self._frozen.targets_by_name[node.name]
            return sizes_of(self._frozen, [target], sorted(environments)).whole.size
        if node.kind != "coordinate":
            return None
        coordinate = self._frozen.coordinates[node.place]
        chosen = (coordinate.artifact_for(environment) for environment in environments)
        return sum({file.filename: file.size for file in chosen if file is not None}.values())


def _rank(branch: _Branch) -> tuple[bool, str, int, str, str, str]:
    end = branch.end
    return (branch.building, end.name, end.place, end.kind, branch.requirement, branch.marker or "")


# Drawing ---------------------------------------------------------------------------------------------------


def _followed(rows: Sequence[TreeRow]) -> list[bool]:
    """Say for each row whether another one of its level follows below the same parent."""
    followed = [False] * len(rows)
    comes: dict[int, bool] = {}
    for position in range(len(rows) - 1, -1, -1):
        level = rows[position].depth
        followed[position] = comes.get(level, False)
        comes = {each: later for each, later in comes.items() if each < level}
        comes[level] = True
    return followed


def _label(row: TreeRow, lead: str) -> Line:
    name = strong(row.name) if row.depth == 0 else row.name
    facts: list[str | Piece] = [f" {row.version}" if row.version else ""]
    if row.kind == "member":
        facts.append(" (member)")
    if row.kind == "missing":
        facts.append(" (not in the lock)")
    if row.requirement is not None:
        facts.append(dim(_asked(row)))
    if row.building:
        facts.append(dim("  build"))
    if row.size is not None:
        facts.append(f"  {size(row.size)}")
    if row.depth == 0 and row.resolve not in {None, DEFAULT_RESOLVE}:
        facts.append(dim(f"  resolve {row.resolve}"))
    if row.environments:
        facts.append(dim(f"  [{', '.join(row.environments)}]"))
    if row.repeated:
        facts.append(dim("  (*)"))
    return line(dim(lead), name, *facts)


def _asked(row: TreeRow) -> str:
    """Return what the wish adds to the name: extras, range, marker; the whole wish where the name is another one."""
    requirement = row.requirement or ""
    rest = requirement.removeprefix(row.name)
    named = rest != requirement and not rest[:1].isalnum() and rest[:1] not in {"-", "_", "."}
    shown = rest.strip() if named else requirement
    marker = f"; {row.marker}" if row.marker else ""
    return f"  {shown}{marker}" if shown or marker else ""
