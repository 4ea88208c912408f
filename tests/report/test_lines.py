"""Lines as values."""

from hypothesis import given
from hypothesis import strategies as st

from frazil.report.lines import Line, aligned, coming, indented, line, listed, plain


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_trails() -> None:
    rows: list[list[str | Line]] = [["+ polars 1.35.1", "jobs/etl"], [line(coming("-"), " six"), ""], ["x"]]
    assert [plain(each) for each in aligned(rows, gap=4)] == ["+ polars 1.35.1    jobs/etl", "- six", "x"]


def test_wide_characters_count_as_the_two_columns_they_take() -> None:
    rows = [["日本", "a"], ["abc", "b"], ["e\u0301", "c"]]
    assert [plain(each) for each in aligned(rows, gap=1)] == ["日本 a", "abc  b", "e\u0301    c"]


@given(st.lists(st.lists(st.text(alphabet="ab c", max_size=5), max_size=4), max_size=5))
def test_a_table_keeps_every_cell_and_never_ends_a_line_with_a_gap(rows: list[list[str]]) -> None:
    lines = [plain(each) for each in aligned(rows)]
    assert len(lines) == len(rows)
    for row, text in zip(rows, lines, strict=True):
        filled = [cell for cell in row if cell]
        assert text.endswith(filled[-1] if filled else "")
        assert all(cell in text for cell in filled)


def test_an_empty_line_stays_empty_when_indented() -> None:
    assert [plain(each) for each in indented([line("a"), (), line("b")])] == ["  a", "", "  b"]


def test_a_long_list_of_names_is_cut_and_the_rest_counted() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c", "d"], most=3) == "a, b and 2 more"
    assert listed(["a", "b", "c"], most=3) == "a, b, c"
