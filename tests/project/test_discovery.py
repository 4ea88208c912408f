"""Members and scripts are found by globs, and a glob that finds nothing is a mistake."""

from pathlib import Path

import pytest

from frazil.errors import ConfigurationError
from frazil.model import Origin
from frazil.project.discovery import find_members, find_scripts
from frazil.project.tree import ProjectTree
from tests.support.projects import write_project

FILES = (
    "pyproject.toml",
    "services/api/pyproject.toml",
    "services/web/pyproject.toml",
    "services/notes/README",
    "services/.hidden/pyproject.toml",
    "services/file",
    "libs/a/python/pyproject.toml",
    "libs/b/pyproject.toml",
    "libs/b/node_modules/x/pyproject.toml",
    "tools/one.py",
    "tools/two.py",
    "tools/deep/three.py",
)


@pytest.fixture
def tree(tmp_path: Path) -> ProjectTree:
    return ProjectTree(write_project(tmp_path, dict.fromkeys(FILES, "")))


def _members(tree: ProjectTree, *patterns: str, exclude: tuple[str, ...] = ()) -> list[str]:
    return list(find_members(tree, tuple((text, Origin("frazil.toml", 1)) for text in patterns), exclude))


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["services/*"], ["services/api", "services/web"]),
        (["services/a*"], ["services/api"]),
        (["./services/*/"], ["services/api", "services/web"]),
        (["services/.*"], ["services/.hidden"]),
        (["libs/*/python"], ["libs/a/python"]),
        (["libs/**"], ["libs/a/python", "libs/b"]),
        (["**/api"], ["services/api"]),
        (["**"], [".", "libs/a/python", "libs/b", "services/api", "services/web"]),
        (["services/api", "services/*"], ["services/api", "services/web"]),
        (["."], ["."]),
    ],
)
def test_a_member_is_a_folder_with_a_manifest(tree: ProjectTree, patterns: list[str], found: list[str]) -> None:
    assert _members(tree, *patterns) == found


def test_what_is_excluded_is_no_member(tree: ProjectTree) -> None:
    assert _members(tree, "services/*", "libs/**", exclude=("services/web", "libs/a")) == ["libs/b", "services/api"]
    assert _members(tree, "services/*", exclude=("**",)) == []


def test_the_root_is_excluded_only_by_its_own_name(tree: ProjectTree) -> None:
    assert _members(tree, ".", exclude=("*", "**", "?")) == ["."]
    assert _members(tree, ".", exclude=(".",)) == []


def test_a_literal_member_remembers_who_named_it(tree: ProjectTree) -> None:
    found = find_members(tree, (("services/*", Origin("f", 1)), ("services/api", Origin("f", 2))), ())
    assert found == {"services/api": ("services/api", Origin("f", 2)), "services/web": None}


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("servces/*", 'frazil.toml:1: the members "servces/*" are none: no folder that fits has a pyproject.toml'),
        ("services/n*", 'frazil.toml:1: the members "services/n*" are none: no folder that fits has a pyproject.toml'),
        ("services/notes", "frazil.toml:1: the member services/notes has no pyproject.toml"),
        ("nowhere", "frazil.toml:1: the member nowhere has no pyproject.toml"),
        ("../*", "frazil.toml:1: ../* lies outside the project root"),
        ("/srv/*", "frazil.toml:1: /srv/* is a path of one machine"),
    ],
)
def test_a_pattern_that_finds_nothing_is_a_mistake(tree: ProjectTree, pattern: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _members(tree, pattern)
    assert caught.value.sentence == sentence


def test_what_would_change_the_answer_is_remembered(tree: ProjectTree) -> None:
    _members(tree, "services/*", "libs/*/python")
    assert tree.folders == {"services", "libs"}
    assert {"services/notes/pyproject.toml", "libs/b/python/pyproject.toml"} <= tree.absent


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("tools/*.py", ["tools/one.py", "tools/two.py"]),
        ("tools/**/*.py", ["tools/deep/three.py", "tools/one.py", "tools/two.py"]),
        ("tools/t??.py", ["tools/two.py"]),
        ("tools/one.py", ["tools/one.py"]),
        ("tools/**", ["tools/deep/three.py", "tools/one.py", "tools/two.py"]),
        ("services/*", ["services/file"]),
    ],
)
def test_scripts_are_files(tree: ProjectTree, pattern: str, found: list[str]) -> None:
    assert find_scripts(tree, (pattern, Origin("frazil.toml", 1)), ()) == found


def test_what_is_excluded_is_no_script(tree: ProjectTree) -> None:
    assert find_scripts(tree, ("tools/*.py", Origin("frazil.toml", 1)), ("tools/two.py",)) == ["tools/one.py"]
