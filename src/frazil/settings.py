"""Where frazil keeps its files on this machine and how it may reach the world: what no lock may depend on."""

from collections.abc import Mapping
from pathlib import Path

from frazil.events import Reporter, silent
from frazil.places import user_place
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOptions:
    """What a run asks of a shared cache; None where it says nothing, so that others may.

    `address` is an address, or `off` for no cache whatever is configured; `timeout` is seconds. `headers` and the token
    in the file `token_file` say who asks.
    """

    address: str | None = None
    read: bool | None = None
    write: bool | None = None
    required: bool | None = None
    timeout: float | None = None
    headers: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    token_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The machine's side of a run.

    `environ` is the process environment (credentials, proxies and pip's own variables are looked up in it);
    `timeout` is seconds of silence on a connection; `index_files` gives a file root for an index by name;
    `allowed_hosts` (`host` or `host:port`) may stand in a lock though the project does not name them. With `lean`
    off (`FRAZIL_LEAN=0`), httpx makes every request and CacheControl keeps every page. With `traced`, the reporter is
    told of every round of an engine too.
    """

    store: Path
    cache: Path
    offline: bool = False
    no_cache: bool = False
    link_mode: str = "auto"
    timeout: float = 30.0
    retries: int = 3
    lean: bool = True
    traced: bool = False
    index_files: tuple[tuple[str, str], ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    remote: RemoteOptions = RemoteOptions()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    reporter: Reporter = silent


def settings_from(environ: Mapping[str, str], **changes: object) -> Settings:
    """Build settings from an environment: `FRAZIL_STORE`, `FRAZIL_CACHE_DIR`, else the platform's places."""
    cache = environ.get("FRAZIL_CACHE_DIR") or user_place("cache", environ)
    store = environ.get("FRAZIL_STORE") or user_place("data", environ) / "store"
    values: dict[str, object] = {
        "store": Path(store).absolute(),
        "cache": Path(cache).absolute(),
        "offline": environ.get("FRAZIL_OFFLINE", "") not in {"", "0", "false"},
        "lean": environ.get("FRAZIL_LEAN", "") != "0",
        "environ": environ,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]
