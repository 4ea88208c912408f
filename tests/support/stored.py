"""Artifacts for the tests of stage 2: in a lock's words, in a store, on an index."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from frazil.fetcher.place import Link
from frazil.frozen.model import Coordinate, FrozenArtifact
from frazil.frozen.selection import SelectedArtifact, Selection
from frazil.model import IndexSource, Source
from frazil.store.content import Store
from tests.support.index_server import IndexFile

ON_DEFAULT = IndexSource("default")


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def store_artifact(store: Store, filename: str, data: bytes) -> Path:
    """Put an artifact into a store; return where it lies."""
    with store.writer(sha256_of(data), filename, len(data)) as writer:
        writer.write(data)
    return store.path(sha256_of(data), filename)


def link_of(filename: str, data: bytes, folder: str = "") -> Link:
    place = f"{folder}/{filename}" if folder else filename
    return Link(place=place, filename=filename, sha256=sha256_of(data), size=len(data))


def selected(
    filename: str,
    data: bytes = b"",
    *,
    users: Iterable[tuple[str, str]] = (("services/api", "linux"),),
    name: str = "a",
    version: str = "1.0",
    source: Source = ON_DEFAULT,
    path: str | None = "a/",
    url: str | None = None,
) -> SelectedArtifact:
    """Return one artifact as a selection has it; without data, the file name stands for its bytes."""
    data = data or filename.encode()
    artifact = FrozenArtifact(filename=filename, sha256=sha256_of(data), size=len(data), path=path, url=url)
    return SelectedArtifact(
        artifact=artifact,
        coordinate=Coordinate(name=name, version=version, source=source, artifacts=(artifact,)),
        users=tuple(users),
    )


def selected_file(file: IndexFile, name: str, *, index: str = "default", path: str | None = None) -> SelectedArtifact:
    """Return a file of a running index as a lock selects it; its path is where it lies unless another is given."""
    artifact = FrozenArtifact(
        filename=file.filename,
        sha256=file.sha256,
        size=file.size,
        path=file.path.removesuffix(file.filename) if path is None else path,
    )
    coordinate = Coordinate(name=name, version=file.version, source=IndexSource(index), artifacts=(artifact,))
    return SelectedArtifact(artifact=artifact, coordinate=coordinate, users=(("services/api", "linux"),))


def selection_of(*artifacts: SelectedArtifact, undelivered: tuple[str, ...] = ()) -> Selection:
    return Selection(
        targets=tuple(sorted({target for one in artifacts for target, _ in one.users})),
        environments=tuple(sorted({environment for one in artifacts for _, environment in one.users})),
        artifacts=artifacts,
        undelivered=undelivered,
    )
