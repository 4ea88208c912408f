"""Who we are to an index: user names and passwords, each kept to the one place that it was given for."""

import contextlib
import os
import re
import threading
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from frazil.errors import AuthenticationError
from frazil.events import Reporter, Warned, silent
from frazil.regex import regex
from frazil.settings import Settings
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from frazil.credential_helper import HelperAnswer

_T = TypeVar("_T")
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
    def is_private(self) -> bool:
        """Whether nobody listens on the way there."""
        return self.scheme == "https" or self.is_loopback

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> Origin | None:
    """Return the origin of an HTTP address, or None for what is none."""
    parts = _split(url)
    return None if parts is None else _origin(parts)


def split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return an address without its user name and password, and those two, percent-decoded."""
    if "@" not in url:
        return url, None
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
        return _is_below(parts, self.origin, self.path)


@dataclass(frozen=True, slots=True)
class BoundHeaders:
    """Headers for the addresses of one origin below one path (ends in `/`), such as a token."""

    origin: Origin
    path: str
    headers: Mapping[str, str] = field(repr=False)

    def covers(self, parts: SplitResult) -> bool:
        return _is_below(parts, self.origin, self.path)

    def covers_url(self, url: str) -> bool:
        parts = _split(url)
        return parts is not None and self.covers(parts)


def bound_headers(url: str, headers: Mapping[str, str]) -> BoundHeaders | None:
    """Return headers for what lies below an address; None for what is no address of HTTP."""
    parts = _split(url)
    return None if parts is None else BoundHeaders(_origin(parts), _folder(parts), dict(headers))


@dataclass(frozen=True, slots=True)
class Helper:
    """A credential helper: a program, and the hosts that it is asked about.

    `*` is whatever was declared: indexes, their mirrors, the shared cache; another pattern is any host that fits it.
    """

    pattern: str
    program: str


@dataclass(frozen=True, slots=True)
class Asking:
    """The programs that may be asked who we are."""

    helpers: tuple[Helper, ...] = ()
    keyring: bool = False


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """An index as credentials see it: its declared name, its address and, where declared, its file root.

    `credentials` are those that stood in its address, where somebody has split them off already. What has no name,
    like a shared cache, has no variables either.
    """

    name: str | None
    url: str = field(repr=False)
    files: str | None = None
    credentials: tuple[str, str] | None = field(default=None, repr=False)


class Credentials:
    """Finds what to send to an address. Thread-safe; reads netrc and asks programs when they are first needed.

    What was given for an index goes to its origin, below its path or its file root there, and nowhere else; what
    netrc or a program says of a host goes to that host over https (any port), or to loopback.
    """

    def __init__(
        self,
        bound: Iterable[BoundCredentials] = (),
        *,
        places: Iterable["Place"] = (),
        netrc: Path | None = None,
        programs: "Programs | None" = None,
        reporter: Reporter = silent,
    ) -> None:
        self._bound = sorted(bound, key=lambda one: len(one.path), reverse=True)
        self._places = sorted(places, key=lambda place: len(place.path), reverse=True)
        self._netrc_file = netrc
        self._netrc: Mapping[str, tuple[str, str]] | None = None
        self._programs = programs
        self._reporter = reporter
        self._lock = threading.Lock()

    def headers_for(self, url: str) -> Mapping[str, str]:
        """Return the headers that say who asks at an address, by lower-case name; none where nobody knows.

        Raises AuthenticationError when a program that is to know fails.
        """
        parts = _split(url)
        if parts is None:
            return {}
        if self._programs is not None:
            asked = self._asked(parts, self._programs)
            if asked is not None:
                return asked
        pair = self.for_url(url)
        return {} if pair is None else {"authorization": basic(pair)}

    def for_url(self, url: str) -> tuple[str, str] | None:
        """Return the user name and password to send to an address, or None; no program is asked."""
        parts = _split(url)
        if parts is None:
            return None
        for one in self._bound:
            if one.covers(parts):
                return one.username, one.password
        origin = _origin(parts)
        if not origin.is_private:
            return None
        hosts = self._hosts_of_netrc()
        return hosts.get(f"{origin.host}:{origin.port}") or hosts.get(origin.host)

    def _asked(self, parts: SplitResult, programs: "Programs") -> Mapping[str, str] | None:
        """Return what programs say of an address; None where others go first, or they know nothing."""
        given = next((one for one in self._bound if one.covers(parts)), None)
        origin = _origin(parts)
        if (given is not None and given.password) or not origin.is_private:
            return None
        path = next((place.asked for place in self._places if _is_below(parts, place.origin, place.path)), None)
        if path is None and any(place.origin == origin for place in self._places):
            return None  # what is beside the places of a server is not for whom they are for
        headers = programs.headers_of_helper(origin, path)
        if headers:
            return headers
        if path is None or (given is None and self.for_url(parts.geturl()) is not None):
            return None
        pair = programs.pair_of_keyring(origin, path, given.username if given is not None else None)
        return None if pair is None else {"authorization": basic(pair)}

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


def read_credentials(settings: Settings, indexes: Iterable[IndexPlace], asking: Asking | None = None) -> Credentials:
    """Gather credentials for indexes: `FRAZIL_INDEX_<NAME>_USERNAME` and `_PASSWORD`, else those of their address.

    A password without a user name is taken for a token. Reads no file and starts no program: netrc (`NETRC`, else the
    home's) and those that may be asked wait.
    """
    indexes = list(indexes)
    bound = [
        BoundCredentials(origin, path, *pair)
        for index in indexes
        if (pair := _given(index, settings.environ)) is not None
        for origin, path, _ in _places(index)
    ]
    return Credentials(
        bound,
        places=[place for index in indexes for place in _places(index)],
        netrc=_netrc_place(settings.environ),
        programs=None if asking is None or asking == Asking() else Programs(asking, settings),
        reporter=settings.reporter,
    )


def variables_of(index: str) -> tuple[str, str]:
    """Return the names of the variables that hold an index's user name and password."""
    stem = f"FRAZIL_INDEX_{re.sub(r'[^A-Z0-9]', '_', index.upper())}"
    return f"{stem}_USERNAME", f"{stem}_PASSWORD"


def _given(index: IndexPlace, environ: Mapping[str, str]) -> tuple[str, str] | None:
    names = () if index.name is None else variables_of(index.name)
    username, password = (environ.get(name, "") for name in names) if names else ("", "")
    if username or password:
        return username or _TOKEN_USER, password
    return index.credentials or split_credentials(index.url)[1]


class Place(NamedTuple):
    """What lies below a path; `asked` is the path by which programs know it, that of the pages for files as well."""

    origin: Origin
    path: str
    asked: str


def _places(index: IndexPlace) -> list[Place]:
    parts = [split for url in (index.url, index.files) if (split := _split(url or "")) is not None]
    # A file root elsewhere is somebody else's server: netrc may know it, the index's password is not for it.
    paths = [_PAGES.sub("", _folder(one)) for one in parts if _origin(one) == _origin(parts[0])]
    return [Place(_origin(parts[0]), path, paths[0]) for path in paths]


def basic(pair: tuple[str, str]) -> str:
    """Return the value of an `authorization` header for a user name and a password (RFC 7617)."""
    return f"Basic {b2a_base64(':'.join(pair).encode(), newline=False).decode()}"


def _is_below(parts: SplitResult, origin: Origin, path: str) -> bool:
    # Dots that somebody resolves later could lead out of the path: then nothing is sent.
    return parts.path.startswith(path) and not _DOTS.search(parts.path) and _origin(parts) == origin


def _folder(parts: SplitResult) -> str:
    return parts.path if parts.path.endswith("/") else f"{parts.path}/"


# A run looks at each of its addresses again and again.
@lru_cache(maxsize=256)
def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and parts.hostname and (parts.port or 0) >= 0
    except ValueError:
        return None
    return parts if usable else None


def _origin(parts: SplitResult) -> Origin:
    return _origin_at(parts.scheme, parts.netloc)


@lru_cache(maxsize=64)
def _origin_at(scheme: str, netloc: str) -> Origin:
    parts = SplitResult(scheme, netloc, "", "", "")
    host = parts.hostname or ""
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode()
    return Origin(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme])


# Programs --------------------------------------------------------------------------------------------------


class Programs:
    """Asks each program once about each place, however many threads want to know; fails once for all of them too."""

    def __init__(self, asking: Asking, settings: Settings) -> None:
        self._asking = asking
        self._environ = settings.environ
        self._lock = threading.Lock()
        self._locks: dict[object, threading.Lock] = {}
        self._said: dict[object, object] = {}
        self._failed: dict[object, AuthenticationError] = {}

    def headers_of_helper(self, origin: Origin, path: str | None) -> Mapping[str, str]:
        """Return what a helper says of a place; `path` None for a host that nobody declared."""
        helper = next((one for one in self._asking.helpers if _is_for(one, origin, path)), None)
        if helper is None:
            return {}
        uri = _address(origin, path)

        def ask() -> "HelperAnswer":
            from frazil.credential_helper import ask_helper  # noqa: PLC0415 - hardly anybody has one

            return ask_helper(helper.program, uri, self._environ)

        answer = self._once((helper, uri), ask)
        return answer.headers if answer is not None else {}

    def pair_of_keyring(self, origin: Origin, path: str, username: str | None) -> tuple[str, str] | None:
        if not self._asking.keyring:
            return None

        def ask() -> tuple[str, str] | None:
            from frazil.credential_helper import ask_keyring  # noqa: PLC0415 - hardly anybody has one

            return ask_keyring(_address(origin, path), username, self._environ)

        return self._once((origin, path, username), ask)

    def _once(self, key: object, ask: Callable[[], _T]) -> _T:
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._failed:
                raise self._failed[key]
            said: Any = self._said.get(key)
            if key not in self._said or (said is not None and not getattr(said, "is_fresh", True)):
                try:
                    said = self._said[key] = ask()
                except AuthenticationError as error:
                    self._failed[key] = error
                    raise
            return said  # type: ignore[no-any-return]


def _is_for(helper: Helper, origin: Origin, path: str | None) -> bool:
    if helper.pattern.startswith("*."):
        return origin.host.endswith(helper.pattern[1:])
    return path is not None if helper.pattern == "*" else origin.host == helper.pattern


def _address(origin: Origin, path: str | None) -> str:
    port = "" if origin.port == _DEFAULT_PORTS[origin.scheme] else f":{origin.port}"
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{origin.scheme}://{host}{port}{path or '/'}"


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
