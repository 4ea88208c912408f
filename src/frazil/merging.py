"""Merging locks for git: what is independent is merged, the rest is marked for a resolve; and telling git to ask."""

import os
import subprocess
from pathlib import Path

from frazil.atomic import disk_errors, write_atomically
from frazil.errors import LockFileError, LockTooNew, MergeConflict
from frazil.frozen.codec import format_frozen, parse_frozen
from frazil.frozen.conflict import with_markers
from frazil.frozen.files import read_lock_bytes
from frazil.frozen.merge import NOTHING, merge
from frazil.frozen.model import Frozen
from frazil.values import dataclass

DRIVER = "frazil merge-driver %O %A %B %L %P"
"""What git calls: the ancestor, ours (where the result goes) and theirs as files, the size of markers, the path."""

ATTRIBUTES = ".gitattributes"
_MOST_CONFLICTS = 20
_SECONDS = 60


def merge_files(base: Path, ours: Path, theirs: Path, *, marker_size: int, name: str) -> Frozen:
    """Merge the lock in `theirs` into that in `ours`, which both grew from `base` (may be empty); write `ours`.

    `name` is what messages call the lock. Raises MergeConflict, with `ours` written so that a resolve finds the
    versions of both sides between conflict markers; LockTooNew, DiskError with nothing written.
    """
    before, own, other = (
        _read(path, f"{name} of {side}")
        for path, side in ((base, "the common ancestor"), (ours, "our side"), (theirs, "their side"))
    )
    if isinstance(own, _Unreadable) or isinstance(other, _Unreadable):
        texts = [lock.text if isinstance(lock, _Unreadable) else format_frozen(lock).decode() for lock in (own, other)]
        write_atomically(ours, with_markers(*texts, size=marker_size).encode())
        raise _conflict(name, tuple(lock.why for lock in (own, other) if isinstance(lock, _Unreadable)))
    merged = merge(NOTHING if isinstance(before, _Unreadable) else before, own, other)
    if merged.conflicts:
        texts = [format_frozen(side).decode() for side in (merged.ours, merged.theirs)]
        write_atomically(ours, with_markers(*texts, size=marker_size).encode())
        raise _conflict(name, merged.conflicts)
    write_atomically(ours, format_frozen(merged.ours))
    return merged.ours


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A file that is no lock, and why."""

    text: str
    why: str


def _read(path: Path, name: str) -> Frozen | _Unreadable:
    data = read_lock_bytes(path)
    try:
        return parse_frozen(data, name=name)
    except LockTooNew:
        raise
    except LockFileError as error:
        return _Unreadable(data.decode("utf-8", "replace"), error.sentence)


def _conflict(name: str, conflicts: tuple[str, ...]) -> MergeConflict:
    shown = conflicts[:_MOST_CONFLICTS]
    more = (f"and {len(conflicts) - len(shown)} more",) if len(shown) < len(conflicts) else ()
    return MergeConflict(
        f"{name} could not be merged whole; what is left is marked in it",
        details=(*shown, *more),
        hint=f"merge the manifests, run `frazil resolve`, and add {name}: the versions of both sides are preferred",
    )


# Telling git -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSetUp:
    """What it takes that git merges a lock with frazil: a line in a file of the repository, a setting of each clone.

    `attributes_written` and `configured` say what had to be done; `configured` is None where there is no git.
    """

    attributes: Path
    line: str
    attributes_written: bool
    command: str
    configured: bool | None


def set_up_merge_driver(root: Path, lock_name: str, *, dry_run: bool) -> DriverSetUp:
    """Write the line into the `.gitattributes` of a project, and set the driver in this clone of the repository.

    What is there already stays, also another driver for the lock. Raises DiskError.
    """
    path = root / ATTRIBUTES
    line = f"{lock_name} merge=frazil"
    with disk_errors("read", path):
        before = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
    missing = not any(_sets_driver(each, lock_name) for each in before.splitlines())
    if missing and not dry_run:
        gap = "" if not before or before.endswith("\n") else "\n"
        write_atomically(path, f"{before}{gap}{line}\n".encode("utf-8", "surrogateescape"))
    return DriverSetUp(
        attributes=path,
        line=line,
        attributes_written=missing,
        command=f"git config merge.frazil.driver '{DRIVER}'",
        configured=_configure(root, dry_run=dry_run),
    )


def _sets_driver(line: str, lock_name: str) -> bool:
    pattern, *attributes = line.split() or [""]
    return pattern in {lock_name, f"/{lock_name}"} and any(each.startswith(("merge=", "-merge")) for each in attributes)


def _configure(root: Path, *, dry_run: bool) -> bool | None:
    """Set the driver in the repository's own configuration; say whether it had to be, None where git is not used."""
    if _git(root, "rev-parse", "--git-dir") is None:
        return None
    if _git(root, "config", "--get", "merge.frazil.driver") == DRIVER:
        return False
    if not dry_run:
        _git(root, "config", "merge.frazil.name", "frazil: merge frozen.json")
        _git(root, "config", "merge.frazil.driver", DRIVER)
    return True


def _git(root: Path, *words: str) -> str | None:
    # From a hook, git would be told of another repository than the one that is meant.
    environ = {name: value for name, value in os.environ.items() if name not in {"GIT_DIR", "GIT_WORK_TREE"}}
    command = ["git", "-C", str(root), *words]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None
