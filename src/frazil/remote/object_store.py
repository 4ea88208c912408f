"""Buckets as a shared cache (S3, Azure, Google), through obstore: `cas/<sha256>` and `ac/<key>` below a prefix.

Who we are is what the environment says, as for every tool of the cloud: keys, a token, the machine's own identity.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import from_url

from frazil.errors import ConfigurationError
from frazil.regex import regex
from frazil.remote.address import CacheAddress
from frazil.remote.backend import CHUNK, Body
from frazil.remote.entry import LARGEST_ENTRY, Digest
from frazil.remote.faults import Fault, Refused, Unreachable

_AT_ONCE = 8 * 1024 * 1024
_LONGEST_BODY = timedelta(hours=1)  # how long anybody waits is decided elsewhere
_KEYS = {
    "s3": {"endpoint": "endpoint", "region": "region"},
    "az": {"endpoint": "endpoint", "account": "account_name"},
    "gs": {"endpoint": "base_url"},
}
_STATUS = regex(r"status code: (\d{3}[\w ]*)")
_CODE = regex(r"<Code>(\w+)</Code>")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "The specified container does not exist", "bucket does not exist")


class ObjectStoreBackend:
    """A bucket, or what lies below a prefix of one. Raises ConfigurationError for options that it does not know."""

    def __init__(self, address: CacheAddress, *, timeout: float) -> None:
        self.honours_conditions: bool | None = None
        config = _config(address)
        options: dict[str, Any] = {
            "client_options": {
                "allow_http": config.get("endpoint", config.get("base_url", "")).startswith("http://"),
                "connect_timeout": timedelta(seconds=timeout),
                "timeout": _LONGEST_BODY,
            },
            "retry_config": {"max_retries": 1, "retry_timeout": timedelta(seconds=timeout)},
        }
        url = address.url.partition("?")[0].rstrip("/")
        try:
            self._store = from_url(url, config=config or None, **options)
        except (BaseError, ValueError) as error:
            raise ConfigurationError(f"{address.shown} cannot be used: {_first_line(error)}") from None

    def read_entry(self, key: Digest) -> bytes | None:
        with _faults():
            try:
                found = obstore.get(self._store, _path("ac", key))
            except FileNotFoundError as missing:
                _check_bucket(missing)
                return None
            return bytes(found.bytes()) if found.meta["size"] <= LARGEST_ENTRY else b""

    def create_entry(self, key: Digest, entry: bytes) -> bool:
        with _faults():
            try:
                obstore.put(self._store, _path("ac", key), entry, mode="create", use_multipart=False)
            except (AlreadyExistsError, PreconditionError, FileExistsError):
                return False
            except NotSupportedError:
                self.replace_entry(key, entry)
        return True

    def replace_entry(self, key: Digest, entry: bytes) -> None:
        with _faults():
            obstore.put(self._store, _path("ac", key), entry, use_multipart=False)

    @contextlib.contextmanager
    def read_blob(self, digest: Digest) -> Iterator[Iterator[bytes] | None]:
        with _faults():
            try:
                found = obstore.get(self._store, _path("cas", digest))
            except FileNotFoundError as missing:
                _check_bucket(missing)
                yield None
                return
            yield (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))

    def has_blob(self, digest: Digest) -> bool:
        with _faults():
            try:
                size: int = obstore.head(self._store, _path("cas", digest))["size"]
            except FileNotFoundError:
                return False
        return size == digest.size

    def write_blob(self, body: Body) -> None:
        path = _path("cas", body.digest)
        with _faults():
            if body.digest.size <= _AT_ONCE:
                obstore.put(self._store, path, b"".join(body.chunks()), use_multipart=False)
            else:
                obstore.put(self._store, path, body.chunks())

    def close(self) -> None:
        """There is nothing to let go of."""


def _path(kind: str, digest: Digest) -> str:
    return f"{kind}/{digest.sha256}"


def _config(address: CacheAddress) -> dict[str, Any]:
    """Return what an address says after `?`. Raises ConfigurationError."""
    keys: Mapping[str, str] = _KEYS[address.scheme]
    config = {}
    for name, value in address.options:
        if name not in keys:
            known = ", ".join(sorted(keys))
            raise ConfigurationError(f"{address.shown} cannot have the option {name}", hint=f"it can have {known}")
        config[keys[name]] = value
    return config


# What goes wrong -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
        raise Refused(f"the object store does not let us: {_first_line(error)}") from None
    except (BaseError, OSError) as error:
        raise _unreachable(error) from None


def _check_bucket(missing: FileNotFoundError) -> None:
    """Raise for a bucket that is not there: it is no empty cache."""
    if any(word in str(missing) for word in _NO_BUCKET):
        raise _unreachable(missing)


def _unreachable(error: Exception) -> Fault:
    return Unreachable(f"the object store failed: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    """Return the gist of a message that is mostly a dump: the status, the store's own code, or its first words."""
    text = str(error)
    gist = [found[1].strip() for found in (_STATUS.search(text), _CODE.search(text)) if found is not None]
    return " ".join(gist) or text.partition("\n")[0].partition(" - ")[2][:200] or text.partition("\n")[0][:200]
