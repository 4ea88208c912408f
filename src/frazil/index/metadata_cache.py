"""What files have said of their releases, kept for ever: the bytes of a file never say anything else."""

import os
from pathlib import Path
from typing import Any

from frazil.catalog import Unreadable
from frazil.digest import sha256_of
from frazil.model import Metadata
from frazil.records import read_record, write_record

FOLDER = "metadata-2"

Known = Metadata | Unreadable

_KIND = "metadata 2"


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
        place = self._place(sha256, claim)
        record = None if place is None else read_record(place, _KIND)
        if record is None:
            return None
        kept_for, fields = record
        return _known(fields) if kept_for == (project, version) else None

    def write(self, sha256: str, claim: str, project: str, version: str, known: Known) -> None:
        """Keep what is known; a disk that takes nothing is no error, and costs a request the next time."""
        place = self._place(sha256, claim)
        if place is None or self._cache is None:
            return
        if not write_record(self._cache, place, _KIND, ((project, version), _fields(known))):
            self._cache = None

    def _place(self, sha256: str, claim: str) -> str | None:
        if self._cache is None:
            return None
        suffix = f".{sha256_of(claim)[:32]}" if claim else ""
        return os.path.join(self._cache, FOLDER, sha256[0], f"{sha256}{suffix}")  # noqa: PTH118 - hundreds of them


def _fields(known: Known) -> tuple[Any, ...]:
    if isinstance(known, Unreadable):
        return known.reason, known.dynamic
    return (
        known.name,
        known.version,
        known.requires_dist,
        known.requires_python,
        known.provides_extra,
        known.license,
    )


def _known(fields: tuple[Any, ...]) -> Known:
    return Unreadable(*fields) if len(fields) == 2 else Metadata(*fields)
