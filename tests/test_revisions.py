"""Files of a revision are read from git, and what git cannot give is one sentence."""

import os
from pathlib import Path

import pytest

from frazil.errors import UsageError
from frazil.revisions import changed_since, check_revision, files_at_revision, read_at_revision
from tests.support.repositories import commit_all, git, new_repository

ENVIRON = os.environ


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = new_repository(tmp_path / "top")
    (top / "app" / "src").mkdir(parents=True)
    (top / "app" / "a.txt").write_text("one\n")
    (top / "app" / "src" / "b.txt").write_text("two\n")
    (top / "top.txt").write_text("top\n")
    commit_all(top)
    git(top, "tag", "v1")
    (top / "app" / "a.txt").write_text("changed\n")
    return top


def test_a_path_counts_from_the_top_or_after_a_dot_from_the_folder(repository: Path) -> None:
    app = repository / "app"
    assert read_at_revision(app, "v1", "app/a.txt", environ=ENVIRON) == b"one\n"
    assert read_at_revision(app, "v1", "./a.txt", environ=ENVIRON) == b"one\n"
    assert read_at_revision(app, "v1", "../top.txt", environ=ENVIRON) == b"top\n"
    assert read_at_revision(app, "v1", "a.txt", environ=ENVIRON) is None


def test_what_is_staged_is_an_empty_revision(repository: Path) -> None:
    git(repository, "add", "app/a.txt")
    assert read_at_revision(repository, "", "app/a.txt", environ=ENVIRON) == b"changed\n"
    assert read_at_revision(repository, "", "gone.txt", environ=ENVIRON) is None


def test_no_more_is_read_than_was_asked_for(repository: Path) -> None:
    assert read_at_revision(repository, "v1", "top.txt", environ=ENVIRON, limit=2) == b"top"


@pytest.mark.parametrize("revision", ["mian", "v2", "--output=x", "-x", "HEAD~9", "a b", "\N{SNOWMAN}", "x\0y"])
def test_a_revision_that_is_not_there_is_one_sentence(repository: Path, revision: str) -> None:
    for read in (
        lambda: read_at_revision(repository, revision, "top.txt", environ=ENVIRON),
        lambda: check_revision(repository, revision, environ=ENVIRON),
        lambda: changed_since(repository, revision, environ=ENVIRON),
    ):
        with pytest.raises(UsageError, match="git knows no revision"):
            read()
    assert not (repository / "x").exists()


def test_a_name_that_is_nearly_one_is_offered(repository: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check_revision(repository, "mian", environ=ENVIRON)
    assert caught.value.hint == "did you mean main?"


def test_outside_of_a_repository_and_without_git_and_without_a_folder_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no git repository"):
        read_at_revision(tmp_path, "v1", "a", environ={**ENVIRON, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    with pytest.raises(UsageError, match="there is no folder"):
        read_at_revision(tmp_path / "gone", "v1", "a", environ=ENVIRON)


def test_without_git_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is needed"):
        read_at_revision(tmp_path, "v1", "a", environ={"PATH": str(tmp_path)})


def test_what_changed_is_committed_staged_changed_new_and_gone_below_the_folder(repository: Path) -> None:
    app = repository / "app"
    assert changed_since(app, "v1", environ=ENVIRON) == ("a.txt",)
    (repository / "other.txt").write_text("elsewhere\n")
    (app / "src" / "b.txt").unlink()
    (app / "new file.txt").write_text("\n")
    (app / "staged.txt").write_text("\n")
    git(repository, "add", "app/staged.txt")
    (app / "committed.txt").write_text("\n")
    git(repository, "add", "app/committed.txt")
    git(repository, "commit", "--quiet", "--message", "more")
    (repository / ".gitignore").write_text("*.log\n")
    (app / "noise.log").write_text("\n")
    assert changed_since(app, "v1", environ=ENVIRON) == (
        "a.txt",
        "committed.txt",
        "new file.txt",
        "src/b.txt",
        "staged.txt",
    )


def test_a_renamed_file_is_one_that_went_and_one_that_came(repository: Path) -> None:
    git(repository, "mv", "top.txt", "renamed.txt")
    assert {"top.txt", "renamed.txt"} <= {*changed_since(repository, "v1", environ=ENVIRON)}


def test_the_variables_of_a_hook_do_not_lead_elsewhere(repository: Path, tmp_path: Path) -> None:
    other = new_repository(tmp_path / "other")
    environ = {**ENVIRON, "GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / "index")}
    assert read_at_revision(repository, "v1", "top.txt", environ=environ) == b"top\n"


def test_all_files_of_a_revision_are_read_by_one_git(repository: Path) -> None:
    for folder, below in ((repository, "app"), (repository / "app", "."), (repository, "./app")):
        with files_at_revision(folder, "v1", below, environ=ENVIRON) as files:
            assert sorted(files.paths) == ["a.txt", "src/b.txt"]
            assert [files.read(path) for path in ("src/b.txt", "a.txt", "src/b.txt")] == [b"two\n", b"one\n", b"two\n"]
    with files_at_revision(repository, "v1", "", environ=ENVIRON) as files:
        assert sorted(files.paths) == ["app/a.txt", "app/src/b.txt", "top.txt"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_links_are_no_files_of_a_revision(repository: Path) -> None:
    (repository / "link.txt").symlink_to("top.txt")
    commit_all(repository)
    with files_at_revision(repository, "main", "", environ=ENVIRON) as files:
        assert "link.txt" not in files.paths
