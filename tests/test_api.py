"""The documented functions, on a project and an index that are really there."""

from pathlib import Path

import pytest

from frazil import api
from frazil.errors import ConfigurationError, LockMissing, StaleLock
from frazil.settings import Settings
from tests.support.index_server import IndexServer, world

PROJECT = """
[project]
name = "app"
version = "1"
dependencies = ["flask>=3"]

[tool.frazil.environments.linux]
python = "3.12"
platform = "manylinux_2_28_x86_64"

[[tool.frazil.index]]
name = "here"
url = "{url}"
"""


@pytest.fixture
def project(tmp_path: Path, index_server: IndexServer) -> Path:
    """A project of one target on an index of its own, below a folder that is no project."""
    world(index_server, {"flask": {"3.0": ["werkzeug"]}, "werkzeug": {"3.0": [], "2.0": []}})
    root = tmp_path / "project"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "pyproject.toml").write_text(PROJECT.format(url=index_server.url))
    return root


def test_resolve_writes_a_lock_that_fetch_delivers_and_ensure_finds_in_place(project: Path, settings: Settings) -> None:
    resolved = api.resolve(project, settings=settings)
    assert (resolved.written, resolved.lock) == (True, project / "frozen.json")
    fetched = api.fetch(project, settings=settings)
    assert (fetched.artifacts, fetched.fetched, fetched.out) == (2, 2, project / ".frazil" / "out")
    assert api.ensure(project, settings=settings).tier == "fetch-result"
    assert {coordinate.name for coordinate in api.read_frozen(project / "frozen.json").coordinates} == {
        "flask",
        "werkzeug",
    }


def test_any_folder_of_the_project_will_do(project: Path, settings: Settings) -> None:
    assert api.resolve(str(project / "src" / "deep"), settings=settings).lock == project / "frozen.json"
    assert api.find_lock(project / "src" / "deep") == project / "frozen.json"


def test_a_check_writes_nothing_and_says_no(project: Path, settings: Settings) -> None:
    with pytest.raises(StaleLock):
        api.resolve(project, check=True, settings=settings)
    assert not (project / "frozen.json").exists()


def test_a_lock_alone_is_enough_to_fetch_and_to_ensure(project: Path, settings: Settings, tmp_path: Path) -> None:
    api.resolve(project, settings=settings)
    alone = tmp_path / "alone"
    (alone / "below").mkdir(parents=True)
    (alone / "frozen.json").write_bytes((project / "frozen.json").read_bytes())
    assert api.fetch(alone / "below", out=tmp_path / "wheels", settings=settings).artifacts == 2
    assert api.ensure(alone, frozen=True, settings=settings).fetch.out == alone / ".frazil" / "out"
    assert api.fetch(tmp_path, lock=alone / "frozen.json", settings=settings).artifacts == 2


def test_neither_project_nor_lock_is_an_error_that_says_where_it_looked(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(LockMissing, match=f"there is no frozen.json in {tmp_path} or above"):
        api.fetch(tmp_path, settings=settings)
    with pytest.raises(LockMissing):
        api.ensure(tmp_path, frozen=True, settings=settings)
    for function in (api.ensure, api.resolve):
        with pytest.raises(ConfigurationError, match=r"no pyproject\.toml and no frazil\.toml"):
            function(tmp_path, settings=settings)
