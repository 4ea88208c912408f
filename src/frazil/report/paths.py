"""Paths as a person reads them: relative where that is shorter to read."""

from pathlib import Path


def shown_path(path: Path, base: Path) -> str:
    """Return a path relative to the folder that a person stands in, absolute when it lies elsewhere."""
    try:
        return str(path.relative_to(base))
    except ValueError:
        return str(path)
