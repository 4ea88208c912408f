"""What comes back from a server, and how its address and status are shown."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Protocol

from frazil.credentials import split_credentials
from frazil.values import dataclass, field

WHOLE = frozenset({200, 203})
"""Statuses whose body is the thing itself."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Answer(Protocol):
    """Anything with a status and headers (names in lower case)."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class Incoming(Protocol):
    """One answer of a wire, its body still to come; header names are in lower case."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes; raise Transient where it breaks off."""
        ...

    def close(self) -> None:
        """Let go of the connection, to be used again if it can."""
        ...


@dataclass(frozen=True)
class Response:
    """A whole answer: `url` is where it came from in the end, header names are in lower case.

    `body` is unpacked, and empty unless the status is 200, 203 or 206; where it was put off, it is read when it is
    first looked at. `from_cache` says that no request was made. `identity` names exactly these bytes, wherever they
    are met again; empty where nobody keeps track.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    given: bytes | Callable[[], bytes]
    from_cache: bool = False
    identity: str = field(default="", compare=False)

    @cached_property
    def body(self) -> bytes:
        return self.given if isinstance(self.given, bytes) else self.given()


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is still to come: `chunks` can be read once, the bytes as they lie on the server."""

    url: str
    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


def shown(url: str) -> str:
    """Return an address as messages show it: no credentials, and nothing of a query, which may be a signature."""
    address, mark, _ = split_credentials(url)[0].partition("#")[0].partition("?")
    return f"{address}?…" if mark else address


def phrase(status: int) -> str:
    """Return a status with its standard words: the server's own could say anything."""
    from http import HTTPStatus  # noqa: PLC0415 - 2 ms that only a message pays

    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)
