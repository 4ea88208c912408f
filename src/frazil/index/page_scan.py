"""The JSON form of a page, scanned for the names of its files: a row is decoded when somebody asks for its release.

A page of the usual shape is cut at the borders of its rows, and only where that can be told for sure: its rows are
as many as its file names, what stands around them is JSON without them, and every row that is decoded has to be JSON
with the name that was found in it. A page of another shape is read whole.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from frazil.index.filenames import version_in
from frazil.index.json_page import read_json
from frazil.index.rows import MOST_FILES, PageError, Row
from frazil.quick.names import normalised
from frazil.values import dataclass, field

_FILES = re.compile(rb'"files": ?\[(?=\{"[^"\\]*":( ?))')
# Project and version, with which all usual names of wheels and source archives begin.
_BEGINNING = rb"([A-Za-z0-9][\w.]*-[\w.+!]+)"
_ENDING = rb"(?:(?:-[0-9][\w.+!]*)?-[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*-\w+(?:\.\w+)*-\w+(?:\.\w+)*\.whl|\.tar\.gz|\.zip)"
_USUAL_NAME = re.compile(_BEGINNING + _ENDING)


class OddPage(ValueError):
    """A page that is not of the usual shape after all: it has to be read whole."""


@dataclass(frozen=True)
class ScannedPage:
    """A page as bytes, with what its file names begin with by the version that they tell, as it is spelled there.

    `beginnings` of a version are all that its file names begin with; what stands behind is for the rows to say.
    """

    body: bytes = field(repr=False)
    first: int
    last: int
    separator: bytes
    key: bytes
    api_version: object
    status: object
    beginnings: dict[str, list[bytes]] = field(repr=False)

    def rows(self, spellings: Iterable[str]) -> list[Row]:
        """Decode the rows of a release, given all the spellings of its version. Raises OddPage."""
        beginnings = (beginning for spelling in spellings for beginning in self.beginnings[spelling])
        return [row for beginning in beginnings for row in self._rows_with(beginning)]

    def _rows_with(self, beginning: bytes) -> Iterator[Row]:
        needle = self.key + beginning
        position = self.body.find(needle, self.first, self.last)
        while position != -1:
            start = self.body.rfind(self.separator, self.first, position)
            start = self.first if start == -1 else start + len(self.separator) - 1
            end = self.body.find(self.separator, position, self.last)
            end = self.last if end == -1 else end + 1
            yield _decoded(self.body[start:end], beginning)
            position = self.body.find(needle, end, self.last)


def scan_page(body: bytes, project: str) -> ScannedPage | None:
    """Find the versions of a page in the JSON form; None where it is not of the usual shape."""
    opening = _FILES.search(body)
    if opening is None or body.count(b'"files"') != 1:
        return None
    space = opening[1]
    key, separator = b'"filename":' + space + b'"', b"}," + space + b"{"
    first = opening.end()
    last = body.find(b"}]", body.rfind(key)) + 1
    count = body.count(key, first, last) if last > first else 0
    if not 0 < count <= MOST_FILES or body.count(separator, first, last) != count - 1:
        return None
    try:
        frame = read_json(body[:first] + body[last:])
    except PageError:
        return None
    beginnings = _beginnings(_Rows(body, first, last, key), count, project) if frame.rows == [] else None
    if beginnings is None:
        return None
    return ScannedPage(
        body=body,
        first=first,
        last=last,
        separator=separator,
        key=key,
        api_version=frame.api_version,
        status=frame.status,
        beginnings=beginnings,
    )


def _decoded(data: bytes, beginning: bytes) -> Row:
    try:
        row: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise OddPage from None
    name = row.get("filename") if isinstance(row, dict) else None
    if not isinstance(name, str) or not f'{name}"'.encode("utf-8", "replace").startswith(beginning):
        raise OddPage
    return cast("Row", row)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The part of a page that holds its rows, and how a file name is introduced there."""

    body: bytes = field(repr=False)
    first: int
    last: int
    key: bytes

    def find(self, name: bytes) -> list[bytes]:
        """Find the file names of a pattern: its group, if it has one."""
        return re.compile(re.escape(self.key) + name + b'"').findall(self.body, self.first, self.last)


def _beginnings(rows: _Rows, count: int, project: str) -> dict[str, list[bytes]] | None:
    """Return what the names of the project's files begin with, by version; None where a name is beyond telling."""
    found: dict[str, list[bytes]] = {}
    usual = rows.find(_BEGINNING + _ENDING)
    names: dict[bytes, bool] = {}
    for beginning in set(usual):
        name, _, version = beginning.partition(b"-")
        if name not in names:
            # Wheels and source archives take such names differently, and one beginning stands for both.
            if b"__" in name or not name[-1:].isalnum():
                return None
            names[name] = normalised(name.decode("ascii")) == project
        if names[name]:
            if not version[:1].isalnum():
                return None
            # What stands behind a version keeps 1.0 from being found in 1.0.1.
            ends = (b"-", b".tar.gz", b".zip")
            found.setdefault(version.decode("ascii"), []).extend(beginning + end for end in ends)
    return found if len(usual) == count or _add_unusual(found, rows, project) else None


def _add_unusual(found: dict[str, list[bytes]], rows: _Rows, project: str) -> bool:
    """Add the files whose names are spelled in older ways, one by one; False where one is written with escapes."""
    for name in set(rows.find(rb'([^"]*)')):
        if b"\\" in name:
            return False
        if _USUAL_NAME.fullmatch(name) is None:
            version = version_in(name.decode("utf-8", "replace"), project)
            if version is not None:
                found.setdefault(version, []).append(name + b'"')
    return True
