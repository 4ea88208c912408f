"""Real caches hold to the same contract as ours in the tests."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cache_programs import PROGRAMS, as_who
from tests.support.index_server import IndexServer, world
from tests.support.teams import PACKAGES, Team, contents

pytestmark = pytest.mark.integration


@pytest.fixture(params=PROGRAMS)
def team(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    as_who(monkeypatch)
    folder = tmp_path / request.param
    folder.mkdir()
    with IndexServer() as index, PROGRAMS[request.param](folder) as address:
        yield Team(tmp_path, world(index, PACKAGES), address)


def test_what_one_worked_out_the_others_load_without_the_index(team: Team) -> None:
    writer = team.fill()
    team.index.close()
    reader = team.machine("reader")
    fetched = reader.ensure()
    assert (fetched.tier, fetched.resolution, fetched.fetch.shared) == ("fetch", "shared-cache", 3)
    assert (contents(reader), reader.lock.read_bytes()) == (contents(writer), writer.lock.read_bytes())
    locked = team.machine("locked")
    shutil.copy(writer.lock, locked.lock)
    fetched = locked.ensure()
    assert (fetched.tier, fetched.resolution, fetched.fetch.shared) == ("fetch", "lock", 3)
    locked.forget_output()
    assert (locked.ensure().tier, locked.ensure().tier) == ("resolve-result", "fetch-result")
    assert (reader.warnings, locked.warnings) == ([], [])


def test_a_sound_entry_stays_when_another_machine_finds_something_else(team: Team) -> None:
    writer = team.fill()
    team.index.add_wheel("click", "9.0")
    other = team.machine("other", write=True)
    other.resolve()
    assert other.lock.read_bytes() != writer.lock.read_bytes()
    reader = team.machine("reader")
    assert reader.ensure().resolution == "shared-cache"
    assert reader.lock.read_bytes() == writer.lock.read_bytes()


def test_eight_writers_at_once_leave_one_whole_resolution(team: Team) -> None:
    machines = [team.machine(f"writer-{number}", write=True) for number in range(8)]
    threads = [threading.Thread(target=machine.ensure) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [machine.warnings for machine in machines] == [[]] * 8
    team.index.close()
    reader = team.machine("reader")
    assert (reader.ensure().tier, reader.warnings) == ("fetch", [])
    assert reader.lock.read_bytes() == machines[0].lock.read_bytes()


def test_a_big_file_goes_there_and_back(team: Team) -> None:
    big = bytes(range(256)) * 40_000
    team.index.add_wheel("click", "8.2", files={"click/data.bin": big})
    writer = team.fill()
    team.index.close()
    reader = team.machine("reader")
    assert (reader.ensure().fetch.shared, reader.warnings) == (3, [])
    assert contents(reader) == contents(writer)
