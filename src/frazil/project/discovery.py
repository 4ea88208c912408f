"""Finding members and scripts by the globs that a project declares."""

from collections.abc import Iterator

from frazil.errors import ConfigurationError
from frazil.project.config import Pattern
from frazil.project.patterns import is_pattern, matches, matches_part
from frazil.project.places import below, place
from frazil.project.tree import Entry, ProjectTree

MANIFEST = "pyproject.toml"


def find_members(
    tree: ProjectTree, patterns: tuple[Pattern, ...], exclude: tuple[str, ...]
) -> dict[str, Pattern | None]:
    """Return the folders that hold a member's manifest, each with the pattern that names it literally, or None.

    A folder without manifest is skipped where a wildcard found it. Raises ConfigurationError for a literal folder
    without one, and for a pattern that finds nothing.
    """
    found: dict[str, Pattern | None] = {}
    for pattern in patterns:
        text, origin = pattern
        if not is_pattern(text):
            folder = place(".", text, str(origin))
            if not tree.has_file(below(folder, MANIFEST)):
                raise ConfigurationError(f"{origin}: the member {text} has no {MANIFEST}")
            found[folder] = pattern
            continue
        folders = [path for path in _expand(tree, pattern) if tree.has_file(below(path, MANIFEST))]
        if not folders:
            raise ConfigurationError(
                f'{origin}: the members "{text}" are none: no folder that fits has a {MANIFEST}',
                hint="a pattern is read from the root; * stays within one folder name, ** crosses",
            )
        for folder in folders:
            found.setdefault(folder, None)
    return {folder: named for folder, named in sorted(found.items()) if not excluded(folder, exclude)}


def find_scripts(tree: ProjectTree, pattern: Pattern, exclude: tuple[str, ...]) -> list[str]:
    """Return the files that a pattern finds, sorted; one, there or not, for a pattern without wildcards."""
    text, origin = pattern
    if not is_pattern(text):
        return [place(".", text, str(origin))]
    return [path for path in _expand(tree, pattern, files=True) if not excluded(path, exclude)]


def excluded(path: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a path, or a folder above it, is left out; the root only where it is named."""
    if path == ".":
        return "." in patterns
    return any(matches_part(pattern, path) for pattern in patterns)


def _expand(tree: ProjectTree, pattern: Pattern, *, files: bool = False) -> list[str]:
    """Return the folders, or files, that fit a pattern with wildcards."""
    text, origin = pattern
    segments = place(".", text, str(origin)).split("/")
    found = {"."}
    for position, segment in enumerate(segments):
        wants_files = files and position == len(segments) - 1
        found = {path for folder in found for path in _step(tree, folder, segment, files=wants_files)}
    return sorted(found)


def _step(tree: ProjectTree, folder: str, segment: str, *, files: bool) -> Iterator[str]:
    if segment == "**":
        for path in tree.descendants(folder):
            if files:
                yield from (below(path, entry.name) for entry in tree.children(path) if _fits(entry, "*", files=True))
            else:
                yield path
    elif is_pattern(segment):
        entries = tree.children(folder)
        yield from (below(folder, entry.name) for entry in entries if _fits(entry, segment, files=files))
    else:
        yield below(folder, segment)


def _fits(entry: Entry, segment: str, *, files: bool) -> bool:
    """Say whether a name fits; hidden ones only where the pattern asks for them."""
    if entry.folder is files or (entry.name.startswith(".") and not segment.startswith(".")):
        return False
    return matches(segment, entry.name)
