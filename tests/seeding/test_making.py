"""Seeding a mirror: what lies where, what is added, what is refused."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from frazil.delivery import FetchOptions, FetchReport
from frazil.errors import Difference, UsageError
from frazil.frozen.codec import format_frozen, parse_frozen
from frazil.seeding.making import seed_mirror
from tests.support.backends import add_backend, add_source
from tests.support.bundles import files_below
from tests.support.index_server import IndexServer
from tests.support.machine import Machine
from tests.support.tree import snapshot


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        add_backend(index)
        for version in ("1.0", "2.0"):
            index.add_wheel("dep", version, requires_python=">=3.8")
        index.add_wheel("app", "1.0", requires=["dep"])
        add_source(index, "sourced", "1.0")
        yield index


@pytest.fixture
def machine(server: IndexServer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["app"], "tool": ["sourced"]}, environments=("here", "windows"))
    machine.resolve()
    return machine


def seed(machine: Machine, out: Path, **how: Any) -> FetchReport:
    how = {"all_artifacts": "targets" not in how, **how}
    return seed_mirror(machine.project, None, FetchOptions(out=out, layout="simple", **how), machine.settings)


def page(folder: Path, project: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "simple" / project / "index.json").read_text())
    return found


def test_everything_that_the_lock_lists_lies_where_its_index_has_it(
    machine: Machine, server: IndexServer, tmp_path: Path
) -> None:
    report = seed(machine, tmp_path / "mirror")
    files = files_below(tmp_path / "mirror")
    locked = parse_frozen(machine.lock.read_bytes())
    for coordinate in locked.coordinates:
        for artifact in coordinate.artifacts:
            data = files[f"packages/{artifact.path}{artifact.filename}"]
            assert hashlib.sha256(data).hexdigest() == artifact.sha256
    names = {path.parent.name for path in (tmp_path / "mirror" / "simple").glob("*/index.html")}
    assert names == {"app", "dep", "sourced", "minibackend"}, "what only builds need, too"
    assert (report.artifacts, report.linked) == (4, 4)
    assert server.projects


def test_a_page_tells_what_the_lock_knows_and_the_metadata_are_the_wheels_own(machine: Machine, tmp_path: Path) -> None:
    seed(machine, tmp_path / "mirror")
    (entry,) = page(tmp_path / "mirror", "dep")["files"]
    wheel = tmp_path / "mirror" / "simple" / "dep" / entry["url"]
    metadata = wheel.with_name(f"{wheel.name}.metadata").read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        assert metadata == archive.read("dep-2.0.dist-info/METADATA")
    assert entry["core-metadata"] == {"sha256": hashlib.sha256(metadata).hexdigest()}
    assert (entry["requires-python"], entry["size"]) == (">=3.8", wheel.stat().st_size)
    assert entry["upload-time"] == "2024-01-02T03:04:05Z"
    assert "core-metadata" not in page(tmp_path / "mirror", "sourced")["files"][0]


def test_seeding_again_changes_nothing_and_a_newer_lock_adds(machine: Machine, tmp_path: Path) -> None:
    machine.declare({"web": ["app", "dep<2"]}, environments=("here",))
    machine.resolve()
    seed(machine, tmp_path / "mirror")
    first = snapshot(tmp_path / "mirror")
    again = seed(machine, tmp_path / "mirror")
    assert (again.linked, again.fetched) == (0, 0)
    assert snapshot(tmp_path / "mirror") == first
    before = files_below(tmp_path / "mirror")
    machine.declare({"web": ["app"]}, environments=("here",))
    machine.resolve(upgrade=True)
    seed(machine, tmp_path / "mirror")
    after = files_below(tmp_path / "mirror")
    assert {name for name, data in before.items() if after.get(name) != data} == {
        "simple/dep/index.html",
        "simple/dep/index.json",
    }
    assert page(tmp_path / "mirror", "dep")["versions"] == ["1.0", "2.0"]


def test_a_part_of_the_lock_makes_the_mirror_of_a_part(machine: Machine, tmp_path: Path) -> None:
    seed(machine, tmp_path / "mirror", targets=("web",), environments=("windows",))
    assert {path.name for path in (tmp_path / "mirror" / "simple").iterdir() if path.is_dir()} == {"app", "dep"}


def test_a_file_without_a_path_lies_where_no_path_is_read_off(machine: Machine, tmp_path: Path) -> None:
    forget_paths(machine)
    seed(machine, tmp_path / "mirror")
    (entry,) = page(tmp_path / "mirror", "app")["files"]
    assert entry["url"] == "../../files/app/app-1.0-py3-none-any.whl"


def forget_paths(machine: Machine) -> None:
    frozen = parse_frozen(machine.lock.read_bytes())
    coordinates = tuple(
        replace(c, artifacts=tuple(replace(artifact, path=None) for artifact in c.artifacts))
        for c in frozen.coordinates
    )
    machine.lock.write_bytes(format_frozen(replace(frozen, coordinates=coordinates)))


def test_several_indexes_have_trees_of_their_own_and_the_first_keeps_the_top(
    machine: Machine, server: IndexServer, tmp_path: Path
) -> None:
    machine.declare({"web": ["dep"]})
    machine.resolve()
    seed(machine, tmp_path / "mirror")
    with IndexServer() as second:
        second.add_wheel("corp-lib", "1.0")
        more = f'[[index]]\nname = "corp"\nurl = "{second.url}"\npackages = ["corp-*"]'
        machine.declare({"web": ["dep", "corp-lib"]}, more=more)
        machine.resolve()
        seed(machine, tmp_path / "mirror")
        assert (tmp_path / "mirror" / "simple" / "dep" / "index.json").is_file()
        assert page(tmp_path / "mirror" / "corp", "corp-lib")["name"] == "corp-lib"
        assert not (tmp_path / "mirror" / "simple" / "corp-lib").exists()
        seed(machine, tmp_path / "fresh")
    assert {path.name for path in (tmp_path / "fresh").iterdir()} == {"loop", "corp"}
    assert server.projects


def test_what_comes_by_address_is_named_and_left_out(machine: Machine, server: IndexServer, tmp_path: Path) -> None:
    machine.declare({"web": [f"dep @ {server.projects['dep'][1].url}"]})
    machine.resolve()
    report = seed(machine, tmp_path / "mirror")
    assert report.undelivered == ("dep-2.0-py3-none-any.whl",)
    assert not (tmp_path / "mirror" / "simple" / "dep").exists()


def test_check_and_dry_run_write_nothing(machine: Machine, tmp_path: Path) -> None:
    planned = seed(machine, tmp_path / "mirror", dry_run=True).planned
    assert planned is not None
    assert len(planned.links) == 4
    with pytest.raises(Difference, match="lacks 4 of 4 files"):
        seed(machine, tmp_path / "mirror", check=True)
    assert not (tmp_path / "mirror").exists()
    seed(machine, tmp_path / "mirror")
    assert seed(machine, tmp_path / "mirror", check=True).planned is not None


# What is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [False, True])
def test_another_file_of_a_known_name_is_refused_and_nothing_is_touched(
    machine: Machine, server: IndexServer, tmp_path: Path, *, moved: bool
) -> None:
    seed(machine, tmp_path / "mirror")
    before = snapshot(tmp_path / "mirror")
    with IndexServer() as rebuilt:
        file = rebuilt.add_wheel("app", "1.0", files={"app.py": "another\n"})
        if moved:
            rebuilt.move_file(file, server.projects["app"][0].path)
        other = Machine(tmp_path / "bob", rebuilt, tmp_path / "other")
        other.declare({"web": ["app"]})
        other.resolve()
        with pytest.raises(UsageError, match=r"app/index\.json is in the way: it has another app-1\.0"):
            seed(other, tmp_path / "mirror")
    assert snapshot(tmp_path / "mirror") == before


@pytest.mark.parametrize("place", ["simple/index.json", "simple/app/index.json"])
def test_a_folder_with_pages_of_others_is_refused(machine: Machine, tmp_path: Path, place: str) -> None:
    path = tmp_path / "mirror" / place
    path.parent.mkdir(parents=True)
    path.write_text('{"meta": {"api-version": "1.0"}}')
    with pytest.raises(UsageError, match="is in the way"):
        seed(machine, tmp_path / "mirror")
    assert path.read_text() == '{"meta": {"api-version": "1.0"}}'


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({"targets": ("web",), "all_artifacts": True}, "cannot go with --target"),
        ({"build": True}, "no index knows"),
        ({"out": None}, "a mirror needs a place"),
        ({"targets": ("webb",)}, 'unknown target "webb"'),
    ],
)
def test_options_that_do_not_fit_are_told(
    machine: Machine, tmp_path: Path, how: dict[str, Any], complaint: str
) -> None:
    options = {"out": tmp_path / "mirror", "layout": "simple", "all_artifacts": "targets" not in how, **how}
    with pytest.raises(UsageError, match=complaint):
        seed_mirror(machine.project, None, FetchOptions(**options), machine.settings)
    assert not (tmp_path / "mirror").exists()


def test_all_artifacts_go_into_a_flat_folder_too(machine: Machine) -> None:
    machine.fetch(all_artifacts=True)
    assert len(machine.delivered()) == 4


def test_ensure_makes_no_mirror_and_says_who_does(machine: Machine) -> None:
    with pytest.raises(UsageError, match="`frazil fetch` alone does that"):
        machine.ensure(layout="simple")
