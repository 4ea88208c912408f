"""The canonical order, and that what is in order is left alone."""

from dataclasses import replace
from typing import TypeVar

from hypothesis import HealthCheck, given, settings

from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenPolicy, FrozenTarget, Inputs
from frazil.frozen.ordering import coordinate_key, edge_key, in_order
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.requirement import parse_requirement
from tests.support.frozen_worlds import locks

Item = TypeVar("Item")


def release(name: str, version: str | None, source: Source | None = None) -> Coordinate:
    return Coordinate(name=name, version=version, source=source or IndexSource("default"))


def edge(text: str, **changes: object) -> FrozenEdge:
    return FrozenEdge(requirement=parse_requirement(text), **changes)  # type: ignore[arg-type]


def _turned(items: list[Item]) -> list[Item]:
    return items[::-1]


def test_coordinates_stand_by_name_then_version_as_text_then_source() -> None:
    ordered = [
        release("a", None, DirectorySource("x")),
        release("a", "1.10", ArchiveSource("https://h/a")),
        release("a", "1.10", DirectorySource("b")),
        release("a", "1.10", IndexSource("corp")),
        release("a", "1.10", IndexSource("default")),
        release("a", "1.10", VcsSource("git", "https://h/a", None, "0" * 40)),
        release("a", "1.9"),
        release("a-b", "1"),
        release("ab", "1"),
    ]
    assert sorted(_turned(ordered), key=coordinate_key) == ordered


def test_edges_stand_by_requirement_then_extra_then_file() -> None:
    ordered = [
        edge("a"),
        edge("a", declared_in="b.txt"),
        edge("a", extra="x"),
        edge("a>=1"),
        edge("a[b]"),
        edge("b"),
    ]
    assert sorted(_turned(ordered), key=edge_key) == ordered


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(locks())
def test_what_is_in_order_is_returned_itself(frozen: Frozen) -> None:
    ordered = in_order(frozen)
    assert in_order(ordered) is ordered


def test_every_list_is_put_in_order() -> None:
    turned = (edge("b"), edge("a"))
    sorted_edges = (edge("a"), edge("b"))
    policy = FrozenPolicy(constraints=turned, overrides=turned)
    frozen = Frozen(
        inputs=Inputs(
            policy=policy,
            resolves=(("default", policy),),
            targets=(FrozenTarget(name="t", requirements=turned),),
        ),
        coordinates=(
            replace(release("b", "1"), dependencies=turned, build_requirements=turned),
            release("a", "1"),
        ),
    )
    ordered = in_order(frozen)
    assert ordered.inputs.policy == FrozenPolicy(constraints=sorted_edges, overrides=sorted_edges)
    assert ordered.inputs.resolves == (("default", ordered.inputs.policy),)
    assert ordered.inputs.targets[0].requirements == sorted_edges
    assert [coordinate.name for coordinate in ordered.coordinates] == ["a", "b"]
    assert ordered.coordinates[1].dependencies == ordered.coordinates[1].build_requirements == sorted_edges
