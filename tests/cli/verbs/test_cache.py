"""Where store and cache are, how large, and emptying them."""

import os
import re
import sys
from pathlib import Path

import pytest

import frazil.resolutions
from frazil.store.content import Store
from frazil.upkeep import OWN
from tests.support.command_lines import run_line
from tests.support.stored import store_artifact

NAME = "a-1-py3-none-any.whl"


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A folder with a store of one artifact and a cache of three files, two of them frazil's."""
    store_artifact(Store(tmp_path / "store"), NAME, b"x" * 1500)
    cache = tmp_path / "cache"
    (cache / "http-1" / "ab").mkdir(parents=True)
    (cache / "http-1" / "ab" / "page").write_bytes(b"y" * 400)
    (cache / "fetch-results").mkdir()
    (cache / "fetch-results" / "one").write_bytes(b"z" * 100)
    (cache / "diary.txt").write_text("dear diary")
    return tmp_path


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_dir_names_both_places(tmp_path: Path) -> None:
    ran = run_line("cache", "dir", folder=tmp_path)
    assert (ran.out, ran.err) == (f"store  {tmp_path / 'store'}\ncache  {tmp_path / 'cache'}\n", "")


def test_dir_of_one_place_is_a_path_alone_for_scripts(tmp_path: Path) -> None:
    assert run_line("cache", "dir", "store", folder=tmp_path).out == f"{tmp_path / 'store'}\n"
    assert run_line("cache", "dir", "cache", "-q", folder=tmp_path).out == f"{tmp_path / 'cache'}\n"


def test_a_flag_says_where_a_place_is(tmp_path: Path) -> None:
    assert run_line("cache", "dir", "store", "--store", "here", folder=tmp_path).out == f"{tmp_path / 'here'}\n"


def test_size_measures_both_and_leaves_out_what_is_not_frazils(filled: Path) -> None:
    assert run_line("cache", "size", folder=filled).out.split("\n") == [
        f"store  1.5 kB     1 artifact  {filled / 'store'}",
        f"cache  500 bytes  2 files     {filled / 'cache'}",
        "",
    ]


def test_size_of_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert "0 bytes" in run_line("cache", "size", folder=tmp_path).out
    assert list(tmp_path.iterdir()) == []


def test_clean_removes_what_frazil_put_there_and_nothing_else(filled: Path) -> None:
    ran = run_line("cache", "clean", folder=filled)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        f"Removed 1 artifact, 1.5 kB, from the store in {filled / 'store'}\n"
        f"Removed 2 files, 500 bytes, from the cache in {filled / 'cache'}\n"
    )
    assert files_in(filled / "cache") == ["diary.txt"]
    assert NAME not in str(files_in(filled / "store"))


def test_clean_of_one_place_leaves_the_other(filled: Path) -> None:
    run_line("cache", "clean", "cache", folder=filled)
    assert any(NAME in each for each in files_in(filled / "store"))
    assert files_in(filled / "cache") == ["diary.txt"]


def test_a_dry_run_removes_nothing(filled: Path) -> None:
    before = files_in(filled)
    ran = run_line("cache", "clean", "--dry-run", folder=filled)
    assert ran.err.startswith("Would remove 1 artifact, 1.5 kB, from the store")
    assert files_in(filled) == before


def test_cleaning_twice_removes_nothing_the_second_time(filled: Path) -> None:
    run_line("cache", "clean", folder=filled)
    assert run_line("cache", "clean", folder=filled).err.startswith("Removed 0 artifacts, 0 bytes")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_the_cache_is_removed_and_never_followed(filled: Path) -> None:
    precious = filled / "precious"
    precious.mkdir()
    (precious / "thing").write_text("keep me")
    (filled / "cache" / "metadata-v1").symlink_to(precious)
    (filled / "cache" / "http-1" / "link").symlink_to(precious / "thing")
    run_line("cache", "clean", "cache", folder=filled)
    assert files_in(filled / "cache") == ["diary.txt"]
    assert (precious / "thing").read_text() == "keep me"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may remove anything")
def test_a_cache_that_cannot_be_changed_is_one_sentence(filled: Path) -> None:
    (filled / "cache" / "http-1" / "ab").chmod(0o500)
    ran = run_line("cache", "clean", "cache", folder=filled)
    (filled / "cache" / "http-1" / "ab").chmod(0o700)
    assert ran.code == 2
    assert ran.err.startswith("error: cannot remove")


def test_every_folder_that_the_rooms_keep_in_the_cache_is_known() -> None:
    sources = (Path(__file__).parents[3] / "src" / "frazil").rglob("*.py")
    named = re.compile(r'^_?FOLDER = "([^"]+)"$', re.MULTILINE)
    names = {name for source in sources for name in named.findall(source.read_text(encoding="utf-8"))}
    assert {"http-1", "stamps-v1"} < names
    names |= {frazil.resolutions._FOLDER, "CACHEDIR.TAG"}
    assert {name for name in names if not OWN.fullmatch(name)} == set()


@pytest.mark.parametrize("line", ["cache", "cache sizes", "cache dir attic"])
def test_an_action_that_is_none_says_which_there_are(line: str) -> None:
    ran = run_line(*line.split())
    assert ran.code == 2
    assert "it takes dir, size, prune, verify, key or clean" in ran.err.lower() or "it takes store or cache" in ran.err
