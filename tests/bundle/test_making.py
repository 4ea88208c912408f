"""Making a bundle: what is in it, for whom, where it goes, and that the same lock makes the same bytes."""

import json
import os
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from frazil.bundle.checking import import_bundle, verify_bundle
from frazil.bundle.manifest import parse_manifest
from frazil.errors import BuildFailed, Difference, DiskError, StaleLock, UsageError
from tests.support.backends import add_backend, add_source, pyproject_text
from tests.support.bundles import bundle, files_below
from tests.support.index_server import IndexServer
from tests.support.machine import Machine
from tests.support.projects import write_project

HERE = ("here", "windows")


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        add_backend(index)
        for version in ("1.0", "2.0"):
            index.add_wheel("dep", version)
        index.add_wheel("app", "1.0", requires=["dep", "onwindows; sys_platform == 'win32'"])
        index.add_wheel("onwindows", "1.0")
        yield index


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["app", "common"], "tool": ["dep"]}, environments=HERE, more='members = ["libs/*"]')
    write_project(
        machine.project, {"libs/common/pyproject.toml": pyproject_text("common", "0.1", dependencies=["dep"])}
    )
    machine.resolve()
    return machine


def wheels_in(folder: Path) -> set[str]:
    return {path.name for path in (folder / "wheels").rglob("*") if path.is_file()}


ALL = {
    "app-1.0-py3-none-any.whl",
    "dep-2.0-py3-none-any.whl",
    "onwindows-1.0-py3-none-any.whl",
    "common-0.1-py3-none-any.whl",
}


# What is in it ---------------------------------------------------------------------------------------------


def test_a_bundle_holds_what_is_installed_and_nothing_that_only_builds_it(machine: Machine, tmp_path: Path) -> None:
    report = bundle(machine, tmp_path / "out")
    assert wheels_in(tmp_path / "out") == ALL
    assert report.built == ("common-0.1-py3-none-any.whl",)
    assert (report.wheels, report.new) == (4, 4)
    others = {name for name in files_below(tmp_path / "out") if not name.startswith("wheels/")}
    locks = {"pylock.toml", "pylock.web.toml", "pylock.tool.toml", "pylock.libs-common.toml"}
    assert others == {"manifest.json", "SHA256SUMS", "README.txt", *locks}


def test_its_locks_lead_to_its_own_wheels_and_nowhere_else(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "out")
    for path in (tmp_path / "out").glob("pylock*.toml"):
        assert "http" not in path.read_text()
        lock = Pylock.from_dict(tomllib.loads(path.read_text()))
        for package in lock.packages:
            assert package.index is None
            (wheel,) = package.wheels or ()
            assert (tmp_path / "out" / (wheel.path or "")).is_file()


def test_the_manifest_tells_what_each_wheel_is_and_for_whom(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "out")
    manifest = parse_manifest((tmp_path / "out" / "manifest.json").read_bytes(), "out")
    users = {file.project: dict(file.users) for file in manifest.wheels}
    assert users["onwindows"] == {"windows": ("web",)}
    assert users["dep"] == dict.fromkeys(HERE, ("libs/common", "tool", "web"))
    assert [file.project for file in manifest.wheels if file.built] == ["common"]
    assert manifest.targets == ("libs/common", "tool", "web")


def test_targets_and_environments_choose(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "tool", targets=("tool",))
    assert wheels_in(tmp_path / "tool") == {"dep-2.0-py3-none-any.whl"}
    bundle(machine, tmp_path / "here", targets=("web",), environments=("here",))
    assert wheels_in(tmp_path / "here") == ALL - {"onwindows-1.0-py3-none-any.whl"}


def test_without_the_repositorys_own_projects_nothing_is_built(machine: Machine, tmp_path: Path) -> None:
    report = bundle(machine, tmp_path / "out", local=False)
    assert (wheels_in(tmp_path / "out"), report.built) == (ALL - {"common-0.1-py3-none-any.whl"}, ())


def test_two_files_of_one_name_both_have_a_place(machine: Machine, tmp_path: Path) -> None:
    with IndexServer() as second:
        second.add_wheel("dep", "2.0", files={"dep.py": "another\n"})
        other = Machine(tmp_path / "bob", second, tmp_path / "other")
        other.declare({"tool": ["dep"]}, environments=("here",))
        other.resolve()
        bundle(other, tmp_path / "old")
    bundle(machine, tmp_path / "new", targets=("tool",), add_to=tmp_path / "old")
    new = parse_manifest((tmp_path / "new" / "manifest.json").read_bytes(), "new")
    (wheel,) = new.wheels
    assert wheel.path == f"wheels/{wheel.sha256[:12]}/dep-2.0-py3-none-any.whl"
    assert wheel.path in (tmp_path / "new" / "pylock.toml").read_text()
    assert [path for path, _, _ in new.left] == ["wheels/dep-2.0-py3-none-any.whl"]


def test_with_sources_an_offline_frazil_on_the_far_side_has_all_that_its_lock_names(
    machine: Machine, server: IndexServer, tmp_path: Path
) -> None:
    add_source(server, "sourced", "1.0")
    machine.declare({"web": ["sourced", "app"]}, environments=("here",))
    machine.resolve()
    assert bundle(machine, tmp_path / "old").sources == 0
    assert not (tmp_path / "old" / "sources").exists()
    report = bundle(machine, tmp_path / "out", sources=True)
    assert report.sources == 2
    sources = {path.name for path in (tmp_path / "out" / "sources").iterdir()}
    assert sources == {"sourced-1.0.tar.gz", "minibackend-1.0-py3-none-any.whl"}
    assert verify_bundle(tmp_path / "out").wheels == 3
    far = Machine(tmp_path / "far", server, machine.project)
    import_bundle(tmp_path / "out", far.settings)
    far.ensure(offline=True, out=tmp_path / "delivered")
    assert "sourced-1.0.tar.gz" in {path.name for path in (tmp_path / "delivered").iterdir()}
    added = bundle(machine, tmp_path / "more", sources=True, add_to=tmp_path / "out")
    assert (added.new, added.sources) == (0, 0)
    assert bundle(machine, tmp_path / "only", sources=True, add_to=tmp_path / "old").sources == 2


# The same bytes --------------------------------------------------------------------------------------------


def test_two_builds_on_two_machines_are_byte_for_byte_the_same(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "a.tar")
    other = Machine(tmp_path / "bob", machine.server, machine.project)
    bundle(other, tmp_path / "b.tar")
    bundle(other, tmp_path / "elsewhere" / "c")
    bundle(machine, tmp_path / "d")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert files_below(tmp_path / "elsewhere" / "c") == files_below(tmp_path / "d")


def test_nothing_in_a_tar_tells_who_made_it_and_when(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as packed:
        facts = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode, m.type) for m in packed}
        assert packed.getnames()[0] == "manifest.json"
        assert packed.getnames()[3:] == sorted(packed.getnames()[3:])
    assert facts == {(315532800, 0, 0, "", "", 0o644, tarfile.REGTYPE)}
    for name in (str(tmp_path), machine.server.origin):
        assert name.encode() not in (tmp_path / "a.tar").read_bytes()


def test_a_folder_and_a_tar_hold_the_same(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "a.tar")
    bundle(machine, tmp_path / "b")
    with tarfile.open(tmp_path / "a.tar") as packed:
        packed.extractall(tmp_path / "c", filter="data")
    assert files_below(tmp_path / "c") == files_below(tmp_path / "b")


def test_the_union_is_fetched_once_and_a_second_bundle_fetches_nothing(machine: Machine, tmp_path: Path) -> None:
    machine.requests()
    first = bundle(machine, tmp_path / "a")
    assert machine.requests()
    assert first.fetched == 4, "three wheels, and what builds the member"
    second = bundle(machine, tmp_path / "b", offline=True)
    assert (second.fetched, machine.requests()) == (0, [])


# Only what is new ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["old", "old.tar"])
def test_an_addition_holds_what_the_older_bundle_lacks(machine: Machine, tmp_path: Path, form: str) -> None:
    bundle(machine, tmp_path / form, targets=("tool",))
    report = bundle(machine, tmp_path / "new", add_to=tmp_path / form)
    assert wheels_in(tmp_path / "new") == ALL - {"dep-2.0-py3-none-any.whl"}
    assert (report.wheels, report.new) == (4, 3)
    manifest = parse_manifest((tmp_path / "new" / "manifest.json").read_bytes(), "new")
    assert [file.path for file in manifest.wheels if not file.here] == ["wheels/dep-2.0-py3-none-any.whl"]


def test_an_addition_to_an_addition_counts_on_both(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "one", targets=("tool",))
    bundle(machine, tmp_path / "two", targets=("libs/common",), add_to=tmp_path / "one")
    bundle(machine, tmp_path / "three", add_to=tmp_path / "two")
    assert wheels_in(tmp_path / "three") == {"app-1.0-py3-none-any.whl", "onwindows-1.0-py3-none-any.whl"}


def test_what_is_no_bundle_cannot_be_added_to(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no bundle")
    for name, complaint in (("folder", "is no bundle"), ("text", "is no bundle"), ("nothing", "there is no")):
        with pytest.raises(UsageError, match=complaint):
            bundle(machine, tmp_path / "out", add_to=tmp_path / name)
    assert not (tmp_path / "out").exists()


def test_a_bundle_does_not_take_the_place_of_the_one_it_adds_to(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "a.tar")
    before = (tmp_path / "a.tar").read_bytes()
    with pytest.raises(UsageError, match="would take the place"):
        bundle(machine, tmp_path / "a.tar", add_to=tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_bytes() == before


# Where it goes ---------------------------------------------------------------------------------------------


def test_a_folder_with_something_in_it_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        bundle(machine, tmp_path / "out")
    assert files_below(tmp_path / "out") == {"mine": b"mine"}


def test_an_empty_folder_is_filled_and_the_same_bundle_is_up_to_date(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert not bundle(machine, tmp_path / "out").current
    assert bundle(machine, tmp_path / "out").current
    (tmp_path / "out" / "README.txt").write_text("changed")
    with pytest.raises(UsageError, match="is not empty"):
        bundle(machine, tmp_path / "out")


def test_a_tar_is_replaced_whole(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("an older one")
    bundle(machine, tmp_path / "a.tar")
    assert tarfile.is_tarfile(tmp_path / "a.tar")
    assert bundle(machine, tmp_path / "a.tar").current


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.zip"])
def test_a_compressed_archive_is_not_offered(machine: Machine, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"a folder or a plain \.tar"):
        bundle(machine, tmp_path / name)


def test_where_there_is_no_room_nothing_is_left(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "file" / "a.tar"):
        with pytest.raises((DiskError, UsageError)):
            bundle(machine, out)
    assert {path.name for path in tmp_path.iterdir()} == {"alice", "shop", "file"}


def test_what_a_killed_run_left_goes_a_day_later(machine: Machine, tmp_path: Path) -> None:
    old, new = tmp_path / ".frazil-0011223344556677.tmp", tmp_path / ".frazil-8899aabbccddeeff.tmp"
    for stage in (old, new):
        (stage / "wheels").mkdir(parents=True)
    os.utime(old, (1, 1))
    bundle(machine, tmp_path / "out")
    assert (old.exists(), new.exists()) == (False, True)


def test_a_dry_run_names_what_it_would_do_and_writes_nothing(machine: Machine, tmp_path: Path) -> None:
    report = bundle(machine, tmp_path / "out", dry_run=True)
    assert report.planned is not None
    assert {d.filename for d in report.planned.downloads} > {"app-1.0-py3-none-any.whl"}
    assert report.to_build == ("libs/common",)
    assert not (tmp_path / "out").exists()


# What is refused -------------------------------------------------------------------------------------------


def test_an_unknown_target_is_named(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='unknown target "webb"'):
        bundle(machine, tmp_path / "out", targets=("webb",))


def test_what_cannot_be_built_here_is_refused_by_name(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    add_source(server, "native", "1.0", tool={"tag": "cp39-cp39-win_amd64"})
    machine.declare({"web": ["native", "dep"]}, environments=("windows",))
    machine.resolve()
    with pytest.raises(BuildFailed, match=r"1 thing has no wheel and cannot be built here.*: native 1\.0") as caught:
        bundle(machine, tmp_path / "out")
    assert caught.value.details
    assert not (tmp_path / "out").exists()


def test_a_stale_lock_is_told_or_refused(machine: Machine, tmp_path: Path) -> None:
    text = (machine.project / "frazil.toml").read_text()
    (machine.project / "frazil.toml").write_text(text.replace("['dep']", "['dep<2']"))
    report = bundle(machine, tmp_path / "out")
    assert any("out of date" in warning for warning in report.warnings)
    with pytest.raises((StaleLock, Difference)):
        bundle(machine, tmp_path / "other", locked=True)
    assert bundle(machine, tmp_path / "third", frozen=True).warnings == ()


def test_a_store_that_rotted_is_filled_again(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "a")
    (entry,) = (machine.home / "store").rglob("app-1.0-py3-none-any.whl")
    status = entry.stat()
    data = entry.read_bytes()
    entry.chmod(0o644)
    with entry.open("r+b") as file:
        file.write(b"?")
    os.utime(entry, ns=(status.st_atime_ns, status.st_mtime_ns))
    bundle(machine, tmp_path / "b")
    assert (tmp_path / "b" / "wheels" / "app-1.0-py3-none-any.whl").read_bytes() == data


def test_the_manifest_is_json_that_others_can_read(machine: Machine, tmp_path: Path) -> None:
    bundle(machine, tmp_path / "a")
    document = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert document["bundle-version"] == 1
    assert set(document["environments"]) == set(HERE)


def test_environments_that_only_their_wheels_tell_apart_share_a_bundle(server: IndexServer, tmp_path: Path) -> None:
    for tag in ("cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-musllinux_1_2_x86_64"):
        server.add_wheel("native", "1.0", tag=tag)
    machine = Machine(tmp_path / "bob", server, tmp_path / "other")
    more = '[environments.alpine]\npython = "3.12"\nplatform = "musllinux_1_2_x86_64"\n'
    machine.declare({"web": ["native"]}, environments=("linux",))
    with (machine.project / "frazil.toml").open("a") as file:
        file.write(more)
    machine.resolve()
    assert bundle(machine, tmp_path / "out").wheels == 2
    (package,) = Pylock.from_dict(tomllib.loads((tmp_path / "out" / "pylock.toml").read_text())).packages
    assert len(package.wheels or ()) == 2
