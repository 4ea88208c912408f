"""Finding files that a lock names, with one page or none."""

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from frazil.atomic import forbid_writes
from frazil.errors import ConfigurationError, IndexUnreachable
from frazil.http import Client
from frazil.index.locator import PageLocator
from frazil.index.roots import FOLDER
from frazil.project.declaration import DeclaredIndex
from tests.support.index_server import IndexServer

SOURCE = Path(__file__).parents[2] / "src"


def locator(server: IndexServer, client: Client, cache: Path | None = None) -> PageLocator:
    return PageLocator((DeclaredIndex(name="corp", url=server.url),), client, cache, None)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_root_is_learnt_from_one_page_and_kept(client: Client, index_server: IndexServer, tmp_path: Path) -> None:
    index_server.add_wheel("app", "1.0")
    first = locator(index_server, client, tmp_path)
    assert first.learn_root("corp", "app") == index_server.files_url
    assert first.learn_root("corp", "other") == index_server.files_url
    assert locator(index_server, client, tmp_path).learn_root("corp", "other") == index_server.files_url
    assert index_server.asked() == ["/simple/app/"]


def test_the_address_of_the_index_stands_in_no_file_name(
    client: Client, index_server: IndexServer, tmp_path: Path
) -> None:
    index_server.add_wheel("app", "1.0")
    locator(index_server, client, tmp_path).learn_root("corp", "app")
    assert files_in(tmp_path / FOLDER)
    assert not [path for path in files_in(tmp_path / FOLDER) if "127.0.0.1" in str(path)]


def test_a_root_that_was_damaged_on_disk_is_learnt_again(
    client: Client, index_server: IndexServer, tmp_path: Path
) -> None:
    index_server.add_wheel("app", "1.0")
    locator(index_server, client, tmp_path).learn_root("corp", "app")
    (path,) = files_in(tmp_path / FOLDER)
    for damaged in (b"", path.read_bytes()[:-5], b"\xff" * 80, path.read_bytes().replace(b"packages", b"packagez")):
        path.write_bytes(damaged)
        assert locator(index_server, client, tmp_path).learn_root("corp", "app") == index_server.files_url


def test_no_root_is_learnt_where_there_is_none(client: Client, index_server: IndexServer, tmp_path: Path) -> None:
    index_server.set_status("empty", "active")
    assert locator(index_server, client, tmp_path).learn_root("corp", "missing") is None
    assert locator(index_server, client, tmp_path).learn_root("corp", "empty") is None
    assert files_in(tmp_path / FOLDER) == []


def test_nothing_is_kept_while_writes_are_forbidden(client: Client, index_server: IndexServer, tmp_path: Path) -> None:
    index_server.add_wheel("app", "1.0")
    with forbid_writes():
        assert locator(index_server, client, tmp_path / "roots").learn_root("corp", "app") == index_server.files_url
    assert not (tmp_path / "roots").exists()


def test_a_file_is_located_by_its_name_and_digest(client: Client, index_server: IndexServer) -> None:
    wheel = index_server.add_wheel("app", "1.0")
    index_server.add_wheel("app", "2.0")
    index_server.move_file(wheel, f"moved/{wheel.filename}")
    found = locator(index_server, client)
    assert (
        found.locate("corp", "app", wheel.filename, wheel.sha256) == f"{index_server.files_url}moved/{wheel.filename}"
    )
    assert found.locate("corp", "app", wheel.filename, "ab" * 32) is None
    assert found.locate("corp", "app", "app-3.0-py3-none-any.whl", wheel.sha256) is None
    assert found.locate("corp", "app", "../../etc/passwd", wheel.sha256) is None
    assert found.locate("corp", "missing", "missing-1.0.tar.gz", wheel.sha256) is None
    assert index_server.asked() == ["/simple/app/", "/simple/missing/"]


def test_a_page_without_digests_is_taken_at_its_word(client: Client, index_server: IndexServer) -> None:
    index_server.hashes = False
    wheel = index_server.add_wheel("app", "1.0")
    assert locator(index_server, client).locate("corp", "app", wheel.filename, wheel.sha256) == wheel.url


def test_many_threads_share_one_page(client: Client, index_server: IndexServer) -> None:
    wheel = index_server.add_wheel("app", "1.0")
    index_server.fault("/simple/app/", delay=0.1)
    found, shared = [], locator(index_server, client)

    def ask() -> None:
        found.append(shared.learn_root("corp", "app"))
        found.append(shared.locate("corp", "app", wheel.filename, wheel.sha256))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {index_server.files_url, wheel.url}
    assert index_server.asked() == ["/simple/app/"]


def test_an_index_that_fails_is_a_failure(client: Client, index_server: IndexServer) -> None:
    index_server.fault("/simple/app/", reset=True)
    with pytest.raises(IndexUnreachable):
        locator(index_server, client).learn_root("corp", "app")


def test_an_index_that_is_not_declared_is_named(client: Client, index_server: IndexServer) -> None:
    with pytest.raises(ConfigurationError, match='no index named "gone"'):
        locator(index_server, client).locate("gone", "app", "app-1.0.tar.gz", "ab" * 32)


def test_the_locator_is_imported_without_resolvelib_the_page_parser_or_an_http_library() -> None:
    code = """
        import sys
        import frazil.index.locator
        print([name for name in ("resolvelib", "httpx", "frazil.index.simple", "html", "json") if name in sys.modules])
    """
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n{textwrap.dedent(code)}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() in {"[]", "['json']"}
