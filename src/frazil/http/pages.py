"""The HTTP cache of pages: CacheControl judges freshness (RFC 9111), files keep; the only importer of cachecontrol.

Every page is kept unless its server forbids it, with or without a word on how long it is good: offline, an old page
is better than none. Whatever goes wrong with a record is a miss.
"""

import contextlib
import hashlib
import logging
import zlib
from collections.abc import Collection, Mapping
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from cachecontrol.controller import CacheController

from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.errors import DiskError
from frazil.http.answers import REDIRECTS
from frazil.opening import read_plain
from frazil.values import dataclass

FOLDER = "http-1"
"""The folder below the cache; another layout gets another name."""

# What is logged would reach the screen where nobody set logging up.
logging.getLogger("cachecontrol").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as the cache holds it: the body packed as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PageCache:
    """Finds and keeps pages by address, without credentials; several processes may share its folder."""

    def __init__(self, cache: Path) -> None:
        self._files = _PageFiles(cache)
        self._controller = CacheController(cast("Any", self._files))

    def find(self, url: str, sent: Mapping[str, str], *, expired: bool) -> Page | None:
        """Return the page if it is fresh; with `expired`, whatever there is, also where it led to."""
        view = _view(url, sent)
        with _as_a_miss():
            if not expired:
                return _page(self._controller.cached_request(view) or None, {200})
            stored = self._files.get(self._controller.cache_url(url)) or b""
            return _page(self._controller.serializer.loads(view, stored), {200, *REDIRECTS})
        return None

    def conditions(self, url: str, sent: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that ask whether the page has changed."""
        with _as_a_miss():
            found = self._controller.conditional_headers(_view(url, sent))
            return {name.lower(): value for name, value in found.items()}
        return {}

    def keep(self, url: str, sent: Mapping[str, str], page: Page) -> None:
        """Keep a page, or where it leads to."""
        with _as_a_miss():
            asked = self._controller.parse_cache_control(page.headers)
            if "no-store" not in asked and "*" not in page.headers.get("vary", ""):
                record = self._controller.serializer.dumps(_view(url, sent), _answer(page), page.body)
                self._files.set(self._controller.cache_url(url), record)

    def confirm(self, url: str, sent: Mapping[str, str], headers: Mapping[str, str]) -> Page | None:
        """Return the page that has not changed (304), its headers brought up to date."""
        with _as_a_miss():
            answer = _answer(Page(304, headers, b""))
            return _page(self._controller.update_cached_response(_view(url, sent), answer), {200})
        return None


def _view(url: str, sent: Mapping[str, str]) -> Any:
    """Return a request as CacheControl sees it: without credentials, even where a page varies by them."""
    headers = Message()  # names in any case, as `Vary` spells them
    for name, value in sent.items():
        if name not in {"authorization", "cookie"}:
            headers[name] = value
    return SimpleNamespace(url=url, headers=headers)


def _answer(page: Page) -> Any:
    headers = {name: value for name, value in page.headers.items() if name != "set-cookie"}
    return SimpleNamespace(status=page.status, headers=headers, reason="", version=11, decode_content=False)


def _page(found: Any, statuses: Collection[int]) -> Page | None:
    if found is None or int(found.status) not in statuses:
        return None
    headers = {str(name).lower(): str(value) for name, value in found.headers.items()}
    return Page(int(found.status), headers, found.read(decode_content=False))


def _as_a_miss() -> contextlib.suppress:
    # Damaged records make CacheControl raise nearly anything; no cache may break a run.
    return contextlib.suppress(Exception)


class _PageFiles:
    """Keeps records as files, each with a checksum, replaced atomically: the storage that CacheControl asks for."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._folder = cache / FOLDER

    def get(self, key: str) -> bytes | None:
        try:
            record = read_plain(self._place(key))
        except OSError:
            return None
        data = record[4:]
        return data if record[:4] == _checksum(data) else None

    def set(self, key: str, value: bytes, expires: object = None) -> None:
        del expires
        if writes_forbidden():
            return
        place = self._place(key)
        # A cache that cannot be written costs time, no more.
        with contextlib.suppress(DiskError):
            make_cache_folder(self._cache)
            make_folder(place.parent)
            write_atomically(place, _checksum(value) + value, mode=0o600, durable=False)

    def delete(self, key: str) -> None:
        """Keep it all the same: CacheControl drops what has expired, and offline that is still of use."""

    def _place(self, key: str) -> Path:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")
