"""Mirrors: where this machine reaches an index instead, by its name. What is locked never shows them.

Pages, files and credentials of a mirrored index are those of the mirror alone. What its pages say of addresses is
put back to what the index itself would say before it is recorded.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from frazil.file_root import is_safe_path, join_file_url, split_file_url
from frazil.frozen.model import FrozenIndex
from frazil.model import IndexSource, Offer, Pin, Resolution
from frazil.own_configuration import MIRRORS, read_own_configuration
from frazil.project.declaration import DeclaredIndex
from frazil.values import dataclass, field, replace

if TYPE_CHECKING:
    from frazil.project.document import Table

KEYS = ("url", "files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """Where an index is reached instead; both end in `/`, and None is where it is anyway.

    With `url` alone its files are where the mirror's pages say. `credentials` and `files_credentials` are those that
    stood in one address or the other: each is for its own server.
    """

    url: str | None = None
    files: str | None = None
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    files_credentials: tuple[str, str] | None = field(default=None, repr=False)


class Mirrors:
    """The mirrors of this machine, by the name of the index."""

    def __init__(self, mirrors: Mapping[str, Mirror]) -> None:
        self._mirrors = dict(mirrors)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._mirrors)

    def of(self, index: str) -> Mirror | None:
        return self._mirrors.get(index)

    def reached(self, index: DeclaredIndex) -> DeclaredIndex:
        """Return an index as this machine reaches it."""
        mirror = self._mirrors.get(index.name)
        if mirror is None:
            return index
        return replace(index, url=mirror.url or index.url, files=_files(mirror, index.files))

    def reached_frozen(self, index: FrozenIndex) -> FrozenIndex:
        """Return an index of a lock as this machine reaches it."""
        mirror = self._mirrors.get(index.name)
        if mirror is None:
            return index
        return replace(index, url=mirror.url or index.url, files=_files(mirror, index.files))

    def as_recorded(self, resolutions: Iterable[Resolution], roots: Mapping[str, str]) -> list[Resolution]:
        """Return resolutions in which files of mirrored indexes lie where the index itself would have them.

        `roots` gives the file root of each index. A file whose path below it the mirror does not tell has no address.
        """
        resolutions = list(resolutions)
        return [replace(each, pins=tuple(self._recorded(pin, roots) for pin in each.pins)) for each in resolutions]

    def _recorded(self, pin: Pin, roots: Mapping[str, str]) -> Pin:
        if pin.artifact is None or not isinstance(pin.source, IndexSource):
            return pin
        mirror = self._mirrors.get(pin.source.index)
        if mirror is None or mirror.url is None or not pin.artifact.url:
            return pin
        root, path = roots.get(pin.source.index), _path_below(mirror, pin.artifact)
        url = "" if root is None or path is None else join_file_url(root, path, pin.artifact.filename)
        return replace(pin, artifact=replace(pin.artifact, url=url))


def read_mirrors(environ: Mapping[str, str]) -> Mirrors:
    """Return the mirrors that the user's and the site's configuration name; the user's goes first.

    Raises ConfigurationError with file and line, DiskError.
    """
    found: dict[str, Mirror] = {}
    for table in read_own_configuration(environ):
        for name, entry in table.named_tables(MIRRORS):
            found.setdefault(name, _mirror(name, entry))
    return Mirrors(found)


def _files(mirror: Mirror, files: str | None) -> str | None:
    # The files of a mirror with pages of its own are where those say: the index's root is another server's.
    return mirror.files or (None if mirror.url else files)


def _path_below(mirror: Mirror, offer: Offer) -> str | None:
    """Return the path of a file below its index's root, None where the mirror has another layout."""
    address = offer.url.partition("#")[0]
    if mirror.files is not None and address.startswith(mirror.files):
        rest = address.removeprefix(mirror.files)
        root, path = split_file_url(f"https://below/{rest}", offer.filename)
        # A mirror may repeat the segment `packages`: the path is what follows the last one, as everywhere.
        return path if root and path is not None and is_safe_path(path) else None
    root, path = split_file_url(offer.url, offer.filename)
    return path if root.endswith("/packages/") else None


def _mirror(name: str, table: "Table") -> Mirror:
    from frazil.project.indexes import read_address  # noqa: PLC0415 - read only where there is such a table

    table.reject_unknown(KEYS)
    url, login = read_address(table, "url")
    files, files_login = read_address(table, "files")
    if url is None and files is None:
        hint = 'write url = "https://mirror.example/simple/", and files for where its files are'
        raise table.error(f"the mirror of index {name} has no address", hint=hint)
    return Mirror(url=url, files=files, credentials=login, files_credentials=files_login)
