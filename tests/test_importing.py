"""Importing: the versions of foreign locks stay where they can, and each that does not is accounted for."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frazil.errors import ForeignLockError, UsageError
from frazil.exporting import ExportOptions, export_lock
from frazil.freeze import ResolveOptions
from frazil.importing import ImportReport, find_foreign_lock, import_lock
from frazil.model import Rules
from frazil.references import lock_file
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine
from tests.support.projects import write_project

FIXTURES = Path(__file__).parents[1] / "fixtures" / "foreign"
FORMS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.txt")

# What was newest when the fixtures were made, and what came after.
PACKAGES: dict[str, dict[str, Release]] = {
    "click": {
        "8.4.2": ["colorama; sys_platform == 'win32'"],
        "9.0": ["colorama; sys_platform == 'win32'"],
    },
    "colorama": {"0.4.6": [], "0.5": []},
    "h11": {"0.16.0": [], "0.17": []},
    "idna": {"3.18": [], "3.20": []},
    "iniconfig": {"2.3.0": [], "3.0": []},
    "typing-extensions": {"4.15.0": [], "4.16.0": [], "5.0": []},
    "hatchling": {"1.27": []},
    "setuptools": {"80.0": []},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    """A machine with the project of the fixtures, for a Python that needs typing-extensions and one that does not."""
    root = tmp_path / "sample"
    manifest = (FIXTURES / "pyproject.toml").read_text()
    configuration = f"""
[[tool.frazil.index]]
name = "loop"
url = "{server.url}"
[tool.frazil.environments.linux]
python = "3.12"
platform = "manylinux_2_28_x86_64"
[tool.frazil.environments.windows]
python = "3.11"
platform = "win_amd64"
"""
    write_project(root, {"pyproject.toml": f"{manifest}{configuration}"})
    return Machine(tmp_path / "alice", server, root)


def imported(machine: Machine, file: Path | str, **options: Any) -> ImportReport:
    path = FIXTURES / file if isinstance(file, str) else file
    return import_lock(machine.project, None, path, ResolveOptions(**options), machine.settings)


def written(machine: Machine, text: str) -> Path:
    path = machine.project / "requirements.txt"
    path.write_text(text)
    return path


def pinned(report: ImportReport, environment: str = "windows") -> dict[str, str | None]:
    pins = report.resolve.frozen.pins
    return {
        name: pin.version
        for (resolve, where, name), pin in pins.items()
        if (resolve, where) == ("default", environment)
    }


# Keeping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_version_of_a_foreign_lock_stays(machine: Machine, form: str) -> None:
    report = imported(machine, form)
    assert (report.moved, report.form) == ((), form)
    found = pinned(report)
    assert (found["click"], found["colorama"], found["h11"], found["idna"]) == ("8.4.2", "0.4.6", "0.16.0", "3.18")
    assert found["typing-extensions"] in {"4.15.0", "4.16.0"}
    assert "typing-extensions" not in pinned(report, "linux")
    grouped = 5 if form == "requirements.txt" else 6
    assert (len(report.kept), report.unused, report.elsewhere) == (grouped, (), 0)
    assert machine.resolve(check=True).current


@pytest.mark.parametrize("form", FORMS)
def test_files_that_the_lock_did_not_know_and_indexes_of_its_own_are_told(machine: Machine, form: str) -> None:
    told = "\n".join(imported(machine, form).left_out)
    assert "click-8.4.2-py3-none-any.whl is taken, whose digest the lock does not have" in told
    named = "versions came from https://index.example/simple, which is no index of the project"
    assert (named in told) == (form in {"uv.lock", "poetry.lock", "pylock.toml"})


def test_an_own_export_comes_back_whole(machine: Machine) -> None:
    imported(machine, "uv.lock")
    before = machine.lock.read_bytes()
    path = machine.project / "pylock.toml"
    export_lock(lock_file(machine.lock), ExportOptions(out=path), machine.settings)
    machine.lock.unlink()
    report = imported(machine, path)
    assert (report.moved, report.unused, report.left_out) == ((), (), ())
    assert machine.lock.read_bytes() == before


def test_foreign_versions_go_before_those_of_the_own_lock(machine: Machine) -> None:
    machine.resolve()
    assert "9.0" in machine.lock.read_text()
    report = imported(machine, written(machine, "click==8.4.2\n"))
    assert report.kept == (("click", "8.4.2"),)
    assert (pinned(report)["click"], pinned(report)["h11"]) == ("8.4.2", "0.17")


def test_a_dry_run_accounts_for_everything_and_writes_nothing(machine: Machine) -> None:
    report = imported(machine, "uv.lock", dry_run=True)
    assert len(report.kept) == 6
    assert not machine.lock.exists()


# Moving ----------------------------------------------------------------------------------------------------


def moved(report: ImportReport) -> dict[str, tuple[str, tuple[str, ...], tuple[str, ...], str]]:
    return {each.name: (each.version, each.now, each.environments, each.why) for each in report.moved}


def test_a_version_that_a_requirement_does_not_admit_moves_and_says_who_asks(machine: Machine) -> None:
    report = imported(machine, written(machine, "click==7.0\nh11==0.16.0\n"))
    assert moved(report) == {"click": ("7.0", ("9.0",), ("linux", "windows"), ". asks click>=8")}
    assert report.kept == (("h11", "0.16.0"),)


def test_a_version_that_the_index_has_no_more_moves_and_says_so(machine: Machine) -> None:
    machine.server.remove_file(next(f for f in machine.server.projects["h11"] if f.version == "0.16.0"))
    version, now, _, why = moved(imported(machine, "uv.lock"))["h11"]
    assert (version, now) == ("0.16.0", ("0.17",))
    assert "h11 0.16.0" in why


def test_a_version_that_policy_turns_down_moves_and_says_why(machine: Machine) -> None:
    machine.server.add_wheel("h11", "0.18rc1")
    rules = Rules(prerelease="disallow")
    version, now, _, why = moved(imported(machine, written(machine, "h11==0.18rc1\n"), rules=rules))["h11"]
    assert (version, now) == ("0.18rc1", ("0.17",))
    assert "pre-release" in why


def test_a_dry_run_tells_the_reasons_that_the_new_lock_knows(machine: Machine) -> None:
    report = imported(machine, written(machine, "click==7.0\nh11==0.1\n"), dry_run=True)
    assert {name: why for name, (_, _, _, why) in moved(report).items()} == {"click": ". asks click>=8", "h11": ""}


def test_what_nobody_asks_for_and_what_is_for_others_is_counted_apart(machine: Machine) -> None:
    text = "click==8.4.2\ntenacity==9.0\nuvloop==0.21 ; sys_platform == 'darwin'\ncolorama==0.4.6 ; os_name == 'nt'\n"
    report = imported(machine, written(machine, text))
    assert report.kept == (("click", "8.4.2"), ("colorama", "0.4.6"))
    assert (report.unused, report.elsewhere) == ((("tenacity", "9.0"),), 1)


def test_of_two_versions_for_one_place_the_newest_is_preferred(machine: Machine) -> None:
    report = imported(machine, written(machine, "idna==3.18\nidna==3.20\n"))
    assert report.kept == (("idna", "3.20"),)
    assert (report.elsewhere, report.left_out[0]) == (0, "idna has 3.18 and 3.20 for linux; the newest was preferred")


# Finding it ------------------------------------------------------------------------------------------------


def test_the_only_foreign_lock_beside_the_manifest_is_found(machine: Machine) -> None:
    with pytest.raises(UsageError, match="there is no lock of another tool"):
        find_foreign_lock(machine.project)
    shutil.copy(FIXTURES / "pdm.lock", machine.project)
    assert find_foreign_lock(machine.project).name == "pdm.lock"
    shutil.copy(FIXTURES / "uv.lock", machine.project)
    with pytest.raises(UsageError, match=r"there are uv\.lock and pdm\.lock"):
        find_foreign_lock(machine.project)


def test_a_foreign_lock_that_cannot_be_read_changes_nothing(machine: Machine) -> None:
    with pytest.raises(ForeignLockError):
        imported(machine, written(machine, "flask\n"))
    assert not machine.lock.exists()
