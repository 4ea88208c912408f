"""The byte rules, one by one."""

import pytest

from frazil.frozen.layout import array, array_block, object_block, object_of, quoted, texts


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("plain", '"plain"'),
        ("é", '"\\u00e9"'),
        ("\N{PENGUIN}", '"\\ud83d\\udc27"'),
        ("ÿ\u2028", '"\\u00ff\\u2028"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("\n\t\x1b", '"\\n\\t\\u001b"'),
        ("a/b", '"a/b"'),
    ],
)
def test_strings_are_ascii_with_lower_case_escapes(text: str, spelled: str) -> None:
    assert quoted(text) == spelled


def test_one_line_has_a_blank_behind_commas_and_colons() -> None:
    assert object_of([("a", "1"), ("b", texts(["x", "y"]))]) == '{"a": 1, "b": ["x", "y"]}'


def test_a_block_has_a_member_a_line_and_closes_where_it_opened() -> None:
    assert array_block(["1", "2"], 4) == "[\n      1,\n      2\n    ]"
    assert object_block([("a", "1")], 0) == '{\n  "a": 1\n}'


def test_what_is_empty_stays_on_its_line() -> None:
    assert (array([]), object_of([]), array_block([], 4), object_block([], 4)) == ("[]", "{}", "[]", "{}")
