"""The general way to a server: connections kept alive in a pool for each route; the only importer of httpx.

httpx's own client is left out: it would add cookies, redirects, proxies and netrc of its own, and it takes a good
part of the time of a small request. Its transports alone speak HTTP here, and everything they raise is translated.
"""

import contextlib
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakSet

import httpx

from frazil.credentials import origin_of, split_credentials
from frazil.errors import AuthenticationError, ConfigurationError, IndexAnswerError
from frazil.http.answers import phrase, shown
from frazil.http.failures import broken, late, why
from frazil.http.patience import Transient
from frazil.http.routes import Route, Routes
from frazil.http.trust import Trust, distrusted, unverified

MOST_CONNECTIONS = 64
_KEPT_ALIVE_SECONDS = 30.0


class Wire:
    """Makes requests, one at a time per caller. Thread-safe."""

    def __init__(self, timeout: float, routes: Routes, trust: Trust, agent: str) -> None:
        self._timeout = timeout
        self._trust = trust
        self._routes = routes
        self._agent = agent
        # No limit on the wait for a free connection: the others have limits of their own.
        timeouts = dict.fromkeys(("connect", "read", "write"), timeout)
        self._extensions = {"timeout": {**timeouts, "pool": None}, "trace": self._note_socket}
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()
        self._pools: dict[Route, httpx.HTTPTransport] = {}

    def send(
        self, url: str, headers: Mapping[str, str], method: str = "GET", content: Iterable[bytes] | None = None
    ) -> "Incoming":
        """Send one request; raise Transient, or an OutsideError where no other try would help."""
        with _translated(url, self._timeout):
            sent = {"user-agent": self._agent, **headers}
            request = httpx.Request(method, url, headers=sent, content=content, extensions=self._extensions)
            origin = origin_of(url)
            if origin is None or not request.url.host:
                raise httpx.UnsupportedProtocol(url)
            return Incoming(url, self._pool(self._routes.to(origin)).handle_request(request), self._timeout)

    def close(self) -> None:
        """Close all connections, also those that a thread is waiting on: it wakes and sees a broken one."""
        with self._lock:
            for connection in list(self._sockets):
                with contextlib.suppress(OSError):
                    # The base class's: that of TLS sockets forgets its state under the reader's feet.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _note_socket(self, event: str, details: Mapping[str, Any]) -> None:
        """Remember the socket of a new connection: httpcore tells of each step that it takes."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            connection = details["return_value"].get_extra_info("socket")
            if connection is not None:
                with self._lock:
                    self._sockets.add(connection)

    def _pool(self, route: Route) -> httpx.HTTPTransport:
        with self._lock:
            if route not in self._pools:
                self._pools[route] = self._new_pool(route)
            return self._pools[route]

    def _new_pool(self, route: Route) -> httpx.HTTPTransport:
        # HTTP/1.1 only: HTTP/2 connections that threads share were seen to break.
        context = self._trust.context(verified=route.verified) if route.scheme == "https" else unverified()
        if route.proxy is None:
            return httpx.HTTPTransport(verify=context, limits=_limits(), trust_env=False)
        try:
            own = self._trust.context(verified=True) if route.proxy.startswith("https:") else None
            proxy = httpx.Proxy(route.proxy, ssl_context=own)
            return httpx.HTTPTransport(verify=context, limits=_limits(), trust_env=False, proxy=proxy)
        except ImportError:
            sentence = f"the proxy {shown(route.proxy)} speaks SOCKS, and `socksio` is not installed"
            raise ConfigurationError(sentence, hint="install it beside frazil: `pip install socksio`") from None
        except (httpx.InvalidURL, ValueError):
            sentence = f"{shown(route.proxy)} is no address of a proxy"
            hint = "see HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and pip's `proxy`"
            raise ConfigurationError(sentence, hint=hint) from None


class Incoming:
    """One answer, its body still on the wire; header names are in lower case."""

    def __init__(self, url: str, answer: httpx.Response, timeout: float) -> None:
        self._url = url
        self._answer = answer
        self._timeout = timeout
        self.status = answer.status_code
        self.headers: Mapping[str, str] = dict(answer.headers.items())

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes; raise Transient where it breaks off."""
        with _translated(self._url, self._timeout):
            yield from self._answer.iter_raw()

    def close(self) -> None:
        with contextlib.suppress(httpx.HTTPError, OSError):  # nobody wants the rest any more
            self._answer.close()


def joined(url: str, location: str) -> str | None:
    """Return where a `Location` leads, without credentials and fragment; None unless it is an HTTP address."""
    try:
        target = split_credentials(str(httpx.URL(url).join(location)))[0].partition("#")[0]
    except (httpx.InvalidURL, ValueError):
        return None
    return target if origin_of(target) is not None else None


def _limits() -> httpx.Limits:
    return httpx.Limits(
        max_connections=MOST_CONNECTIONS,
        max_keepalive_connections=MOST_CONNECTIONS,
        keepalive_expiry=_KEPT_ALIVE_SECONDS,
    )


# What goes wrong -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _translated(url: str, timeout: float) -> Iterator[None]:
    """Turn what httpx raises into Transient, or into an error of ours where no other try would help."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise late(url, timeout, connecting=isinstance(error, httpx.ConnectTimeout)) from None
    except httpx.ProxyError as error:
        # It says a status and the proxy's own words for it, which could be anything.
        status = int(text) if (text := str(error)[:3]).isdecimal() else 0
        if status == 407:
            hint = "put its user name and password in its address"
            raise AuthenticationError(f"the proxy refused to reach {shown(url)}", hint=hint) from None
        reason = f"it answered {phrase(status)}" if status else why(error)
        raise Transient(f"the proxy cannot reach {shown(url)}: {reason}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError):
        raise IndexAnswerError(f"{shown(url)} is not an address that can be asked over HTTP") from None
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise distrusted(url, error) or broken(url, error, connecting=isinstance(error, httpx.ConnectError)) from None
