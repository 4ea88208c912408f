"""Wheels that do not say of themselves what the lock says of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil import wheel_claims
from frazil.errors import IntegrityError, UnsafeArchive
from frazil.frozen.model import FrozenArtifact
from frazil.store.content import Store
from tests.support.archives import metadata_text, wheel_bytes
from tests.support.index_server import IndexFile, IndexServer
from tests.support.machine import Machine


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield index


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home", server, tmp_path / "project")
    machine.declare({"app": ["app[fast]"]}, environments=("linux", "windows"))
    return machine


def lie(wheel: IndexFile, metadata: str) -> None:
    """Let the index say of a wheel what the wheel does not say itself."""
    wheel.metadata = metadata.encode()


def honest(server: IndexServer) -> IndexFile:
    server.add_wheel("dep", "1")
    server.add_wheel("more", "1")
    server.add_wheel("win", "1")
    return server.add_wheel(
        "app",
        "1",
        requires=["dep>=1", "win ; sys_platform == 'win32'"],
        extras={"fast": ["more"], "slow": ["nothing-that-is-there"]},
    )


@pytest.mark.promise("R14")
def test_a_wheel_that_says_what_the_lock_says_is_delivered_and_looked_into_once(
    server: IndexServer, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest(server)
    machine.ensure()
    assert len(machine.delivered()) == 4
    machine.forget_output()
    # Were a wheel read again, this would be missed: what was checked is remembered for this lock.
    monkeypatch.setattr("frazil.wheel_claims.read_from_wheel", None)
    machine.fetch()
    assert len(machine.delivered()) == 4


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (metadata_text("app", "1", requires=["dep>=1"], extras={"fast": ["more"]}), "asks for win"),
        (metadata_text("app", "1", requires=["dep>=1", "win ; sys_platform == 'win32'"]), "asks for more"),
        (metadata_text("app", "1", requires=["dep"], extras={"fast": ["more"]}), "asks for dep>=1"),
    ],
)
@pytest.mark.promise("R14")
def test_an_index_that_says_of_a_wheel_what_it_does_not_say_itself_is_found_out_before_anything_is_linked(
    server: IndexServer, machine: Machine, said: str, why: str
) -> None:
    lie(honest(server), said)
    machine.resolve()
    with pytest.raises(IntegrityError, match=why) as found:
        machine.fetch()
    assert "app-1-py3-none-any.whl is not what the lock says of it" in found.value.sentence
    assert machine.delivered() == set()


def test_edges_that_an_index_invents_are_found_out(server: IndexServer, machine: Machine) -> None:
    wheel = honest(server)
    server.add_wheel("evil", "1")
    lie(wheel, metadata_text("app", "1", requires=["dep>=1", "win ; sys_platform == 'win32'", "evil"]))
    machine.declare({"app": ["app"]}, environments=("linux", "windows"))
    machine.resolve()
    with pytest.raises(IntegrityError, match="the lock has it ask for evil in linux, and its METADATA does not"):
        machine.fetch()


def test_a_dependency_that_a_pull_request_took_out_of_the_lock_is_missed(server: IndexServer, machine: Machine) -> None:
    honest(server)
    machine.ensure()
    document = json.loads(machine.lock.read_text())
    document["coordinates"] = [c for c in document["coordinates"] if c["name"] != "dep"]
    app = next(c for c in document["coordinates"] if c["name"] == "app")
    app["dependencies"] = [e for e in app["dependencies"] if not e["requirement"].startswith("dep")]
    machine.lock.write_text(json.dumps(document))
    machine.forget_output()
    with pytest.raises(IntegrityError, match="asks for dep>=1 in linux, and the lock does not"):
        machine.fetch()
    assert machine.delivered() == set()


def test_a_wheel_of_another_release_under_this_one_s_name_is_refused(server: IndexServer, machine: Machine) -> None:
    machine.declare({"app": ["app"]})
    wheel = server.add_file(
        "app",
        "app-1-py3-none-any.whl",
        wheel_bytes("other", "1", metadata_text("other", "1")),
        version="1",
        metadata=metadata_text("app", "1").encode(),
    )
    assert wheel.sha256
    machine.resolve()
    with pytest.raises(UnsafeArchive, match="another release"):
        machine.fetch()


@pytest.mark.promise("R7")
def test_a_wheel_that_two_readers_may_read_differently_is_not_delivered_and_the_good_ones_are_kept(
    server: IndexServer, machine: Machine
) -> None:
    machine.declare({"app": ["good", "bad"]})
    server.add_wheel("good", "1")
    data = wheel_bytes("bad", "1", metadata_text("bad", "1"))
    server.add_file(
        "bad", "bad-1-py3-none-any.whl", data + data, version="1", metadata=metadata_text("bad", "1").encode()
    )
    machine.resolve()
    with pytest.raises(UnsafeArchive, match=r"bad-1-py3-none-any\.whl is not delivered: its wheel has bytes before"):
        machine.fetch()
    assert machine.delivered() == set()
    server.forget()
    with pytest.raises(UnsafeArchive):
        machine.fetch()
    assert not server.asked(containing="/packages/")


def test_what_was_checked_for_an_older_lock_is_not_read_again(
    server: IndexServer, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.declare({"app": ["one"]})
    server.add_wheel("one", "1")
    server.add_wheel("two", "1")
    machine.ensure()
    machine.declare({"app": ["one", "two"]})
    read: list[str] = []
    original = wheel_claims.failure_of

    def noted(artifact: FrozenArtifact, claim: wheel_claims.Claim, store: Store) -> IntegrityError | None:
        read.append(artifact.filename)
        return original(artifact, claim, store)

    monkeypatch.setattr(wheel_claims, "failure_of", noted)
    machine.ensure()
    assert read == ["two-1-py3-none-any.whl"]
