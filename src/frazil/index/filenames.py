"""What a file name says: to which version of a project the file belongs."""

from frazil.quick.names import normalised
from frazil.quick.versions import NoVersion, canonical_version, version_key
from frazil.quick.wheels import wheel_release
from frazil.regex import regex
from frazil.store.names import LONGEST_NAME

LONGEST_FILENAME = LONGEST_NAME
"""Bytes: what the store takes in one name."""

# One plain segment, as a wheel's name is by its parts: no separator, no drive letter, no space, no control character.
_PLAIN = regex(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
_SOURCE_SUFFIXES = (".tar.gz", ".zip")


def version_in(filename: str, project: str) -> str | None:
    """Return the version as a file name spells it; None if it is no wheel or source archive of the project.

    `project` is a normalised name: it tells where a legacy name such as `foo-bar-1.0-1.tar.gz` is cut. Eggs,
    installers and names that are not one plain segment have no version, as in pip.
    """
    if len(filename) > LONGEST_FILENAME:
        return None
    if filename.endswith(".whl"):
        found = wheel_release(filename)
        return found[1] if found is not None and found[0] == project else None
    for suffix in _SOURCE_SUFFIXES:
        if filename.endswith(suffix) and _PLAIN.fullmatch(filename):
            return version_after_name(filename.removesuffix(suffix), project)
    return None


def version_after_name(stem: str, project: str) -> str | None:
    """Return what follows the project's name and a hyphen in `<name>-<version>`, however the name is spelled."""
    position = stem.find("-", len(project))
    while position != -1:
        # A name ends in a letter or a digit and so begins a version: a run of separators is never the border.
        if stem[position - 1].isalnum() and stem[position + 1 : position + 2].isalnum():
            name = normalised(stem[:position])
            if name == project:
                return stem[position + 1 :]
            if len(name) > len(project):
                return None
        position = stem.find("-", position + 1)
    return None


def parse_version(text: str) -> str | None:
    """Return the canonical text of a PEP 440 version; None if it is not one."""
    try:
        return canonical_version(text)
    except NoVersion:
        return None


def same_version(one: str, other: str) -> bool:
    """Say whether two texts are valid spellings of one version."""
    try:
        return version_key(one) == version_key(other)
    except NoVersion:
        return False
