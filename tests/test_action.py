"""The GitHub Action, its steps run for real: which tier answers on which run, and what is carried on."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.store.content import Store
from tests.support.actions import Runner
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are for bash")
ACTION = Path(__file__).parents[1] / "action.yml"


class Service:
    """A CI service: every run has a fresh machine, and only its cache lasts."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self.folder, self.machine = folder, machine
        (folder / "bin").mkdir()
        (folder / "kept").mkdir()
        program = folder / "bin" / "frazil"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m frazil "$@"\n')
        program.chmod(0o755)
        (folder / "bin" / "python").symlink_to(sys.executable)
        path = os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", "")])
        environ = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path), "CI": "true"}
        self.runner = Runner(ACTION, folder / "kept", environ)
        self.runs = 0

    def run(self, **inputs: str) -> dict[str, str]:
        """Run the action on a fresh machine; return its outputs."""
        self.runs += 1
        self.machine.requests()
        if self.machine.out.exists():
            self.machine.forget_output()
        return self.runner.run(self.folder / f"run-{self.runs}", project=str(self.machine.project), **inputs)

    def carried(self, key: str) -> set[str]:
        return {entry.filename for entry in Store(self.folder / "kept" / key / "store").entries()}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with IndexServer() as server:
        world(server, {"a": {"1": [], "2": []}, "b": {"1": []}})
        machine = Machine(tmp_path / "home", server, tmp_path / "shop")
        machine.declare({"one": ["a<2"]})
        machine.resolve()
        yield Service(tmp_path, machine)


def test_a_cold_run_fetches_and_keeps_no_public_wheel(service: Service) -> None:
    cold = service.run()
    assert (cold["tier"], cold["resolution"], cold["fetched"]) == ("fetch", "lock", "1")
    assert service.carried(cold["key"]) == set()


def test_with_public_wheels_kept_an_unchanged_lock_costs_no_request(service: Service) -> None:
    cold = service.run(keep_public="true")
    assert service.carried(cold["key"]) == {"a-1-py3-none-any.whl"}
    again = service.run(keep_public="true")
    assert (again["tier"], again["fetched"]) == ("resolve-result", "0")
    assert service.machine.requests() == []
    assert service.runner.said[-1] == "Ensure"


def test_a_changed_requirement_is_resolved_once_and_the_resolution_is_carried_on(service: Service) -> None:
    service.run(keep_public="true")
    stale = service.machine.lock.read_bytes()
    service.machine.declare({"one": ["a<2", "b"]})
    changed = service.run(keep_public="true", locked="false")
    assert (changed["tier"], changed["resolution"], changed["fetched"]) == ("resolve", "chosen", "1")
    # The next run begins with a checkout of the same commit.
    service.machine.lock.write_bytes(stale)
    again = service.run(keep_public="true", locked="false")
    assert (again["tier"], again["resolution"]) == ("resolve-result", "cache")
    assert service.machine.requests() == []


def test_a_changed_lock_fetches_only_what_is_new(service: Service) -> None:
    service.run(keep_public="true")
    service.machine.declare({"one": ["a<2", "b"]})
    service.machine.resolve()
    changed = service.run(keep_public="true")
    assert (changed["tier"], changed["fetched"]) == ("fetch", "1")
    assert service.carried(changed["key"]) == {"a-1-py3-none-any.whl", "b-1-py3-none-any.whl"}


def test_wheels_of_an_index_that_knows_us_are_carried_on(service: Service) -> None:
    service.runner.environ |= {"FRAZIL_INDEX_LOOP_USERNAME": "me", "FRAZIL_INDEX_LOOP_PASSWORD": "canary"}
    cold = service.run()
    assert service.carried(cold["key"]) == {"a-1-py3-none-any.whl"}
    assert service.run()["tier"] == "resolve-result"


def test_a_stale_lock_fails_the_job_and_says_why(service: Service) -> None:
    service.machine.declare({"one": ["a<2", "b"]})
    with pytest.raises(AssertionError, match="stale-lock"):
        service.run()


def test_a_selection_has_a_key_of_its_own(service: Service) -> None:
    service.machine.declare({"one": ["a<2"], "two": ["b"]})
    service.machine.resolve()
    assert service.run(targets="one")["key"] != service.run(targets="two")["key"]
    assert service.run(targets="one,two")["fetched"] == "2"
