"""Sources that are not wheels, laid out as trees that a build backend can be asked about."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from frazil.address import ArchiveAddress
from frazil.errors import BuildFailed
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Offer, Source, VcsSource
from frazil.opening import read_plain
from frazil.supply import Supply
from frazil.values import dataclass

if TYPE_CHECKING:
    from frazil.vcs import Git

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True, slots=True)
class Content:
    """What a source holds, by a name; `lasting` if the name can never stand for anything else."""

    name: str
    lasting: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """A project's source on disk; `told` is the version that a backend is told which would ask a repository for it."""

    name: str
    version: str | None
    folder: Path
    content: Content
    told: str | None = None

    @property
    def label(self) -> str:
        return self.name if self.version is None else f"{self.name} {self.version}"

    def read(self, filename: str) -> bytes | None:
        """Return a file of its top folder, None where there is none."""
        try:
            return read_plain(self.folder / filename)
        except OSError:
            return None


class Sources:
    """Lays out sources for one run, each once; `git` is asked for when the first repository is."""

    def __init__(self, root: Path, git: Callable[[], "Git"], supply: Supply) -> None:
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

    def pyproject(self, name: str, version: str | None, source: Source, offer: Offer | None) -> bytes | None:
        """Return a source's `pyproject.toml`, None where it has none. Raises as `tree` does."""
        if isinstance(source, VcsSource):
            return self.git().read_file(source, "pyproject.toml")
        return self.tree(name, version, source, offer).read("pyproject.toml")

    def _lay_out(self, source: Source, offer: Offer | None) -> Path:
        match source:
            case DirectorySource(path):
                return self.root / path
            case VcsSource():
                folder = self._supply.new_folder() / "tree"
                self.git().check_out(source, folder)
                return folder / (source.subdirectory or ".")
            case ArchiveSource(url, subdirectory):
                return self._unpacked(self._supply.archive_at(ArchiveAddress(url)).path) / (subdirectory or ".")
            case IndexSource():
                assert offer is not None  # noqa: S101 - what an index serves is a file
                return self._unpacked(self._supply.file_of(offer))

    def _unpacked(self, archive: Path) -> Path:
        from frazil.unpacking import unpack_source  # noqa: PLC0415 - the readers of archives, only for sources

        return unpack_source(archive, archive.name, self._supply.new_folder())


def check_tree(tree: SourceTree) -> SourceTree:
    """Return a tree if it is that of a Python project. Raises BuildFailed."""
    if not any((tree.folder / manifest).is_file() for manifest in MANIFESTS):
        raise BuildFailed(f"{tree.label} cannot be built: its source has no pyproject.toml and no setup.py")
    return tree


def content_of(source: Source, offer: Offer | None) -> Content:
    """Return what a source holds. A folder of the project may hold something else tomorrow, and so may an address."""
    match source:
        case DirectorySource(path):
            return Content(f"folder {path}", lasting=False)
        case VcsSource():
            return Content(f"commit {source.commit_id} {source.subdirectory or ''}")
        case ArchiveSource(_, subdirectory):
            return _content_of_file(offer, subdirectory)
        case IndexSource():
            return _content_of_file(offer, None)


def _content_of_file(offer: Offer | None, subdirectory: str | None) -> Content:
    if offer is None or offer.sha256 is None:
        return Content(f"address {offer and offer.url}", lasting=False)
    return Content(f"sha256 {offer.sha256} {subdirectory or ''}")
