"""Lines are those of the manifests beside the lock; where nothing says the same, there is none."""

import os
from pathlib import Path

import pytest

from frazil.model import Origin
from frazil.references import lock_file, parse_lock_reference
from frazil.requirement import parse_requirement
from frazil.whereabouts import Whereabouts
from tests.support.projects import write_project
from tests.support.repositories import commit_all, new_repository

FILES = {
    "frazil.toml": """\
        members = ["libs/*"]
        constraints = ["idna<4"]
        [environments.linux]
        python = "3.12"
        platform = "manylinux_2_28_x86_64"
        [targets."jobs/etl"]
        requirements = ["pandas"]
        requirements-files = ["jobs/etl/requirements.txt"]
        [resolves.old]
        targets = ["jobs/*"]
        constraints = ["numpy<2"]
        """,
    "jobs/etl/requirements.txt": "# the data\npyarrow>=17\n",
    "libs/common/pyproject.toml": """\
        [project]
        name = "common"
        version = "1"
        dependencies = [
          "attrs>=1",
        ]
        [project.optional-dependencies]
        fast = ["orjson>=3"]
        """,
    "frozen.json": "{}",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", FILES)


def whereabouts(project: Path, lock: str = "frozen.json") -> Whereabouts:
    return Whereabouts(parse_lock_reference(lock, project), environ=os.environ)


def test_the_requirements_of_every_kind_of_target_have_their_lines(project: Path) -> None:
    found = whereabouts(project)
    for target, requirement, file, expected in (
        ("jobs/etl", "pandas", "frazil.toml", "frazil.toml:7"),
        ("jobs/etl", "pyarrow>=17", "jobs/etl/requirements.txt", "jobs/etl/requirements.txt:2"),
        ("libs/common", "attrs>=1", None, "libs/common/pyproject.toml:5"),
        ("libs/common[fast]", "orjson>=3", None, "libs/common/pyproject.toml:8"),
    ):
        assert str(found.of_target(target, parse_requirement(requirement), file)) == expected


def test_policy_has_its_lines_of_the_project_and_of_a_resolve(project: Path) -> None:
    found = whereabouts(project)
    assert str(found.of_policy("", parse_requirement("idna<4"), "frazil.toml")) == "frazil.toml:2"
    assert str(found.of_policy("old", parse_requirement("numpy<2"), "frazil.toml")) == "frazil.toml:11"
    assert str(found.of_policy("gone", parse_requirement("numpy<2"), "frazil.toml")) == "frazil.toml"


@pytest.mark.parametrize("requirement", ["attrs>=2", "unheard-of"])
def test_what_the_manifest_does_not_say_any_more_has_no_line(project: Path, requirement: str) -> None:
    origin = whereabouts(project).of_target("libs/common", parse_requirement(requirement), None)
    assert origin == Origin("libs/common/pyproject.toml")


def test_without_a_project_or_with_one_that_cannot_be_read_there_are_files_only(tmp_path: Path, project: Path) -> None:
    (tmp_path / "alone").mkdir()
    alone = Whereabouts(lock_file(tmp_path / "alone" / "frozen.json"), environ=os.environ)
    assert alone.of_target("a", parse_requirement("b"), None) == Origin("a/pyproject.toml")
    (project / "frazil.toml").write_text("not TOML [")
    assert whereabouts(project).of_target("jobs/etl", parse_requirement("pandas"), "frazil.toml").line is None


def test_a_lock_of_a_revision_has_the_lines_of_that_revision(project: Path) -> None:
    repository = new_repository(project.parent)
    commit_all(repository)
    manifest = project / "libs" / "common" / "pyproject.toml"
    manifest.write_text("#\n#\n" + manifest.read_text())
    attrs = parse_requirement("attrs>=1")
    lines = {
        lock: whereabouts(project, lock).of_target("libs/common", attrs, None).line
        for lock in ("frozen.json", "main:./frozen.json", "main:project/frozen.json", ":project/frozen.json", "no:x")
    }
    assert lines == {
        "frozen.json": 7,
        "main:./frozen.json": 5,
        "main:project/frozen.json": 5,
        ":project/frozen.json": None,
        "no:x": None,
    }
