"""Content encodings: the one that we ask for is undone within a limit, and for artifacts none is taken."""

import zlib
from collections.abc import Mapping

ACCEPTED = "gzip"
_MOST_MEMBERS = 64


class Damaged(Exception):
    """A body that cannot be unpacked."""


class TooLarge(Exception):
    """A body that grows past its limit when it is unpacked."""


def encoding_of(headers: Mapping[str, str]) -> str:
    """Return the content encoding, empty for none."""
    encoding = headers.get("content-encoding", "").strip().lower()
    return "" if encoding == "identity" else encoding


def unpacked(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """Return a body of at most `limit` bytes without its content encoding. Raises Damaged or TooLarge."""
    match encoding_of(headers):
        case "":
            return body
        case "gzip" | "x-gzip":
            return _gunzipped(body, limit)
        case _:
            raise Damaged


def _gunzipped(body: bytes, limit: int) -> bytes:
    whole = b""
    for _ in range(_MOST_MEMBERS):
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            whole += unpacker.decompress(body, limit + 1 - len(whole))
        except zlib.error:
            raise Damaged from None
        if len(whole) > limit:
            raise TooLarge
        if not unpacker.eof:
            raise Damaged
        body = unpacker.unused_data.lstrip(b"\0")
        if not body:
            return whole
    raise Damaged


def refuses(headers: Mapping[str, str], url: str) -> bool:
    """Say whether a body that was asked for as it lies there came in another shape."""
    encoding = encoding_of(headers)
    # Some servers call a `.tar.gz` encoded and send it as it is; were it not so, the digest would tell.
    mislabelled = encoding in {"gzip", "x-gzip"} and url.partition("?")[0].endswith((".gz", ".tgz"))
    return bool(encoding) and not mislabelled
