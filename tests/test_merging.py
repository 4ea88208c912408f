"""Locks meet in real merges: with plain git, with frazil as its driver, and with conflicts left to a resolve."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import LockTooNew, MergeConflict, StaleLock
from frazil.frozen.codec import format_frozen, parse_frozen, parse_frozen_reporting
from frazil.frozen.conflict import sides_of
from frazil.frozen.model import Frozen
from frazil.merging import DRIVER, merge_files, set_up_merge_driver
from tests.support.branches import Repository, World
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine
from tests.support.repositories import SHOP, commit_all, git, new_repository

PACKAGES: dict[str, dict[str, Release]] = {
    "fastapi": {"0.115": ["starlette"], "0.116": ["starlette"]},
    "starlette": {"0.40": []},
    "sqlalchemy": {"2.0": [], "2.1": []},
    "pydantic": {"2.9": [], "2.10": ["annotated-types"]},
    "annotated-types": {"0.7": []},
    "psycopg": {"3.2": {"requires": [], "extras": {"binary": ["psycopg-binary"]}}},
    "psycopg-binary": {"3.2": []},
    "flask": {"3.0": ["werkzeug"]},
    "werkzeug": {"3.1": []},
    "pytest": {"8.0": []},
    "pandas": {"2.2": ["numpy"]},
    "numpy": {"2.0": []},
    "pyarrow": {"17.0": []},
    "httpx": {"0.27": []},
    "rich": {"13.0": [], "14.0": [], "15.0": []},
    "hatchling": {"1.27": []},
    "tenacity": {"9.0": []},
    "termcolor": {"2.0": []},
}
OLD = ("fastapi==0.115", "pydantic==2.9", "rich==13.0", "sqlalchemy==2.0")


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        yield world(index, PACKAGES)


@pytest.fixture
def shop(server: IndexServer, tmp_path: Path) -> Machine:
    """A copy of the shop under git, its lock committed on main, some versions in it older than they could be."""
    root = tmp_path / "shop"
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("frozen.json", ".frazil"))
    manifest = root / "pyproject.toml"
    manifest.write_text(f'{manifest.read_text()}\n[[tool.frazil.index]]\nname = "loop"\nurl = "{server.url}"\n')
    machine = Machine(tmp_path / "alice", server, root)
    machine.resolve(upgrade_packages=OLD)
    commit_all(new_repository(root))
    return machine


def on_branch(
    shop: Machine, name: str, *, upgrade: str = "", asks: tuple[str, str] | None = None, more: str = ""
) -> None:
    """Commit on a branch of main: a package upgraded, a requirement added to a member, or more configuration."""
    git(shop.project, "checkout", "--quiet", "-b", name, "main")
    root = shop.project / "pyproject.toml"
    root.write_text(root.read_text() + more)
    if asks is not None:
        manifest = shop.project / asks[0] / "pyproject.toml"
        manifest.write_text(manifest.read_text().replace("dependencies = [", f'dependencies = ["{asks[1]}", ', 1))
    shop.resolve(upgrade_packages=(upgrade,) if upgrade else ())
    commit_all(shop.project, name)


def merged(shop: Machine, ours: str, theirs: str) -> subprocess.CompletedProcess[str]:
    git(shop.project, "checkout", "--quiet", ours)
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@index.example", "merge", "--no-edit", theirs]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, cwd=shop.project, capture_output=True, text=True, check=False, env=environ)


def driven(shop: Machine) -> None:
    """Let git ask the frazil of this interpreter."""
    set_up_merge_driver(shop.project, "frozen.json", dry_run=False)
    git(shop.project, "config", "merge.frazil.driver", f"'{sys.executable}' -m {DRIVER}")
    commit_all(shop.project, "driver")


def versions(frozen: Frozen) -> dict[str, str | None]:
    return {coordinate.name: coordinate.version for coordinate in frozen.coordinates}


def settled(shop: Machine) -> Frozen:
    """Return the lock, which answers what is declared, says so without a request, and needs no mending."""
    parsed = parse_frozen_reporting(shop.lock.read_bytes())
    assert (parsed.mended, parsed.canonical) == ((), True)
    shop.requests()
    assert shop.resolve(check=True).current
    assert shop.requests() == []
    return parsed.frozen


# Plain git -------------------------------------------------------------------------------------------------


def test_two_bumps_merge_with_plain_git_and_read_clean(shop: Machine) -> None:
    on_branch(shop, "bump-rich", upgrade="rich==14.0")
    on_branch(shop, "bump-fastapi", upgrade="fastapi==0.116")
    assert merged(shop, "bump-rich", "bump-fastapi").returncode == 0
    found = versions(settled(shop))
    assert (found["rich"], found["fastapi"]) == ("14.0", "0.116")


def test_a_gained_dependency_and_a_new_requirement_merge_with_plain_git_and_are_mended_offline(shop: Machine) -> None:
    on_branch(shop, "bump-pydantic", upgrade="pydantic==2.10")
    on_branch(shop, "portal", more='[tool.frazil.targets.portal]\nrequirements = ["pydantic"]\n')
    assert merged(shop, "bump-pydantic", "portal").returncode == 0
    parsed = parse_frozen_reporting(shop.lock.read_bytes())
    assert parsed.mended == ("the targets of annotated-types 0.7 did not follow from its edges (+portal)",)
    with pytest.raises(StaleLock):
        shop.resolve(check=True)
    shop.requests()
    report = shop.resolve(offline=True)
    assert (report.written, shop.requests()) == (True, [])
    gained = next(each for each in settled(shop).coordinates if each.name == "annotated-types")
    assert "portal" in dict(gained.targets)["*"]


# With the driver -------------------------------------------------------------------------------------------


def test_what_is_a_conflict_in_text_alone_is_merged_by_the_driver(shop: Machine) -> None:
    driven(shop)
    on_branch(shop, "one", asks=("services/api", "tenacity"))
    on_branch(shop, "other", asks=("services/web", "termcolor"))
    assert merged(shop, "one", "other").returncode == 0
    assert {"tenacity", "termcolor"} <= versions(settled(shop)).keys()


def test_the_same_merge_is_a_conflict_without_it(shop: Machine) -> None:
    on_branch(shop, "one", asks=("services/api", "tenacity"))
    on_branch(shop, "other", asks=("services/web", "termcolor"))
    assert merged(shop, "one", "other").returncode == 1
    report = shop.resolve()
    assert {"tenacity", "termcolor"} <= versions(report.frozen).keys()
    assert versions(report.frozen)["flask"] == "3.0"


def test_a_conflict_is_told_to_git_and_settled_by_a_resolve(shop: Machine) -> None:
    driven(shop)
    on_branch(shop, "one", upgrade="rich==14.0")
    on_branch(shop, "other", upgrade="rich==15.0")
    ran = merged(shop, "one", "other")
    assert ran.returncode == 1
    assert "rich is 14.0 on one side and 15.0 on the other (linux)" in ran.stderr
    assert git(shop.project, "diff", "--name-only", "--diff-filter=U").split() == ["frozen.json"]
    report = shop.resolve()
    assert versions(report.frozen)["rich"] == "15.0"
    assert [(change.name, change.old, change.new) for change in report.changes.changes] == [("rich", "14.0", "15.0")]
    about = "\n".join(report.warnings)
    assert "conflict markers" in about
    assert "rich is pinned at 15.0 and at 14.0; the newest was preferred" in about
    assert "frozen.json.bak" in about
    settled(shop)


def test_what_one_side_lacks_is_settled_by_a_resolve_with_the_pins_of_both(shop: Machine) -> None:
    world(shop.server, {"narrow": {"1.0": ["rich<14"]}, "starlette": {"9.0": []}})
    driven(shop)
    on_branch(shop, "one", asks=("services/api", "narrow"))
    on_branch(shop, "other", asks=("services/web", "rich>=14"))
    ran = merged(shop, "one", "other")
    assert ran.returncode == 1
    assert "asks for rich<14" in ran.stderr
    shutil.copy(SHOP / "services" / "web" / "pyproject.toml", shop.project / "services" / "web")
    found = versions(shop.resolve().frozen)
    assert (found["rich"], found["starlette"], found["flask"]) == ("13.0", "0.40", "3.0")


# The driver alone ------------------------------------------------------------------------------------------

WORLD = World({"a": {"1.0": (), "2.0": (), "3.0": ()}, "b": {"1.0": (), "2.0": ()}})


def lock(**pins: str) -> bytes:
    places = {("default", place, name): version for place in ("linux", "windows") for name, version in pins.items()}
    frozen = WORLD.resolve(Repository({"web": tuple(sorted(pins))}), places)
    assert frozen is not None
    return format_frozen(frozen)


def three(folder: Path, base: bytes, ours: bytes, theirs: bytes) -> tuple[Path, Path, Path]:
    paths = (folder / "base", folder / "ours", folder / "theirs")
    for path, data in zip(paths, (base, ours, theirs), strict=True):
        path.write_bytes(data)
    return paths


def test_ours_becomes_the_merge(tmp_path: Path) -> None:
    paths = three(tmp_path, lock(a="1.0", b="1.0"), lock(a="2.0", b="1.0"), lock(a="1.0", b="2.0"))
    merge_files(*paths, marker_size=7, name="frozen.json")
    assert paths[1].read_bytes() == lock(a="2.0", b="2.0")


def test_without_an_ancestor_what_is_alike_is_merged(tmp_path: Path) -> None:
    paths = three(tmp_path, b"", lock(a="1.0"), lock(a="1.0"))
    merge_files(*paths, marker_size=7, name="frozen.json")
    assert paths[1].read_bytes() == lock(a="1.0")


@pytest.mark.parametrize("size", [7, 12])
def test_a_conflict_leaves_both_readings_between_markers_of_the_size_asked_for(tmp_path: Path, size: int) -> None:
    paths = three(tmp_path, lock(a="1.0", b="1.0"), lock(a="2.0", b="2.0"), lock(a="3.0", b="1.0"))
    with pytest.raises(MergeConflict) as conflict:
        merge_files(*paths, marker_size=size, name="x/frozen.json")
    assert conflict.value.sentence.startswith("x/frozen.json could not be merged whole")
    text = paths[1].read_text()
    assert f"\n{'<' * size} ours\n" in text
    sides = sides_of(text)
    assert sides is not None
    assert [versions(parse_frozen(side.encode())) for side in sides] == [
        {"a": "2.0", "b": "2.0"},
        {"a": "3.0", "b": "2.0"},
    ]


def test_a_side_that_is_no_lock_is_kept_whole_beside_the_other(tmp_path: Path) -> None:
    paths = three(tmp_path, lock(a="1.0"), b"scribble\n", lock(a="2.0"))
    with pytest.raises(MergeConflict) as conflict:
        merge_files(*paths, marker_size=7, name="frozen.json")
    assert "frozen.json of our side" in conflict.value.details[0]
    assert sides_of(paths[1].read_text()) == ("scribble\n", lock(a="2.0").decode())


def test_a_newer_lock_is_left_alone(tmp_path: Path) -> None:
    newer = lock(a="2.0").replace(b'"frozen-version": 1', b'"frozen-version": 99')
    paths = three(tmp_path, lock(a="1.0"), lock(a="1.0"), newer)
    with pytest.raises(LockTooNew, match="their side"):
        merge_files(*paths, marker_size=7, name="frozen.json")
    assert paths[1].read_bytes() == lock(a="1.0")


# Setting it up ---------------------------------------------------------------------------------------------


def test_setting_up_writes_a_line_and_configures_the_clone_once(tmp_path: Path) -> None:
    new_repository(tmp_path)
    first = set_up_merge_driver(tmp_path, "frozen.json", dry_run=False)
    assert (first.attributes_written, first.configured) == (True, True)
    assert (tmp_path / ".gitattributes").read_text() == "frozen.json merge=frazil\n"
    assert git(tmp_path, "config", "merge.frazil.driver").strip() == DRIVER
    assert git(tmp_path, "check-attr", "merge", "frozen.json").strip() == "frozen.json: merge: frazil"
    again = set_up_merge_driver(tmp_path, "frozen.json", dry_run=False)
    assert (again.attributes_written, again.configured) == (False, False)


def test_what_stands_in_the_attributes_already_stays(tmp_path: Path) -> None:
    new_repository(tmp_path)
    attributes = tmp_path / ".gitattributes"
    attributes.write_bytes(b"*.txt text\r\n# caf\xe9")
    set_up_merge_driver(tmp_path, "frozen.json", dry_run=False)
    assert attributes.read_bytes() == b"*.txt text\r\n# caf\xe9\nfrozen.json merge=frazil\n"
    attributes.write_text("/frozen.json text merge=union\n")
    assert not set_up_merge_driver(tmp_path, "frozen.json", dry_run=False).attributes_written
    assert attributes.read_text() == "/frozen.json text merge=union\n"


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    new_repository(tmp_path)
    done = set_up_merge_driver(tmp_path, "frozen.json", dry_run=True)
    assert (done.attributes_written, done.configured) == (True, True)
    assert not (tmp_path / ".gitattributes").exists()
    assert "frazil" not in (tmp_path / ".git" / "config").read_text()


def test_without_a_repository_the_line_is_written_all_the_same(tmp_path: Path) -> None:
    done = set_up_merge_driver(tmp_path, "frozen.json", dry_run=False)
    assert (done.attributes_written, done.configured) == (True, None)
