"""Exports over a real index: installers take them, addresses cost what is said, files are written where asked."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from pip import __version__ as pip_version

from frazil.errors import Difference, StaleLock, UsageError
from frazil.exporting import FORMATS, ExportOptions, ExportReport, export_lock
from frazil.frozen.cutting import cut
from frazil.frozen.files import read_frozen, write_frozen
from frazil.project.environments import current_environment
from frazil.references import LockReference, lock_file
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine
from tests.support.projects import write_project

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"3.0": ["werkzeug>=3", "click"]},
    "werkzeug": {"3.1": []},
    "click": {"8.1": ["colorama; platform_system == 'Windows'"]},
    "colorama": {"0.4.6": []},
    "rich": {"2.0": {"requires": [], "extras": {"md": ["markdown"]}}},
    "markdown": {"1.0": []},
}
WEB = {"click==8.1", "flask==3.0", "werkzeug==3.1"}
TOOL = {"click==8.1", "markdown==1.0", "oldstyle==1.0", "rich==2.0"}

UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
needs_uv = pytest.mark.skipif(UV is None, reason="needs uv beside this interpreter")
needs_pylock_pip = pytest.mark.skipif(Version(pip_version) < Version("26.1"), reason="needs pip 26.1 or later")


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        index.add_sdist("oldstyle", "1.0")
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    python, platform, _ = current_environment()
    here = f'[environments.here]\npython = "{python}"\nplatform = "{platform}"'
    targets = {"services/web": ["flask"], "jobs/tool": ["click", "rich[md]", "oldstyle"]}
    machine.declare(targets, more=here, environments=("windows",))
    machine.resolve()
    machine.requests()
    return machine


def exported(machine: Machine, *, offline: bool = False, **options: Any) -> ExportReport:
    settings = replace(machine.settings, offline=offline)
    return export_lock(lock_file(machine.lock), ExportOptions(**options), settings)


def text(machine: Machine, **options: Any) -> str:
    (file,) = exported(machine, **options).files
    return file.text


# Installers ------------------------------------------------------------------------------------------------


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """The interpreter of an empty virtual environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return tmp_path / "venv" / folder / "python"


def run(*words: object) -> None:
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def pip(interpreter: Path, *words: object) -> None:
    run(sys.executable, "-m", "pip", "--python", interpreter, "install", "-q", "--no-cache-dir", *words)


def installed(interpreter: Path) -> set[str]:
    code = "import importlib.metadata as m, json; print(json.dumps([[d.name, d.version] for d in m.distributions()]))"
    listed = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=True).stdout
    return {f"{name}=={version}" for name, version in json.loads(listed)}


@needs_uv
def test_uv_installs_one_target_of_a_pylock(machine: Machine, interpreter: Path) -> None:
    path = machine.project / "pylock.toml"
    exported(machine, out=path)
    run(UV, "pip", "sync", "--no-cache", "--python", interpreter, "--group", "services-web", path)
    assert installed(interpreter) == WEB
    run(UV, "pip", "sync", "--no-cache", "--python", interpreter, "--group", "jobs-tool", path)
    assert installed(interpreter) == TOOL


@needs_uv
def test_uv_installs_all_targets_of_a_pylock(machine: Machine, interpreter: Path) -> None:
    path = machine.project / "pylock.toml"
    exported(machine, out=path)
    run(UV, "pip", "install", "--no-cache", "--python", interpreter, "-r", path)
    assert installed(interpreter) == WEB | TOOL


@needs_uv
def test_uv_installs_a_pylock_of_one_target(machine: Machine, interpreter: Path) -> None:
    exported(machine, out=machine.project / "locks", per_target=True)
    run(UV, "pip", "sync", "--no-cache", "--python", interpreter, machine.project / "locks" / "pylock.jobs-tool.toml")
    assert installed(interpreter) == TOOL


@needs_pylock_pip
def test_pip_installs_one_target_of_a_pylock(machine: Machine, interpreter: Path) -> None:
    path = machine.project / "pylock.toml"
    exported(machine, out=path)
    pip(interpreter, "--group", f"{path}:services-web")
    assert installed(interpreter) == WEB


@needs_pylock_pip
def test_pip_installs_all_targets_of_a_pylock(machine: Machine, interpreter: Path) -> None:
    path = machine.project / "pylock.toml"
    exported(machine, out=path)
    pip(interpreter, "-r", path)
    assert installed(interpreter) == WEB | TOOL


def test_pip_installs_requirements_by_hash_alone(machine: Machine, interpreter: Path) -> None:
    exported(machine, form="requirements", out=machine.project / "reqs")
    pip(interpreter, "--require-hashes", "-r", machine.project / "reqs" / "requirements.services-web.here.txt")
    assert installed(interpreter) == WEB


def test_a_file_that_is_another_one_by_now_is_not_installed(machine: Machine, interpreter: Path) -> None:
    exported(machine, form="requirements", out=machine.project / "reqs")
    (wheel,) = machine.server.projects["click"]
    machine.server.fault(f"/packages/{wheel.path}", body=b"PK another one")
    with pytest.raises(AssertionError, match="DO NOT MATCH THE HASHES"):
        pip(interpreter, "--require-hashes", "-r", machine.project / "reqs" / "requirements.services-web.here.txt")


# Addresses -------------------------------------------------------------------------------------------------


def test_addresses_of_a_declared_index_need_no_request(machine: Machine) -> None:
    wheels = {wheel["name"]: wheel for each in packages(text(machine)) for wheel in each.get("wheels", ())}
    for name in ("flask", "werkzeug"):
        (file,) = machine.server.projects[name]
        assert wheels[file.filename]["url"] == file.url
    assert machine.requests() == []


def packages(pylock: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(pylock)["packages"]
    return found


def unrooted(machine: Machine) -> None:
    """Let the lock not know where its index keeps files, as it does not of the machine's own."""
    lines = machine.lock.read_text().splitlines(keepends=True)
    root = f', "files": "{machine.server.files_url}"'
    assert any(root in line for line in lines)
    machine.lock.write_text("".join(line.replace(root, "") for line in lines))


def test_a_root_that_nobody_knows_costs_one_page_once(machine: Machine) -> None:
    expected = text(machine)
    unrooted(machine)
    machine.forget_cache()
    assert text(machine) == expected
    assert len([path for path in machine.requests() if path.startswith("/simple/")]) == 1
    assert text(machine) == expected
    assert machine.requests() == []


def test_a_root_that_nobody_knows_is_an_error_offline_unless_it_is_given(machine: Machine) -> None:
    expected = text(machine)
    unrooted(machine)
    machine.forget_cache()
    with pytest.raises(UsageError, match="where index loop keeps its files is not known") as refused:
        exported(machine, offline=True)
    assert (refused.value.exit_code, "--files-url" in str(refused.value.hint)) == (2, True)
    for name in ("", "loop"):
        assert text(machine, offline=True, files_urls=((name, machine.server.files_url),)) == expected
    assert machine.requests() == []


def test_a_root_for_an_index_that_is_none_is_a_usage_error(machine: Machine) -> None:
    with pytest.raises(UsageError, match="the lock has no index corp"):
        exported(machine, files_urls=(("corp", "https://files.index.example/"),))


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"pylock"}))
def test_only_a_pylock_asks_where_files_are(machine: Machine, form: str) -> None:
    unrooted(machine)
    machine.forget_cache()
    assert exported(machine, offline=True, form=form, out=machine.project / "out").files
    assert machine.requests() == []


# Files -----------------------------------------------------------------------------------------------------


def test_several_files_need_a_folder(machine: Machine) -> None:
    for out in (None, machine.project / "one.txt"):
        with pytest.raises(UsageError, match=r"this makes 4 files: requirements\.jobs-tool\.here\.txt, "):
            exported(machine, form="requirements", out=out)
    report = exported(machine, form="requirements", out=machine.project / "reqs")
    assert {file.path.name for file in report.files if file.path} == {
        p.name for p in (machine.project / "reqs").iterdir()
    }


def test_two_things_of_one_file_name_are_refused(machine: Machine) -> None:
    places = [
        f'[environments.{name}]\npython = "{python}"\nplatform = "win_amd64"'
        for name, python in (("win-x", "3.12"), ("win_x", "3.13"))
    ]
    machine.declare({"web": ["click"]}, more="\n".join(places), environments=())
    machine.resolve()
    with pytest.raises(UsageError, match=r"requirements\.web\.win-x\.txt would be the file of web and of web"):
        exported(machine, form="requirements", out=machine.project / "reqs")
    assert not (machine.project / "reqs").exists()


def test_what_is_right_already_is_not_written_again(machine: Machine) -> None:
    path = machine.project / "pylock.toml"
    assert [file.changed for file in exported(machine, out=path).files] == [True]
    before = path.stat().st_mtime_ns
    assert [file.changed for file in exported(machine, out=path).files] == [False]
    assert path.stat().st_mtime_ns == before


def test_a_check_writes_nothing_and_names_what_would_change(machine: Machine) -> None:
    path = machine.project / "pylock.toml"
    with pytest.raises(Difference) as different:
        exported(machine, out=path, check=True)
    assert different.value.details == (str(path),)
    assert not path.exists()
    exported(machine, out=path)
    assert exported(machine, out=path, check=True).files
    with pytest.raises(UsageError, match="needs a file to compare with"):
        exported(machine, check=True)


def test_a_name_that_installers_would_not_take_is_told(machine: Machine) -> None:
    (sentence,) = exported(machine, out=machine.project / "deps.toml").warnings
    assert "deps.toml is no name for a lock that installers take" in sentence


def test_folders_are_told_from_where_the_file_lies(server: IndexServer, tmp_path: Path) -> None:
    root = write_project(
        tmp_path / "shop",
        {
            "pyproject.toml": f"""
                [tool.frazil]
                members = ["libs/*"]
                [[tool.frazil.index]]
                name = "loop"
                url = "{server.url}"
                [tool.frazil.environments.linux]
                python = "3.12"
                platform = "manylinux_2_28_x86_64"
            """,
            "libs/common/pyproject.toml": """
                [project]
                name = "shop-common"
                version = "1"
                dependencies = ["click"]
            """,
        },
    )
    machine = Machine(tmp_path / "alice", server, root)
    machine.resolve()
    where = {root / "pylock.toml": "libs/common", root / "out" / "pylock.toml": "../libs/common"}
    for path, folder in where.items():
        exported(machine, out=path)
        found = {each["name"]: each.get("directory") for each in packages(path.read_text())}
        assert found["shop-common"] == {"path": folder, "editable": True}
    assert "shop-common" not in {each["name"] for each in packages(text(machine, local=False))}


# The lock --------------------------------------------------------------------------------------------------


def test_a_stale_lock_is_a_warning_or_refused_or_not_looked_at(machine: Machine) -> None:
    file = machine.project / "frazil.toml"
    file.write_text(file.read_text().replace("'flask'", "'flask<9'"))
    (sentence,) = exported(machine).warnings
    assert sentence.startswith("frozen.json is out of date: target services/web: ")
    with pytest.raises(StaleLock):
        exported(machine, locked=True)
    assert exported(machine, frozen=True).warnings == ()


def test_a_lock_alone_can_be_exported(machine: Machine, tmp_path: Path) -> None:
    expected = text(machine)
    (tmp_path / "alone").mkdir()
    shutil.copy(machine.lock, tmp_path / "alone")
    (file,) = export_lock(lock_file(tmp_path / "alone" / "frozen.json"), ExportOptions(), machine.settings).files
    assert file.text == expected


def test_a_lock_that_was_cut_is_not_stale_for_what_it_lacks(machine: Machine) -> None:
    whole = read_frozen(machine.lock)
    small = machine.project / "services" / "frozen.json"
    small.parent.mkdir()
    write_frozen(small, cut(whole, [whole.targets_by_name["services/web"]], ("here",)))
    report = export_lock(lock_file(small), ExportOptions(locked=True), machine.settings)
    assert report.warnings == ()
    assert {each["name"] for each in packages(report.files[0].text)} == {"click", "flask", "werkzeug"}


def test_the_lock_of_a_revision_can_be_exported(machine: Machine) -> None:
    def git(*words: str) -> None:
        name = ("-c", "user.name=a", "-c", "user.email=a@index.example")
        subprocess.run(["git", "-C", str(machine.project), *name, *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", "frozen.json")
    git("commit", "-qm", "lock")
    expected = text(machine)
    machine.lock.write_text("not any more")
    reference = LockReference(name="HEAD:frozen.json", folder=machine.project, path="./frozen.json", revision="HEAD")
    (file,) = export_lock(reference, ExportOptions(), machine.settings).files
    assert file.text == expected


def test_targets_that_live_in_none_of_the_environments_are_a_usage_error(machine: Machine) -> None:
    with pytest.raises(UsageError, match="unknown environment"):
        exported(machine, environments=("mars",))
