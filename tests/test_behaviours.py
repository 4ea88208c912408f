"""Behaviours of the two stages that the design promises, and what may never reach a cache."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError, IntegrityError, NoResolution, StaleLock
from frazil.frozen.codec import parse_frozen
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "a": {"1": ["b<2"], "2": ["b"]},
    "b": {"1": ["only-old"], "2": ["only-new"]},
    "only-old": {"1": []},
    "only-new": {"1": []},
    "ring": {"1": ["ring-two"]},
    "ring-two": {"1": ["ring", "b"]},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"one": ["a"], "two": ["b"]})
    return machine


def command(machine: Machine, *words: str, **variables: str) -> subprocess.Popen[str]:
    """Start the installed command line on a machine's project."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FRAZIL_CACHE_DIR": str(machine.home / "cache"),
        "FRAZIL_STORE": str(machine.home / "store"),
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "frazil", *words, "--project", str(machine.project)],
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


# The two stages --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("PA-7")
def test_a_lock_of_other_targets_is_not_current_and_all_of_them_are_named(machine: Machine) -> None:
    machine.resolve()
    machine.declare({"one": ["a"], "three": ["b"]})
    with pytest.raises(StaleLock) as stale:
        machine.resolve(check=True)
    text = "\n".join(stale.value.details)
    assert "two" in text
    assert "three" in text


@pytest.mark.behaviour("PA-9")
def test_a_version_that_lost_delivers_nothing_and_neither_does_what_it_needs(machine: Machine) -> None:
    machine.declare({"one": ["a<2"], "two": ["b"]})
    machine.ensure()
    assert machine.delivered() == {
        "a-1-py3-none-any.whl",
        "b-1-py3-none-any.whl",
        "only_old-1-py3-none-any.whl",
    }
    machine.fetch(targets=("two",), out=machine.project / "two")
    names = {path.name for path in (machine.project / "two").iterdir()}
    assert names == {"b-1-py3-none-any.whl", "only_old-1-py3-none-any.whl"}


@pytest.mark.behaviour("PA-10")
def test_projects_that_need_each_other_are_each_there_once(machine: Machine) -> None:
    machine.declare({"one": ["ring"], "two": ["ring-two"]})
    frozen = machine.resolve().frozen
    assert [c.name for c in frozen.coordinates] == ["b", "only-new", "ring", "ring-two"]
    assert all(dict(c.targets) == {"*": ("one", "two")} for c in frozen.coordinates)


@pytest.mark.behaviour("PA-12")
def test_an_exclusion_and_an_override_hold_for_all_targets_of_a_resolve(machine: Machine) -> None:
    more = 'exclude-dependencies = ["only-new"]\noverrides = ["b>=2"]'
    machine.declare({"one": ["a<2"], "two": ["b"]}, more=more)
    frozen = machine.resolve().frozen
    assert {c.name: c.version for c in frozen.coordinates} == {"a": "1", "b": "2"}


@pytest.mark.behaviour("PA-12")
def test_a_member_stands_in_for_a_project_of_its_name_on_the_index(machine: Machine) -> None:
    machine.declare({"one": ["b"]}, more='members = ["libs/*"]')
    (machine.project / "libs" / "b").mkdir(parents=True)
    manifest = '[project]\nname = "b"\nversion = "9"\ndependencies = ["only-old"]\n'
    (machine.project / "libs" / "b" / "pyproject.toml").write_text(manifest)
    frozen = machine.resolve().frozen
    assert [c.name for c in frozen.coordinates] == ["only-old"]
    assert "/simple/b/" not in machine.requests()


@pytest.mark.behaviour("PA-14")
def test_two_runs_at_once_do_not_hurt_each_other(machine: Machine) -> None:
    runs = [command(machine, "ensure") for _ in range(4)]
    for run in runs:
        _, said = run.communicate(timeout=60)
        assert run.returncode == 0, said
    parse_frozen(machine.lock.read_bytes())
    assert len(machine.delivered()) == 3
    assert machine.ensure().tier == "fetch-result"


@pytest.mark.behaviour("PA-15")
def test_what_is_shown_of_a_lock_is_the_same_whether_it_was_resolved_here_or_fetched(
    machine: Machine, tmp_path: Path
) -> None:
    machine.ensure()
    here, _ = command(machine, "tree").communicate(timeout=60)
    other = Machine(tmp_path / "bob", machine.server, machine.project)
    other.fetch()
    there, _ = command(other, "tree").communicate(timeout=60)
    assert here == there
    assert "only-new" in here


@pytest.mark.behaviour("PA-15")
def test_nothing_to_show_is_a_success_that_says_so(machine: Machine) -> None:
    machine.declare({})
    machine.resolve()
    run = command(machine, "tree")
    run.communicate(timeout=60)
    assert run.returncode == 0


def test_a_cache_that_cannot_be_written_is_a_warning(machine: Machine) -> None:
    machine.home.mkdir(parents=True)
    (machine.home / "cache").write_text("a file in the way")
    assert machine.ensure().tier == "resolve"
    assert machine.delivered()
    assert machine.warnings
    assert machine.ensure().tier == "resolve-result"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_soon_and_leaves_no_half_file(machine: Machine, sent: int, code: int) -> None:
    machine.resolve()
    machine.server.fault("/packages/*", stall=20)
    machine.requests()
    run = command(machine, "ensure")
    wait_for(lambda: bool(machine.server.asked(containing="/packages/")))
    run.send_signal(sent)
    _, said = run.communicate(timeout=10)
    assert run.returncode == code, said
    parse_frozen(machine.lock.read_bytes())
    assert machine.delivered() == set()
    machine.server.faults.clear()
    assert machine.ensure().tier == "fetch"


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


# What may never reach a cache ------------------------------------------------------------------------------


def remembered(machine: Machine) -> list[Path]:
    return list((machine.home / "cache").rglob("*.resolution"))


@pytest.mark.behaviour("PA-4")
def test_what_was_not_solved_is_not_remembered(machine: Machine, tmp_path: Path) -> None:
    machine.resolve()
    other = Machine(tmp_path / "bob", machine.server, machine.project)
    assert other.ensure().tier == "fetch"
    other.forget_output()
    assert other.ensure().tier == "resolve-result"
    assert other.ensure().tier == "fetch-result"
    assert remembered(other) == []
    assert len(remembered(machine)) == 1


@pytest.mark.behaviour("PA-4")
def test_an_empty_answer_is_not_remembered(machine: Machine) -> None:
    machine.declare({})
    machine.ensure()
    assert remembered(machine) == []


@pytest.mark.behaviour("PA-4")
def test_an_answer_whose_files_fail_is_not_remembered(machine: Machine) -> None:
    (file,) = [file for file in machine.server.projects["a"] if file.version == "2"]
    machine.server.fault(f"/packages/{file.path}", body=b"x" * file.size)
    with pytest.raises(IntegrityError):
        machine.ensure()
    assert remembered(machine) == []


@pytest.mark.behaviour("PA-4")
def test_a_refusal_is_not_remembered(machine: Machine) -> None:
    machine.declare({"one": ["a>=2"], "two": ["b<2", "only-new>=9"]})
    with pytest.raises(NoResolution):
        machine.ensure()
    assert remembered(machine) == []


@pytest.mark.behaviour("PA-4")
def test_a_run_without_network_remembers_nothing(machine: Machine) -> None:
    machine.resolve()
    shutil.rmtree(machine.home / "cache" / "resolutions-v1")
    machine.lock.unlink()
    machine.resolve(offline=True)
    assert machine.lock.exists()
    assert remembered(machine) == []


@pytest.mark.behaviour("PA-4")
def test_a_version_asked_for_on_the_command_line_is_not_remembered_as_the_answer(machine: Machine) -> None:
    machine.resolve(upgrade_packages=("b==1",))
    assert remembered(machine) == []


@pytest.mark.behaviour("PA-4")
def test_nothing_that_is_kept_names_a_path_of_this_machine_or_a_password(server: IndexServer, tmp_path: Path) -> None:
    server.require_auth("alice", "canary-password")
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"one": ["a"]})
    config = machine.project / "frazil.toml"
    config.write_text(config.read_text().replace("http://", "http://alice:canary-password@"))
    machine.ensure()
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path != config]
    assert kept
    for path in kept:
        assert b"canary-password" not in path.read_bytes(), path
    lock = machine.lock.read_text()
    assert str(tmp_path) not in lock
    for resolution in remembered(machine):
        assert str(tmp_path) not in resolution.read_text()


# Named resolves --------------------------------------------------------------------------------------------


def test_targets_of_one_resolve_share_versions_and_an_isolated_one_has_its_own(machine: Machine) -> None:
    machine.declare({"one": ["a<2"], "two": ["b"]})
    config = machine.project / "frazil.toml"
    config.write_text(config.read_text() + "isolated = true\n")
    frozen = machine.resolve().frozen
    versions = {(resolve, name): pin.version for (resolve, _, name), pin in frozen.pins.items()}
    assert versions["default", "b"] == "1"
    assert versions["two", "b"] == "2"
    document = json.loads(machine.lock.read_bytes())
    assert set(document["resolves"]) == {"default", "two"}


def test_a_named_resolve_has_constraints_of_its_own(machine: Machine) -> None:
    more = '[resolves.legacy]\ntargets = ["one"]\nconstraints = ["b<2"]'
    machine.declare({"one": ["b"], "two": ["b"]}, more=more)
    frozen = machine.resolve().frozen
    versions = {(resolve, name): pin.version for (resolve, _, name), pin in frozen.pins.items()}
    assert (versions["legacy", "b"], versions["default", "b"]) == ("1", "2")


@pytest.mark.parametrize("name", ["default", "build", "build:x"])
def test_reserved_names_of_resolves_cannot_be_declared(machine: Machine, name: str) -> None:
    machine.declare({"one": ["b"]}, more=f'[resolves."{name}"]\ntargets = ["one"]')
    with pytest.raises(ConfigurationError):
        machine.resolve()
