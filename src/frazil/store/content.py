"""The content store: how an entry gets in, where it lies, how entries are counted, checked and removed.

    README.txt, CACHEDIR.TAG
    tmp/                                what is being written
    locks/                              who is bringing in what; empty where nobody is
    v1/ab/ab12…/<filename>              an entry: read-only, under the sha256 of its bytes
    v1/ab/ab12…/.<filename>.stat        its record: size, time of change (ns) and inode at publication; its own time
                                        of change is when the entry was last of use
    v1/ab/ab12…/.<filename>.keep        a mark: not anybody could have it again from a public index

The store vouches for an entry while it looks as its record says. Else the bytes are hashed: equal renews the
record, anything else is a miss, never an error. A link, a folder or a FIFO is a miss too and never followed.
"""

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from frazil.atomic import disk_errors, is_temporary, make_folder, write_atomically, writes_forbidden, writing
from frazil.errors import DiskError
from frazil.locks import locked
from frazil.store.names import check_identity, is_plain_name
from frazil.store.signature import Signature, open_regular, read_digest, read_status, signature_of
from frazil.store.writing import BUFFER, Writer, make_real_folders, remove_anything
from frazil.values import dataclass, field

_VERSION = "v1"
_TEMPORARY = "tmp"
_LOCKS = "locks"
_STALE_SECONDS = 24 * 60 * 60
_USE_SECONDS = 10 * 60
_LONGEST_RECORD = 200
_NOTES = {
    "README.txt": (
        "This is frazil's content store: downloaded artifacts, each under the sha256 of its bytes.\n"
        "Nothing here may be edited. All of it may be removed (`frazil cache clean`);\n"
        "what a lock names will then be downloaded again.\n"
    ),
    "CACHEDIR.TAG": (
        "Signature: 8a477f597d28d172789f06886806bc55\n"
        "# Backups may leave this folder out: it can be filled again from locks and indexes.\n"
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One artifact in the store; `size` is bytes on disk.

    `used` is when it was last of use (seconds since the epoch); `kept` says that it was made here, or came from an
    index that wants to know who asks.
    """

    sha256: str
    filename: str
    size: int
    path: Path
    used: float = field(default=0.0, compare=False)
    kept: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of one entry found; `damage` is None, else one clause that says what is wrong."""

    entry: Entry
    damage: str | None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many entries were removed, and their bytes."""

    entries: int
    size: int


class Store:
    """A content store in a folder that need not exist yet; any number of threads and processes may share it.

    An entry is published by one rename of a complete, verified file, so no lock is held and none can be left
    behind. With all entries in place nothing is written: a read-only store serves.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._entries = root / _VERSION
        self._temporaries = root / _TEMPORARY
        self._prepared = False

    def path(self, sha256: str, filename: str) -> Path:
        """Return where an entry lies, or would. Raises IntegrityError for what no path may be built from."""
        check_identity(sha256, filename)
        return self._entries / sha256[:2] / sha256 / filename

    def has(self, sha256: str, filename: str, size: int) -> bool:
        """Say whether the artifact is here and vouched for.

        Costs a few system calls, and one reading of the file when it does not look as it did at publication.
        A damaged entry is removed unless writes are forbidden.
        """
        place = self.path(sha256, filename)
        status = self._status_inside_real_folders(place)
        if status is None:
            return False
        seen = signature_of(status)
        sound = stat.S_ISREG(status.st_mode) and (_read_record(place) == seen or _proves(place, sha256))
        if sound:
            _note_use(_record_of(place))
        else:
            _try_to_remove(place, status)
        # A lock with a wrong size is no reason to drop a sound entry: the download will refuse that size.
        return sound and seen.size == size

    def writer(self, sha256: str, filename: str, size: int, *, source: str = "", hint: str | None = None) -> Writer:
        """Return a context manager whose `write` takes the bytes and whose end publishes them.

        Raises IntegrityError (then nothing is kept), DiskError.
        """
        place = self.path(sha256, filename)
        writing(place)
        self._prepare()
        return Writer(
            place,
            self._temporaries,
            sha256=sha256,
            size=size,
            source=source,
            hint=hint,
            published=_write_record,
        )

    def adopt(self, file: Path, *, sha256: str, filename: str, size: int) -> None:
        """Copy a file of this machine into the store. Raises IntegrityError, DiskError."""
        if self.has(sha256, filename, size):
            return
        with (
            disk_errors("read", file),
            open_regular(file) as descriptor,
            self.writer(sha256, filename, size, source=str(file)) as writer,
        ):
            while chunk := os.read(descriptor, BUFFER):
                writer.write(chunk)

    @contextlib.contextmanager
    def alone(self, sha256: str, *, waiting: Callable[[str], None], meanwhile: Callable[[], None]) -> Iterator[None]:
        """Let nobody else bring in an entry until the block ends; where no lock can be taken, nobody waits.

        `waiting` is told who is at it, `meanwhile` is called while it waits and ends that by raising.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(DiskError):
                self._prepare()
                place = self.root / _LOCKS / f"{sha256}.lock"
                stack.enter_context(locked(place, waiting=waiting, meanwhile=meanwhile, lasting=False))
            yield

    def keep(self, sha256: str, filename: str) -> None:
        """Mark an entry as one that not anybody could have again; without the mark (a full disk) it may go sooner."""
        with contextlib.suppress(DiskError):
            write_atomically(_mark_of(self.path(sha256, filename)), b"", durable=False)

    def discard(self, sha256: str, filename: str) -> None:
        """Remove an entry, of whatever kind; one that is not there is fine. Raises DiskError."""
        place = self.path(sha256, filename)
        writing(place)
        status = self._status_inside_real_folders(place)
        with disk_errors("remove", place):
            if status is not None:
                remove_anything(place, status)
            for name in _names_in(place.parent):
                if name in {_record_of(place).name, _mark_of(place).name} or is_temporary(name):
                    (place.parent / name).unlink(missing_ok=True)
        for folder in (place.parent, place.parent.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def entries(self) -> Iterator[Entry]:
        """Give the entries in the order of their digests; what is no regular file is none."""
        for place, status in self._places():
            if stat.S_ISREG(status.st_mode):
                record = read_status(_record_of(place)) or status
                kept = read_status(_mark_of(place)) is not None
                yield Entry(place.parent.name, place.name, status.st_size, place, used=record.st_mtime, kept=kept)

    def size(self) -> int:
        """Return the bytes of all entries."""
        return sum(entry.size for entry in self.entries())

    def verify(self) -> Iterator[Verdict]:
        """Hash every entry again, whatever its record says, and give a verdict each.

        A damaged entry is removed unless writes are forbidden.
        """
        for place, status in self._places():
            found = read_digest(place) if stat.S_ISREG(status.st_mode) else None
            damage = None
            if not stat.S_ISREG(status.st_mode):
                damage = "it is no regular file"
            elif found is None:
                damage = "it cannot be read"
            elif found[0] != place.parent.name:
                damage = f"its sha256 is {found[0]}"
            if damage is not None:
                _try_to_remove(place, status)
            yield Verdict(Entry(place.parent.name, place.name, status.st_size, place), damage)

    def clean(self) -> Cleaned:
        """Remove every entry, damaged ones included, and what interrupted runs left. Raises DiskError."""
        removed = list(self._places())
        for place, _ in removed:
            self.discard(place.parent.name, place.name)
        self.sweep()
        sound = [status.st_size for _, status in removed if stat.S_ISREG(status.st_mode)]
        return Cleaned(len(sound), sum(sound))

    def sweep(self) -> None:
        """Remove temporary files older than a day, whose writers are gone, and locks that the dead left behind."""
        oldest = time.time() - _STALE_SECONDS
        for name in _names_in(self.root / _LOCKS):
            status = read_status(self.root / _LOCKS / name)
            if status is not None and status.st_mtime < oldest and not writes_forbidden():
                with contextlib.suppress(DiskError), locked(self.root / _LOCKS / name, patience=0, lasting=False):
                    pass
        folder = read_status(self._temporaries)
        if folder is None or not stat.S_ISDIR(folder.st_mode):
            return
        for name in _names_in(self._temporaries):
            status = read_status(self._temporaries / name)
            if status is not None and status.st_mtime < oldest:
                _try_to_remove(self._temporaries / name, status)

    def _prepare(self) -> None:
        """Make the folders and the notes once, before the first write."""
        if self._prepared:
            return
        if self.root.exists() and not self.root.is_dir():
            raise DiskError(
                f"the store {self.root} is not a folder",
                hint="set FRAZIL_STORE to a folder",
            )
        make_folder(self.root)
        with disk_errors("write", self.root):
            make_real_folders(self._entries, self._temporaries)
        for name, text in _NOTES.items():
            if not (self.root / name).exists():
                write_atomically(self.root / name, text.encode(), durable=False)
        self.sweep()
        self._prepared = True

    def _status_inside_real_folders(self, place: Path) -> os.stat_result | None:
        for folder in (self._entries, place.parent.parent, place.parent):
            status = read_status(folder)
            if status is None:
                return None
            if not stat.S_ISDIR(status.st_mode):
                _try_to_remove(folder, status)
                return None
        return read_status(place)

    def _places(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Walk what lies where entries lie, of whatever kind, except records."""
        for prefix in _folders_in(self._entries, 2):
            for folder in _folders_in(prefix, 64):
                if folder.name[:2] != prefix.name:
                    continue
                for name in _names_in(folder):
                    status = read_status(folder / name) if is_plain_name(name) else None
                    if status is not None:
                        yield folder / name, status


def _folders_in(folder: Path, digits: int) -> list[Path]:
    found = []
    for name in _names_in(folder):
        status = read_status(folder / name)
        is_hex = len(name) == digits and set(name) <= set("0123456789abcdef")
        if is_hex and status is not None and stat.S_ISDIR(status.st_mode):
            found.append(folder / name)
    return found


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are all that is asked, and they are many
    except OSError:
        return []


def _try_to_remove(path: Path, status: os.stat_result) -> None:
    if writes_forbidden():
        return
    # A store that cannot be written is still read; the miss is what counts.
    with contextlib.suppress(OSError):
        remove_anything(path, status)


# Records ---------------------------------------------------------------------------------------------------


def _record_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.stat")


def _mark_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.keep")


def _note_use(record: Path) -> None:
    """Let a record's time of change tell of this use, to the nearest ten minutes; a read-only store tells nothing."""
    if writes_forbidden():
        return
    with contextlib.suppress(OSError):
        status = record.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_mtime < time.time() - _USE_SECONDS:
            os.utime(record)


def _read_record(place: Path) -> Signature | None:
    try:
        with open_regular(_record_of(place)) as descriptor:
            numbers = os.read(descriptor, _LONGEST_RECORD).split()
        return Signature(*map(int, numbers)) if len(numbers) == 3 else None
    except (OSError, ValueError):
        return None


def _write_record(place: Path, seen: Signature) -> None:
    """Write what an entry is vouched by; without it (a full disk) the entry is only hashed once more."""
    record = _record_of(place)
    status = read_status(record)
    if status is not None and not stat.S_ISREG(status.st_mode):
        _try_to_remove(record, status)
    text = f"{seen.size} {seen.mtime_ns} {seen.inode}\n"
    with contextlib.suppress(DiskError):
        write_atomically(record, text.encode(), durable=False)


def _proves(place: Path, sha256: str) -> bool:
    found = read_digest(place)
    if found is None or found[0] != sha256:
        return False
    if not writes_forbidden():
        _write_record(place, found[1])
    return True
