"""Who we are to an index: user names and passwords, each kept to the one place that it was given for."""

import contextlib
import os
import re
import threading
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from frazil.events import Reporter, Warned, silent
from frazil.regex import regex
from frazil.settings import Settings
from frazil.values import dataclass, field

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Where index software keeps pages: `/simple/`, `/+simple/`. Its files lie beside, not below.
_PAGES = regex(r"[+]?simple/\Z")
_DOTS = regex(r"/(?:\.|%2e){1,2}(?:/|\Z)|%2f|%5c|%25|\\", re.IGNORECASE)
# What a server that takes tokens expects where a name would stand.
_TOKEN_USER = "__token__"  # noqa: S105 - a user name


class Origin(NamedTuple):
    """A server as credentials see it: the same name on another port or scheme is another one."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def origin_of(url: str) -> Origin | None:
    """Return the origin of an HTTP address, or None for what is none."""
    parts = _split(url)
    return None if parts is None else _origin(parts)


def split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return an address without its user name and password, and those two, percent-decoded."""
    scheme, mark, rest = url.partition("://")
    end = re.search(r"[/?#]", rest)
    authority = rest if end is None else rest[: end.start()]
    userinfo, at, host = authority.rpartition("@")
    if not mark or not at:
        return url, None
    user, _, password = userinfo.partition(":")
    return f"{scheme}://{host}{rest[len(authority) :]}", (unquote(user), unquote(password))


@dataclass(frozen=True, slots=True)
class BoundCredentials:
    """A user name and password for the addresses of one origin below one path (ends in `/`)."""

    origin: Origin
    path: str
    username: str
    password: str = field(repr=False)

    def covers(self, parts: SplitResult) -> bool:
        # Dots that somebody resolves later could lead out of the path: then nothing is sent.
        below = parts.path.startswith(self.path) and not _DOTS.search(parts.path)
        return below and _origin(parts) == self.origin


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token for the addresses of one origin."""

    origin: Origin
    token: str = field(repr=False)

    def covers(self, url: str) -> bool:
        return origin_of(url) == self.origin


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """An index as credentials see it: its declared name, its address and, where declared, its file root.

    `credentials` are those that stood in its address, where somebody has split them off already.
    """

    name: str
    url: str = field(repr=False)
    files: str | None = None
    credentials: tuple[str, str] | None = field(default=None, repr=False)


class Credentials:
    """Finds what to send to an address. Thread-safe; reads netrc when it is first needed.

    What was given for an index goes to its origin, below its path or its file root there, and nowhere else; what
    netrc says of a host goes to that host over https (any port), or to loopback.
    """

    def __init__(
        self, bound: Iterable[BoundCredentials] = (), *, netrc: Path | None = None, reporter: Reporter = silent
    ) -> None:
        self._bound = sorted(bound, key=lambda one: len(one.path), reverse=True)
        self._netrc_file = netrc
        self._netrc: Mapping[str, tuple[str, str]] | None = None
        self._reporter = reporter
        self._lock = threading.Lock()

    def for_url(self, url: str) -> tuple[str, str] | None:
        """Return the user name and password to send to an address, or None."""
        parts = _split(url)
        if parts is None:
            return None
        for one in self._bound:
            if one.covers(parts):
                return one.username, one.password
        origin = _origin(parts)
        if origin.scheme != "https" and not origin.is_loopback:
            return None
        hosts = self._hosts_of_netrc()
        return hosts.get(f"{origin.host}:{origin.port}") or hosts.get(origin.host)

    def kept_from(self, url: str) -> str | None:
        """Return the place of credentials for the same origin that this address lies outside of, for a hint."""
        parts = _split(url)
        if parts is None or any(one.covers(parts) for one in self._bound):
            return None
        server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        same = (one.path for one in self._bound if one.origin == _origin(parts))
        return next((server + path for path in same), None)

    def _hosts_of_netrc(self) -> Mapping[str, tuple[str, str]]:
        with self._lock:
            if self._netrc is None:
                self._netrc = {} if self._netrc_file is None else _read_netrc(self._netrc_file, self._reporter)
            return self._netrc


def read_credentials(settings: Settings, indexes: Iterable[IndexPlace]) -> Credentials:
    """Gather credentials for indexes: `FRAZIL_INDEX_<NAME>_USERNAME` and `_PASSWORD`, else those of their address.

    A password without a user name is taken for a token. Reads no file: netrc (`NETRC`, else the home's) waits.
    """
    bound = [
        BoundCredentials(origin, path, *pair)
        for index in indexes
        if (pair := _given(index, settings.environ)) is not None
        for origin, path in _places(index)
    ]
    return Credentials(bound, netrc=_netrc_place(settings.environ), reporter=settings.reporter)


def variables_of(index: str) -> tuple[str, str]:
    """Return the names of the variables that hold an index's user name and password."""
    stem = f"FRAZIL_INDEX_{re.sub(r'[^A-Z0-9]', '_', index.upper())}"
    return f"{stem}_USERNAME", f"{stem}_PASSWORD"


def _given(index: IndexPlace, environ: Mapping[str, str]) -> tuple[str, str] | None:
    username, password = (environ.get(name, "") for name in variables_of(index.name))
    if username or password:
        return username or _TOKEN_USER, password
    return index.credentials or split_credentials(index.url)[1]


def _places(index: IndexPlace) -> list[tuple[Origin, str]]:
    parts = [split for url in (index.url, index.files) if (split := _split(url or "")) is not None]
    # A file root elsewhere is somebody else's server: netrc may know it, the index's password is not for it.
    return [
        (_origin(one), _PAGES.sub("", one.path if one.path.endswith("/") else f"{one.path}/"))
        for one in parts
        if _origin(one) == _origin(parts[0])
    ]


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and parts.hostname and (parts.port or 0) >= 0
    except ValueError:
        return None
    return parts if usable else None


def _origin(parts: SplitResult) -> Origin:
    host = parts.hostname or ""
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode()
    return Origin(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme])


# netrc -----------------------------------------------------------------------------------------------------


def _netrc_place(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("NETRC")
    if named:
        return Path(named)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if not home:
        return None
    places = [Path(home) / name for name in (".netrc", "_netrc" if os.name == "nt" else ".netrc")]
    return next((place for place in places if place.is_file()), places[0])


def _read_netrc(path: Path, reporter: Reporter) -> dict[str, tuple[str, str]]:
    """Return user name and password by host.

    The `default` entry is left out: it would give a password to every host there is.
    """
    from netrc import NetrcParseError, netrc  # noqa: PLC0415 - only who has no other credentials

    try:
        hosts = netrc(str(path)).hosts
    except FileNotFoundError:
        return {}
    except NetrcParseError as error:
        where = f"{path}:{error.lineno}" if error.lineno else str(path)
        reporter(Warned(f"{where} is no netrc file that can be read; its passwords are not used"))
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        reporter(Warned(f"{path} cannot be read ({why}); its passwords are not used"))
        return {}
    return {
        host.lower(): (user or account or "", password or "")
        for host, (user, account, password) in hosts.items()
        if host != "default"
    }
