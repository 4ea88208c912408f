"""Paths as a project's files write them, brought to one spelling: relative to the root, `/` between, `.` the root."""

import posixpath

from frazil.errors import ConfigurationError
from frazil.regex import regex

_CONTROL = regex(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DRIVE = regex(r"[A-Za-z]:")


def place(folder: str, written: str, where: str) -> str:
    """Return the path that `written` names when it is read from `folder`.

    Raises ConfigurationError, opened by `where`, for what cannot be the same on another machine: absolute paths,
    paths that leave the root, backslashes, control characters.
    """
    if not written:
        raise ConfigurationError(f"{where}: a path is empty")
    if _CONTROL.search(written):
        raise ConfigurationError(f'{where}: the path "{written}" holds a control character')
    if "\\" in written:
        hint = f"write {written.replace(chr(92), '/')}"
        raise ConfigurationError(f"{where}: the path {written} has backslashes", hint=hint)
    if written.startswith(("/", "~")) or _DRIVE.match(written):
        raise ConfigurationError(
            f"{where}: {written} is a path of one machine",
            hint="write it relative to the file that names it",
        )
    found = posixpath.normpath(posixpath.join(folder, written))
    if found == ".." or found.startswith("../"):
        raise ConfigurationError(
            f"{where}: {written} lies outside the project root",
            hint="move it into the project, or choose a higher root with --project",
        )
    return found


def folder_of(path: str) -> str:
    """Return the folder that a file lies in; `.` is the root."""
    return posixpath.dirname(path) or "."


def below(folder: str, name: str) -> str:
    """Return the path of a name in a folder of the project."""
    return name if folder == "." else f"{folder}/{name}"
