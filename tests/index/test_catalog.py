"""The catalog over real indexes: which one counts, what is asked, and how often."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from frazil.catalog import Listing, NoProject
from frazil.errors import AuthenticationError, ConfigurationError, IndexAnswerError, IndexUnreachable
from frazil.events import Event, MetadataRead, ProjectRead
from frazil.http import Client
from frazil.index.catalog import IndexCatalog
from frazil.index.pages import PAGE_LIMIT
from frazil.model import IndexSource, Metadata
from frazil.project.declaration import DeclaredIndex
from frazil.settings import Settings
from tests.support.index_server import IndexServer

CatalogOf = Callable[..., IndexCatalog]


def listing_of(catalog: IndexCatalog, name: str) -> Listing:
    found = catalog.project(name)
    assert not isinstance(found, NoProject)
    return found


def metadata_of(catalog: IndexCatalog, name: str, version: str) -> Metadata:
    listing = listing_of(catalog, name)
    known = catalog.metadata(listing, version, listing.offers(version)[0])
    assert isinstance(known, Metadata)
    return known


# Every kind of index ---------------------------------------------------------------------------------------

MODES: dict[str, dict[str, object]] = {
    "json": {},
    "html": {"form": "html"},
    "no metadata files": {"metadata": "never"},
    "metadata files that are not there": {"metadata": "404"},
    "metadata files without a digest": {"metadata": "unhashed"},
    "no ranges": {"metadata": "never", "ranges": False},
    "reversed": {"reverse": True},
    "relative": {"relative": True},
    "gzipped": {"gzipped": True},
    "no digests": {"hashes": False, "metadata": "never"},
    "bare": {"form": "html", "metadata": "never", "ranges": False, "hashes": False, "reverse": True, "sizes": False},
}


def offer_everything(server: IndexServer) -> None:
    server.add_wheel("app", "1.0", requires=["lib>=1", "other; extra == 'more'"], extras={"extra": ["lib"]})
    server.add_wheel("app", "2.0", requires=["lib>=2"], requires_python=">=3.8", license_expression="MIT")
    server.add_wheel("app", "2.0", requires=["lib>=2"], tag="cp312-cp312-win_amd64", files={"big": b"\0" * 200_000})
    server.add_sdist("app", "2.0", requires=["lib>=2"])
    server.add_sdist("app", "3.0rc1", requires=["lib>=3"], static=False)
    server.add_wheel("app", "1.5", yanked="broken")


def everything_in(catalog: IndexCatalog) -> list[object]:
    listing = listing_of(catalog, "app")
    return [
        (version, offer.filename, offer.yanked, offer.requires_python, catalog.metadata(listing, version, offer))
        for version in listing.versions
        for offer in listing.offers(version)
    ]


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_index_gives_the_same_answers(catalog_of: CatalogOf, mode: str) -> None:
    with IndexServer() as plain, IndexServer(**MODES[mode]) as other:  # type: ignore[arg-type]
        offer_everything(plain)
        offer_everything(other)
        expected, found = everything_in(catalog_of(plain)), everything_in(catalog_of(other))
    assert found == expected
    assert len(found) == 6


def test_metadata_files_spare_every_wheel(catalog_of: CatalogOf, index_server: IndexServer) -> None:
    index_server.add_wheel("app", "1.0", requires=["lib"])
    assert metadata_of(catalog_of(index_server), "app", "1.0").requires_dist == ("lib",)
    page, metadata = index_server.asked()
    assert page == "/simple/app/"
    assert metadata.endswith(".whl.metadata")


def test_without_metadata_files_the_end_of_a_wheel_is_enough(catalog_of: CatalogOf, index_server: IndexServer) -> None:
    index_server.metadata = "never"
    wheel = index_server.add_wheel("app", "1.0", files={"noise": bytes(range(256)) * 2000})
    metadata_of(catalog_of(index_server), "app", "1.0")
    (asked,) = [request for request in index_server.log if request.path.endswith(".whl")]
    assert asked.status == 206
    assert wheel.size > 0


def test_nothing_is_asked_twice_in_a_run(catalog_of: CatalogOf, index_server: IndexServer) -> None:
    offer_everything(index_server)
    catalog = catalog_of(index_server)
    catalog.expect(["app", "missing", "app"])
    for _ in range(3):
        everything_in(catalog)
        assert isinstance(catalog.project("missing"), NoProject)
        catalog.expect(["app", "missing"])
    assert sorted(set(index_server.asked())) == sorted(index_server.asked())


def test_threads_that_ask_for_one_project_share_one_request(catalog_of: CatalogOf, index_server: IndexServer) -> None:
    index_server.add_wheel("app", "1.0")
    index_server.fault("/simple/app/", delay=0.2)
    catalog = catalog_of(index_server)
    catalog.expect(["app"])
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(catalog.project("app"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(listing is found[0] for listing in found)
    assert index_server.pages_asked() == ["app"]


def test_metadata_of_one_file_is_the_same_in_the_next_run_without_a_request(
    catalog_of: CatalogOf, index_server: IndexServer
) -> None:
    offer_everything(index_server)
    first = everything_in(catalog_of(index_server))
    index_server.forget()
    assert everything_in(catalog_of(index_server)) == first
    assert index_server.asked() == index_server.asked(containing="/simple/")


# Which index counts ----------------------------------------------------------------------------------------


@pytest.fixture
def second() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield server


@pytest.mark.promise("R11")
def test_the_first_index_that_has_a_project_is_the_only_one(
    catalog_of: CatalogOf, index_server: IndexServer, second: IndexServer
) -> None:
    index_server.add_wheel("app", "1.0")
    second.add_wheel("app", "99.0")
    second.add_wheel("lib", "1.0")
    catalog = catalog_of(index_server, second)
    assert listing_of(catalog, "app").versions == ("1.0",)
    assert listing_of(catalog, "app").source == IndexSource("default")
    assert listing_of(catalog, "lib").source == IndexSource("second")
    assert second.pages_asked() == ["lib"]


def test_a_project_without_files_is_a_project(
    catalog_of: CatalogOf, index_server: IndexServer, second: IndexServer
) -> None:
    index_server.set_status("app", "quarantined")
    second.add_wheel("app", "99.0")
    listing = listing_of(catalog_of(index_server, second), "app")
    assert (listing.status, listing.versions) == ("quarantined", ())


@pytest.mark.promise("R11")
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500}, IndexUnreachable),
        ({"status": 503}, IndexUnreachable),
        ({"status": 401}, AuthenticationError),
        ({"status": 403}, AuthenticationError),
        ({"status": 400}, IndexAnswerError),
        ({"reset": True}, IndexUnreachable),
        ({"body": b"<html>log in"}, IndexAnswerError),
        ({"headers": {"Content-Type": "text/plain"}}, IndexAnswerError),
        ({"status": 204}, IndexAnswerError),
        ({"status": 302}, IndexAnswerError),
    ],
)
def test_an_index_that_fails_is_a_failure_and_the_next_one_is_not_asked(
    index_server: IndexServer, second: IndexServer, settings: Settings, fault: dict[str, object], error: type[Exception]
) -> None:
    index_server.add_wheel("app", "1.0")
    index_server.fault("/simple/app/", **fault)
    second.add_wheel("app", "99.0")
    declared = (DeclaredIndex(name="first", url=index_server.url), DeclaredIndex(name="second", url=second.url))
    with closing(Client(replace(settings, retries=0))) as client, IndexCatalog(declared, client, None, None) as catalog:
        catalog.expect(["app"])
        for _ in range(2):
            with pytest.raises(error):
                catalog.project("app")
    assert second.log == []
    assert len(index_server.log) == 1


def test_a_page_that_unpacks_to_more_than_any_is_an_error(catalog_of: CatalogOf, index_server: IndexServer) -> None:
    index_server.add_wheel("app", "1.0")
    bomb = gzip.compress(b" " * (PAGE_LIMIT + 1), 1)
    index_server.fault("/simple/app/", body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(IndexAnswerError):
        catalog_of(index_server).project("app")


@pytest.mark.parametrize("status", [404, 410])
def test_an_index_without_the_project_passes_it_on(
    catalog_of: CatalogOf, index_server: IndexServer, second: IndexServer, status: int
) -> None:
    index_server.fault("/simple/app/", status=status)
    second.add_wheel("app", "1.0")
    assert listing_of(catalog_of(index_server, second), "app").source == IndexSource("second")


def test_a_project_that_no_index_has_is_none_and_names_what_resembles_it(
    catalog_of: CatalogOf, index_server: IndexServer
) -> None:
    index_server.add_wheel("requests", "1.0")
    catalog = catalog_of(index_server)
    listing_of(catalog, "requests")
    assert catalog.project("reqeusts") == NoProject("reqeusts", ("requests",))
    assert catalog.project("zzz") == NoProject("zzz")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "A", "a b", "a--b", "\u00e4", "a\n", "-a", "../simple"])
def test_what_is_no_normalised_name_is_never_asked_for(
    catalog_of: CatalogOf, index_server: IndexServer, name: str
) -> None:
    assert isinstance(catalog_of(index_server).project(name), NoProject)
    assert index_server.log == []


def test_names_reserved_for_an_index_are_asked_there_and_only_these(
    catalog_of: CatalogOf, index_server: IndexServer, second: IndexServer
) -> None:
    for server in (index_server, second):
        for name in ("corp-lib", "public", "special"):
            server.add_wheel(name, "1.0")
    catalog = catalog_of(index_server, second, packages={"second": ("Corp_*", "special")})
    assert listing_of(catalog, "corp-lib").source == IndexSource("second")
    assert listing_of(catalog, "special").source == IndexSource("second")
    assert listing_of(catalog, "public").source == IndexSource("default")
    assert isinstance(catalog.project("corp-missing"), NoProject)
    assert isinstance(catalog.project("elsewhere"), NoProject)
    assert index_server.pages_asked() == ["public", "elsewhere"]
    assert second.pages_asked() == ["corp-lib", "special", "corp-missing"]


def test_a_package_may_name_its_index(catalog_of: CatalogOf, index_server: IndexServer, second: IndexServer) -> None:
    index_server.add_wheel("torch", "2.0")
    index_server.add_wheel("other", "2.0")
    second.add_wheel("torch", "1.0")
    catalog = catalog_of(index_server, second, packages={"second": ("none-*",)}, package_index={"torch": "second"})
    assert listing_of(catalog, "torch").versions == ("1.0",)
    assert listing_of(catalog, "other").versions == ("2.0",)
    with pytest.raises(ConfigurationError, match='no index named "gone"'):
        catalog_of(index_server, package_index={"torch": "gone"}).project("torch")


def test_the_machines_index_must_be_known_to_be_asked(client: Client) -> None:
    with IndexCatalog((DeclaredIndex(name="default"),), client, None, None) as catalog:
        catalog.expect(["app"])
        with pytest.raises(ConfigurationError, match="no address"):
            catalog.project("app")


# Reading ahead ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["yanked", "platforms", "sdist", "no metadata file"])
def test_metadata_is_read_ahead_only_where_the_file_is_sure_to_be_the_one(
    catalog_of: CatalogOf, index_server: IndexServer, mode: str
) -> None:
    if mode == "platforms":
        index_server.add_wheel("app", "1.0", tag="cp312-cp312-win_amd64")
        index_server.add_wheel("app", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64")
    elif mode == "sdist":
        index_server.add_sdist("app", "1.0")
    else:
        index_server.add_wheel("app", "1.0", yanked="x" if mode == "yanked" else None)
        index_server.metadata = "never" if mode == "no metadata file" else "always"
    catalog = catalog_of(index_server)
    catalog.expect(["app"])
    listing_of(catalog, "app")
    catalog.close()
    assert index_server.asked() == ["/simple/app/"]


def test_expecting_never_raises_even_when_everything_fails(catalog_of: CatalogOf, index_server: IndexServer) -> None:
    catalog = catalog_of(index_server)
    index_server.close()
    catalog.expect(["a", "..", "", "b"])
    catalog.close()
    catalog.expect(["c"])


def test_a_project_that_waits_to_be_read_ahead_is_read_by_whoever_asks(
    catalog_of: CatalogOf, index_server: IndexServer
) -> None:
    names = [f"slow{number}" for number in range(40)]
    for name in [*names, "app"]:
        index_server.add_wheel(name, "1.0")
    index_server.fault("/simple/slow*", delay=3.0)
    catalog = catalog_of(index_server)
    catalog.expect([*names, "app"])
    listing_of(catalog, "app")
    done = [request.path for request in index_server.log]
    assert "/simple/app/" in done
    assert len(done) < 41  # some of the slow ones have not even begun


# Events ----------------------------------------------------------------------------------------------------


def test_pages_and_metadata_that_were_read_are_told(settings: Settings, index_server: IndexServer) -> None:
    events: list[Event] = []
    index_server.add_wheel("app", "1.0")
    index_server.max_age = 600
    declared = (DeclaredIndex(name="default", url=index_server.url),)
    with closing(Client(settings)) as client:
        for _ in range(2):
            with IndexCatalog(declared, client, settings.cache, None, events.append) as catalog:
                metadata_of(catalog, "app", "1.0")
                assert catalog.pages == 1
    told = [event for event in events if isinstance(event, ProjectRead | MetadataRead)]
    assert told == [
        ProjectRead("app", cached=False),
        MetadataRead("app", "1.0"),
        ProjectRead("app", cached=True),
        MetadataRead("app", "1.0"),
    ]
