"""The JSON form of a page, scanned for the names of its files: a row is decoded when somebody asks for its release.

A page of the usual shape is cut at the borders of its rows, and only where that can be told for sure: its rows are
as many as its file names, what stands around them is JSON without them, and every row that is decoded has to be JSON
with the name that was found in it. A page of another shape is read whole.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from frazil.index.filenames import version_in
from frazil.index.json_page import read_frame
from frazil.index.rows import MOST_FILES, Row
from frazil.quick.names import normalised
from frazil.values import dataclass, field

_FILES = re.compile(rb'"files": ?\[(?=\{"[^"\\]*":( ?))')
# What all usual names begin with: project and version of a wheel or of a source archive.
_BEGINNING = rb"([A-Za-z0-9][\w.]*-[\w.+!]+)"
_ENDING = (
    rb"(?:(?:-[0-9][\w.+!]*)?-[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*-\w+(?:\.\w+)*-\w+(?:\.\w+)*\.whl|\.tar\.gz|\.zip)"
)
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
        found: list[Row] = []
        for spelling in spellings:
            for beginning in self.beginnings[spelling]:
                found.extend(self._rows_with(self.key + beginning))
        return found

    def _rows_with(self, needle: bytes) -> Iterable[Row]:
        position = self.body.find(needle, self.first, self.last)
        while position != -1:
            start = self.body.rfind(self.separator, self.first, position)
            start = self.first if start == -1 else start + len(self.separator) - 1
            end = self.body.find(self.separator, position, self.last)
            end = self.last if end == -1 else end + 1
            try:
                row: Any = json.loads(self.body[start:end])
            except (ValueError, RecursionError):
                raise OddPage from None
            if not isinstance(row, dict) or f'"{row.get("filename")}"'.encode().find(needle[len(self.key) :]) != 1:
                raise OddPage
            yield row
            position = self.body.find(needle, end, self.last)


def scan_page(body: bytes, project: str) -> ScannedPage | None:
    """Find the versions of a page in the JSON form; None where it is not of the usual shape.

    Raises PageError where what stands around its files cannot be read.
    """
    opening = _FILES.search(body)
    if opening is None or body.count(b'"files"') != 1:
        return None
    space = opening[1]
    key, separator = b'"filename":' + space + b'"', b"}," + space + b"{"
    first, last = opening.end(), body.rfind(key)
    last = body.find(b"}]", last) + 1
    count = body.count(key, first, last)
    if last <= first or not 0 < count <= MOST_FILES or body.count(separator, first, last) != count - 1:
        return None
    frame = read_frame(body[:first] + body[last:])
    if frame.rows != []:
        return None
    beginnings = _beginnings(body[first:last], key, count, project)
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


def _beginnings(rows: bytes, key: bytes, count: int, project: str) -> dict[str, list[bytes]] | None:
    """Return what the names of the project's files begin with, by version; None where a name is beyond telling."""
    found: dict[str, list[bytes]] = {}
    usual = re.compile(re.escape(key) + _BEGINNING + _ENDING + rb'"').findall(rows)
    names: dict[bytes, bool] = {}
    for beginning in set(usual):
        name, _, version = beginning.partition(b"-")
        ours = names.get(name)
        if ours is None:
            # Where wheels and source archives are read differently, one beginning would stand for both.
            if b"__" in name or not name[-1:].isalnum():
                return None
            ours = names[name] = normalised(name.decode("ascii")) == project
        if ours:
            if not version[:1].isalnum():
                return None
            text = version.decode("ascii")
            # The hyphen or the dot behind it keep 1.0 from being found in 1.0.1.
            found.setdefault(text, []).extend((beginning + b"-", beginning + b".tar.gz", beginning + b".zip"))
    if len(usual) < count:
        _add_unusual(found, rows, key, project)
    return found


def _add_unusual(found: dict[str, list[bytes]], rows: bytes, key: bytes, project: str) -> None:
    """Add the files whose names are spelled in older ways, one by one."""
    for name in set(re.compile(re.escape(key) + rb'([^"]*)"').findall(rows)):
        if _USUAL_NAME.fullmatch(name) is None:
            version = version_in(name.decode("utf-8", "replace"), project)
            if version is not None:
                found.setdefault(version, []).append(name + b'"')
