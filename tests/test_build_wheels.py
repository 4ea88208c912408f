"""`fetch --build`: wheels of members, folders, repositories and sdists, made with what the lock holds for that."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import BuildFailed, UsageError
from frazil.events import Noted
from tests.support.archives import tar_gz_bytes
from tests.support.backends import add_backend, add_source, pyproject_text
from tests.support.git_server import GitRepository, GitServer
from tests.support.index_server import IndexServer
from tests.support.machine import Machine, reasons
from tests.support.projects import write_project
from tests.support.tree import snapshot

BUILDER = "minibackend-1.0-py3-none-any.whl"
HERE = ("here",)


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        add_backend(index)
        for version in ("1.0", "2.0"):
            index.add_wheel("dep", version)
            index.add_wheel("tool", version)
        yield index


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "alice", server, tmp_path / "shop")


def member(machine: Machine, name: str = "common", **how: object) -> None:
    write_project(
        machine.project,
        {f"libs/{name}/pyproject.toml": pyproject_text(name, "0.1", **how)},  # type: ignore[arg-type]
    )


def builds_of(machine: Machine) -> list[str]:
    said = [e.sentence for e in machine.events if isinstance(e, Noted) and e.sentence.startswith("building ")]
    machine.events.clear()
    return said


def contents(machine: Machine, filename: str) -> dict[str, bytes]:
    with zipfile.ZipFile(machine.out / filename) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


# What is built ---------------------------------------------------------------------------------------------


def test_everything_without_a_wheel_gets_one_beside_what_was_fetched(
    machine: Machine, server: IndexServer, tmp_path: Path
) -> None:
    add_source(server, "sourced", "1.0", dependencies=["dep"])
    repository = GitRepository(tmp_path / "served" / "acme")
    repository.commit({"pyproject.toml": pyproject_text("acme", "2.1")})
    with GitServer(tmp_path / "served") as served:
        wishes = ["common", "sourced", f"acme @ git+{served.url('acme')}", "loc @ file:loc"]
        machine.declare({"web": wishes}, environments=HERE, more='members = ["libs/*"]')
        member(machine, dependencies=["dep"])
        write_project(machine.project, {"loc/pyproject.toml": pyproject_text("loc", "0.3")})
        machine.resolve()
        report = machine.fetch(build=True)
    built = {
        "acme-2.1-py3-none-any.whl",
        "common-0.1-py3-none-any.whl",
        "loc-0.3-py3-none-any.whl",
        "sourced-1.0-py3-none-any.whl",
    }
    assert set(report.built) == built
    assert report.undelivered == ()
    fetched = {"acme-2.1.tar", "sourced-1.0.tar.gz", "dep-2.0-py3-none-any.whl", BUILDER}
    assert machine.delivered() == built | fetched
    assert contents(machine, "common-0.1-py3-none-any.whl")["common.py"] == b"VERSION = '0.1'\n"


def test_without_build_nothing_is_built_and_what_was_built_before_goes(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    machine.fetch(build=True)
    builds_of(machine)
    report = machine.fetch()
    assert (report.built, builds_of(machine)) == ((), [])
    assert machine.delivered() == {"sourced-1.0.tar.gz", BUILDER}


def test_only_what_the_chosen_targets_rest_on_is_built(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["common"], "tool": ["sourced"]}, environments=HERE, more='members = ["libs/*"]')
    member(machine)
    machine.resolve()
    assert machine.fetch(build=True, targets=("web",)).built == ("common-0.1-py3-none-any.whl",)
    assert machine.fetch(build=True, targets=("tool",)).built == ("sourced-1.0-py3-none-any.whl",)


def test_a_pure_wheel_serves_every_environment(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=("here", "windows"))
    machine.resolve()
    report = machine.fetch(build=True, layout="target")
    assert report.warnings == ()
    for environment in ("here", "windows"):
        assert (machine.out / "web" / environment / "sourced-1.0-py3-none-any.whl").is_file()
    assert builds_of(machine).count("building sourced 1.0") == 2, "once for its metadata, once for the wheel"


def test_a_pure_wheel_is_built_even_where_no_environment_is_this_machine(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=("windows",))
    machine.resolve()
    assert machine.fetch(build=True).built == ("sourced-1.0-py3-none-any.whl",)


def test_what_is_not_pure_is_built_for_environments_like_this_machine_alone(
    machine: Machine, server: IndexServer
) -> None:
    from packaging.tags import sys_tags

    tag = str(next(iter(sys_tags())))
    add_source(server, "native", "1.0", tool={"tag": tag})
    machine.declare({"web": ["native"]}, environments=("here", "windows"))
    machine.resolve()
    report = machine.fetch(build=True, layout="target")
    assert report.built == (f"native-1.0-{tag}.whl",)
    assert report.warnings == ("native 1.0 was not built for windows: this interpreter is of another kind",)
    assert not list((machine.out / "web" / "windows").glob("native-1.0-*.whl"))


def test_a_build_dependency_that_does_not_run_here_leaves_it_out(machine: Machine, server: IndexServer) -> None:
    server.add_wheel("helper", "1.0", tag="cp312-cp312-win_amd64")
    text = pyproject_text("sourced", "1.0", requires=["minibackend", "helper"])
    data = tar_gz_bytes({"sourced-1.0/pyproject.toml": text.encode()})
    server.add_file("sourced", "sourced-1.0.tar.gz", data, version="1.0")
    machine.declare({"web": ["sourced"]}, environments=("windows",))
    machine.resolve()
    report = machine.fetch(build=True)
    assert report.built == ()
    assert report.warnings == ("sourced 1.0 was not built for windows: this interpreter is of another kind",)


def test_what_the_lock_cannot_build_is_left_out_in_a_sentence(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, environments=HERE, more='members = ["libs/*"]')
    write_project(machine.project, {"libs/common/pyproject.toml": '[project]\nname = "common"\nversion = "1"\n'})
    machine.resolve()
    report = machine.fetch(build=True)
    assert report.warnings == ("libs/common was not built: the lock has nothing to build it with",)
    assert report.undelivered == ("libs/common",)


# With what it is built -------------------------------------------------------------------------------------


def test_the_build_dependencies_are_those_of_the_lock(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0", requires=["minibackend", "tool"], tool={"module": "tool"})
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    server.add_wheel("tool", "9.0")
    machine.requests()
    machine.fetch(build=True)
    assert {path.rpartition("/")[2] for path in machine.requests()} <= {
        "sourced-1.0.tar.gz",
        BUILDER,
        "tool-2.0-py3-none-any.whl",
    }
    assert "tool-2.0-py3-none-any.whl" in machine.delivered()


def test_a_build_dependency_that_is_only_there_as_source_is_built_first(machine: Machine, server: IndexServer) -> None:
    add_source(server, "helper", "1.0")
    add_source(server, "sourced", "1.0", requires=["minibackend", "helper"], tool={"module": "helper"})
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    builds_of(machine)
    report = machine.fetch(build=True)
    assert report.built == ("helper-1.0-py3-none-any.whl", "sourced-1.0-py3-none-any.whl")
    assert builds_of(machine) == ["building helper 1.0", "building sourced 1.0"]


def test_a_member_that_builds_another_is_built_first(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, environments=HERE, more='members = ["libs/*"]')
    member(machine, requires=["minibackend", "plugin"], tool={"module": "plugin"})
    member(machine, "plugin")
    machine.resolve()
    report = machine.fetch(build=True, targets=("web",))
    assert report.built == ("common-0.1-py3-none-any.whl",)
    assert builds_of(machine) == ["building plugin", "building common"]


def test_what_a_backend_asks_for_besides_must_be_in_the_lock(machine: Machine, server: IndexServer) -> None:
    text = pyproject_text("sourced", "1.0", tool={"requires": ["tool>=2"]})
    data = tar_gz_bytes({"sourced-1.0/pyproject.toml": text.encode()})
    server.add_file("sourced", "sourced-1.0.tar.gz", data, version="1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    with pytest.raises(
        BuildFailed, match=r"its backend asks for tool>=2, which resolve build of the lock does not hold"
    ):
        machine.fetch(build=True)


def test_what_another_build_of_the_resolve_holds_will_do(machine: Machine, server: IndexServer) -> None:
    text = pyproject_text("sourced", "1.0", tool={"requires": ["tool>=2"], "module": "tool"})
    data = tar_gz_bytes({"sourced-1.0/pyproject.toml": text.encode()})
    server.add_file("sourced", "sourced-1.0.tar.gz", data, version="1.0")
    add_source(server, "other", "1.0", requires=["minibackend", "tool"])
    machine.declare({"web": ["sourced", "other"]}, environments=HERE)
    machine.resolve()
    assert "sourced-1.0-py3-none-any.whl" in machine.fetch(build=True).built


def test_a_wheel_of_another_release_is_a_build_that_failed(machine: Machine, server: IndexServer) -> None:
    files = {"sourced-1.0/pyproject.toml": pyproject_text("other", "7.0").encode()}
    files["sourced-1.0/PKG-INFO"] = b"Metadata-Version: 2.2\nName: sourced\nVersion: 1.0\n"
    server.add_file("sourced", "sourced-1.0.tar.gz", tar_gz_bytes(files), version="1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    with pytest.raises(BuildFailed, match=r"its backend left other-7\.0-py3-none-any\.whl"):
        machine.fetch(build=True)


def test_a_build_that_fails_leaves_the_old_output(machine: Machine) -> None:
    machine.declare({"web": ["common", "dep"]}, environments=HERE, more='members = ["libs/*"]')
    member(machine)
    machine.resolve()
    machine.fetch(build=True)
    before = snapshot(machine.out)
    member(machine, tool={"fail": "no compiler"})
    with pytest.raises(BuildFailed) as caught:
        machine.fetch(build=True)
    assert caught.value.sentence.startswith("common cannot be built")
    assert "no compiler" in caught.value.details
    assert snapshot(machine.out) == before


# Again -----------------------------------------------------------------------------------------------------


def test_a_wheel_that_was_built_is_not_built_again(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    machine.fetch(build=True)
    builds_of(machine)
    machine.forget_output()
    assert machine.fetch(build=True).built == ("sourced-1.0-py3-none-any.whl",)
    assert builds_of(machine) == []


def test_another_build_dependency_is_another_build(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    machine.fetch(build=True)
    add_backend(server, "2.0")
    machine.resolve(upgrade=True)
    builds_of(machine)
    machine.fetch(build=True)
    assert builds_of(machine) == ["building sourced 1.0"]


def test_a_member_is_built_as_it_is_now(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, environments=HERE, more='members = ["libs/*"]')
    member(machine, tool={"say": ["first"]})
    machine.resolve()
    machine.fetch(build=True)
    builds_of(machine)
    machine.fetch(build=True)
    assert builds_of(machine) == ["building common"]


def test_two_machines_build_the_same_bytes(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    machine.fetch(build=True)
    other = Machine(tmp_path / "bob", server, machine.project)
    other.fetch(build=True, out=tmp_path / "elsewhere")
    name = "sourced-1.0-py3-none-any.whl"
    assert (tmp_path / "elsewhere" / name).read_bytes() == (machine.out / name).read_bytes()


# The verbs -------------------------------------------------------------------------------------------------


def test_ensure_builds_too_and_never_says_that_nothing_changed(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, environments=HERE, more='members = ["libs/*"]')
    member(machine)
    first = machine.ensure(build=True)
    assert (first.tier, first.fetch.built) == ("resolve", ("common-0.1-py3-none-any.whl",))
    again = machine.ensure(build=True)
    assert again.tier == "resolve-result"
    assert "built" in reasons(again)["fetch-result"]


def test_an_ensure_without_builds_is_no_record_for_one_with(machine: Machine, server: IndexServer) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.ensure()
    assert machine.ensure(build=True).fetch.built == ("sourced-1.0-py3-none-any.whl",)
    assert machine.ensure().tier == "resolve-result"


def test_check_and_build_contradict_each_other(machine: Machine) -> None:
    machine.declare({"web": ["dep"]}, environments=HERE)
    machine.resolve()
    with pytest.raises(UsageError, match="--build"):
        machine.fetch(build=True, check=True)


def test_a_dry_run_builds_nothing(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    builds_of(machine)
    before = snapshot(tmp_path)
    assert machine.fetch(build=True, dry_run=True).built == ()
    assert builds_of(machine) == []
    assert snapshot(tmp_path) == before


def test_sources_are_built_from_the_lock_alone(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced"]}, environments=HERE)
    machine.resolve()
    alone = Machine(tmp_path / "bob", server, tmp_path / "alone")
    alone.project.mkdir()
    shutil.copy(machine.lock, alone.lock)
    assert alone.fetch(build=True, frozen=True).built == ("sourced-1.0-py3-none-any.whl",)


def test_a_member_that_is_not_there_is_named(machine: Machine, tmp_path: Path) -> None:
    machine.declare({"web": ["common"]}, environments=HERE, more='members = ["libs/*"]')
    member(machine)
    machine.resolve()
    alone = Machine(tmp_path / "bob", machine.server, tmp_path / "alone")
    alone.project.mkdir()
    shutil.copy(machine.lock, alone.lock)
    with pytest.raises(BuildFailed, match=r"common cannot be built: its source has no pyproject\.toml"):
        alone.fetch(build=True, frozen=True)
