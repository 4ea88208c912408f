"""Files brought to this machine: each is the one that is meant, comes once, and goes to the store where that may be."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.address import ArchiveAddress
from frazil.atomic import forbid_writes
from frazil.errors import ArtifactGone, ConfigurationError, IntegrityError
from frazil.http import Client
from frazil.model import Offer
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.supply import Supply
from frazil.values import replace
from tests.support.index_server import IndexFile, IndexServer
from tests.support.tree import snapshot


@pytest.fixture
def wheel(index_server: IndexServer) -> IndexFile:
    return index_server.add_wheel("acme", "1.0")


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with Client(settings) as found:
        yield found


@pytest.fixture
def supply(tmp_path: Path, client: Client, settings: Settings) -> Iterator[Supply]:
    found = Supply(tmp_path, lambda: client, settings)
    yield found
    found.close()


def offer_of(file: IndexFile) -> Offer:
    return Offer(file.filename, file.url, sha256=file.sha256, size=file.size)


def test_a_file_comes_once_and_lies_in_the_store(
    supply: Supply, wheel: IndexFile, index_server: IndexServer, settings: Settings
) -> None:
    path = supply.file_of(offer_of(wheel))
    assert path.read_bytes() == wheel.data
    assert supply.file_of(offer_of(wheel)) == path
    assert path == Store(settings.store).path(wheel.sha256, wheel.filename)
    assert len(index_server.asked()) == 1


def test_a_file_of_the_store_is_not_asked_for(
    wheel: IndexFile, index_server: IndexServer, client: Client, settings: Settings, tmp_path: Path
) -> None:
    for _ in range(2):
        supply = Supply(tmp_path, lambda: client, settings)
        supply.file_of(offer_of(wheel))
        supply.close()
    assert len(index_server.asked()) == 1


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size": 7}, {"size": 1 << 30}])
def test_a_file_that_is_not_as_its_index_says_is_refused_and_not_kept(
    supply: Supply, wheel: IndexFile, settings: Settings, change: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        supply.file_of(replace(offer_of(wheel), **change))  # type: ignore[arg-type]
    assert list(Store(settings.store).entries()) == []


def test_a_file_of_which_nothing_is_stated_is_what_it_is(supply: Supply, wheel: IndexFile) -> None:
    assert supply.file_of(Offer(wheel.filename, wheel.url)).read_bytes() == wheel.data


def test_a_file_that_is_not_there_is_gone(supply: Supply, wheel: IndexFile, index_server: IndexServer) -> None:
    index_server.withdraw(wheel)
    with pytest.raises(ArtifactGone, match=wheel.filename):
        supply.file_of(offer_of(wheel))


def test_an_archive_at_an_address_is_told_by_digest_and_size(supply: Supply, wheel: IndexFile) -> None:
    found = supply.archive_at(ArchiveAddress(wheel.url))
    assert (found.sha256, found.size) == (wheel.sha256, wheel.size)


def test_an_archive_must_be_the_one_that_was_locked(supply: Supply, wheel: IndexFile) -> None:
    with pytest.raises(IntegrityError) as caught:
        supply.archive_at(ArchiveAddress(wheel.url), locked="0" * 64)
    assert f"expected sha256 {'0' * 64}" in caught.value.details
    assert f"got      sha256 {wheel.sha256}" in caught.value.details


def test_an_address_without_a_plain_file_name_is_refused(supply: Supply) -> None:
    with pytest.raises(ConfigurationError, match="does not end in the name of a file"):
        supply.archive_at(ArchiveAddress("https://h.example/nul.whl"))


def test_a_file_of_the_project_is_read_below_its_root(supply: Supply, tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.zip").write_bytes(b"zip")
    assert supply.archive_at(ArchiveAddress("file:vendor/a.zip")).sha256 == hashlib.sha256(b"zip").hexdigest()
    with pytest.raises(ConfigurationError, match=r"there is no file vendor/b\.zip in the project"):
        supply.archive_at(ArchiveAddress("file:vendor/b.zip"))


def test_a_run_that_must_write_nothing_keeps_files_only_as_long_as_it_lasts(
    wheel: IndexFile, client: Client, settings: Settings, tmp_path: Path
) -> None:
    before = snapshot(tmp_path)
    with forbid_writes():
        supply = Supply(tmp_path, lambda: client, settings)
        path = supply.file_of(offer_of(wheel))
        assert path.read_bytes() == wheel.data
        supply.close()
    assert not path.exists()
    assert snapshot(tmp_path) == before
