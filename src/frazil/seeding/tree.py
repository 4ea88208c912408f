"""Where everything lies in a mirror: a tree for each index, in which the paths of locks continue below `packages/`.

    DIR/simple/index.html, index.json                 all projects
    DIR/simple/<project>/index.html, index.json       a project
    DIR/packages/<path of the lock>/<file name>       a file, as the index itself has it below its root
    DIR/files/<project>/<file name>                   a file of which the lock tells no path
    …/<file name>.metadata                            what a wheel says of itself (PEP 658)

The first index that a folder is a mirror of has its tree there; every other has its own in `DIR/<index>/`.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from frazil.errors import UsageError
from frazil.fetcher.place import Link
from frazil.fetcher.plan import safe_segment
from frazil.file_root import is_safe_path
from frazil.frozen.model import Coordinate
from frazil.frozen.selection import SelectedArtifact
from frazil.model import IndexSource
from frazil.values import dataclass

SIMPLE, PACKAGES, FILES = "simple", "packages", "files"
METADATA = ".metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An artifact in a mirror: `base` is the tree of its index (empty, or ends in `/`), `place` counts from it."""

    base: str
    place: str
    selected: SelectedArtifact

    @property
    def coordinate(self) -> Coordinate:
        return self.selected.coordinate

    @property
    def link(self) -> Link:
        artifact = self.selected.artifact
        return Link(
            place=f"{self.base}{self.place}", filename=artifact.filename, sha256=artifact.sha256, size=artifact.size
        )

    @property
    def url(self) -> str:
        """Its address, relative to the page of its project."""
        return f"../../{quote(self.place)}"


def bases_of(indexes: Iterable[str], top: str | None) -> dict[str, str]:
    """Return the tree of each index; `top` is the one whose tree is the folder itself, None where none is yet."""
    names = sorted(set(indexes))
    first = top if top is not None or len(names) != 1 else names[0]
    return {name: "" if name == first else f"{_folder(name)}/" for name in names}


def place_artifacts(selected: Iterable[SelectedArtifact], bases: Mapping[str, str]) -> tuple[Placed, ...]:
    """Return where each artifact of an index lies, by place. Raises UsageError where two want one place."""
    found: dict[str, Placed] = {}
    for each in selected:
        if not isinstance(each.coordinate.source, IndexSource):
            continue
        placed = Placed(base=bases[each.coordinate.source.index], place=_place(each), selected=each)
        other = found.setdefault(placed.link.place.casefold(), placed)
        if other.selected.artifact.sha256 != each.artifact.sha256:
            raise UsageError(
                f"two different artifacts belong at {placed.link.place} of the mirror",
                details=tuple(
                    f"sha256 {p.selected.artifact.sha256}, of {p.coordinate.name} {p.coordinate.version}"
                    for p in (other, placed)
                ),
            )
    return tuple(found[place] for place in sorted(found))


def _place(selected: SelectedArtifact) -> str:
    path, filename = selected.artifact.path, selected.artifact.filename
    if path is None or not is_safe_path(path):
        return f"{FILES}/{selected.coordinate.name}/{filename}"
    return f"{PACKAGES}/{unquote(path)}{filename if path.endswith('/') else ''}"


def _folder(index: str) -> str:
    folder = safe_segment(index)
    return f"{folder}+" if folder in {SIMPLE, PACKAGES, FILES} else folder
