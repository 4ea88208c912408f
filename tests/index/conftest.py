"""What the tests of this room share: a client, and a catalog over an index on loopback."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from frazil.http import Client
from frazil.index.catalog import IndexCatalog
from frazil.project.declaration import DeclaredIndex
from frazil.settings import Settings
from tests.support.index_server import IndexServer


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """A client that does not try again: what it would wait for is tested with it."""
    with Client(replace(settings, retries=0)) as client:
        yield client


@pytest.fixture
def catalog_of(settings: Settings, client: Client) -> Iterator[Callable[..., IndexCatalog]]:
    """Build catalogs over servers named `default`, `second`, `third`; every one is a new run."""
    built: list[IndexCatalog] = []

    def build(
        *servers: IndexServer, packages: dict[str, tuple[str, ...]] | None = None, **more: object
    ) -> IndexCatalog:
        names = ("default", "second", "third")
        indexes = tuple(
            DeclaredIndex(name=name, url=server.url, packages=(packages or {}).get(name, ()))
            for name, server in zip(names, servers, strict=False)
        )
        catalog = IndexCatalog(indexes, client, settings.cache, None, settings.reporter, **more)  # type: ignore[arg-type]
        built.append(catalog)
        return catalog

    yield build
    for catalog in built:
        catalog.close()
