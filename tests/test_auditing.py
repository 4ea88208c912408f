"""Known vulnerabilities are told with who ships them, and silence is never taken for health."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frazil.auditing import Audit, read_audit
from frazil.errors import ConfigurationError, IndexAnswerError, Offline
from frazil.frozen.files import read_frozen
from frazil.frozen.selection import choose
from frazil.values import replace
from tests.support.command_lines import run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"2.0": ["werkzeug<2"], "3.0": ["werkzeug"]},
    "werkzeug": {"1.0": [], "1.1": []},
    "click": {"8.0": []},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["flask<3"], "tool": ["click", "werkzeug==1.0"]})
    machine.resolve()
    machine.requests()
    return machine


def says(server: IndexServer, name: str, version: str, *entries: dict[str, Any]) -> None:
    body = json.dumps({"info": {}, "vulnerabilities": list(entries)}).encode()
    server.serve(f"/pypi/{name}/{version}/json", body, content_type="application/json")


def entry(identifier: str, *aliases: str, fixed: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": identifier, "aliases": list(aliases), "summary": f"{identifier} leaks", "fixed_in": list(fixed)}


def osv(identifier: str, name: str, *, fixed: str, aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": identifier, "aliases": list(aliases), "summary": f"{identifier} leaks", "affected": [affected]}


def write(folder: Path, *documents: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for each in documents:
        (folder / f"{each['id']}.json").write_text(json.dumps(each))
    return folder


def audit(machine: Machine, *advisories: Path, ignored: tuple[str, ...] = (), offline: bool = False) -> Audit:
    frozen = read_frozen(machine.lock)
    settings = replace(machine.settings, offline=offline, no_cache=True)
    return read_audit(frozen, *choose(frozen), advisories=advisories, ignored=ignored, settings=settings)


# Advisories in files ----------------------------------------------------------------------------------------


def test_a_finding_names_who_ships_it_by_which_way_and_what_mends_it(machine: Machine, tmp_path: Path) -> None:
    folder = write(tmp_path / "osv", osv("X-1", "werkzeug", fixed="1.1"))
    (finding,) = audit(machine, folder, offline=True).findings
    assert (finding.stop.name, finding.stop.version, finding.mended) == ("werkzeug", "1.0", "1.1")
    assert [use.target for use in finding.uses] == ["tool", "web"]
    assert [leg.destination.label for leg in finding.uses[1].routes[0].legs] == ["flask 2.0", "werkzeug 1.0"]


def test_what_keeps_the_mended_version_out_is_told_and_nothing_else(machine: Machine, tmp_path: Path) -> None:
    folder = write(tmp_path / "osv", osv("X-1", "werkzeug", fixed="1.1"))
    (finding,) = audit(machine, folder).findings
    # `werkzeug<2` of flask lets 1.1 in; `werkzeug==1.0` of the tool does not.
    assert [(hold.by, hold.requirement.specifier) for held in finding.held for hold in held.holds] == [
        ("tool", "==1.0")
    ]


def test_several_advisories_are_mended_by_the_version_that_mends_the_last(machine: Machine, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "osv",
        osv("X-1", "werkzeug", fixed="1.1"),
        osv("X-2", "werkzeug", fixed="1.10"),
        osv("X-3", "b", fixed="9"),
    )
    (finding,) = audit(machine, folder).findings
    assert [each.id for each in finding.advisories] == ["X-1", "X-2"]
    assert finding.mended == "1.10"


def test_the_same_vulnerability_from_two_databases_is_told_once(machine: Machine, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "osv",
        osv("GHSA-1", "click", fixed="9", aliases=("CVE-1",)),
        osv("PYSEC-1", "click", fixed="9", aliases=("CVE-1", "GHSA-1")),
    )
    (finding,) = audit(machine, folder).findings
    assert [each.id for each in finding.advisories] == ["GHSA-1"]


def test_advisories_in_files_need_no_network(machine: Machine, tmp_path: Path) -> None:
    audit(machine, write(tmp_path / "osv", osv("X-1", "click", fixed="9")), offline=True)
    assert machine.requests() == []


def test_what_is_ignored_by_any_of_its_names_is_passed_over_and_what_passes_over_nothing_is_told(
    machine: Machine, tmp_path: Path
) -> None:
    folder = write(tmp_path / "osv", osv("X-1", "click", fixed="9", aliases=("CVE-1",)))
    found = audit(machine, folder, ignored=("cve-1", "CVE-2"))
    assert (found.findings, found.unused) == ((), ("CVE-2",))
    assert [(stop.label, each.id) for stop, each in found.ignored] == [("click 8.0", "X-1")]


def test_a_broken_database_is_an_error(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "osv").mkdir()
    with pytest.raises(ConfigurationError):
        audit(machine, tmp_path / "osv")


# The index's own word ---------------------------------------------------------------------------------------


def test_the_index_is_asked_once_for_each_release(machine: Machine, server: IndexServer) -> None:
    says(server, "flask", "2.0", entry("X-1", fixed=("3.0",)))
    says(server, "werkzeug", "1.0")
    says(server, "click", "8.0")
    found = audit(machine)
    assert [finding.stop.label for finding in found.findings] == ["flask 2.0"]
    assert (found.audited, found.unaudited, found.sources) == (3, (), ("loop",))
    assert sorted(machine.requests()) == ["/pypi/click/8.0/json", "/pypi/flask/2.0/json", "/pypi/werkzeug/1.0/json"]


def test_a_release_that_nobody_knows_anything_of_is_named(machine: Machine, server: IndexServer) -> None:
    says(server, "flask", "2.0")
    found = audit(machine)
    assert [stop.label for stop, _ in found.unaudited] == ["click 8.0", "werkzeug 1.0"]
    assert found.audited == 1


def test_an_index_that_says_nothing_of_any_release_has_not_been_an_audit(machine: Machine) -> None:
    with pytest.raises(IndexAnswerError, match="nobody says anything") as caught:
        audit(machine)
    assert caught.value.exit_code == 3


def test_an_answer_that_is_none_is_an_error_and_not_a_clean_bill(machine: Machine, server: IndexServer) -> None:
    says(server, "flask", "2.0")
    server.serve("/pypi/click/8.0/json", b"<html>log in</html>", content_type="text/html")
    with pytest.raises(IndexAnswerError, match=r"click 8\.0 cannot be read: it is not JSON"):
        audit(machine)


def test_without_network_and_without_advisories_nothing_can_be_said(machine: Machine) -> None:
    with pytest.raises(Offline):
        audit(machine, offline=True)


# The verb ---------------------------------------------------------------------------------------------------


def line(machine: Machine, *words: str) -> Any:
    return run_line("audit", "--project", str(machine.project), *words, folder=machine.project)


def test_findings_are_exit_one_and_none_is_exit_zero(machine: Machine, tmp_path: Path) -> None:
    folder = write(tmp_path / "osv", osv("X-1", "click", fixed="9"))
    assert line(machine, "--advisories", str(folder)).code == 1
    ran = line(machine, "--advisories", str(folder), "--ignore", "X-1")
    assert ran.code == 0
    assert "passed over: X-1 of click 8.0" in ran.err
    assert line(machine, "--advisories", str(folder), "--target", "web").code == 0


def test_a_person_reads_the_release_its_advisories_and_where_it_comes_in(machine: Machine, tmp_path: Path) -> None:
    folder = write(tmp_path / "osv", osv("X-1", "werkzeug", fixed="1.1", aliases=("CVE-1",)))
    ran = line(machine, "--advisories", str(folder))
    assert ran.out.splitlines() == [
        "werkzeug 1.0  mended in 1.1",
        "  X-1, CVE-1      X-1 leaks",
        "  tool   linux   directly        werkzeug==1.0   frazil.toml:11",
        "  web    linux   via flask 2.0   flask<3         frazil.toml:9",
        "  held back by tool: werkzeug==1.0  frazil.toml:11",
    ]
    assert "1 vulnerability in 1 release" in ran.err


def test_sarif_stands_where_the_target_asks(machine: Machine, tmp_path: Path) -> None:
    folder = write(tmp_path / "osv", osv("X-1", "werkzeug", fixed="1.1"))
    ran = line(machine, "--advisories", str(folder), "--format", "sarif")
    (run,) = json.loads(ran.out)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["X-1"]
    first, second = run["results"]
    assert (first["ruleId"], first["level"]) == ("X-1", "warning")
    assert first["message"]["text"] == "tool ships werkzeug 1.0 (linux): X-1 leaks; mended in 1.1"
    place = second["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "frazil.toml"
    assert place["region"]["startLine"] > 0
    assert ran.code == 1
