"""`frazil report html` on real locks: where the page goes, what it is of, what it refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from frazil.frozen.codec import format_frozen
from frazil.frozen.cutting import cut
from frazil.frozen.model import Frozen
from frazil.frozen.walk import walked_targets
from tests.support.command_lines import run_line
from tests.support.json_schemas import strict_validator
from tests.support.locks import example_lock


def without(frozen: Frozen, *names: str) -> Frozen:
    """Return a lock cut to all targets but some."""
    kept = [target for target in walked_targets(frozen) if target.name not in names]
    return cut(frozen, kept, frozen.environments_by_name)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a lock, and beside it one that lacks a target."""
    (tmp_path / "pyproject.toml").write_text("[tool.frazil]\n", encoding="utf-8")
    (tmp_path / "frozen.json").write_bytes(format_frozen(example_lock()))
    (tmp_path / "old.json").write_bytes(format_frozen(without(example_lock(), "jobs/etl")))
    return tmp_path


def told(page: str) -> Any:
    """Return what a page was written with."""
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(data)


def names(page: str) -> list[str]:
    return [target["name"] for target in told(page)["lock"]["targets"] if target["walked"]]


def test_the_page_is_written_to_the_file_that_is_named(project: Path) -> None:
    ran = run_line("report", "html", "-o", "lock.html", folder=project)
    page = (project / "lock.html").read_text(encoding="utf-8")
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(r"Wrote lock\.html \(4 targets, 17 coordinates, \d+ kB\): open it in a browser\n", ran.err), (
        ran.err
    )
    assert names(page) == ["jobs/etl", "libs/common", "services/api", "services/api[postgres]"]


def test_without_a_file_the_page_goes_to_standard_output(project: Path) -> None:
    run_line("report", "html", "-o", "lock.html", folder=project)
    ran = run_line("report", "html", folder=project)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (project / "lock.html").read_text(encoding="utf-8")


def test_with_one_lock_the_own_one_is_compared_with_it(project: Path) -> None:
    document = told(run_line("report", "html", "old.json", folder=project).out)
    assert document["compared-with"] == "old.json"
    statuses = {target["name"]: target.get("status") for target in document["lock"]["targets"]}
    assert statuses["jobs/etl"] == "added"


def test_with_two_locks_the_second_is_compared_with_the_first(project: Path) -> None:
    document = told(run_line("report", "html", "frozen.json", "old.json", folder=project).out)
    assert document["compared-with"] == "frozen.json"
    statuses = {target["name"]: target.get("status") for target in document["old"]["targets"]}
    assert statuses["jobs/etl"] == "removed"


def test_a_selection_cuts_the_page(project: Path) -> None:
    page = run_line("report", "html", "-t", "services/*", "-e", "windows", folder=project).out
    document = told(page)
    assert names(page) == ["services/api", "services/api[postgres]"]
    assert [environment["name"] for environment in document["lock"]["environments"]] == ["windows"]
    assert "uvloop" not in [coordinate["name"] for coordinate in document["lock"]["coordinates"]]


def test_a_selection_that_only_one_of_two_locks_has_cuts_the_other_to_nothing(project: Path) -> None:
    ran = run_line("report", "html", "old.json", "-t", "jobs/etl", folder=project)
    document = told(ran.out)
    assert names(ran.out) == ["jobs/etl"]
    assert document["old"]["coordinates"] == []


def test_as_json_the_page_stands_in_the_object_unless_a_file_is_named(project: Path) -> None:
    bare = run_line("report", "html", "--json", folder=project)
    filed = run_line("report", "html", "--json", "-o", "lock.html", folder=project)
    for ran in (bare, filed):
        strict_validator("report-html")(json.loads(ran.out))
        assert ran.err == ""
    assert json.loads(bare.out)["text"].startswith("<!doctype html>")
    assert json.loads(filed.out)["text"] is None
    assert json.loads(filed.out)["file"] == str(project / "lock.html")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["skew", "old.json"], "`frazil report skew` compares no locks"),
        (["sizes", "-o", "sizes.txt"], "`frazil report sizes` writes no file"),
        (["html", "-t", "nobody"], 'unknown target "nobody"'),
        (["html", "none.json"], "none.json"),
        (["html", "a", "b", "c"], '`frazil report` has no use for "c"'),
        (["html", "-o", "no/such/folder.html"], "cannot write "),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(project: Path, words: list[str], says: str) -> None:
    ran = run_line("report", *words, folder=project)
    assert ran.code == 2
    assert ran.err.startswith("error: ")
    assert says in ran.err


def test_a_folder_that_is_set_for_fetches_disturbs_no_other_report(project: Path) -> None:
    ran = run_line("report", "sizes", folder=project, environ={"FRAZIL_OUT": "wheels"})
    assert ran.code == 0
