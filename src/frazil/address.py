"""The address in a requirement (PEP 508 `name @ address`): one archive, one revision of a repository, one folder."""

import posixpath
import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.regex import regex
from frazil.requirement import Requirement
from frazil.values import dataclass, field

_ARCHIVE = regex(r".+\.(?:whl|zip|tar|tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz)", re.IGNORECASE)
_SHA256 = regex(r"[0-9a-f]{64}")


class AddressError(ValueError):
    """An address that leads to nothing frazil knows; the argument says why, in one clause about it."""


@dataclass(frozen=True, slots=True)
class ArchiveAddress:
    """A wheel or a source archive; `url` is as the user wrote it without its fragment (`file:` is below the root).

    `sha256` is what the fragment demands of the file (lower-case hex); it is no part of where the file is.
    """

    url: str
    subdirectory: str | None = None
    sha256: str | None = field(default=None, compare=False)

    @property
    def path(self) -> str | None:
        """The path below the project root, None for what lies on a server."""
        return self.url.removeprefix("file:") if self.url.startswith("file:") else None

    @property
    def filename(self) -> str:
        return posixpath.basename(self.path or unquote(urlsplit(self.url).path))


@dataclass(frozen=True, slots=True)
class GitAddress:
    """A revision of a git repository (None: the branch that its server calls HEAD)."""

    url: str
    revision: str | None = None
    subdirectory: str | None = None

    @property
    def written(self) -> tuple[str, str | None]:
        """The address as it is written: where an `@` may stand in either part, only the whole says the same."""
        return self.url if self.revision is None else f"{self.url}@{self.revision}", self.subdirectory


@dataclass(frozen=True, slots=True)
class DirectoryAddress:
    """A folder below the project root."""

    path: str


Address = ArchiveAddress | GitAddress | DirectoryAddress


@lru_cache(maxsize=4096)
def parse_address(url: str) -> Address:
    """Parse the address of a requirement, as checked when it was declared.

    Raises AddressError for what is neither a repository nor a folder nor, by its name, an archive.
    """
    address, _, fragment = url.partition("#")
    pieces = dict(piece.partition("=")[::2] for piece in fragment.split("&") if piece)
    subdirectory = _subdirectory(pieces.get("subdirectory"))
    if address.lower().startswith("git+"):
        return _git(address[len("git+") :], subdirectory)
    archive = ArchiveAddress(address, subdirectory, _demanded(pieces.get("sha256")))
    if _ARCHIVE.fullmatch(archive.filename):
        return archive
    if archive.path is not None:
        return DirectoryAddress(archive.path)
    raise AddressError("its file name is neither that of a wheel nor of a source archive")


def is_from(requirement: Requirement, source: Source) -> bool:
    """Say whether a release of this source is what a requirement's address leads to."""
    if requirement.url is None:
        return False
    try:
        address = parse_address(requirement.url)
    except AddressError:
        return False
    match source:
        case ArchiveSource(url, subdirectory):
            return address == ArchiveAddress(url.partition("#")[0], subdirectory)
        case VcsSource():
            asked = GitAddress(source.url, source.requested_revision, source.subdirectory)
            return source.type == "git" and isinstance(address, GitAddress) and address.written == asked.written
        case DirectorySource(path):
            return address == DirectoryAddress(path)
        case IndexSource():
            return False


def address_of(source: Source) -> str:
    """Return where a release comes from, as an address is written; for an index, its name."""
    match source:
        case ArchiveSource(url, _):
            return url
        case VcsSource():
            return f"{source.type}+{GitAddress(source.url, source.requested_revision).written[0]}"
        case DirectorySource(path):
            return f"file:{path}"
        case IndexSource(index):
            return index


def _git(address: str, subdirectory: str | None) -> GitAddress:
    scheme, mark, rest = address.partition("://")
    server, slash, path = rest.partition("/")
    # An `@` before the first slash belongs to the server (`git@host`), one behind it to the revision.
    repository, at, revision = path.rpartition("@") if "@" in path else (path, "", "")
    if at and (not revision or revision.startswith("-")):
        raise AddressError(f'"{revision}" is no revision of a repository')
    return GitAddress(f"{scheme}{mark}{server}{slash}{repository}", revision or None, subdirectory)


def _subdirectory(written: str | None) -> str | None:
    if written is None:
        return None
    path = posixpath.normpath(unquote(written)).strip("/")
    if path in {"", "."}:
        return None
    if path.startswith("..") or "\\" in path or not path.isprintable():
        raise AddressError(f'its subdirectory "{written}" leads out of it')
    return path


def _demanded(written: str | None) -> str | None:
    if written is None:
        return None
    digest = written.lower()
    if not _SHA256.fullmatch(digest):
        raise AddressError("its sha256 has not 64 hexadecimal digits")
    return digest
