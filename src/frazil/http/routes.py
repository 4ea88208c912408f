"""How a server is reached: through which proxy, and whether its certificate is checked."""

import sys
from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network

from frazil.credentials import Origin
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Route:
    """`proxy` is an address, perhaps with credentials, or None; `verified` is False for hosts that pip trusts."""

    scheme: str
    proxy: str | None = field(repr=False)
    verified: bool = True


class Routes:
    """Chooses routes by origin: pip's own proxy, else those of the environment, but for what `NO_PROXY` excepts.

    `environ` is read as curl and requests do: lower-case names go first, `ALL_PROXY` comes last. `trusted_hosts` are
    `host` (any port) or `host:port`.
    """

    def __init__(
        self, environ: Mapping[str, str], *, proxy: str | None = None, trusted_hosts: Iterable[str] = ()
    ) -> None:
        self._proxies = {"all": proxy} if proxy else _proxies_of(environ)
        self._system = not self._proxies and sys.platform in {"darwin", "win32"}
        self._excepted = [e for e in _variable(environ, "no_proxy").replace(",", " ").lower().split() if e]
        self._trusted = [_host_and_port(host.lower()) for host in trusted_hosts]
        self._known: dict[Origin, Route] = {}

    def to(self, origin: Origin) -> Route:
        """Return the route to an origin: the same for the whole run."""
        known = self._known.get(origin)
        if known is None:
            known = self._known[origin] = self._route(origin)
        return known

    def _route(self, origin: Origin) -> Route:
        trusted = any(host == origin.host and port in {None, origin.port} for host, port in self._trusted)
        return Route(origin.scheme, self._proxy_for(origin), not trusted)

    def _proxy_for(self, origin: Origin) -> str | None:
        if any(_excepts(entry, origin) for entry in self._excepted):
            return None
        proxies = _proxies_of_system(origin.host) if self._system else self._proxies
        found = proxies.get(origin.scheme) or proxies.get("all")
        return found if not found or "://" in found else f"http://{found}"


def _proxies_of(environ: Mapping[str, str]) -> dict[str, str]:
    proxies = {scheme: _variable(environ, f"{scheme}_proxy") for scheme in ("http", "https", "all")}
    if "REQUEST_METHOD" in environ:
        # In a CGI process HTTP_PROXY is what a client sent as a header named Proxy.
        proxies["http"] = environ.get("http_proxy", "")
    return {scheme: proxy for scheme, proxy in proxies.items() if proxy}


def _variable(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _proxies_of_system(host: str) -> Mapping[str, str]:
    """Return what the settings of macOS or Windows say."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - only where the system has an opinion

    return {} if proxy_bypass(host) else getproxies()


def _excepts(entry: str, origin: Origin) -> bool:
    """Say whether an entry of `NO_PROXY` names an origin: `*`, a host, a domain, an address, a network, with a port."""
    if entry == "*":
        return True
    try:
        return ip_address(origin.host) in ip_network(entry, strict=False)
    except ValueError:
        host, port = _host_and_port(entry)
    domain = host.removeprefix("*").removeprefix(".")
    named = bool(domain) and (origin.host == domain or origin.host.endswith(f".{domain}"))
    return named and port in {None, origin.port}


def _host_and_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:]) if rest.startswith(":") and rest[1:].isdecimal() else None
    host, colon, port = text.rpartition(":")
    return (host, int(port)) if colon and port.isdecimal() and ":" not in host else (text, None)
