"""Real caches hold to the same contract as ours in the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cache_programs import PROGRAMS, as_who
from tests.support.index_server import IndexServer, world
from tests.support.real_places import real_place
from tests.support.teams import PACKAGES, Team, contents

pytestmark = pytest.mark.integration


@pytest.fixture(params=PROGRAMS)
def team(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    as_who(monkeypatch)
    folder = tmp_path / request.param
    folder.mkdir()
    with IndexServer() as index, PROGRAMS[request.param](folder) as address:
        yield Team(tmp_path, world(index, PACKAGES), address)


def test_a_big_file_goes_there_and_back(team: Team) -> None:
    big = bytes(range(256)) * 40_000
    team.index.add_wheel("click", "8.2", files={"click/data.bin": big})
    writer = team.fill()
    team.index.close()
    reader = team.machine("reader")
    assert (reader.ensure().fetch.shared, reader.warnings) == (3, [])
    assert contents(reader) == contents(writer)


def test_what_rots_on_the_disk_of_casd_is_one_warning_and_never_used(
    tmp_path: Path,
) -> None:
    with IndexServer() as index, real_place("casd", tmp_path) as place:
        team = Team(tmp_path, world(index, PACKAGES), place.address)
        writer = team.fill()
        for key, data in place.kept("cas").items():
            place.put("cas", key, data[:-1] + b"?")
        reader = team.machine("reader", write=True)
        assert reader.ensure().tier == "resolve"
        assert len(reader.warnings) == 1
        assert contents(reader) == contents(writer)
        for key in place.kept("ac"):
            place.put("ac", key, b"\xff" * 100)
        other = team.machine("other")
        assert other.ensure().tier == "resolve"
        assert contents(other) == contents(writer)
