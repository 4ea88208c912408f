"""What must be built anew: the locks say, and the sources of targets; in doubt, everything."""

import os
from pathlib import Path

import pytest

from frazil.errors import LockMissing, UsageError
from frazil.rebuilding import Rebuild, read_rebuild, sources_changed
from frazil.references import lock_file, lock_in_revision, parse_lone_lock
from tests.support.projects import read_files
from tests.support.repositories import shop_repository


def rebuild(
    project: Path, old: str, new: str = "frozen.json", *, since: str | None = None, env: str = "linux"
) -> Rebuild:
    own = lock_file(project / "frozen.json")
    return read_rebuild(
        parse_lone_lock(old, project) or lock_in_revision(old, own),
        parse_lone_lock(new, project) or lock_in_revision(new, own),
        project=project,
        since=since,
        targets=(),
        environments=(env,),
        environ=os.environ,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_repository(tmp_path_factory.mktemp("rebuilding") / "shop")


def test_a_lock_that_cannot_be_read_makes_everything_affected_whichever_it_is(shop: Path) -> None:
    for old, new in (("gone.json", "frozen.json"), ("main", "gone.json")):
        found = rebuild(shop, old, new)
        assert {each.target for each in found.found} == {target.name for target in found.targets}
        assert [sentence.partition(" in ")[0] for sentence in found.unreadable] == ["there is no gone.json"]


def test_without_any_lock_the_declared_targets_are_affected(shop: Path) -> None:
    found = rebuild(shop, "gone.json", "lost.json")
    assert {each.target for each in found.found} >= {"jobs/etl", "services/api[postgres]", "tools/report.py"}
    assert len(found.unreadable) == 2


def test_where_nothing_at_all_can_be_read_that_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LockMissing, match=r"gone\.json"):
        rebuild(tmp_path, "gone.json", "lost.json")


def test_an_unknown_environment_is_an_error_all_the_same(shop: Path) -> None:
    with pytest.raises(UsageError, match='unknown environment "solaris"'):
        rebuild(shop, "main", env="solaris")


# Sources ---------------------------------------------------------------------------------------------------


def test_the_sources_of_a_target_are_its_folder_its_script_or_what_it_says(tmp_path: Path) -> None:
    project = read_files(
        tmp_path,
        {
            "frazil.toml": """\
                members = ["libs/*"]
                scripts = ["tools/*.py"]
                [targets."jobs/etl"]
                requirements = []
                inputs = ["jobs/etl/*.py", "data/**/schema.json", "Makefile"]
                [environments.linux]
                python = "3.12"
                platform = "manylinux_2_28_x86_64"
                """,
            "libs/a/pyproject.toml": '[project]\nname = "a"\nversion = "1"\n[dependency-groups]\ndev = ["pytest"]\n',
            "libs/ab/pyproject.toml": '[project]\nname = "ab"\nversion = "1"\n',
            "tools/x.py": "# /// script\n# dependencies = []\n# ///\n",
        },
    )
    owners = {
        "libs/a/src/a.py": {"libs/a", "libs/a:dev"},
        "libs/ab/b.py": {"libs/ab"},
        "libs/a": set(),
        "tools/x.py": {"tools/x.py"},
        "tools/y.py": set(),
        "jobs/etl/job.py": {"jobs/etl"},
        "jobs/etl/sub/job.py": set(),
        "data/x/y/schema.json": {"jobs/etl"},
        "Makefile": {"jobs/etl"},
        "README.md": set(),
    }
    for file, expected in owners.items():
        assert {*sources_changed(project, [file])} == expected, file
    assert sources_changed(project, ["libs/ab/2", "libs/ab/1"]) == {"libs/ab": ("libs/ab/1", "libs/ab/2")}


def test_the_root_project_has_everything_for_its_sources(tmp_path: Path) -> None:
    project = read_files(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = []\n'})
    assert sources_changed(project, ["deep/down/a.py", "b.py"]) == {".": ("b.py", "deep/down/a.py")}
