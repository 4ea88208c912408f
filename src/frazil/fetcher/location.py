"""Where the bytes of an artifact may be had: from what is known first, from a page only when nothing else answers."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from frazil.atomic import make_cache_folder, write_atomically
from frazil.default_index import MachineIndex
from frazil.errors import ArtifactGone, DiskError, FrazilError, OutsideError
from frazil.fetcher.plan import Download
from frazil.file_root import is_safe_path, join_file_url, split_file_url
from frazil.frozen.model import FrozenIndex
from frazil.ports import Locator
from frazil.settings import Settings

_LEARNT_FILE = "file-roots.json"
_LEARNT_FORMAT = 1
_LARGEST_LEARNT_FILE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRoots:
    """The file roots that are known without a request, by index name.

    `addresses` says where each index is, which is what a learnt root is remembered by: one name means different
    indexes in different projects. `memory` is the file that remembers; None where nothing shall be.
    """

    known: tuple[tuple[str, str], ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    memory: Path | None = None


def known_roots(indexes: tuple[FrozenIndex, ...], *, settings: Settings, machine: MachineIndex | None) -> FileRoots:
    """Collect what is known of the indexes of a lock.

    A setting of this machine goes before what the lock declares, that before pip's own constant for its own default,
    and that before what an earlier run learnt.
    """
    memory = None if settings.no_cache else settings.cache / _LEARNT_FILE
    learnt = {} if memory is None else read_learnt_roots(memory)
    set_here = dict(settings.index_files)
    known, addresses = [], []
    for index in indexes:
        machines = machine if index.url is None else None
        url = index.url or (machines.url if machines else None)
        declared = index.files or (machines.files if machines else None)
        root = set_here.get(index.name) or declared or (learnt.get(url) if url else None)
        if root is not None:
            known.append((index.name, root))
        if url is not None:
            addresses.append((index.name, url))
    return FileRoots(known=tuple(known), addresses=tuple(addresses), memory=memory)


def read_learnt_roots(memory: Path) -> dict[str, str]:
    """Return the roots that earlier runs learnt, by the address of the index; nothing when they cannot be read."""
    try:
        with memory.open("rb") as file:
            text = file.read(_LARGEST_LEARNT_FILE + 1)
        found = json.loads(text) if len(text) <= _LARGEST_LEARNT_FILE else None
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or found.get("format") != _LEARNT_FORMAT:
        return {}
    roots = found.get("roots")
    if not isinstance(roots, dict):
        return {}
    return {url: root for url, root in roots.items() if isinstance(root, str) and _is_root(root)}


def write_learnt_root(memory: Path, url: str, root: str) -> None:
    """Remember the root of the index at an address. Raises DiskError."""
    roots = {**read_learnt_roots(memory), url: root}
    make_cache_folder(memory.parent)
    text = json.dumps({"format": _LEARNT_FORMAT, "roots": roots}, indent=1, sort_keys=True)
    write_atomically(memory, text.encode(), durable=False)


def _is_root(text: str) -> bool:
    return text.startswith(("https://", "http://")) and text.endswith("/") and "@" not in text


# Asking ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """What an index answered when asked for its root: asked once, by whoever needs it first."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False
    root: str | None = None
    failure: FrazilError | None = None


class Whereabouts:
    """Gives the addresses of an artifact one after another, asking an index only when the ones before did not do."""

    def __init__(self, roots: FileRoots, locator: Locator) -> None:
        self._roots = dict(roots.known)
        self._addresses = dict(roots.addresses)
        self._memory = roots.memory
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
        """Take note of where a file was found: an index whose files moved is known anew, and remembered."""
        index = download.index
        if index is None or download.path is None:
            return
        root, path = split_file_url(address, download.filename)
        if path != download.path or not _is_root(root):
            return
        with self._lock:
            if self._roots.get(index) == root:
                return
            self._roots[index] = root
        self._remember(index, root)

    def gone(self, download: Download) -> ArtifactGone:
        """Say that none of the addresses had the file."""
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
        if asked.root is not None:
            with self._lock:
                self._roots[index] = asked.root
            self._remember(index, asked.root)

    def _remember(self, index: str, root: str) -> None:
        url = self._addresses.get(index)
        if self._memory is None or url is None:
            return
        # Not to know it next time costs a page; it must not cost this fetch.
        with self._lock, contextlib.suppress(DiskError):
            write_learnt_root(self._memory, url, root)


def origin_of(download: Download, address: str) -> str:
    """Say where bytes came from, for messages."""
    shown = _without_query(address)
    return shown if download.index is None else f"index {download.index} ({shown})"


def _without_query(address: str) -> str:
    # A signed address carries a secret in its query.
    return address.partition("#")[0].partition("?")[0]
