"""Documents in the OSV schema become advisories, or a sentence that says why not."""

from typing import Any

import pytest

from frazil.advisories.model import Event
from frazil.advisories.osv import NotAdvisory, parse_osv


def document(**more: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "Flask_Login"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.10"}, {"fixed": "1.9"}]}],
        "versions": ["0.1", "0.2"],
    }
    return {"id": "GHSA-1", "aliases": ["CVE-2026-1"], "summary": "It leaks", "affected": [affected], **more}


def test_an_advisory_is_read_whole() -> None:
    (one,) = parse_osv(
        document(
            database_specific={"severity": "high"},
            references=[{"type": "WEB", "url": "https://a.example"}, {"type": "ADVISORY", "url": "https://b.example"}],
        )
    )
    assert (one.id, one.name, one.aliases) == ("GHSA-1", "flask-login", ("CVE-2026-1",))
    assert (one.summary, one.severity, one.url) == ("It leaks", "HIGH", "https://b.example")
    assert one.fixed == ("1.9", "1.10")
    assert one.versions == {"0.1", "0.2"}
    assert one.ranges[0][0] == Event("introduced", "0")


def test_without_a_summary_the_first_line_of_the_details_stands_for_it() -> None:
    (one,) = parse_osv(document(summary=None, details="First.\n\nSecond."))
    assert one.summary == "First."


def test_what_was_withdrawn_is_no_advisory_any_more() -> None:
    assert parse_osv(document(withdrawn="2026-01-01T00:00:00Z")) == ()


@pytest.mark.parametrize("ecosystem", ["npm", "Debian:12", "crates.io"])
def test_projects_of_other_ecosystems_are_not_ours(ecosystem: str) -> None:
    assert parse_osv(document(affected=[{"package": {"ecosystem": ecosystem, "name": "flask-login"}}])) == ()


def test_ranges_of_commits_say_nothing_of_releases() -> None:
    entry = {
        "package": {"ecosystem": "PyPI", "name": "a"},
        "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}],
    }
    (one,) = parse_osv(document(affected=[entry]))
    assert not one.concerns("1")


def test_two_entries_of_one_project_are_one_advisory() -> None:
    entries = [
        {"package": {"ecosystem": "PyPI", "name": "a"}, "versions": ["1"]},
        {"package": {"ecosystem": "PyPI", "name": "A"}, "versions": ["2"]},
    ]
    (one,) = parse_osv(document(affected=entries))
    assert one.concerns("1")
    assert one.concerns("2")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ([], "the document is no object"),
        ({}, "it has no id"),
        ({"id": 7}, "it has no id"),
        ({"id": "X", "affected": {}}, "affected is no list"),
        ({"id": "X", "affected": ["a"]}, "an entry of affected is no object"),
        ({"id": "X", "affected": [{"package": {"ecosystem": "PyPI"}}]}, "affected.package has no name"),
        ({"id": "X", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": 1}]}, "ranges is no list"),
    ],
)
def test_what_is_no_advisory_says_where(broken: object, why: str) -> None:
    with pytest.raises(NotAdvisory) as caught:
        parse_osv(broken)
    assert str(caught.value) == why
