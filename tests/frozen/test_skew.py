"""Which projects a lock pins in several versions, where, why, and what that costs."""

from dataclasses import replace

from hypothesis import given

from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenPolicy, FrozenTarget, Inputs
from frazil.frozen.reasons import Reason
from frazil.frozen.skew import skews
from frazil.frozen.walk import target_maps
from frazil.model import IndexSource, Rejection, RejectionKind
from frazil.requirement import parse_requirement
from tests.support.graph_worlds import ENVIRONMENTS, World, law, worlds

BOTH = ("linux", "windows")


def edge(text: str, declared_in: str | None = None) -> FrozenEdge:
    return FrozenEdge(requirement=parse_requirement(text), declared_in=declared_in)


def release(
    name: str, version: str, resolves: dict[str, tuple[str, ...]], *dependencies: str, size: int = 1
) -> Coordinate:
    return Coordinate(
        name=name,
        version=version,
        source=IndexSource("default"),
        resolves=tuple(sorted(resolves.items())),
        dependencies=tuple(edge(text) for text in dependencies),
        artifacts=(FrozenArtifact(filename=f"{name}-{version}.whl", sha256=f"{size:x}" * 64, size=size),),
    )


def lock(
    targets: dict[str, tuple[str, list[str]]], *coordinates: Coordinate, constraints: tuple[FrozenEdge, ...] = ()
) -> Frozen:
    """Return a lock: targets as name → (resolve, requirements)."""
    resolves = {resolve for resolve, _ in targets.values()}
    frozen = Frozen(
        inputs=Inputs(
            environments=tuple(each for each in ENVIRONMENTS if each.name in BOTH),
            resolves=tuple(
                (name, FrozenPolicy(constraints=constraints if name == "legacy" else ())) for name in sorted(resolves)
            ),
            targets=tuple(
                FrozenTarget(
                    name=name,
                    resolve=resolve,
                    environments=BOTH,
                    requirements=tuple(edge(t, "pyproject.toml") for t in texts),
                )
                for name, (resolve, texts) in targets.items()
            ),
        ),
        coordinates=coordinates,
    )
    maps = target_maps(frozen)
    return replace(
        frozen, coordinates=tuple(replace(c, targets=maps[index]) for index, c in enumerate(frozen.coordinates))
    )


def test_a_project_with_one_version_everywhere_is_no_skew() -> None:
    frozen = lock({"api": ("default", ["a"])}, release("a", "1", {"default": BOTH}))
    assert skews(frozen) == ()


def test_resolves_that_differ_name_the_requirement_that_keeps_the_other_version_out() -> None:
    frozen = lock(
        {"api": ("default", ["a>=2"]), "old": ("legacy", ["a<2"])},
        release("a", "1", {"legacy": BOTH}, size=5),
        release("a", "2", {"default": BOTH}, size=7),
    )
    [skew] = skews(frozen)
    assert (skew.name, skew.between, skew.cost) == ("a", "resolves", 5)
    newer, older = skew.sides
    assert (newer.version, newer.targets, newer.size) == ("2", ("api",), 7)
    assert newer.places == (("default", "linux"), ("default", "windows"))
    assert [(each.by, str(each.requirement)) for each in newer.reasons] == [("api", "a>=2")]
    assert older.reasons == (
        Reason(kind="target", by="old", version=None, requirement=parse_requirement("a<2"), file="pyproject.toml"),
    )


def test_a_release_and_a_constraint_are_reasons_too() -> None:
    frozen = lock(
        {"api": ("default", ["a", "b"]), "old": ("legacy", ["a"])},
        release("a", "1", {"legacy": BOTH}),
        release("a", "2", {"default": BOTH}),
        release("b", "3", {"default": BOTH}, "a>=2"),
        constraints=(edge("a<2", "old.txt"),),
    )
    [skew] = skews(frozen)
    newer, older = skew.sides
    assert [(each.kind, each.by, each.version) for each in newer.reasons] == [("coordinate", "b", "3")]
    assert [(each.kind, each.by, each.file) for each in older.reasons] == [("constraint", "legacy", "old.txt")]


def test_environments_that_differ_name_what_was_turned_down_there() -> None:
    frozen = lock(
        {"api": ("default", ["a"])},
        release("a", "1", {"default": ("windows",)}),
        release("a", "2", {"default": ("linux",)}),
    )
    no_file = Rejection("a", "2", RejectionKind.NO_FITTING_FILE, "cp312-cp312-manylinux_2_28_x86_64")
    another = Rejection("a", "3", RejectionKind.NO_FITTING_FILE)
    [skew] = skews(frozen, {("default", "windows"): (no_file, another), ("default", "linux"): (another,)})
    newer, older = skew.sides
    assert skew.between == "environments"
    assert (newer.rejections, older.rejections) == ((), (no_file,))


@given(worlds())
@law
def test_the_sides_of_a_skew_are_all_the_places_of_its_project_and_share_none(world: World) -> None:
    frozen = world.frozen()
    found = {skew.name: skew for skew in skews(frozen)}
    for name in {coordinate.name for coordinate in frozen.coordinates}:
        pinned = {(resolve, where): c.version for (resolve, where, each), c in frozen.pins.items() if each == name}
        versions = [coordinate.version for coordinate in frozen.coordinates if coordinate.name == name]
        assert (name in found) == (len(versions) > 1)
        if name in found:
            places = [(place, side.version) for side in found[name].sides for place in side.places]
            assert len(places) == len(dict(places))
            assert dict(places) == pinned
