"""Sources that are not wheels, laid out as trees that a build backend can be asked about."""

import hashlib
from pathlib import Path

from frazil.address import ArchiveAddress
from frazil.errors import BuildFailed
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Offer, Source, VcsSource
from frazil.supply import Supply
from frazil.unpacking import unpack_source
from frazil.values import dataclass
from frazil.vcs import Git

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """A project's source on disk.

    `content` names it by what it holds, None where it may be another one tomorrow; `told` is the version that a
    backend is told which would ask a repository for it.
    """

    name: str
    version: str | None
    folder: Path
    content: str | None = None
    told: str | None = None

    @property
    def label(self) -> str:
        return self.name if self.version is None else f"{self.name} {self.version}"

    def read(self, filename: str) -> bytes | None:
        """Return a file of its top folder, None where there is none."""
        try:
            return (self.folder / filename).read_bytes()
        except OSError:
            return None


class Sources:
    """Lays out sources for one run, each once."""

    def __init__(self, root: Path, git: Git, supply: Supply) -> None:
        self.root = root
        self.git = git
        self._supply = supply
        self._laid_out: dict[tuple[Source, str | None], Path] = {}

    def tree(self, name: str, version: str | None, source: Source, offer: Offer | None) -> SourceTree:
        """Lay out a source, unless it lies in the project itself.

        Raises BuildFailed for what is no Python project, ConfigurationError, OutsideError, IntegrityError, DiskError.
        """
        key = (source, None if offer is None else offer.filename)
        if key not in self._laid_out:
            self._laid_out[key] = self._lay_out(source, offer)
        tree = SourceTree(
            name=name,
            version=version,
            folder=self._laid_out[key],
            content=content_of(source, offer),
            told=version if isinstance(source, VcsSource) else None,
        )
        return check_tree(tree)

    def _lay_out(self, source: Source, offer: Offer | None) -> Path:
        match source:
            case DirectorySource(path):
                return self.root / path
            case VcsSource():
                folder = self._supply.new_folder() / "tree"
                self.git.check_out(source, folder)
                return folder / (source.subdirectory or ".")
            case ArchiveSource(url, subdirectory):
                archive = self._supply.archive_at(ArchiveAddress(url)).path
                return unpack_source(archive, archive.name, self._supply.new_folder()) / (subdirectory or ".")
            case IndexSource():
                assert offer is not None  # noqa: S101 - what an index serves is a file
                return unpack_source(self._supply.file_of(offer), offer.filename, self._supply.new_folder())


def check_tree(tree: SourceTree) -> SourceTree:
    """Return a tree if it is that of a Python project. Raises BuildFailed."""
    if not any((tree.folder / manifest).is_file() for manifest in MANIFESTS):
        raise BuildFailed(f"{tree.label} cannot be built: its source has no pyproject.toml and no setup.py")
    return tree


def content_of(source: Source, offer: Offer | None) -> str | None:
    """Return a name for what a source holds, None for a folder of the project, which may change."""
    match source:
        case DirectorySource():
            return None
        case VcsSource():
            parts = ("git", source.commit_id, source.subdirectory or "")
        case ArchiveSource(_, subdirectory):
            parts = ("file", (offer.sha256 if offer is not None else None) or "", subdirectory or "")
        case IndexSource():
            parts = ("file", (offer.sha256 if offer is not None else None) or "", "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if parts[1] else None
