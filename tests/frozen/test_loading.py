"""Bytes that are no JSON, or more than a lock may be: each kind has its sentence, and none takes long."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import LockFileError, LockTooNew
from frazil.frozen.loading import DEEPEST_LOCK, check_size, load_document
from frazil.frozen.model import LARGEST_LOCK


def refusal(data: bytes) -> str:
    with pytest.raises(LockFileError) as caught:
        load_document(data, "frozen.json")
    return caught.value.sentence


def nested(levels: int) -> bytes:
    return b'{"frozen-version": 1, "x": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_the_version_is_read_and_taken_off() -> None:
    assert load_document(b'{"a": 1, "frozen-version": 1}', "frozen.json") == {"a": 1}


def test_a_newer_version_is_told_before_anything_else_is_looked_at() -> None:
    with pytest.raises(LockTooNew):
        load_document(b'{"x": [NaN, 1e9, {"a": 1, "a": 2}], "frozen-version": 9}', "frozen.json")


@pytest.mark.parametrize("version", ["null", '"1"', "1.0", "true", "[]", "0", "-1", "1" * 40])
def test_a_version_that_is_no_whole_number_is_refused(version: str) -> None:
    data = f'{{"frozen-version": {version}}}'.encode()
    assert refusal(data) == "frozen.json has a frozen-version that is not a whole number from 1 on"


def test_as_many_levels_as_a_lock_may_have_are_read() -> None:
    load_document(nested(DEEPEST_LOCK), "frozen.json")


@pytest.mark.parametrize("levels", [DEEPEST_LOCK + 1, 1000, 200_000])
def test_more_levels_are_refused_without_recursion(levels: int) -> None:
    assert refusal(nested(levels)) == f"frozen.json is nested deeper than {DEEPEST_LOCK} levels"


def test_brackets_in_strings_do_not_nest() -> None:
    text = r"[[[[[[[[[[[[[[[[[[[[{{{{{\"[[[[[[[[\\"
    load_document(f'{{"frozen-version": 1, "{text}": "{text}"}}'.encode(), "frozen.json")


TEXTS = st.text('"[]{}\\a,: ', max_size=8)
DOCUMENTS = st.recursive(
    TEXTS | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3) | inner.map(lambda one: [one])
    ),
    max_leaves=12,
)


def depth_of(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth_of, value.values()), default=0)
        case list():
            return 1 + max(map(depth_of, value), default=0)
        case _:
            return 0


@given(inner=DOCUMENTS, more=st.integers(0, DEEPEST_LOCK + 1))
def test_levels_are_counted_right_whatever_strings_hold(inner: object, more: int) -> None:
    for _ in range(more):
        inner = [inner, '"]']
    document = {"frozen-version": 1, "x": inner}
    data = json.dumps(document).encode()
    if depth_of(document) > DEEPEST_LOCK:
        assert refusal(data) == f"frozen.json is nested deeper than {DEEPEST_LOCK} levels"
    else:
        load_document(data, "frozen.json")


@pytest.mark.parametrize("data", [b'"' + b'\\"' * 400_000, b'{"' + b"a" * 400_000, b'{"a":' * 100_000, b"[" * 400_000])
def test_a_hostile_text_is_refused_in_one_pass(data: bytes) -> None:
    assert refusal(data).startswith("frozen.json")


def test_a_file_that_is_too_large_is_refused_by_its_size() -> None:
    check_size(LARGEST_LOCK, "frozen.json")
    with pytest.raises(LockFileError, match=r"^frozen\.json is larger than 64 MiB"):
        check_size(LARGEST_LOCK + 1, "frozen.json")


@pytest.mark.parametrize("marker", [b"<<<<<<< HEAD", b"||||||| 1a2b3c", b"=======", b">>>>>>> other", b"<<<<<<<"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_conflict_markers_are_told_with_what_to_do(marker: bytes, end: bytes) -> None:
    with pytest.raises(LockFileError) as caught:
        load_document(end.join([b"{", b'  "frozen-version": 1,', marker, b"}", b""]), "frozen.json")
    assert caught.value.sentence == "frozen.json:3 has conflict markers of an unfinished merge"
    assert "frazil resolve" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text", [b'{"frozen-version": 1, "a": "\n=======\n"}', b'{"frozen-version": 1, "a": "======="}']
)
def test_marks_inside_a_line_are_no_conflict(text: bytes) -> None:
    if b"\n=" in text:
        assert "conflict" in refusal(text)  # a string never has a line end
    else:
        load_document(text, "frozen.json")
