"""Where frazil keeps its files on this machine and how it may reach the world: what no lock may depend on."""

from collections.abc import Mapping
from pathlib import Path

from frazil.events import Reporter, silent
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The machine's side of a run.

    `environ` is the process environment (credentials, proxies and pip's own variables are looked up in it);
    `timeout` is seconds of silence on a connection; `index_files` gives a file root for an index by name.
    """

    store: Path
    cache: Path
    offline: bool = False
    no_cache: bool = False
    link_mode: str = "auto"
    timeout: float = 30.0
    retries: int = 3
    index_files: tuple[tuple[str, str], ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    reporter: Reporter = silent


def settings_from(environ: Mapping[str, str], **changes: object) -> Settings:
    """Build settings from an environment: `FRAZIL_STORE`, `FRAZIL_CACHE_DIR`, else the platform's places."""
    cache = environ.get("FRAZIL_CACHE_DIR")
    store = environ.get("FRAZIL_STORE")
    if not cache or not store:
        from platformdirs import user_cache_path, user_data_path  # noqa: PLC0415 - 30 ms that a set-up CI does not pay

        cache = cache or str(user_cache_path("frazil", appauthor=False))
        store = store or str(user_data_path("frazil", appauthor=False) / "store")
    values: dict[str, object] = {
        "store": Path(store).absolute(),
        "cache": Path(cache).absolute(),
        "offline": environ.get("FRAZIL_OFFLINE", "") not in {"", "0", "false"},
        "environ": environ,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]
