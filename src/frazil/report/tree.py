"""The lock as trees: what each target asks for, or who asks for a project; rows first, then lines or an object."""

from collections.abc import Iterable, Iterator, Sequence

from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.walk import Step, reached
from frazil.model import DEFAULT_RESOLVE
from frazil.report.envelope import Document
from frazil.report.lines import Line, Piece, dim, line, strong
from frazil.report.units import counted
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One row of a tree, in the order they are shown; `depth` 0 is a root.

    `kind` is `target`, `coordinate`, `member` (a target that is asked for by name) or `missing` (nothing in the lock
    answers). `requirement` is the wish between this row and its parent, None for a root. `environments` are those it
    holds in, empty for all that were looked at. `building` marks what only builds need; `repeated` one whose subtree
    was shown before in the same tree.
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


@dataclass(frozen=True, slots=True)
class _Node:
    """What stands in a tree: a target, a coordinate within a resolve, or the name of something missing."""

    kind: str
    name: str
    version: str | None = None
    resolve: str | None = None
    place: int = -1


@dataclass(frozen=True, slots=True)
class _Wish:
    """A requirement between two nodes, and whether it is for a build."""

    requirement: str
    building: bool


_Branches = dict[_Node, dict[tuple[_Node, _Wish], set[str]]]
"""For each node what it leads to, each with the environments in which it does."""


def target_trees(
    frozen: Frozen, targets: Sequence[str], environments: Sequence[str], *, depth: int | None = None
) -> tuple[TreeRow, ...]:
    """Return a tree for each target as these environments see it, at most `depth` levels below the target.

    A target takes part in the environments that it declares; in none of them, it has no tree.
    """
    rows: list[TreeRow] = []
    for name in targets:
        target = frozen.targets_by_name[name]
        seen_in = tuple(each for each in environments if each in target.environments)
        if not seen_in:
            continue
        graph = _Graph(frozen)
        for environment in seen_in:
            graph.add(reached(frozen, name, environment).steps, environment, root=target)
        rows += _rows(graph.root(target), graph.below, seen_in, depth)
    return tuple(rows)


def inverted_trees(
    frozen: Frozen, project: str, targets: Sequence[str], environments: Sequence[str], *, depth: int | None = None
) -> tuple[TreeRow, ...]:
    """Return a tree for each coordinate of a project (a normalised name): who asks for it, up to the targets.

    Of `P` and `P[x]`, the one that says so itself is the one that asks.
    """
    graph = _Graph(frozen, joined=False)
    for name in targets:
        target = frozen.targets_by_name[name]
        for environment in environments:
            if environment in target.environments:
                graph.add(reached(frozen, name, environment).steps, environment, root=target)
    above = graph.turned()
    member = frozen.members.get(project)
    names = {("coordinate", project), ("missing", project), ("member", member.name if member else "")}
    roots = [node for node in above if (node.kind, node.name) in names]
    return tuple(row for root in _sorted(roots) for row in _rows(root, above, tuple(environments), depth))


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
            }
            for row in rows
        ],
    }


# From the walk's steps to branches -------------------------------------------------------------------------


class _Graph:
    """What leads to what, over some walks; an edge remembers the environments it was met in."""

    def __init__(self, frozen: Frozen, *, joined: bool = True) -> None:
        self._joined = joined
        self.below: _Branches = {}
        self._places = {id(coordinate): place for place, coordinate in enumerate(frozen.coordinates)}
        self._pinned: dict[int, list[_Node]] = {}

    def root(self, target: FrozenTarget) -> _Node:
        return _Node("target", target.name, None, target.resolve)

    def add(self, steps: Iterable[Step], environment: str, *, root: FrozenTarget) -> None:
        """Add the steps of one walk. `P[x]` asks what `P` asks: joined, both stand below the root."""
        start = self.root(root)
        self.below.setdefault(start, {})
        own = {root.name, root.base or root.name}
        for step in steps:
            answer = self._answer(step)
            if answer not in self.below:
                self.below[answer] = {}
                self._pinned.setdefault(answer.place, []).append(answer)
            wish = _Wish(step.edge.requirement.head, step.building)
            for source in self._sources(step, start, own):
                self.below.setdefault(source, {}).setdefault((answer, wish), set()).add(environment)

    def turned(self) -> _Branches:
        """Return the same edges the other way round."""
        above: _Branches = {node: {} for node in self.below}
        for source, branches in self.below.items():
            for (answer, wish), environments in branches.items():
                above[answer].setdefault((source, wish), set()).update(environments)
        return above

    def _sources(self, step: Step, start: _Node, own: set[str]) -> list[_Node]:
        """Return the nodes that ask. Builds are walked last: whoever is to be built stands in the graph already."""
        source = step.source
        if isinstance(source, FrozenTarget):
            # The extra of a member is asked for together with the member, and shown there.
            name = source.base or source.name
            if not {name, source.name} & own:
                return [_Node("member", name, None, step.resolve)]
            return [start if self._joined else self.root(source)]
        if step.building:
            return self._pinned.get(self._places[id(source)], [])
        return [self._coordinate(source, step.resolve)]

    def _answer(self, step: Step) -> _Node:
        match step.destination:
            case None:
                return _Node("missing", step.edge.requirement.name, None, step.resolve)
            case FrozenTarget(name=name):
                return _Node("member", name, None, step.resolve)
            case Coordinate():
                return self._coordinate(step.destination, step.resolve)

    def _coordinate(self, coordinate: Coordinate, resolve: str) -> _Node:
        return _Node("coordinate", coordinate.name, coordinate.version, resolve, self._places[id(coordinate)])


def _sorted(nodes: Iterable[_Node]) -> list[_Node]:
    return sorted(nodes, key=lambda node: (node.name, node.place, node.kind, node.resolve or ""))


def _rows(root: _Node, branches: _Branches, environments: tuple[str, ...], depth: int | None) -> Iterator[TreeRow]:
    """Yield a tree's rows in order, without recursion: a chain may be longer than Python's stack."""
    everywhere = set(environments)
    shown: set[_Node] = set()
    waiting: list[tuple[int, _Node, _Wish | None, set[str]]] = [(0, root, None, everywhere)]
    while waiting:
        level, node, wish, held_in = waiting.pop()
        children = branches.get(node, {})
        repeated = node in shown and bool(children)
        yield TreeRow(
            depth=level,
            kind=node.kind,
            name=node.name,
            version=node.version,
            resolve=node.resolve,
            requirement=wish.requirement if wish else None,
            environments=() if held_in >= everywhere else tuple(sorted(held_in)),
            building=wish.building if wish else False,
            repeated=repeated,
        )
        if repeated or (depth is not None and level >= depth):
            continue
        shown.add(node)
        order = sorted(children.items(), key=lambda item: _rank(*item[0]), reverse=True)
        waiting += [(level + 1, child, asked, held) for (child, asked), held in order]


def _rank(node: _Node, wish: _Wish) -> tuple[bool, str, int, str, str]:
    return (wish.building, node.name, node.place, node.kind, wish.requirement)


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
    if row.depth == 0 and row.resolve not in {None, DEFAULT_RESOLVE}:
        facts.append(dim(f"  resolve {row.resolve}"))
    if row.environments:
        facts.append(dim(f"  [{', '.join(row.environments)}]"))
    if row.repeated:
        facts.append(dim("  (*)"))
    return line(dim(lead), name, *facts)


def _asked(row: TreeRow) -> str:
    """Return what the wish adds to the name: extras and range; the whole wish where the name is another one."""
    requirement = row.requirement or ""
    rest = requirement.removeprefix(row.name)
    named = rest != requirement and not rest[:1].isalnum() and rest[:1] not in {"-", "_", "."}
    shown = rest.strip() if named else requirement
    return f"  {shown}" if shown else ""
