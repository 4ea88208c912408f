"""Private records of caches: values of the interpreter's own kind, in files that prove what they are.

A record says which frazil and which Python wrote it, and of what kind it is, and carries a checksum. One that was cut
or changed, that another version wrote, or that two processes wrote at once is no record: whoever reads it works anew.
"""

import contextlib
import marshal
import os
import sys
import zlib
from pathlib import Path
from typing import Any

from frazil.atomic import write_cached, writes_forbidden
from frazil.errors import DiskError
from frazil.opening import open_plain
from frazil.version import VERSION

_MARSHAL = 4
_CHECKSUM = 4


def _title(kind: str) -> bytes:
    return f"frazil {VERSION} on {sys.version_info[0]}.{sys.version_info[1]}: {kind}\n".encode()


def read_record(place: str, kind: str) -> Any:
    """Return the value of a record; None where there is none of this kind."""
    try:
        with open_plain(place) as file:
            data = file.read()
    except OSError:
        return None
    title = _title(kind)
    body = len(title) + _CHECKSUM
    if not data.startswith(title) or data[len(title) : body] != _checksum(data[body:]):
        return None
    try:
        return marshal.loads(data[body:])  # noqa: S302 - the checksum says that it is what was written
    except (ValueError, EOFError, TypeError):
        return None


def write_record(cache: Path, place: str, kind: str, value: Any) -> bool:
    """Keep a value below the folder of a cache; False where the disk takes nothing, which costs time and no more."""
    if writes_forbidden():
        return True
    packed = marshal.dumps(value, _MARSHAL)
    with contextlib.suppress(DiskError):
        write_cached(cache, place, _title(kind) + _checksum(packed) + packed)
        return True
    return False


def place_in(cache: Path, folder: str, digest: str) -> str:
    """Return where the record of a digest is kept: `digest` is hexadecimal, and perhaps a suffix."""
    # Sixteen folders: making one costs as much as writing a file.
    return f"{cache}{os.sep}{folder}{os.sep}{digest[0]}{os.sep}{digest[1:]}"


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(_CHECKSUM, "big")
