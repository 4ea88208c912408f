"""What an index says of a release becomes advisories that concern just that release."""

import pytest

from frazil.advisories.index_field import parse_release
from frazil.advisories.osv import NotAdvisory

ENTRY = {
    "id": "PYSEC-1",
    "aliases": ["CVE-2026-1", 7],
    "details": "Long.\nVery long.",
    "fixed_in": ["2.10", "2.9"],
    "link": "https://advisories.example/1",
    "withdrawn": None,
}


def test_an_entry_is_an_advisory_on_that_release() -> None:
    found = parse_release({"vulnerabilities": [ENTRY]}, "a", "1")
    assert found is not None
    (one,) = found
    assert (one.id, one.aliases, one.summary, one.fixed) == ("PYSEC-1", ("CVE-2026-1",), "Long.", ("2.9", "2.10"))
    assert one.url == "https://advisories.example/1"
    assert one.concerns("1")
    assert not one.concerns("2")


def test_what_was_withdrawn_is_left_out() -> None:
    assert parse_release({"vulnerabilities": [{**ENTRY, "withdrawn": "2026-01-01"}]}, "a", "1") == ()


def test_an_index_that_keeps_no_such_list_is_told_from_one_that_knows_of_nothing() -> None:
    assert parse_release({"vulnerabilities": []}, "a", "1") == ()
    assert parse_release({"info": {}}, "a", "1") is None
    assert parse_release([], "a", "1") is None


@pytest.mark.parametrize("field", [{}, ["x"], [{"id": None}]])
def test_what_is_no_such_list_is_refused(field: object) -> None:
    with pytest.raises(NotAdvisory):
        parse_release({"vulnerabilities": field}, "a", "1")
