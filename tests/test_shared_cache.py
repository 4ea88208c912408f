"""Machines that share a cache: what one worked out, the others load; whatever is wrong with it, all goes on."""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.errors import SharedCacheFailed
from frazil.events import WaitBegan
from frazil.remote.entry import Entry, digest_of, format_entry, key_of
from frazil.settings import RemoteOptions
from tests.support.cache_programs import as_who
from tests.support.cache_server import CacheServer
from tests.support.caches import KINDS, MENDABLE, SERVED, FolderPlace, HttpPlace, Place, ServedPlace, place_of_kind
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine
from tests.support.teams import PACKAGES, WHEELS, Team, contents


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield world(server, PACKAGES)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    as_who(monkeypatch)
    with place_of_kind(request.param, tmp_path) as place:
        yield place


@pytest.fixture(params=SERVED)
def served(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedPlace]:
    as_who(monkeypatch)
    with place_of_kind(request.param, tmp_path) as place:
        assert not isinstance(place, FolderPlace)
        yield place  # type: ignore[misc]


@pytest.fixture
def served_team(tmp_path: Path, index: IndexServer, served: ServedPlace) -> Team:
    return Team(tmp_path, index, served.address)


@pytest.fixture
def web() -> Iterator[HttpPlace]:
    with CacheServer() as server:
        yield HttpPlace(server)


@pytest.fixture
def team(tmp_path: Path, index: IndexServer, place: Place) -> Team:
    return Team(tmp_path, index, place.address)


@pytest.fixture
def web_team(tmp_path: Path, index: IndexServer, web: HttpPlace) -> Team:
    return Team(tmp_path, index, web.address)


def edited(place: Place, change: dict[str, object]) -> None:
    """Let the cache hold another resolution than the one that it was given, with an entry that fits it."""
    ((key, _),) = ((k, e) for k, e in place.kept("ac").items() if k != key_of("probe").sha256)
    (text,) = [data for data in place.kept("cas").values() if data.startswith(b"{")]
    forged = format_json({**json.loads(text), **change})
    place.put("cas", digest_of(forged).sha256, forged)
    place.put("ac", key, format_entry(Entry(digest_of(forged))))


def format_json(value: object) -> bytes:
    return json.dumps(value).encode()


# What one worked out, the others load ----------------------------------------------------------------------


@pytest.mark.behaviour("PA-2")
def test_another_machine_with_the_committed_lock_gets_its_files_without_the_index(team: Team) -> None:
    writer = team.fill()
    team.index.close()
    reader = team.machine("reader")
    shutil.copy(writer.lock, reader.lock)
    fetched = reader.ensure()
    assert (fetched.tier, fetched.resolution, fetched.fetch.shared) == ("fetch", "lock", 3)
    assert contents(reader) == contents(writer)
    assert fetched.fetch.costs.requests == 0
    reader.forget_output()
    assert reader.ensure().tier == "resolve-result"
    assert reader.ensure().tier == "fetch-result"
    assert reader.warnings == []


@pytest.mark.behaviour("PA-17")
def test_another_machine_without_a_lock_gets_resolution_and_files_without_the_index(team: Team) -> None:
    writer = team.fill()
    team.index.close()
    reader = team.machine("reader")
    fetched = reader.ensure()
    assert (fetched.tier, fetched.resolution, fetched.fetch.shared) == ("fetch", "shared-cache", 3)
    assert reader.lock.read_bytes() == writer.lock.read_bytes()
    assert contents(reader) == contents(writer)
    reader.forget_output()
    assert reader.ensure().tier == "resolve-result"
    assert reader.ensure().tier == "fetch-result"
    assert reader.warnings == []


def test_with_every_file_in_the_store_a_resolution_from_the_cache_is_the_second_tier(team: Team) -> None:
    team.fill()
    reader = team.machine("reader")
    reader.ensure()
    team.index.close()
    reader.lock.unlink()
    reader.forget_output()
    linked = reader.ensure()
    assert (linked.tier, linked.resolution) == ("resolve-result", "shared-cache")


def test_a_plain_resolve_writes_its_resolution_and_a_plain_fetch_its_files(team: Team, place: Place) -> None:
    writer = team.machine("writer", write=True)
    writer.resolve()
    assert len(place.kept("cas")) == 1
    writer.fetch()
    assert {hashlib.sha256(data).hexdigest() for data in place.kept("cas").values()} == set(place.kept("cas"))
    assert len(place.kept("cas")) == 4
    reader = team.machine("reader")
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])


def test_nothing_is_written_unless_it_was_asked_for(team: Team, place: Place) -> None:
    reader = team.machine("reader")
    assert reader.ensure().tier == "resolve"
    assert (place.kept("ac"), place.kept("cas")) == ({}, {})


@pytest.mark.behaviour("PA-4")
def test_what_was_loaded_or_found_wrong_is_never_written(team: Team, place: Place) -> None:
    team.fill()
    before = place.kept("ac"), place.kept("cas")
    other = team.machine("other", write=True)
    assert other.ensure().tier == "fetch"
    other.ensure(dry_run=True)
    other.ensure(upgrade=True, dry_run=True)
    assert (place.kept("ac"), place.kept("cas")) == before


def test_an_entry_that_is_sound_stays_whatever_others_find(team: Team, place: Place) -> None:
    team.fill()
    before = place.kept("ac")
    team.index.add_wheel("click", "9.0")
    other = team.machine("other", write=True)
    report = other.resolve()
    assert {c.name: c.version for c in report.frozen.coordinates}["click"] == "9.0"
    assert {key: place.kept("ac")[key] for key in before} == before


def test_reading_and_writing_are_switches_of_their_own(team: Team) -> None:
    team.fill()
    blind = team.machine("blind", write=True, FRAZIL_NO_REMOTE_CACHE_READ="1")
    report = blind.ensure()
    assert (report.tier, report.fetch.shared) == ("resolve", 0)


# Whatever is wrong with it, all goes on --------------------------------------------------------------------


def goes_on(machine: Machine, tier: str = "resolve") -> str:
    """Let a machine ensure; return the one warning that it gave."""
    report = machine.ensure()
    assert report.tier == tier
    assert machine.delivered() == WHEELS
    (warning,) = machine.warnings
    assert machine.remote.address is not None
    return warning


def test_a_cache_that_is_down_is_one_warning(team: Team, place: Place) -> None:
    place.break_down()
    assert "the shared cache" in goes_on(team.machine("reader"))


def test_a_cache_that_is_down_costs_a_writer_one_warning_too(web_team: Team, web: HttpPlace) -> None:
    web.break_down()
    assert "cannot be reached" in goes_on(web_team.machine("writer", write=True))


def test_a_cache_that_is_slow_is_not_waited_for(served_team: Team, served: ServedPlace) -> None:
    served_team.fill()
    served.hold()
    assert "the shared cache" in goes_on(served_team.machine("reader", timeout=0.3))


def test_a_cache_that_becomes_slow_while_files_come_is_left_too(web_team: Team, web: HttpPlace) -> None:
    writer = web_team.fill()
    web.server.held = True
    reader = web_team.machine("reader", timeout=0.3)
    shutil.copy(writer.lock, reader.lock)
    assert "0.3 seconds" in goes_on(reader, tier="fetch")


def test_uploads_that_come_to_no_end_are_waited_for_within_a_bound_and_it_says_so(
    web_team: Team, web: HttpPlace
) -> None:
    going_on = threading.Event()
    web.server.before_put = lambda _path: [going_on.wait(20)].clear()
    writer = web_team.machine("writer", write=True, timeout=0.5)
    assert "0.5 seconds" in goes_on(writer)
    assert any("upload" in event.sentence for event in writer.events if isinstance(event, WaitBegan))
    assert not going_on.is_set()
    going_on.set()


@pytest.mark.parametrize("how", ["drip", "cut"])
def test_bodies_that_drip_or_break_off_are_fetched_from_the_index(web_team: Team, web: HttpPlace, how: str) -> None:
    writer = web_team.fill()
    setattr(web.server, how, True)
    reader = web_team.machine("reader", timeout=0.3)
    shutil.copy(writer.lock, reader.lock)
    goes_on(reader, tier="fetch")


def test_a_cache_that_fails_is_not_asked_again_for_each_file(web_team: Team, web: HttpPlace) -> None:
    writer = web_team.fill()
    web.server.status = 500
    reader = web_team.machine("reader")
    shutil.copy(writer.lock, reader.lock)
    reader.remote = RemoteOptions(address=web.address, timeout=0.5)
    goes_on(reader, tier="fetch")


def test_a_full_cache_is_one_warning(served_team: Team, served: ServedPlace) -> None:
    served.fill_up()
    assert "is no help" in goes_on(served_team.machine("writer", write=True))


def test_a_cache_that_is_full_in_the_middle_is_one_warning(web_team: Team, web: HttpPlace) -> None:
    web.server.room = 500
    assert "nothing is written to it" in goes_on(web_team.machine("writer", write=True))


def test_a_cache_that_may_not_be_written_is_one_warning_and_still_read(team: Team, place: Place) -> None:
    place.refuse_writes()
    assert "the shared cache" in goes_on(team.machine("writer", write=True))


def test_a_token_that_may_only_read_reads(web_team: Team, web: HttpPlace) -> None:
    web.server.token, web.server.write_token = "reads", "writes"
    writer = web_team.machine("writer", write=True, FRAZIL_REMOTE_CACHE_TOKEN="writes")
    writer.ensure()
    assert writer.warnings == []
    web_team.index.add_wheel("click", "9.0")
    reader = web_team.machine("reader", write=True, FRAZIL_REMOTE_CACHE_TOKEN="reads")
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])
    reader.ensure(upgrade=True)
    assert len(reader.warnings) == 1
    assert "may not be written" in reader.warnings[0]
    nobody = web_team.machine("nobody")
    assert "401" in goes_on_upgraded(nobody)


def goes_on_upgraded(machine: Machine) -> str:
    assert machine.ensure().tier == "resolve"
    (warning,) = machine.warnings
    return warning


@pytest.mark.parametrize("place", MENDABLE, indirect=True)
def test_wrong_bytes_are_fetched_from_the_index_and_replaced_by_the_next_writer(team: Team, place: Place) -> None:
    team.fill()
    resolution = next(key for key, data in place.kept("cas").items() if data.startswith(b"{"))
    wheels = [key for key in place.kept("cas") if key != resolution]
    for key in wheels:
        place.put("cas", key, bytes(len(place.kept("cas")[key])))
    warning = goes_on(team.machine("reader"), tier="fetch")
    assert "it has other bytes" in warning
    goes_on(team.machine("mender", write=True), tier="fetch")
    assert all(hashlib.sha256(data).hexdigest() == key for key, data in place.kept("cas").items())
    assert team.machine("later").ensure().fetch.shared == 3


@pytest.mark.parametrize("place", MENDABLE, indirect=True)
def test_a_resolution_with_wrong_bytes_is_a_miss_and_replaced_by_the_next_writer(team: Team, place: Place) -> None:
    writer = team.fill()
    key = digest_of(writer.lock.read_bytes()).sha256
    place.put("cas", key, writer.lock.read_bytes().replace(b"3.0", b"2.0"))
    assert "another sha256" in goes_on(team.machine("reader"))
    goes_on(team.machine("mender", write=True))
    later = team.machine("later")
    assert (later.ensure().tier, later.warnings) == ("fetch", [])


@pytest.mark.parametrize("place", MENDABLE, indirect=True)
@pytest.mark.parametrize("entry", [b"", b"garbage", b"\xff" * 100, format_entry(Entry(digest_of(b"not there")))])
def test_an_entry_that_is_none_is_a_miss_and_gives_way_to_the_next_writer(
    team: Team, entry: bytes, place: Place
) -> None:
    team.fill()
    for key in place.kept("ac"):
        place.put("ac", key, entry)
    assert "its resolution for this project is not used" in goes_on(team.machine("reader"))
    goes_on(team.machine("mender", write=True))
    later = team.machine("later")
    assert (later.ensure().tier, later.warnings) == ("fetch", [])


def test_an_entry_of_another_project_is_a_miss(team: Team, place: Place) -> None:
    team.fill()
    (mine,) = (key for key in place.kept("ac") if key != key_of("probe").sha256)
    other = team.machine("other", write=True)
    other.declare({"web": ["click"]})
    other.ensure()
    (its,) = (key for key in place.kept("ac") if key not in {key_of("probe").sha256, mine})
    place.put("ac", mine, place.kept("ac")[its])
    assert "it answers another question" in goes_on(team.machine("reader"))


@pytest.mark.parametrize(("newer", "says"), [("entry", "a newer frazil wrote it"), ("lock", "has frozen-version 2")])
def test_what_a_later_version_wrote_is_a_miss_and_left_alone(team: Team, newer: str, says: str, place: Place) -> None:
    team.fill()
    (mine,) = (key for key in place.kept("ac") if key != key_of("probe").sha256)
    if newer == "entry":
        place.put("ac", mine, place.kept("ac")[mine].replace(b"resolution 1", b"resolution 2"))
    else:
        edited(place, {"frozen-version": 2})
    before = place.kept("ac")
    assert says in goes_on(team.machine("writer-two", write=True))
    assert place.kept("ac") == before


def test_eight_writers_at_once_leave_one_whole_resolution(team: Team) -> None:
    machines = [team.machine(f"writer-{number}", write=True) for number in range(8)]
    threads = [threading.Thread(target=machine.ensure) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [machine.warnings for machine in machines] == [[]] * 8
    assert {machine.lock.read_bytes() for machine in machines} == {machines[0].lock.read_bytes()}
    team.index.close()
    reader = team.machine("reader")
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])
    assert reader.lock.read_bytes() == machines[0].lock.read_bytes()


def test_offline_no_server_is_asked_and_a_folder_serves(team: Team, place: Place) -> None:
    team.fill()
    reader = team.machine("reader")
    if isinstance(place, FolderPlace):
        assert reader.ensure(offline=True).tier == "fetch"
        return
    if isinstance(place, HttpPlace):
        place.server.forget()
    with pytest.raises(Exception, match="offline"):
        reader.ensure(offline=True)
    if isinstance(place, HttpPlace):
        assert place.server.log == []


# Strangers -------------------------------------------------------------------------------------------------


def test_a_resolution_that_breaks_its_own_graph_is_a_miss(team: Team, place: Place) -> None:
    team.fill()
    (text,) = [data for data in place.kept("cas").values() if data.startswith(b"{")]
    coordinates = [c for c in json.loads(text)["coordinates"] if c["name"] != "werkzeug"]
    edited(place, {"coordinates": coordinates})
    assert "werkzeug" in goes_on(team.machine("reader"))


def test_a_file_root_on_a_foreign_host_is_not_believed(team: Team, place: Place) -> None:
    writer = team.fill()
    (text,) = [data for data in place.kept("cas").values() if data.startswith(b"{")]
    (index,) = json.loads(text)["indexes"]
    edited(place, {"indexes": [{**index, "files": "http://evil.example/"}]})
    reader = team.machine("reader")
    assert reader.ensure().tier == "fetch"
    assert b"evil" not in reader.lock.read_bytes()
    assert reader.delivered() == WHEELS
    assert b'"files"' in writer.lock.read_bytes()


def test_a_file_on_a_foreign_host_is_a_miss(team: Team, place: Place) -> None:
    team.fill()
    (text,) = [data for data in place.kept("cas").values() if data.startswith(b"{")]
    coordinates, (index,) = json.loads(text)["coordinates"], json.loads(text)["indexes"]
    artifact = coordinates[0]["artifacts"][0]
    del artifact["path"]
    artifact["url"] = f"http://evil.example/{artifact['filename']}"
    edited(place, {"coordinates": coordinates, "indexes": [{**index, "files": "http://evil.example/"}]})
    assert "evil.example, which the project does not name" in goes_on(team.machine("reader"))


def test_with_a_key_only_signed_resolutions_are_taken(team: Team) -> None:
    team.fill()
    assert "it is not signed" in goes_on(team.machine("keyed", FRAZIL_CACHE_KEY="one", write=True))
    later = team.machine("later", FRAZIL_CACHE_KEY="one")
    assert (later.ensure().tier, later.warnings) == ("fetch", [])
    assert "signed with another key" in goes_on(team.machine("stranger", FRAZIL_CACHE_KEY="two"))
    keyless = team.machine("keyless")
    assert (keyless.ensure().tier, keyless.warnings) == ("fetch", [])


def test_a_signature_does_not_fit_another_question(team: Team, place: Place) -> None:
    writer = team.machine("writer", write=True, FRAZIL_CACHE_KEY="one")
    writer.ensure()
    (mine,) = (key for key in place.kept("ac") if key != key_of("probe").sha256)
    other = team.machine("other", write=True, FRAZIL_CACHE_KEY="one")
    other.declare({"web": ["flask<3"]})
    other.ensure()
    (its,) = (key for key in place.kept("ac") if key not in {key_of("probe").sha256, mine})
    place.put("ac", mine, place.kept("ac")[its])
    assert "signed with another key" in goes_on(team.machine("reader", FRAZIL_CACHE_KEY="one"))


# Required --------------------------------------------------------------------------------------------------


def test_a_required_cache_that_is_down_is_the_error(team: Team, place: Place) -> None:
    place.break_down()
    with pytest.raises(SharedCacheFailed) as failed:
        team.machine("reader", required=True).ensure()
    assert failed.value.exit_code == 3
    assert failed.value.hint is not None


def test_a_required_cache_that_lies_is_the_error(team: Team, place: Place) -> None:
    team.fill()
    for key, data in place.kept("cas").items():
        place.put("cas", key, data[:-1] + b"?")
    with pytest.raises(SharedCacheFailed):
        team.machine("reader", required=True).ensure()


def test_a_required_cache_that_takes_nothing_is_the_error_at_the_end(team: Team, place: Place) -> None:
    place.refuse_writes()
    writer = team.machine("writer", write=True, required=True, FRAZIL_NO_REMOTE_CACHE_READ="1")
    with pytest.raises(SharedCacheFailed):
        writer.ensure()
    assert writer.delivered() == WHEELS


def test_a_miss_in_a_required_cache_is_no_error(team: Team) -> None:
    assert team.machine("reader", required=True).ensure().tier == "resolve"
