"""The address of a shared cache: its scheme says what it is, and a mistake in it is found before anything is asked."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from urllib.request import url2pathname

from frazil.credentials import split_credentials
from frazil.errors import ConfigurationError
from frazil.values import dataclass, field

SCHEMES = ("file", "https", "http", "grpcs", "grpc", "s3", "az", "gs")
_HINT = "it takes file://, https://, grpcs://, s3://, az:// or gs:// (http:// and grpc:// where nobody listens)"


@dataclass(frozen=True, slots=True)
class CacheAddress:
    """An address as it was given (`url`, which may hold credentials) and as it is shown (`shown`)."""

    scheme: str
    url: str = field(repr=False)
    shown: str
    parts: SplitResult = field(repr=False)

    @property
    def folder(self) -> Path:
        """The folder of a `file://` address."""
        return Path(url2pathname(self.parts.path))

    @property
    def path(self) -> str:
        """What follows the host, without slashes at its ends."""
        return unquote(self.parts.path).strip("/")

    @property
    def options(self) -> list[tuple[str, str]]:
        """What stands after `?`, which buckets may have."""
        return parse_qsl(self.parts.query)


def parse_cache_address(text: str) -> CacheAddress:
    """Read the address of a cache. Raises ConfigurationError, showing no credentials."""
    shown = split_credentials(text.strip())[0]
    try:
        parts = urlsplit(text.strip())
        port_is_right = (parts.port or 1) > 0
    except ValueError:
        raise ConfigurationError(f"{shown} is no address of a shared cache", hint=_HINT) from None
    if parts.scheme not in SCHEMES or "://" not in text:
        raise ConfigurationError(f"{shown} is no address of a shared cache", hint=_HINT)
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
            raise ConfigurationError(f"{shown} names no folder", hint="three slashes: file:///srv/cache")
    elif not parts.hostname or not port_is_right:
        raise ConfigurationError(f"{shown} names no {'bucket' if parts.scheme in {'s3', 'az', 'gs'} else 'host'}")
    if parts.fragment or (parts.query and parts.scheme not in {"s3", "az", "gs"}):
        raise ConfigurationError(f"{shown} has a `?` or a `#`, which the address of a cache cannot have")
    return CacheAddress(parts.scheme, text.strip(), shown.partition("?")[0], parts)
