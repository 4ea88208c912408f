"""Globs know segments, and brackets are letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.project.patterns import is_pattern, matches, matches_part


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("services/*", "services/api", True),
        ("services/*", "services/api/sub", False),
        ("services/*", "services", False),
        ("services/a?i", "services/api", True),
        ("services/?", "services/api", False),
        ("**", "a/b/c", True),
        ("**", ".", True),
        ("**/api", "api", True),
        ("**/api", "services/api", True),
        ("**/api", "services/papi", False),
        ("services/**", "services/api/sub", True),
        ("a/**/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "a/b/cz", False),
        ("*:docs", "services:docs", True),
        ("*:docs", "services/api:docs", False),
        ("**:docs", "services/api:docs", True),
        ("a***b", "a***b", True),
        ("services/api[gpu]", "services/api[gpu]", True),
        ("services/api[gpu]", "services/apig", False),
        ("a.b", "axb", False),
        ("A", "a", False),
        (".", ".", True),
    ],
)
def test_a_pattern_fits_a_whole_name(pattern: str, name: str, *, fits: bool) -> None:
    assert matches(pattern, name) is fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("services/old", "services/old/deep/one", True),
        ("services/old", "services/older", False),
        ("**/test", "libs/a/test/fixture", True),
        ("*", "a/b", True),
        ("deep", "a/deep", False),
    ],
)
def test_leaving_a_folder_out_leaves_out_what_is_below(pattern: str, path: str, *, fits: bool) -> None:
    assert matches_part(pattern, path) is fits


def test_only_stars_and_question_marks_are_wildcards() -> None:
    assert is_pattern("a/*")
    assert is_pattern("a?")
    assert not is_pattern("services/api[gpu]")


@given(st.text(alphabet="ab/.[]:", min_size=1, max_size=20))
def test_a_name_without_wildcards_fits_itself_alone(name: str) -> None:
    assert matches(name, name)
    assert not matches(name, name + "x")
