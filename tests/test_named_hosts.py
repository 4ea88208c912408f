"""Locks that a pull request edited to lead a fetch elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from frazil.delivery import FetchOptions, fetch_lock
from frazil.errors import ArtifactGone, LockFileError
from tests.support.index_server import IndexServer
from tests.support.machine import Machine


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        index.add_wheel("app", "1")
        yield index


@pytest.fixture
def elsewhere() -> Iterator[IndexServer]:
    """Somebody else's server, with a file of the same name and other bytes."""
    with IndexServer() as index:
        index.add_wheel("app", "1", files={"app/evil.py": "evil"})
        yield index


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home", server, tmp_path / "project")
    machine.declare({"app": ["app"]})
    machine.resolve()
    return machine


def edit(machine: Machine, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(machine.lock.read_text())
    document["indexes"][0].update(changes)
    machine.lock.write_text(json.dumps(document))
    return document


def put_evil(machine: Machine, document: dict[str, Any], elsewhere: IndexServer) -> None:
    """State the digest of somebody else's bytes."""
    evil = elsewhere.projects["app"][0]
    artifact = document["coordinates"][0]["artifacts"][0]
    artifact |= {"sha256": evil.sha256, "size": evil.size, "path": evil.path.rpartition("/")[0] + "/"}
    machine.lock.write_text(json.dumps(document))


@pytest.mark.promise("R16")
def test_an_index_on_a_host_that_the_project_does_not_name_is_refused_and_not_asked(
    machine: Machine, elsewhere: IndexServer
) -> None:
    put_evil(machine, edit(machine, url=elsewhere.url, files=elsewhere.files_url), elsewhere)
    with pytest.raises(
        LockFileError, match=r"indexes\[0\]\.url is on 127\.0\.0\.1:\d+, a host that the project"
    ) as found:
        machine.fetch()
    assert "--allow-host" in (found.value.hint or "")
    assert elsewhere.log == []
    assert machine.delivered() == set()


@pytest.mark.promise("R16")
def test_a_host_may_be_allowed_by_whoever_runs_the_fetch(machine: Machine, elsewhere: IndexServer) -> None:
    put_evil(machine, edit(machine, url=elsewhere.url, files=elsewhere.files_url), elsewhere)
    host = elsewhere.origin.partition("//")[2]
    for allowed in (host, "127.0.0.1"):
        machine.forget_store()
        settings = replace(machine.settings, allowed_hosts=(allowed,))
        assert fetch_lock(machine.project, None, FetchOptions(out=machine.home / "out"), settings).fetched == 1


@pytest.mark.promise("R16")
@pytest.mark.parametrize("frozen", [False, True])
def test_a_file_root_on_another_host_is_not_believed_on_the_lock_s_word_alone(
    machine: Machine, elsewhere: IndexServer, frozen: bool
) -> None:
    put_evil(machine, edit(machine, files=elsewhere.files_url), elsewhere)
    with pytest.raises(ArtifactGone):
        machine.fetch(frozen=frozen)
    assert elsewhere.log == []
    assert machine.delivered() == set()


def test_a_file_root_on_another_host_that_the_index_confirms_is_used(elsewhere: IndexServer, tmp_path: Path) -> None:
    with IndexServer(files=elsewhere) as pages:
        pages.add_wheel("tool", "1")
        machine = Machine(tmp_path / "home", pages, tmp_path / "project")
        machine.declare({"app": ["tool"]})
        machine.resolve()
        assert machine.fetch().fetched == 1
        machine.forget_cache()
        machine.forget_store()
        machine.forget_output()
        machine.requests()
        assert machine.fetch().fetched == 1
        assert machine.requests() == ["/simple/tool/"]


@pytest.mark.promise("R16")
def test_a_direct_reference_that_only_the_lock_has_is_refused(machine: Machine, elsewhere: IndexServer) -> None:
    evil = elsewhere.projects["app"][0]
    document = json.loads(machine.lock.read_text())
    coordinate = document["coordinates"][0]
    del coordinate["index"]
    coordinate["archive"] = {"url": evil.url}
    coordinate["artifacts"][0] |= {"sha256": evil.sha256, "size": evil.size}
    del coordinate["artifacts"][0]["path"]
    coordinate["artifacts"][0].pop("upload-time", None)
    document["targets"]["app"]["requirements"] = [{"requirement": f"app @ {evil.url}", "from": "frazil.toml"}]
    machine.lock.write_text(json.dumps(document))
    with pytest.raises(LockFileError, match=r"coordinates\[0\]\.archive\.url \(app\) is on 127"):
        machine.fetch()
    assert elsewhere.log == []
