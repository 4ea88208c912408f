"""Bazel's HTTP cache: `GET`, `HEAD` and `PUT` of `/cas/<sha256>` and `/ac/<key>` below an address.

Whatever keeps files and takes PUT will do: nginx with DAV, bazel-remote, an object store behind a proxy.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping

from frazil.errors import AuthenticationError, Interrupted, OutsideError
from frazil.http import Client, shown
from frazil.remote.backend import Body
from frazil.remote.entry import LARGEST_ENTRY, Digest
from frazil.remote.faults import Full, Refused, Unreachable

_WRITTEN = frozenset({200, 201, 202, 204})
_THERE_ALREADY = frozenset({409, 412})  # 412 is HTTP's own answer to the condition, 409 that of Nx's protocol
_NOT_LET = frozenset({401, 403, 405})
_NO_ROOM = frozenset({413, 507})
_ANSWERS = _WRITTEN | _THERE_ALREADY | _NOT_LET | _NO_ROOM
_NO_HEAD = frozenset({405, 501})


class BazelBackend:
    """A cache below an address that ends in `/`; closes the client at the end."""

    def __init__(self, address: str, client: Client) -> None:
        self.honours_conditions: bool | None = None
        self._address = address
        self._client = client

    def read_entry(self, key: Digest) -> bytes | None:
        url = self._url("ac", key)
        with _faults(url):
            answer = self._client.get(url, limit=LARGEST_ENTRY)
        return None if answer.status in {404, 410} else answer.body

    def create_entry(self, key: Digest, entry: bytes) -> bool:
        return self._put(self._url("ac", key), lambda: iter((entry,)), len(entry), {"if-none-match": "*"})

    def replace_entry(self, key: Digest, entry: bytes) -> None:
        self._put(self._url("ac", key), lambda: iter((entry,)), len(entry), {})

    @contextlib.contextmanager
    def read_blob(self, digest: Digest) -> Iterator[Iterator[bytes] | None]:
        url = self._url("cas", digest)
        with _faults(url), self._client.stream(url) as stream:
            yield None if stream.status in {404, 410} else stream.chunks

    def has_blob(self, digest: Digest) -> bool:
        url = self._url("cas", digest)
        with _faults(url):
            answer = self._client.send("HEAD", url, expected=_NO_HEAD)
        stated = answer.headers.get("content-length")
        return answer.status in {200, 204} and stated in {None, str(digest.size)}

    def write_blob(self, body: Body) -> None:
        self._put(self._url("cas", body.digest), body.chunks, body.digest.size, {})

    def close(self) -> None:
        self._client.close()

    def _url(self, kind: str, digest: Digest) -> str:
        return f"{self._address}{kind}/{digest.sha256}"

    def _put(self, url: str, content: Callable[[], Iterator[bytes]], size: int, condition: Mapping[str, str]) -> bool:
        """Say whether it was written; False when something is there already."""
        headers = {"content-type": "application/octet-stream", "content-length": str(size), **condition}
        with _faults(url):
            status = self._client.send("PUT", url, expected=_ANSWERS, headers=headers, content=content).status
        if status in _NOT_LET:
            raise Refused(f"it may not be written ({status})")
        if status in _NO_ROOM:
            raise Full(f"it is full, or a file too large for it ({status})")
        return status in _WRITTEN


@contextlib.contextmanager
def _faults(url: str) -> Iterator[None]:
    try:
        yield
    except AuthenticationError as error:
        raise Refused(error.sentence.replace(shown(url), "it", 1)) from None
    except (OutsideError, Interrupted) as error:
        raise Unreachable(error.sentence.replace(shown(url), "it", 1)) from None
