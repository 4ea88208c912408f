"""Packs: recorded pages and metadata in few bytes, so that a replay needs no network.

Pages are whole, as a client of the real index sees them: most of a large page is digests, sizes and instants that
nobody looks at twice, so those are made up from the file's name where no case fetches the file. A metadata file
keeps the fields that a resolver reads; the rest of its length is filled.
"""

import hashlib
import json
import lzma
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "packs"
_FORMAT = 1
_KEPT = ("Metadata-Version", "Name", "Version", "Requires-Python", "Requires-Dist", "Provides-Extra", "Dynamic")
_FILLER = b"The text that stood here is not needed for a replay; its length is.\n"
_FOR_LINUX = re.compile(
    r"-(?:py3|py2\.py3|cp3[0-9]+-abi3|cp311-cp311)-(?:none-)?(?:any|[^-]*manylinux[^-]*x86_64[^-]*)\.whl$"
)
_ARCHIVE = re.compile(r"\.(?:tar\.(?:gz|bz2|xz|Z)|zip|tgz|egg|exe|msi|rpm|deb)$")


@dataclass(frozen=True, slots=True, order=True)
class File:
    """One file of a page. `uploaded` is an instant as indexes write it; `yanked` is a reason, True or False."""

    filename: str
    sha256: str
    size: int
    uploaded: str
    requires_python: str | None = None
    yanked: str | bool = False

    @property
    def version(self) -> str:
        return name_and_version(self.filename)[1]


@dataclass(frozen=True, slots=True)
class Pack:
    """What an index said of some projects: pages by normalised project name, metadata by file name of a wheel."""

    cutoff: str
    pages: Mapping[str, tuple[File, ...]] = field(default_factory=dict)
    metadata: Mapping[str, bytes] = field(default_factory=dict)


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def name_and_version(filename: str) -> tuple[str, str]:
    """Return the normalised project and the version that a file name holds, as it spells it."""
    if filename.endswith(".whl"):
        name, version, *_ = filename.split("-")
        return normalised(name), version
    name, _, version = _ARCHIVE.sub("", filename).rpartition("-")
    return normalised(name), version


# Writing ---------------------------------------------------------------------------------------------------


def format_pack(pack: Pack, *, fetched: Iterable[tuple[str, str]]) -> bytes:
    """Return the bytes of a pack.

    Of the `fetched` releases (project, version), the wheels that a Linux machine may choose keep their true digest and
    size.
    """
    releases = frozenset(fetched)
    files = [
        file
        for name, page in pack.pages.items()
        for file in page
        if (name, file.version) in releases and _FOR_LINUX.search(file.filename)
    ]
    document = {
        "frazil-pack": _FORMAT,
        "cutoff": pack.cutoff,
        "projects": {name: _rows(page) for name, page in sorted(pack.pages.items())},
        "files": {file.filename: [file.sha256, file.size] for file in sorted(files)},
        "metadata": {name: [len(data), _header(data)] for name, data in sorted(pack.metadata.items())},
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def _rows(page: tuple[File, ...]) -> list[list[Any]]:
    """Return one row for neighbours that differ in their names only: `*` stands for the version in them."""

    def shared(file: File) -> tuple[str, str, str | None, str | bool]:
        return file.version, file.uploaded[:10], file.requires_python, file.yanked

    return [
        [*facts, " ".join(file.filename.replace(facts[0], "*", 1) for file in files)]
        for facts, files in groupby(page, shared)
    ]


def _header(data: bytes) -> list[str]:
    head, _, _ = data.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")
    return [line for line in re.sub(r"\n[ \t]+", " ", head).split("\n") if line.partition(":")[0] in _KEPT]


# Reading ---------------------------------------------------------------------------------------------------


def parse_pack(data: bytes) -> Pack:
    """Read the bytes of a pack. Raises ValueError for another format."""
    document = json.loads(lzma.decompress(data))
    if document["frazil-pack"] != _FORMAT:
        raise ValueError(f"packs have format {_FORMAT}, this one has {document['frazil-pack']}")
    true = document["files"]
    return Pack(
        cutoff=document["cutoff"],
        pages={
            name: tuple(file for row in rows for file in _files(row, true))
            for name, rows in document["projects"].items()
        },
        metadata={name: _filled(size, header) for name, (size, header) in document["metadata"].items()},
    )


def read_pack(workload: str, *, folders: Iterable[Path] = (FOLDER,)) -> Pack:
    """Read a workload's pack from the first folder that has one. Raises FileNotFoundError."""
    places = [folder / f"{workload}.pack.xz" for folder in folders]
    place = next((place for place in places if place.is_file()), places[-1])
    return parse_pack(place.read_bytes())


def _files(row: list[Any], true: Mapping[str, tuple[str, int]]) -> Iterable[File]:
    version, day, requires_python, yanked, names = row
    for name in names.split(" "):
        filename = name.replace("*", version, 1)
        digest, size, time = made_up(filename)
        digest, size = true.get(filename, (digest, size))
        yield File(filename, digest, size, f"{day}T{time}Z", requires_python, yanked)


def made_up(filename: str) -> tuple[str, int, str]:
    """Return a digest, a size in bytes and a time of day, the same ones for a name whenever they are asked for."""
    digest = hashlib.sha256(filename.encode()).digest()
    size = 1000 + int.from_bytes(digest[:4]) % 10 ** (4 + digest[4] % 4)
    seconds = int.from_bytes(digest[5:8]) % 86_400
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{int.from_bytes(digest[8:11]) % 10**6:06}"
    return digest.hex(), size, time


def _filled(size: int, header: list[str]) -> bytes:
    head = "\n".join([*header, "", ""]).encode()
    return head + (_FILLER * (size // len(_FILLER) + 1))[: max(0, size - len(head))]
