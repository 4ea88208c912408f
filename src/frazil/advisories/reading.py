"""Advisories from files: one document, a list of them, an archive of them, or a folder of all these."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from frazil.advisories.model import Advisory
from frazil.advisories.osv import NotAdvisory, parse_osv
from frazil.atomic import disk_errors
from frazil.errors import ConfigurationError

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a file that is read."""

LARGEST_MEMBER = 16 * 1024 * 1024
"""Bytes of one document in an archive, unpacked."""

MOST_MEMBERS = 500_000

_HINT = "advisories are JSON in the OSV schema: one in a file, a list, a .zip of them, or a folder of these"


def read_advisories(path: Path) -> tuple[Advisory, ...]:
    """Read all advisories for this ecosystem below a path.

    Raises ConfigurationError for what is no advisory, and where there is not a single document: a database that was
    not there must not look like one that found nothing. Raises DiskError.
    """
    with disk_errors("read", path):
        if not path.exists():
            raise ConfigurationError(f"there are no advisories at {path}", hint=_HINT)
        files = sorted(each for each in path.rglob("*") if _is_read(each)) if path.is_dir() else [path]
    documents = [document for file in files for document in _documents(file)]
    if not documents:
        raise ConfigurationError(f"{path} holds no advisory", hint=_HINT)
    return tuple(advisory for each in documents for advisory in each)


def _is_read(path: Path) -> bool:
    return path.suffix in {".json", ".zip"} and path.is_file()


def _documents(path: Path) -> Iterator[tuple[Advisory, ...]]:
    with disk_errors("read", path), path.open("rb") as file:
        if path.suffix == ".zip":
            yield from _archived(file, path)
        else:
            yield from _parsed(file.read(LARGEST_FILE + 1), LARGEST_FILE, path.name)


def _archived(file: IO[bytes], path: Path) -> Iterator[tuple[Advisory, ...]]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".json")]
            if len(members) > MOST_MEMBERS:
                raise ConfigurationError(f"{path.name} holds more than {MOST_MEMBERS} documents")
            for member in members:
                with archive.open(member) as inner:
                    data = inner.read(LARGEST_MEMBER + 1)
                yield from _parsed(data, LARGEST_MEMBER, f"{path.name}/{member.filename}")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise ConfigurationError(f"{path.name} is no archive that can be read: {error}", hint=_HINT) from None


def _parsed(data: bytes, limit: int, name: str) -> Iterator[tuple[Advisory, ...]]:
    if len(data) > limit:
        raise ConfigurationError(f"{name} is larger than {limit // 1024 // 1024} MiB", hint=_HINT)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{name} is not JSON", hint=_HINT) from None
    answered = document.get("vulns") if isinstance(document, dict) and "id" not in document else None
    several = document if isinstance(document, list) else answered if isinstance(answered, list) else [document]
    for each in several:
        try:
            yield parse_osv(each)
        except NotAdvisory as error:
            raise ConfigurationError(f"{name} is no advisory: {error}", hint=_HINT) from None
