"""What files have said of their releases, kept for ever: the bytes of a file never say anything else."""

import os
from pathlib import Path
from typing import Any

from frazil.catalog import Unreadable
from frazil.digest import sha256_of
from frazil.model import Metadata
from frazil.records import place_in, read_record, write_record

FOLDER = "metadata-2"

Known = Metadata | Unreadable

_KIND = "metadata 2"
_KIND_OF_MANY = "metadata of many releases 1"
_FEW = 8
"""Releases of a project that a run keeps in files of their own; making a file costs as much as asking for it did."""

_Key = tuple[str, str, str]


class MetadataCache:
    """Metadata in files named by the sha256 of the file that it speaks for; without a cache nothing is kept.

    `claim` is empty for what was read out of the whole, verified file. What an index only says of a file is kept
    apart, under the digest that it states or its own address: one index must not answer for the files of another.
    The same bytes offered under another name or version are another matter too, and a miss.

    A run that reads hundreds of releases of one project, to prove that there is no answer, keeps all but a few of
    them in one file, written by `close`.
    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._written: dict[str, int] = {}
        self._many: dict[str, dict[_Key, tuple[Any, ...]]] = {}
        self._changed: set[str] = set()

    def read(self, sha256: str, claim: str, project: str, version: str) -> Known | None:
        """Return what is known; None for what is not, or was cut or changed on disk."""
        key = (sha256, claim, version)
        fields = self._many.get(project, {}).get(key)
        if fields is not None:
            return _known(fields)
        known = self._read_alone(sha256, claim, project, version)
        if known is None and project not in self._many:
            fields = self._many.setdefault(project, self._read_many(project)).get(key)
            return None if fields is None else _known(fields)
        return known

    def _read_alone(self, sha256: str, claim: str, project: str, version: str) -> Known | None:
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
        written = self._written[project] = self._written.get(project, 0) + 1
        if written > _FEW:
            self._many.setdefault(project, {})[sha256, claim, version] = _fields(known)
            self._changed.add(project)
            return
        if not write_record(self._cache, place, _KIND, ((project, version), _fields(known))):
            self._cache = None

    def close(self) -> None:
        """Write what is kept of many releases, with what others wrote meanwhile."""
        changed, self._changed = self._changed, set()
        for project in sorted(changed):
            if self._cache is not None:
                kept = self._read_many(project) | self._many[project]
                write_record(self._cache, self._place_of_many(self._cache, project), _KIND_OF_MANY, (project, kept))

    def _read_many(self, project: str) -> dict[_Key, tuple[Any, ...]]:
        if self._cache is None:
            return {}
        record = read_record(self._place_of_many(self._cache, project), _KIND_OF_MANY)
        return record[1] if record is not None and record[0] == project else {}

    @staticmethod
    def _place_of_many(cache: Path, project: str) -> str:
        return place_in(cache, FOLDER, f"{sha256_of(project)}.many")

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
