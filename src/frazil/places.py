"""Where a person's files lie on this machine, as platformdirs says; on Linux without importing it, which takes 5 ms."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# The XDG base directory specification.
_XDG = {
    "cache": ("XDG_CACHE_HOME", ".cache"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
}


def user_place(kind: str, environ: Mapping[str, str]) -> Path:
    """Return frazil's own folder among a person's files of a kind: `cache`, `config` or `data`."""
    if sys.platform == "linux" and environ.get("HOME") and "ANDROID_DATA" not in environ:
        variable, usual = _XDG[kind]
        folder = environ.get(variable, "").strip() or os.path.join(environ["HOME"], usual)  # noqa: PTH118 - as said
        return Path(folder) / "frazil"
    import platformdirs  # noqa: PLC0415 - see above

    place: Path = getattr(platformdirs, f"user_{kind}_path")("frazil", appauthor=False)
    return place
