"""Who published the releases of a lock: asked once for each, verified where that is wanted, kept from then on."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from frazil.frozen.model import Coordinate, Frozen
from frazil.index.provenance import fetch_provenances
from frazil.model import IndexSource, Publisher, Source
from frazil.outside import Outside
from frazil.values import replace

_THREADS = 16

_Identity = tuple[str, str | None, Source]


def with_publishers(frozen: Frozen, previous: Frozen | None, outside: Outside) -> Frozen:
    """Return a lock with the publishers of its releases, as its own policy wants them; asked only for new files.

    Raises IntegrityError for a signature that does not hold, IndexAnswerError, OutsideError, ConfigurationError.
    """
    wanted = frozen.inputs.policy.rules.provenance
    if wanted is None:
        return frozen
    known = _known(previous, wanted)
    with ThreadPoolExecutor(_THREADS) as threads:
        coordinates = threads.map(lambda each: _published(each, known, wanted, outside), frozen.coordinates)
        return replace(frozen, coordinates=tuple(coordinates))


def _known(previous: Frozen | None, wanted: str) -> dict[_Identity, Coordinate]:
    """Return the releases of which an old lock knows as much as is wanted now."""
    had = None if previous is None else previous.inputs.policy.rules.provenance
    if previous is None or had not in {wanted, "verify"}:
        return {}
    return {(each.name, each.version, each.source): each for each in previous.coordinates}


def _published(coordinate: Coordinate, known: dict[_Identity, Coordinate], wanted: str, outside: Outside) -> Coordinate:
    source = coordinate.source
    if not isinstance(source, IndexSource):
        return coordinate
    before = known.get((coordinate.name, coordinate.version, source))
    if before is not None and _files(coordinate) <= _files(before):
        return replace(coordinate, publishers=before.publishers)
    digests = {artifact.filename: artifact.sha256 for artifact in coordinate.artifacts}
    provenances = fetch_provenances(outside.client, outside.index_address(source.index), coordinate.name, digests)
    if wanted == "verify":
        from frazil.attestations import verify_provenance  # noqa: PLC0415 - an extra

        for filename, provenance in provenances.items():
            verify_provenance(provenance.document, filename, digests[filename])
    return replace(coordinate, publishers=_all_of(p.publishers for p in provenances.values()))


def _all_of(several: Iterable[tuple[Publisher, ...]]) -> tuple[Publisher, ...]:
    return tuple(sorted({publisher for each in several for publisher in each}))


def _files(coordinate: Coordinate) -> set[tuple[str, str]]:
    return {(artifact.filename, artifact.sha256) for artifact in coordinate.artifacts}
