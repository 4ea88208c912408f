"""Routes are made of the lock's own edges, the shortest are found and counted, and extras are followed by who asks."""

from collections.abc import Iterator

from hypothesis import given

from frazil.frozen.graph import Asked, Graph, Node
from frazil.frozen.model import FrozenTarget
from frazil.frozen.routes import Roads, RouteBook, Shortest, Stop, simple_ways
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import lock_of


def levels(graph: Graph, target: FrozenTarget, name: str) -> Iterator[list[tuple[Asked, ...]]]:
    """Yield by length the ways from a target that come to no node twice and end at a project for the first time."""
    ways: list[tuple[tuple[Asked, ...], list[Node], frozenset[Node]]] = [
        ((asked,), asked.nodes(), frozenset()) for asked in graph.starts(target)
    ]
    while ways:
        yield [way for way, nodes, _ in ways if nodes[0][1] == name]
        ways = [
            ((*way, asked), asked.nodes(), seen.union(nodes))
            for way, nodes, seen in ways
            if nodes[0][1] != name
            for node in nodes
            if node not in seen
            for asked in graph.followed(node)
        ]


def told(way: tuple[Asked, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((each.source.name, str(each.edge.requirement), each.resolve) for each in way)


@law
@given(worlds())
def test_the_shortest_ways_are_those_that_a_search_of_all_ways_finds_first(world: World) -> None:
    frozen = world.frozen()
    for environment in frozen.environments_by_name:
        roads = Roads(frozen, environment, frozen.inputs.targets)
        for name in ("alpha", "setuptools", "services-common"):
            goals = {node for node in roads.ahead if node[1] == name and roads.graph.answer(node) is not None}
            shortest = Shortest(roads, goals)
            for target in frozen.inputs.targets:
                starts = roads.starts.get(target.name, [])
                lengths = [length for way in starts if (length := shortest.length(way)) is not None]
                expected = next((found for found in levels(roads.graph, target, name) if found), [])
                nearest = [way for way in starts if shortest.length(way) == min(lengths, default=0)]
                assert min(lengths, default=0) == len(expected[0] if expected and starts else ())
                found = [told(each) for way in nearest for each in shortest.ways(way)]
                assert sorted(found) == sorted(told(way) for way in (expected if starts else []))
                assert sum(map(shortest.count, nearest)) == len(found)


@law
@given(worlds())
def test_simple_ways_come_shorter_ones_first_and_none_is_left_out(world: World) -> None:
    frozen = world.frozen()
    for environment in frozen.environments_by_name:
        roads = Roads(frozen, environment, frozen.inputs.targets)
        goals = {node for node in roads.ahead if node[1] == "alpha"}
        for target in frozen.inputs.targets:
            starts = roads.starts.get(target.name)
            if starts:
                found = [told(way) for way in simple_ways(roads, starts, goals)]
                expected = [told(way) for level in levels(roads.graph, target, "alpha") for way in level]
                assert [len(way) for way in found] == sorted(len(way) for way in expected)
                assert set(found) == set(expected)


def test_an_edge_behind_an_extra_is_followed_only_by_who_asks_for_the_extra() -> None:
    frozen = lock_of(
        {
            "plain": ("1", ["server"]),
            "fancy": ("1", ["server[tls]"]),
            "server": ("1", ["crypto; extra == 'tls'"]),
            "crypto": ("1", []),
        },
        targets={"api": ["plain", "fancy"]},
        gates={"server": "tls"},
    )
    roads = Roads(frozen, "linux", frozen.inputs.targets)
    goals = {node for node in roads.ahead if node[1] == "crypto"}
    ways = [told(way) for way in simple_ways(roads, roads.starts["api"], goals)]
    assert [way[0][1] for way in ways] == ["fancy"]


def test_a_route_that_is_the_same_in_several_environments_is_kept_once() -> None:
    frozen = lock_of({"a": ("1", [])}, targets={"api": ["a"]})
    book = RouteBook(frozen)
    for _ in range(2):
        roads = Roads(frozen, "linux", frozen.inputs.targets)
        book.add(Stop("target", "api"), (roads.starts["api"][0][0],), roads)
    (route,) = book.routes()
    assert route.environments == ("linux",)
    assert (route.end.label, route.end.resolve) == ("a 1", "default")


def test_a_circle_of_projects_is_walked_round_once() -> None:
    frozen = lock_of(
        {"a": ("1", ["b"]), "b": ("1", ["a", "c"]), "c": ("1", [])},
        targets={"api": ["a"]},
    )
    roads = Roads(frozen, "linux", frozen.inputs.targets)
    goals = {node for node in roads.ahead if node[1] == "c"}
    assert [len(way) for way in simple_ways(roads, roads.starts["api"], goals)] == [3]


def test_a_chain_longer_than_pythons_stack_is_followed() -> None:
    chain = {f"p{number:05}": ("1", [f"p{number + 1:05}"]) for number in range(3000)}
    frozen = lock_of({**chain, "p03000": ("1", [])}, targets={"api": ["p00000"]})
    roads = Roads(frozen, "linux", frozen.inputs.targets)
    shortest = Shortest(roads, {node for node in roads.ahead if node[1] == "p03000"})
    assert shortest.length(roads.starts["api"][0]) == 3001
    assert len(next(shortest.ways(roads.starts["api"][0]))) == 3001
