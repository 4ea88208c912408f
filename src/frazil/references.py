"""A lock as a person names it: a path, `REVISION:PATH` as `git show` takes it, or a revision that has the project's."""

from collections.abc import Mapping
from pathlib import Path

from frazil.errors import LockMissing
from frazil.frozen.codec import parse_frozen
from frazil.frozen.files import read_lock_bytes
from frazil.frozen.loading import check_size
from frazil.frozen.model import LARGEST_LOCK, Frozen
from frazil.regex import regex
from frazil.revisions import read_at_revision
from frazil.values import dataclass

_DRIVE = regex(r"[A-Za-z]:[\\/]")
_LOCK_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReference:
    """Where a lock is: a file, or a file as a revision has it.

    `name` is what messages call it. `path` counts from `folder`; with a `revision` it is as git takes it: from the top
    of the repository, or with `./` before it from the folder.
    """

    name: str
    folder: Path
    path: str
    revision: str | None = None

    @property
    def file(self) -> Path | None:
        """The file on disk, None for one of a revision."""
        return self.folder / self.path if self.revision is None else None


def lock_file(path: Path) -> LockReference:
    """Refer to a file."""
    return LockReference(name=path.name, folder=path.parent, path=path.name)


def parse_lock_reference(written: str, folder: Path) -> LockReference:
    """Read a path, or `REVISION:PATH` where there is no such file; both count from `folder`."""
    path = folder / Path(written).expanduser()
    if path.is_file() or ":" not in written or _DRIVE.match(written):
        return LockReference(name=written, folder=path.parent, path=path.name)
    revision, _, within = written.partition(":")
    return LockReference(name=written, folder=folder, path=within, revision=revision)


def parse_lone_lock(written: str, folder: Path) -> LockReference | None:
    """Read a path or `REVISION:PATH`; None for a bare revision, which needs to be told which file of it is meant."""
    reference = parse_lock_reference(written, folder)
    is_file = reference.file is not None and reference.file.is_file()
    bare = reference.revision is None and not written.endswith(_LOCK_SUFFIX) and not _DRIVE.match(written)
    return None if bare and not is_file else reference


def lock_in_revision(revision: str, own: LockReference) -> LockReference:
    """Refer to the project's own lock as a revision has it."""
    path = own.path if own.revision is not None else f"./{own.path}"
    return LockReference(name=f"{revision}:{own.path}", folder=own.folder, path=path, revision=revision)


def read_reference(reference: LockReference, *, environ: Mapping[str, str]) -> Frozen:
    """Read and check the lock that is referred to.

    Raises LockMissing, LockFileError, LockTooNew, DiskError, and UsageError for a revision that is not there.
    """
    if reference.revision is None:
        data: bytes | None = read_lock_bytes(reference.folder / reference.path)
    else:
        data = read_at_revision(
            reference.folder, reference.revision, reference.path, environ=environ, limit=LARGEST_LOCK
        )
    if data is None:
        where = reference.revision or "what is staged"
        raise LockMissing(f"there is no {reference.path.removeprefix('./')} in {where}")
    check_size(len(data), reference.name)
    return parse_frozen(data, name=reference.name)
