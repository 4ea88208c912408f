"""Metadata of files: the least that has to be read, and whose word counts for what."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from frazil.catalog import Unreadable
from frazil.errors import ArtifactGone, IndexAnswerError, IndexUnreachable, IntegrityError
from frazil.http import Client
from frazil.index.core_metadata import METADATA_LIMIT
from frazil.index.metadata import MetadataReader
from frazil.index.metadata_cache import MetadataCache
from frazil.model import Metadata, Offer
from tests.support.archives import metadata_text, tar_gz_bytes, wheel_bytes
from tests.support.index_server import IndexFile, IndexServer

SCOPE = "https://index.example/simple/"

Read = Callable[..., Metadata | Unreadable]


@pytest.fixture
def read(client: Client, tmp_path: Path) -> Read:
    """Read what a file says, as of a new run with the cache of the last."""

    def read(offer: Offer, *, project: str = "app", version: str = "1.0", scope: str = SCOPE) -> Metadata | Unreadable:
        return MetadataReader(client, MetadataCache(tmp_path)).fetch_metadata(project, version, offer, scope)

    return read


def offer_of(file: IndexFile, *, metadata: bool | str = False, sha256: bool = True, size: bool = True) -> Offer:
    digest = None
    if metadata is True:
        assert file.metadata is not None
        digest = hashlib.sha256(file.metadata).hexdigest()
    elif isinstance(metadata, str):
        digest = metadata
    return Offer(
        file.filename,
        file.url,
        sha256=file.sha256 if sha256 else None,
        size=file.size if size else None,
        metadata=digest,
    )


def is_app(known: Metadata | Unreadable) -> bool:
    return isinstance(known, Metadata) and (known.name, known.version, known.requires_dist) == ("app", "1.0", ("lib",))


# The metadata file -----------------------------------------------------------------------------------------


def test_a_metadata_file_with_the_wrong_digest_is_an_integrity_error(read: Read, index_server: IndexServer) -> None:
    offer = offer_of(index_server.add_wheel("app", "1.0"), metadata="ab" * 32)
    with pytest.raises(IntegrityError, match=r"app-1\.0-py3-none-any\.whl") as caught:
        read(offer)
    assert any("ab" * 32 in line for line in caught.value.details)


def test_a_metadata_file_that_was_promised_and_is_not_there_is_read_out_of_the_wheel(
    read: Read, index_server: IndexServer
) -> None:
    index_server.metadata = "404"
    assert is_app(read(offer_of(index_server.add_wheel("app", "1.0", requires=["lib"]), metadata=True)))
    assert [(r.path.endswith(".metadata"), r.status) for r in index_server.log] == [(True, 404), (False, 206)]


def test_a_metadata_file_of_unknown_digest_that_is_something_else_does_not_count(
    read: Read, index_server: IndexServer
) -> None:
    wheel = index_server.add_wheel("app", "1.0", requires=["lib"])
    index_server.fault(f"/packages/{wheel.path}.metadata", body=b"<html>log in</html>")
    assert is_app(read(offer_of(wheel, metadata="")))


def test_a_metadata_file_that_never_ends_is_an_error_of_the_index(read: Read, index_server: IndexServer) -> None:
    wheel = index_server.add_wheel("app", "1.0")
    index_server.fault(f"/packages/{wheel.path}.metadata", body=b"x" * (METADATA_LIMIT + 1))
    with pytest.raises(IndexAnswerError):
        read(offer_of(wheel, metadata=""))


def test_the_metadata_file_of_an_address_with_a_query_lies_beside_the_path(
    read: Read, index_server: IndexServer
) -> None:
    wheel = index_server.add_wheel("app", "1.0", requires=["lib"])
    offer = offer_of(wheel, metadata=True)
    assert is_app(read(replace(offer, url=f"{offer.url}?token=x")))
    assert index_server.asked() == [f"/packages/{wheel.path}.metadata?token=x"]


# Wheels ----------------------------------------------------------------------------------------------------


def big_wheel(server: IndexServer) -> IndexFile:
    """A wheel whose metadata lies at its beginning, far from its directory."""
    noise = {f"noise{n}": hashlib.sha512(str(n).encode()).digest() * 4000 for n in range(4)}
    text = metadata_text("app", "1.0", requires=["lib"])
    members = {"app-1.0.dist-info/METADATA": text.encode(), **noise}
    return server.add_file("app", "app-1.0-py3-none-any.whl", _stored(members), version="1.0", metadata=text.encode())


def _stored(members: dict[str, bytes]) -> bytes:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_metadata_at_the_other_end_of_a_wheel_costs_two_requests_and_no_wheel(
    read: Read, index_server: IndexServer, client: Client
) -> None:
    wheel = big_wheel(index_server)
    assert is_app(read(offer_of(wheel)))
    assert [request.status for request in index_server.log] == [206, 206]
    assert client.received < wheel.size / 4


def test_where_no_ranges_are_given_a_small_wheel_comes_with_the_first_request(
    read: Read, index_server: IndexServer
) -> None:
    index_server.ranges = False
    assert is_app(read(offer_of(index_server.add_wheel("app", "1.0", requires=["lib"]))))
    assert [request.status for request in index_server.log] == [200]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_small_wheel_that_came_whole_is_verified(read: Read, index_server: IndexServer, ranges: bool) -> None:
    index_server.ranges = ranges
    wheel = index_server.add_wheel("app", "1.0", requires=["lib"])
    with pytest.raises(IntegrityError, match="not what its index promised"):
        read(replace(offer_of(wheel), sha256="ab" * 32))


@pytest.mark.parametrize("size", [True, False])
@pytest.mark.parametrize("sha256", [True, False])
def test_where_no_ranges_are_given_the_whole_wheel_is_read(
    read: Read, index_server: IndexServer, size: bool, sha256: bool
) -> None:
    index_server.ranges = False
    assert is_app(read(offer_of(big_wheel(index_server), size=size, sha256=sha256)))


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 416},
        {"status": 400},
        {"status": 206, "headers": {"Content-Range": "bytes 0-4/5"}, "body": b"short"},
        {"status": 206, "headers": {"Content-Range": "bytes 0-4/nonsense"}, "body": b"short"},
        {"status": 206, "headers": {"Content-Range": "bytes 3-9/10"}, "body": b"short"},
        {"status": 206, "body": b"no range stated"},
    ],
)
def test_ranges_that_are_not_what_was_asked_for_are_not_trusted(
    read: Read, index_server: IndexServer, fault: dict[str, object]
) -> None:
    wheel = big_wheel(index_server)
    index_server.fault(f"/packages/{wheel.path}", times=1, **fault)
    assert is_app(read(offer_of(wheel)))


def test_a_whole_wheel_that_is_not_what_was_promised_is_an_integrity_error(
    read: Read, index_server: IndexServer
) -> None:
    index_server.ranges = False
    wheel = big_wheel(index_server)
    index_server.fault(f"/packages/{wheel.path}", body=wheel.data[:-1] + b"x")
    with pytest.raises(IntegrityError, match="not what its index promised"):
        read(offer_of(wheel))


@pytest.mark.parametrize("change", [b"", b"xxxx"])
def test_a_whole_wheel_of_another_size_is_an_integrity_error(
    read: Read, index_server: IndexServer, change: bytes
) -> None:
    index_server.ranges = False
    wheel = big_wheel(index_server)
    index_server.fault(f"/packages/{wheel.path}", body=wheel.data + change if change else wheel.data[:-5])
    with pytest.raises(IntegrityError, match="not as large as"):
        read(offer_of(wheel, sha256=False))


def test_no_more_is_read_of_a_file_than_its_index_says(read: Read, index_server: IndexServer, client: Client) -> None:
    sdist = index_server.add_sdist("app", "1.0")
    index_server.fault(f"/packages/{sdist.path}", body=sdist.data + bytes(50_000_000))
    with pytest.raises(IntegrityError, match="not as large as"):
        read(offer_of(sdist))
    assert client.received < 10_000_000


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_is_listed_and_not_there_is_named(read: Read, index_server: IndexServer, ranges: bool) -> None:
    index_server.ranges = ranges
    wheel = big_wheel(index_server)
    index_server.withdraw(wheel)
    with pytest.raises(ArtifactGone, match=r"app-1\.0-py3-none-any\.whl"):
        read(offer_of(wheel))


def test_a_server_that_fails_is_a_failure_and_not_an_unreadable_release(read: Read, index_server: IndexServer) -> None:
    wheel = big_wheel(index_server)
    index_server.fault(f"/packages/{wheel.path}", reset=True)
    with pytest.raises(IndexUnreachable):
        read(offer_of(wheel))


@pytest.mark.parametrize(
    "data",
    [
        b"no archive at all",
        wheel_bytes("other", "1.0", metadata_text("other", "1.0")),
        wheel_bytes("app", "1.0", metadata_text("app", "2.0")),
        wheel_bytes("app", "1.0", metadata_text("app", "1.0", requires=["lib (>2.0*)"])),
    ],
)
@pytest.mark.parametrize("ranges", [True, False])
def test_a_wheel_that_tells_nothing_of_its_release_is_unreadable(
    read: Read, index_server: IndexServer, data: bytes, ranges: bool
) -> None:
    index_server.ranges = ranges
    known = read(offer_of(index_server.add_file("app", "app-1.0-py3-none-any.whl", data)))
    assert isinstance(known, Unreadable)
    assert not known.dynamic


# Source archives -------------------------------------------------------------------------------------------


def test_a_static_source_archive_is_read_and_verified(read: Read, index_server: IndexServer) -> None:
    sdist = index_server.add_sdist("app", "1.0", requires=["lib"])
    assert is_app(read(offer_of(sdist)))
    other = index_server.add_sdist("app", "1.1", requires=["lib"])
    index_server.fault(f"/packages/{other.path}", body=other.data[:-1] + b"x")
    with pytest.raises(IntegrityError):
        read(offer_of(other), version="1.1")


def test_a_dynamic_source_archive_needs_a_build(read: Read, index_server: IndexServer) -> None:
    known = read(offer_of(index_server.add_sdist("app", "1.0", requires=["lib"], static=False)))
    assert isinstance(known, Unreadable)
    assert known.dynamic


def test_an_old_source_archive_may_be_told_by_its_pyproject(read: Read, index_server: IndexServer) -> None:
    members = {
        "app-1.0/PKG-INFO": metadata_text("app", "1.0", metadata_version="2.1").encode(),
        "app-1.0/pyproject.toml": b'[project]\nname = "app"\nversion = "1.0"\ndependencies = ["lib"]\n',
    }
    assert is_app(read(offer_of(index_server.add_file("app", "app-1.0.tar.gz", tar_gz_bytes(members)))))


def test_the_metadata_file_of_a_source_archive_spares_it(read: Read, index_server: IndexServer) -> None:
    sdist = index_server.add_sdist("app", "1.0", requires=["lib"], announced=True)
    assert is_app(read(offer_of(sdist, metadata=True)))
    assert len(index_server.log) == 1


# The cache -------------------------------------------------------------------------------------------------


def test_what_a_whole_file_says_is_known_of_it_wherever_it_lies(read: Read, index_server: IndexServer) -> None:
    sdist = index_server.add_sdist("app", "1.0", requires=["lib"])
    read(offer_of(sdist))
    index_server.forget()
    elsewhere = Offer("app-1.0.tar.gz", "https://elsewhere.example/app-1.0.tar.gz", sha256=sdist.sha256)
    assert is_app(read(elsewhere, scope="https://elsewhere.example/"))
    assert index_server.log == []


def test_what_an_index_says_of_a_file_is_not_believed_of_another_index(read: Read, index_server: IndexServer) -> None:
    wheel = index_server.add_wheel("app", "1.0", requires=["lib"])
    lie = metadata_text("app", "1.0", requires=["evil"]).encode()
    index_server.serve("/evil/app-1.0-py3-none-any.whl.metadata", lie)
    evil = Offer(wheel.filename, f"{index_server.origin}/evil/{wheel.filename}", sha256=wheel.sha256)
    for metadata in (hashlib.sha256(lie).hexdigest(), ""):
        told = read(replace(evil, metadata=metadata), scope="https://evil.example/")
        assert isinstance(told, Metadata)
        assert told.requires_dist == ("evil",)
    for honest in (offer_of(wheel, metadata=True), offer_of(wheel, metadata=""), offer_of(wheel)):
        assert is_app(read(honest))


@pytest.mark.parametrize("metadata", [True, "", False])
def test_a_wheel_is_asked_for_once_whatever_told_its_metadata(
    read: Read, index_server: IndexServer, metadata: bool | str
) -> None:
    offer = offer_of(index_server.add_wheel("app", "1.0", requires=["lib"]), metadata=metadata)
    for _ in range(3):
        assert is_app(read(offer))
    assert len(index_server.log) == 1


def test_an_unreadable_release_is_remembered_too(read: Read, index_server: IndexServer) -> None:
    offer = offer_of(index_server.add_sdist("app", "1.0", static=False))
    assert read(offer) == read(offer)
    assert len(index_server.log) == 1


def test_a_damaged_cache_is_a_miss(read: Read, index_server: IndexServer, tmp_path: Path) -> None:
    offer = offer_of(index_server.add_wheel("app", "1.0", requires=["lib"]), metadata=True)
    read(offer)
    for path in (path for path in tmp_path.rglob(f"{offer.sha256}*") if path.is_file()):
        path.write_bytes(path.read_bytes()[:-3])
    assert is_app(read(offer))
    assert len(index_server.log) == 2


def test_a_file_without_a_digest_is_not_remembered(read: Read, index_server: IndexServer) -> None:
    offer = offer_of(index_server.add_wheel("app", "1.0", requires=["lib"]), metadata=True, sha256=False)
    for _ in range(2):
        assert is_app(read(offer))
    assert len(index_server.log) == 2


def test_the_same_bytes_under_another_name_are_read_again(read: Read, index_server: IndexServer) -> None:
    wheel = index_server.add_wheel("app", "1.0", requires=["lib"])
    assert is_app(read(offer_of(wheel)))
    other = index_server.add_file("other", "other-1.0-py3-none-any.whl", wheel.data)
    assert isinstance(read(offer_of(other), project="other"), Unreadable)
    assert is_app(read(offer_of(wheel)))
