"""Direct references, from what a target asks for to what lies in the output: archives, git, folders."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frazil.errors import (
    BuildFailed,
    ConfigurationError,
    IntegrityError,
    NoResolution,
    Offline,
    StaleLock,
)
from frazil.frozen.codec import parse_frozen
from frazil.frozen.model import Coordinate
from frazil.model import ArchiveSource, DirectorySource, VcsSource
from tests.support.archives import metadata_text, sdist_bytes, wheel_bytes
from tests.support.backends import add_backend, pyproject_text
from tests.support.git_server import GitRepository, GitServer
from tests.support.index_server import IndexServer
from tests.support.machine import Machine
from tests.support.projects import write_project
from tests.support.tree import snapshot

BUILDER = "minibackend-1.0-py3-none-any.whl"


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        add_backend(index)
        for version in ("1.0", "2.0"):
            index.add_wheel("dep", version)
        yield index


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    return Machine(tmp_path / "alice", server, tmp_path / "shop")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "served") as serving:
        yield serving


@pytest.fixture
def acme(served: GitServer) -> GitRepository:
    repository = GitRepository(served.root / "acme")
    repository.commit({"pyproject.toml": pyproject_text("acme", "2.1", dependencies=["dep<2"])}, tag="v2.1")
    return repository


def git_address(served: GitServer, revision: str | None = "main", *, name: str = "acme") -> str:
    return f"{name} @ git+{served.url(name)}{'' if revision is None else f'@{revision}'}"


def locked(machine: Machine, name: str) -> Coordinate:
    coordinates = parse_frozen(machine.lock.read_bytes()).coordinates
    (found,) = [coordinate for coordinate in coordinates if coordinate.name == name]
    return found


def requirements_of(coordinate: Coordinate) -> list[str]:
    return [str(edge.requirement) for edge in coordinate.dependencies]


def wheel(name: str, version: str, *requires: str, tag: str = "py3-none-any") -> bytes:
    return wheel_bytes(name, version, metadata_text(name, version, requires=requires), tag=tag)


def serve_wheel(server: IndexServer, filename: str, data: bytes) -> str:
    return server.serve(f"/direct/{filename}", data)


def commit_of(coordinate: Coordinate) -> str:
    assert isinstance(coordinate.source, VcsSource)
    return coordinate.source.commit_id


# git -------------------------------------------------------------------------------------------------------


def test_a_git_reference_is_locked_by_its_commit_and_delivered_as_a_tar(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served, "v2.1")]})
    machine.resolve()
    found = locked(machine, "acme")
    assert found.version == "2.1"
    assert found.source == VcsSource("git", served.url("acme"), "v2.1", acme.git("rev-parse", "HEAD"))
    assert requirements_of(found) == ["dep<2"]
    assert locked(machine, "dep").version == "1.0"
    machine.fetch()
    assert machine.delivered() == {"acme-2.1.tar", "dep-1.0-py3-none-any.whl", BUILDER}


@pytest.mark.behaviour("PA-8")
def test_what_one_machine_locks_another_fetches_byte_for_byte(
    machine: Machine, acme: GitRepository, served: GitServer, tmp_path: Path
) -> None:
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    acme.commit({"later.txt": "moved on"})
    other = Machine(tmp_path / "bob", machine.server, machine.project)
    assert other.fetch(frozen=True).fetched == 3
    assert other.out.joinpath("acme-2.1.tar").stat().st_size == locked(machine, "acme").artifacts[0].size


def test_without_a_revision_the_lock_names_none(machine: Machine, acme: GitRepository, served: GitServer) -> None:
    machine.declare({"web": [git_address(served, None)]})
    machine.resolve()
    assert locked(machine, "acme").source == VcsSource("git", served.url("acme"), None, acme.git("rev-parse", "HEAD"))


def test_a_project_below_a_subdirectory_is_the_one_that_counts(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    acme.commit({"python/pyproject.toml": pyproject_text("inner", "0.7", dependencies=["dep"])})
    machine.declare({"web": [f"inner @ git+{served.url('acme')}@main#subdirectory=python"]})
    machine.resolve()
    found = locked(machine, "inner")
    assert isinstance(found.source, VcsSource)
    assert (found.version, found.source.subdirectory) == ("0.7", "python")
    machine.fetch()
    assert machine.delivered() == {"inner-0.7.tar", "dep-2.0-py3-none-any.whl", BUILDER}


def test_a_version_that_the_repository_tells_is_asked_of_it_once_and_told_to_later_builds(
    machine: Machine, served: GitServer
) -> None:
    repository = GitRepository(served.root / "scm")
    repository.commit({"pyproject.toml": pyproject_text("scm", None, dependencies=["dep"])}, tag="v3.4")
    machine.declare({"web": [git_address(served, name="scm")]}, environments=("here",))
    machine.resolve()
    assert locked(machine, "scm").version == "3.4"
    assert machine.fetch(build=True).built == ("scm-3.4-py3-none-any.whl",)


def test_submodules_are_left_out_and_that_is_said(
    machine: Machine, acme: GitRepository, served: GitServer, tmp_path: Path
) -> None:
    inner = GitRepository(tmp_path / "inner")
    inner.commit({"x.txt": "x"})
    acme.git("submodule", "--quiet", "add", inner.file_url, "vendor/inner")
    acme.commit({})
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    assert "acme has git submodules, which are left out: vendor/inner" in machine.warnings


def test_a_reference_of_a_reference_is_honoured(machine: Machine, acme: GitRepository, served: GitServer) -> None:
    outer = GitRepository(served.root / "outer")
    outer.commit({"pyproject.toml": pyproject_text("outer", "1.0", dependencies=[git_address(served, "v2.1")])})
    machine.declare({"web": [git_address(served, name="outer")]})
    machine.resolve()
    assert requirements_of(locked(machine, "outer")) == [git_address(served, "v2.1")]
    assert commit_of(locked(machine, "acme")) == acme.git("rev-parse", "HEAD")


def test_no_index_is_asked_for_what_comes_from_an_address(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served), "acme>=2"]})
    machine.resolve()
    assert "acme" not in machine.server.pages_asked()
    assert acme.folder.exists()


# Archives --------------------------------------------------------------------------------------------------


def test_a_wheel_at_an_address_is_locked_with_its_digest_and_delivered(machine: Machine, server: IndexServer) -> None:
    url = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", wheel("fastlex", "1.2", "dep>=2"))
    machine.declare({"web": [f"fastlex @ {url}"]})
    machine.resolve()
    found = locked(machine, "fastlex")
    assert (found.version, found.source) == ("1.2", ArchiveSource(url))
    assert requirements_of(found) == ["dep>=2"]
    machine.fetch()
    assert machine.delivered() == {"fastlex-1.2-py3-none-any.whl", "dep-2.0-py3-none-any.whl"}


def test_a_source_archive_of_any_name_at_an_address_is_locked(machine: Machine, server: IndexServer) -> None:
    data = sdist_bytes("acme", "4.0", metadata_text("acme", "4.0", requires=["dep"], metadata_version="2.2"))
    machine.declare({"web": [f"acme @ {server.serve('/archive/v4.tar.gz', data)}"]})
    machine.resolve()
    found = locked(machine, "acme")
    assert (found.version, found.artifacts[0].filename, found.build_resolve) == ("4.0", "v4.tar.gz", "build")
    machine.fetch()
    assert "v4.tar.gz" in machine.delivered()


def test_a_file_of_the_project_is_locked_by_its_path_and_read_from_there(machine: Machine) -> None:
    machine.declare({"web": ["fastlex @ file:vendor/fastlex-1.2-py3-none-any.whl"]})
    place = machine.project / "vendor" / "fastlex-1.2-py3-none-any.whl"
    place.parent.mkdir()
    place.write_bytes(wheel("fastlex", "1.2"))
    machine.resolve()
    assert locked(machine, "fastlex").source == ArchiveSource("file:vendor/fastlex-1.2-py3-none-any.whl")
    machine.forget_store()
    machine.fetch()
    assert machine.delivered() == {"fastlex-1.2-py3-none-any.whl"}


def test_a_digest_in_the_address_is_a_demand(machine: Machine, server: IndexServer) -> None:
    data = wheel("fastlex", "1.2")
    url = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", data)
    machine.declare({"web": [f"fastlex @ {url}#sha256={'0' * 64}"]})
    with pytest.raises(IntegrityError, match=r"fastlex-1\.2-py3-none-any\.whl is not the file that is asked for"):
        machine.resolve()
    assert not machine.lock.exists()


def test_two_demands_on_one_file_must_both_hold(machine: Machine, server: IndexServer) -> None:
    url = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", wheel("fastlex", "1.2"))
    machine.declare({"web": [f"fastlex @ {url}"], "tool": [f"fastlex @ {url}#sha256={'0' * 64}"]})
    with pytest.raises(IntegrityError):
        machine.resolve()


def test_a_wheel_for_another_platform_fits_nowhere(machine: Machine, server: IndexServer) -> None:
    url = serve_wheel(
        server, "fastlex-1.2-cp312-cp312-win_amd64.whl", wheel("fastlex", "1.2", tag="cp312-cp312-win_amd64")
    )
    machine.declare({"web": [f"fastlex @ {url}"]})
    with pytest.raises(NoResolution):
        machine.resolve()
    machine.declare({"web": [f"fastlex @ {url} ; sys_platform == 'win32'"]}, environments=("linux", "windows"))
    machine.resolve()
    assert locked(machine, "fastlex").environments == ("windows",)


@pytest.mark.behaviour("PA-8")
def test_a_file_that_changed_at_its_address_is_noticed_when_it_is_fetched_and_taken_when_asked_for(
    machine: Machine, server: IndexServer
) -> None:
    url = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", wheel("fastlex", "1.2"))
    machine.declare({"web": [f"fastlex @ {url}"]})
    machine.resolve()
    before = locked(machine, "fastlex").artifacts[0].sha256
    serve_wheel(server, "fastlex-1.2-py3-none-any.whl", wheel("fastlex", "1.2", "dep"))
    machine.forget_store()
    with pytest.raises(IntegrityError):
        machine.fetch()
    machine.declare({"web": [f"fastlex @ {url}", "dep<2"]})
    machine.resolve()
    assert locked(machine, "fastlex").artifacts[0].sha256 == before
    machine.resolve(upgrade_packages=("fastlex",))
    assert locked(machine, "fastlex").artifacts[0].sha256 != before
    assert requirements_of(locked(machine, "fastlex")) == ["dep"]


@pytest.mark.parametrize(
    ("filename", "data", "clause"),
    [
        ("other-1.2-py3-none-any.whl", wheel("other", "1.2"), "is no wheel of fastlex"),
        ("fastlex-1.2-py3-none-any.whl", wheel("other", "1.2"), "another release"),
        ("fastlex-1.2-py3-none-any.whl", b"no zip", "no zip archive"),
        (
            "fastlex.tar.gz",
            sdist_bytes("other", "1", metadata_text("other", "1", metadata_version="2.2")),
            "speaks of other",
        ),
    ],
)
def test_what_is_not_the_project_that_is_asked_for_is_named_with_its_place(
    machine: Machine, server: IndexServer, filename: str, data: bytes, clause: str
) -> None:
    machine.declare({"web": [f"fastlex @ {serve_wheel(server, filename, data)}"]})
    with pytest.raises(ConfigurationError, match=clause) as caught:
        machine.resolve()
    assert caught.value.sentence.startswith("frazil.toml")


def test_an_address_that_leads_to_no_known_kind_of_thing_is_named(machine: Machine) -> None:
    machine.declare({"web": ["fastlex @ https://h.example/download"]})
    with pytest.raises(ConfigurationError, match="neither that of a wheel nor of a source archive"):
        machine.resolve()


# Folders ---------------------------------------------------------------------------------------------------


def folder(machine: Machine, name: str = "loc", version: str | None = "0.3", **how: Any) -> None:
    write_project(machine.project, {f"{name}/pyproject.toml": pyproject_text(name, version, **how)})


def test_a_folder_of_the_project_is_locked_by_its_path_and_delivers_nothing(machine: Machine) -> None:
    machine.declare({"web": ["loc @ file:loc"]})
    folder(machine, dependencies=["dep"])
    machine.resolve()
    found = locked(machine, "loc")
    assert (found.version, found.source, found.artifacts) == ("0.3", DirectorySource("loc"), ())
    report = machine.fetch()
    assert machine.delivered() == {"dep-2.0-py3-none-any.whl", BUILDER}
    assert report.undelivered == ("loc",)


def test_a_folder_that_leaves_its_version_to_the_build_has_none_and_fits_everything(machine: Machine) -> None:
    machine.declare({"web": ["loc @ file:loc", "loc>=7"]})
    folder(machine, version=None, dependencies=["dep"])
    machine.resolve()
    assert locked(machine, "loc").version is None
    assert machine.resolve().current


def test_a_folder_can_ask_for_its_neighbour(machine: Machine) -> None:
    machine.declare({"web": ["loc @ file:loc"]})
    folder(machine, dependencies=["near @ file:../near"])
    folder(machine, "near", "1.0", dependencies=["dep"])
    machine.resolve()
    assert requirements_of(locked(machine, "loc")) == ["near @ file:near"]
    assert locked(machine, "near").source == DirectorySource("near")


def test_a_requirement_that_a_folder_gains_makes_the_lock_stale_and_is_named(machine: Machine) -> None:
    machine.declare({"web": ["loc @ file:loc"]})
    folder(machine, dependencies=["dep"], optional={"x": ["dep>=1"]})
    machine.resolve()
    assert machine.ensure().tier == "fetch"
    folder(machine, dependencies=["dep<2"], optional={"x": ["dep>=1", "nobody-asks"]})
    with pytest.raises(StaleLock) as caught:
        machine.resolve(check=True)
    assert caught.value.details == ("folder loc: dep<2 added", "folder loc: dep removed")
    assert machine.ensure().tier == "resolve"
    assert locked(machine, "dep").version == "1.0"
    assert machine.resolve(check=True).current


def test_another_version_of_a_folder_makes_the_lock_stale(machine: Machine) -> None:
    machine.declare({"web": ["loc @ file:loc"]})
    folder(machine)
    machine.resolve()
    folder(machine, version="0.4", requires_python=">=3.9")
    with pytest.raises(StaleLock) as caught:
        machine.resolve(check=True)
    assert caught.value.details == (
        "folder loc: version changed from 0.3 to 0.4",
        "folder loc: requires-python changed from nothing to >=3.9",
    )


def test_a_folder_that_is_not_there_is_named_with_its_place(machine: Machine) -> None:
    machine.declare({"web": ["loc @ file:loc"]})
    with pytest.raises(
        ConfigurationError, match=r"frazil\.toml:\d+: loc @ file:loc cannot be used: there is no folder loc"
    ):
        machine.resolve()


def test_the_lock_holds_no_path_of_the_machine(machine: Machine, acme: GitRepository, served: GitServer) -> None:
    machine.declare({"web": ["loc @ file:loc", git_address(served)]})
    folder(machine, dependencies=["near @ file:../near"])
    folder(machine, "near")
    machine.resolve()
    assert str(machine.project.parent) not in machine.lock.read_text()
    assert acme.folder.exists()


@pytest.mark.parametrize(
    "requirement",
    ["x @ file:///srv/x", "x @ https://user:secret@h.example/x.zip", "x @ hg+https://h.example/x"],
)
def test_what_a_reference_asks_for_that_no_lock_may_hold_is_refused(
    machine: Machine, served: GitServer, requirement: str
) -> None:
    bad = GitRepository(served.root / "bad")
    bad.commit({"pyproject.toml": pyproject_text("bad", "1.0", dependencies=[requirement])})
    machine.declare({"web": [git_address(served, name="bad")]})
    with pytest.raises(ConfigurationError) as caught:
        machine.resolve()
    assert "secret" not in str(caught.value)
    assert not machine.lock.exists()


# What others say of the project ----------------------------------------------------------------------------


def test_the_version_at_an_address_must_be_one_that_all_others_admit(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served)], "tool": ["acme>=3"]})
    with pytest.raises(NoResolution):
        machine.resolve()
    machine.declare({"web": [git_address(served)], "tool": ["acme<3"]}, more='constraints = ["acme>=2"]')
    machine.resolve()
    assert locked(machine, "acme").version == "2.1"
    assert acme.folder.exists()


def test_a_refusal_says_that_the_project_comes_from_an_address(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served)], "tool": ["acme>=3"]})
    with pytest.raises(NoResolution) as caught:
        machine.resolve()
    assert any(served.url("acme") in line and "2.1" in line for line in caught.value.details)
    assert acme.folder.exists()


def test_two_addresses_for_one_project_are_refused_with_both_places(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served, "v2.1")], "tool": [git_address(served, "main")]})
    with pytest.raises(NoResolution) as caught:
        machine.resolve()
    assert caught.value.sentence == "tool asks for acme by an address, and web by another one (linux)"
    assert [re.sub(r"\s+frazil.toml:\d+", " frazil.toml", line) for line in caught.value.details] == [
        f"tool  requires {git_address(served, 'main')} frazil.toml",
        f"web  requires {git_address(served, 'v2.1')} frazil.toml",
    ]
    assert acme.folder.exists()


def test_one_address_in_one_environment_and_another_in_another_is_no_conflict(
    machine: Machine, server: IndexServer
) -> None:
    linux = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", wheel("fastlex", "1.2"))
    windows = serve_wheel(server, "fastlex-1.3-py3-none-any.whl", wheel("fastlex", "1.3"))
    wishes = [f"fastlex @ {linux} ; sys_platform != 'win32'", f"fastlex @ {windows} ; sys_platform == 'win32'"]
    machine.declare({"web": wishes}, environments=("linux", "windows"))
    machine.resolve()
    coordinates = parse_frozen(machine.lock.read_bytes()).coordinates
    assert [(c.version, c.environments) for c in coordinates] == [("1.2", ("linux",)), ("1.3", ("windows",))]


def test_one_release_everywhere_cannot_be_two_addresses(machine: Machine, server: IndexServer) -> None:
    linux = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", wheel("fastlex", "1.2"))
    windows = serve_wheel(server, "fastlex-1.3-py3-none-any.whl", wheel("fastlex", "1.3"))
    wishes = [f"fastlex @ {linux} ; sys_platform != 'win32'", f"fastlex @ {windows} ; sys_platform == 'win32'"]
    machine.declare({"web": wishes}, environments=("linux", "windows"), more='share = "strict"')
    with pytest.raises(NoResolution, match="one release everywhere"):
        machine.resolve()


def test_a_release_of_an_index_that_asks_for_an_address_is_turned_down(
    machine: Machine, server: IndexServer, acme: GitRepository, served: GitServer
) -> None:
    server.add_wheel("app", "1.0", requires=["dep"])
    server.add_wheel("app", "2.0", requires=[git_address(served)])
    machine.declare({"web": ["app"]})
    machine.resolve()
    assert locked(machine, "app").version == "1.0"
    assert served.asked == []
    assert acme.folder.exists()


def test_an_override_can_name_an_address_for_whoever_asks(
    machine: Machine, server: IndexServer, acme: GitRepository, served: GitServer
) -> None:
    server.add_wheel("app", "1.0", requires=["acme>=9"])
    machine.declare({"web": ["app"]}, more=f'overrides = ["{git_address(served)}"]')
    machine.resolve()
    assert commit_of(locked(machine, "acme")) == acme.git("rev-parse", "HEAD")


def test_an_override_with_a_version_goes_before_the_address_that_a_release_asks_for(
    machine: Machine, server: IndexServer, served: GitServer
) -> None:
    server.add_wheel("app", "1.0", requires=[git_address(served)])
    server.add_wheel("acme", "9.0")
    machine.declare({"web": ["app"]}, more='overrides = ["acme>=9"]')
    machine.resolve()
    assert locked(machine, "acme").version == "9.0"


def test_a_member_cannot_be_asked_for_by_an_address_too(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served)]}, more='members = ["libs/acme"]')
    write_project(machine.project, {"libs/acme/pyproject.toml": '[project]\nname = "acme"\nversion = "1"\n'})
    with pytest.raises(NoResolution, match=r"web asks for acme by an address, which is the project of libs/acme"):
        machine.resolve()
    assert acme.folder.exists()


def test_the_address_that_an_extra_of_a_member_adds_counts_where_the_extra_is_asked_for(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    manifest = (
        '[project]\nname = "common"\nversion = "1"\n[project.optional-dependencies]\n'
        f'auth = ["{git_address(served)}"]\n'
    )
    machine.declare({"web": ["common[auth]"]}, more='members = ["libs/common"]')
    write_project(machine.project, {"libs/common/pyproject.toml": manifest})
    machine.resolve()
    assert commit_of(locked(machine, "acme")) == acme.git("rev-parse", "HEAD")


def test_policy_on_what_an_index_offers_does_not_ask_about_an_address(machine: Machine, served: GitServer) -> None:
    repository = GitRepository(served.root / "early")
    repository.commit({"pyproject.toml": pyproject_text("early", "1.0a1")})
    more = 'prerelease = "disallow"\nexclude-newer = "2020-01-01"\nno-build = true'
    machine.declare({"web": [git_address(served, name="early")]}, more=more)
    machine.resolve()
    assert locked(machine, "early").version == "1.0a1"


def test_an_address_that_only_a_build_would_explain_is_not_built_under_no_build(
    machine: Machine, served: GitServer, tmp_path: Path
) -> None:
    repository = GitRepository(served.root / "scm")
    tool = {"probe": str(tmp_path / "ran")}
    repository.commit({"pyproject.toml": pyproject_text("scm", None, tool=tool)}, tag="v1")
    machine.declare({"web": [git_address(served, name="scm")]}, more="no-build = true")
    with pytest.raises(ConfigurationError, match="only a build tells what it requires, and no-build is on"):
        machine.resolve()
    assert not (tmp_path / "ran").exists()


def test_where_every_release_must_have_a_wheel_a_repository_is_turned_down(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served)]}, more="require-wheels = true")
    with pytest.raises(NoResolution):
        machine.resolve()
    assert acme.folder.exists()


def test_a_build_of_an_address_that_fails_is_an_error_at_once(machine: Machine, served: GitServer) -> None:
    repository = GitRepository(served.root / "scm")
    repository.commit({"pyproject.toml": pyproject_text("scm", None, tool={"fail": "no compiler"})})
    machine.declare({"web": [git_address(served, name="scm")]})
    with pytest.raises(BuildFailed) as caught:
        machine.resolve()
    assert "no compiler" in caught.value.details


# Resolving again -------------------------------------------------------------------------------------------


def test_an_unchanged_address_keeps_its_commit_without_being_asked(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    first = commit_of(locked(machine, "acme"))
    acme.commit({"later.txt": "moved on"})
    served.forget()
    machine.forget_cache()
    machine.declare({"web": [git_address(served), "dep"]})
    machine.resolve()
    assert commit_of(locked(machine, "acme")) == first
    assert served.asked == []


@pytest.mark.parametrize("options", [{"upgrade_packages": ("acme",)}, {"upgrade": True}])
def test_an_address_that_is_let_go_of_is_read_anew(
    machine: Machine, acme: GitRepository, served: GitServer, options: dict[str, Any]
) -> None:
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    newer = acme.commit({"pyproject.toml": pyproject_text("acme", "2.2", dependencies=["dep"])})
    machine.resolve(**options)
    found = locked(machine, "acme")
    assert (found.version, commit_of(found)) == ("2.2", newer)


def test_another_revision_is_another_commit(machine: Machine, acme: GitRepository, served: GitServer) -> None:
    newer = acme.commit({"later.txt": "moved on"})
    machine.declare({"web": [git_address(served, "v2.1")]})
    machine.resolve()
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    assert commit_of(locked(machine, "acme")) == newer


def test_an_environment_that_is_added_has_the_commit_that_is_locked(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    first = commit_of(locked(machine, "acme"))
    acme.commit({"later.txt": "moved on"})
    machine.declare({"web": [git_address(served)]}, environments=("linux", "windows"))
    machine.resolve()
    assert commit_of(locked(machine, "acme")) == first


def test_an_extra_that_nobody_asked_for_before_is_read_from_the_locked_commit(
    machine: Machine, served: GitServer
) -> None:
    repository = GitRepository(served.root / "acme")
    first = repository.commit({"pyproject.toml": pyproject_text("acme", "2.1", optional={"x": ["dep<2"]})})
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    repository.commit({"later.txt": "moved on"})
    machine.declare({"web": [git_address(served).replace("acme", "acme[x]", 1)]})
    machine.resolve()
    found = locked(machine, "acme")
    assert (commit_of(found), requirements_of(found)) == (first, ["dep<2; extra == 'x'"])


def test_an_extra_that_a_release_asks_for_is_read_too(machine: Machine, server: IndexServer, served: GitServer) -> None:
    repository = GitRepository(served.root / "acme")
    first = repository.commit({"pyproject.toml": pyproject_text("acme", "2.1", optional={"x": ["dep<2"]})})
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    repository.commit({"later.txt": "moved on"})
    server.add_wheel("app", "1.0", requires=["acme[x]"])
    machine.declare({"web": [git_address(served), "app"]})
    machine.resolve()
    found = locked(machine, "acme")
    assert (commit_of(found), requirements_of(found)) == (first, ["dep<2; extra == 'x'"])
    assert locked(machine, "dep").version == "1.0"


def test_an_address_that_nobody_asks_for_any_more_gives_way_to_the_index(
    machine: Machine, server: IndexServer, acme: GitRepository, served: GitServer
) -> None:
    server.add_wheel("acme", "2.1")
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    machine.declare({"web": ["acme"]})
    machine.resolve()
    assert locked(machine, "acme").artifacts[0].filename == "acme-2.1-py3-none-any.whl"
    machine.declare({"web": [git_address(served)]})
    machine.resolve()
    assert commit_of(locked(machine, "acme")) == acme.git("rev-parse", "HEAD")


def test_a_second_resolve_writes_the_same_bytes(machine: Machine, acme: GitRepository, served: GitServer) -> None:
    machine.declare({"web": [git_address(served), "loc @ file:loc"]}, environments=("linux", "windows"))
    folder(machine, dependencies=["dep"])
    machine.resolve()
    first = machine.lock.read_bytes()
    machine.resolve(upgrade=True)
    assert machine.lock.read_bytes() == first
    machine.lock.unlink()
    machine.forget_cache()
    machine.resolve()
    assert machine.lock.read_bytes() == first
    assert acme.folder.exists()


def test_a_dry_run_reads_addresses_and_writes_nothing(
    machine: Machine, acme: GitRepository, served: GitServer, tmp_path: Path
) -> None:
    machine.declare({"web": [git_address(served), "loc @ file:loc"]})
    folder(machine)
    before = snapshot(tmp_path)
    report = machine.resolve(dry_run=True)
    assert {coordinate.name for coordinate in report.frozen.coordinates} >= {"acme", "loc", "dep"}
    assert snapshot(tmp_path) == before
    assert acme.folder.exists()


def test_offline_a_commit_that_was_read_before_is_enough_and_a_revision_is_not(
    machine: Machine, acme: GitRepository, served: GitServer
) -> None:
    machine.declare({"web": [git_address(served, acme.git("rev-parse", "HEAD"))]})
    machine.resolve()
    machine.lock.unlink()
    machine.resolve(offline=True)
    machine.declare({"web": [git_address(served)]})
    machine.lock.unlink()
    with pytest.raises(Offline):
        machine.resolve(offline=True)


def test_hashes_that_a_requirements_file_demands_hold_for_an_address(machine: Machine, server: IndexServer) -> None:
    data = wheel("fastlex", "1.2")
    url = serve_wheel(server, "fastlex-1.2-py3-none-any.whl", data)
    machine.declare({}, more='[targets.web]\nrequirements-files = ["web.txt"]')
    (machine.project / "web.txt").write_text(f"fastlex @ {url} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(NoResolution):
        machine.resolve()


def test_the_lock_is_read_back_as_it_was_written(machine: Machine, acme: GitRepository, served: GitServer) -> None:
    machine.declare({"web": [git_address(served, "v2.1"), "loc @ file:loc"]})
    folder(machine)
    frozen = machine.resolve().frozen
    assert parse_frozen(machine.lock.read_bytes()) == frozen
    assert json.loads(machine.lock.read_text())["frozen-version"] == 1
    assert acme.folder.exists()
