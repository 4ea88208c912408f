"""The tar of a commit: the same bytes on every machine, because nothing goes into it but what git hashes.

USTAR, pax headers only for names that USTAR cannot hold; one root folder; blobs as they are, in the byte order of
their names; modes 0644 and 0755; owner 0, times 0. See docs/reference/frozen-format.md.
"""

import posixpath
import tarfile
from collections.abc import Callable, Iterable, Iterator

from frazil.errors import IntegrityError
from frazil.values import dataclass

_LINK, _EXECUTABLE = "120000", "100755"
_LONGEST_LINK = 4096


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One file of a commit: its path, its mode as git writes it, the name of its blob, its bytes."""

    path: bytes
    mode: str
    blob: str
    size: int


def tar_chunks(
    root: str, entries: Iterable[TreeEntry], read: Callable[[TreeEntry], Iterator[bytes]]
) -> Iterator[bytes]:
    """Stream the tar of some files below one root folder; `read` gives the bytes of a blob.

    A symbolic link that stays inside is one in the tar, any other is a file that holds where it leads, as git lays it
    out where there are no links. Raises IntegrityError for a path that no tree of git can have.
    """
    written = 0
    for entry in sorted(entries, key=lambda entry: entry.path):
        _check(entry)
        header, body = _member(root, entry, read)
        yield header
        written += len(header)
        size = 0
        for chunk in body:
            yield chunk
            size += len(chunk)
        padding = -size % tarfile.BLOCKSIZE
        yield bytes(padding)
        written += size + padding
    written += 2 * tarfile.BLOCKSIZE
    yield bytes(2 * tarfile.BLOCKSIZE + -written % tarfile.RECORDSIZE)


def _check(entry: TreeEntry) -> None:
    segments = entry.path.split(b"/")
    if any(segment in {b"", b".", b".."} or segment.lower() == b".git" for segment in segments):
        raise IntegrityError(f"a commit holds the path {entry.path.decode('utf-8', 'replace')!r}, which is unsafe")


def _member(root: str, entry: TreeEntry, read: Callable[[TreeEntry], Iterator[bytes]]) -> tuple[bytes, Iterable[bytes]]:
    info = tarfile.TarInfo(f"{root}/{entry.path.decode('utf-8', 'surrogateescape')}")
    info.mode = 0o755 if entry.mode in {_EXECUTABLE, _LINK} else 0o644
    info.size = entry.size
    if entry.mode == _LINK and entry.size <= _LONGEST_LINK:
        target = b"".join(read(entry))
        if _stays_inside(entry.path, target):
            info.type, info.size = tarfile.SYMTYPE, 0
            info.linkname = target.decode("utf-8", "surrogateescape")
            return _header(info), ()
        info.mode = 0o644
        return _header(info), (target,)
    return _header(info), read(entry)


def _stays_inside(path: bytes, target: bytes) -> bool:
    if not target or target.startswith(b"/") or b"\0" in target or b"\\" in target:
        return False
    landing = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return landing != b".." and not landing.startswith(b"../")


def _header(info: tarfile.TarInfo) -> bytes:
    names = info.name + info.linkname
    if names.isascii():
        try:
            return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")
        except ValueError:
            pass  # a name that is too long for USTAR
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
