"""Which versions to keep: the pins of a lock, also of one that git could not merge."""

import re
from collections.abc import Iterable, Mapping

from frazil.errors import LockFileError
from frazil.frozen.codec import decode_unchecked, parse_frozen
from frazil.frozen.model import Frozen
from frazil.quick.versions import NoVersion, version_key
from frazil.regex import regex
from frazil.values import dataclass, field

Pins = Mapping[tuple[str, str, str], str]
"""Versions by (resolve, environment, project)."""

# Name and version open the line of each coordinate; nothing else in a lock has both there.
_OPENING = regex(
    r'^[ \t]*\{"name": "(?P<name>[a-z0-9](?:[a-z0-9-]{0,198}[a-z0-9])?)", "version": "(?P<version>[^"\\]{1,100})"',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Salvage:
    """The versions that a lock holds which cannot be taken as it is.

    `pins` are by place; `loose` are (project, version) of a text that tells no places, the newest version of each
    project first; `contested` are the projects that two sides of a merge pin differently in one place, with their
    versions, the preferred (newest) first. `lock` is what one side of a merge has, ours if it can be.
    """

    pins: Pins = field(default_factory=dict)
    loose: tuple[tuple[str, str], ...] = ()
    contested: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lock: Frozen | None = None

    @property
    def names(self) -> frozenset[str]:
        """The projects that any version is known of."""
        return frozenset({name for _, _, name in self.pins} | {name for name, _ in self.loose})

    def in_places(self, places: Iterable[tuple[str, str]]) -> Pins:
        """Return the pins to prefer; loose ones count in all of these (resolve, environment) places."""
        newest = dict(reversed(self.loose))
        loose = {(*place, name): version for place in places for name, version in newest.items()}
        return {**loose, **self.pins}


def pins_of(frozen: Frozen) -> Pins:
    """Return the version of each (resolve, environment, project); what has no version is left out."""
    return {place: coordinate.version for place, coordinate in frozen.pins.items() if coordinate.version is not None}


def salvage(text: str) -> Salvage:
    """Return what a text that is no lock says of versions: of both sides of a merge, by place where it can be told."""
    from frazil.frozen.conflict import sides_of  # noqa: PLC0415 - hardly any lock is damaged

    sides = sides_of(text)
    found = [_pins_of_text(side) for side in sides or (text,)]
    if None in found:
        return Salvage(loose=salvage_pins(text))
    lock = next((lock for side in sides or () if (lock := _lock_of_text(side)) is not None), None)
    pins: dict[tuple[str, str, str], str] = {}
    contested: dict[str, set[str]] = {}
    for place, version in ((place, version) for side in found if side for place, version in side.items()):
        other = pins.setdefault(place, version)
        if other != version:
            contested.setdefault(place[2], set()).update((other, version))
            pins[place] = max(other, version, key=version_key)
    ordered = {name: tuple(sorted(versions, key=version_key, reverse=True)) for name, versions in contested.items()}
    return Salvage(pins=pins, contested=tuple(sorted(ordered.items())), lock=lock)


def salvage_pins(text: str) -> tuple[tuple[str, str], ...]:
    """Return every (project, version) in the text of a lock, whatever else is wrong with it.

    Between conflict markers both sides count. Sorted by project, the newest version of each first.
    """
    found = {(match["name"], match["version"]) for match in _OPENING.finditer(text)}
    pins = [(name, version) for name, version in found if _is_version(version)]
    newest_first = sorted(pins, key=lambda pin: (version_key(pin[1]), pin[1]), reverse=True)
    return tuple(sorted(newest_first, key=lambda pin: pin[0]))


def _pins_of_text(text: str) -> Pins | None:
    """Return the pins of a text that has the form of a lock, though its values may not fit each other."""
    try:
        return pins_of(decode_unchecked(text.encode()))
    except LockFileError:
        return None


def _lock_of_text(text: str) -> Frozen | None:
    try:
        return parse_frozen(text.encode())
    except LockFileError:
        return None


def _is_version(text: str) -> bool:
    try:
        version_key(text)
    except NoVersion:
        return False
    return True
