"""Markers that hold in some environments and in none of the others of a file."""

import itertools

import pytest
from packaging.markers import Marker

from frazil.errors import UsageError
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenEdge, FrozenTarget, Inputs
from frazil.model import Environment, IndexSource
from frazil.project.environments import parse_environment
from frazil.report.export.places import Places, both, either
from frazil.report.export.pylock import pylocks
from frazil.requirement import marker_holds, parse_requirement
from tests.support.exports import request

GLIBC = parse_environment("glibc", "3.12", "manylinux_2_28_x86_64")
MUSL = parse_environment("musl", "3.12", "musllinux_1_2_x86_64")
MANY = (
    GLIBC,
    parse_environment("newer", "3.13", "manylinux_2_28_x86_64"),
    parse_environment("arm", "3.12", "manylinux_2_28_aarch64"),
    parse_environment("mac", "3.12", "macosx_14_0_arm64"),
    parse_environment("windows", "3.13", "win_amd64"),
)


def holding(marker: str, environments: tuple[Environment, ...]) -> set[str]:
    return {each.name for each in environments if marker_holds(marker, each.variables)}


@pytest.mark.parametrize("count", range(1, len(MANY) + 1))
def test_a_marker_holds_in_exactly_the_environments_it_is_for(count: int) -> None:
    for chosen in itertools.combinations(MANY, count):
        names = {each.name for each in chosen}
        marker = Places(MANY).marker(names)
        assert holding(marker, MANY) == names, marker
        assert not marker or str(Marker(marker))


def test_the_markers_of_a_file_hold_in_one_environment_each() -> None:
    markers = Places(MANY).markers
    assert sorted(len(holding(marker, MANY)) for marker in markers) == [1] * len(MANY)


def test_a_patch_version_is_named_where_it_is_frozen_for_alone() -> None:
    exact = parse_environment("exact", "3.11.7", "manylinux_2_28_x86_64")
    (marker,) = Places([exact]).markers
    assert marker.startswith("python_full_version == '3.11.7'")
    assert Places([exact]).requires_python == ">=3.11.7"
    minor = parse_environment("minor", "3.11", "manylinux_2_28_x86_64")
    assert Places([exact, minor]).markers[0].startswith("python_version == '3.11'")
    assert Places([exact, minor, *MANY]).requires_python == ">=3.11"


def test_what_no_marker_tells_apart_is_one_kind() -> None:
    threads = parse_environment("threads", "3.13t", "win_amd64")
    places = Places([*MANY, MUSL, threads])
    assert {frozenset(each.name for each in twins) for twins in places.twins} == {
        frozenset({"glibc", "musl"}),
        frozenset({"windows", "threads"}),
    }
    assert places.whole({"musl", "arm"}) == {"glibc", "musl", "arm"}


def test_markers_are_joined_with_brackets_where_they_need_them() -> None:
    assert both("a", "") == "a"
    assert both("a or b", "c") == "(a or b) and c"
    assert either(["a and b", "c"]) == "(a and b) or c"
    assert either(["a", ""]) == ""
    assert both() == either([""]) == ""


# In a file -------------------------------------------------------------------------------------------------


def twins(*artifacts: FrozenArtifact, requirement: str = "a", extra: str = "") -> Frozen:
    """Return a lock for two libcs with one release of one project, and perhaps a target for one of them alone."""
    pinned = ("glibc", "musl") if not extra else (extra,)
    target = FrozenTarget(
        name="web",
        environments=("glibc", "musl"),
        requirements=(FrozenEdge(requirement=parse_requirement(requirement), environments=pinned),),
    )
    release = Coordinate(
        name="a",
        version="1",
        source=IndexSource("default"),
        resolves=(("default", pinned),),
        targets=(("*", ("web",)),),
        artifacts=artifacts,
    )
    return Frozen(inputs=Inputs(environments=(GLIBC, MUSL), targets=(target,)), coordinates=(release,))


def file(name: str, *environments: str) -> FrozenArtifact:
    return FrozenArtifact(filename=name, sha256=f"{len(name):064x}", size=1, environments=environments or None)


def test_two_libcs_share_a_file_where_only_their_wheels_differ() -> None:
    frozen = twins(
        file("a-1-cp312-cp312-manylinux_2_17_x86_64.whl", "glibc"),
        file("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", "musl"),
    )
    (exported,) = pylocks(request(frozen))
    assert exported.text.count("[[packages]]") == 1
    assert exported.text.count("{ name = ") == 2


@pytest.mark.parametrize(
    "frozen",
    [
        twins(file("a-1-py3-none-any.whl"), extra="musl"),
        twins(file("a-1.tar.gz", "musl"), file("a-1-py3-none-any.whl", "glibc")),
    ],
    ids=["another release", "another file that would be mistaken"],
)
def test_two_libcs_that_need_different_things_are_refused_together_and_taken_apart(frozen: Frozen) -> None:
    with pytest.raises(UsageError, match="markers cannot tell glibc and musl apart") as refused:
        pylocks(request(frozen))
    assert refused.value.hint == "export one of them at a time with --env"
    for name in ("glibc", "musl"):
        assert pylocks(request(frozen, environments=(name,)))
