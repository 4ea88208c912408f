"""Pages whose servers say plainly how long they are good: kept without CacheControl, in a hundredth of its time.

A record is one file: when the page was last known to be current, what came before the body, and the body packed as it
came. Each part has a checksum of its own, so that a page can be found to be current, and be made current again,
without its body being read. Whatever is off with a record makes it a miss.
"""

import contextlib
import marshal
import os
import struct
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frazil.atomic import write_cached, writes_forbidden, writing
from frazil.digest import sha256_of
from frazil.errors import DiskError
from frazil.http.freshness import good_for
from frazil.opening import open_plain
from frazil.values import dataclass, replace

FOLDER = "http-1"

# The second number is raised with every change of what follows.
_MARK = b"frazil page 1\n"
_STAMP = struct.Struct("<dI")
_LENGTHS = struct.Struct("<III")
_HEAD_AT = len(_MARK) + _STAMP.size + _LENGTHS.size
_MARSHAL = 4
_SUFFIX = ".page"
_READ_AT_ONCE = 4096
_LARGEST_HEAD = 256 * 1024
_KEPT_BACK = frozenset({"set-cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page in the cache, its body still on disk.

    `identity` names exactly these bytes: no other record ever has the same one. `known_at` is when it was last known
    to be current, `lifetime` for how many seconds it then was good.
    """

    place: str
    url: str
    accept: str
    identity: str
    headers: Mapping[str, str]
    known_at: float
    lifetime: float
    body_at: int
    body_checksum: int

    @property
    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.known_at < self.lifetime

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask whether the page has changed."""
        names = {"if-none-match": "etag", "if-modified-since": "last-modified"}
        return {asking: self.headers[said] for asking, said in names.items() if said in self.headers}

    def read_body(self) -> bytes | None:
        """Return the body packed as it came; None if it is damaged, or another one by now."""
        try:
            with open_plain(self.place) as file:
                data = file.read()
        except OSError:
            return None
        found = _parse_head(data)
        body = data[self.body_at :]
        same = found is not None and found[1][2] == self.identity
        return body if same and zlib.crc32(body) == self.body_checksum else None


class PlainPages:
    """Finds and keeps pages by address, without credentials; several processes may share its folder."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._folder = f"{cache}{os.sep}{FOLDER}{os.sep}"

    def find(self, url: str, accept: str) -> KeptPage | None:
        """Return the page that was kept for this address and this question, fresh or not."""
        place = self._place(url)
        try:
            descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        try:
            head = os.read(descriptor, _READ_AT_ONCE)
            length = _head_length(head)
            if length is not None and len(head) < _HEAD_AT + length <= _LARGEST_HEAD:
                head += os.read(descriptor, _HEAD_AT + length - len(head))
        except OSError:
            return None
        finally:
            os.close(descriptor)
        parsed = _parse_head(head)
        if parsed is None:
            return None
        (known_at, body_at, body_checksum), (kept_url, kept_accept, identity, lifetime, headers) = parsed
        if (kept_url, kept_accept) != (url, accept):
            return None
        return KeptPage(
            place=place,
            url=url,
            accept=accept,
            identity=identity,
            headers=dict(headers),
            known_at=known_at,
            lifetime=lifetime,
            body_at=body_at,
            body_checksum=body_checksum,
        )

    def keep(self, url: str, accept: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Keep a page that has just come, and return its identity; None where its server does not speak plainly.

        What was kept for the address before is then kept no longer.
        """
        now = time.time()
        lifetime = good_for(headers, now)
        if lifetime is None:
            self.drop(url)
            return None
        identity = os.urandom(16).hex()
        self._write(self._place(url), (url, accept, identity, lifetime, _kept(headers)), body, now)
        return identity

    def confirm(self, page: KeptPage, headers: Mapping[str, str]) -> KeptPage:
        """Take note that a page has not changed (304); return it with its headers brought up to date."""
        now = time.time()
        merged = {**page.headers, **{name: value for name, value in headers.items() if name != "content-length"}}
        lifetime = good_for(merged, now)
        confirmed = replace(page, headers=merged, known_at=now, lifetime=lifetime or 0.0)
        if lifetime and not writes_forbidden():
            if _kept_words(merged) == _kept_words(page.headers) and lifetime / 2 < page.lifetime:
                # What was kept stays as it is; only the time is moved so that the page is good for no longer than said.
                self._stamp(page, now - max(0.0, page.lifetime - lifetime))
            elif (body := page.read_body()) is not None:
                head = (page.url, page.accept, page.identity, lifetime, _kept(merged))
                self._write(page.place, head, body, now)
                return self.find(page.url, page.accept) or confirmed
        return confirmed

    def is_kept_elsewhere(self, url: str) -> bool:
        """Say whether CacheControl may have a record for this address."""
        digest = sha256_of(url)
        return os.path.exists(f"{self._folder}{digest[:2]}{os.sep}{digest[2:]}")  # noqa: PTH110 - hundreds of them

    def drop(self, url: str) -> None:
        """Keep a page no longer."""
        if not writes_forbidden():
            with contextlib.suppress(OSError):
                os.unlink(self._place(url))  # noqa: PTH108 - most often there is nothing

    def _stamp(self, page: KeptPage, known_at: float) -> None:
        """Write when a page was known to be current over the last such note: a few bytes, in one go, in place."""
        with contextlib.suppress(OSError):
            writing(Path(page.place))
            descriptor = os.open(page.place, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                # Another process may have put another page here: then its mark is not ours to renew.
                parsed = _parse_head(os.read(descriptor, _READ_AT_ONCE))
                if parsed is not None and parsed[1][2] == page.identity:
                    os.lseek(descriptor, len(_MARK), os.SEEK_SET)
                    os.write(descriptor, _stamp(known_at))
            finally:
                os.close(descriptor)

    def _write(self, place: str, head: tuple[Any, ...], body: bytes, now: float) -> None:
        if writes_forbidden():
            return
        packed = marshal.dumps(head, _MARSHAL)
        checksum = zlib.crc32(packed)
        lengths = _LENGTHS.pack(len(packed), checksum, zlib.crc32(body))
        # A cache that cannot be written costs time, no more.
        with contextlib.suppress(DiskError):
            write_cached(self._cache, place, b"".join((_MARK, _stamp(now), lengths, packed, body)))

    def _place(self, url: str) -> str:
        digest = sha256_of(url)
        # Sixteen folders: making one costs as much as writing a file.
        return f"{self._folder}{digest[0]}{os.sep}{digest[1:]}{_SUFFIX}"


def _kept(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers.items() if name not in _KEPT_BACK)


def _kept_words(headers: Mapping[str, str]) -> list[str | None]:
    """Return what of a page's headers decides about it later on."""
    return [headers.get(name) for name in ("etag", "last-modified", "content-type", "content-encoding", "vary")]


def _stamp(known_at: float) -> bytes:
    packed = struct.pack("<d", known_at)
    return _STAMP.pack(known_at, zlib.crc32(packed))


def _head_length(data: bytes) -> int | None:
    if len(data) < _HEAD_AT or not data.startswith(_MARK):
        return None
    length: int = _LENGTHS.unpack_from(data, len(_MARK) + _STAMP.size)[0]
    return length


def _parse_head(data: bytes) -> tuple[tuple[float, int, int], tuple[Any, ...]] | None:
    """Return when a page was known to be current, where its body is and its checksum; and what was kept before it."""
    length = _head_length(data)
    if length is None or len(data) < _HEAD_AT + length:
        return None
    known_at, stamp_checksum = _STAMP.unpack_from(data, len(_MARK))
    _, head_checksum, body_checksum = _LENGTHS.unpack_from(data, len(_MARK) + _STAMP.size)
    packed = data[_HEAD_AT : _HEAD_AT + length]
    if zlib.crc32(packed) != head_checksum:
        return None
    if zlib.crc32(struct.pack("<d", known_at)) != stamp_checksum:
        known_at = 0.0  # two processes at once, or a crash: whatever is kept has to be asked about
    try:
        head = marshal.loads(packed)  # noqa: S302 - a checksum says that it is what was written
    except (ValueError, EOFError, TypeError):
        return None
    return (known_at, _HEAD_AT + length, body_checksum), head
