"""What a target is made of over all of its environments: the content of a bill of materials, whatever its format."""

from collections.abc import Iterable
from urllib.parse import quote

from frazil.address import ArchiveAddress
from frazil.file_root import join_file_url
from frazil.frozen.model import Coordinate, FrozenArtifact, FrozenIndex, FrozenTarget
from frazil.model import ArchiveSource, DirectorySource, IndexSource, VcsSource
from frazil.report.export.request import Request
from frazil.report.export.shipment import Part, part_key, shipments
from frazil.values import dataclass

_PLAIN = "-._~:"  # what a package URL leaves as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A release or project of the repository: where it is, the files that are taken, what it needs (by reference).

    `built_with` says that only builds need it.
    """

    ref: str
    part: Part
    environments: tuple[str, ...]
    files: tuple[FrozenArtifact, ...]
    needs: tuple[str, ...]
    built_with: bool

    @property
    def name(self) -> str:
        return self.part.name if isinstance(self.part, Coordinate) else self.part.project_name or self.part.name

    @property
    def version(self) -> str | None:
        return self.part.version if isinstance(self.part, Coordinate) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All entries of a target, sorted; `needs` are those that it asks for itself."""

    target: FrozenTarget
    environments: tuple[str, ...]
    entries: tuple[Entry, ...]
    needs: tuple[str, ...]


def bill_of(request: Request, target: FrozenTarget) -> Bill:
    """Gather what a target ships and what its releases are built with, in the environments of a request."""
    walks = shipments(request.frozen, (target,), request.environments)
    parts: dict[int, Part] = {}
    places: dict[int, list[str]] = {}
    needed: dict[int, set[int]] = {}
    running: set[int] = set()
    for shipment in walks:
        here: tuple[Part, ...] = (*shipment.reached.coordinates, *shipment.members)
        running |= {id(part) for part in (*shipment.releases, *shipment.members)}
        for part in here:
            parts[id(part)] = part
            places.setdefault(id(part), []).append(shipment.environment)
        for found in (shipment.needs, shipment.build_needs):
            for source, answers in found.items():
                needed.setdefault(source, set()).update(id(answer) for answer in answers)
    own = request.frozen.targets_by_name.get(target.base or "", target)
    ordered = sorted((part for part in parts.values() if part is not own), key=part_key)
    refs = {id(part): ref for part, ref in zip(ordered, _references(ordered), strict=True)}
    entries = tuple(
        Entry(
            ref=refs[id(part)],
            part=part,
            environments=tuple(places[id(part)]),
            files=_files(part, places[id(part)]),
            needs=tuple(sorted(refs[each] for each in needed.get(id(part), ()) if each in refs)),
            built_with=id(part) not in running,
        )
        for part in ordered
    )
    direct = {each for start in {id(target), id(own)} for each in needed.get(start, ())}
    return Bill(
        target=target,
        environments=tuple(shipment.environment for shipment in walks),
        entries=entries,
        needs=tuple(sorted(refs[each] for each in direct if each in refs)),
    )


def _references(parts: Iterable[Part]) -> Iterable[str]:
    """Give each part a name of its own: `flask@3.1.0`, with its source behind where that is not enough."""
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, FrozenTarget):
            ref = f"target:{part.name}"
        else:
            ref = f"{part.name}@{part.version}" if part.version else part.name
            if ref in seen:
                ref = f"{ref}#{'#'.join(part_key(part)[2])}"
        seen.add(ref)
        yield ref


def _files(part: Part, environments: Iterable[str]) -> tuple[FrozenArtifact, ...]:
    if isinstance(part, FrozenTarget):
        return ()
    chosen = (part.artifact_for(environment) for environment in environments)
    found = {artifact.filename: artifact for artifact in chosen if artifact is not None}
    return tuple(found[name] for name in sorted(found))


def package_url(coordinate: Coordinate, indexes: Iterable[FrozenIndex]) -> str:
    """Return the package URL (purl) of a release; where it comes from is told where it is not the machine's index."""
    version = f"@{quote(coordinate.version, safe=_PLAIN)}" if coordinate.version else ""
    url = f"pkg:pypi/{coordinate.name}{version}"
    match coordinate.source:
        case VcsSource() as source:
            return f"{url}?vcs_url={quote(f'{source.type}+{source.url}@{source.commit_id}', safe=_PLAIN)}"
        case ArchiveSource(address, _) if ArchiveAddress(address).path is None:
            return f"{url}?download_url={quote(address, safe=_PLAIN)}"
        case IndexSource(name):
            stated = next((index.url for index in indexes if index.name == name), None)
            return url if stated is None else f"{url}?repository_url={quote(stated, safe=_PLAIN)}"
        case _:
            return url


def stated_address(coordinate: Coordinate, artifact: FrozenArtifact, indexes: Iterable[FrozenIndex]) -> str | None:
    """Return where a file lies, as far as the lock itself says so: of the machine's own index it does not."""
    match coordinate.source:
        case ArchiveSource(address, _) if ArchiveAddress(address).path is None:
            return address
        case IndexSource(name):
            root = next((index.files for index in indexes if index.name == name), None)
            if artifact.url is not None or root is None or artifact.path is None:
                return artifact.url
            return join_file_url(root, artifact.path, artifact.filename)
        case DirectorySource() | VcsSource() | ArchiveSource():
            return None
