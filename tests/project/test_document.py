"""Documents are read with types, and every mistake is told with file, line, table and key."""

from datetime import date
from typing import Any

import pytest

from frazil.errors import ConfigurationError
from frazil.model import Origin
from frazil.project.document import Table, parse_document


def _table(text: str, *path: str) -> Table:
    document = parse_document(text, "pyproject.toml")
    table = Table(document, (), document.data)
    for key in path:
        table = table.table(key)
    return table


def _error(call: Any, *arguments: Any) -> ConfigurationError:
    def call_and_exhaust() -> None:
        result = call(*arguments)
        list(result if hasattr(result, "__iter__") else ())

    with pytest.raises(ConfigurationError) as caught:
        call_and_exhaust()
    return caught.value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = 1\nb = = 2\n", "pyproject.toml:2 is not TOML: invalid value"),
        ("[a\n", "pyproject.toml:1 is not TOML: expected ']' at the end of a table declaration"),
        ("a = 1\na = 2\n", "pyproject.toml:2 is not TOML: cannot overwrite a value"),
        ('a = "', "pyproject.toml is not TOML: unterminated string at its end"),
        (f"a = {'9' * 5000}", "pyproject.toml is not TOML: exceeds the limit"),
        (f"a = {'[' * 100000}", "pyproject.toml is nested too deeply to be read"),
    ],
)
def test_broken_toml_is_told_with_its_line(text: str, sentence: str) -> None:
    assert _error(parse_document, text, "pyproject.toml").sentence.startswith(sentence)


def test_the_lines_of_a_block_are_those_of_its_file() -> None:
    with pytest.raises(ConfigurationError, match=r"^a\.py:11 is not TOML"):
        parse_document("a = 1\nb = = 2", "a.py", first_line=10)


def test_an_origin_is_the_nearest_line_known() -> None:
    document = parse_document("[a]\nb = {c = 1}\n", "f.toml")
    assert document.origin(("a", "b", "c", "unknown")) == Origin("f.toml", 2, "a.b.c.unknown")
    assert document.origin(("nowhere",)) == Origin("f.toml", None, "nowhere")


@pytest.mark.parametrize(
    ("value", "method", "wanted"),
    [
        ("1", "text", "a string, not a number"),
        ("[]", "text", "a string, not a list"),
        ("true", "text", "a string, not a boolean"),
        ('"yes"', "flag", "true or false, not a string"),
        ('"a"', "texts", "a list of strings, not a string"),
        ("{}", "texts", "a list of strings, not a table"),
        ("2026-01-31", "text", "a string, not a date or time"),
        ("1", "table", "a table, not a number"),
        ("{}", "tables", "a list of tables, not a table"),
        ("1.5", "specifier", "a string, not a number"),
    ],
)
def test_a_wrong_type_names_key_and_file(value: str, method: str, wanted: str) -> None:
    table = _table(f"[tool.frazil]\nkey = {value}\n", "tool", "frazil")
    error = _error(getattr(table, method), "key")
    assert error.sentence == f"pyproject.toml:2: key in [tool.frazil] must be {wanted}"


def test_a_wrong_element_names_its_own_line() -> None:
    error = _error(_table('[a]\nkey = [\n"x",\n1,\n]\n', "a").texts, "key")
    assert error.sentence == "pyproject.toml:4: an element of key in [a] must be a string, not a number"
    error = _error(_table("[a]\nkey = [{},\n[]]\n", "a").tables, "key")
    assert error.sentence == "pyproject.toml:3: an element of key in [a] must be a table, not a list"


def test_a_number_where_text_belongs_is_shown_in_quotes() -> None:
    assert _error(_table("python = 3.12\n").text, "python").hint == 'write it in quotes: "3.12"'


def test_an_unknown_key_is_answered_with_the_closest_known() -> None:
    table = _table("[tool.frazil]\n\nmember = []\n", "tool", "frazil")
    error = _error(table.reject_unknown, ["members", "exclude"])
    assert error.sentence == 'pyproject.toml:3: unknown key "member" in [tool.frazil]'
    assert error.hint == "did you mean members? known keys: exclude, members"


def test_an_unknown_key_at_the_top_needs_no_table() -> None:
    assert _error(_table("x = 1").reject_unknown, ["y"]).sentence == 'pyproject.toml:1: unknown key "x"'


def test_a_missing_key_and_a_wrong_choice_are_told() -> None:
    table = _table('[a]\nmode = "alow"\n', "a")
    assert _error(table.required_text, "name").sentence == "pyproject.toml:1: name is missing in [a]"
    error = _error(table.choice, "mode", ("allow", "disallow"))
    assert error.sentence == 'pyproject.toml:2: mode cannot be "alow"'
    assert error.hint == "did you mean allow or disallow? it can be: allow, disallow"


def test_absent_keys_read_as_nothing() -> None:
    table = _table("")
    assert (table.text("a"), table.flag("a"), table.texts("a"), table.specifier("a")) == (None, None, (), None)
    assert (list(table.tables("a")), list(table.named_tables("a"))) == ([], [])


def test_a_specifier_is_canonical_and_a_wrong_one_is_refused() -> None:
    table = _table('good = " >= 3.11 , <4"\nempty = ""\nbad = "3.11"\n')
    assert table.specifier("good") == "<4,>=3.11"
    assert table.specifier("empty") is None
    error = _error(table.specifier, "bad")
    assert error.sentence == 'pyproject.toml:3: bad "3.11" is not a set of versions'


def test_a_name_is_normalised_or_refused() -> None:
    table = _table("")
    assert table.normalised("Zope.Interface") == "zope-interface"
    assert _error(table.normalised, "a b").sentence == 'pyproject.toml: "a b" cannot be the name of a project'


def test_a_title_quotes_what_toml_would() -> None:
    table = _table('[tool.frazil.targets."jobs/etl"]\n', "tool", "frazil", "targets", "jobs/etl")
    assert table.title == '[tool.frazil.targets."jobs/etl"]'


def test_dates_keep_their_type() -> None:
    assert _table("day = 2026-01-31").data["day"] == date(2026, 1, 31)
