"""The client of a run: whole answers, parts of files, streams; with redirects, credentials, retries, the cache."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Self, TypeVar

from frazil.credentials import BoundHeaders, Credentials, basic, origin_of, split_credentials
from frazil.errors import AuthenticationError, IndexAnswerError, Interrupted, Offline, OutsideError
from frazil.events import RequestMade
from frazil.http.answers import REDIRECTS, WHOLE, Answer, Response, Stream, phrase, shown
from frazil.http.packing import ACCEPTED, Damaged, TooLarge, refuses, unpacked
from frazil.http.patience import Patience, Transient, seconds_to_wait
from frazil.settings import Settings
from frazil.values import replace

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex
    from frazil.http.bodies import Exchange
    from frazil.http.pages import Page, PageCache
    from frazil.http.plain_pages import KeptPage, PlainPages
    from frazil.http.wires import Wires

MOST_REDIRECTS = 5

# 501 and 505 say that it will never be otherwise.
_LASTING = frozenset({501, 505})
_PLAIN = {"accept": "*/*", "accept-encoding": "identity"}

Pair = tuple[str, str]
_AnswerT = TypeVar("_AnswerT", bound=Answer)


class Client:
    """Makes requests for a whole run. Thread-safe; costs nothing before the first request.

    Only 404 and 410 (and 416 for ranges) come back as answers. Raises AuthenticationError for 401, 403 and 407,
    IndexUnreachable when the server cannot be reached or keeps failing, IndexAnswerError for any other answer that
    is none, Offline when a request would be needed under `settings.offline`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        machine: "MachineIndex | None" = None,
        credentials: Credentials | None = None,
        given: BoundHeaders | None = None,
    ) -> None:
        self._settings = settings
        self._machine = machine
        self._credentials = credentials or Credentials()
        self._given = given
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._wires: Wires | None = None
        self._plain: PlainPages | None = None
        self._pages: PageCache | None = None
        self.requests = 0
        self.received = 0
        self.cache_hits = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and end all waits between tries; no request can be made afterwards."""
        self._ending.set()
        with self._lock:
            if self._wires is not None:
                self._wires.close()

    def get(
        self,
        url: str,
        *,
        accept: str | None = None,
        limit: int,
        cached: bool = False,
        deferred: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Get a whole body of at most `limit` bytes, packed and unpacked.

        `cached` goes through the HTTP cache (for pages): a fresh one makes no request, others ask whether they
        changed. With `cache-control: max-age=0` among the headers they always ask. `deferred` puts off reading the
        body of a page that is kept until somebody looks at it.
        """
        sent = {"accept": accept or "*/*", "accept-encoding": ACCEPTED}
        sent.update({name.lower(): value for name, value in (headers or {}).items()})
        through_cache = cached and not self._settings.no_cache

        def ask(hop: str, own: Pair | None) -> Response:
            if through_cache:
                return self._get_page(hop, own, sent, limit, deferred=deferred)
            return self._get(hop, own, sent, limit)

        return self._patience().spend(lambda: self._followed(url, ask))

    def kept(self, url: str, *, accept: str, limit: int) -> Response | None:
        """Return a page that the cache has and that is good, its body still to be read; None if a request is needed."""
        if self._settings.no_cache or not self._settings.lean:
            return None
        page = self._plain_pages().find(url, accept)
        if page is None or not (page.is_fresh or self._settings.offline):
            return None
        self._count(cache_hits=1)
        hit = self._kept_response(page, None, {"accept": accept, "accept-encoding": ACCEPTED}, limit, deferred=True)
        return None if hit is None else replace(hit, from_cache=True)

    def ask_ahead(
        self,
        url: str,
        *,
        accept: str | None = None,
        cached: bool = False,
        begin_thread: Callable[[Callable[[], None]], None],
    ) -> bool:
        """Make a request now of which `get`, called with the same, will find the answer; False where that cannot be.

        Then `get` makes it: the cache answers, or the address is not reached the lean way.
        """
        if not self._settings.lean or self._settings.offline or self._ending.is_set():
            return False
        address, own = split_credentials(url)
        sent = {"accept": accept or "*/*", "accept-encoding": ACCEPTED}
        if cached and not self._settings.no_cache:
            plain = self._plain_pages()
            kept = plain.find(address, sent["accept"])
            if plain.is_kept_elsewhere(address) if kept is None else kept.is_fresh:
                return False
            sent |= {} if kept is None else kept.conditions
        headers = {**sent, **self._authorization(address, own)}
        return self._wired().send_ahead(url, address, headers, begin_thread)

    def hurry(self, url: str) -> None:
        """Make a request that waits to be made ahead before all others."""
        self._wired().hurry(url)

    def ended_ahead(self, seconds: float) -> list[tuple[str, bool]]:
        """Wait at most so long for requests made ahead to end; return their addresses, and whether all is well.

        Where it is not, `get` may take its time.
        """
        return self._wired().ended_ahead(seconds)

    def get_range(self, url: str, start: int | None, end: int | None) -> Response:
        """Get the bytes from `start` to `end`, both included as in HTTP; `end` None goes on to the last byte.

        `start` None asks for the last `end` bytes. The caller checks for 206 and `content-range`: who answers 200
        has no ranges, and then the body is here only if it is no longer than what was asked for.
        """
        wanted = f"-{end}" if start is None else f"{start}-{'' if end is None else end}"
        size = None if end is None else end if start is None else end - start + 1

        def ask(hop: str, own: Pair | None) -> Response:
            with contextlib.closing(self._open(hop, own, {**_PLAIN, "range": f"bytes={wanted}"})) as exchange:
                small = size is not None and exchange.length is not None and exchange.length <= size
                read = exchange.status == 206 or (exchange.status in WHOLE and small)
                return Response(hop, exchange.status, exchange.headers, exchange.read(size) if read else b"")

        return self._patience().spend(lambda: self._followed(url, ask))

    @contextlib.contextmanager
    def stream(self, url: str) -> Iterator[Stream]:
        """Open a body of any length, byte for byte as it lies on the server.

        Reading goes on where a connection breaks. A body that cannot be had to its end raises IndexUnreachable.
        """
        from frazil.http.bodies import Download  # noqa: PLC0415 - httpx comes with it

        def ask(more: Mapping[str, str]) -> "Exchange":
            return self._followed(url, lambda hop, own: self._open(hop, own, {**_PLAIN, **more}), close=True)

        download = Download(url, ask, self._patience())
        stream = download.begin()
        try:
            yield stream
        finally:
            download.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        expected: frozenset[int],
        headers: Mapping[str, str] | None = None,
        content: Callable[[], Iterable[bytes]] | None = None,
    ) -> Response:
        """Make a request of another kind (PUT, HEAD), its content read anew for every try; follows no redirect.

        Returns status and headers, without a body. A status that is not `expected` is an error as it is for others.
        """
        address, own = split_credentials(url)

        def ask() -> Response:
            sent = {**_PLAIN, **(headers or {})}
            exchange = self._open(address, own, sent, method=method, content=content, expected=expected)
            with contextlib.closing(exchange):
                return Response(address, exchange.status, exchange.headers, b"")

        return self._patience().spend(ask)

    # One hop after the other

    def _followed(self, url: str, ask: Callable[[str, Pair | None], _AnswerT], *, close: bool = False) -> _AnswerT:
        """Ask along redirects. Credentials in the address itself go to its own origin only."""
        address, own = split_credentials(url)
        first = origin_of(address)
        for _ in range(MOST_REDIRECTS + 1):
            answer = ask(address, own if origin_of(address) == first else None)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None:
                return answer
            if close:
                answer.close()  # type: ignore[attr-defined]
            address = _redirected(address, location)
        raise IndexAnswerError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times")

    def _get(self, url: str, own: Pair | None, sent: Mapping[str, str], limit: int) -> Response:
        with contextlib.closing(self._open(url, own, sent)) as exchange:
            body = exchange.read(limit) if exchange.status in WHOLE else b""
        return Response(url, exchange.status, exchange.headers, _plain(url, body, exchange.headers, limit))

    def _get_page(self, url: str, own: Pair | None, sent: Mapping[str, str], limit: int, *, deferred: bool) -> Response:
        """Get a page through the cache: that of plain pages, or CacheControl where it has a record or is needed."""
        plain = self._plain_pages() if self._settings.lean else None
        kept = plain.find(url, sent["accept"]) if plain is not None else None
        if plain is None or (kept is None and plain.is_kept_elsewhere(url)):
            return self._get_general_page(self._page_cache(), url, own, sent, limit)
        if kept is not None and (self._settings.offline or (kept.is_fresh and "cache-control" not in sent)):
            hit = self._kept_response(kept, own, sent, limit, deferred=deferred)
            if hit is not None:
                self._count(cache_hits=1)
                return replace(hit, from_cache=True)
            kept = None
        conditions = kept.conditions if kept is not None else {}
        with contextlib.closing(self._open(url, own, {**sent, **conditions})) as exchange:
            if exchange.status == 304 and kept is not None:
                page = self._kept_response(plain.confirm(kept, exchange.headers), own, sent, limit, deferred=deferred)
                if page is None:
                    raise Transient(f"{shown(url)} says that a page is as before, and that is lost")
                return page
            packed = exchange.read(limit) if exchange.status in WHOLE else b""
        body = _plain(url, packed, exchange.headers, limit)
        identity = plain.keep(url, sent["accept"], exchange.headers, packed) if exchange.status == 200 else None
        if identity is None and exchange.status in {200, *REDIRECTS}:
            self._page_cache().keep(url, sent, _page_of(exchange, packed))
        return Response(url, exchange.status, exchange.headers, body, identity=identity or "")

    def _kept_response(
        self, kept: "KeptPage", own: Pair | None, sent: Mapping[str, str], limit: int, *, deferred: bool
    ) -> Response | None:
        """Return a kept page as an answer; None, and it is kept no longer, where its body is damaged."""

        def read() -> bytes:
            body = self._kept_body(kept, limit)
            return self._get(kept.url, own, sent, limit).body if body is None else body

        given = read if deferred else self._kept_body(kept, limit)
        return None if given is None else Response(kept.url, 200, kept.headers, given, identity=kept.identity)

    def _kept_body(self, kept: "KeptPage", limit: int) -> bytes | None:
        packed = kept.read_body()
        if packed is not None:
            with contextlib.suppress(Transient):
                return _plain(kept.url, packed, kept.headers, limit)
        self._plain_pages().drop(kept.url)
        return None

    def _get_general_page(
        self, pages: "PageCache", url: str, own: Pair | None, sent: Mapping[str, str], limit: int
    ) -> Response:
        page = pages.find(url, sent, expired=self._settings.offline)
        if page is not None:
            with contextlib.suppress(Damaged, TooLarge):
                hit = Response(
                    url, page.status, page.headers, unpacked(page.body, page.headers, limit), from_cache=True
                )
                self._count(cache_hits=int(page.status == 200))
                return hit
        conditions = {} if self._settings.offline else pages.conditions(url, sent)
        with contextlib.closing(self._open(url, own, {**sent, **conditions})) as exchange:
            if exchange.status == 304:
                page = pages.confirm(url, sent, exchange.headers)
                if page is None:
                    raise Transient(f"{shown(url)} says that a page is as before, and that is lost")
                return Response(url, page.status, page.headers, _plain(url, page.body, page.headers, limit))
            packed = exchange.read(limit) if exchange.status in WHOLE else b""
        body = _plain(url, packed, exchange.headers, limit)
        if exchange.status in {200, *REDIRECTS}:
            pages.keep(url, sent, _page_of(exchange, packed))
        return Response(url, exchange.status, exchange.headers, body)

    def _open(
        self,
        url: str,
        own: Pair | None,
        sent: Mapping[str, str],
        *,
        method: str = "GET",
        content: Callable[[], Iterable[bytes]] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> "Exchange":
        """Make one request and judge its answer's status; the body waits."""
        from frazil.http.bodies import Exchange  # noqa: PLC0415 - httpx comes with it

        if self._settings.offline:
            sentence = f"{shown(url)} is needed, and offline no request is made"
            raise Offline(sentence, hint="run once without `--offline`")
        if self._ending.is_set():
            raise Interrupted("the run is ending: no further request is made")
        began = time.monotonic()
        try:
            content_now = None if content is None else content()
            incoming = self._wired().send(url, {**sent, **self._authorization(url, own)}, method, content_now)
        except (Transient, OutsideError):
            self._account(url, 0, 0, began)
            raise
        exchange = Exchange(url, incoming, began, self._settings.timeout, self._account)
        try:
            if exchange.status not in expected:
                self._judge(exchange, sent)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def is_known_at(self, url: str) -> bool:
        """Say whether requests to an address say who asks."""
        address, own = split_credentials(url)
        return bool(self._authorization(address, own))

    def _authorization(self, url: str, own: Pair | None) -> Mapping[str, str]:
        given = self._given.headers if self._given is not None and self._given.covers_url(url) else {}
        if own is not None:
            return {**given, "authorization": basic(own)}
        # What was given for this very place goes before what is known of its host.
        return given if "authorization" in given else {**self._credentials.headers_for(url), **given}

    def _judge(self, exchange: "Exchange", sent: Mapping[str, str]) -> None:
        """Raise unless this is an answer to what was asked."""
        status = exchange.status
        if status in WHOLE and "range" not in sent and sent["accept-encoding"] != "identity":
            return
        sentence = f"{shown(exchange.url)} answered {phrase(status)}"
        if status in {401, 403, 407}:
            raise AuthenticationError(sentence, hint=self._advice(exchange.url, status))
        if status in {408, 429} or (status >= 500 and status not in _LASTING):
            raise Transient(sentence, after=seconds_to_wait(exchange.headers.get("retry-after", "")))
        expected = {*WHOLE, *REDIRECTS, 404, 410}
        expected |= {206, 416} if "range" in sent else set()
        expected |= {304} if {"if-none-match", "if-modified-since"} & sent.keys() else set()
        if status not in expected:
            raise IndexAnswerError(sentence)
        if (
            sent["accept-encoding"] == "identity"
            and status in {*WHOLE, 206}
            and refuses(exchange.headers, exchange.url)
        ):
            raise IndexAnswerError(f"{shown(exchange.url)} was sent packed although its plain bytes were asked for")

    def _advice(self, url: str, status: int) -> str:
        if status == 407:
            return "the proxy wants a user name and password: put them in its address"
        place = self._credentials.kept_from(url)
        if place is not None:
            return f'credentials for {place} are not sent outside of it; declare `files = "…"` where its files lie'
        if self._authorization(url, None):
            return "the user name or password that it was given is wrong, or may not do this"
        return "set FRAZIL_INDEX_<NAME>_USERNAME and FRAZIL_INDEX_<NAME>_PASSWORD, or name the host in netrc"

    # What is made once

    def _wired(self) -> "Wires":
        from frazil.http.wires import Wires  # noqa: PLC0415 - sockets: 10 ms that only a run with requests pays

        with self._lock:
            if self._wires is None:
                self._wires = Wires(self._settings, self._machine)
            return self._wires

    def _plain_pages(self) -> "PlainPages":
        from frazil.http.plain_pages import PlainPages  # noqa: PLC0415 - only pages pay

        with self._lock:
            if self._plain is None:
                self._plain = PlainPages(self._settings.cache)
            return self._plain

    def _page_cache(self) -> "PageCache":
        from frazil.http.pages import PageCache  # noqa: PLC0415 - cachecontrol: 80 ms that only pages pay

        with self._lock:
            if self._pages is None:
                self._pages = PageCache(self._settings.cache)
            return self._pages

    def _patience(self) -> Patience:
        return Patience(self._settings.retries, self._ending)

    # Accounts

    def _account(self, url: str, status: int, received: int, began: float) -> None:
        self._count(requests=1, received=received)
        self._settings.reporter(RequestMade(shown(url), status, received, time.monotonic() - began))

    def _count(self, *, requests: int = 0, received: int = 0, cache_hits: int = 0) -> None:
        with self._lock:
            self.requests += requests
            self.received += received
            self.cache_hits += cache_hits


def _redirected(url: str, location: str) -> str:
    from frazil.http.wire import joined  # noqa: PLC0415 - loaded by the request that was redirected

    target = joined(url, location)
    if target is None:
        raise IndexAnswerError(f"{shown(url)} redirects to what is no HTTP address")
    if url.startswith("https:") and not target.startswith("https:"):
        raise IndexAnswerError(f"{shown(url)} redirects from https to http: {shown(target)}")
    return target


def _plain(url: str, body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """Return a body unpacked, or say in a sentence why it cannot be."""
    try:
        return unpacked(body, headers, limit) if body else body
    except TooLarge:
        raise IndexAnswerError(f"{shown(url)} is larger than {limit} bytes when it is unpacked") from None
    except Damaged:
        raise Transient(f"{shown(url)} sent a body that cannot be unpacked") from None


def _page_of(exchange: "Exchange", packed: bytes) -> "Page":
    from frazil.http.pages import Page  # noqa: PLC0415 - loaded with the cache

    return Page(exchange.status, exchange.headers, packed)
