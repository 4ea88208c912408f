"""A lock, or two to compare, as the page needs it: numbered, each name said once, ready to stand inside one file.

The page walks the same edges as the lock does (the nodes and asks below are those of `frozen.routes.Roads`), so that
who ships what need not be listed for each of many targets, and every way to it can be shown.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from frazil.frozen.comparison import compare
from frazil.frozen.diff import Change
from frazil.frozen.graph import Asked, Node
from frazil.frozen.inputs import own_manifest
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.frozen.routes import Roads
from frazil.frozen.walk import walked_targets
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.report.envelope import Document

TARGET, COORDINATE, MISSING = range(3)
"""What a node of the graph stands for."""

DIFFERS_BY_ENVIRONMENT, DIFFERS_BY_RESOLVE = 1, 2
"""Why a project is in the lock more than once; both may be true."""

_Item = TypeVar("_Item", bound=Hashable)


def page_document(frozen: Frozen, old: Frozen | None = None, *, compared_with: str | None = None) -> Document:
    """Return what the page shows of a lock; with an older one, called `compared_with`, what changed since.

    `lock` (and `old`) are numbered lists. Where a number stands for a set of environments, `places` has the set.
    `nodes` are [what, number or name, resolve]; `asks` are [node that asks, nodes that answer, wish, place, 1 for a
    build, origin]; `wishes` are [requirement, marker, what it replaces]; `origins` are the files that say so, if any;
    `files` are [name, sha256, size, time, place, address]; `pins` are [resolve, place]. Each target starts at a node
    of its own. What differs is told where it stands, by a `status` and the numbers of `changes`; `uncompared` are the
    environments that only one lock has. Same locks, same document.
    """
    document: Document = {"title": _title(frozen), "lock": _lock(frozen)}
    if old is not None:
        document["old"] = _lock(old)
        document["compared-with"] = compared_with or "an older lock"
        document |= _Differences(old, frozen).told(document)
    return document


def _title(frozen: Frozen) -> str:
    root = frozen.targets_by_name.get(".")
    return (root.project_name if root else None) or "frozen.json"


class _Numbers(Generic[_Item]):
    """Numbers for things in the order they are met; the same thing gets the same number."""

    def __init__(self, *items: _Item) -> None:
        self._numbers = {item: number for number, item in enumerate(items)}

    def of(self, item: _Item) -> int:
        return self._numbers.setdefault(item, len(self._numbers))

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._numbers)


class _Places:
    """Sets of environments by number; None is all of them."""

    def __init__(self, environments: tuple[str, ...]) -> None:
        self._environments = environments
        self._sets: _Numbers[tuple[int, ...]] = _Numbers(tuple(range(len(environments))))

    def of(self, names: tuple[str, ...] | list[str] | None) -> int:
        if names is None:
            return 0
        return self._sets.of(tuple(number for number, name in enumerate(self._environments) if name in names))

    def listed(self) -> list[list[int]]:
        return [list(each) for each in self._sets]


def _lock(frozen: Frozen) -> Document:
    places = _Places(tuple(frozen.environments_by_name))
    resolves = _Numbers(*dict(frozen.inputs.resolves))
    graph = _PageGraph(frozen, resolves, places)
    keys, skews = _keys(frozen), _skews(frozen)
    walked = {target.name for target in walked_targets(frozen)}
    return {
        "environments": [
            {"name": each.name, "python": each.python, "platform": each.platform} for each in frozen.inputs.environments
        ],
        "targets": [
            {
                "name": target.name,
                "project": target.project_name,
                "python": target.requires_python,
                "resolve": resolves.of(target.resolve),
                "place": places.of(target.environments),
                "start": graph.starts.get(target.name),
                "walked": target.name in walked,
            }
            for target in frozen.inputs.targets
        ],
        "coordinates": [
            {
                "key": keys[position],
                "name": coordinate.name,
                "version": coordinate.version,
                "source": _source(coordinate.source),
                "license": coordinate.license,
                "python": coordinate.requires_python,
                "yanked": coordinate.yanked,
                "skew": skews[position],
                "pins": [[resolves.of(resolve), places.of(names)] for resolve, names in coordinate.resolves],
                "files": [_file(artifact, places) for artifact in coordinate.artifacts],
            }
            for position, coordinate in enumerate(frozen.coordinates)
        ],
        **graph.lists(),
        "resolves": list(resolves),
        "places": places.listed(),
    }


def _file(artifact: FrozenArtifact, places: _Places) -> list[str | int | None]:
    time = artifact.upload_time.strftime("%Y-%m-%dT%H:%M:%SZ") if artifact.upload_time else None
    place = places.of(artifact.environments)
    return [artifact.filename, artifact.sha256, artifact.size, time, place, artifact.url]


def _source(source: Source) -> str:
    match source:
        case IndexSource(index):
            return f"index {index}"
        case ArchiveSource(url, subdirectory):
            return url + (f"#subdirectory={subdirectory}" if subdirectory else "")
        case VcsSource(kind, url, revision, commit, subdirectory):
            asked = f" ({revision})" if revision else ""
            below = f", folder {subdirectory}" if subdirectory else ""
            return f"{kind}+{url}@{commit}{asked}{below}"
        case DirectorySource(path):
            return f"folder {path}"


def _keys(frozen: Frozen) -> list[str]:
    """Return a name for each coordinate that links can use: no other has it, and the next lock calls it the same."""
    plain = [f"{c.name}@{c.version}" if c.version else c.name for c in frozen.coordinates]
    count = Counter(plain)
    return [
        key if count[key] == 1 else f"{key}@{_source(c.source)}"
        for key, c in zip(plain, frozen.coordinates, strict=True)
    ]


def _skews(frozen: Frozen) -> list[int]:
    """Say for each coordinate whether other releases of its project are pinned beside it, and between what."""
    pinned: dict[str, dict[str, set[int]]] = {}
    for position, coordinate in enumerate(frozen.coordinates):
        for resolve, _ in coordinate.resolves:
            pinned.setdefault(coordinate.name, {}).setdefault(resolve, set()).add(position)
    found = []
    for position, coordinate in enumerate(frozen.coordinates):
        by_resolve = pinned.get(coordinate.name, {})
        own = [by_resolve[resolve] for resolve, _ in coordinate.resolves]
        others = [releases for resolve, releases in by_resolve.items() if position not in releases]
        found.append(
            (DIFFERS_BY_ENVIRONMENT if any(len(releases) > 1 for releases in own) else 0)
            | (DIFFERS_BY_RESOLVE if others else 0)
        )
    return found


# The graph -------------------------------------------------------------------------------------------------


class _PageGraph:
    """Every edge that a walk follows, over all environments, between numbered nodes.

    A node is a target, a coordinate or something missing, within a resolve and behind an extra: as in the lock's own
    walk, what only an extra asks for is reached only by who asks for the extra.
    """

    def __init__(self, frozen: Frozen, resolves: _Numbers[str], places: _Places) -> None:
        self._resolves = resolves
        self._places = places
        self._coordinates = {id(coordinate): position for position, coordinate in enumerate(frozen.coordinates)}
        self._targets = {target.name: position for position, target in enumerate(frozen.inputs.targets)}
        self._nodes: _Numbers[tuple[int, int | str, int, str | None]] = _Numbers()
        self._wishes: _Numbers[tuple[str, str, str | None]] = _Numbers()
        self._origins: _Numbers[str | None] = _Numbers(None)
        self._asks: dict[tuple[int, tuple[int, ...], int, bool, int], list[str]] = {}
        walked = walked_targets(frozen)
        self.starts = {target.name: self._start(target) for target in walked}
        for environment in frozen.environments_by_name:
            self._add(Roads(frozen, environment, walked))

    def lists(self) -> Document:
        return {
            "nodes": [[what, number, resolve] for what, number, resolve, _ in self._nodes],
            "asks": [
                [source, list(answers), wish, self._places.of(names), int(building), origin]
                for (source, answers, wish, building, origin), names in self._asks.items()
            ],
            "wishes": [list(wish) for wish in self._wishes],
            "origins": list(self._origins),
        }

    def _add(self, roads: Roads) -> None:
        for name, ways in roads.starts.items():
            for asked, nodes in ways:
                self._ask(self.starts[name], asked, nodes, roads)
        for node, ways in roads.ahead.items():
            for asked, nodes in ways:
                self._ask(self._node(node, roads), asked, nodes, roads)

    def _ask(self, source: int, asked: Asked, nodes: list[Node], roads: Roads) -> None:
        # A missing extra is nobody; a missing project is shown as such.
        answered = [node for node in nodes if node is nodes[0] or roads.graph.answer(node) is not None]
        answers = tuple(self._node(node, roads) for node in answered)
        requirement = asked.edge.requirement
        replaced = None if asked.replaced is None else asked.replaced.requirement.head
        wish = self._wishes.of((requirement.head, requirement.marker, replaced))
        origin = self._origins.of(_origin(asked))
        names = self._asks.setdefault((source, answers, wish, asked.building, origin), [])
        if roads.environment not in names:
            names.append(roads.environment)

    def _start(self, target: FrozenTarget) -> int:
        # Apart from the node of the same target as a member: `P[x]` starts with what `P` asks for too.
        return self._nodes.of((TARGET, self._targets[target.name], self._resolves.of(target.resolve), "start"))

    def _node(self, node: Node, roads: Roads) -> int:
        resolve, name, extra = node
        number = self._resolves.of(resolve)
        match roads.graph.answer(node):
            case Coordinate() as coordinate:
                return self._nodes.of((COORDINATE, self._coordinates[id(coordinate)], number, extra))
            case FrozenTarget() as target:
                return self._nodes.of((TARGET, self._targets[target.name], number, None))
            case None:
                return self._nodes.of((MISSING, name, number, extra))


def _origin(asked: Asked) -> str | None:
    """Return the file that a target declares an edge in."""
    source, edge = asked.source, asked.replaced or asked.edge
    if isinstance(source, Coordinate):
        return None
    return edge.declared_in or own_manifest(source.name)


# Two locks -------------------------------------------------------------------------------------------------


class _Differences:
    """What changed from one lock to the next, told at each coordinate and target that it concerns."""

    def __init__(self, old: Frozen, new: Frozen) -> None:
        self._old = old
        self._new = new
        self._found = compare(old, new)
        self._changes = self._found.changes.changes
        self._by_name: dict[str, list[int]] = {}
        for position, change in enumerate(self._changes):
            self._by_name.setdefault(change.name, []).append(position)

    def told(self, document: Document) -> Document:
        """Add a `status` where there is one to what both locks list; return the changes that those refer to."""
        self._tell_coordinates(document["lock"]["coordinates"], document["old"]["coordinates"])
        self._tell_targets(document["lock"]["targets"], document["old"]["targets"])
        return {
            "changes": [_change(change) for change in self._changes],
            "uncompared": [*self._found.changes.environments_added, *self._found.changes.environments_removed],
        }

    def _tell_coordinates(self, new: list[Document], old: list[Document]) -> None:
        names_before = {coordinate.name for coordinate in self._old.coordinates}
        kept = {listed["key"] for listed in new}
        for coordinate, listed in zip(self._new.coordinates, new, strict=True):
            found = self._concerning(coordinate)
            if found:
                listed["status"] = "changed" if coordinate.name in names_before else "added"
                listed["changes"] = found
        for coordinate, listed in zip(self._old.coordinates, old, strict=True):
            found = self._concerning(coordinate)
            gone = [position for position in found if self._changes[position].kind == "removed"]
            if gone and listed["key"] not in kept:
                listed["status"] = "removed"
                listed["changes"] = gone

    def _concerning(self, coordinate: Coordinate) -> list[int]:
        """Return the changes that brought a release to where it is pinned, or took it from there."""
        pins = dict(coordinate.resolves)
        found = []
        for position in self._by_name.get(coordinate.name, ()):
            change = self._changes[position]
            version = change.old if change.kind == "removed" else change.new
            places = {name for resolve in change.resolves for name in pins.get(resolve, ())}
            if version == coordinate.version and (change.kind == "removed" or places.intersection(change.environments)):
                found.append(position)
        return found

    def _tell_targets(self, new: list[Document], old: list[Document]) -> None:
        found = self._found
        statuses = {moves.target: "changed" for moves in found.targets}
        statuses |= dict.fromkeys(found.changes.targets_added, "added")
        gone = dict.fromkeys(found.changes.targets_removed, "removed")
        for listed, known in ((new, statuses), (old, gone)):
            for target in listed:
                if target["name"] in known:
                    target["status"] = known[target["name"]]


def _change(change: Change) -> Document:
    return {
        "name": change.name,
        "kind": change.kind,
        "old": change.old,
        "new": change.new,
        "environments": [] if change.everywhere else list(change.environments),
        "reasons": [[reason.kind, reason.by, reason.requirement.head, reason.file] for reason in change.reasons],
    }
