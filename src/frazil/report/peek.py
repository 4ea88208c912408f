"""A release whole: as lines for a person, as an object for a program."""

from collections.abc import Iterator, Sequence

from frazil.frozen.detail import Answered, Detail
from frazil.frozen.model import Coordinate, FrozenArtifact
from frazil.model import ArchiveSource, DirectorySource, IndexSource, Source, VcsSource
from frazil.report.envelope import Document
from frazil.report.lines import Line, aligned, dim, indented, line, strong
from frazil.report.units import size
from frazil.report.ways import stop_document


def peek_lines(details: Sequence[Detail]) -> tuple[Line, ...]:
    """Say all that is known of each release."""
    lines: list[Line] = []
    for detail in details:
        lines += [(), *_lines(detail)] if lines else _lines(detail)
    return tuple(lines)


def peek_document(details: Sequence[Detail]) -> Document:
    """Return what `peek` answers."""
    return {"coordinates": [_document(detail) for detail in details]}


# Lines -----------------------------------------------------------------------------------------------------


def _lines(detail: Detail) -> Iterator[Line]:
    coordinate = detail.coordinate
    yield line(strong(_label(coordinate)), dim(f"  {_source_text(coordinate.source)}"))
    facts = [
        ("pinned by", ", ".join(f"{resolve} ({' '.join(names)})" for resolve, names in coordinate.resolves)),
        ("requires python", coordinate.requires_python or ""),
        ("license", coordinate.license or ""),
        ("yanked", "" if coordinate.yanked is None else coordinate.yanked or "yes"),
        ("published by", ", ".join(dict.fromkeys(publisher.label for publisher in coordinate.publishers))),
        ("asked for by", ", ".join(stop.label for stop in detail.dependents)),
    ]
    yield from indented(aligned([[_faint(name), value] for name, value in facts if value]))
    yield from _section("shipped by", [[target, _faint(" ".join(names))] for target, names in detail.users])
    yield from _section("asks for", [_asked(each, coordinate) for each in detail.dependencies])
    yield from _section("asks for its build", [_asked(each, coordinate) for each in detail.build_requirements])
    yield from _section("files", [_file(artifact) for artifact in coordinate.artifacts])


def _section(title: str, rows: list[list[str | Line]]) -> Iterator[Line]:
    if rows:
        yield line("  ", dim(title))
        yield from indented(aligned(rows), "    ")


def _faint(text: str) -> Line:
    """Return a text that does not matter as much as what stands beside it, as a cell."""
    return line(dim(text))


def _asked(answered: Answered, coordinate: Coordinate) -> list[str | Line]:
    answers = [
        stop.label if {*names} == {*coordinate.environments} else f"{stop.label} ({' '.join(names)})"
        for stop, names in answered.answers
    ]
    return [str(answered.edge.requirement), _faint(", ".join(answers) or "nothing: it is excluded, or holds nowhere")]


def _file(artifact: FrozenArtifact) -> list[str | Line]:
    return [
        artifact.filename,
        size(artifact.size),
        _faint(f"{artifact.upload_time:%Y-%m-%d}" if artifact.upload_time is not None else ""),
        _faint(f"sha256:{artifact.sha256}"),
        _faint("" if artifact.environments is None else " ".join(artifact.environments) or "kept beside"),
    ]


def _label(coordinate: Coordinate) -> str:
    return coordinate.name if coordinate.version is None else f"{coordinate.name} {coordinate.version}"


def _source_text(source: Source) -> str:
    match source:
        case IndexSource(index=index):
            return f"from index {index}"
        case ArchiveSource(url=url):
            return f"from {url}"
        case VcsSource(url=url, commit_id=commit):
            return f"from {url} at {commit[:12]}"
        case DirectorySource(path=path):
            return f"from folder {path}"


# Objects ---------------------------------------------------------------------------------------------------


def _document(detail: Detail) -> Document:
    coordinate = detail.coordinate
    return {
        "address": coordinate.name if coordinate.version is None else f"{coordinate.name}=={coordinate.version}",
        "name": coordinate.name,
        "version": coordinate.version,
        "source": source_document(coordinate.source),
        "resolves": [{"resolve": name, "environments": list(names)} for name, names in coordinate.resolves],
        "targets": [{"target": name, "environments": list(names)} for name, names in detail.users],
        "requires-python": coordinate.requires_python,
        "yanked": coordinate.yanked,
        "license": coordinate.license,
        "dependencies": [_answered(each) for each in detail.dependencies],
        "dependents": [stop_document(stop) for stop in detail.dependents],
        "build-resolve": coordinate.build_resolve,
        "build-requirements": [_answered(each) for each in detail.build_requirements],
        "artifacts": [_artifact(artifact, coordinate) for artifact in coordinate.artifacts],
        "publishers": [
            {"kind": each.kind, "claims": [{"claim": claim, "value": value} for claim, value in each.claims]}
            for each in coordinate.publishers
        ],
    }


def source_document(source: Source) -> Document:
    """Return where a release comes from: its kind, and an index, an address or a path."""
    found: Document = {"kind": "index", "index": None, "url": None, "commit-id": None, "path": None}
    match source:
        case IndexSource(index=index):
            return {**found, "index": index}
        case ArchiveSource(url=url):
            return {**found, "kind": "archive", "url": url}
        case VcsSource(url=url, commit_id=commit):
            return {**found, "kind": "vcs", "url": url, "commit-id": commit}
        case DirectorySource(path=path):
            return {**found, "kind": "directory", "path": path}


def _answered(answered: Answered) -> Document:
    edge = answered.edge
    return {
        "requirement": str(edge.requirement),
        "extra": edge.extra,
        "answers": [{**stop_document(stop), "environments": list(names)} for stop, names in answered.answers],
    }


def _artifact(artifact: FrozenArtifact, coordinate: Coordinate) -> Document:
    places = coordinate.environments if artifact.environments is None else artifact.environments
    return {
        "filename": artifact.filename,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "upload-time": None if artifact.upload_time is None else artifact.upload_time.isoformat(),
        "path": artifact.path,
        "url": artifact.url,
        "environments": list(places),
    }
