"""Who published a release is in the lock where a project wants to know, asked once, and told when it changes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import IntegrityError
from frazil.frozen.files import read_frozen
from tests.support.command_lines import run_line
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine

FIXTURE = Path(__file__).parents[1] / "fixtures" / "provenance" / "pypi_attestations-0.0.19.tar.gz.provenance"


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, {"flask": {"2.0": ["click"]}, "click": {"8.0": []}})


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "alice", server, tmp_path / "shop")


def declare(machine: Machine, provenance: str | None, *requirements: str) -> None:
    more = "" if provenance is None else f'provenance = "{provenance}"'
    machine.declare({"web": list(requirements)}, more=more)


def publish(server: IndexServer, name: str, version: str, repository: str | None) -> None:
    (file,) = (each for each in server.projects[name] if each.version == version)
    if repository is None:
        file.entry.pop("provenance", None)
        return
    publisher = {"kind": "GitHub", "repository": repository, "workflow": "release.yml"}
    body = {"version": 1, "attestation_bundles": [{"publisher": publisher, "attestations": []}]}
    place = server.serve(f"/integrity/{file.filename}", json.dumps(body).encode(), content_type="application/json")
    file.entry["provenance"] = place


def labels(machine: Machine) -> dict[str, list[str]]:
    return {each.name: [p.label for p in each.publishers] for each in read_frozen(machine.lock).coordinates}


def test_nobody_is_asked_unless_the_project_wants_to_know(machine: Machine, server: IndexServer) -> None:
    publish(server, "flask", "2.0", "pallets/flask")
    declare(machine, None, "flask")
    machine.resolve()
    assert labels(machine) == {"flask": [], "click": []}
    assert not [path for path in machine.requests() if "integrity" in path]


def test_a_publisher_is_recorded_for_each_release_that_has_one(machine: Machine, server: IndexServer) -> None:
    publish(server, "flask", "2.0", "pallets/flask")
    declare(machine, "record", "flask")
    machine.resolve()
    assert labels(machine) == {"flask": ["GitHub pallets/flask"], "click": []}
    assert '"attestation-identities": [' in machine.lock.read_text()


def test_what_is_known_is_not_asked_again(machine: Machine, server: IndexServer) -> None:
    publish(server, "flask", "2.0", "pallets/flask")
    declare(machine, "record", "flask")
    machine.resolve()
    machine.requests()
    declare(machine, "record", "flask", "click>=8")
    machine.resolve()
    assert not [path for path in machine.requests() if "integrity" in path]
    assert labels(machine)["flask"] == ["GitHub pallets/flask"]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("mallory/flask", "published by GitHub mallory/flask, before by GitHub pallets/flask"),
        (None, "nobody vouches for it any more, before GitHub pallets/flask"),
    ],
)
def test_a_change_or_loss_of_the_publisher_is_told_when_the_release_moves(
    machine: Machine, server: IndexServer, now: str | None, says: str
) -> None:
    publish(server, "flask", "2.0", "pallets/flask")
    declare(machine, "record", "flask")
    machine.resolve()
    server.add_wheel("flask", "3.0", requires=["click"])
    publish(server, "flask", "3.0", now)
    ran = run_line(
        "resolve", "-U", "--project", str(machine.project), "--no-cache", folder=machine.project, environ={"HOME": "/"}
    )
    assert ran.code == 0
    assert says in ran.err
    report = json.loads(
        run_line("resolve", "--json", "--check", "--project", str(machine.project), folder=machine.project).out
    )
    assert report["ok"]


def test_the_same_publisher_is_no_news(machine: Machine, server: IndexServer) -> None:
    publish(server, "flask", "2.0", "pallets/flask")
    declare(machine, "record", "flask")
    machine.resolve()
    server.add_wheel("flask", "3.0", requires=["click"])
    publish(server, "flask", "3.0", "pallets/flask")
    ran = run_line("resolve", "-U", "--project", str(machine.project), "--no-cache", folder=machine.project)
    assert "flask 2.0 → 3.0" in ran.err
    assert "published by" not in ran.err


def test_a_provenance_that_does_not_verify_writes_nothing(machine: Machine, server: IndexServer) -> None:
    pytest.importorskip("pypi_attestations", reason="needs the extra attestations")
    (file,) = server.projects["click"]
    file.entry["provenance"] = server.serve("/integrity/x", FIXTURE.read_bytes(), content_type="application/json")
    declare(machine, "verify", "click")
    with pytest.raises(IntegrityError, match=r"click-8\.0-py3-none-any\.whl does not verify"):
        machine.resolve()
    assert not machine.lock.exists()
