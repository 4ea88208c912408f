"""Projects on disk for tests: files by path, read as a user's are."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from frazil.errors import ConfigurationError
from frazil.project.declaration import DeclaredProject, Target
from frazil.project.reading import read_project

LINUX = """
[tool.frazil.environments.linux]
python = "3.12"
platform = "manylinux_2_28_x86_64"
"""


def write_project(root: Path, files: Mapping[str, str]) -> Path:
    """Write files, their common indent removed, and return the root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def read_files(root: Path, files: Mapping[str, str]) -> DeclaredProject:
    """Write files and read the project that they make."""
    return read_project(write_project(root, files), environ={})


def refused(root: Path, files: Mapping[str, str]) -> ConfigurationError:
    """Write files that are no project, and return the error."""
    write_project(root, files)
    with pytest.raises(ConfigurationError) as caught:
        read_project(root, environ={})
    return caught.value


def target_named(project: DeclaredProject, name: str) -> Target:
    target = project.target(name)
    assert target is not None, [each.name for each in project.targets]
    return target


def wishes_of(project: DeclaredProject, name: str) -> list[str]:
    """Return the requirements of a target as text."""
    return [str(declared.requirement) for declared in target_named(project, name).requirements]
