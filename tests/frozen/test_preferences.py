"""Pins survive: from a lock, and from the text of one that git could not merge."""

from hypothesis import given
from hypothesis import strategies as st

from frazil.frozen.codec import format_frozen
from frazil.frozen.conflict import with_markers
from frazil.frozen.model import Coordinate, Frozen, Inputs
from frazil.frozen.preferences import pins_of, salvage, salvage_pins
from frazil.model import DirectorySource, IndexSource
from tests.support import branches
from tests.support.graph_worlds import World, law, worlds

CONFLICT = """\
{
  "frozen-version": 1,
  "indexes": [
    {"name": "default"}
  ],
  "targets": {
    "libs/common": {"name": "services-common", "editable": true, "version": "7"}
  },
  "coordinates": [
    {"name": "click", "version": "8.1.8", "index": "default", "resolves": {"default": ["linux"]}, "targets": {"*": [
      "services/api"
    ]}, "dependencies": [
      {"requirement": "name-only==3"}
    ]},
<<<<<<< HEAD
    {"name": "numpy", "version": "2.9.0", "index": "default", "artifacts": [
=======
    {"name": "numpy", "version": "2.10.1", "index": "default", "artifacts": [
>>>>>>> branch
      {"filename": "numpy.whl", "sha256": "00", "size": 1}
    ]}
  ]
}
"""


def test_both_sides_of_a_conflict_are_salvaged_newest_first() -> None:
    assert salvage_pins(CONFLICT) == (("click", "8.1.8"), ("numpy", "2.10.1"), ("numpy", "2.9.0"))


def test_lines_may_end_as_on_windows() -> None:
    assert salvage_pins(CONFLICT.replace("\n", "\r\n")) == salvage_pins(CONFLICT)


def test_what_is_no_name_or_no_version_is_left_out() -> None:
    lines = [
        '    {"name": "../../etc", "version": "1"}',
        '    {"name": "Flask", "version": "1"}',
        '    {"name": "flask", "version": "latest"}',
        '    {"name": "flask", "version": "1\\u0000"}',
        '    {"name": "flask-", "version": "1"}',
        '    "x": {"name": "flask", "version": "1"}',
        '    {"name": "ok", "version": "1.0+local.1"}',
    ]
    assert salvage_pins("\n".join(lines)) == (("ok", "1.0+local.1"),)


@law
@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    salvage_pins(text)
    salvage_pins(f'    {{"name": "a", "version": "{text}"')


@law
@given(worlds())
def test_every_pin_of_a_lock_is_told_by_its_place(world: World) -> None:
    frozen = world.frozen()
    pins = pins_of(frozen)
    assert pins == {
        (resolution.resolve, resolution.environment, pin.name): pin.version
        for resolution in world.resolutions
        for pin in resolution.pins
    }


def test_what_has_no_version_is_no_preference() -> None:
    places = (("default", ("linux",)),)
    frozen = Frozen(
        inputs=Inputs(),
        coordinates=(
            Coordinate(name="a", version="1", source=IndexSource("default"), resolves=places),
            Coordinate(name="b", version=None, source=DirectorySource("b"), resolves=places),
        ),
    )
    assert pins_of(frozen) == {("default", "linux", "a"): "1"}


# Salvage ---------------------------------------------------------------------------------------------------


def sides(**versions: tuple[str, str]) -> str:
    """Return the text of a lock in which two sides pin some projects in their own way."""
    own, other = ({name: pair[position] for name, pair in versions.items()} for position in (0, 1))
    return with_markers(*(format_frozen(lock_of(side)).decode() for side in (own, other)))


def lock_of(versions: dict[str, str]) -> Frozen:
    releases = {name: {version: ()} for name, version in versions.items()}
    frozen = branches.World(releases).resolve(branches.Repository({"web": tuple(versions)}), {})
    assert frozen is not None
    return frozen


def test_the_pins_of_both_sides_are_known_by_place_and_the_newest_of_what_differs_is_preferred() -> None:
    found = salvage(sides(a=("1.0", "1.0"), b=("9.0", "10.0")))
    assert found.pins == {
        ("default", place, n): v for place in ("linux", "windows") for n, v in (("a", "1.0"), ("b", "10.0"))
    }
    assert found.contested == (("b", ("10.0", "9.0")),)
    assert found.names == {"a", "b"}


def test_a_lock_that_contradicts_itself_still_tells_its_pins_by_place() -> None:
    text = (
        format_frozen(lock_of({"a": "1.0"}))
        .decode()
        .replace('"a==', '"b==')
        .replace('"requirement": "a"', '"requirement": "b"')
    )
    assert salvage(text).pins == {("default", "linux", "a"): "1.0", ("default", "windows", "a"): "1.0"}


def test_a_text_that_is_no_lock_tells_pins_that_count_in_every_place() -> None:
    found = salvage(CONFLICT)
    assert found.pins == {}
    assert found.in_places([("default", "mac")]) == {
        ("default", "mac", "click"): "8.1.8",
        ("default", "mac", "numpy"): "2.10.1",
    }
