"""What files have said of their releases, kept for ever: the bytes of a file never say anything else."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.catalog import Unreadable
from frazil.errors import DiskError
from frazil.model import Metadata

FOLDER = "metadata-v1"

Known = Metadata | Unreadable

_TITLE = b"frazil-metadata "


class MetadataCache:
    """Metadata in files named by the sha256 of the file that it speaks for; without a cache nothing is kept.

    `claim` is empty for what was read out of the whole, verified file. What an index only says of a file is kept
    apart, under the digest that it states or its own address: one index must not answer for the files of another.
    The same bytes offered under another name or version are another matter too, and a miss.
    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache

    def read(self, sha256: str, claim: str, project: str, version: str) -> Known | None:
        """Return what is known; None for what is not, or was cut or changed on disk."""
        path = self._path(sha256, claim)
        if path is None:
            return None
        try:
            title, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        return _parse(body, project, version) if title == _title(body) else None

    def write(self, sha256: str, claim: str, project: str, version: str, known: Known) -> None:
        """Keep what is known; a disk that takes nothing is no error, and costs a request the next time."""
        path = self._path(sha256, claim)
        if path is None or self._cache is None or writes_forbidden():
            return
        body = json.dumps({"for": [project, version], "known": asdict(known)}, sort_keys=True).encode()
        try:
            make_cache_folder(self._cache)
            make_folder(path.parent)
            write_atomically(path, _title(body) + b"\n" + body, durable=False)
        except DiskError:
            self._cache = None

    def _path(self, sha256: str, claim: str) -> Path | None:
        if self._cache is None:
            return None
        suffix = f".{hashlib.sha256(claim.encode()).hexdigest()[:32]}" if claim else ""
        return self._cache / FOLDER / sha256[:2] / f"{sha256}{suffix}"


def _title(body: bytes) -> bytes:
    return _TITLE + hashlib.sha256(body).hexdigest().encode()


def _parse(body: bytes, project: str, version: str) -> Known | None:
    """Read a body whose checksum fits: only another frazil can have written what does not fit in here."""
    try:
        record: Mapping[str, Any] = json.loads(body)
        if record["for"] != [project, version]:
            return None
        fields = record["known"]
        if "reason" in fields:
            return Unreadable(**fields)
        lists = {key: tuple(fields[key]) for key in ("requires_dist", "provides_extra")}
        return Metadata(**{**fields, **lists})
    except (ValueError, TypeError, KeyError):
        return None
