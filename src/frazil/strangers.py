"""Resolutions that another machine sent: taken only when everything in them could be this project's own answer."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from frazil.errors import LockFileError, LockTooNew
from frazil.frozen.codec import parse_frozen
from frazil.frozen.model import Frozen, FrozenIndex, Inputs
from frazil.model import ArchiveSource, IndexSource, Source
from frazil.remote.faults import Unfit
from frazil.resolutions import answers
from frazil.values import replace


def judge_resolution(text: bytes, inputs: Inputs, *, roots: Mapping[str, str]) -> Frozen:
    """Return the resolution that another machine sent, or raise Unfit: it is read as a stranger's.

    It must be a lock with all that a lock is checked for, of exactly these inputs, and name no host that the project
    does not. A file root that was learnt elsewhere is believed when it is on the index's own host, or when `roots` (by
    index) has it; else it is left out, and learnt again when it is needed.
    """
    try:
        frozen = parse_frozen(text)
    except LockTooNew as error:
        raise Unfit(error.sentence, newer=True) from None
    except LockFileError as error:
        raise Unfit(error.sentence) from None
    if not answers(frozen, inputs):
        raise Unfit("it answers another question")
    declared = {index.name: index.files for index in inputs.indexes}
    indexes = tuple(
        replace(index, files=declared.get(index.name) or _believed(index, roots.get(index.name)))
        for index in frozen.inputs.indexes
    )
    places = {index.name: {_host(index.url), _host(index.files)} - {None} for index in indexes}
    for coordinate in frozen.coordinates:
        for artifact in coordinate.artifacts:
            if artifact.url is not None and _host(artifact.url) not in _hosts_of(coordinate.source, places):
                raise Unfit(f"it has {artifact.filename} from {_host(artifact.url)}, which the project does not name")
    return replace(frozen, inputs=replace(frozen.inputs, indexes=indexes))


def _believed(index: FrozenIndex, known: str | None) -> str | None:
    return index.files if index.files == known or _host(index.files) == _host(index.url) else None


def _hosts_of(source: Source, places: Mapping[str, set[str | None]]) -> set[str | None]:
    """Return the hosts that a release may be had from."""
    match source:
        case IndexSource():
            return places.get(source.index, set())
        case ArchiveSource():
            return {_host(source.url)}
        case _:
            return set()


def _host(url: str | None) -> str | None:
    """Return scheme, host and port of an address."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
