"""Several environments as one world: each has its own nodes, and all of a project's are tied to one version.

`flask@linux` and `flask@mac` are nodes like any other; each needs the shared node `flask` at its own version, as an
extra needs its project. So whoever searches, raises or checks a world does the same here without knowing of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from frazil.catalog import Catalog
from frazil.model import Rejection
from frazil.resolver.candidates import Candidate
from frazil.resolver.needs import Need
from frazil.resolver.question import AnyQuestion, JointQuestion, Wish
from frazil.resolver.world import Learnt, Node, World
from frazil.values import dataclass, field, replace

APART = "@"
"""Between a node and its environment; no name of a project or an extra holds it."""


@dataclass(slots=True)
class _JointGround:
    """What holds of the nodes of several environments whatever is wished."""

    nodes: dict[str, Node] = field(default_factory=dict)
    needs: dict[tuple[str, int], tuple[Need, ...] | Rejection] = field(default_factory=dict)
    learnt: Learnt = field(default_factory=Learnt)


class JointWorld:
    """The worlds of several environments, seen as one."""

    def __init__(self, question: JointQuestion, catalog: Catalog, like: "JointWorld | None" = None) -> None:
        self.question = question
        self.worlds: dict[str, World] = {
            each.environment.name: World(
                each, catalog, None if like is None else like.worlds.get(each.environment.name)
            )
            for each in question.questions
        }
        self.wishes = tuple(
            (_placed(need, environment), wish)
            for environment, world in self.worlds.items()
            for need, wish in world.wishes
        )
        shares = like is not None and like.stands_on(self.worlds)
        self.ground: _JointGround = like.ground if like is not None and shares else _JointGround()
        self._nodes = self.ground.nodes
        self._needs = self.ground.needs

    @property
    def learnt(self) -> Learnt:
        """What searches have read."""
        return self.ground.learnt

    def stands_on(self, worlds: Mapping[str, World]) -> bool:
        """Say whether all that holds here holds for these worlds too: they share what was established for each."""
        return [*worlds] == [*self.worlds] and all(
            world.ground is self.worlds[place].ground for place, world in worlds.items()
        )

    @cached_property
    def roots(self) -> tuple[Need, ...]:
        """What the targets ask for, each need once: where every walk begins."""
        return tuple(dict.fromkeys(need for need, _ in self.wishes))

    # Nodes ------------------------------------------------------------------------------------------------

    def node(self, key: str) -> Node:
        known = self._nodes.get(key)
        if known is None:
            known = self._nodes[key] = replace(self._home(key)[1], key=key)
        return known

    def _home(self, key: str) -> tuple[World, Node]:
        """Return the world of a node with the node as that world knows it; a shared node is at home in the first."""
        own, _, environment = key.partition(APART)
        world = self.worlds[environment] if environment else next(iter(self.worlds.values()))
        return world, world.node(own)

    def label(self, key: str) -> str:
        own, _, environment = key.partition(APART)
        return f"{own} ({environment})" if environment else own

    def projects(self) -> frozenset[str]:
        return frozenset().union(*(world.projects() for world in self.worlds.values()))

    def unread(self) -> list[tuple[str, int]]:
        return [
            (f"{key}{APART}{environment}", version)
            for environment, world in self.worlds.items()
            for key, version in world.unread()
        ]

    def keeps(self, node: Node, mask: int) -> bool:
        world, local = self._home(node.key)
        return world.keeps(local, mask)

    # Candidates -------------------------------------------------------------------------------------------

    def candidate(self, key: str, version: int) -> Candidate | Rejection:
        """Return the file of an environment; for a shared node, that of the first environment that takes one."""
        if not _is_shared(key):
            world, local = self._home(key)
            return world.candidate(local.key, version)
        found = [world.candidate(key, version) for world in self.worlds.values()]
        return next((each for each in found if isinstance(each, Candidate)), found[0])

    def foresee(self, node: Node, versions: Iterable[int]) -> None:
        if not _is_shared(node.key):
            world, local = self._home(node.key)
            world.foresee(local, versions)

    def rejection(self, key: str, version: int) -> Rejection | None:
        world, local = self._home(key)
        return world.rejection(local.key, version)

    def must_be_pinned(self, node: Node, version: int) -> bool:
        world, local = self._home(node.key)
        return not _is_shared(node.key) and world.must_be_pinned(local, version)

    # Needs ------------------------------------------------------------------------------------------------

    def needs(self, node: Node, version: int) -> tuple[Need, ...] | Rejection:
        known = self._needs.get((node.key, version))
        if known is None:
            known = self._needs[node.key, version] = self._new_needs(node, version)
        return known

    def _new_needs(self, node: Node, version: int) -> tuple[Need, ...] | Rejection:
        if _is_shared(node.key):
            return ()
        world, local = self._home(node.key)
        needs = world.needs(local, version)
        if isinstance(needs, Rejection):
            return needs
        environment = world.question.environment.name
        tie = () if node.extra is not None else (Need(node.name, 1 << version, None),)
        return tie + tuple(_placed(need, environment) for need in needs)

    def pinners_of(self, key: str, version: int) -> Mapping[str, int]:
        own, _, environment = key.partition(APART)
        if not environment:
            return {}
        pinners = self.worlds[environment].pinners_of(own, version)
        return {f"{pinner}{APART}{environment}": versions for pinner, versions in pinners.items()}

    def has_read(self, node: Node, version: int) -> bool:
        if _is_shared(node.key):
            return any(world.has_read(world.node(node.key), version) for world in self.worlds.values())
        world, local = self._home(node.key)
        return world.has_read(local, version)

    def constraints_on(self, node: Node) -> tuple[tuple[int, Wish], ...]:
        world, local = self._home(node.key)
        return () if _is_shared(node.key) else world.constraints_on(local)

    # Answers ----------------------------------------------------------------------------------------------

    def parts(self, versions: dict[str, int]) -> Iterator[tuple[World, dict[str, int]]]:
        """Yield each environment's world with its part of an answer."""
        for environment, world in self.worlds.items():
            suffix = f"{APART}{environment}"
            yield world, {key.removesuffix(suffix): v for key, v in versions.items() if key.endswith(suffix)}


AnyWorld = World | JointWorld


def world_of(question: AnyQuestion, catalog: Catalog, like: AnyWorld | None = None) -> AnyWorld:
    """Return the world of a question, with what one `like` it has established as far as that holds here too."""
    if isinstance(question, JointQuestion):
        return JointWorld(question, catalog, like if isinstance(like, JointWorld) else None)
    return World(question, catalog, like if isinstance(like, World) else None)


def _is_shared(key: str) -> bool:
    return APART not in key


def _placed(need: Need, environment: str) -> Need:
    return replace(need, node=f"{need.node}{APART}{environment}")
