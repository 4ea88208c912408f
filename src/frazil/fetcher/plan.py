"""What a fetch will do, as a value: which artifacts to download, and where each is to lie in the output."""

from collections.abc import Callable

from frazil.errors import UsageError
from frazil.fetcher.place import Link
from frazil.frozen.model import Coordinate, FrozenArtifact
from frazil.frozen.selection import SelectedArtifact, Selection
from frazil.model import ArchiveSource, IndexSource, Source
from frazil.store.names import check_identity, is_device_name
from frazil.values import dataclass

FLAT, TARGET, SIMPLE = "flat", "target", "simple"
LAYOUTS = (FLAT, TARGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One artifact that the store lacks.

    `path` is relative to the file root of its index, `url` an address that the lock states; both may be None.
    """

    filename: str
    sha256: str
    size: int
    project: str
    version: str | None
    source: Source
    path: str | None = None
    url: str | None = None

    @property
    def index(self) -> str | None:
        """The name of the index that serves it, None for direct references."""
        return self.source.index if isinstance(self.source, IndexSource) else None

    @property
    def release(self) -> str:
        """Its coordinate in words."""
        return self.project if self.version is None else f"{self.project} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPlan:
    """Downloads (largest first), links (by place) and, in sentences, what is not delivered."""

    downloads: tuple[Download, ...] = ()
    links: tuple[Link, ...] = ()
    undelivered: tuple[str, ...] = ()

    @property
    def download_size(self) -> int:
        """Bytes to download."""
        return sum(download.size for download in self.downloads)

    @property
    def artifacts(self) -> dict[tuple[str, str], int]:
        """The distinct artifacts of the output, as (sha256, file name), with their sizes."""
        return {(link.sha256, link.filename): link.size for link in self.links}


def plan_fetch(selection: Selection, *, layout: str = FLAT, present: Callable[[FrozenArtifact], bool]) -> FetchPlan:
    """Plan the fetch of a selection; `present` says what the store has and is asked once for each artifact.

    The layout `flat` gives every artifact one place under its file name; `target` gives it one in
    `<target>/<environment>/` for each of its users, the folder names as `folder_of` spells them.
    Raises UsageError when two things want one place, IntegrityError for a name that is no plain file name.
    """
    if layout not in LAYOUTS:
        if layout == SIMPLE:
            raise UsageError("the layout simple makes a mirror, and `frazil fetch` alone does that")
        raise UsageError(f'unknown layout "{layout}"', hint=f"layouts: {', '.join(LAYOUTS)}")
    downloads = plan_downloads(selection, present=present)
    links = _flat_links(selection) if layout == FLAT else _target_links(selection)
    return FetchPlan(
        downloads=downloads,
        links=tuple(sorted(links, key=lambda link: link.place)),
        undelivered=selection.undelivered,
    )


def plan_downloads(selection: Selection, *, present: Callable[[FrozenArtifact], bool]) -> tuple[Download, ...]:
    """Return what of a selection must be downloaded, largest first, each artifact once.

    Raises IntegrityError for a name that is no plain file name.
    """
    for selected in selection.artifacts:
        check_identity(selected.artifact.sha256, selected.artifact.filename)
    wanted = {(s.artifact.sha256, s.artifact.filename): s for s in selection.artifacts}
    downloads = [download_of(s.coordinate, s.artifact) for s in wanted.values() if not present(s.artifact)]
    return tuple(sorted(downloads, key=lambda d: (-d.size, d.filename, d.sha256)))


def download_of(coordinate: Coordinate, artifact: FrozenArtifact) -> Download:
    """Return what must be known of a file of a release to have it."""
    url = artifact.url
    if url is None and isinstance(coordinate.source, ArchiveSource):
        url = coordinate.source.url
    return Download(
        filename=artifact.filename,
        sha256=artifact.sha256,
        size=artifact.size,
        project=coordinate.name,
        version=coordinate.version,
        source=coordinate.source,
        path=artifact.path,
        url=url,
    )


# Flat ------------------------------------------------------------------------------------------------------


def _flat_links(selection: Selection) -> list[Link]:
    # Compared without case: some file systems see no difference, and a wheelhouse moves between machines.
    by_name: dict[str, SelectedArtifact] = {}
    for selected in selection.artifacts:
        other = by_name.setdefault(selected.artifact.filename.casefold(), selected)
        if other.artifact.sha256 != selected.artifact.sha256:
            raise _two_of_one_name(other, selected)
    return [_link(selected.artifact.filename, selected.artifact) for selected in by_name.values()]


def _two_of_one_name(one: SelectedArtifact, other: SelectedArtifact) -> UsageError:
    return UsageError(
        f"two different artifacts are named {one.artifact.filename}, and a flat output has room for one",
        details=tuple(f"sha256 {s.artifact.sha256}, for {_users(s)}" for s in (one, other)),
        hint="use `--layout target`, which keeps them apart, or fetch fewer targets at once (`--target`)",
    )


def _users(selected: SelectedArtifact) -> str:
    names = sorted({target for target, _ in selected.users})
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _link(place: str, artifact: FrozenArtifact) -> Link:
    return Link(place=place, filename=artifact.filename, sha256=artifact.sha256, size=artifact.size)


# By target and environment ---------------------------------------------------------------------------------


def folder_of(target: str) -> str:
    """Return the folder of a target in the layout `target`, relative to the output; empty for the root's `.`.

    It is the target's name with `:` as `+` (`services/web:dev` lies in `services/web+dev`), and percent-encoded
    what some system cannot have in a name: `<>"|?*\\`, control characters, a dot or space at a segment's end,
    the first letter of a device's name. Different targets have different folders, but for those that `plan_fetch`
    refuses.
    """
    if target == ".":
        return ""
    return "/".join(safe_segment(segment) for segment in target.split("/"))


def safe_segment(segment: str) -> str:
    """Return a segment of a target's or environment's name as a folder's name."""
    spelled = "".join(
        f"%{ord(character):02X}" if character in '%<>"|?*\\/' or not character.isprintable() else character
        for character in segment.replace(":", "+")
    )
    if not spelled or spelled[-1] in ". ":
        spelled = f"{spelled[:-1]}%{ord(spelled[-1]):02X}" if spelled else "%"
    return f"%{ord(spelled[0]):02X}{spelled[1:]}" if is_device_name(spelled) else spelled


def _target_links(selection: Selection) -> list[Link]:
    owners: dict[str, tuple[str, str]] = {}
    links: dict[str, Link] = {}
    for selected in selection.artifacts:
        for user in selected.users:
            folder = "/".join(part for part in (folder_of(user[0]), safe_segment(user[1])) if part)
            owner = owners.setdefault(folder.casefold(), user)
            if owner != user:
                raise _one_folder_for_two(folder, owner, user)
            link = _link(f"{folder}/{selected.artifact.filename}", selected.artifact)
            other = links.setdefault(link.place.casefold(), link)
            if other.sha256 != link.sha256:
                raise UsageError(
                    f"two different artifacts are named {link.filename} for {user[0]} in {user[1]}",
                    details=(f"sha256 {other.sha256}", f"sha256 {link.sha256}"),
                )
    _refuse_files_in_the_way(owners, links)
    return list(links.values())


def _one_folder_for_two(folder: str, one: tuple[str, str], other: tuple[str, str]) -> UsageError:
    first, second = (f"{target} in {environment}" for target, environment in sorted((one, other)))
    return UsageError(
        f"{first} and {second} would share the folder {folder}",
        hint="rename one of them, or fetch them into different outputs (`--target`, `--out`)",
    )


def _refuse_files_in_the_way(owners: dict[str, tuple[str, str]], links: dict[str, Link]) -> None:
    for folder, (target, environment) in owners.items():
        segments = folder.split("/")
        for end in range(1, len(segments) + 1):
            link = links.get("/".join(segments[:end]))
            if link is not None:
                raise UsageError(
                    f"{target} in {environment} would need a folder where {link.place} lies",
                    hint="rename the target or the environment",
                )
