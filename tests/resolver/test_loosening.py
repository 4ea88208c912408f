"""A loosened specifier admits the version, changes no more than it must, and keeps its style."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from frazil.requirement import parse_requirement
from frazil.resolver.loosening import loosened

CASES = {
    ("flask<2", "3.0.3"): "flask<3.1",
    ("flask<2.1", "3.0.3"): "flask<3.1",
    ("flask<2.1.4", "3.0.3"): "flask<3.0.4",
    ("flask<=2.0", "3.0.3"): "flask<=3.0.3",
    ("flask>=3.1", "2.3.3"): "flask>=2.3",
    ("flask>=3", "2.3.3"): "flask>=2",
    ("flask>3.1", "2.3.3"): "flask>=2.3",
    ("flask==2.0", "3.0.3"): "flask==3.0.3",
    ("flask==2.*", "3.0.3"): "flask==3.*",
    ("flask==2.1.*", "3.0.3"): "flask==3.0.*",
    ("flask~=2.1", "3.0.3"): "flask~=3.0",
    ("flask~=2.1.4", "3.0.3"): "flask~=3.0.3",
    ("flask!=3.0.3", "3.0.3"): "flask",
    ("flask<4,>=3.1", "2.3.3"): "flask<4,>=2.3",
    ("flask[async]<2", "3.0.3"): "flask[async]<3.1",
    ("flask<2; python_version >= '3.8'", "3.0.3"): "flask<3.1; python_version >= '3.8'",
    ("flask>=3.1", "3.0rc1"): "flask>=3.0rc1",
    ("flask<2", "1!1.0"): "flask<1!1.1",
    ("torch==2.0", "2.1+cu12"): "torch==2.1+cu12",
    ("old===2.0", "3.0"): "old===3.0",
    ("old===build-7", "3.0"): "old===3.0",
}


@pytest.mark.parametrize(("case", "expected"), CASES.items(), ids=[f"{a} for {b}" for a, b in CASES])
def test_a_bound_moves_in_its_own_style(case: tuple[str, str], expected: str) -> None:
    assert str(loosened(parse_requirement(case[0]), case[1])) == expected


NUMBERS = st.integers(0, 12)
VERSIONS = st.builds(
    lambda numbers, suffix: ".".join(map(str, numbers)) + suffix,
    st.lists(NUMBERS, min_size=1, max_size=3),
    st.sampled_from(["", "", "", "a1", "rc2", ".post1", ".dev3"]),
)
CLAUSES = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), VERSIONS),
    st.builds("~={}.{}".format, NUMBERS, NUMBERS),
    st.builds("=={}.*".format, NUMBERS),
)


@given(st.lists(CLAUSES, min_size=1, max_size=3), VERSIONS)
def test_what_was_loosened_for_a_version_admits_it(clauses: list[str], version: str) -> None:
    found = loosened(parse_requirement(f"a{','.join(clauses)}"), version)
    assert SpecifierSet(found.specifier).contains(version, prereleases=True)


@given(st.lists(CLAUSES, min_size=1, max_size=3), VERSIONS)
def test_a_specifier_that_admits_a_version_stays_as_it_is(clauses: list[str], version: str) -> None:
    requirement = parse_requirement(f"a{','.join(clauses)}")
    if SpecifierSet(requirement.specifier).contains(version, prereleases=True):
        assert loosened(requirement, version) == requirement
