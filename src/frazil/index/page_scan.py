"""The JSON form of a page, scanned for the names of its files: a row is decoded when somebody asks for its release.

A page of the usual shape is cut at the borders of its rows, and only where that can be told for sure: its rows are
as many as its file names, what stands around them is JSON without them, and every row that is decoded has to be JSON
with the name that was found in it. A page of another shape is read whole.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, cast

from frazil.index.filenames import version_in
from frazil.index.json_page import read_json
from frazil.index.rows import MOST_FILES, PageError, Row
from frazil.quick.names import normalised
from frazil.regex import regex
from frazil.values import dataclass, field

_FILES = regex(rb'"files": ?\[(?=\{"[^"\\]*":( ?))')
# Project and version, with which all usual names of wheels and source archives begin.
_BEGINNING = rb"([A-Za-z0-9][\w.]*-[\w.+!]+)"
_ENDING = rb"(?:(?:-[0-9][\w.+!]*)?-[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*-\w+(?:\.\w+)*-\w+(?:\.\w+)*\.whl|\.tar\.gz|\.zip)"
_ENDS = (b"-", b".tar.gz", b".zip")


class OddPage(ValueError):
    """A page that is not of the usual shape after all: it has to be read whole."""


@dataclass(frozen=True)
class ScannedPage:
    """A page as bytes, with the versions that its file names tell, as they are spelled there.

    `beginnings` are what the names of a version begin with up to its end, `unusual` are whole names of another form.
    """

    body: bytes = field(repr=False)
    first: int
    last: int
    separator: bytes
    key: bytes
    api_version: object
    status: object
    beginnings: dict[str, list[bytes]] = field(repr=False)
    unusual: dict[str, list[bytes]] = field(repr=False)

    @property
    def spellings(self) -> Iterable[str]:
        return self.beginnings.keys() | self.unusual.keys()

    def rows(self, spellings: Iterable[str]) -> list[Row]:
        """Decode the rows of a release, given all the spellings of its version. Raises OddPage."""
        names = []
        for spelling in spellings:
            # What stands behind a version keeps 1.0 from being found in 1.0.1.
            names += [begun + end for begun in self.beginnings.get(spelling, ()) for end in _ENDS]
            names += [name + b'"' for name in self.unusual.get(spelling, ())]
        return [row for name in names for row in self._rows_with(name)]

    def rows_in_order(self, spellings: Iterable[str]) -> list[Row]:
        """Decode the rows of a release as `rows` does, the page being cut up once: for whoever asks for many."""
        found = []
        for spelling in spellings:
            for begun in self.beginnings.get(spelling, ()):
                cuts = self._cuts.get(begun, ())
                found += [_decoded(row, name) for name, row in cuts if name[len(begun) :].startswith(_ENDS)]
            for whole in self.unusual.get(spelling, ()):
                found += [_decoded(row, name + b'"') for name, row in self._cuts.get(whole, ())]
        return found

    @cached_property
    def _cuts(self) -> dict[bytes, list[tuple[bytes, bytes]]]:
        """All rows with their names, by what a usual name begins with, or by the whole of another one."""
        usual = re.compile(_BEGINNING + _ENDING)
        cuts = self.body[self.first : self.last].split(self.separator)
        cuts = [b"{" * (number > 0) + cut + b"}" * (number < len(cuts) - 1) for number, cut in enumerate(cuts)]
        found: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for cut in cuts:
            at = cut.find(self.key) + len(self.key)
            name = cut[at : cut.find(b'"', at)]
            like = usual.fullmatch(name)
            found.setdefault(name if like is None else like[1], []).append((name, cut))
        return found

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
    rows = _Rows(body, first, last, key)
    beginnings, found = _beginnings(rows, project)
    unusual = _unusual(rows, project) if found is not None and found < count else {}
    if frame.rows != [] or found is None or unusual is None:
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
        unusual=unusual,
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

    def find(self, name: bytes) -> list[Any]:
        """Find the file names of a pattern: its groups."""
        return re.compile(re.escape(self.key) + name + b'"').findall(self.body, self.first, self.last)


def _beginnings(rows: _Rows, project: str) -> tuple[dict[str, list[bytes]], int | None]:
    """Return what the usual names of the project's files begin with, by version, and how many such names there are.

    The number is None where a name is beyond telling.
    """
    found: dict[str, list[bytes]] = {}
    usual = rows.find(_BEGINNING + _ENDING)
    names: dict[bytes, bool] = {}
    for beginning in set(usual):
        name, _, version = beginning.partition(b"-")
        if name not in names:
            # Wheels and source archives take such names differently, and one beginning stands for both.
            if b"__" in name or not name[-1:].isalnum():
                return {}, None
            names[name] = normalised(name.decode("ascii")) == project
        if names[name]:
            if not version[:1].isalnum():
                return {}, None
            found.setdefault(version.decode("ascii"), []).append(beginning)
    return found, len(usual)


def _unusual(rows: _Rows, project: str) -> dict[str, list[bytes]] | None:
    """Return the names that are spelled in older ways, by version; None where one is written with escapes."""
    found: dict[str, list[bytes]] = {}
    for name in set(rows.find(rb"(?!" + _BEGINNING + _ENDING + rb'")([^"]*)')):
        version = version_in(name[1].decode("utf-8", "replace"), project)
        if b"\\" in name[1]:
            return None
        if version is not None:
            found.setdefault(version, []).append(name[1])
    return found
