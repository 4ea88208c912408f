"""The one door to HTTP: a client for a whole run, used from many threads; the only importer of httpx and cachecontrol.

Nothing is imported and no TLS context is made before the first request. Redirects are followed here, so that
credentials stay with their origin and nothing goes from https to http. What may heal is tried again: connections,
408, 429, 5xx, bodies cut short. Everything has a limit: bytes (before and after decompression), hops, tries, waits.
"""

import contextlib
import random
import socket
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.credentials import Credentials, origin_of, split_credentials
from frazil.default_index import MachineIndex
from frazil.errors import (
    AuthenticationError,
    ConfigurationError,
    DiskError,
    IndexAnswerError,
    IndexUnreachable,
    Interrupted,
    Offline,
)
from frazil.events import RequestMade
from frazil.routes import Route, Routes
from frazil.settings import Settings

if TYPE_CHECKING:
    import ssl

    import httpx

CACHE_VERSION = "http-1"
"""The folder of pages below the cache; another layout gets another name."""

MOST_CONNECTIONS = 64
MOST_REDIRECTS = 5
LONGEST_PAUSE = 8.0
LONGEST_WAIT = 20.0
"""Seconds that one request may wait between tries, at once and in all."""

LEAST_BYTES_PER_SECOND = 1000
_PAUSES = (0.1, 1.0, 3.0, 6.0)
_DISCARDED = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GOOD = frozenset({200, 203, 206, 404, 410, 416}) | _REDIRECTS
# 501 and 505 say that it will never be otherwise.
_LASTING = frozenset({501, 505})
_NETWORK_HINT = "check the network and the address; with `--offline`, what the caches hold is used"
_CERTIFICATE_HINT = "name its authority with SSL_CERT_FILE, or in pip's configuration (`cert`)"


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: `url` is where it came from in the end, header names are in lower case.

    `body` is decompressed, and empty unless the status is 200, 203 or 206. `from_cache` says that no request was
    made.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    from_cache: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is still to come: `chunks` can be read once, and are the bytes as they lie on the server."""

    url: str
    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class _Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


_AnswerT = TypeVar("_AnswerT", bound=_Answer)


class Client:
    """Makes requests for a whole run. Thread-safe.

    Only 404, 410 (and 416 for ranges) come back as answers. Raises AuthenticationError for 401, 403 and 407,
    IndexUnreachable when the server cannot be reached or keeps failing, IndexAnswerError for any other answer that
    is none, Offline when a request would be needed under `settings.offline`.
    """

    def __init__(
        self, settings: Settings, *, machine: MachineIndex | None = None, credentials: Credentials | None = None
    ) -> None:
        self._settings = settings
        self._machine = machine
        self._credentials = credentials or Credentials()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._wire: _Wire | None = None
        self._pages: _PageCache | None = None
        self.requests = 0
        self.received = 0
        self.cache_hits = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and end all waits between tries; no request can be made afterwards."""
        self._closing.set()
        with self._lock:
            if self._wire is not None:
                self._wire.close()

    def get(
        self,
        url: str,
        *,
        accept: str | None = None,
        limit: int,
        cached: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Get a whole body of at most `limit` bytes, packed and unpacked.

        `cached` goes through the HTTP cache (for pages): fresh ones make no request, others ask whether they changed.
        """
        sent = {"accept": accept or "*/*", "accept-encoding": "gzip", **_lowered(headers)}
        pages = self._page_cache() if cached and not self._settings.no_cache else None
        patience = self._patience()
        return patience.spend(lambda: self._followed(url, lambda hop, own: self._get(hop, own, sent, limit, pages)))

    def get_range(self, url: str, start: int | None, end: int | None) -> Response:
        """Get the bytes from `start` to `end`, both included as in HTTP; `end` None goes on to the last byte.

        `start` None asks for the last `end` bytes. The caller checks for 206 and `content-range`: who answers 200
        has no ranges, and then the body is here only if it is no longer than what was asked for.
        """
        wanted = f"-{end}" if start is None else f"{start}-{'' if end is None else end}"
        sent = {"accept": "*/*", "accept-encoding": "identity", "range": f"bytes={wanted}"}
        size = None if end is None else end if start is None else end - start + 1

        def ask(hop: str, own: tuple[str, str] | None) -> Response:
            with contextlib.closing(self._open(hop, own, sent)) as exchange:
                too_much = exchange.status != 206 and (size is None or (exchange.length or size + 1) > size)
                body = b"" if too_much else exchange.read(size)
                return Response(hop, exchange.status, exchange.headers, body)

        return self._patience().spend(lambda: self._followed(url, ask))

    @contextlib.contextmanager
    def stream(self, url: str) -> Iterator[Stream]:
        """Open a body of any length, byte for byte as it lies on the server.

        Reading goes on where a connection breaks; a body that cannot be had to its end raises IndexUnreachable.
        """
        download = _Download(self, url)
        try:
            yield download.begin()
        finally:
            download.close()

    # One hop after the other

    def _followed(self, url: str, ask: Callable[[str, tuple[str, str] | None], _AnswerT]) -> _AnswerT:
        address, own = split_credentials(url)
        first = origin_of(address)
        for _ in range(MOST_REDIRECTS + 1):
            answer = ask(address, own if origin_of(address) == first else None)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            address = self._redirected(address, location)
        raise IndexAnswerError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times")

    def _redirected(self, url: str, location: str) -> str:
        target = self._wired().joined(url, location)
        if target is None:
            raise IndexAnswerError(f"{shown(url)} redirects to what is no HTTP address")
        if url.startswith("https:") and not target.startswith("https:"):
            raise IndexAnswerError(f"{shown(url)} redirects from https to http: {shown(target)}")
        return target

    def _get(
        self,
        url: str,
        own: tuple[str, str] | None,
        sent: Mapping[str, str],
        limit: int,
        pages: "_PageCache | None",
    ) -> Response:
        view = None if pages is None else pages.view(url, sent)
        kept = None if pages is None else pages.find(view, expired=self._settings.offline)
        if kept is not None:
            with contextlib.suppress(_Damaged):
                hit = Response(
                    url, kept.status, kept.headers, _unpacked(kept.body, kept.headers, limit), from_cache=True
                )
                self._count(cache_hits=1)
                return hit
        conditions = {} if pages is None else pages.conditions(view)
        with contextlib.closing(self._open(url, own, {**sent, **conditions})) as exchange:
            if exchange.status == 304 and pages is not None:
                kept = pages.confirm(view, exchange)
            elif exchange.status not in {200, 203}:
                return Response(url, exchange.status, exchange.headers, b"")
            else:
                kept = _Kept(exchange.status, exchange.headers, exchange.read(limit))
        try:
            if kept is None:
                raise _Damaged
            body = _unpacked(kept.body, kept.headers, limit)
        except _TooLarge:
            raise IndexAnswerError(f"{shown(url)} is larger than {limit} bytes when unpacked") from None
        except _Damaged:
            raise _Transient(f"{shown(url)} sent a body that cannot be unpacked") from None
        if pages is not None and exchange.status == 200:
            pages.keep(view, kept)
        return Response(url, kept.status, kept.headers, body)

    def _open(self, url: str, own: tuple[str, str] | None, sent: Mapping[str, str]) -> "_Exchange":
        """Make one request and judge its answer's status; the body waits."""
        if self._settings.offline:
            raise Offline(
                f"{shown(url)} is needed, and offline no request is made", hint="run once without `--offline`"
            )
        if self._closing.is_set():
            raise Interrupted("the run is ending: no further request is made")
        wire = self._wired()
        pair = own or self._credentials.for_url(url)
        headers = dict(sent) if pair is None else {**sent, "authorization": _basic(*pair)}
        began = time.monotonic()
        try:
            with _foreign_errors(url, self._settings.timeout):
                answer = wire.send(url, headers)
        except BaseException:
            self._account(url, 0, 0, began)
            raise
        exchange = _Exchange(url, answer, began, self._settings.timeout, self._account)
        try:
            self._judge(exchange, conditional="if-none-match" in headers or "if-modified-since" in headers)
            if headers["accept-encoding"] == "identity":
                _refuse_encoding(exchange)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def _judge(self, exchange: "_Exchange", *, conditional: bool) -> None:
        status = exchange.status
        if status in _GOOD or (status == 304 and conditional):
            return
        sentence = f"{shown(exchange.url)} answered {_phrase(status)}"
        if status in {401, 403, 407}:
            raise AuthenticationError(sentence, hint=self._authentication_hint(exchange.url, status))
        if status in {408, 429} or (status >= 500 and status not in _LASTING):
            raise _Transient(sentence, after=_retry_after(exchange.headers.get("retry-after", "")))
        raise IndexAnswerError(sentence)

    def _authentication_hint(self, url: str, status: int) -> str:
        if status == 407:
            return "the proxy wants a user name and password: put them in its address"
        place = self._credentials.kept_from(url)
        if place is not None:
            return f'credentials for {place} are not sent outside of it; declare `files = "…"` where its files lie'
        if self._credentials.for_url(url) is not None:
            return "the user name or password that it was given is wrong, or may not do this"
        return "set FRAZIL_INDEX_<NAME>_USERNAME and FRAZIL_INDEX_<NAME>_PASSWORD, or name the host in netrc"

    # What is made once

    def _wired(self) -> "_Wire":
        with self._lock:
            if self._wire is None:
                self._wire = _Wire(self._settings, self._machine)
            return self._wire

    def _page_cache(self) -> "_PageCache":
        self._wired()  # the cache speaks httpx's headers
        with self._lock:
            if self._pages is None:
                self._pages = _PageCache(self._settings.cache)
            return self._pages

    def _patience(self) -> "_Patience":
        return _Patience(self._settings.retries, self._closing)

    # Accounts

    def _account(self, url: str, status: int, received: int, began: float) -> None:
        self._count(requests=1, received=received)
        self._settings.reporter(RequestMade(shown(url), status, received, time.monotonic() - began))

    def _count(self, *, requests: int = 0, received: int = 0, cache_hits: int = 0) -> None:
        with self._lock:
            self.requests += requests
            self.received += received
            self.cache_hits += cache_hits


def shown(url: str) -> str:
    """Return an address as messages show it: no credentials, and nothing of a query, which may be a signature."""
    address, mark, _ = split_credentials(url)[0].partition("#")[0].partition("?")
    return f"{address}?…" if mark else address


# Trying again ----------------------------------------------------------------------------------------------


class _Transient(Exception):
    """A failure that may heal; `after` is what the server asks to wait (seconds), `cost` how many tries it takes."""

    def __init__(self, sentence: str, *, after: float | None = None, cost: int = 1, hint: str | None = None) -> None:
        self.sentence, self.after, self.cost, self.hint = sentence, after, cost, hint


class _Patience:
    """What one request may still spend: tries, and seconds of waiting between them."""

    def __init__(self, retries: int, closing: threading.Event) -> None:
        self._retries = self._left = retries
        self._seconds = LONGEST_WAIT
        self._closing = closing

    def spend(self, act: Callable[[], _AnswerT]) -> _AnswerT:
        """Act until it works; raise IndexUnreachable when nothing is left to spend."""
        while True:
            try:
                return act()
            except _Transient as failure:
                self.bear(failure)

    def bear(self, failure: _Transient) -> None:
        """Wait before the next try, or raise IndexUnreachable."""
        tries = self._retries - self._left
        self._left -= failure.cost
        if self._left < 0 or self._seconds <= 0:
            raise _given_up(failure) from None
        pause = _PAUSES[min(tries, len(_PAUSES) - 1)] * random.uniform(0.75, 1.25)  # noqa: S311 - only to spread
        if failure.after is not None:
            pause = max(failure.after, pause / 4)
        pause = min(pause, LONGEST_PAUSE, self._seconds)
        self._seconds -= pause
        if self._closing.wait(pause):
            raise Interrupted("the run is ending: no further request is made") from None

    def renew(self) -> None:
        """Start anew: something was achieved."""
        self._left, self._seconds = self._retries, LONGEST_WAIT


def _given_up(failure: _Transient) -> IndexUnreachable:
    if failure.after is not None and failure.after > LONGEST_PAUSE:
        return IndexUnreachable(failure.sentence, hint=f"it asks to be left alone for {failure.after:.0f} seconds")
    return IndexUnreachable(failure.sentence, hint=failure.hint or _NETWORK_HINT)


def _retry_after(value: str) -> float | None:
    """Read `Retry-After`: seconds or a date (RFC 9110, 10.2.3)."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - httpx has loaded it

    if value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


# One request -----------------------------------------------------------------------------------------------


class _Exchange:
    """One request that was answered, its body still to be read; closing it gives account."""

    def __init__(
        self,
        url: str,
        answer: "httpx.Response",
        began: float,
        timeout: float,
        account: Callable[[str, int, int, float], None],
    ) -> None:
        self.url = url
        self.status = answer.status_code
        self.headers: Mapping[str, str] = dict(answer.headers.items())
        self.received = 0
        self._answer = answer
        self._began = began
        self._timeout = timeout
        self._account = account
        self._closed = False
        self._chunks = self._read()

    @property
    def length(self) -> int | None:
        """The length that the server states for this body."""
        value = self.headers.get("content-length", "")
        return int(value) if value.isdecimal() and len(value) < 19 else None

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes over the wire; raise _Transient where it breaks off."""
        return self._chunks

    def _read(self) -> Iterator[bytes]:
        with _foreign_errors(self.url, self._timeout):
            for chunk in self._answer.iter_raw():
                self.received += len(chunk)
                yield chunk
                self._check_speed()
        if self.length is not None and self.received != self.length and "transfer-encoding" not in self.headers:
            raise _Transient(f"{shown(self.url)} ended after {self.received} of {self.length} bytes")

    def _check_speed(self) -> None:
        """Leave a server that drips: each byte comes in time, and the last would never."""
        elapsed = time.monotonic() - self._began
        if elapsed > 2 * self._timeout and self.received < elapsed * LEAST_BYTES_PER_SECOND:
            raise _Transient(f"{shown(self.url)} sends less than {LEAST_BYTES_PER_SECOND} bytes a second", cost=2)

    def read(self, limit: int | None) -> bytes:
        """Read a body of at most so many bytes."""
        too_large = IndexAnswerError(f"{shown(self.url)} is larger than {limit} bytes")
        if limit is not None and (self.length or 0) > limit:
            raise too_large
        chunks = []
        for chunk in self.chunks():
            chunks.append(chunk)
            if limit is not None and self.received > limit:
                raise too_large
        return b"".join(chunks)

    def close(self) -> None:
        """Give the connection back, or cut it where more than a little is left unread."""
        if self._closed:
            return
        self._closed = True
        try:
            if self.length is not None and self.length <= _DISCARDED:
                with contextlib.suppress(_Transient):
                    for _ in self._chunks:
                        pass
            with contextlib.suppress(Exception):  # whatever goes wrong with what nobody wants any more
                self._answer.close()
        finally:
            self._account(self.url, self.status, self.received, self._began)


class _Download:
    """A body of any length that goes on where a connection broke.

    What was received stays with who reads it, so after a break only the rest is asked for; a server without ranges
    sends all again, and as much as was had already is passed over. Whether the parts fit, the digest tells.
    """

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url
        self._patience = client._patience()
        self._exchange: _Exchange | None = None
        self._received = 0
        self._skipped = 0

    def begin(self) -> Stream:
        exchange = self._patience.spend(self._ask)
        has_body = exchange.status in {200, 203, 206}
        return Stream(exchange.url, exchange.status, exchange.headers, self._chunks() if has_body else iter(()))

    def close(self) -> None:
        if self._exchange is not None:
            self._exchange.close()

    def _ask(self) -> _Exchange:
        sent = {"accept": "*/*", "accept-encoding": "identity"}
        if self._received:
            sent["range"] = f"bytes={self._received}-"
        return self._client._followed(self._url, lambda hop, own: self._hold(self._client._open(hop, own, sent)))

    def _hold(self, exchange: _Exchange) -> _Exchange:
        """Keep an exchange in place of the last one: a redirect, or what broke."""
        self.close()
        self._exchange = exchange
        return exchange

    def _chunks(self) -> Iterator[bytes]:
        assert self._exchange is not None
        total = self._exchange.length
        exchange = self._exchange
        while True:
            try:
                yield from self._fresh(exchange.chunks())
            except _Transient as failure:
                if failure.cost > 1:
                    raise _given_up(failure) from None  # silence: who reads decides whether to begin again
                self._patience.bear(failure)
                exchange = self._patience.spend(lambda: self._resume(total))
            else:
                return

    def _fresh(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        achieved = 0
        for chunk in chunks:
            new = chunk[self._skipped :] if self._skipped else chunk
            self._skipped -= len(chunk) - len(new)
            self._received += len(new)
            achieved += len(new)
            if achieved > _DISCARDED:
                self._patience.renew()
                achieved = 0
            if new:
                yield new

    def _resume(self, total: int | None) -> _Exchange:
        exchange = self._ask()
        part = exchange.headers.get("content-range", "")
        if exchange.status == 206 and part.startswith(f"bytes {self._received}-"):
            self._skipped, known = 0, part.rpartition("/")[2]
        elif exchange.status in {200, 203}:
            self._skipped, known = self._received, str(exchange.length)
        else:
            raise IndexUnreachable(f"{shown(self._url)} broke off and cannot be had to its end", hint=_NETWORK_HINT)
        if total is not None and known not in {str(total), "*"}:
            raise IndexUnreachable(f"{shown(self._url)} changed while it was read", hint="run the same command again")
        return exchange


def _lowered(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}


def _basic(username: str, password: str) -> str:
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


def _phrase(status: int) -> str:
    """Return a status with our own words for it: the server's could say anything."""
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _refuse_encoding(exchange: _Exchange) -> None:
    encoding = exchange.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"} or exchange.status not in {200, 203, 206}:
        return
    # Some servers call a `.tar.gz` encoded though they send it as it is; were it not so, the digest would tell.
    if encoding in {"gzip", "x-gzip"} and exchange.url.partition("?")[0].endswith((".gz", ".tgz")):
        return
    raise IndexAnswerError(f"{shown(exchange.url)} was sent compressed although its plain bytes were asked for")


class _Damaged(Exception):
    """A body that cannot be unpacked."""


class _TooLarge(Exception):
    """A body that grows past its limit when it is unpacked."""


def _unpacked(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """Return a body without its content encoding. Raises _Damaged or _TooLarge."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise _Damaged
    unpacked = b""
    while body:
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            unpacked += unpacker.decompress(body, limit + 1 - len(unpacked))
        except zlib.error:
            raise _Damaged from None
        if len(unpacked) > limit:
            raise _TooLarge
        if not unpacker.eof:
            raise _Damaged
        body = unpacker.unused_data
    return unpacked


@contextlib.contextmanager
def _foreign_errors(url: str, timeout: float) -> Iterator[None]:
    """Turn what httpx raises into _Transient, or into an error of ours where no other try would help."""
    import httpx  # noqa: PLC0415 - loaded by the first request

    try:
        yield
    except httpx.ConnectTimeout:
        raise _Transient(f"{shown(url)} cannot be reached: no answer for {timeout:g} seconds", cost=2) from None
    except httpx.TimeoutException:
        raise _Transient(f"{shown(url)} was silent for {timeout:g} seconds", cost=2) from None
    except httpx.ProxyError as error:
        if str(error).startswith("407"):
            hint = "put its user name and password in its address"
            raise AuthenticationError(f"the proxy refused to reach {shown(url)}", hint=hint) from None
        raise _Transient(f"the proxy cannot reach {shown(url)}: {error}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError):
        raise IndexAnswerError(f"{shown(url)} is not an address that can be asked over HTTP") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        untrusted = _untrusted(error)
        if untrusted is not None:
            sentence = f"{shown(url)} shows a certificate that is not trusted: {untrusted}"
            raise IndexUnreachable(sentence, hint=_CERTIFICATE_HINT) from None
        deed = "cannot be reached" if isinstance(error, httpx.ConnectError) else "broke off its answer"
        raise _Transient(f"{shown(url)} {deed}: {_why(error)}") from None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _untrusted(error: BaseException) -> str | None:
    """Return why a certificate is refused, or None when something else went wrong."""
    import ssl  # noqa: PLC0415 - loaded by the first request

    refused = (cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError))
    return next((cause.verify_message for cause in refused), None)


def _why(error: BaseException) -> str:
    for cause in _causes(error):
        match cause:
            case socket.gaierror():
                return "its name is not known"
            case ConnectionRefusedError():
                return "the connection is refused"
            case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
                return "the connection was cut"
            case OSError(strerror=str(text)) if text:
                return text.lower()
    return str(error).partition("\n")[0][:200] or type(error).__name__


# Connections -----------------------------------------------------------------------------------------------


class _Wire:
    """Connections, kept alive: a pool for each route. httpx's own client is left out: it would add cookies, netrc,
    redirects and proxies of its own, and half of the time that a small request takes."""

    def __init__(self, settings: Settings, machine: MachineIndex | None) -> None:
        import httpx  # noqa: PLC0415 - 100 ms that only a run with requests pays

        self._httpx = httpx
        self._environ = settings.environ
        self._cert = machine.cert if machine else None
        self._client_cert = machine.client_cert if machine else None
        self._routes = Routes(
            settings.environ,
            proxy=machine.proxy if machine else None,
            trusted_hosts=machine.trusted_hosts if machine else (),
        )
        self._agent = f"frazil/{_version()}"
        self._extensions = {"timeout": {**dict.fromkeys(("connect", "read", "write"), settings.timeout), "pool": None}}
        self._lock = threading.Lock()
        self._pools: dict[Route, httpx.HTTPTransport] = {}

    def send(self, url: str, headers: Mapping[str, str]) -> "httpx.Response":
        """Send one GET request; the answer's body is still to be read."""
        request = self._httpx.Request(
            "GET", url, headers={"user-agent": self._agent, **headers}, extensions=self._extensions
        )
        origin = origin_of(url)
        if origin is None or request.url.host == "":
            raise self._httpx.UnsupportedProtocol("not HTTP")
        return self._pool(self._routes.to(origin)).handle_request(request)

    def joined(self, url: str, location: str) -> str | None:
        """Return where a `Location` leads, without credentials and fragment; None unless it is an HTTP address."""
        try:
            target = self._httpx.URL(url).join(location).copy_with(username=None, password=None, fragment=None)
        except (self._httpx.InvalidURL, ValueError):
            return None
        address = split_credentials(str(target))[0]
        return address if origin_of(address) is not None else None

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _pool(self, route: Route) -> "httpx.HTTPTransport":
        with self._lock:
            if route not in self._pools:
                self._pools[route] = self._new_pool(route)
            return self._pools[route]

    def _new_pool(self, route: Route) -> "httpx.HTTPTransport":
        httpx = self._httpx
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS, keepalive_expiry=30
        )
        context = self._context(verified=route.verified) if route.scheme == "https" else _no_context()
        if route.proxy is None:
            return httpx.HTTPTransport(verify=context, limits=limits, trust_env=False)
        try:
            own = self._context(verified=True) if route.proxy.startswith("https:") else None
            proxy = httpx.Proxy(route.proxy, ssl_context=own)
            return httpx.HTTPTransport(verify=context, limits=limits, trust_env=False, proxy=proxy)
        except ImportError:
            sentence = f"the proxy {shown(route.proxy)} speaks SOCKS, and `socksio` is not installed"
            raise ConfigurationError(sentence, hint="install it beside frazil: `pip install socksio`") from None
        except (httpx.InvalidURL, ValueError):
            sentence = f"{shown(route.proxy)} is no address of a proxy"
            raise ConfigurationError(sentence, hint="see HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, pip's `proxy`") from None

    def _context(self, *, verified: bool) -> "ssl.SSLContext":
        """Return how servers prove who they are: by the system's authorities, or those that somebody named."""
        import ssl  # noqa: PLC0415 - loaded by httpx

        named = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
        bundle = self._cert or next((path for name in named if (path := self._environ.get(name))), None)
        try:
            if not verified:
                context = _no_context()
            elif bundle is None:
                from truststore import SSLContext  # noqa: PLC0415 - 20 ms that a named bundle spares

                context = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            elif Path(bundle).is_dir() or (bundle == self._environ.get("SSL_CERT_DIR")):
                context = ssl.create_default_context(capath=bundle)
            else:
                context = ssl.create_default_context(cafile=bundle)
        except OSError as error:
            sentence = f"the certificates in {bundle} cannot be read: {_why(error)}"
            raise ConfigurationError(sentence, hint=f"see {', '.join(named)}, pip's `cert`") from None
        if self._client_cert is not None:
            try:
                context.load_cert_chain(self._client_cert)
            except OSError as error:
                sentence = f"the client certificate {self._client_cert} cannot be read: {_why(error)}"
                raise ConfigurationError(sentence, hint="see pip's `client-cert`") from None
        return context


def _no_context() -> "ssl.SSLContext":
    import ssl  # noqa: PLC0415 - loaded by httpx

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - 5 ms beside httpx

    try:
        return version("frazil")
    except PackageNotFoundError:
        return "0"


# The cache of pages ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page as the cache holds it: its body packed as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _PageCache:
    """The HTTP cache of pages: CacheControl decides (RFC 9111), files keep. Whatever goes wrong with it is a miss."""

    def __init__(self, cache: Path) -> None:
        import logging  # noqa: PLC0415 - loaded by httpx

        import httpx  # noqa: PLC0415 - loaded by the first request
        from cachecontrol.controller import CacheController  # noqa: PLC0415 - 80 ms that only pages pay

        # What it logs would reach the screen where nobody set logging up.
        logging.getLogger("cachecontrol").addHandler(logging.NullHandler())
        self._headers = httpx.Headers
        self._files: Any = _PageFiles(cache)
        self._controller = CacheController(self._files, status_codes=(*sorted(_REDIRECTS), 200))

    def view(self, url: str, sent: Mapping[str, str]) -> Any:
        """Return a request as CacheControl sees it: no credentials, not even where a page varies by them."""
        plain = {name: value for name, value in sent.items() if name not in {"authorization", "cookie"}}
        return SimpleNamespace(url=url, headers=self._headers(plain))

    def find(self, view: Any, *, expired: bool) -> _Kept | None:
        """Return the page if it is fresh, or whatever is there if expired ones will do."""
        with self._as_a_miss():
            if not expired:
                return _kept(self._controller.cached_request(view) or None, (200,))
            stored = self._files.get(self._controller.cache_url(view.url))
            return _kept(self._controller.serializer.loads(view, stored), (200, *_REDIRECTS))
        return None

    def conditions(self, view: Any) -> dict[str, str]:
        """Return the headers that ask whether the page has changed."""
        with self._as_a_miss():
            found = self._controller.conditional_headers(view)
            return {name.lower(): value for name, value in found.items()}
        return {}

    def keep(self, view: Any, page: _Kept) -> None:
        with self._as_a_miss():
            self._controller.cache_response(view, self._shim(page), page.body)

    def confirm(self, view: Any, exchange: _Exchange) -> _Kept | None:
        """Return the page that has not changed, its headers brought up to date."""
        with self._as_a_miss():
            answer = self._shim(_Kept(exchange.status, exchange.headers, b""))
            return _kept(self._controller.update_cached_response(view, answer), (200,))
        return None

    def _shim(self, page: _Kept) -> Any:
        return SimpleNamespace(
            status=page.status, headers=self._headers(dict(page.headers)), reason="", version=11, decode_content=False
        )

    @staticmethod
    def _as_a_miss() -> contextlib.AbstractContextManager[None]:
        # Damaged records make CacheControl raise nearly anything; no cache may break a run.
        return contextlib.suppress(Exception)


def _kept(found: Any, statuses: Iterable[int]) -> _Kept | None:
    if found is None or int(found.status) not in statuses:
        return None
    headers = {str(name).lower(): str(value) for name, value in found.headers.items()}
    return _Kept(int(found.status), headers, found.read(decode_content=False))


class _PageFiles:
    """Keeps records as files, each with a checksum, replaced atomically: the storage that CacheControl asks for."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._folder = cache / CACHE_VERSION

    def get(self, key: str) -> bytes | None:
        try:
            record = self._place(key).read_bytes()
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
        digest = sha256(key.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")
