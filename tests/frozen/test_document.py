"""Typed getters: what they take, and the place that they name."""

import pytest

from frazil.frozen.document import (
    DocumentError,
    Members,
    Odd,
    array_of,
    as_flag,
    as_object,
    as_text,
    as_whole_number,
    map_of,
    names,
    shown,
    text,
)


def failure(read: object, value: object) -> str:
    with pytest.raises(DocumentError) as caught:
        read(value)  # type: ignore[operator]
    return str(caught.value)


def _even(text: str) -> str | None:
    return None if len(text) % 2 == 0 else "must be of even length"


@pytest.mark.parametrize(
    ("read", "value", "clause"),
    [
        (as_text, None, "must be a string, not null"),
        (as_text, 3, "must be a string, not the number 3"),
        (as_text, True, "must be a string, not true"),
        (as_text, False, "must be a string, not false"),
        (as_text, [], "must be a string, not an array"),
        (as_text, {}, "must be a string, not an object"),
        (as_text, "\ud800", "holds half of a character (a lone surrogate)"),
        (as_flag, 1, "must be true or false, not the number 1"),
        (as_flag, "true", 'must be true or false, not the string "true"'),
        (as_whole_number, True, "must be a whole number, not true"),
        (as_whole_number, "1", 'must be a whole number, not the string "1"'),
        (as_whole_number, Odd("is 1.5, and that is odd"), "is 1.5, and that is odd"),
        (as_object, Odd('has the key "a" twice'), 'has the key "a" twice'),
        (as_object, [], "must be an object, not an array"),
        (array_of(as_text), {}, "must be an array, not an object"),
        (array_of(as_text), ["a", "b", 3], "[2] must be a string, not the number 3"),
        (array_of(array_of(as_text)), [[], ["a", None]], "[1][1] must be a string, not null"),
        (names(), ["a", "b", "a"], 'has "a" twice'),
        (names(), ["a", 1], "[1] must be a string, not the number 1"),
        (names(), "ab", 'must be an array, not the string "ab"'),
        (names(_even), ["aa", "b"], '[1] must be of even length, not "b"'),
        (names(), ["a\ud800"], "[0] holds half of a character (a lone surrogate)"),
        (map_of(lambda _, item: as_text(item)), {"a": "b", "c": 1}, "c must be a string, not the number 1"),
        (map_of(lambda _, item: as_text(item), _even), {"a/b": "b"}, '["a/b"] must be of even length, not "a/b"'),
    ],
)
def test_a_wrong_value_is_told_with_its_place(read: object, value: object, clause: str) -> None:
    assert failure(read, value) == clause


def test_sets_of_names_and_maps_come_back_sorted() -> None:
    assert names()(["b", "a", "é"]) == ("a", "b", "é")
    assert map_of(lambda _, item: item)({"b": 1, "a": 2}) == (("a", 2), ("b", 1))


def test_members_that_nobody_took_are_refused() -> None:
    members = Members({"a": "x", "b": 1})
    assert members.text("a") == "x"
    with pytest.raises(DocumentError, match=r'^has the unknown key "b"$'):
        members.finish()


def test_a_member_that_must_be_there_is_missed() -> None:
    with pytest.raises(DocumentError, match=r'^lacks the key "a"$'):
        Members({}).text("a")


def test_a_member_that_may_be_absent_has_its_default_but_null_is_not_absent() -> None:
    assert Members({}).optional("a", as_flag, default=True)
    assert Members({}).text_or_none("a") is None
    with pytest.raises(DocumentError, match=r"^a must be a string, not null$"):
        Members({"a": None}).text_or_none("a")


def test_taking_members_leaves_the_document_as_it_was() -> None:
    document: dict[str, object] = {"a": "x"}
    Members(document).text("a")
    assert document == {"a": "x"}


def test_a_place_is_a_path_into_the_document() -> None:
    error = DocumentError("is wrong", "sha256").within("artifacts", 0).within("coordinates", 3)
    error.about = "flask 3.1.0"
    assert str(error) == "coordinates[3].artifacts[0].sha256 (flask 3.1.0) is wrong"
    assert DocumentError("is wrong", "targets", "services/api", 'a"b').place == r'targets["services/api"]["a\"b"]'


def test_what_is_shown_is_short_and_printable() -> None:
    assert shown("größe") == '"größe"'
    assert shown("a\x1b[31m\u202e") == '"a\\u001b[31m\\u202e"'
    assert len(shown("x" * 5000)) < 100


def test_a_rule_says_what_is_wrong() -> None:
    assert text(_even)("ab") == "ab"
    assert failure(text(_even), "abc") == 'must be of even length, not "abc"'
    assert failure(text(lambda _: "holds a secret"), "secret") == "holds a secret"
