"""What may be the name of an artifact: one plain segment that means the same on every system."""

from frazil.errors import IntegrityError
from frazil.regex import regex

LONGEST_NAME = 240
"""Bytes in UTF-8; file systems allow 255, and a record's name is a little longer than its entry's."""

_SHA256 = regex(r"[0-9a-f]{64}")
_UNFIT = regex(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)))
)


def is_device_name(segment: str) -> bool:
    """Say whether Windows takes a segment for a device (`nul`, `con.txt`)."""
    return segment.partition(".")[0].rstrip(" ").lower() in _DEVICES


def is_plain_name(name: str) -> bool:
    """Say whether a file name is a single segment that no system reads as a path, an option or a device."""
    return (
        bool(name)
        and name[0] not in ".-~ "
        and name[-1] not in ". "
        and name.isprintable()
        and not _UNFIT.search(name)
        and len(name.encode()) <= LONGEST_NAME
        and not is_device_name(name)
    )


def check_identity(sha256: str, filename: str) -> None:
    """Refuse what no path may be built from. Raises IntegrityError."""
    if not is_plain_name(filename):
        shown = filename if len(filename) <= LONGEST_NAME else f"{filename[:LONGEST_NAME]}…"
        raise IntegrityError(f"{shown!r} is not a plain file name, so nothing is stored under it")
    if not _SHA256.fullmatch(sha256):
        raise IntegrityError(f"{filename} has no sha256 in the lock, so it cannot be verified")
