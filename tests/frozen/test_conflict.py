"""Conflict markers go in and come out again, whatever is between them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from frazil.frozen.conflict import MARKER, sides_of, with_markers
from tests.support.graph_worlds import law

LINES = st.lists(st.sampled_from(["{", "}", '  "a",', '  "b",', "", '  "coordinates": [']), max_size=12)
TEXTS = LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))


@law
@given(TEXTS, TEXTS, st.integers(7, 12))
def test_both_sides_can_be_read_out_again(ours: str, theirs: str, size: int) -> None:
    text = with_markers(ours, theirs, size=size)
    assert MARKER.search(text)
    assert sides_of(text) == (ours, theirs)


@law
@given(st.text(st.sampled_from("<=>| \n{x"), max_size=60))
def test_any_text_can_be_asked_for_its_sides(text: str) -> None:
    assume("<<<<<<<" not in text)
    assert sides_of(text) is None


def test_what_is_the_same_stands_outside() -> None:
    assert with_markers("a\nb\nc\n", "a\nB\nc\n") == "a\n<<<<<<< ours\nb\n=======\nB\n>>>>>>> theirs\nc\n"


def test_two_texts_that_are_the_same_are_marked_before_their_coordinates() -> None:
    text = '{\n  "targets": {},\n  "coordinates": [\n  ]\n}\n'
    assert with_markers(text, text) == text.replace(
        '  "coordinates"', '<<<<<<< ours\n=======\n>>>>>>> theirs\n  "coordinates"'
    )


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_what_git_writes_is_read(tmp_path: Path, style: str) -> None:
    texts = {"base": "a\nb\nc\n", "ours": "a\nmine\nc\n", "theirs": "a\nyours\nmore\nc\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    command = ["git", "-c", f"merge.conflictStyle={style}", "merge-file", "-p", "ours", "base", "theirs"]
    merged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert sides_of(merged) == (texts["ours"], texts["theirs"])


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< a\nx\n=======\ny\n",
        "=======\ny\n>>>>>>> b\n",
        "<<<<<<< a\n>>>>>>> b\n",
        "<<<<<<< a\n<<<<<<< a\n=======\n>>>>>>> b\n",
    ],
)
def test_markers_that_are_not_whole_have_no_sides(text: str) -> None:
    assert sides_of(text) is None
