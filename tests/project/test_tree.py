"""Reading is strict, and remembers all that it looked at."""

import os
import sys
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError, DiskError
from frazil.project.tree import BYTES_LIMIT, ProjectTree
from tests.support.projects import write_project


def _sentence(root: Path, path: str, **arguments: str) -> str:
    with pytest.raises((ConfigurationError, DiskError)) as caught:
        ProjectTree(root).read_text(path, **arguments)
    return caught.value.sentence


def test_what_was_read_looked_for_and_listed_is_remembered(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.txt": "x", "folder/b.txt": "y"})
    tree = ProjectTree(tmp_path)
    assert tree.read_text("a.txt") == "x"
    assert not tree.has_file("missing.txt")
    assert [entry.name for entry in tree.children("folder")] == ["b.txt"]
    assert (tree.inputs, tree.absent, tree.folders) == ({"a.txt"}, {"missing.txt"}, {"folder"})


def test_a_byte_order_mark_and_foreign_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert ProjectTree(tmp_path).read_text("a.txt") == "one\ntwo\nthree\n"


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(BYTES_LIMIT + 1)
    assert _sentence(tmp_path, "big.txt") == "big.txt is larger than 16 MiB"


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\ntwo \xff\n")
    assert _sentence(tmp_path, "a.txt") == "a.txt:2 is not UTF-8"
    (tmp_path / "b.txt").write_bytes("one".encode("utf-16"))
    assert _sentence(tmp_path, "b.txt") == "b.txt is UTF-16, not UTF-8"


def test_a_missing_file_is_told_by_who_asked_for_it(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert _sentence(tmp_path, "x.txt", asked_by="a.txt:3") == "a.txt:3: x.txt does not exist"
    assert _sentence(tmp_path, "folder", asked_by="a.txt:3") == "a.txt:3: folder is not a file"
    assert _sentence(tmp_path, "x" * 5000).endswith(" does not exist")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert _sentence(tmp_path, "pipe") == "pipe is not a file"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_a_file_that_may_not_be_read_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch(mode=0o000)
    assert _sentence(tmp_path, "a.txt").startswith("cannot read a.txt: ")


def test_the_children_of_what_is_no_folder_are_none(tmp_path: Path) -> None:
    write_project(tmp_path, {"file": ""})
    assert ProjectTree(tmp_path).children("file") == ()
    assert ProjectTree(tmp_path).children("missing") == ()


def test_descendants_leave_out_hidden_folders_caches_environments_and_links(tmp_path: Path) -> None:
    names = ["a/b/f", ".git/f", "node_modules/p/f", "a/__pycache__/f", "env/pyvenv.cfg", "env/lib/f"]
    write_project(tmp_path, dict.fromkeys(names, ""))
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert ProjectTree(tmp_path).descendants(".") == [".", "a", "env", "a/b"]
