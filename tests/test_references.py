"""A lock is named by a path, a file of a revision, or a revision; a file that is there is always a path."""

import os
import shutil
from pathlib import Path

import pytest

from frazil.errors import LockFileError, LockMissing
from frazil.references import (
    LockReference,
    lock_file,
    lock_in_revision,
    parse_lock_reference,
    parse_lone_lock,
    read_reference,
)
from tests.support.locks import EXAMPLE, example_lock
from tests.support.repositories import commit_all, new_repository

OWN = LockReference(name="frozen.json", folder=Path("/repo/app"), path="frozen.json")


@pytest.mark.parametrize(
    ("written", "folder", "path", "revision"),
    [
        ("a/frozen.json", "a", "frozen.json", None),
        ("v1:app/frozen.json", "", "app/frozen.json", "v1"),
        ("origin/main:./x.json", "", "./x.json", "origin/main"),
        (":frozen.json", "", "frozen.json", ""),
        ("plain", "", "plain", None),
    ],
)
def test_a_lock_is_a_path_or_a_file_of_a_revision(
    tmp_path: Path, written: str, folder: str, path: str, revision: str | None
) -> None:
    found = parse_lock_reference(written, tmp_path)
    assert (found.folder, found.path, found.revision) == (tmp_path / folder, path, revision)
    assert found.name == written
    assert (found.file is None) == (revision is not None)


def test_a_drive_of_windows_is_no_revision(tmp_path: Path) -> None:
    assert parse_lock_reference(r"C:\locks\frozen.json", tmp_path).revision is None
    assert parse_lock_reference("C:/locks/frozen.json", tmp_path).revision is None


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path: Path) -> None:
    name = tmp_path / "v1:frozen.json"
    try:
        shutil.copy(EXAMPLE, name)
    except OSError:
        pytest.skip("no colons in file names here")
    assert parse_lock_reference("v1:frozen.json", tmp_path).revision is None


@pytest.mark.parametrize("written", ["main", "origin/feature/x", "HEAD~2", "1e8e598"])
def test_a_bare_revision_stands_for_the_own_lock_in_it(tmp_path: Path, written: str) -> None:
    assert parse_lone_lock(written, tmp_path) is None
    found = lock_in_revision(written, OWN)
    assert (found.name, found.folder) == (f"{written}:frozen.json", OWN.folder)
    assert (found.path, found.revision) == ("./frozen.json", written)


@pytest.mark.parametrize("written", ["v1:other.json", "gone.json", "folder/gone.json", r"C:\gone"])
def test_what_is_no_bare_revision_stands_for_itself(tmp_path: Path, written: str) -> None:
    assert parse_lone_lock(written, tmp_path) == parse_lock_reference(written, tmp_path)


def test_a_bare_revision_beside_a_lock_of_a_revision_takes_its_path(tmp_path: Path) -> None:
    found = lock_in_revision("v2", parse_lock_reference("v1:app/frozen.json", tmp_path))
    assert (found.revision, found.path, found.name) == ("v2", "app/frozen.json", "v2:app/frozen.json")


def test_a_file_that_has_the_name_of_a_branch_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "main").write_bytes(EXAMPLE.read_bytes())
    found = parse_lone_lock("main", tmp_path)
    assert found is not None
    assert found.revision is None


def test_a_lock_is_read_wherever_it_is(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repository")
    shutil.copy(EXAMPLE, repository / "frozen.json")
    commit_all(repository)
    own = lock_file(repository / "frozen.json")
    for reference in (
        own,
        lock_in_revision("main", own),
        parse_lock_reference(":frozen.json", repository),
    ):
        assert read_reference(reference, environ=os.environ) == example_lock()


def test_what_is_wrong_with_a_lock_is_told_by_the_name_that_it_was_given(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repository")
    (repository / "frozen.json").write_text("{")
    commit_all(repository)
    with pytest.raises(LockFileError, match=r"^main:frozen.json is cut short"):
        read_reference(parse_lock_reference("main:frozen.json", repository), environ=os.environ)
    with pytest.raises(LockMissing, match=r"^there is no other.json in main$"):
        read_reference(parse_lock_reference("main:other.json", repository), environ=os.environ)
    with pytest.raises(LockMissing, match=r"^there is no gone.json in"):
        read_reference(parse_lock_reference("gone.json", repository), environ=os.environ)
