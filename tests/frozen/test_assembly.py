"""Answers become one lock, whatever their order, and what the world says of a file stays as it was."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import ConfigurationError, IndexAnswerError
from frazil.frozen.assembly import Build, assemble
from frazil.frozen.codec import ParsedLock, format_frozen, parse_frozen_reporting
from frazil.frozen.inputs import frozen_edge
from frazil.frozen.model import Coordinate, Frozen, FrozenEdge, FrozenIndex, FrozenTarget, Inputs
from frazil.frozen.ordering import in_order
from frazil.model import (
    ArchiveSource,
    DirectorySource,
    Edge,
    IndexSource,
    Offer,
    Pin,
    Resolution,
    Source,
    VcsSource,
)
from frazil.requirement import parse_requirement
from tests.support.graph_worlds import ENVIRONMENTS, ROOT, World, law, worlds

DEFAULT = IndexSource("default")
CORP = IndexSource("corp")
WHEN = datetime(2024, 12, 21, 18, 38, 41, tzinfo=UTC)


# Laws ------------------------------------------------------------------------------------------------------


@law
@given(worlds(), st.integers())
def test_the_order_of_anything_never_matters(world: World, seed: int) -> None:
    shuffle = random.Random(seed)
    assert world.frozen(shuffle=shuffle) == world.frozen()


@law
@given(worlds())
def test_assembling_again_over_the_lock_changes_nothing(world: World) -> None:
    frozen = world.frozen()
    assert world.frozen(previous=frozen) == frozen


@law
@given(worlds())
def test_what_is_assembled_stands_in_the_order_of_the_file(world: World) -> None:
    frozen = world.frozen()
    assert in_order(frozen) is frozen


@law
@given(worlds())
def test_what_is_assembled_passes_the_read_checks_and_is_read_as_it_was(world: World) -> None:
    frozen = world.frozen()
    assert parse_frozen_reporting(format_frozen(frozen)) == ParsedLock(frozen=frozen)


@law
@given(worlds())
def test_each_pin_is_found_again_in_its_place_with_its_file(world: World) -> None:
    frozen = world.frozen()
    places = {
        (resolution.resolve, resolution.environment, pin.name): pin
        for resolution in world.resolutions
        for pin in resolution.pins
    }
    assert places.keys() == frozen.pins.keys()
    for place, pin in places.items():
        environment = place[1]
        coordinate = frozen.pins[place]
        artifact = coordinate.artifact_for(environment)
        assert (coordinate.name, coordinate.version) == (pin.name, pin.version)
        assert artifact is not None
        assert pin.artifact is not None
        assert (artifact.filename, artifact.sha256) == (pin.artifact.filename, pin.artifact.sha256)


# Merging pins ----------------------------------------------------------------------------------------------


def offer(filename: str, url: str | None = None, **more: Any) -> Offer:
    return Offer(
        filename, url if url is not None else f"{ROOT}ab/{filename}", **{"sha256": "0" * 64, "size": 7, **more}
    )


def pin(name: str, *edges: Edge, source: Source = DEFAULT, artifact: Offer | None = None, **more: Any) -> Pin:
    file = artifact or offer(f"{name}-1.0-py3-none-any.whl")
    return Pin(name, "1.0", source, file, edges=edges, **more)


def depends(text: str, gate: str | None = None) -> Edge:
    return Edge(parse_requirement(text), gate)


def inputs(*texts: str, indexes: tuple[FrozenIndex, ...] = (FrozenIndex(name="default"),)) -> Inputs:
    environments = tuple(e for e in ENVIRONMENTS if e.name != "mac")
    wishes = tuple(frozen_edge(parse_requirement(text), environments) for text in texts)
    return Inputs(
        indexes=indexes,
        environments=environments,
        resolves=(),
        targets=(FrozenTarget(name="app", environments=("linux", "windows"), requirements=wishes),),
    )


def assembled(
    pins: Mapping[str, list[Pin]],
    previous: Frozen | None = None,
    *,
    given_inputs: Inputs | None = None,
    **more: Any,
) -> dict[str, Coordinate]:
    """Assemble one resolve from its pins by environment; return the coordinates by name."""
    resolutions = [Resolution("default", environment, tuple(found)) for environment, found in pins.items()]
    frozen = assemble(given_inputs or inputs("web"), resolutions, previous, **more)
    return {coordinate.name: coordinate for coordinate in frozen.coordinates}


def requirements(edges: tuple[FrozenEdge, ...]) -> list[tuple[str, str | None, tuple[str, ...] | None]]:
    return [(str(edge.requirement), edge.extra, edge.environments) for edge in edges]


def test_an_edge_names_all_declared_environments_where_its_marker_holds() -> None:
    windows_only = depends("colorama; sys_platform == 'win32'")
    always = depends("click")
    found = assembled({"windows": [pin("web", windows_only, always), pin("colorama"), pin("click")]})
    assert requirements(found["web"].dependencies) == [
        ("click", None, None),
        ("colorama; sys_platform == 'win32'", None, ("windows",)),
    ]


def test_the_extra_of_a_marker_is_the_gate() -> None:
    gated = depends("uvloop; sys_platform == 'linux' and extra == 'standard'", "standard")
    found = assembled({"linux": [pin("web", gated, extras=("standard",)), pin("uvloop")], "windows": [pin("web")]})
    [edge] = found["web"].dependencies
    assert (edge.extra, edge.environments) == ("standard", ("linux",))


def test_an_edge_whose_gate_nobody_asks_for_is_not_stored() -> None:
    found = assembled({"linux": [pin("web", depends("uvloop; extra == 'standard'", "standard"))]})
    assert found["web"].dependencies == ()


def test_a_dependency_that_only_one_file_of_a_release_states_holds_only_where_that_file_is_chosen() -> None:
    found = assembled({"linux": [pin("web", depends("nccl")), pin("nccl")], "windows": [pin("web")]})
    assert requirements(found["web"].dependencies) == [("nccl", None, ("linux",))]


def test_a_dependency_behind_an_extra_is_not_missed_where_nobody_asks_for_the_extra() -> None:
    gated = depends("uvloop; extra == 'fast'", "fast")
    found = assembled({"linux": [pin("web", gated, extras=("fast",)), pin("uvloop")], "windows": [pin("web")]})
    assert requirements(found["web"].dependencies) == [("uvloop; extra == 'fast'", "fast", None)]


def test_what_is_asked_without_the_extra_is_not_missed_behind_it() -> None:
    text = "tzdata; sys_platform == 'win32' or extra == 'tz'"
    found = assembled(
        {
            "linux": [pin("web", depends(text, "tz"), extras=("tz",)), pin("tzdata")],
            "windows": [pin("web", depends(text), extras=("tz",)), pin("tzdata")],
        }
    )
    assert requirements(found["web"].dependencies) == [
        (text, None, ("windows",)),
        (text, "tz", None),
    ]


def test_one_file_for_all_environments_names_none_of_them() -> None:
    found = assembled({"linux": [pin("web")], "windows": [pin("web")]})
    [artifact] = found["web"].artifacts
    assert artifact.environments is None
    assert found["web"].resolves == (("default", ("linux", "windows")),)
    assert found["web"].targets == (("*", ("app",)),)


def test_files_by_environment_say_where_each_is_chosen() -> None:
    linux, windows = offer("web-1.0-linux.whl", sha256="1" * 64), offer("web-1.0-windows.whl", sha256="2" * 64)
    found = assembled({"windows": [pin("web", artifact=windows)], "linux": [pin("web", artifact=linux)]})
    assert [(a.filename, a.environments) for a in found["web"].artifacts] == [
        ("web-1.0-linux.whl", ("linux",)),
        ("web-1.0-windows.whl", ("windows",)),
    ]


def test_a_release_from_two_sources_is_two_coordinates() -> None:
    frozen = assemble(
        inputs("web"),
        [Resolution("default", "linux", (pin("web"),)), Resolution("default", "windows", (pin("web", source=CORP),))],
        None,
    )
    assert [coordinate.source for coordinate in frozen.coordinates] == [CORP, DEFAULT]


def test_resolves_that_take_different_files_of_one_release_are_refused() -> None:
    sdist = offer("web-1.0.tar.gz", sha256="1" * 64)
    resolutions = [
        Resolution("default", "linux", (pin("web"),)),
        Resolution("legacy", "linux", (pin("web", artifact=sdist),)),
    ]
    with pytest.raises(ConfigurationError) as caught:
        assemble(inputs("web"), resolutions, None)
    assert caught.value.sentence == (
        "resolves default and legacy take different files of web 1.0 for linux: "
        "web-1.0-py3-none-any.whl, web-1.0.tar.gz"
    )


@pytest.mark.parametrize("missing", ["sha256", "size"])
def test_a_file_without_digest_or_size_is_never_locked(missing: str) -> None:
    with pytest.raises(IndexAnswerError, match=f"nothing states the {missing} of web-1.0-py3-none-any.whl"):
        assembled({"linux": [pin("web", artifact=offer("web-1.0-py3-none-any.whl", **{missing: None}))]})


def test_facts_that_files_disagree_on_do_not_depend_on_their_order() -> None:
    pins = {
        "linux": [pin("web", requires_python=">=3.9", license="MIT")],
        "windows": [pin("web", requires_python=">=3.8", license=None)],
    }
    for order in (pins, dict(reversed(pins.items()))):
        found = assembled(order)["web"]
        assert (found.requires_python, found.license) == (">=3.8", "MIT")


def test_a_yanked_file_marks_its_release() -> None:
    yanked = offer("web-1.0-py3-none-any.whl", yanked="")
    assert assembled({"linux": [pin("web", artifact=yanked)]})["web"].yanked == ""
    assert assembled({"linux": [pin("web")]})["web"].yanked is None


# Builds ----------------------------------------------------------------------------------------------------

BUILD = Build(requirements=(parse_requirement("setuptools>=64"), parse_requirement("pywin32; sys_platform == 'win32'")))


def test_a_release_that_is_built_keeps_what_its_build_needs_where_it_is_built() -> None:
    sdist = offer("web-1.0.tar.gz", sha256="1" * 64)
    frozen = assemble(
        inputs("web"),
        [
            Resolution("default", "linux", (pin("web", artifact=sdist),)),
            Resolution("default", "windows", (pin("web"),)),
            Resolution("build", "linux", (pin("setuptools"),)),
        ],
        None,
        builds={("web", "1.0", DEFAULT): BUILD},
    )
    setuptools, web = frozen.coordinates
    assert (web.build_resolve, requirements(web.build_requirements)) == ("build", [("setuptools>=64", None, None)])
    assert setuptools.targets == (("*", ("app",)),)
    assert [name for name, _ in frozen.inputs.resolves] == ["build", "default"]


def test_a_release_taken_as_a_wheel_everywhere_needs_no_build() -> None:
    found = assembled({"linux": [pin("web")]}, builds={("web", "1.0", DEFAULT): BUILD})
    assert (found["web"].build_resolve, found["web"].build_requirements) == (None, ())


# Where files are -------------------------------------------------------------------------------------------


def path_of(artifact: Offer, **more: Any) -> str | None:
    [found] = assembled({"linux": [pin("web", artifact=artifact)]}, **more)["web"].artifacts
    return found.path


def test_a_path_is_recorded_below_the_root_of_its_index() -> None:
    wheel = offer("web-1.0-py3-none-any.whl")
    assert path_of(wheel, file_roots={"default": ROOT}) == "ab/"
    assert path_of(wheel) == "ab/"
    assert path_of(wheel, file_roots={"default": "https://elsewhere.example/"}) is None


def test_a_file_with_a_query_is_located_by_its_page() -> None:
    signed = offer("web-1.0-py3-none-any.whl", f"{ROOT}ab/web-1.0-py3-none-any.whl?token=secret")
    assert path_of(signed, file_roots={"default": ROOT}) is None


@pytest.mark.parametrize(
    "source",
    [
        ArchiveSource("https://files.index.example/packages/web-1.0-py3-none-any.whl"),
        VcsSource("git", "https://git.index.example/web", "v1", "0" * 40),
    ],
)
def test_what_comes_from_no_index_has_its_address_in_the_source(source: Source) -> None:
    found = assembled({"linux": [pin("web", source=source)]}, file_roots={"default": ROOT})
    [artifact] = found["web"].artifacts
    assert (artifact.path, artifact.url) == (None, None)


def test_a_directory_has_no_file() -> None:
    directory = Pin("web", None, DirectorySource("vendor/web"), None)
    assert assembled({"linux": [directory]})["web"].artifacts == ()


def index_of(previous: Frozen | None = None, *, files: str | None = None, **more: Any) -> FrozenIndex:
    corp = FrozenIndex(name="corp", url="https://index.example/simple/", files=files)
    frozen = assemble(
        inputs("web", indexes=(corp,)),
        [Resolution("default", "linux", (pin("web", source=CORP),))],
        previous,
        **more,
    )
    [index] = frozen.inputs.indexes
    return index


def test_the_file_root_of_a_declared_index_is_written() -> None:
    assert index_of().files == ROOT
    assert index_of(file_roots={"corp": "https://given.example/"}).files == "https://given.example/"
    assert index_of(files="https://said.example/", file_roots={"corp": "https://given.example/"}).files == (
        "https://said.example/"
    )


def test_a_learnt_file_root_stays_while_files_lie_there() -> None:
    given = {"corp": "https://given.example/"}
    corp = FrozenIndex(name="corp", url="https://index.example/simple/", files=ROOT)
    assert index_of(Frozen(inputs=inputs(indexes=(corp,))), file_roots=given).files == ROOT
    moved = replace(corp, files="https://before.example/")
    assert index_of(Frozen(inputs=inputs(indexes=(moved,)))).files == ROOT
    assert index_of(Frozen(inputs=inputs(indexes=(moved,))), file_roots=given).files == given["corp"]
    elsewhere = replace(corp, url="https://elsewhere.example/simple/")
    assert index_of(Frozen(inputs=inputs(indexes=(elsewhere,))), file_roots=given).files == given["corp"]


def test_nothing_is_written_of_the_machine_s_own_index() -> None:
    frozen = assemble(
        inputs("web"), [Resolution("default", "linux", (pin("web"),))], None, file_roots={"default": ROOT}
    )
    assert frozen.inputs.indexes == (FrozenIndex(name="default"),)


# What stays ------------------------------------------------------------------------------------------------


def lock_with(artifact: Offer, **more: Any) -> Frozen:
    return assemble(inputs("web"), [Resolution("default", "linux", (pin("web", artifact=artifact, **more),))], None)


def test_a_mirror_changes_no_byte() -> None:
    before = lock_with(offer("web-1.0-py3-none-any.whl", upload_time=WHEN, yanked="broken"), license="MIT")
    mirrored = offer("web-1.0-py3-none-any.whl", "https://mirror.example/x/web-1.0-py3-none-any.whl")
    again = assemble(inputs("web"), [Resolution("default", "linux", (pin("web", artifact=mirrored),))], before)
    assert again == before


def test_a_path_is_kept_only_below_the_root_it_was_written_for() -> None:
    def lock(root: str, folder: str, previous: Frozen | None = None) -> Frozen:
        wheel = offer("web-1.0-py3-none-any.whl", f"{root}{folder}/web-1.0-py3-none-any.whl")
        corp = FrozenIndex(name="corp", url="https://index.example/simple/")
        answers = [Resolution("default", "linux", (pin("web", source=CORP, artifact=wheel),))]
        return assemble(inputs("web", indexes=(corp,)), answers, previous)

    before = lock("https://old.example/packages/", "ab")
    [moved] = lock("https://new.example/packages/", "cd", before).coordinates
    assert moved.artifacts[0].path == "cd/"
    assert lock("https://old.example/packages/", "cd", before) == before


def test_another_digest_is_another_file_of_which_nothing_stays() -> None:
    before = lock_with(offer("web-1.0-py3-none-any.whl", upload_time=WHEN, yanked="broken"), license="MIT")
    rebuilt = offer("web-1.0-py3-none-any.whl", sha256="1" * 64)
    [web] = assemble(
        inputs("web"), [Resolution("default", "linux", (pin("web", artifact=rebuilt),))], before
    ).coordinates
    assert (web.yanked, web.license, web.artifacts[0].upload_time) == (None, None, None)


def test_the_same_file_from_another_index_is_another_release() -> None:
    before = lock_with(offer("web-1.0-py3-none-any.whl", upload_time=WHEN))
    [web] = assemble(inputs("web"), [Resolution("default", "linux", (pin("web", source=CORP),))], before).coordinates
    assert web.artifacts[0].upload_time is None
