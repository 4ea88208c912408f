"""Every value of a TOML text is found on its line."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from frazil.project.lines import Path, locate_lines

TEXT = '''\
# a comment with [brackets] and "quotes"
title = "x" # wishes = ["no"]
[project]
name = "a"
dependencies = [
  "one>=1", "two",
  # "three",
  'four; extra == "x"',
  """five
  and more""",
  "six",
]
optional-dependencies.gpu = ["torch"]
[project."quoted key".'and another']
x = { a = "b", c = ["d",
  "e"] }
time = 1979-05-27 07:32:00.5
number = [1.5, 2e10,
  -3]
[[index]]
name = "first"
[index.extra]
deep = 1
[[index]]
name = "second"
[index.extra]
deep = 2
"caf\\u00e9" = 1
'''


def _line_of(text: str) -> int:
    return next(number for number, line in enumerate(TEXT.split("\n"), start=1) if text in line)


def test_keys_elements_and_tables_are_found_on_their_lines() -> None:
    lines = locate_lines(TEXT)
    expected: dict[Path, str] = {
        ("title",): "title =",
        ("project",): "[project]",
        ("project", "dependencies"): "dependencies = [",
        ("project", "dependencies", 0): '"one>=1"',
        ("project", "dependencies", 1): '"one>=1"',
        ("project", "dependencies", 2): "'four",
        ("project", "dependencies", 3): '"""five',
        ("project", "dependencies", 4): '"six"',
        ("project", "optional-dependencies", "gpu", 0): '"torch"',
        ("project", "quoted key", "and another", "x", "a"): "x = {",
        ("project", "quoted key", "and another", "x", "c", 1): '"e"]',
        ("project", "quoted key", "and another", "time"): "time =",
        ("project", "quoted key", "and another", "number", 2): "-3]",
        ("index", 0, "name"): '"first"',
        ("index", 0, "extra", "deep"): "deep = 1",
        ("index", 1): '[[index]]\nname = "second"',
        ("index", 1, "name"): '"second"',
        ("index", 1, "extra", "deep"): "deep = 2",
        ("index", 1, "extra", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"): "caf",
    }
    second_header = _line_of('"second"') - 1
    wanted = {path: second_header if "\n" in text else _line_of(text) for path, text in expected.items()}
    assert {path: lines.get(path) for path in wanted} == wanted


def test_a_comment_is_no_value() -> None:
    assert ("wishes",) not in locate_lines(TEXT)


def test_lines_count_from_where_the_text_begins() -> None:
    assert locate_lines("a = 1\nb = 2", first_line=10) == {("a",): 10, ("b",): 11}


def test_depth_costs_lines_and_never_the_answer() -> None:
    deep = f"before = 1\nx = {'[' * 5000}{']' * 5000}"
    assert locate_lines(deep)[("before",)] == 1


def test_strings_of_megabytes_and_quotes_within_quotes_are_passed_over() -> None:
    long = "x" * 4_000_000
    text = f'a = "{long}"\nb = """{long}\n\\""" "" \\\\"""""\nc = \'\'\'{long}\n\'\'\'\'\'\nd = "\\"\\\\"\ne = 1'
    assert tomllib.loads(text)["d"] == '"\\'
    assert locate_lines(text) == {("a",): 1, ("b",): 2, ("c",): 4, ("d",): 6, ("e",): 7}


def test_a_text_that_is_not_toml_ends_somewhere() -> None:
    for text in ("[", "a = [", 'a = "', "a", "= =", "[[a]", "]"):
        locate_lines(text)


def _paths(value: object, path: Path = ()) -> list[Path]:
    found: list[Path] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(*path, key), *_paths(inner, (*path, key))]
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            found += [(*path, position), *_paths(inner, (*path, position))]
    return found


_KEYS = st.text(alphabet="abc-_", min_size=1, max_size=4)
_TEXTS = st.text(alphabet="ab\"'#[]{}=,.\\ ", max_size=8).map(lambda text: "'" + text.replace("'", "") + "'")
_VALUES = st.recursive(
    _TEXTS | st.integers().map(str) | st.just("2026-01-31 12:00:00.5"),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ",\n ".join(items) + "]")
        | st.dictionaries(_KEYS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(_KEYS, st.dictionaries(_KEYS, _VALUES, max_size=4), max_size=4))
def test_everything_that_tomllib_finds_has_a_line(tables: dict[str, dict[str, str]]) -> None:
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) for name, table in tables.items()
    )
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # an inline table over several lines
        return
    lines = locate_lines(text)
    assert [path for path in _paths(data) if path not in lines] == []
    assert all(1 <= line <= text.count("\n") for line in lines.values())
