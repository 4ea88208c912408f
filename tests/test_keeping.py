"""`--keep-going`: what a lock holds when some resolves have an answer and others have none, and that it never lies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import NoResolution, StaleLock
from frazil.frozen.codec import parse_frozen
from frazil.frozen.model import Frozen
from tests.support.command_lines import run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "a": {"1": [], "2": []},
    "b": {"1": ["c<2"], "2": ["c>=2"]},
    "c": {"1": [], "2": []},
}
RESOLVES = '[resolves.legacy]\ntargets = ["old"]\n'


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "alice", server, tmp_path / "shop")


def locked(machine: Machine) -> Frozen:
    return parse_frozen(machine.lock.read_bytes())


def pins(machine: Machine) -> dict[tuple[str, str], str]:
    return {(resolve, name): pin.version or "" for (resolve, _, name), pin in locked(machine).pins.items()}


def fails(machine: Machine, *, keep_going: bool = True) -> NoResolution:
    with pytest.raises(NoResolution) as raised:
        machine.resolve(keep_going=keep_going)
    return raised.value


def stale(machine: Machine) -> tuple[str, ...]:
    with pytest.raises(StaleLock) as raised:
        machine.resolve(check=True)
    return raised.value.details


def test_without_it_one_resolve_that_fails_keeps_everything_from_being_written(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    error = fails(machine, keep_going=False)
    assert error.sentence.endswith("(resolve legacy: linux)")
    assert error.details[-1] == "No frozen.json was written."
    assert not machine.lock.exists()


def test_the_others_are_written_and_the_one_that_failed_is_named(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    error = fails(machine)
    assert error.exit_code == 1
    assert error.details[-1] == "frozen.json has the answers of all other resolves, nothing for legacy."
    assert pins(machine) == {("default", "a"): "2"}


def test_what_is_not_frozen_leaves_the_lock_stale_and_ships_nothing(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    fails(machine)
    assert stale(machine) == ("target old: environments changed from nothing to linux",)
    assert machine.fetch(targets=("new",)).artifacts == 1


def test_an_old_answer_stays_with_what_it_answered_and_the_lock_stays_stale(machine: Machine) -> None:
    machine.declare({"new": ["a<2"], "old": ["b"]}, more=RESOLVES)
    machine.resolve()
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    error = fails(machine)
    assert error.details[-1] == "frozen.json has the answers of all other resolves, legacy as it was before."
    assert pins(machine) == {("default", "a"): "1", ("legacy", "b"): "2", ("legacy", "c"): "2"}
    assert [str(e.requirement) for e in locked(machine).targets_by_name["new"].requirements] == ["a"]
    assert stale(machine) == ("target old: b>9 replaced b at frazil.toml:13",)


def test_a_resolve_whose_old_answer_would_not_hold_under_todays_policy_is_left_out(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b"]}, more=RESOLVES)
    machine.resolve()
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=f'constraints = ["c<2"]\n{RESOLVES}')
    assert fails(machine).details[-1].endswith("nothing for legacy.")
    assert pins(machine) == {("default", "a"): "2"}


def test_an_old_answer_under_another_policy_is_left_out_though_it_would_still_be_sound(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b"]}, more=RESOLVES)
    machine.resolve()
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=f'prerelease = "allow"\n{RESOLVES}')
    assert fails(machine).details[-1].endswith("nothing for legacy.")


def test_a_target_that_moved_out_of_the_resolve_that_fails_goes_where_it_is_now(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b"], "older": ["c"]}, more=RESOLVES.replace('"old"', '"old", "older"'))
    machine.resolve()
    machine.declare({"new": ["a"], "old": ["b>9"], "older": ["c"]}, more=RESOLVES)
    assert fails(machine).details[-1].endswith("nothing for legacy.")
    assert pins(machine) == {("default", "a"): "2", ("default", "c"): "2"}


def test_the_next_whole_resolve_makes_the_lock_current_again(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    fails(machine)
    machine.declare({"new": ["a"], "old": ["b"]}, more=RESOLVES)
    assert machine.resolve().written
    assert machine.resolve(check=True).current


def test_where_every_resolve_fails_nothing_is_written(machine: Machine) -> None:
    machine.declare({"new": ["a>9"], "old": ["b>9"]}, more=RESOLVES)
    assert "No frozen.json was written." in fails(machine).details
    assert not machine.lock.exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    with pytest.raises(NoResolution) as raised:
        machine.resolve(keep_going=True, dry_run=True)
    assert raised.value.details[-1] == "Nothing was written."
    assert not machine.lock.exists()


def test_ensure_delivers_what_has_an_answer_and_fails_all_the_same(machine: Machine) -> None:
    machine.declare({"new": ["a"], "old": ["b>9"]}, more=RESOLVES)
    environ = {**machine.settings.environ, "FRAZIL_KEEP_GOING": "1"}
    ran = run_line("ensure", folder=machine.project, environ=environ)
    assert ran.code == 1
    assert "no release of b is b>9" in ran.err
    assert machine.delivered() == {"a-2-py3-none-any.whl"}
    again = run_line("ensure", folder=machine.project, environ=environ)
    assert again.code == 1, "what failed once is not forgotten because the others are in place"
