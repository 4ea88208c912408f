"""From an address to what keeps the bytes; only the chosen backend is imported."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from frazil.credentials import Asking, Credentials, IndexPlace, bound_headers, read_credentials, split_credentials
from frazil.errors import ConfigurationError
from frazil.http import Client
from frazil.remote.address import CacheAddress
from frazil.remote.backend import Backend
from frazil.settings import Settings
from frazil.values import dataclass, field, replace

_RETRIES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are to a cache that a person named: headers (by lower-case name), and the programs that may be asked."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    asking: Asking = Asking()


def open_backend(
    address: CacheAddress, settings: Settings, *, timeout: float, writes: bool, identity: Identity | None
) -> Backend | None:
    """Return what keeps the bytes at an address; None where that would take a request, and none may be made.

    Without an identity its own address and netrc say who asks. Raises ConfigurationError.
    """
    if address.scheme == "file":
        from frazil.remote.folder import FolderBackend  # noqa: PLC0415 - each backend is imported when it is asked for

        return FolderBackend(address.folder, may_create=writes)
    if settings.offline:
        return None
    match address.scheme:
        case "http" | "https":
            from frazil.remote.bazel import BazelBackend  # noqa: PLC0415

            client = _client(address, settings, identity, timeout=timeout)
            return BazelBackend(f"{address.url.rstrip('/')}/", client)
        case "s3" | "az" | "gs":
            with _extra(address):
                from frazil.remote.object_store import ObjectStoreBackend  # noqa: PLC0415

            return ObjectStoreBackend(address, timeout=timeout)
        case _:
            with _extra(address):
                from frazil.remote.execution_api import ExecutionApiBackend  # noqa: PLC0415

            headers = _headers_of_grpc(address, settings, identity)
            return ExecutionApiBackend(address, settings.environ, timeout=timeout, headers=headers)


@contextmanager
def _extra(address: CacheAddress) -> Iterator[None]:
    """Turn a library that is not there into a sentence that says how to get it."""
    try:
        yield
    except ImportError as error:
        extra = {"s3": "s3", "az": "azure", "gs": "gcs"}.get(address.scheme, "grpc")
        sentence = f"a shared cache at {address.scheme}:// needs {error.name}, which is not installed"
        raise ConfigurationError(sentence, hint=f"pip install 'frazil[{extra}]'") from None


def _client(address: CacheAddress, settings: Settings, identity: Identity | None, *, timeout: float) -> Client:
    return Client(
        replace(settings, timeout=timeout, retries=min(settings.retries, _RETRIES), no_cache=True),
        credentials=_credentials(address.url, settings, identity),
        given=bound_headers(address.url, identity.headers) if identity is not None and identity.headers else None,
    )


def _headers_of_grpc(
    address: CacheAddress, settings: Settings, identity: Identity | None
) -> Callable[[], Mapping[str, str]]:
    """Return what finds out who asks, when the first question is asked."""
    scheme = "https" if address.scheme == "grpcs" else "http"
    # The address of HTTP that stands for one of gRPC, as credentials see it.
    url = f"{scheme}://{address.url.partition('://')[2].rstrip('/')}/"
    credentials, given = _credentials(url, settings, identity), identity.headers if identity is not None else {}
    place = split_credentials(url)[0]

    def headers() -> Mapping[str, str]:
        return given if "authorization" in given else {**credentials.headers_for(place), **given}

    return headers


def _credentials(url: str, settings: Settings, identity: Identity | None) -> Credentials:
    """Find who we are to a cache; where a project named it, no program is asked."""
    return read_credentials(settings, (IndexPlace(None, url),), identity.asking if identity is not None else None)
