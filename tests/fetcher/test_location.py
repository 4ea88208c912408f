"""Finding a file: what is known goes first, and an index is asked only when nothing else answers."""

import json
import threading
from pathlib import Path

import pytest

from frazil.default_index import MachineIndex
from frazil.errors import IndexUnreachable, OutsideError
from frazil.fetcher.location import (
    FileRoots,
    Whereabouts,
    known_roots,
    origin_of,
    read_learnt_roots,
    write_learnt_root,
)
from frazil.fetcher.plan import Download
from frazil.frozen.model import FrozenIndex
from frazil.model import ArchiveSource, IndexSource, Source
from frazil.settings import Settings

SHA256 = "5" * 64
ROOT = "https://files.index.example/packages/"
ELSEWHERE = "https://mirror.example/packages/"
CORP = "https://index.corp.example/simple/"
DEFAULT = "https://index.example/simple/"


class PagesByHeart:
    """A locator that knows its answers; it records what it was asked."""

    def __init__(
        self, root: str | None = None, address: str | None = None, failure: OutsideError | None = None
    ) -> None:
        self.root, self.address, self.failure = root, address, failure
        self.asked: list[str] = []

    def learn_root(self, index: str, project: str) -> str | None:
        self.asked.append(f"root of {index} by {project}")
        if self.failure is not None:
            raise self.failure
        return self.root

    def locate(self, index: str, project: str, filename: str, sha256: str) -> str | None:
        self.asked.append(f"{filename} on {index}")
        return self.address


def download(
    filename: str = "a-1.0.tar.gz",
    path: str | None = "7e/d4/",
    url: str | None = None,
    source: Source = IndexSource("corp"),
) -> Download:
    return Download(
        filename=filename, sha256=SHA256, size=1, project="a", version="1.0", source=source, path=path, url=url
    )


def known(root: str | None = ROOT, memory: Path | None = None) -> FileRoots:
    return FileRoots(known=(("corp", root),) if root else (), addresses=(("corp", CORP),), memory=memory)


# In order --------------------------------------------------------------------------------------------------


def test_a_known_root_and_the_locks_path_need_no_request() -> None:
    pages = PagesByHeart()
    assert next(Whereabouts(known(), pages).addresses(download())) == f"{ROOT}7e/d4/a-1.0.tar.gz"
    assert pages.asked == []


def test_an_unknown_root_is_learnt_from_one_page_for_all_artifacts() -> None:
    pages = PagesByHeart(root=ROOT)
    where = Whereabouts(known(None), pages)
    for name in ("a-1.0.tar.gz", "b-1.0.tar.gz", "c-1.0.tar.gz"):
        assert next(where.addresses(download(name))) == f"{ROOT}7e/d4/{name}"
    assert pages.asked == ["root of corp by a"]


def test_threads_that_need_a_root_at_once_read_one_page() -> None:
    pages = PagesByHeart(root=ROOT)
    where = Whereabouts(known(None), pages)
    threads = [threading.Thread(target=lambda: next(where.addresses(download()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages.asked == ["root of corp by a"]


def test_where_the_root_lacks_the_file_its_page_is_asked() -> None:
    pages = PagesByHeart(address=f"{ELSEWHERE}aa/a-1.0.tar.gz")
    assert list(Whereabouts(known(), pages).addresses(download())) == [
        f"{ROOT}7e/d4/a-1.0.tar.gz",
        f"{ELSEWHERE}aa/a-1.0.tar.gz",
    ]
    assert pages.asked == ["a-1.0.tar.gz on corp"]


def test_an_address_that_did_not_do_is_not_tried_again() -> None:
    pages = PagesByHeart(address=f"{ROOT}7e/d4/a-1.0.tar.gz")
    assert len(list(Whereabouts(known(), pages).addresses(download()))) == 1


def test_a_file_without_a_path_is_located_by_its_page_alone() -> None:
    pages = PagesByHeart(address=f"{ELSEWHERE}get?file=a")
    assert list(Whereabouts(known(), pages).addresses(download(path=None))) == [f"{ELSEWHERE}get?file=a"]
    assert pages.asked == ["a-1.0.tar.gz on corp"]


@pytest.mark.parametrize("path", ["../../x/", "/etc/passwd", "%2e%2e/x", "a//b"])
def test_a_path_that_climbs_is_not_followed(path: str) -> None:
    assert list(Whereabouts(known(), PagesByHeart()).addresses(download(path=path))) == []


def test_an_archive_has_the_address_that_the_lock_states() -> None:
    pages = PagesByHeart()
    source = ArchiveSource("https://files.example/a.tgz")
    where = Whereabouts(known(), pages)
    assert list(where.addresses(download(source=source, path=None, url=source.url))) == [source.url]
    assert list(where.addresses(download(source=source, path=None))) == []
    assert pages.asked == []


def test_an_index_that_fails_when_asked_for_its_root_fails_once_for_all() -> None:
    failure = IndexUnreachable("index corp does not answer")
    pages = PagesByHeart(failure=failure)
    where = Whereabouts(known(None), pages)
    for _ in range(3):
        with pytest.raises(IndexUnreachable, match="does not answer"):
            next(where.addresses(download()))
    assert pages.asked == ["root of corp by a"]


def test_what_is_gone_is_named_with_release_and_index() -> None:
    where = Whereabouts(known(), PagesByHeart())
    gone = where.gone(download())
    assert gone.sentence == "a-1.0.tar.gz (a 1.0) is not on index corp any more"
    assert gone.hint == "run `frazil resolve -P a` to choose another one"
    url = "https://u:p@files.example/a.tgz?token=secret#sha256=55"
    archive = where.gone(download(source=ArchiveSource(url), url=url))
    assert archive.sentence == "a-1.0.tar.gz (a 1.0) is not at https://files.example/a.tgz any more"


def test_the_origin_of_bytes_shows_no_secret_query() -> None:
    assert origin_of(download(), "https://files.example/a.tgz?signature=secret") == (
        "index corp (https://files.example/a.tgz)"
    )


# Remembering -----------------------------------------------------------------------------------------------


def test_a_learnt_root_is_remembered_by_the_address_of_its_index(tmp_path: Path) -> None:
    memory = tmp_path / "cache" / "file-roots.json"
    where = Whereabouts(known(None, memory), PagesByHeart(root=ROOT))
    next(where.addresses(download()))
    assert read_learnt_roots(memory) == {CORP: ROOT}


def test_a_root_that_moved_is_known_anew_after_one_file_was_found(tmp_path: Path) -> None:
    memory = tmp_path / "file-roots.json"
    where = Whereabouts(known(ROOT, memory), PagesByHeart())
    where.confirm(download(), f"{ELSEWHERE}7e/d4/a-1.0.tar.gz")
    assert next(where.addresses(download("b-1.0.tar.gz"))) == f"{ELSEWHERE}7e/d4/b-1.0.tar.gz"
    assert read_learnt_roots(memory) == {CORP: ELSEWHERE}


def test_a_file_found_under_another_path_tells_nothing_of_the_root(tmp_path: Path) -> None:
    where = Whereabouts(known(ROOT, tmp_path / "memory"), PagesByHeart())
    where.confirm(download(), f"{ELSEWHERE}other/a-1.0.tar.gz")
    assert next(where.addresses(download())).startswith(ROOT)
    assert not (tmp_path / "memory").exists()


def test_a_memory_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    where = Whereabouts(known(None, tmp_path / "file" / "memory"), PagesByHeart(root=ROOT))
    assert next(where.addresses(download())).startswith(ROOT)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b'{"format": 9, "roots": {}}', b'{"format": 1, "roots": 7}', b"[" * 99_999, b" " * 2_000_000],
)
def test_a_memory_that_cannot_be_read_is_empty(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "memory").write_bytes(data)
    assert read_learnt_roots(tmp_path / "memory") == {}


@pytest.mark.parametrize("root", ["file:///etc/", "https://user:secret@files.example/", "https://files.example", 5])
def test_a_remembered_root_that_is_none_is_not_believed(tmp_path: Path, root: object) -> None:
    (tmp_path / "memory").write_text(json.dumps({"format": 1, "roots": {CORP: root}}))
    assert read_learnt_roots(tmp_path / "memory") == {}


# What is known ---------------------------------------------------------------------------------------------


def roots(tmp_path: Path, *indexes: FrozenIndex, machine: MachineIndex | None = None, **changes: object) -> FileRoots:
    settings = Settings(**{"store": tmp_path / "store", "cache": tmp_path / "cache", **changes})  # type: ignore[arg-type]
    return known_roots(indexes, settings=settings, machine=machine)


def test_a_setting_goes_before_the_lock_and_the_lock_before_what_was_learnt(tmp_path: Path) -> None:
    write_learnt_root(tmp_path / "cache" / "file-roots.json", CORP, "https://learnt.example/")
    bare = FrozenIndex(name="corp", url=CORP)
    declared = FrozenIndex(name="corp", url=CORP, files="https://declared.example/")
    set_here = (("corp", "https://set.example/"),)
    assert roots(tmp_path, bare).known == (("corp", "https://learnt.example/"),)
    assert roots(tmp_path, declared).known == (("corp", "https://declared.example/"),)
    assert roots(tmp_path, declared, index_files=set_here).known == set_here


def test_the_machines_own_index_stands_for_the_one_without_an_address(tmp_path: Path) -> None:
    machine = MachineIndex(url=DEFAULT, files=ROOT)
    found = roots(tmp_path, FrozenIndex(name="default"), FrozenIndex(name="corp", url=CORP), machine=machine)
    assert found.known == (("default", ROOT),)
    assert found.addresses == (("default", DEFAULT), ("corp", CORP))


def test_without_a_cache_nothing_is_remembered(tmp_path: Path) -> None:
    write_learnt_root(tmp_path / "cache" / "file-roots.json", CORP, ROOT)
    found = roots(tmp_path, FrozenIndex(name="corp", url=CORP), no_cache=True)
    assert (found.known, found.memory) == ((), None)
