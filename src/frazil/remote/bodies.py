"""Bytes to upload, which may be read again when a try fails."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from frazil.remote.backend import CHUNK
from frazil.remote.entry import Digest, digest_of
from frazil.remote.faults import Unreachable
from frazil.store.signature import open_regular


class TextBody:
    """Bytes in memory."""

    def __init__(self, text: bytes, count: Callable[[int], None]) -> None:
        self._text = text
        self._count = count
        self.digest = digest_of(text)

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self._text), CHUNK):
            chunk = self._text[start : start + CHUNK]
            yield chunk
            self._count(len(chunk))


class FileBody:
    """A file that is known to have a digest: an entry of the store, which nobody changes."""

    def __init__(self, path: Path, digest: Digest, count: Callable[[int], None]) -> None:
        self._path = path
        self._count = count
        self.digest = digest

    def chunks(self) -> Iterator[bytes]:
        try:
            with open_regular(self._path) as descriptor:
                while chunk := os.read(descriptor, CHUNK):
                    yield chunk
                    self._count(len(chunk))
        except OSError:
            raise Unreachable(f"{self._path.name} left the store before it was uploaded") from None
