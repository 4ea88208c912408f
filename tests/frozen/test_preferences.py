"""Pins survive: from a lock, and from the text of one that git could not merge."""

from hypothesis import given
from hypothesis import strategies as st

from frazil.frozen.model import Coordinate, Frozen, Inputs
from frazil.frozen.preferences import pins_of, salvage_pins
from frazil.model import DirectorySource, IndexSource
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
