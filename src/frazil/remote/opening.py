"""From an address to what keeps the bytes; only the chosen backend is imported."""

from collections.abc import Iterator
from contextlib import contextmanager

from frazil.credentials import Bearer, origin_of, read_credentials
from frazil.errors import ConfigurationError
from frazil.http import Client
from frazil.remote.address import CacheAddress
from frazil.remote.backend import Backend
from frazil.settings import Settings
from frazil.values import replace

_RETRIES = 1


def open_backend(
    address: CacheAddress, settings: Settings, *, timeout: float, writes: bool, token: str | None
) -> Backend | None:
    """Return what keeps the bytes at an address; None where that would take a request, and none may be made.

    `token` is sent as a bearer token where the protocol has one. Raises ConfigurationError.
    """
    if address.scheme == "file":
        from frazil.remote.folder import FolderBackend  # noqa: PLC0415 - each backend is imported when it is asked for

        return FolderBackend(address.folder, may_create=writes)
    if settings.offline:
        return None
    match address.scheme:
        case "http" | "https":
            from frazil.remote.bazel import BazelBackend  # noqa: PLC0415

            client = _client(address, settings, timeout=timeout, token=token)
            return BazelBackend(f"{address.url.rstrip('/')}/", client)
        case "s3" | "az" | "gs":
            with _extra(address):
                from frazil.remote.object_store import ObjectStoreBackend  # noqa: PLC0415

            return ObjectStoreBackend(address, timeout=timeout)
        case _:
            with _extra(address):
                from frazil.remote.execution_api import ExecutionApiBackend  # noqa: PLC0415

            return ExecutionApiBackend(address, settings.environ, timeout=timeout, token=token)


@contextmanager
def _extra(address: CacheAddress) -> Iterator[None]:
    """Turn a library that is not there into a sentence that says how to get it."""
    try:
        yield
    except ImportError as error:
        extra = {"s3": "s3", "az": "azure", "gs": "gcs"}.get(address.scheme, "grpc")
        sentence = f"a shared cache at {address.scheme}:// needs {error.name}, which is not installed"
        raise ConfigurationError(sentence, hint=f"pip install 'frazil[{extra}]'") from None


def _client(address: CacheAddress, settings: Settings, *, timeout: float, token: str | None) -> Client:
    origin = origin_of(address.url)
    return Client(
        replace(settings, timeout=timeout, retries=min(settings.retries, _RETRIES), no_cache=True),
        credentials=read_credentials(settings, ()),
        bearer=Bearer(origin, token) if token and origin is not None else None,
    )
