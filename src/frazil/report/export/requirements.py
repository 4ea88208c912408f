"""Requirements files with hashes: one for each target and environment, who asks beside each line."""

import textwrap
from collections.abc import Iterable, Iterator

from frazil.address import ArchiveAddress
from frazil.frozen.model import Coordinate
from frazil.frozen.releases import label
from frazil.model import ArchiveSource, DirectorySource, IndexSource, VcsSource
from frazil.report.export.naming import plain, plain_names
from frazil.report.export.request import Exported, Request
from frazil.report.export.shipment import Shipment, shipments

_WIDTH = 100


def requirements_files(request: Request) -> tuple[Exported, ...]:
    """Return a file for each target in each environment.

    What pip cannot check by digest (folders, commits) is left out or said; raises UsageError for names that clash.
    """
    names = plain_names(request.frozen, request.targets)
    return tuple(
        _file(request, shipment, f"requirements.{names[shipment.target.name]}.{plain(shipment.environment)}.txt")
        for shipment in shipments(request.frozen, request.targets, request.environments)
    )


def _file(request: Request, shipment: Shipment, name: str) -> Exported:
    environment = request.frozen.environments_by_name[shipment.environment]
    lines = [
        f"# {shipment.target.name} for {environment.name}: Python {environment.python} on {environment.platform}",
        *_index_lines(request, shipment.releases),
    ]
    for coordinate in shipment.releases:
        lines += _entry(shipment, coordinate)
    left_out = [f"{m.project_name} ({m.name})" for m in shipment.members if request.local]
    left_out += [f"{c.name} ({c.source.path})" for c in shipment.releases if isinstance(c.source, DirectorySource)]
    lines += [f"# {each} is a folder of the repository: it has no hash and is left out" for each in left_out]
    unhashed = [label(c) for c in shipment.releases if isinstance(c.source, VcsSource)]
    lines += [f"# {each} is a commit: it has no hash, and --require-hashes refuses it" for each in unhashed]
    return Exported(
        name=name,
        text="".join(f"{line}\n" for line in lines),
        targets=(shipment.target.name,),
        environments=(shipment.environment,),
        warnings=tuple(f"{name}: {each} is a commit, which pip cannot check by hash" for each in unhashed),
    )


def _index_lines(request: Request, coordinates: Iterable[Coordinate]) -> Iterator[str]:
    """Name the declared indexes that are needed, in their order; the machine's own is pip's, and needs no name."""
    used = {coordinate.source.index for coordinate in coordinates if isinstance(coordinate.source, IndexSource)}
    indexes = [index for index in request.frozen.inputs.indexes if index.name in used]
    first = all(index.url is not None for index in indexes)
    for index in indexes:
        if index.url is not None:
            yield f"{'--index-url' if first else '--extra-index-url'} {index.url}"
            first = False


def _entry(shipment: Shipment, coordinate: Coordinate) -> Iterator[str]:
    artifact = shipment.artifact(coordinate)
    match coordinate.source:
        case DirectorySource():
            return
        case VcsSource() as source:
            fragment = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
            parts = [f"{coordinate.name} @ {source.type}+{source.url}@{source.commit_id}{fragment}"]
        case ArchiveSource() as source:
            path = ArchiveAddress(source.url).path
            fragment = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
            # pip takes a path of the project as a path alone, counted from the folder that it is called in.
            parts = [f"{coordinate.name} @ {source.url}{fragment}" if path is None else f"./{path}{fragment}"]
        case IndexSource():
            parts = [f"{coordinate.name}=={coordinate.version}"]
    if artifact is not None and not isinstance(coordinate.source, VcsSource):
        parts.append(f"    --hash=sha256:{artifact.sha256}")
    yield " \\\n".join(parts)
    via = f"via {', '.join(shipment.askers.get(id(coordinate), ()))}"
    # Names stay whole, however long the line becomes.
    wrapping = textwrap.TextWrapper(_WIDTH, break_on_hyphens=False, break_long_words=False)
    wrapping.initial_indent, wrapping.subsequent_indent = "    # ", "    #   "
    yield from wrapping.wrap(via)
