"""The rules of a shared cache over every kind of place: written once, read with suspicion, told once."""

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import IndexUnreachable, IntegrityError, SharedCacheFailed
from frazil.events import Event, Noted, Warned
from frazil.remote.address import parse_cache_address
from frazil.remote.backend import Backend
from frazil.remote.cache import RemoteCache, Terms
from frazil.remote.entry import key_of
from frazil.remote.faults import Unfit
from frazil.remote.opening import open_backend
from frazil.settings import Settings
from tests.support.caches import HttpPlace, Place, place_of_kind

PRINT = "ab" * 32


@pytest.fixture(params=["folder", "http", "http-unconditional"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of_kind(request.param, tmp_path) as place:
        yield place


def backend(place: Place, settings: Settings, *, writes: bool = True) -> Backend:
    address = parse_cache_address(place.address)
    opened = open_backend(address, settings, timeout=5, writes=writes, identity=None)
    assert opened is not None
    return opened


class Run:
    """One run's view of a place."""

    def __init__(self, place: Place, settings: Settings, *, required: bool = False) -> None:
        self.heard: list[Event] = []
        terms = Terms(write=True, required=required)
        self.cache = RemoteCache(backend(place, settings), place.address, terms, self.heard.append)

    def keep(self, text: bytes, fingerprint: str = PRINT) -> None:
        self.cache.keep_resolution(fingerprint, text, judge)
        self.cache.finish()

    def find(self, fingerprint: str = PRINT) -> bytes | None:
        return self.cache.find_resolution(fingerprint, judge)

    @property
    def warnings(self) -> list[str]:
        return [event.sentence for event in self.heard if isinstance(event, Warned)]


class Runs:
    """Runs on one place; all are closed at the end of a test."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.place, self.settings = place, settings
        self.begun: list[Run] = []

    def __call__(self, *, required: bool = False) -> Run:
        self.begun.append(Run(self.place, self.settings, required=required))
        return self.begun[-1]

    def close(self) -> None:
        for run in self.begun:
            run.cache.close()


@pytest.fixture
def runs(place: Place, settings: Settings) -> Iterator[Runs]:
    with contextlib.closing(Runs(place, settings)) as runs:
        yield runs


@pytest.fixture
def web_runs(settings: Settings, tmp_path: Path) -> Iterator[Runs]:
    with place_of_kind("http", tmp_path) as place, contextlib.closing(Runs(place, settings)) as runs:
        yield runs


def judge(text: bytes) -> bytes:
    if not text.startswith(b"sound"):
        raise Unfit("it is not sound")
    return text


def entries(place: Place) -> list[bytes]:
    return [data for key, data in place.kept("ac").items() if key == key_of(PRINT).sha256]


def test_what_is_kept_is_found_by_its_fingerprint_alone(runs: Runs) -> None:
    runs().keep(b"sound one")
    reader = runs()
    assert (reader.find(), reader.find("cd" * 32)) == (b"sound one", None)
    assert reader.heard == []


def test_the_first_sound_resolution_stays(runs: Runs) -> None:
    runs().keep(b"sound one")
    runs().keep(b"sound two")
    assert runs().find() == b"sound one"


def test_one_that_is_not_sound_gives_way(runs: Runs) -> None:
    runs().keep(b"rotten")
    runs().keep(b"sound two")
    assert runs().find() == b"sound two"


def test_of_eight_different_answers_at_once_one_is_kept_whole(runs: Runs) -> None:
    for number in range(5):
        fingerprint = f"{number:064}"
        writers = [runs() for _ in range(8)]
        texts = [b"sound " + bytes([65 + each]) * 5000 for each in range(8)]
        threads = [
            threading.Thread(target=run.keep, args=(text, fingerprint))
            for run, text in zip(writers, texts, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = {runs().find(fingerprint) for _ in range(3)}
        assert len(found) == 1
        assert found < set(texts)
        assert [run.warnings for run in writers] == [[]] * 8


@pytest.mark.parametrize("place", ["http", "http-unconditional"], indirect=True)
def test_where_conditions_hold_the_first_of_two_at_once_stays(place: Place, runs: Runs) -> None:
    assert isinstance(place, HttpPlace)
    other = runs()

    def let_the_other_be_faster(path: str) -> None:
        if path.endswith(key_of(PRINT).sha256):
            server.before_put = lambda _path: None
            other.keep(b"sound two")

    server = place.server
    server.before_put = let_the_other_be_faster
    one = runs()
    one.keep(b"sound one")
    assert runs().find() == (b"sound two" if server.conditional else b"sound one")
    assert (one.warnings, other.warnings) == ([], [])


@pytest.mark.parametrize("place", ["http", "http-unconditional"], indirect=True)
def test_a_place_that_ignores_conditions_is_found_out_and_read_back(place: Place, runs: Runs) -> None:
    assert isinstance(place, HttpPlace)
    server = place.server

    runs().keep(b"sound")
    probes = [request for request in server.log if request.path.endswith(key_of("probe").sha256)]
    assert [request.status for request in probes] == ([201, 412] if server.conditional else [201, 201])
    reads = [r for r in server.log if r.method == "GET" and r.path.endswith(key_of(PRINT).sha256)]
    assert len(reads) == (1 if server.conditional else 2)


def test_an_artifact_is_uploaded_once(place: Place, runs: Runs, tmp_path: Path) -> None:
    file = tmp_path / "a.whl"
    file.write_bytes(b"wheel" * 1000)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    for _ in range(2):
        run = runs()
        run.cache.keep_artifact(digest, 5000, file)
        run.cache.finish()
    assert place.kept("cas") == {digest: file.read_bytes()}
    if isinstance(place, HttpPlace):
        assert sum(request.method == "PUT" for request in place.server.log) == 1
    with runs().cache.fetch_artifact(digest, 5000) as chunks:
        assert b"".join(chunks or ()) == file.read_bytes()


def test_an_artifact_of_another_size_does_not_count_as_there(place: Place, runs: Runs, tmp_path: Path) -> None:
    file = tmp_path / "a.whl"
    file.write_bytes(b"wheel")
    digest = hashlib.sha256(b"wheel").hexdigest()
    place.put("cas", digest, b"whe")
    run = runs()
    run.cache.keep_artifact(digest, 5, file)
    run.cache.finish()
    assert place.kept("cas") == {digest: b"wheel"}


def test_trouble_is_told_once_and_noted_after(runs: Runs) -> None:
    run = runs()
    for key in ("ab" * 32, "cd" * 32):
        with pytest.raises(IntegrityError), run.cache.fetch_artifact(key, 1):
            raise IntegrityError("wrong bytes")
    assert len(run.warnings) == 1
    assert sum(isinstance(event, Noted) for event in run.heard) == 1


def test_a_required_cache_raises_what_it_would_have_told(runs: Runs) -> None:
    run = runs(required=True)
    with pytest.raises(SharedCacheFailed), run.cache.fetch_artifact("ab" * 32, 1):
        raise IntegrityError("wrong bytes")
    with pytest.raises(SharedCacheFailed):
        run.cache.finish()


def test_a_body_that_breaks_off_is_an_error_of_the_outside(web_runs: Runs) -> None:
    assert isinstance(web_runs.place, HttpPlace)
    web_runs.place.put("cas", "ab" * 32, b"x" * 100_000)
    web_runs.place.server.cut = True
    run = web_runs()
    with run.cache.fetch_artifact("ab" * 32, 100_000) as chunks, pytest.raises(IndexUnreachable, match="broke off"):
        for _ in chunks or ():
            pass
    assert len(run.warnings) == 1


def test_after_a_failure_the_place_is_left_alone_for_a_while(web_runs: Runs) -> None:
    assert isinstance(web_runs.place, HttpPlace)
    server, run = web_runs.place.server, web_runs()
    server.status = 500
    run.find()
    asked = len(server.log)
    server.status = None
    assert run.find() is None
    with run.cache.fetch_artifact("ab" * 32, 1) as chunks:
        assert chunks is None
    assert len(server.log) == asked
    assert len(run.warnings) == 1


def test_once_it_was_closed_nothing_is_told_any_more(place: Place, runs: Runs) -> None:
    run = runs()
    run.cache.close()
    place.break_down()
    run.keep(b"sound")
    assert run.heard == []


def test_a_place_that_answers_slowly_and_in_vain_is_left_with_one_warning(runs: Runs) -> None:
    run = runs()
    run.cache._health.missed(1.0)
    assert run.find() is None
    assert run.warnings == []
    run.cache._health.missed(5.0)
    assert [run.find(), run.find()] == [None, None]
    (warning,) = run.warnings
    assert "more than 5 seconds of this run" in warning


def test_a_required_place_is_asked_however_slow_it_is(runs: Runs) -> None:
    runs().keep(b"sound")
    run = runs(required=True)
    run.cache._health.missed(1000.0)
    assert run.find() == b"sound"


def test_one_of_a_newer_version_is_a_miss_also_where_the_place_is_required(runs: Runs) -> None:
    def newer(_text: bytes) -> bytes:
        raise Unfit("a newer frazil wrote it", newer=True)

    runs().keep(b"sound")
    run = runs(required=True)
    assert run.cache.find_resolution(PRINT, newer) is None
    assert len(run.warnings) == 1
