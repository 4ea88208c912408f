"""Where the bytes of an artifact may be had: from what is known first, from a page only when nothing else answers."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from frazil.errors import ArtifactGone, MirrorLacks, OutsideError
from frazil.fetcher.plan import Download
from frazil.file_root import is_safe_path, join_file_url, split_file_url
from frazil.frozen.model import FrozenIndex
from frazil.ports import Locator
from frazil.settings import Settings
from frazil.values import dataclass, field

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRoots:
    """The file roots that are known without asking an index, by its name, and the indexes that have a mirror here."""

    known: tuple[tuple[str, str], ...] = ()
    mirrored: frozenset[str] = frozenset()


def known_roots(indexes: tuple[FrozenIndex, ...], *, settings: Settings, machine: "MachineIndex | None") -> FileRoots:
    """Collect what is known of the indexes of a lock.

    A setting of this machine goes before what the lock declares, and that before pip's own constant for its own
    default. What earlier runs learnt is the locator's to remember.
    """
    set_here = dict(settings.index_files)
    known = []
    for index in indexes:
        constant = machine.files if machine is not None and index.url is None else None
        root = set_here.get(index.name) or index.files or constant
        if root is not None:
            known.append((index.name, root))
    return FileRoots(known=tuple(known))


# Asking ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """What an index answered when asked for its root: asked once, by whoever needs it first."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False
    root: str | None = None
    failure: OutsideError | None = None


class Whereabouts:
    """Gives the addresses of an artifact one after another, asking an index only when the ones before did not do."""

    def __init__(self, roots: FileRoots, locator: Locator) -> None:
        self._roots = dict(roots.known)
        self._mirrored = roots.mirrored
        self._locator = locator
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked] = {}

    def addresses(self, download: Download) -> Iterator[str]:
        """Give the addresses to try; the next one is asked for when the last one did not have the file.

        Raises OutsideError when an index that must be asked fails.
        """
        if download.url is not None:
            yield download.url
            return
        if download.index is None:
            return
        tried = None
        if download.path is not None and is_safe_path(download.path):
            root = self._root(download.index, download.project)
            if root is not None:
                tried = join_file_url(root, download.path, download.filename)
                yield tried
        found = self._locator.locate(download.index, download.project, download.filename, download.sha256)
        if found is not None and found != tried:
            yield found

    def confirm(self, download: Download, address: str) -> None:
        """Take note of where a file was found: an index whose files moved is known anew for the rest of the run."""
        if download.index is None or download.path is None:
            return
        root, path = split_file_url(address, download.filename)
        if path == download.path:
            with self._lock:
                self._roots[download.index] = root

    def gone(self, download: Download) -> OutsideError:
        """Say that none of the addresses had the file; what a mirror lacks may well be on the index."""
        if download.index in self._mirrored:
            return MirrorLacks(
                f"{download.filename} ({download.release}) is not on the mirror of index {download.index}",
                hint="bring it there (`frazil fetch --all-artifacts --layout simple` does), or go without the mirror",
            )
        if download.index is None:
            place = f"at {_without_query(download.url)}" if download.url else "anywhere"
        else:
            place = f"on index {download.index}"
        return ArtifactGone(
            f"{download.filename} ({download.release}) is not {place} any more",
            hint=f"run `frazil resolve -P {download.project}` to choose another one",
        )

    def _root(self, index: str, project: str) -> str | None:
        with self._lock:
            root = self._roots.get(index)
            asked = self._asked.setdefault(index, _Asked())
        if root is not None:
            return root
        with asked.lock:
            if not asked.done:
                self._ask(asked, index, project)
        if asked.failure is not None:
            raise asked.failure
        return asked.root

    def _ask(self, asked: _Asked, index: str, project: str) -> None:
        try:
            asked.root = self._locator.learn_root(index, project)
        except OutsideError as error:
            asked.failure = error
        asked.done = True


def origin_of(download: Download, address: str) -> str:
    """Say where bytes came from, for messages."""
    shown = _without_query(address)
    return shown if download.index is None else f"index {download.index} ({shown})"


def _without_query(address: str) -> str:
    # A signed address carries a secret in its query.
    return address.partition("#")[0].partition("?")[0]
