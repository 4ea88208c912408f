"""A whole folder as a value, to compare before and after."""

import hashlib
import stat
from pathlib import Path


def snapshot(root: Path) -> dict[str, tuple[str, int, int, str]]:
    """Return kind, mode, time of change (ns) and digest (or link target) of all below a folder, by path."""
    return {path.relative_to(root).as_posix(): _entry(path) for path in sorted(root.rglob("*"))}


def _entry(path: Path) -> tuple[str, int, int, str]:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return "link", 0, status.st_mtime_ns, str(path.readlink())
    if stat.S_ISREG(status.st_mode):
        return "file", status.st_mode, status.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()
    return "folder", status.st_mode, status.st_mtime_ns, ""
