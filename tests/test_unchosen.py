"""`frazil why-not`: from the lock, from what was kept beside it, from the index; each verdict says from where."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_lines import run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.json_schemas import strict_validator
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {
        "2.3": ["werkzeug>=2.3"],
        "3.0": ["werkzeug>=3.0"],
        "3.1": ["werkzeug>=3.1"],
        "3.2": {"requires_python": ">=3.13"},
        "3.3": {"wheel_tags": ["cp312-cp312-win_arm64"]},
    },
    "werkzeug": {"2.3": [], "3.0": [], "3.1": []},
    "click": {"8.0": [], "8.1": [], "9.0a1": [], "8.2": {"yanked": "broken"}},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"api": ["flask"], "web": ["werkzeug<3"], "jobs": ["click<9"]}, environments=("linux", "windows"))
    machine.resolve()
    server.forget()
    return machine


def environ(machine: Machine) -> dict[str, str]:
    places = {"FRAZIL_STORE": str(machine.home / "store"), "FRAZIL_CACHE_DIR": str(machine.home / "cache")}
    return {**machine.settings.environ, **places}


def asked(machine: Machine, *argv: str) -> list[dict[str, Any]]:
    ran = run_line("why-not", *argv, "--json", folder=machine.project, environ=environ(machine))
    assert ran.code == 0, ran.out
    document = json.loads(ran.out)
    strict_validator("why-not")(document)
    verdicts: list[dict[str, Any]] = document["verdicts"]
    return verdicts


def only(machine: Machine, *argv: str) -> dict[str, Any]:
    [verdict] = asked(machine, *argv)
    return verdict


# From the lock ---------------------------------------------------------------------------------------------


def test_a_requirement_that_excludes_a_version_is_named_with_file_and_line_without_a_request(machine: Machine) -> None:
    verdict = only(machine, "werkzeug==3.0")
    assert (verdict["kind"], verdict["source"], verdict["pinned"]) == ("excluded", "lock", "2.3")
    assert verdict["environments"] == ["linux", "windows"]
    assert verdict["reasons"] == [
        {
            "kind": "target",
            "by": "web",
            "version": None,
            "requirement": "werkzeug<3",
            "file": "frazil.toml",
            "line": 14,
        }
    ]
    assert machine.requests() == []


def test_without_a_version_the_bound_that_keeps_newer_ones_out_is_named(machine: Machine) -> None:
    verdict = only(machine, "werkzeug")
    assert (verdict["kind"], verdict["version"]) == ("excluded", None)
    assert [reason["requirement"] for reason in verdict["reasons"]] == ["werkzeug<3"]


def test_the_version_that_the_lock_has_is_simply_told(machine: Machine) -> None:
    assert only(machine, "flask==2.3.0")["told"] == ["flask 2.3 is what the lock has"]


# From what was kept ----------------------------------------------------------------------------------------


def test_a_release_that_was_turned_down_is_told_from_what_was_kept_without_a_request(machine: Machine) -> None:
    verdict = only(machine, "flask==3.2")
    assert (verdict["kind"], verdict["source"]) == ("rejected", "kept")
    assert verdict["told"] == ["flask 3.2 needs Python >=3.13, and this environment has 3.12"]
    assert only(machine, "flask==3.3")["told"] == [
        "no file of flask 3.3 fits this environment: there is only cp312-cp312-win_arm64"
    ]
    assert machine.requests() == []


def test_what_was_not_kept_is_read_from_the_index_and_that_is_said(machine: Machine) -> None:
    machine.forget_cache()
    verdict = only(machine, "flask==3.2")
    assert (verdict["kind"], verdict["source"]) == ("rejected", "index")
    assert verdict["told"] == ["flask 3.2 needs Python >=3.13, and this environment has 3.12"]


# From the index --------------------------------------------------------------------------------------------


def test_a_version_with_which_there_is_no_answer_names_what_keeps_it_out(machine: Machine) -> None:
    verdict = only(machine, "flask==3.1")
    assert (verdict["kind"], verdict["source"]) == ("refused", "index")
    assert verdict["told"] == ["web  requires werkzeug<3  frazil.toml:14", "and flask 3.1 requires werkzeug>=3.1"]


def test_without_a_version_all_that_is_newer_is_told_down_to_the_first_that_could_be_read(machine: Machine) -> None:
    verdict = only(machine, "flask")
    assert (verdict["kind"], verdict["version"]) == ("refused", "3.1")
    assert verdict["told"] == [
        "no file of flask 3.3 fits this environment: there is only cp312-cp312-win_arm64",
        "flask 3.2 needs Python >=3.13, and this environment has 3.12",
        "web  requires werkzeug<3  frazil.toml:14",
        "and flask 3.1 requires werkzeug>=3.1",
    ]


def test_a_version_that_came_later_could_be_had_and_the_command_is_told(machine: Machine) -> None:
    machine.server.add_wheel("flask", "2.4", requires=["werkzeug<2.3"])
    machine.server.add_wheel("werkzeug", "2.2")
    verdict = only(machine, "flask==2.4")
    assert (verdict["kind"], verdict["source"]) == ("possible", "index")
    assert verdict["told"] == [
        "nothing speaks against flask 2.4: `frazil resolve -P flask==2.4` takes it, and moves werkzeug 2.3 → 2.2"
    ]


def test_an_older_version_would_do_and_is_not_preferred(machine: Machine) -> None:
    assert only(machine, "click==8.0")["told"] == ["click 8.0 would do, but 8.1 is preferred"]


def test_a_yanked_version_is_told_as_one(machine: Machine) -> None:
    assert only(machine, "click==8.2")["told"] == ["click 8.2 was yanked, and nothing asks for exactly that"]


def test_a_version_that_does_not_exist(machine: Machine) -> None:
    verdict = only(machine, "flask==9")
    assert (verdict["kind"], verdict["told"]) == ("missing", ["there is no release flask 9; the newest is 3.3"])


def test_offline_what_nobody_kept_is_not_known(machine: Machine) -> None:
    verdict = only(machine, "flask==3.1", "--offline")
    assert (verdict["kind"], verdict["source"]) == ("unknown", "nothing")
    assert verdict["told"] == ["neither the lock nor what was kept with it tells, and the run is offline"]
    assert only(machine, "flask==3.2", "--offline")["source"] == "kept"
    assert machine.requests() == []


def test_without_manifests_the_lock_and_what_was_kept_still_answer(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "frozen.json").write_bytes(machine.lock.read_bytes())
    machine.project = elsewhere
    assert only(machine, "werkzeug==3.0")["reasons"][0]["requirement"] == "werkzeug<3"
    assert only(machine, "flask==3.2")["source"] == "kept"
    assert only(machine, "flask==3.1")["told"] == [
        "neither the lock nor what was kept with it tells, and there are no manifests beside it"
    ]


# As a person asks ------------------------------------------------------------------------------------------


def said(machine: Machine, *argv: str) -> tuple[int, str, str]:
    ran = run_line("why-not", *argv, folder=machine.project, environ=environ(machine))
    return ran.code, ran.out, ran.err


def test_the_answer_is_data_and_where_it_is_from_is_talk(machine: Machine) -> None:
    assert said(machine, "werkzeug==3.0", "--env", "linux") == (
        0,
        "werkzeug 3.0 was not chosen: the lock has 2.3  linux\n  web  requires werkzeug<3  frazil.toml:14\n",
        "from the lock\n",
    )
    assert said(machine, "flask==3.1")[2] == "from the index, asked now: nothing of it was kept with the lock\n"


def test_what_the_index_says_about_a_stale_lock_comes_with_a_warning(machine: Machine) -> None:
    machine.declare({"api": ["flask"], "web": ["werkzeug<3"], "jobs": ["click"]}, environments=("linux", "windows"))
    _, _, err = said(machine, "flask==3.1")
    assert "the lock is out of date: what the index says is about what is declared now" in err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["flaks"], 'nothing in the lock asks for "flaks"'),
        (["flask>=3"], "flask>=3 is not one version"),
        (["flask==3.*"], "flask==3.* is not one version"),
        (["==3"], "==3"),
        ([], "`frazil why-not` needs a project"),
        (["flask", "--env", "linus"], 'unknown environment "linus"'),
    ],
)
def test_a_question_that_is_none_is_one_sentence(machine: Machine, argv: list[str], says: str) -> None:
    code, out, err = said(machine, *argv)
    assert (code, out) == (2, "")
    assert says in err.split("\n")[0]
