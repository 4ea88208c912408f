"""A file on a server, read in parts as if it lay here."""

import io
from collections.abc import Mapping

from frazil.errors import ArtifactGone, IndexAnswerError
from frazil.http import Client, Response, shown
from frazil.index.archives import ArchiveError
from frazil.model import Offer
from frazil.regex import regex

_FIRST_READ = 32 * 1024
"""Bytes of the first request: the end of a wheel, where its directory is and, as a rule, its metadata."""

_NEXT_READ = 16 * 1024
_MOST_READ = 64 * 1024 * 1024
_CONTENT_RANGE = regex(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")


class RangesRefused(ArchiveError):
    """The server gives no parts of this file: it has to be had whole."""


class RangedFile(io.RawIOBase):
    """A seekable file over range requests; what has been read stays in memory.

    Opening it reads the end of the file. Raises RangesRefused, then and on every read, when the server answers
    with anything but the part that was asked for.
    """

    def __init__(self, client: Client, offer: Offer) -> None:
        self._client = client
        self._url = offer.url
        self._filename = offer.filename
        self._position = 0
        self._asked = 0
        self._parts: list[tuple[int, bytes]] = []
        self.length = 0
        self._ask(None, _FIRST_READ)
        if offer.size not in {None, self.length}:
            raise RangesRefused  # the server speaks of something else

    @property
    def whole(self) -> bytes | None:
        """All bytes of the file, where the first request brought them."""
        first, part = self._parts[0]
        return part if first == 0 and len(part) == self.length else None

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.length}[whence]
        if start + offset < 0:
            raise OSError("a position before the beginning")  # what the readers of archives expect
        self._position = start + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        end = self.length if size < 0 else min(self._position + size, self.length)
        data = bytearray()
        while self._position < end:
            piece = self._known(self._position, end)
            data += piece
            self._position += len(piece)
            if not piece:
                self._ask(self._position, min(max(end, self._position + _NEXT_READ), self.length))
        return bytes(data)

    def _known(self, start: int, end: int) -> bytes:
        """Return what is in memory from a position on, up to another."""
        for first, part in self._parts:
            if first <= start < first + len(part):
                return part[start - first : end - first]
        return b""

    def _ask(self, start: int | None, end: int) -> None:
        """Ask for the bytes from a position up to another, or for so many of the last ones."""
        self._asked += end if start is None else end - start
        if self._asked > _MOST_READ:
            raise ArchiveError("its directory is too large")
        try:
            response = self._client.get_range(self._url, start, end if start is None else end - 1)
        except IndexAnswerError:
            raise RangesRefused from None  # some servers know no range that counts from the end, and say 400 or 501
        if response.status in {404, 410}:
            raise ArtifactGone(f"{self._filename} is listed by its index and not there", details=(shown(self._url),))
        refuse_page(self._filename, response.headers, response.body, self._url)
        part = _part(response, start, self.length)
        if part is None:
            raise RangesRefused
        first, self.length = part
        self._parts.append((first, response.body))


def refuse_page(filename: str, headers: Mapping[str, str], begun: bytes, url: str) -> None:
    """Refuse a page for people (a login, the error of a proxy) where a file should be; raise IndexAnswerError."""
    if headers.get("content-type", "").lower().startswith("text/html") and begun.lstrip()[:1] == b"<":
        raise IndexAnswerError(
            f"the server answered with a page for people where {filename} should be",
            details=(shown(url),),
            hint="a login page or a proxy may stand before it",
        )


def _part(response: Response, start: int | None, length: int) -> tuple[int, int] | None:
    """Return where a part begins, and the length of the file; None if it is not the part that was asked for.

    Only a server that echoes the range has understood it. `length` is 0 while it is not known.
    """
    size = len(response.body)
    if response.status == 200 and size and start is None:
        return 0, size  # no ranges, but the whole file is smaller than the end that was asked for
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if response.status != 206 or match is None or not size:
        return None
    first, last, total = (int(group) for group in match.groups())
    is_end = start is None and last + 1 == total
    is_next = start is not None and (first, total) == (start, length)
    return (first, total) if (is_end or is_next) and size == last + 1 - first else None
