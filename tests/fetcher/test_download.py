"""Downloads from a real server that also misbehaves: what is kept, what is asked, what is said."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import (
    ArtifactGone,
    AuthenticationError,
    DiskError,
    IndexAnswerError,
    IndexUnreachable,
    IntegrityError,
    Offline,
    SharedCacheFailed,
)
from frazil.events import ArtifactStored, BytesReceived, DownloadPlanned, Event
from frazil.fetcher.download import BIG, Downloaded, download_artifacts
from frazil.fetcher.location import FileRoots
from frazil.fetcher.plan import Download, plan_fetch
from frazil.frozen.selection import SelectedArtifact
from frazil.http import Client
from frazil.index.locator import PageLocator
from frazil.model import ArchiveSource, VcsSource
from frazil.project.declaration import DeclaredIndex
from frazil.settings import Settings
from frazil.store.content import Store
from tests.support.index_server import IndexFile, IndexServer
from tests.support.stored import selected, selected_file, selection_of

SOURCE = Path(__file__).parents[2] / "src"
ROOT = Path(__file__).parents[2]


class Fetch:
    """Stage 2 against one index: what a run of frazil puts together."""

    def __init__(self, folder: Path, server: IndexServer) -> None:
        self.folder, self.server = folder, server
        self.store = Store(folder / "store")
        self.heard: list[Event] = []
        self.settings = Settings(store=self.store.root, cache=folder / "cache", retries=0, timeout=5)
        self.roots = FileRoots(known=(("default", server.files_url),))

    def plan(self, *artifacts: SelectedArtifact) -> tuple[Download, ...]:
        return plan_fetch(
            selection_of(*artifacts), present=lambda a: self.store.has(a.sha256, a.filename, a.size)
        ).downloads

    def bring(self, *artifacts: SelectedArtifact, **more: object) -> Downloaded:
        with contextlib.closing(Client(self.settings)) as client:
            index = DeclaredIndex(name="default", url=self.server.url)
            return download_artifacts(
                self.plan(*artifacts),
                client=client,
                store=self.store,
                roots=self.roots,
                locator=PageLocator((index,), client, self.settings.cache, None),
                reporter=self.heard.append,
                **more,  # type: ignore[arg-type]
            )

    def has(self, *artifacts: SelectedArtifact) -> list[bool]:
        return [self.store.has(one.artifact.sha256, one.artifact.filename, one.artifact.size) for one in artifacts]

    def leftovers(self) -> list[str]:
        return [path.name for path in (self.store.root / "tmp").glob("*")]


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as running:
        yield running


@pytest.fixture
def fetch(tmp_path: Path, server: IndexServer) -> Fetch:
    return Fetch(tmp_path, server)


def offered(server: IndexServer, name: str, size: int = 1000) -> tuple[SelectedArtifact, IndexFile]:
    """Offer a file of so many bytes; return it as a lock selects it, and as the server keeps it."""
    data = (name.encode() * (size // len(name) + 1))[:size]
    file = server.add_file(name, f"{name}-1.0.tar.gz", data, version="1.0")
    return selected_file(file, name), file


def path_of(file: IndexFile) -> str:
    return f"/packages/{file.path}"


# All well --------------------------------------------------------------------------------------------------


def test_each_artifact_is_one_request_and_lies_in_the_store_afterwards(fetch: Fetch, server: IndexServer) -> None:
    artifacts = [offered(server, name)[0] for name in ("alpha", "beta", "gamma")]
    assert fetch.bring(*artifacts) == Downloaded(3, 3000)
    assert fetch.has(*artifacts) == [True] * 3
    assert len(server.log) == 3
    assert server.pages_asked() == []
    assert fetch.leftovers() == []


def test_big_and_small_ones_come_side_by_side_and_are_all_right(fetch: Fetch, server: IndexServer) -> None:
    artifacts = [offered(server, f"small{number}", 1000 + number)[0] for number in range(40)]
    artifacts += [offered(server, f"big{number}", BIG + number)[0] for number in range(3)]
    outcome = fetch.bring(*artifacts)
    assert outcome.artifacts == 43
    assert all(fetch.has(*artifacts))
    assert all(verdict.damage is None for verdict in fetch.store.verify())
    assert len(server.log) == 43


def test_what_happens_is_told(fetch: Fetch, server: IndexServer) -> None:
    one, two = offered(server, "alpha", 10)[0], offered(server, "beta", 20)[0]
    fetch.bring(one, two)
    assert fetch.heard[0] == DownloadPlanned(2, 30)
    assert {ArtifactStored("alpha-1.0.tar.gz", 10), ArtifactStored("beta-1.0.tar.gz", 20)} <= set(fetch.heard)
    assert sum(event.count for event in fetch.heard if isinstance(event, BytesReceived)) == 30


def test_with_nothing_to_download_nothing_is_asked_or_told(fetch: Fetch, server: IndexServer) -> None:
    one, _ = offered(server, "alpha")
    fetch.bring(one)
    server.forget()
    fetch.heard.clear()
    assert fetch.bring(one) == Downloaded()
    assert (server.log, fetch.heard) == ([], [])


def test_an_artifact_that_another_process_stored_meanwhile_is_not_asked_for(fetch: Fetch, server: IndexServer) -> None:
    one, file = offered(server, "alpha")
    downloads = fetch.plan(one)
    with fetch.store.writer(file.sha256, file.filename, file.size) as writer:
        writer.write(file.data)
    with contextlib.closing(Client(fetch.settings)) as client:
        locator = PageLocator((), client, None, None)
        download_artifacts(downloads, client=client, store=fetch.store, roots=fetch.roots, locator=locator)
    assert server.log == []


def test_offline_with_everything_in_the_store_no_request_is_made_or_needed(
    fetch: Fetch, server: IndexServer, tmp_path: Path
) -> None:
    one, _ = offered(server, "alpha")
    fetch.bring(one)
    server.forget()
    fetch.settings = Settings(store=fetch.store.root, cache=tmp_path / "cache", offline=True)
    assert fetch.bring(one) == Downloaded()
    assert server.log == []


def test_offline_all_that_the_store_lacks_is_named_at_once(fetch: Fetch, server: IndexServer, tmp_path: Path) -> None:
    artifacts = [offered(server, name)[0] for name in ("beta", "alpha")]
    fetch.settings = Settings(store=fetch.store.root, cache=tmp_path / "cache", offline=True)
    with pytest.raises(Offline, match="2 artifacts are not in the store") as caught:
        fetch.bring(*artifacts)
    assert caught.value.details == ("alpha-1.0.tar.gz", "beta-1.0.tar.gz")
    with pytest.raises(Offline, match=r"alpha-1\.0\.tar\.gz is not in the store"):
        fetch.bring(artifacts[1])
    assert server.log == []


# Finding ---------------------------------------------------------------------------------------------------


def test_where_the_root_is_unknown_one_page_teaches_it(fetch: Fetch, server: IndexServer) -> None:
    fetch.roots = FileRoots()
    artifacts = [offered(server, name)[0] for name in ("alpha", "beta", "gamma")]
    fetch.bring(*artifacts)
    assert len(server.pages_asked()) == 1
    assert all(fetch.has(*artifacts))


def test_a_file_that_moved_is_found_by_its_page(fetch: Fetch, server: IndexServer) -> None:
    one, file = offered(server, "alpha")
    server.move_file(file, "moved/alpha-1.0.tar.gz")
    fetch.bring(one)
    assert fetch.has(one) == [True]
    assert server.pages_asked() == ["alpha"]


def test_when_all_files_moved_to_another_host_one_page_is_enough(fetch: Fetch, tmp_path: Path) -> None:
    with IndexServer() as new_files, IndexServer(files=new_files) as index:
        moved = Fetch(tmp_path, index)
        moved.roots = FileRoots(known=(("default", fetch.server.files_url),))
        big = [offered(index, name, BIG)[0] for name in ("alpha",)]
        moved.bring(*big)
        rest = [offered(index, name)[0] for name in ("beta", "gamma")]
        moved.bring(*rest)
        assert all(moved.has(*big, *rest))
        assert len(set(index.pages_asked())) <= 3


def test_another_file_of_the_same_name_on_the_page_is_not_taken(fetch: Fetch, server: IndexServer) -> None:
    one, file = offered(server, "alpha")
    server.add_file("alpha", file.filename, b"rebuilt", version="1.0")
    server.withdraw(file)
    with pytest.raises(ArtifactGone):
        fetch.bring(one)


def test_a_file_that_is_gone_is_named_and_the_others_are_kept(fetch: Fetch, server: IndexServer) -> None:
    (one, file), (two, _) = offered(server, "alpha"), offered(server, "beta")
    server.remove_file(file)
    with pytest.raises(ArtifactGone, match=r"alpha-1\.0\.tar\.gz \(alpha 1\.0\) is not on index default any more"):
        fetch.bring(one, two)
    assert fetch.has(one, two) == [False, True]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_followed(fetch: Fetch, server: IndexServer, status: int) -> None:
    with IndexServer() as mirror:
        one, file = offered(mirror, "alpha")
        server.redirect("/packages/*", mirror.files_url, status=status)
        fetch.bring(one)
    assert fetch.has(one) == [True]
    assert server.asked() == [path_of(file)]


def test_an_archive_is_fetched_from_its_address(fetch: Fetch, server: IndexServer) -> None:
    url = server.serve("/direct/a-1.0.tar.gz", b"archive")
    one = selected("a-1.0.tar.gz", b"archive", source=ArchiveSource(url), path=None)
    fetch.bring(one)
    assert fetch.has(one) == [True]
    gone = selected(
        "b-1.0.tar.gz", b"other", source=ArchiveSource(f"{server.origin}/gone.tar.gz?key=secret"), path=None
    )
    with pytest.raises(ArtifactGone, match=r"is not at http://[^?]*/gone\.tar\.gz any more"):
        fetch.bring(gone)


def test_an_archive_of_the_project_itself_is_read_from_there(fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a-1.0.tar.gz").write_bytes(b"archive")
    one = selected("a-1.0.tar.gz", b"archive", source=ArchiveSource("file:vendor/a-1.0.tar.gz"), path=None)
    fetch.bring(one, root=tmp_path)
    assert fetch.has(one) == [True]
    changed = selected("a-1.0.tar.gz", b"another", source=ArchiveSource("file:vendor/a-1.0.tar.gz"), path=None)
    with pytest.raises(IntegrityError):
        fetch.bring(changed, root=tmp_path)
    gone = selected("b-1.0.tar.gz", b"other", source=ArchiveSource("file:vendor/b-1.0.tar.gz"), path=None)
    for root in (tmp_path, None):
        with pytest.raises(ArtifactGone, match=r"is not at vendor/b-1\.0\.tar\.gz of the project"):
            fetch.bring(gone, root=root)


# Wrong bytes -----------------------------------------------------------------------------------------------


def test_wrong_bytes_are_an_integrity_error_that_is_not_retried_and_keeps_nothing(
    fetch: Fetch, server: IndexServer
) -> None:
    one, file = offered(server, "alpha")
    server.fault(path_of(file), body=b"x" * file.size)
    with pytest.raises(IntegrityError, match="is not the file that was locked") as caught:
        fetch.bring(one)
    assert caught.value.exit_code == 4
    assert file.sha256 in caught.value.details[0]
    assert f"from index default ({file.url})" in caught.value.details[1]
    assert "frazil resolve -P alpha" in (caught.value.hint or "")
    assert fetch.has(one) == [False]
    assert fetch.leftovers() == []
    assert server.asked() == [path_of(file)]


@pytest.mark.parametrize("size", [0, 1, 999, 1001, 100_000])
def test_a_complete_file_of_another_size_is_an_integrity_error(fetch: Fetch, server: IndexServer, size: int) -> None:
    one, file = offered(server, "alpha")
    server.fault(path_of(file), body=(file.data * 100)[:size])
    with pytest.raises(IntegrityError):
        fetch.bring(one)
    assert fetch.has(one) == [False]
    assert server.asked() == [path_of(file)]


@pytest.mark.promise("R9")
def test_the_bad_ones_are_named_and_the_good_ones_kept(fetch: Fetch, server: IndexServer) -> None:
    offers = [offered(server, name) for name in ("alpha", "beta", "gamma", "delta")]
    server.fault(path_of(offers[0][1]), body=b"wrong")
    server.remove_file(offers[1][1])
    with pytest.raises(IntegrityError, match=r"alpha-1\.0\.tar\.gz is not the file") as caught:
        fetch.bring(*(artifact for artifact, _ in offers))
    assert caught.value.details[-1] == "also: beta-1.0.tar.gz (beta 1.0) is not on index default any more"
    assert fetch.has(*(artifact for artifact, _ in offers)) == [False, False, True, True]


# Faults on the way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"truncate": 400}, {"truncate": 0}, {"reset": True}])
def test_a_connection_that_breaks_once_is_healed_by_another_try(
    fetch: Fetch, server: IndexServer, how: dict[str, object], tmp_path: Path
) -> None:
    fetch.settings = Settings(store=fetch.store.root, cache=tmp_path / "cache", retries=2)
    one, file = offered(server, "alpha")
    server.fault(path_of(file), times=1, **how)
    fetch.bring(one)
    assert fetch.has(one) == [True]
    assert len(server.log) == 2
    assert sum(event.count for event in fetch.heard if isinstance(event, BytesReceived)) == file.size


def test_a_body_that_always_breaks_is_unreachable_not_an_integrity_error(fetch: Fetch, server: IndexServer) -> None:
    one, file = offered(server, "alpha")
    server.fault(path_of(file), truncate=400)
    with pytest.raises(IndexUnreachable):
        fetch.bring(one)
    assert len(server.log) == 2
    assert fetch.has(one) == [False]
    assert fetch.leftovers() == []


@contextlib.contextmanager
def closing_server(*bodies: bytes) -> Iterator[tuple[str, list[int]]]:
    """Answer each connection with the next body, states no length and hangs up, as HTTP/1.0 does."""
    asked: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for body in bodies:
                with contextlib.suppress(OSError), listener.accept()[0] as connection:
                    asked.append(len(connection.recv(65536)))
                    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/a-1.0.tar.gz", asked
        listener.shutdown(socket.SHUT_RDWR)  # or the thread would wait in `accept` for ever
        thread.join(10)


def test_a_body_without_a_length_that_ends_too_early_is_tried_again(fetch: Fetch) -> None:
    with closing_server(b"the whole", b"the whole file") as (url, asked):
        one = selected("a-1.0.tar.gz", b"the whole file", source=ArchiveSource(url), path=None)
        fetch.bring(one)
        assert fetch.has(one) == [True]
        assert len(asked) == 2


def test_a_body_without_a_length_that_always_ends_too_early_is_another_file(fetch: Fetch) -> None:
    with closing_server(b"the whole", b"the whole") as (url, asked):
        one = selected("a-1.0.tar.gz", b"the whole file", source=ArchiveSource(url), path=None)
        with pytest.raises(IntegrityError):
            fetch.bring(one)
        assert len(asked) == 2


def test_one_artifact_with_a_broken_server_does_not_cost_the_others(fetch: Fetch, server: IndexServer) -> None:
    (one, file), (two, _) = offered(server, "alpha"), offered(server, "beta")
    server.fault(path_of(file), status=500)
    with pytest.raises(IndexUnreachable):
        fetch.bring(one, two)
    assert fetch.has(one, two) == [False, True]


def test_a_refused_login_is_an_authentication_error(fetch: Fetch, server: IndexServer) -> None:
    one, _ = offered(server, "alpha")
    server.require_auth("user", "password")
    with pytest.raises(AuthenticationError):
        fetch.bring(one)


def test_an_index_that_is_down_is_not_asked_for_every_artifact(fetch: Fetch, server: IndexServer) -> None:
    artifacts = [offered(server, f"a{number}")[0] for number in range(100)]
    server.fault("/packages/*", status=503)
    with pytest.raises(IndexUnreachable) as caught:
        fetch.bring(*artifacts)
    assert caught.value.details[-1].endswith("more were not tried")
    assert len(server.log) < 50


@pytest.mark.promise("R9")
@pytest.mark.parametrize("status", [400, 418])
def test_another_refusal_is_final_at_once(fetch: Fetch, server: IndexServer, status: int) -> None:
    one, file = offered(server, "alpha")
    server.fault(path_of(file), status=status)
    with pytest.raises(IndexAnswerError):
        fetch.bring(one)
    assert server.asked() == [path_of(file)]


# Other sources ---------------------------------------------------------------------------------------------


class FolderCache:
    """A shared cache in memory: bytes by digest, or a failure."""

    def __init__(self, contents: dict[str, bytes], failure: Exception | None = None) -> None:
        self.contents, self.failure = contents, failure
        self.kept: dict[str, Path] = {}

    @contextlib.contextmanager
    def fetch_artifact(self, sha256: str, size: int) -> Iterator[Iterator[bytes] | None]:
        if self.failure is not None:
            raise self.failure
        data = self.contents.get(sha256)
        assert data is None or size
        yield None if data is None else iter([data[:5], data[5:]])

    def keep_artifact(self, sha256: str, size: int, path: Path) -> None:
        assert path.stat().st_size == size
        self.kept[sha256] = path


def test_what_the_shared_cache_has_is_not_asked_of_the_index(fetch: Fetch, server: IndexServer) -> None:
    (one, file), (two, other) = offered(server, "alpha"), offered(server, "beta")
    outcome = fetch.bring(one, two, shared=FolderCache({file.sha256: file.data}))
    assert outcome == Downloaded(2, 2000, shared=1)
    assert server.asked() == [path_of(other)]


def test_what_came_from_the_index_is_offered_to_the_shared_cache_once_it_is_verified(
    fetch: Fetch, server: IndexServer
) -> None:
    (one, file), (two, other) = offered(server, "alpha"), offered(server, "beta")
    bad, poisoned = offered(server, "gamma")
    server.fault(path_of(poisoned), body=b"poison")
    cache = FolderCache({file.sha256: file.data})
    with pytest.raises(IntegrityError):
        fetch.bring(one, two, bad, shared=cache)
    assert {sha256: path.read_bytes() for sha256, path in cache.kept.items()} == {other.sha256: other.data}


@pytest.mark.parametrize(
    "cache",
    [FolderCache({}, IndexUnreachable("shared cache did not answer")), FolderCache({"*": b""})],
    ids=["down", "miss"],
)
def test_a_shared_cache_that_fails_or_misses_changes_nothing(
    fetch: Fetch, server: IndexServer, cache: FolderCache
) -> None:
    one, _ = offered(server, "alpha")
    assert fetch.bring(one, shared=cache) == Downloaded(1, 1000)


def test_wrong_bytes_from_a_shared_cache_send_us_to_the_index(fetch: Fetch, server: IndexServer) -> None:
    one, file = offered(server, "alpha")
    fetch.bring(one, shared=FolderCache({file.sha256: b"poison"}))
    assert fetch.has(one) == [True]
    assert server.asked() == [path_of(file)]


def test_a_shared_cache_that_is_required_and_fails_is_the_error(fetch: Fetch, server: IndexServer) -> None:
    one, _ = offered(server, "alpha")
    with pytest.raises(SharedCacheFailed, match="is down"):
        fetch.bring(one, shared=FolderCache({}, SharedCacheFailed("it is down")))
    assert server.asked() == []


class Packs:
    @contextlib.contextmanager
    def pack(self, source: VcsSource, filename: str) -> Iterator[Iterator[bytes]]:
        yield iter([f"{filename} of {source.commit_id}".encode()])


def test_a_commit_is_packed_and_verified_like_a_download(fetch: Fetch) -> None:
    source = VcsSource("git", "https://git.example/a", "v1", "f" * 40)
    one = selected("a-1.0.tar", f"a-1.0.tar of {'f' * 40}".encode(), source=source, path=None)
    other = selected("b-1.0.tar", b"something else", source=source, path=None)
    fetch.bring(one, packer=Packs())
    assert fetch.has(one) == [True]
    with pytest.raises(IntegrityError):
        fetch.bring(other, packer=Packs())
    with pytest.raises(IndexUnreachable, match="comes from a git repository"):
        fetch.bring(other)


# The machine -----------------------------------------------------------------------------------------------

RUN = """
    import contextlib, resource, sys
    from pathlib import Path
    from frazil.errors import FrazilError
    from frazil.fetcher.download import download_artifacts
    from frazil.fetcher.location import FileRoots
    from frazil.fetcher.plan import Download
    from frazil.http import Client
    from frazil.model import IndexSource
    from frazil.settings import Settings
    from frazil.store.content import Store

    folder, root, path, filename, sha256, size, limit = sys.argv[1:]
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    download = Download(filename=filename, sha256=sha256, size=int(size), project="a", version="1",
                        source=IndexSource("default"), path=path)
    settings = Settings(store=Path(folder) / "store", cache=Path(folder) / "cache", timeout=60)
    client = Client(settings)
    def heard(event):
        if type(event).__name__ == "BytesReceived":
            print(event.count, flush=True)
    try:
        download_artifacts((download,), client=client, store=Store(settings.store),
                           roots=FileRoots(known=(("default", root),)), locator=None, reporter=heard)
    except KeyboardInterrupt:
        client.close()
        print("interrupted")
        sys.exit(130)
    except FrazilError as error:
        print(type(error).__name__, error.sentence)
        sys.exit(error.exit_code)
"""


def start(folder: Path, server: IndexServer, file: IndexFile, limit: int = 0) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-c", textwrap.dedent(RUN), str(folder), server.files_url),
            *(file.path, file.filename, file.sha256, str(file.size), str(limit)),
        ],
        env={**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_half(process: "subprocess.Popen[str]", file: IndexFile) -> None:
    """Return when half of the body is there: the server stalls now, and the client waits."""
    assert process.stdout is not None
    received = 0
    while received < file.size // 2:
        received += int(process.stdout.readline())


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_an_interrupt_ends_a_stalled_download_and_leaves_nothing(tmp_path: Path, server: IndexServer) -> None:
    _, file = offered(server, "alpha", 3_000_000)
    server.fault(path_of(file), stall=100)
    with start(tmp_path, server, file) as process:
        wait_for_half(process, file)
        process.send_signal(signal.SIGINT)
        # Far less than the server would keep it waiting.
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "")
    assert "interrupted" in output
    assert list((tmp_path / "store" / "tmp").iterdir()) == []
    assert not list((tmp_path / "store").rglob("*.tar.gz"))


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_a_kill_in_the_middle_leaves_no_entry_and_the_next_run_needs_no_help(
    tmp_path: Path, server: IndexServer
) -> None:
    one, file = offered(server, "alpha", 3_000_000)
    fault = server.fault(path_of(file), stall=100)
    with start(tmp_path, server, file) as process:
        wait_for_half(process, file)
        process.kill()
        process.communicate()
    fetch = Fetch(tmp_path, server)
    assert fetch.has(one) == [False]
    fault.times = 0
    fetch.bring(one)
    assert fetch.has(one) == [True]


@pytest.mark.skipif(os.name == "nt", reason="limits as on POSIX")
def test_a_disk_that_takes_no_more_is_one_sentence_and_leaves_nothing(tmp_path: Path, server: IndexServer) -> None:
    _, file = offered(server, "alpha", 2_000_000)
    with start(tmp_path, server, file, limit=1_000_000) as process:
        output, errors = process.communicate()
    assert (process.returncode, errors) == (DiskError.exit_code, "")
    assert output.splitlines()[-1].startswith("DiskError cannot write ")
    assert list((tmp_path / "store" / "tmp").iterdir()) == []
