"""Which versions to keep: the pins of a lock, also of one that git could not merge."""

import re
from collections.abc import Mapping

from packaging.version import InvalidVersion, Version

from frazil.frozen.model import Frozen

# Name and version open the line of each coordinate; nothing else in a lock has both there.
_OPENING = re.compile(
    r'^[ \t]*\{"name": "(?P<name>[a-z0-9](?:[a-z0-9-]{0,198}[a-z0-9])?)", "version": "(?P<version>[^"\\]{1,100})"',
    re.MULTILINE,
)


def pins_of(frozen: Frozen) -> Mapping[tuple[str, str, str], str]:
    """Return the version of each (resolve, environment, project); what has no version is left out."""
    return {place: coordinate.version for place, coordinate in frozen.pins.items() if coordinate.version is not None}


def salvage_pins(text: str) -> tuple[tuple[str, str], ...]:
    """Return every (project, version) in the text of a lock, whatever else is wrong with it.

    Between conflict markers both sides count. Sorted by project, the newest version of each first.
    """
    found = {(match["name"], match["version"]) for match in _OPENING.finditer(text)}
    pins = [(name, version) for name, version in found if _is_version(version)]
    newest_first = sorted(pins, key=lambda pin: (Version(pin[1]), pin[1]), reverse=True)
    return tuple(sorted(newest_first, key=lambda pin: pin[0]))


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
