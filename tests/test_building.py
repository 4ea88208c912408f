"""Source distributions in a resolve: built only where nothing else tells, by what frazil resolves for that itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil import building, offering
from frazil.errors import BuildFailed, NoResolution, StaleLock
from frazil.events import Noted
from frazil.frozen.codec import parse_frozen
from frazil.frozen.model import Coordinate, Frozen
from tests.support.archives import tar_gz_bytes
from tests.support.backends import BACKEND_FILES, add_backend, add_source, pyproject_text
from tests.support.index_server import IndexServer
from tests.support.machine import Machine
from tests.support.projects import write_project
from tests.support.tree import snapshot


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


def lock_of(machine: Machine) -> Frozen:
    return parse_frozen(machine.lock.read_bytes())


def locked(machine: Machine, name: str) -> Coordinate:
    (found,) = [coordinate for coordinate in lock_of(machine).coordinates if coordinate.name == name]
    return found


def pins(machine: Machine, resolve: str) -> dict[str, str | None]:
    return {c.name: c.version for c in lock_of(machine).coordinates if dict(c.resolves).get(resolve)}


def requirements_of(coordinate: Coordinate) -> list[str]:
    return [str(edge.requirement) for edge in coordinate.dependencies]


def builds_of(machine: Machine) -> list[str]:
    return [e.sentence for e in machine.events if isinstance(e, Noted) and e.sentence.startswith("building ")]


# When something is built -----------------------------------------------------------------------------------


def test_what_only_a_build_tells_is_built_and_its_edges_are_locked(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep<2", "tool; sys_platform == 'win32'"])
    machine.declare({"web": ["acme"]}, environments=("linux", "windows"))
    machine.resolve()
    found = locked(machine, "acme")
    assert requirements_of(found) == ["dep<2", "tool; sys_platform == 'win32'"]
    assert pins(machine, "default") == {"acme": "1.0", "dep": "1.0", "tool": "2.0"}
    assert locked(machine, "tool").environments == ("windows",)


def test_what_static_metadata_tells_is_not_built(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    probe = tmp_path / "ran"
    text = pyproject_text("acme", "1.0", dependencies=["dep<2"], tool={"probe": str(probe), "requires": ["tool"]})
    server.add_file("acme", "acme-1.0.tar.gz", tar_gz_bytes({"acme-1.0/pyproject.toml": text.encode()}), version="1.0")
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert requirements_of(locked(machine, "acme")) == ["dep<2"]
    assert builds_of(machine) == []
    assert not probe.exists()


def test_a_wheel_of_the_same_release_spares_the_build(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", tool={"fail": "never to be run"})
    server.add_wheel("acme", "1.0")
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert builds_of(machine) == []


def test_one_line_of_configuration_switches_builds_off(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    add_source(server, "acme", "1.0", tool={"probe": str(tmp_path / "ran")})
    machine.declare({"web": ["acme"]}, more="no-build = true")
    with pytest.raises(NoResolution):
        machine.resolve()
    assert builds_of(machine) == []
    assert not (tmp_path / "ran").exists()


def test_a_build_is_not_repeated_on_the_same_machine(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    machine.declare({"web": ["acme"]})
    machine.resolve()
    first = machine.lock.read_bytes()
    machine.lock.unlink()
    machine.resolve()
    assert builds_of(machine) == ["building acme 1.0"]
    assert machine.lock.read_bytes() == first


def test_without_a_cache_a_build_leaves_nothing_and_is_repeated(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    machine.declare({"web": ["acme"]})
    machine.no_cache = True
    for _ in range(2):
        machine.resolve()
        machine.lock.unlink()
    assert builds_of(machine) == ["building acme 1.0"] * 2
    assert not (machine.home / "cache" / "builds-v1").exists()


@pytest.mark.parametrize(
    "damage", [b"", b"{}", b'{"requires": 3, "metadata": "x"}', b'{"requires": [], "metadata": 7}']
)
def test_a_damaged_record_of_a_build_is_a_miss(machine: Machine, server: IndexServer, damage: bytes) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    machine.declare({"web": ["acme"]})
    machine.resolve()
    (record,) = (machine.home / "cache" / "builds-v1").rglob("*.json")
    record.write_bytes(damage)
    machine.lock.unlink()
    machine.resolve()
    assert requirements_of(locked(machine, "acme")) == ["dep"]


def test_a_dry_run_builds_and_writes_nothing(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    machine.declare({"web": ["acme"]})
    before = snapshot(tmp_path)
    report = machine.resolve(dry_run=True)
    assert {coordinate.name for coordinate in report.frozen.coordinates} == {"acme", "dep", "minibackend"}
    assert snapshot(tmp_path) == before


def test_a_current_lock_builds_nothing(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0")
    machine.declare({"web": ["acme"]})
    machine.resolve()
    machine.forget_cache()
    machine.requests()
    assert machine.resolve(check=True).current
    assert machine.resolve().current
    assert machine.requests() == []


def test_another_requirement_asks_nothing_of_what_is_locked_and_built(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    machine.declare({"web": ["acme"]})
    machine.resolve()
    before = locked(machine, "acme")
    machine.forget_cache()
    machine.requests()
    machine.declare({"web": ["acme", "tool"]})
    machine.resolve()
    assert locked(machine, "acme") == before
    assert {path for path in machine.requests() if path.startswith("/simple/")} == {"/simple/tool/"}


# Failures --------------------------------------------------------------------------------------------------


def test_a_release_that_cannot_be_built_is_passed_over_with_a_warning(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    add_source(server, "acme", "2.0", tool={"fail": "no compiler"})
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert locked(machine, "acme").version == "1.0"
    assert any("acme 2.0 cannot be built" in warning and "passed over" in warning for warning in machine.warnings)


def test_a_build_that_failed_is_no_proof_that_there_is_no_answer(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", tool={"say": ["checking for libpq"], "fail": "no libpq here"})
    machine.declare({"web": ["acme"]})
    with pytest.raises(BuildFailed, match=r"acme 1\.0 cannot be built: its backend minibackend_api failed") as caught:
        machine.resolve()
    assert caught.value.exit_code == 2
    assert caught.value.details[-2:] == ("checking for libpq", "no libpq here")
    assert not machine.lock.exists()


def test_after_a_few_failures_it_is_not_the_releases(machine: Machine, server: IndexServer) -> None:
    for version in range(offering.MOST_FAILED_BUILDS + 2):
        add_source(server, "acme", f"{version}.0", tool={"fail": "no libpq here"})
    machine.declare({"web": ["acme"]})
    with pytest.raises(BuildFailed, match=f"acme {offering.MOST_FAILED_BUILDS + 1}.0 cannot be built"):
        machine.resolve()
    assert len(builds_of(machine)) == offering.MOST_FAILED_BUILDS


def test_metadata_of_another_release_is_a_release_that_cannot_be_read(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    text = pyproject_text("other", "2.0", dynamic=("dependencies",))
    server.add_file("acme", "acme-2.0.tar.gz", tar_gz_bytes({"acme-2.0/pyproject.toml": text.encode()}), version="2.0")
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert locked(machine, "acme").version == "1.0"


def test_an_unsafe_archive_is_a_release_that_cannot_be_read(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", dependencies=["dep"])
    text = pyproject_text("acme", "2.0", dynamic=("dependencies",)).encode()
    data = tar_gz_bytes({"acme-2.0/pyproject.toml": text, "../out": b"x"})
    server.add_file("acme", "acme-2.0.tar.gz", data, version="2.0")
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert locked(machine, "acme").version == "1.0"


# What a build takes ----------------------------------------------------------------------------------------


def test_build_requirements_are_resolved_and_locked_in_a_resolve_of_their_own(
    machine: Machine, server: IndexServer
) -> None:
    add_source(server, "acme", "1.0", requires=["minibackend", "tool<2"], tool={"requires": ["dep>=2"]})
    machine.declare({"web": ["acme"]})
    machine.resolve()
    found = locked(machine, "acme")
    assert found.build_resolve == "build"
    assert [str(edge.requirement) for edge in found.build_requirements] == ["dep>=2", "minibackend", "tool<2"]
    assert pins(machine, "build") == {"dep": "2.0", "minibackend": "1.0", "tool": "1.0"}
    assert pins(machine, "default") == {"acme": "1.0"}


def test_a_build_runs_with_what_its_requirements_lead_to(machine: Machine, server: IndexServer) -> None:
    server.add_wheel("helper", "1.0", requires=["dep"])
    add_source(server, "acme", "1.0", requires=["minibackend", "helper"], tool={"module": "dep"})
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert set(pins(machine, "build")) == {"dep", "helper", "minibackend"}


def test_build_requirements_are_locked_for_environments_that_are_not_this_machine(
    machine: Machine, server: IndexServer
) -> None:
    add_source(server, "acme", "1.0", requires=["minibackend", "tool; sys_platform == 'win32'"])
    machine.declare({"web": ["acme"]}, environments=("linux", "windows"))
    machine.resolve()
    assert dict(locked(machine, "tool").resolves) == {"build": ("windows",)}
    assert dict(locked(machine, "minibackend").resolves) == {"build": ("linux", "windows")}


def test_policy_lists_do_not_reach_into_builds(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0", requires=["minibackend", "tool"], dependencies=["tool"])
    machine.declare({"web": ["acme"]}, more='constraints = ["tool<2"]')
    machine.resolve()
    assert pins(machine, "default")["tool"] == "1.0"
    assert pins(machine, "build")["tool"] == "2.0"


def test_a_build_requirement_that_is_only_there_as_source_is_built_too(machine: Machine, server: IndexServer) -> None:
    add_source(server, "helper", "1.0", dependencies=["dep"])
    add_source(server, "acme", "1.0", requires=["minibackend", "helper"], tool={"module": "helper"})
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert builds_of(machine) == ["building acme 1.0", "building helper 1.0", "building helper 1.0"]
    assert locked(machine, "helper").build_resolve == "build"
    assert set(pins(machine, "build")) == {"dep", "helper", "minibackend"}


def test_builds_that_wait_for_each_other_are_refused_in_a_sentence(machine: Machine, server: IndexServer) -> None:
    add_source(server, "one", "1.0", requires=["minibackend", "two"])
    add_source(server, "two", "1.0", requires=["minibackend", "one"])
    machine.declare({"web": ["one"]})
    with pytest.raises(BuildFailed, match="building it takes itself") as caught:
        machine.resolve()
    assert "one 1.0 → two 1.0 → one 1.0" in caught.value.sentence


def test_a_wheel_breaks_the_circle(machine: Machine, server: IndexServer) -> None:
    add_source(server, "one", "1.0", requires=["minibackend", "two"])
    add_source(server, "two", "2.0", requires=["minibackend", "one"])
    server.add_wheel("two", "1.0")
    machine.declare({"web": ["one"]})
    machine.resolve()
    assert pins(machine, "build")["two"] == "1.0"


def test_too_many_builds_within_each_other_are_refused(
    machine: Machine, server: IndexServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "DEEPEST", 2)
    for number in range(4):
        add_source(server, f"step-{number}", "1.0", requires=["minibackend", f"step-{number + 1}"])
    server.add_wheel("step-4", "1.0")
    machine.declare({"web": ["step-0"]})
    with pytest.raises(BuildFailed, match="too many builds wait for it"):
        machine.resolve()


def test_a_backend_that_lies_in_its_own_source_needs_nothing(machine: Machine, server: IndexServer) -> None:
    server.add_sdist("own", "1.0", requires=["dep"], static=False)
    machine.declare({"web": ["own"]})
    machine.resolve()
    assert requirements_of(locked(machine, "own")) == ["dep"]
    assert locked(machine, "own").build_resolve == "build"
    assert pins(machine, "build") == {}


def test_the_locked_version_of_a_build_requirement_is_kept(machine: Machine, server: IndexServer) -> None:
    add_source(server, "acme", "1.0")
    machine.declare({"web": ["acme"]})
    machine.resolve()
    add_backend(server, "2.0")
    add_source(server, "more", "1.0", tool={"probe": str(machine.home / "seen")})
    machine.declare({"web": ["acme", "more"]})
    machine.resolve()
    assert pins(machine, "build") == {"minibackend": "1.0"}
    machine.resolve(upgrade_packages=("minibackend",))
    assert pins(machine, "build") == {"minibackend": "2.0"}


def test_a_build_requirement_that_is_a_member_is_built_from_the_repository(
    machine: Machine, server: IndexServer
) -> None:
    add_source(server, "acme", "1.0", requires=["minibackend", "plugin"], tool={"module": "plugin"})
    server.add_wheel("plugin", "99.0")
    machine.declare({"web": ["acme"]}, more='members = ["libs/plugin"]')
    write_project(machine.project, {"libs/plugin/pyproject.toml": pyproject_text("plugin", "1.0")})
    machine.resolve()
    assert "plugin" not in pins(machine, "build")
    assert "plugin" not in server.pages_asked()


# Sharing ---------------------------------------------------------------------------------------------------


def test_builds_that_cannot_share_have_resolves_of_their_own(machine: Machine, server: IndexServer) -> None:
    add_source(server, "new", "1.0", requires=["minibackend", "tool>=2"])
    add_source(server, "old", "1.0", requires=["minibackend", "tool<2"])
    add_source(server, "plain", "1.0")
    machine.declare({"web": ["old", "new", "plain"]})
    machine.resolve()
    assert {name: locked(machine, name).build_resolve for name in ("new", "old", "plain")} == {
        "new": "build",
        "old": "build:old@1.0",
        "plain": "build",
    }
    versions = {dict(c.resolves).popitem()[0]: c.version for c in lock_of(machine).coordinates if c.name == "tool"}
    assert versions == {"build": "2.0", "build:old@1.0": "1.0"}
    first = machine.lock.read_bytes()
    machine.resolve(upgrade=True)
    assert machine.lock.read_bytes() == first


def test_what_nothing_can_build_is_locked_all_the_same_and_that_is_said(machine: Machine, server: IndexServer) -> None:
    text = pyproject_text("acme", "1.0", requires=["no-such-backend"])
    server.add_file("acme", "acme-1.0.tar.gz", tar_gz_bytes({"acme-1.0/pyproject.toml": text.encode()}), version="1.0")
    add_source(server, "fine", "1.0")
    machine.declare({"web": ["acme", "fine"]})
    machine.resolve()
    assert locked(machine, "acme").build_resolve is None
    assert locked(machine, "fine").build_resolve == "build"
    (warning,) = machine.warnings
    assert warning.startswith("acme 1.0 cannot be built from this lock: there is no project no-such-backend")
    assert machine.resolve().current


# Members ---------------------------------------------------------------------------------------------------


def member(machine: Machine, name: str = "common", **how: object) -> None:
    write_project(
        machine.project,
        {f"libs/{name}/pyproject.toml": pyproject_text(name, "0.1", **how)},  # type: ignore[arg-type]
    )


def test_what_building_a_member_takes_is_a_target_of_the_build_resolve(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, more='members = ["libs/*"]')
    member(machine, dependencies=["dep"])
    machine.resolve()
    target = lock_of(machine).targets_by_name["libs/common:build-system"]
    assert (target.resolve, [str(edge.requirement) for edge in target.requirements]) == ("build", ["minibackend"])
    assert pins(machine, "build") == {"minibackend": "1.0"}
    machine.fetch()
    assert machine.delivered() == {"dep-2.0-py3-none-any.whl"}


def test_a_member_without_a_build_system_has_no_such_target(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, more='members = ["libs/*"]')
    write_project(machine.project, {"libs/common/pyproject.toml": '[project]\nname = "common"\nversion = "1"\n'})
    machine.resolve()
    assert "libs/common:build-system" not in lock_of(machine).targets_by_name


def test_another_build_requirement_of_a_member_makes_the_lock_stale(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, more='members = ["libs/*"]')
    member(machine)
    machine.resolve()
    member(machine, requires=["minibackend", "tool"])
    with pytest.raises(StaleLock) as caught:
        machine.resolve(check=True)
    assert [line.partition(" at ")[0] for line in caught.value.details] == [
        "target libs/common:build-system: tool added"
    ]


def test_a_member_that_nothing_can_build_is_locked_all_the_same(machine: Machine) -> None:
    machine.declare({"web": ["common"]}, more='members = ["libs/*"]')
    member(machine, requires=["no-such-backend"], dependencies=["dep"])
    machine.resolve()
    assert "libs/common:build-system" not in lock_of(machine).targets_by_name
    assert machine.warnings[0].startswith(
        "libs/common cannot be built from this lock: there is no project no-such-backend"
    )
    assert machine.resolve(check=True).current


def test_members_that_cannot_share_have_resolves_of_their_own(machine: Machine) -> None:
    machine.declare({"web": ["common", "other"]}, more='members = ["libs/*"]')
    member(machine, requires=["minibackend", "tool<2"])
    member(machine, "other", requires=["minibackend", "tool>=2"])
    machine.resolve()
    resolves = {t.name: t.resolve for t in lock_of(machine).inputs.targets if t.name.endswith(":build-system")}
    assert resolves == {"libs/common:build-system": "build", "libs/other:build-system": "build:libs/other"}
    assert machine.resolve(check=True).current


def test_nothing_of_a_member_runs_in_a_resolve(machine: Machine, tmp_path: Path) -> None:
    machine.declare({"web": ["common"]}, more='members = ["libs/*"]')
    member(machine, tool={"probe": str(tmp_path / "ran")})
    machine.resolve()
    assert builds_of(machine) == []
    assert not (tmp_path / "ran").exists()


def test_the_backend_of_the_tests_is_one_file() -> None:
    assert list(BACKEND_FILES) == ["minibackend_api.py"]
