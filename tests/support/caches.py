"""Shared caches of every kind, with the same handles: what is in them, and how to spoil it."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.cache_programs import PROGRAMS
from tests.support.cache_server import CacheServer
from tests.support.real_places import real_place


class Place(Protocol):
    """A shared cache under test."""

    @property
    def address(self) -> str: ...
    def kept(self, kind: str) -> dict[str, bytes]:
        """Return the entries (`ac`) or the blobs (`cas`), by key."""
        ...

    def put(self, kind: str, key: str, data: bytes) -> None:
        """Put bytes in the place of those under a key, whatever rules there are."""
        ...

    def break_down(self) -> None:
        """Let it not be there any more."""
        ...

    def refuse_writes(self) -> None:
        """Let it be read but not written."""
        ...


class ServedPlace(Place, Protocol):
    """One that a server keeps, which can be slow or full."""

    def fill_up(self) -> None:
        """Let nothing more into it."""
        ...

    def hold(self) -> None:
        """Let it answer nothing from now on."""
        ...


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.address = root.as_uri()

    def kept(self, kind: str) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.root / kind).glob("??/*")}

    def put(self, kind: str, key: str, data: bytes) -> None:
        path = self.root / kind / key[:2] / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def break_down(self) -> None:
        shutil.rmtree(self.root)

    def refuse_writes(self) -> None:
        # Root may write everywhere, but nobody below a file.
        for kind in ("ac", "cas"):
            shutil.rmtree(self.root / kind, ignore_errors=True)
            (self.root / kind).write_text("no folder")


class HttpPlace:
    def __init__(self, server: CacheServer) -> None:
        self.server = server
        self.address = server.url

    def kept(self, kind: str) -> dict[str, bytes]:
        return {path.rpartition("/")[2]: self.server.kept[path] for path in self.server.paths(kind)}

    def put(self, kind: str, key: str, data: bytes) -> None:
        self.server.kept[f"/cache/{kind}/{key}"] = data

    def break_down(self) -> None:
        self.server.close()

    def refuse_writes(self) -> None:
        self.server.write_token = "nobody has it"

    def fill_up(self) -> None:
        self.server.room = 0

    def hold(self) -> None:
        self.server.held = True


_REAL = [pytest.param(name, marks=pytest.mark.integration, id=name) for name in PROGRAMS]
SERVED = ("http", "http-unconditional", *_REAL)
"""The kinds that a server keeps; the real ones are started only for who asks for the tests of integration."""

KINDS = ("folder", *SERVED)
MENDABLE = ("folder", "http", "http-unconditional", *(kind for kind in _REAL if kind.id != "casd"))
"""Those that hand out what they were spoilt with and take something else in its place; casd does neither."""


@contextlib.contextmanager
def place_of_kind(kind: str, folder: Path) -> Iterator[Place]:
    """Give an empty shared cache.

    `folder`, `http`, `http-unconditional` (which takes conditions for nothing), or a real one by its name.
    """
    if kind in PROGRAMS:
        with real_place(kind, folder) as real:
            yield real
        return
    if kind == "folder":
        (folder / "shared").mkdir()
        yield FolderPlace(folder / "shared")
        return
    with CacheServer(conditional=kind == "http") as server:
        yield HttpPlace(server)
