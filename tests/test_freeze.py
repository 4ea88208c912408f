"""A whole resolve over a real index: what it asks, what it keeps, what it writes, and that order never matters."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError, NoResolution, StaleLock, UsageError
from frazil.frozen.codec import parse_frozen
from frazil.frozen.model import Frozen
from frazil.model import Rules
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"2.0": ["werkzeug<3"], "3.0": ["werkzeug>=3", "click"]},
    "werkzeug": {"2.0": [], "3.0": [], "3.1": []},
    "click": {"8.0": ["colorama; platform_system == 'Windows'"], "8.1": ["colorama; platform_system == 'Windows'"]},
    "colorama": {"0.4.6": []},
    "rich": {"1.0": ["markdown; extra == 'md'"], "2.0": {"requires": [], "extras": {"md": ["markdown"]}}},
    "markdown": {"1.0": []},
}


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["flask"], "tool": ["click"]}, environments=("linux", "windows"))
    return machine


def pins(frozen: Frozen, environment: str = "linux") -> dict[str, str]:
    return {name: pin.version or "" for (_, where, name), pin in frozen.pins.items() if where == environment}


# Environments ----------------------------------------------------------------------------------------------


def test_every_environment_has_an_answer_of_its_own(machine: Machine) -> None:
    frozen = machine.resolve().frozen
    assert pins(frozen, "linux") == {"flask": "3.0", "werkzeug": "3.1", "click": "8.1"}
    assert pins(frozen, "windows") == {"flask": "3.0", "werkzeug": "3.1", "click": "8.1", "colorama": "0.4.6"}


def test_without_environments_the_lock_is_for_this_machine_and_a_colleague_keeps_it(machine: Machine) -> None:
    machine.declare({"web": ["click"]}, environments=())
    frozen = machine.resolve().frozen
    (environment,) = frozen.inputs.environments
    assert environment.name in {"linux", "mac", "windows"}
    assert environment.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    other = machine.lock.read_text().replace(f'"python": "{environment.python}"', '"python": "3.10"')
    old = f'"python_full_version": "{environment.python}.0", "python_version": "{environment.python}"'
    other = other.replace(old, '"python_full_version": "3.10.0", "python_version": "3.10"')
    other = other.replace(f'"implementation_version": "{environment.python}.0"', '"implementation_version": "3.10.0"')
    machine.lock.write_text(other)
    assert machine.resolve(check=True).current


# Relocking -------------------------------------------------------------------------------------------------


def test_a_current_lock_is_said_to_be_current_without_a_request(machine: Machine) -> None:
    machine.resolve()
    machine.requests()
    report = machine.resolve()
    assert report.current
    assert not report.written
    assert machine.requests() == []


def test_one_requirement_more_asks_for_that_project_only_and_moves_nothing(machine: Machine) -> None:
    machine.resolve()
    world(machine.server, {"click": {"9.0": []}, "werkzeug": {"3.2": []}})
    machine.declare({"web": ["flask"], "tool": ["click", "rich"]}, environments=("linux", "windows"))
    machine.requests()
    report = machine.resolve()
    assert pins(report.frozen)["click"] == "8.1"
    assert pins(report.frozen)["werkzeug"] == "3.1"
    assert pins(report.frozen)["rich"] == "2.0"
    assert {path.split("/")[2] for path in machine.requests() if path.startswith("/simple/")} == {"rich"}


def test_one_requirement_less_asks_for_nothing(machine: Machine) -> None:
    machine.resolve()
    machine.declare({"tool": ["click"]}, environments=("linux", "windows"))
    machine.requests()
    assert pins(machine.resolve().frozen) == {"click": "8.1"}
    assert machine.requests() == []


def test_an_extra_that_the_lock_never_asked_for_is_read_from_the_index(machine: Machine) -> None:
    machine.declare({"tool": ["rich"]})
    machine.resolve()
    machine.declare({"tool": ["rich[md]"]})
    assert pins(machine.resolve().frozen) == {"rich": "2.0", "markdown": "1.0"}


def test_an_environment_more_is_read_from_the_index(machine: Machine) -> None:
    machine.declare({"tool": ["click"]}, environments=("linux",))
    machine.resolve()
    machine.declare({"tool": ["click"]}, environments=("linux", "windows"))
    assert pins(machine.resolve().frozen, "windows") == {"click": "8.1", "colorama": "0.4.6"}


def test_a_pin_that_can_not_stay_moves_and_its_friends_stay(machine: Machine) -> None:
    machine.resolve()
    world(machine.server, {"click": {"9.0": []}})
    machine.declare({"web": ["flask<3"], "tool": ["click"]}, environments=("linux", "windows"))
    assert pins(machine.resolve().frozen) == {"flask": "2.0", "werkzeug": "2.0", "click": "8.1"}


def test_upgrades_free_all_or_the_named(machine: Machine) -> None:
    machine.resolve()
    world(machine.server, {"click": {"9.0": []}, "werkzeug": {"3.2": []}})
    assert pins(machine.resolve(upgrade_packages=("werkzeug",)).frozen)["werkzeug"] in {"3.1", "3.2"}
    machine.forget_cache()
    named = pins(machine.resolve(upgrade_packages=("werkzeug",)).frozen)
    assert (named["werkzeug"], named["click"]) == ("3.2", "8.1")
    everything = pins(machine.resolve(upgrade=True).frozen)
    assert (everything["werkzeug"], everything["click"]) == ("3.2", "9.0")


def test_an_upgrade_may_name_the_version(machine: Machine) -> None:
    machine.resolve()
    assert pins(machine.resolve(upgrade_packages=("click==8.0",)).frozen)["click"] == "8.0"
    assert pins(machine.resolve().frozen)["click"] == "8.0"


@pytest.mark.parametrize("text", ["click>>1", "click @ https://files.index.example/c.whl", "click[x]", "-"])
def test_an_upgrade_that_is_no_name_and_version_is_a_usage_error(machine: Machine, text: str) -> None:
    with pytest.raises(UsageError):
        machine.resolve(upgrade_packages=(text,))


# Policy by option ------------------------------------------------------------------------------------------


def test_policy_given_by_option_is_recorded_and_its_absence_makes_the_lock_stale(machine: Machine) -> None:
    machine.resolve(rules=Rules(exclude_newer="2030-01-01"))
    assert '"exclude-newer": "2030-01-01"' in machine.lock.read_text()
    with pytest.raises(StaleLock) as stale:
        machine.resolve(check=True)
    assert "exclude-newer" in stale.value.details[0]
    assert machine.resolve(check=True, rules=Rules(exclude_newer="2030-01-01")).current


def test_a_cutoff_before_everything_leaves_nothing(machine: Machine) -> None:
    with pytest.raises(NoResolution):
        machine.resolve(rules=Rules(exclude_newer="2001-01-01"))
    assert not machine.lock.exists()


# Locks that are not as they were written -------------------------------------------------------------------


def test_a_lock_with_conflict_markers_gives_its_pins_as_preferences(machine: Machine) -> None:
    machine.resolve(upgrade_packages=("click==8.0",))
    text = machine.lock.read_text()
    machine.lock.write_text(
        text.replace('  "coordinates": [\n', '<<<<<<< ours\n=======\n>>>>>>> theirs\n  "coordinates": [\n')
    )
    report = machine.resolve()
    assert pins(report.frozen)["click"] == "8.0"
    assert any("frozen.json.bak" in sentence for sentence in report.warnings)


def test_a_map_that_is_off_is_mended_without_the_network_and_stale_under_check(machine: Machine) -> None:
    machine.resolve()
    right = machine.lock.read_bytes()
    machine.lock.write_bytes(
        right.replace(
            b'"targets": {"*": [\n      "tool",\n      "web"\n    ]}', b'"targets": {"*": [\n      "web"\n    ]}'
        )
    )
    assert machine.lock.read_bytes() != right
    with pytest.raises(StaleLock):
        machine.resolve(check=True)
    machine.requests()
    machine.resolve()
    assert machine.lock.read_bytes() == right
    assert machine.requests() == []


# The same inputs give the same bytes -----------------------------------------------------------------------


def test_the_order_of_everything_changes_no_byte(server: IndexServer, tmp_path: Path) -> None:
    locks = set()
    targets = {"web": ["flask", "rich[md]"], "tool": ["click", "colorama"], "job": ["werkzeug"]}
    for seed in range(4):
        generator = random.Random(seed)
        names = list(targets)
        generator.shuffle(names)
        shuffled = {name: generator.sample(targets[name], len(targets[name])) for name in names}
        environments = generator.sample(["linux", "windows"], 2)
        server.reverse = bool(seed % 2)
        machine = Machine(tmp_path / f"home{seed}", server, tmp_path / f"shop{seed}")
        machine.declare(shuffled, environments=tuple(environments))
        machine.resolve()
        locks.add(machine.lock.read_bytes())
    assert len(locks) == 1


@pytest.mark.promise("R14")
@pytest.mark.parametrize(
    "changes", [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "77"}, {"TZ": "Asia/Tokyo", "LC_ALL": "C"}]
)
def test_hash_seed_time_zone_and_locale_change_no_byte(machine: Machine, changes: dict[str, str]) -> None:
    machine.resolve()
    expected = machine.lock.read_bytes()
    machine.lock.unlink()
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FRAZIL_CACHE_DIR": str(machine.home / "other-cache"),
        "FRAZIL_STORE": str(machine.home / "store"),
        **changes,
    }
    command = [sys.executable, "-m", "frazil", "resolve", "--project", str(machine.project)]
    subprocess.run(command, check=True, env=env, capture_output=True)
    assert machine.lock.read_bytes() == expected


def test_what_was_written_is_read_back_as_the_same_value(machine: Machine) -> None:
    report = machine.resolve()
    assert parse_frozen(machine.lock.read_bytes()) == report.frozen


# Pages that say little -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "html"])
def test_digests_and_sizes_that_a_page_leaves_out_are_found_out(tmp_path: Path, form: str) -> None:
    with IndexServer(form=form, hashes=False, sizes=False) as server:
        world(server, {"a": {"1.0": []}})
        machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
        machine.declare({"web": ["a"]})
        machine.resolve()
        (coordinate,) = parse_frozen(machine.lock.read_bytes()).coordinates
        (file,) = server.projects["a"]
        assert (coordinate.artifacts[0].sha256, coordinate.artifacts[0].size) == (file.sha256, file.size)
        assert machine.fetch().artifacts == 1


# Bad input -------------------------------------------------------------------------------------------------


def test_two_configurations_are_an_error(machine: Machine) -> None:
    (machine.project / "pyproject.toml").write_text("[tool.frazil]\n")
    with pytest.raises(ConfigurationError):
        machine.resolve()


def test_an_upgrade_of_what_nobody_has_is_a_warning_that_says_what_was_meant(machine: Machine) -> None:
    machine.resolve()
    machine.resolve(upgrade_packages=("flask", "werkzug"))
    assert machine.warnings == ["-P werkzug changes nothing: the lock has no project werkzug; did you mean werkzeug?"]


def test_a_member_is_no_unknown_project_to_upgrade(machine: Machine) -> None:
    machine.declare({"web": ["shop-common"]}, more='members = ["libs/*"]')
    (machine.project / "libs" / "common").mkdir(parents=True)
    (machine.project / "libs" / "common" / "pyproject.toml").write_text('[project]\nname = "shop-common"\n')
    machine.resolve(upgrade_packages=("shop_common",))
    assert not machine.warnings


def test_targets_that_are_gone_count_among_those_that_a_lock_is_out_of_date_for(machine: Machine) -> None:
    machine.resolve()
    machine.declare({"other": ["flask"]}, environments=("linux", "windows"))
    with pytest.raises(StaleLock, match="out of date for 3 of 3 targets"):
        machine.resolve(check=True)


def test_a_missing_extra_is_a_warning(machine: Machine) -> None:
    machine.declare({"web": ["click[nope]"]})
    assert any("no extra 'nope'" in sentence for sentence in machine.resolve().warnings)


def test_a_target_that_this_machines_python_cannot_run_is_an_error_naming_both(machine: Machine) -> None:
    machine.declare({"web": ["click"]}, environments=(), more="")
    with (machine.project / "frazil.toml").open("a") as file:
        file.write('requires-python = "<3"\n')
    with pytest.raises(ConfigurationError) as wrong:
        machine.resolve()
    assert "web" in wrong.value.sentence
    assert "<3" in wrong.value.sentence
