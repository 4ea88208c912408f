"""What the TOML files of a project said, kept by their very texts, so that no manifest is parsed twice.

Reading TOML is nearly half of what a large project costs before anything is resolved: a pure Python parser for the
values, another pass for the lines. Both follow from the text alone. The record of a project lies in the cache, holds
the files that its last reading met, and is lost without harm.
"""

import marshal
import os
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from frazil.digest import sha256_of
from frazil.project.document import Document, parse_document
from frazil.records import place_in, read_record, write_record
from frazil.regex import regex

FOLDER = "manifests-1"

_KIND = "manifests 1"
_MARSHAL = 4
_CREDENTIALS = regex(r"://[^/\s]*@")


class Documents:
    """Parses the files of one project; without a cache each text is parsed when it is asked for.

    `write` keeps what was asked for since the record was read, and nothing else.
    """

    def __init__(self, cache: Path | None, root: Path) -> None:
        self._cache = cache
        self._place = "" if cache is None else place_in(cache, FOLDER, sha256_of(os.fsencode(root)))
        self._met: dict[str, bytes | None] = {}

    @cached_property
    def _known(self) -> Mapping[str, bytes]:
        return read_record(self._place, _KIND) or {}

    def parse(self, text: str, file: str) -> Document:
        """Parse the text of a file (relative to the root). Raises ConfigurationError with file and line."""
        if self._cache is None:
            return parse_document(text, file)
        key = sha256_of(text)
        packed = self._met.get(key) or self._known.get(key)
        if packed is not None:
            self._met[key] = packed
            data, lines = marshal.loads(packed)  # noqa: S302 - the record's checksum says that it is what was written
            return Document(file, data, lines)
        document = parse_document(text, file)
        # Secrets stay in the files that hold them.
        self._met[key] = None if "@" in text and _CREDENTIALS.search(text) else _packed(document)
        return document

    def write(self) -> None:
        """Keep what was met, if the record does not say just that already."""
        kept = {key: packed for key, packed in self._met.items() if packed is not None}
        self._met = {}
        if self._cache is not None and kept and kept.keys() != self._known.keys():
            self._known = kept
            write_record(self._cache, self._place, _KIND, kept)


def _packed(document: Document) -> bytes | None:
    """Return what a document says as bytes; None for what has no such form (dates)."""
    value: tuple[Any, ...] = (document.data, document.lines)
    try:
        return marshal.dumps(value, _MARSHAL)
    except ValueError:
        return None


@lru_cache(maxsize=4)
def documents_of(cache: Path | None, root: Path) -> Documents:
    """Return the documents of a project, the same for all who read it in this process."""
    return Documents(cache, root)
