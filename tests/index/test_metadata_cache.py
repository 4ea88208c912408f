"""The cache of metadata: it answers what it was told, or nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.atomic import forbid_writes
from frazil.catalog import Unreadable
from frazil.index.metadata_cache import FOLDER, MetadataCache
from frazil.model import Metadata

SHA256 = "ab" * 32
APP = ("foo", "1.0")
KNOWN = Metadata("foo", "1.0", ("bar>=1", "ä; extra == 'x'"), ">=3.8", ("x",), "MIT")


@pytest.mark.parametrize("known", [KNOWN, Metadata("foo", "1.0"), Unreadable("why"), Unreadable("why", dynamic=True)])
def test_what_is_kept_is_read_again_by_another_run(tmp_path: Path, known: Metadata | Unreadable) -> None:
    MetadataCache(tmp_path).write(SHA256, "", *APP, known)
    assert MetadataCache(tmp_path).read(SHA256, "", *APP) == known


def test_what_was_not_kept_is_a_miss(tmp_path: Path) -> None:
    MetadataCache(tmp_path).write(SHA256, "", *APP, KNOWN)
    assert MetadataCache(tmp_path).read("cd" * 32, "", *APP) is None


def test_the_word_of_one_index_does_not_count_for_another(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path)
    cache.write(SHA256, "https://evil.example/", *APP, KNOWN)
    assert cache.read(SHA256, "https://evil.example/", *APP) == KNOWN
    assert cache.read(SHA256, "https://index.example/", *APP) is None
    assert cache.read(SHA256, "", *APP) is None


def test_the_same_bytes_under_another_name_or_version_are_a_miss(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path)
    cache.write(SHA256, "", "evil", "1.0", Unreadable("its metadata speaks of foo"))
    assert cache.read(SHA256, "", "foo", "1.0") is None
    assert cache.read(SHA256, "", "evil", "1.1") is None
    cache.write(SHA256, "", *APP, KNOWN)
    assert cache.read(SHA256, "", *APP) == KNOWN


def test_a_file_that_was_cut_or_changed_in_any_place_is_a_miss(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path)
    cache.write(SHA256, "", *APP, KNOWN)
    (path,) = (tmp_path / FOLDER).rglob(f"{SHA256}*")
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position])
        assert cache.read(SHA256, "", *APP) is None
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert cache.read(SHA256, "", *APP) is None
    path.write_bytes(whole)
    assert cache.read(SHA256, "", *APP) == KNOWN


def test_many_releases_of_a_project_are_kept_in_a_few_files(tmp_path: Path) -> None:
    def known(number: int) -> Metadata:
        return Metadata("foo", f"1.{number}", (f"bar=={number}",))

    def read(cache: MetadataCache) -> list[object]:
        return [cache.read(f"{number:064x}", "", "foo", f"1.{number}") for number in range(120)]

    for numbers in (range(60), range(60, 120)):
        cache = MetadataCache(tmp_path)
        for number in numbers:
            cache.write(f"{number:064x}", "", "foo", f"1.{number}", known(number))
        cache.close()
    assert read(MetadataCache(tmp_path)) == [known(number) for number in range(120)]
    files = [path for path in (tmp_path / FOLDER).rglob("*") if path.is_file()]
    assert len(files) < 20
    assert MetadataCache(tmp_path).read(f"{20:064x}", "https://index.example/", "foo", "1.20") is None
    assert MetadataCache(tmp_path).read(f"{20:064x}", "", "foo", "1.21") is None
    assert MetadataCache(tmp_path).read(f"{20:064x}", "", "bar", "1.20") is None


def test_a_file_of_many_that_was_cut_or_changed_is_a_miss(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path)
    for number in range(12):
        cache.write(f"{number:064x}", "", *APP, KNOWN)
    cache.close()
    (path,) = (tmp_path / FOLDER).rglob("*.many")
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert MetadataCache(tmp_path).read(f"{11:064x}", "", *APP) is None
        path.write_bytes(whole[:position])
        assert MetadataCache(tmp_path).read(f"{11:064x}", "", *APP) is None


def test_without_a_folder_nothing_is_kept() -> None:
    cache = MetadataCache(None)
    cache.write(SHA256, "", *APP, KNOWN)
    assert cache.read(SHA256, "", *APP) is None


def test_nothing_is_written_while_writes_are_forbidden(tmp_path: Path) -> None:
    with forbid_writes():
        MetadataCache(tmp_path).write(SHA256, "", *APP, KNOWN)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where a folder should be")
    cache = MetadataCache(tmp_path)
    cache.write(SHA256, "", *APP, KNOWN)
    assert cache.read(SHA256, "", *APP) is None


def test_a_folder_where_the_file_should_be_is_a_miss(tmp_path: Path) -> None:
    (tmp_path / FOLDER / SHA256[0] / SHA256).mkdir(parents=True)
    assert MetadataCache(tmp_path).read(SHA256, "", *APP) is None


@given(
    st.builds(
        Metadata,
        *[st.text()] * 2,
        st.lists(st.text()).map(tuple),
        st.none() | st.text(),
        st.lists(st.text()).map(tuple),
    )
)
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, known: Metadata) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-text"
    MetadataCache(folder).write(SHA256, "", *APP, known)
    assert MetadataCache(folder).read(SHA256, "", *APP) == known
    assert [path.name for path in (folder / FOLDER / SHA256[0]).iterdir()] == [SHA256]
