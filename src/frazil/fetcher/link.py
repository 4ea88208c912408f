"""Links: bring the artifacts of a plan from the store into the output, all of them or, when one fails, none.

Everything is prepared in a hidden folder of the output and then renamed into place, so a fetch that fails before
that leaves the old output. Nothing is written through a symbolic link, and nothing removed that an earlier fetch
with the same key did not itself put there.
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

from frazil.atomic import disk_errors, make_folder, replace, writing
from frazil.errors import DiskError, IntegrityError, UsageError
from frazil.events import ArtifactLinked, Reporter, Warned, silent
from frazil.fetcher.clone import cannot_link, clone_file, copy_file
from frazil.fetcher.crew import Crew
from frazil.fetcher.place import Link
from frazil.fetcher.result import FetchResult, Output, look
from frazil.store.content import Store
from frazil.store.signature import Signature, read_digest, read_status
from frazil.store.writing import remove_anything, sweep
from frazil.values import dataclass, field

MODES = ("auto", "copy", "hardlink", "symlink")

_THREADS = 4
_WORTH_THREADS = 8 * 1024 * 1024
_STALE_SECONDS = 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOutcome:
    """What happened to the output, as places: newly linked, left as they were, removed, left though they should go.

    `outputs` is all that the output now holds of this fetch, for its record.
    """

    linked: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()


class StoreChanged(IntegrityError):
    """Entries of the store vanished or turned out damaged while they were linked; they are gone from it now.

    Nothing of the output was touched. Another plan downloads them anew.
    """

    slug = "store-changed"


def link_out(
    links: tuple[Link, ...],
    *,
    store: Store,
    out: Path,
    mode: str = "auto",
    previous: FetchResult | None = None,
    reporter: Reporter = silent,
) -> LinkOutcome:
    """Make the output hold exactly the links, besides what is not frazil's.

    `auto` clones where the file system can, else copies; `hardlink` and `symlink` copy where they do not work. A copy
    is hashed while it is made; a link rests on the store, which vouches for its entries. `previous` is the record of
    the last fetch with the same key: what still is as it left it is not touched, what it alone lists is removed.
    Raises DiskError, UsageError, StoreChanged; then the output is as it was, unless the very renames failed.
    """
    if mode not in MODES:
        raise UsageError(f'unknown link mode "{mode}"', hint=f"modes: {', '.join(MODES)}")
    _check_output(out, store)
    _check_folders(out, links)
    recorded = {output.place: output for output in previous.outputs} if previous is not None else {}
    standing: dict[str, Output] = {}
    for link in links:
        found = _standing(link, recorded.get(link.place), store, out, mode)
        if found is not None:
            standing[link.place] = found
    missing = [link for link in links if link.place not in standing]
    make_folder(out)
    if missing:
        standing.update(_bring(missing, store, out, mode, reporter))
    removed, edited = _remove_old(recorded, links, out)
    for place in edited:
        reporter(Warned(f"{out / place} is no longer locked, but was changed since it was fetched, so it stays"))
    linked = {link.place for link in missing}
    return LinkOutcome(
        linked=tuple(link.place for link in links if link.place in linked),
        unchanged=tuple(link.place for link in links if link.place not in linked),
        removed=removed,
        edited=edited,
        outputs=tuple(standing[link.place] for link in links),
    )


# Before anything is written --------------------------------------------------------------------------------


def _check_output(out: Path, store: Store) -> None:
    real_out, real_store = Path(os.path.realpath(out)), Path(os.path.realpath(store.root))
    if real_out.is_relative_to(real_store):
        raise DiskError(f"the output {out} lies in the store, which nothing may change", hint="choose another --out")
    for folder in (out, *out.parents):
        if os.path.lexists(folder):
            if not folder.is_dir():
                what = "not a folder" if folder.exists() else "a link that leads nowhere"
                raise DiskError(
                    f"the output {out} cannot be made: {folder} is {what}",
                    hint="choose another --out, or remove what is in the way",
                )
            return


def _check_folders(out: Path, links: Iterable[Link]) -> None:
    for folder in sorted({folder for link in links for folder in _folders_of(link.place)}):
        status = read_status(out / folder)
        if status is None or stat.S_ISDIR(status.st_mode):
            continue
        what = "a symbolic link, and nothing is written through one" if stat.S_ISLNK(status.st_mode) else "a file"
        raise DiskError(f"{out / folder} must be a folder, but is {what}", hint="remove it, or choose another --out")
    for link in links:
        status = read_status(out / link.place)
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise DiskError(
                f"{out / link.place} is a folder where an artifact belongs",
                hint="remove it, or choose another --out",
            )


def _folders_of(place: str) -> list[str]:
    segments = place.split("/")
    return ["/".join(segments[:end]) for end in range(1, len(segments))]


def _standing(link: Link, recorded: Output | None, store: Store, out: Path, mode: str) -> Output | None:
    """Return what lies at a place if it is what a new link would be."""
    path = out / link.place
    known = recorded is not None and recorded.sha256 == link.sha256 and recorded.mode == mode
    if mode == "symlink":
        target = store.path(link.sha256, link.filename)
        seen = look(str(path), mode)
        leads_there = seen is not None and path.is_symlink() and path.readlink() == target
        if seen is None or not leads_there or not store.has(link.sha256, link.filename, link.size):
            return None
        return Output(link.place, link.sha256, mode, seen)
    if recorded is not None and known and look(str(path), mode) == recorded.signature:
        return recorded
    status = read_status(path)
    if mode == "hardlink" or status is None or not _is_own_file(status) or status.st_size != link.size:
        return None
    # The record is lost or the file was moved about (a restored CI cache): the right bytes need no new copy.
    found = read_digest(path)
    return Output(link.place, link.sha256, mode, found[1]) if found and found[0] == link.sha256 else None


def _is_own_file(status: os.stat_result) -> bool:
    """Say whether a file can be changed without changing the store: writable, and under one name only."""
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and bool(status.st_mode & stat.S_IWUSR)


# Bringing --------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """What the threads that bring files share."""

    store: Store
    mode: str
    reporter: Reporter
    damaged: list[Link] = field(default_factory=list)
    vouched: set[tuple[str, str]] = field(default_factory=set)
    clones: bool = True
    fell_back: bool = False


def _bring(links: list[Link], store: Store, out: Path, mode: str, reporter: Reporter) -> dict[str, Output]:
    writing(out)
    sweep(out, seconds=_STALE_SECONDS)
    stage = out / f".frazil-{os.urandom(8).hex()}.tmp"
    with disk_errors("write", out):
        stage.mkdir(mode=0o700)
    try:
        work = _Work(store, mode, reporter)
        staged = [(link, stage / str(number)) for number, link in enumerate(links)]
        _prepare(staged, work, out)
        if work.damaged:
            raise _store_changed(work.damaged)
        if work.fell_back:
            reporter(Warned(f"{mode}s from the store do not work in {out}, so files were copied"))
        outputs = {link.place: _output(link, file, mode) for link, file in staged}
        for link, file in staged:
            _put(link, file, out)
        return outputs
    finally:
        with contextlib.suppress(OSError):
            _remove_stage(stage)


def _remove_stage(stage: Path) -> None:
    try:
        stage.rmdir()  # everything in it has been renamed into place
    except OSError:
        remove_anything(stage, stage.lstat())


def _prepare(staged: list[tuple[Link, Path]], work: _Work, out: Path) -> None:
    def prepare(task: tuple[Link, Path]) -> None:
        link, file = task
        if not _is_vouched(link, work):
            work.damaged.append(link)
            return
        began = time.monotonic()
        with disk_errors("write", out / link.place):
            try:
                _make(link, file, work, crew)
            except FileNotFoundError:
                work.damaged.append(link)
        work.reporter(ArtifactLinked(link.place, time.monotonic() - began))

    crew = Crew(prepare)
    threads = _THREADS if sum(link.size for link, _ in staged) >= _WORTH_THREADS else 1
    if work.mode in {"auto", "copy"} and threads > 1:
        crew.run((sorted(staged, key=lambda task: -task[0].size), threads))
    else:
        for task in staged:
            prepare(task)


def _is_vouched(link: Link, work: _Work) -> bool:
    """Ask the store once for each artifact: the plan did too, but that may be a long download ago."""
    identity = (link.sha256, link.filename)
    if identity not in work.vouched and work.store.has(link.sha256, link.filename, link.size):
        work.vouched.add(identity)
    return identity in work.vouched


def _make(link: Link, file: Path, work: _Work, crew: Crew[tuple[Link, Path]]) -> None:
    source = work.store.path(link.sha256, link.filename)
    if work.mode in {"hardlink", "symlink"} and not work.fell_back:
        try:
            if work.mode == "hardlink":
                os.link(source, file, follow_symlinks=False)
            else:
                file.symlink_to(source)
        except OSError as error:
            if not cannot_link(error):
                raise
            work.fell_back = True
        else:
            return
    changed = source.lstat().st_mtime_ns
    cloned = work.mode == "auto" and work.clones and clone_file(source, file)
    work.clones = cloned  # one refusal is enough: it is the same file system for all
    if not cloned and copy_file(source, file, crew.check) != link.sha256:
        work.store.discard(link.sha256, link.filename)
        work.damaged.append(link)
        return
    # The store's own time, which lies in the past: any later edit shows in it, however soon it comes.
    os.utime(file, ns=(time.time_ns(), changed))


def _output(link: Link, file: Path, mode: str) -> Output:
    """Sign a prepared file: a rename keeps the look, and afterwards the place may be another process's already."""
    seen = look(str(file), "symlink" if file.is_symlink() else mode)
    if seen is None:
        raise _store_changed([link])
    return Output(link.place, link.sha256, mode, seen)


def _put(link: Link, file: Path, out: Path) -> None:
    place = out / link.place
    with disk_errors("write", place):
        place.parent.mkdir(parents=True, exist_ok=True)
        _check_folders(out, (link,))
        if os.name == "nt" and (old := read_status(place)) is not None:
            remove_anything(place, old)  # Windows does not rename over what is read-only
        replace(file, place)


def _store_changed(damaged: list[Link]) -> StoreChanged:
    names = sorted(link.filename for link in damaged)
    what = f"{names[0]} was" if len(names) == 1 else f"{len(names)} artifacts were"
    return StoreChanged(
        f"{what} damaged in the store or removed from it, so nothing was linked",
        details=tuple(names[:20]) if len(names) > 1 else (),
        hint="run the same command again: it downloads what is missing",
    )


# Removing --------------------------------------------------------------------------------------------------


def _remove_old(
    recorded: dict[str, Output], links: tuple[Link, ...], out: Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove what an earlier fetch left and this one does not have; return the places removed and those left."""
    # Compared without case: where the file system sees no difference, the old name is the new file.
    wanted = {link.place.casefold() for link in links}
    removed, edited = [], []
    for place, output in sorted(recorded.items()):
        if place.casefold() in wanted or not _folders_are_real(out, place):
            continue
        path = out / place
        status = read_status(path)
        if status is None:
            continue
        if not _is_as_left(path, status, output):
            edited.append(place)
            continue
        with disk_errors("remove", path):
            remove_anything(path, status)
        removed.append(place)
        for folder in reversed(_folders_of(place)):
            with contextlib.suppress(OSError):
                (out / folder).rmdir()
    return tuple(removed), tuple(edited)


def _is_as_left(path: Path, status: os.stat_result, output: Output) -> bool:
    if stat.S_ISLNK(status.st_mode):
        return output.mode == "symlink"
    if not stat.S_ISREG(status.st_mode):
        return False
    return look(str(path), output.mode) == output.signature or _digest(path) == output.sha256


def _digest(path: Path) -> str | None:
    found: tuple[str, Signature] | None = read_digest(path)
    return found[0] if found else None


def _folders_are_real(out: Path, place: str) -> bool:
    statuses = (read_status(out / folder) for folder in _folders_of(place))
    return all(status is not None and stat.S_ISDIR(status.st_mode) for status in statuses)
