"""Which keys are written, and what is left out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from frazil.frozen.codec import format_frozen
from frazil.frozen.encoding import instant_text
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenPolicy,
    FrozenTarget,
    Inputs,
)
from frazil.model import DirectorySource, IndexSource, PackageRules, Rules
from frazil.requirement import parse_requirement


def text_of(**changes: object) -> str:
    inputs = Inputs(**changes)  # type: ignore[arg-type]
    return format_frozen(Frozen(inputs=inputs)).decode()


def line_of(coordinate: Coordinate) -> str:
    text = format_frozen(Frozen(inputs=Inputs(), coordinates=(coordinate,))).decode()
    return text.partition('"coordinates": [\n')[2].removesuffix("\n  ]\n}\n")


def test_the_version_stands_on_the_second_line() -> None:
    assert text_of().splitlines()[1] == '  "frozen-version": 1,'


def test_the_last_byte_is_one_line_end() -> None:
    assert text_of().endswith("}\n")
    assert "\r" not in text_of()


def test_a_policy_without_anything_is_absent() -> None:
    assert "policy" not in text_of()


def test_the_policy_of_a_resolve_without_anything_is_an_empty_object() -> None:
    assert '\n    "build": {}' in text_of(resolves=(("build", FrozenPolicy()),))


def test_a_switch_that_says_no_is_written() -> None:
    policy = FrozenPolicy(rules=Rules(no_build=False, no_binary=()))
    assert '"no-binary": [],\n    "no-build": false' in text_of(policy=policy)


def test_known_keys_of_policy_stand_before_the_others_which_stand_by_code_point() -> None:
    edge = FrozenEdge(requirement=parse_requirement("a"), declared_in="pyproject.toml")
    rules = Rules(
        prerelease="allow",
        resolution="lowest",
        share="strict",
        exclude_newer="P7D",
        no_build=True,
        no_binary=("b", "a"),
        require_wheels=True,
        exclude_dependencies=("z", "y"),
        packages=(("torch", PackageRules(require_wheels=True, index="default", exclude_newer="false")),),
    )
    text = text_of(policy=FrozenPolicy(rules=rules, constraints=(edge,), overrides=(edge,)))
    keys = [line.strip().partition('"')[2].partition('"')[0] for line in text.splitlines() if line.startswith('    "')]
    assert keys == [
        "exclude-newer",
        "constraints",
        "overrides",
        "exclude-dependencies",
        "no-binary",
        "no-build",
        "packages",
        "prerelease",
        "require-wheels",
        "resolution",
        "share",
    ]
    assert '"packages": {"torch": {"exclude-newer": "false", "index": "default", "require-wheels": true}}' in text


def test_a_coordinate_in_one_resolve_has_it_on_its_line_and_in_two_has_one_a_line() -> None:
    one = Coordinate(name="a", version="1", source=IndexSource("default"), resolves=(("x", ("l",)),))
    two = Coordinate(name="a", version="1", source=IndexSource("default"), resolves=(("y", ("l",)), ("x", ("m", "l"))))
    assert '"resolves": {"x": ["l"]}, "targets"' in line_of(one)
    assert '"resolves": {\n      "x": ["l", "m"],\n      "y": ["l"]\n    }, "targets"' in line_of(two)


def test_the_targets_of_a_coordinate_stand_one_a_line() -> None:
    shipped = Coordinate(name="a", version="1", source=IndexSource("i"), targets=(("linux", ("b", "a")), ("*", ("c",))))
    expected = '"targets": {"*": [\n      "c"\n    ], "linux": [\n      "a",\n      "b"\n    ]}'
    assert expected in line_of(shipped)


def test_a_directory_has_no_version_and_no_artifacts() -> None:
    folder = Coordinate(name="a", version=None, source=DirectorySource("libs/a", editable=True))
    assert line_of(folder) == (
        '    {"name": "a", "directory": {"path": "libs/a", "editable": true}, "resolves": {}, "targets": {}}'
    )


def test_keys_that_the_example_does_not_have_stand_at_the_end() -> None:
    file = FrozenArtifact(filename="a-1.zip", sha256="0" * 64, size=1, url="https://h/a-1.zip", environments=("l",))
    full = Coordinate(name="a", version="1", source=IndexSource("i"), license="MIT", yanked="", artifacts=(file,))
    line = line_of(full)
    assert '"yanked": "", "artifacts": [' in line
    assert '"environments": ["l"], "url": "https://h/a-1.zip"}\n    ], "license": "MIT"' in line


def test_an_edge_everywhere_says_nothing_of_environments_and_an_edge_nowhere_does() -> None:
    target = FrozenTarget(
        name="t",
        requirements=(
            FrozenEdge(requirement=parse_requirement("b"), environments=(), hashes=("sha256:2", "sha256:1")),
            FrozenEdge(requirement=parse_requirement("a"), declared_in="r.txt"),
        ),
    )
    text = text_of(targets=(target,))
    assert (
        '"requirements": [\n'
        '      {"requirement": "a", "from": "r.txt"},\n'
        '      {"requirement": "b", "environments": [], "hashes": ["sha256:1", "sha256:2"]}\n'
        "    ]}"
    ) in text


def test_edges_stand_by_their_text_with_and_without_an_address() -> None:
    texts = ["a @ https://h/a.zip", "a>=1", "a", "a[x]", "a; os_name == 'nt'"]
    target = FrozenTarget(
        name="t", requirements=tuple(FrozenEdge(requirement=parse_requirement(text)) for text in texts)
    )
    text = text_of(targets=(target,))
    assert [line.split('"')[3] for line in text.splitlines() if '{"requirement"' in line] == sorted(texts)


@pytest.mark.parametrize(
    ("instant", "spelled"),
    [
        (datetime(2024, 12, 21, 18, 38, 41, tzinfo=UTC), "2024-12-21T18:38:41Z"),
        (datetime(2024, 12, 21, 18, 38, 41, 120000, tzinfo=UTC), "2024-12-21T18:38:41.120000Z"),
        (datetime(2024, 12, 21, 20, 38, 41, tzinfo=timezone(timedelta(hours=2))), "2024-12-21T18:38:41Z"),
        (datetime(2024, 12, 21, 18, 38, 41), "2024-12-21T18:38:41Z"),  # noqa: DTZ001 - UTC is meant
    ],
)
def test_instants_are_written_in_utc(instant: datetime, spelled: str) -> None:
    assert instant_text(instant) == spelled
