"""What a person and a site say of this machine: `config.toml` in their folders, never in a project.

Neither can change what a lock says: they hold where things are and how they are reached.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from frazil.errors import ConfigurationError, DiskError
from frazil.places import user_place

if TYPE_CHECKING:
    from frazil.project.document import Table

USER_FILE = "FRAZIL_CONFIG_FILE"
REMOTE_CACHE, MIRRORS, CREDENTIALS = "remote-cache", "mirrors", "credentials"
KEYS = (REMOTE_CACHE, MIRRORS, CREDENTIALS)

_NAME = "config.toml"


def read_own_configuration(environ: Mapping[str, str]) -> "tuple[Table, ...]":
    """Return the user's configuration and the site's, in that order, as far as they are there.

    Raises ConfigurationError, DiskError.
    """
    return tuple(table for path in _files(environ) if (table := _read(path)) is not None)


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get(USER_FILE)
    yield Path(named).expanduser() if named else user_place("config", environ) / _NAME
    yield _site_folder(environ) / _NAME


def _site_folder(environ: Mapping[str, str]) -> Path:
    if sys.platform == "linux" and "ANDROID_DATA" not in environ:
        # The XDG base directory specification; the first folder goes before all others.
        first = environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[0].strip() or "/etc/xdg"
        return Path(first) / "frazil"
    import platformdirs  # noqa: PLC0415 - takes 5 ms

    place: Path = platformdirs.site_config_path("frazil", appauthor=False)
    return place


def _read(path: Path) -> "Table | None":
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8") from None
    except OSError as error:
        raise DiskError(f"cannot read {path}: {(error.strerror or 'it cannot be opened').lower()}") from None
    from frazil.project.document import Table, parse_document  # noqa: PLC0415 - read only where there is such a file

    document = parse_document(text, str(path))
    table = Table(document, (), document.data)
    table.reject_unknown(KEYS)
    return table
