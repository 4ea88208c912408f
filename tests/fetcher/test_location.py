"""Finding a file: what is known goes first, and an index is asked only when nothing else answers."""

import threading
from pathlib import Path

import pytest

from frazil.default_index import MachineIndex
from frazil.errors import IndexUnreachable, OutsideError
from frazil.fetcher.location import FileRoots, Whereabouts, known_roots, origin_of
from frazil.fetcher.plan import Download
from frazil.frozen.model import FrozenIndex
from frazil.model import ArchiveSource, IndexSource, Source
from frazil.settings import Settings

SHA256 = "5" * 64
ROOT = "https://files.index.example/packages/"
ELSEWHERE = "https://mirror.example/packages/"
CORP = "https://index.corp.example/simple/"
DEFAULT = "https://index.example/simple/"

ON_CORP = IndexSource("corp")


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
        assert (project, sha256) == ("a", SHA256)
        self.asked.append(f"{filename} on {index}")
        return self.address


def download(
    filename: str = "a-1.0.tar.gz",
    path: str | None = "7e/d4/",
    url: str | None = None,
    source: Source = ON_CORP,
) -> Download:
    return Download(
        filename=filename, sha256=SHA256, size=1, project="a", version="1.0", source=source, path=path, url=url
    )


KNOWN = FileRoots(known=(("corp", ROOT),))
UNKNOWN = FileRoots()


# In order --------------------------------------------------------------------------------------------------


def test_a_known_root_and_the_locks_path_need_no_request() -> None:
    pages = PagesByHeart()
    assert next(Whereabouts(KNOWN, pages).addresses(download())) == f"{ROOT}7e/d4/a-1.0.tar.gz"
    assert pages.asked == []


def test_an_unknown_root_is_learnt_from_one_page_for_all_artifacts() -> None:
    pages = PagesByHeart(root=ROOT)
    where = Whereabouts(UNKNOWN, pages)
    for name in ("a-1.0.tar.gz", "b-1.0.tar.gz", "c-1.0.tar.gz"):
        assert next(where.addresses(download(name))) == f"{ROOT}7e/d4/{name}"
    assert pages.asked == ["root of corp by a"]


def test_threads_that_need_a_root_at_once_read_one_page() -> None:
    pages = PagesByHeart(root=ROOT)
    where = Whereabouts(UNKNOWN, pages)
    threads = [threading.Thread(target=lambda: next(where.addresses(download()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages.asked == ["root of corp by a"]


def test_where_the_root_lacks_the_file_its_page_is_asked() -> None:
    pages = PagesByHeart(address=f"{ELSEWHERE}aa/a-1.0.tar.gz")
    assert list(Whereabouts(KNOWN, pages).addresses(download())) == [
        f"{ROOT}7e/d4/a-1.0.tar.gz",
        f"{ELSEWHERE}aa/a-1.0.tar.gz",
    ]
    assert pages.asked == ["a-1.0.tar.gz on corp"]


def test_an_address_that_did_not_do_is_not_tried_again() -> None:
    pages = PagesByHeart(address=f"{ROOT}7e/d4/a-1.0.tar.gz")
    assert len(list(Whereabouts(KNOWN, pages).addresses(download()))) == 1


def test_a_file_without_a_path_is_located_by_its_page_alone() -> None:
    pages = PagesByHeart(address=f"{ELSEWHERE}get?file=a")
    assert list(Whereabouts(KNOWN, pages).addresses(download(path=None))) == [f"{ELSEWHERE}get?file=a"]
    assert pages.asked == ["a-1.0.tar.gz on corp"]


@pytest.mark.parametrize("path", ["../../x/", "/etc/passwd", "%2e%2e/x", "a//b"])
def test_a_path_that_climbs_is_not_followed(path: str) -> None:
    assert list(Whereabouts(KNOWN, PagesByHeart()).addresses(download(path=path))) == []


def test_an_archive_has_the_address_that_the_lock_states() -> None:
    pages = PagesByHeart()
    source = ArchiveSource("https://files.example/a.tgz")
    where = Whereabouts(KNOWN, pages)
    assert list(where.addresses(download(source=source, path=None, url=source.url))) == [source.url]
    assert list(where.addresses(download(source=source, path=None))) == []
    assert pages.asked == []


def test_an_index_that_fails_when_asked_for_its_root_fails_once_for_all() -> None:
    failure = IndexUnreachable("index corp does not answer")
    pages = PagesByHeart(failure=failure)
    where = Whereabouts(UNKNOWN, pages)
    for _ in range(3):
        with pytest.raises(IndexUnreachable, match="does not answer"):
            next(where.addresses(download()))
    assert pages.asked == ["root of corp by a"]


def test_what_is_gone_is_named_with_release_and_index() -> None:
    where = Whereabouts(KNOWN, PagesByHeart())
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


# A root that moved -----------------------------------------------------------------------------------------


def test_a_root_that_moved_is_known_anew_after_one_file_was_found() -> None:
    where = Whereabouts(KNOWN, PagesByHeart())
    where.confirm(download(), f"{ELSEWHERE}7e/d4/a-1.0.tar.gz")
    assert next(where.addresses(download("b-1.0.tar.gz"))) == f"{ELSEWHERE}7e/d4/b-1.0.tar.gz"


def test_a_file_found_under_another_path_tells_nothing_of_the_root() -> None:
    where = Whereabouts(KNOWN, PagesByHeart())
    where.confirm(download(), f"{ELSEWHERE}other/a-1.0.tar.gz")
    assert next(where.addresses(download())).startswith(ROOT)


# What is known ---------------------------------------------------------------------------------------------


def roots(
    *indexes: FrozenIndex, machine: MachineIndex | None = None, index_files: tuple[tuple[str, str], ...] = ()
) -> tuple[tuple[str, str], ...]:
    settings = Settings(store=Path("store"), cache=Path("cache"), index_files=index_files)
    return known_roots(indexes, settings=settings, machine=machine).known


def test_a_setting_of_this_machine_goes_before_what_the_lock_declares() -> None:
    declared = FrozenIndex(name="corp", url=CORP, files="https://declared.example/")
    set_here = (("corp", "https://set.example/"),)
    assert roots(FrozenIndex(name="corp", url=CORP)) == ()
    assert roots(declared) == (("corp", "https://declared.example/"),)
    assert roots(declared, index_files=set_here) == set_here


def test_pips_constant_stands_for_the_index_without_an_address_alone() -> None:
    machine = MachineIndex(url=DEFAULT, files=ROOT)
    assert roots(FrozenIndex(name="default"), FrozenIndex(name="corp", url=CORP), machine=machine) == (
        ("default", ROOT),
    )
    assert roots(FrozenIndex(name="default"), machine=MachineIndex(url=DEFAULT)) == ()
