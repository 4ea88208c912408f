"""Real caches with the handles that tests have: what is in them, how to spoil it, and a gate before them."""

import contextlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from tests.support.cache_programs import PROGRAMS
from tests.support.gate import Gate

_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # casd keeps the blob of no bytes


class Door(Protocol):
    """What stands before a cache."""

    held: bool
    refused: Any
    status: Any

    def close(self) -> None: ...


class Contents(Protocol):
    """What lies in a cache, past its rules."""

    def kept(self, kind: str) -> dict[str, bytes]: ...
    def put(self, kind: str, key: str, data: bytes) -> None: ...


class Files:
    """Entries and blobs as files, in folders by kind."""

    def __init__(self, **folders: Path) -> None:
        self._folders = folders

    def kept(self, kind: str) -> dict[str, bytes]:
        folder = self._folders[kind]
        found = {"".join(p.relative_to(folder).parts): p for p in folder.rglob("*") if p.is_file()}
        return {key: path.read_bytes() for key, path in found.items() if key != _EMPTY}

    def put(self, kind: str, key: str, data: bytes) -> None:
        folder = self._folders[kind]
        # casd has a folder for the first two characters.
        path = folder / key[:2] / key[2:] if (folder / key[:2]).is_dir() or folder.name == "objects" else folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # it may be read-only, or linked elsewhere
        path.write_bytes(data)


class Bucket:
    """Entries and blobs as objects of a bucket."""

    def __init__(self, address: str) -> None:
        from frazil.remote.address import parse_cache_address
        from frazil.remote.object_store import ObjectStoreBackend

        self._store = ObjectStoreBackend(parse_cache_address(address), timeout=10)._store

    def kept(self, kind: str) -> dict[str, bytes]:
        import obstore

        paths = [each["path"] for page in obstore.list(self._store, f"{kind}/") for each in page]
        return {path.rpartition("/")[2]: bytes(obstore.get(self._store, path).bytes()) for path in paths}

    def put(self, kind: str, key: str, data: bytes) -> None:
        import obstore

        obstore.put(self._store, f"{kind}/{key}", data, use_multipart=False)


class RealPlace:
    """A real cache behind a door."""

    def __init__(self, address: str, contents: Contents, door: Door) -> None:
        self.address, self.door = address, door
        self.kept, self.put = contents.kept, contents.put

    def break_down(self) -> None:
        self.door.close()

    def refuse_writes(self) -> None:
        self.door.refused = 403

    def fill_up(self) -> None:
        self.door.refused = 507

    def hold(self) -> None:
        self.door.held = True


@contextlib.contextmanager
def real_place(name: str, folder: Path) -> Iterator[RealPlace]:
    """Start a real cache and its door, or skip the test. Buckets want to know who asks (`as_who`)."""
    own = folder / name
    own.mkdir()
    with ExitStack() as stack:
        address = stack.enter_context(PROGRAMS[name](own))
        port = re.search(r"127\.0\.0\.1:(\d+)", address)
        assert port is not None
        if name == "casd":
            from tests.support.grpc_door import GrpcDoor

            files = own / "files"
            contents: Contents = Files(cas=files / "cas" / "objects", ac=files / "actioncache" / "objects")
            door: Any = stack.enter_context(GrpcDoor(f"127.0.0.1:{port[1]}"))
        else:
            door = stack.enter_context(Gate(int(port[1])))
            root = own / "files" / "team"
            contents = Files(cas=root / "cas", ac=root / "ac") if name == "nginx" else Bucket(address)
        yield RealPlace(address.replace(f":{port[1]}", f":{door.own_port}"), contents, door)
