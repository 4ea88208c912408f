"""The JSON form of a page, scanned for the names of its files: a row is decoded when somebody asks for its file.

A page of the usual shape is cut at the borders of its rows, and only where that can be told for sure. Where no string
between the first row and the last holds a bracket or a backslash, they are rows of one list, and what is written
`"filename"` is that key; else no list may end there, and the rows have to be as many as their names. What stands around
the rows is JSON without them, and every row that is decoded has to be JSON with the name that was found in it. Other
pages are read whole.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, cast

from frazil.index.filenames import version_in
from frazil.index.json_page import read_json
from frazil.index.rows import MOST_FILES, PageError, Row
from frazil.quick.names import normalised
from frazil.regex import regex
from frazil.values import dataclass, field

_FILES = regex(rb'"files": ?\[(?=\{"[^"\\]*":( ?))')
# The end of a list and the key after it: in a string its quotes would be escaped.
_LIST_END = regex(rb'\]\s*,\s*"')
# Project and version, with which all usual names of wheels and source archives begin; and how those go on.
_BEGINNING = rb"([A-Za-z0-9][\w.]*-[\w.+!]+)"
_ENDING = rb"(?:-[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*-\w+(?:\.\w+)*-\w+(?:\.\w+)*\.whl|\.tar\.gz|\.zip)"
_USUAL = regex(_BEGINNING + _ENDING)


class OddPage(ValueError):
    """A page that is not of the usual shape after all: it has to be read whole."""


@dataclass(frozen=True)
class ScannedPage:
    """A page as bytes, with the versions that its file names tell, as they are spelled there.

    `beginnings` are what the names of a version begin with, `unusual` are whole names of another form.
    """

    body: bytes = field(repr=False)
    project: str
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

    def files(self, spellings: Iterable[str]) -> Mapping[str, set[int]]:
        """Return the names of a release's files, given all the spellings of its version, and where they stand."""
        found: dict[str, set[int]] = {}
        for spelling in spellings:
            for beginning in (*self.beginnings.get(spelling, ()), *self.unusual.get(spelling, ())):
                needle = self.key + beginning
                position = self.body.find(needle, self.first, self.last)
                while position != -1:
                    start = position + len(self.key)
                    end = self.body.find(b'"', start, self.last)
                    name = self.body[start:end].decode("utf-8", "replace")
                    # 1.0 begins 1.0.1, and an egg may begin as a wheel does.
                    if version_in(name, self.project) == spelling:
                        found.setdefault(name, set()).add(position)
                    position = self.body.find(needle, end, self.last)
        return found

    def files_from_all(self, spellings: Iterable[str]) -> Mapping[str, set[int]]:
        """Return what `files` does, all names being looked at once: for whoever asks for many releases."""
        every = self._every
        return {name: positions for spelling in spellings for name, positions in every.get(spelling, {}).items()}

    @cached_property
    def _every(self) -> Mapping[str, dict[str, set[int]]]:
        found: dict[str, dict[str, set[int]]] = {}
        for match in re.compile(re.escape(self.key) + rb'([^"]*)"').finditer(self.body, self.first, self.last):
            name = match[1].decode("utf-8", "replace")
            spelling = version_in(name, self.project)
            if spelling is not None:
                found.setdefault(spelling, {}).setdefault(name, set()).add(match.start())
        return found

    def row(self, position: int, filename: str) -> Row:
        """Decode the row in which a file name stands. Raises OddPage."""
        start = self.body.rfind(self.separator, self.first, position)
        start = self.first if start == -1 else start + len(self.separator) - 1
        end = self.body.find(self.separator, position, self.last)
        end = self.last if end == -1 else end + 1
        try:
            row: Any = json.loads(self.body[start:end])
        except (ValueError, RecursionError):
            raise OddPage from None
        if not isinstance(row, dict) or row.get("filename") != filename:
            raise OddPage
        return cast("Row", row)


def scan_page(body: bytes, project: str) -> ScannedPage | None:
    """Find the versions of a page in the JSON form; None where it is not of the usual shape."""
    opening = _FILES.search(body)
    if opening is None:
        return None
    space = opening[1]
    key, separator = b'"filename":' + space + b'"', b"}," + space + b"{"
    first = opening.end()
    last = body.find(b"}]", body.rfind(key)) + 1
    count = body.count(b'"filename"', first, last) if last > first else 0
    around = body[:first] + body[last:]
    if not 0 < count <= MOST_FILES or around.count(b'"files"') != 1:
        return None
    plain = body.find(b"]", first, last) == -1 and body.find(b"\\", first, last) == -1
    if not plain and (_LIST_END.search(body, first, last) or body.count(separator, first, last) != count - 1):
        return None
    try:
        frame = read_json(around, project)
    except PageError:
        return None
    rows = _Rows(body, first, last, key)
    beginnings, found = _beginnings(rows, project)
    unusual = _unusual(rows, project, count, found) if found is not None and found < count else {}
    if frame.rows != [] or found is None or unusual is None:
        return None
    return ScannedPage(
        body=body,
        project=project,
        first=first,
        last=last,
        separator=separator,
        key=key,
        api_version=frame.api_version,
        status=frame.status,
        beginnings=beginnings,
        unusual=unusual,
    )


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
        fits = names.get(name)
        if fits is None:
            # Wheels and source archives take such names differently, and one beginning stands for both.
            if b"__" in name or not name[-1:].isalnum():
                return {}, None
            fits = names[name] = normalised(name.decode("ascii")) == project
        if fits:
            if not version[:1].isalnum():
                return {}, None
            found.setdefault(version.decode("ascii"), []).append(beginning)
    return found, len(usual)


def _unusual(rows: _Rows, project: str, count: int, usual: int) -> dict[str, list[bytes]] | None:
    """Return the names that are spelled in other ways, by version; None where one is beyond finding again."""
    found: dict[str, list[bytes]] = {}
    names = rows.find(rb'([^"]*)')
    if len(names) != count:
        return None  # the key stands there in another way than before the first of them
    unlike = [name for name in names if name.count(b"-") != (4 if name.endswith(b".whl") else 1)]
    # Hyphens tell most of them; where they do not tell all, every name is looked at again.
    others = unlike if len(unlike) + usual == count else [name for name in names if _USUAL.fullmatch(name) is None]
    for name in set(others):
        if b"\\" in name:
            return None
        version = version_in(name.decode("utf-8", "replace"), project)
        if version is not None:
            found.setdefault(version, []).append(name + b'"')
    return found
