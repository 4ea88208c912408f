"""Which releases of a lock have known vulnerabilities, and who ships them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.version import Version

from frazil.advisories.index_field import parse_release
from frazil.advisories.model import Advisory, is_newer
from frazil.advisories.osv import NotAdvisory
from frazil.advisories.reading import read_advisories
from frazil.costs import Costs
from frazil.errors import IndexAnswerError
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.routes import Stop
from frazil.frozen.shipping import bits_of, shipped_in
from frazil.frozen.subjects import Subject
from frazil.frozen.uses import Held, Use, uses_of
from frazil.model import IndexSource
from frazil.outside import Outside, declared_again
from frazil.settings import Settings
from frazil.values import dataclass

_THREADS = 16
_LARGEST_DOCUMENT = 64 * 1024 * 1024
_MOST_REASONS = 5
_GONE = frozenset({404, 410})
_HINT = "give advisories with `--advisories PATH`: files, an archive or a folder of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A release with known vulnerabilities: who ships it, and what holds it back from `mended`.

    `mended` is the first version that no advisory concerns any more, None where there is none yet.
    """

    stop: Stop
    advisories: tuple[Advisory, ...]
    mended: str | None
    uses: tuple[Use, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is known of the releases of a lock.

    `ignored` are findings that were asked to be passed over, `unused` identifiers that passed over nothing. `unaudited`
    are releases that nobody could say anything of, with the reason. `sources` name who was asked.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[tuple[Stop, Advisory], ...]
    unused: tuple[str, ...]
    audited: int
    unaudited: tuple[tuple[Stop, str], ...]
    sources: tuple[str, ...]
    costs: Costs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    advisories: Mapping[int, tuple[Advisory, ...]]
    unaudited: tuple[tuple[int, str], ...]
    sources: tuple[str, ...]
    costs: Costs = Costs()


def read_audit(
    frozen: Frozen,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    advisories: Sequence[Path] = (),
    ignored: Sequence[str] = (),
    settings: Settings,
) -> Audit:
    """Look up every release that these targets ship in these environments.

    `advisories` are files and folders in the OSV schema; without any, the indexes of the lock are asked. `ignored` are
    identifiers or aliases. Raises ConfigurationError for advisories that cannot be read, IndexAnswerError where nobody
    said anything of any release, OutsideError, DiskError.
    """
    places = _shipped(frozen, targets, environments)
    known = _from_files(frozen, places, advisories) if advisories else _from_indexes(frozen, places, settings)
    passed = {text.casefold() for text in ignored}
    found = {place: known.advisories.get(place, ()) for place in places}
    left = [(place, each) for place in places for each in found[place] if _is_among(each, passed)]
    used = {name.casefold() for _, each in left for name in each.names}
    return Audit(
        findings=tuple(
            _finding(frozen, place, kept, targets, environments)
            for place in places
            if (kept := tuple(each for each in found[place] if not _is_among(each, passed)))
        ),
        ignored=tuple((_stop(frozen, place), each) for place, each in left),
        unused=tuple(text for text in dict.fromkeys(ignored) if text.casefold() not in used),
        audited=len(places) - len(known.unaudited),
        unaudited=tuple((_stop(frozen, place), reason) for place, reason in known.unaudited),
        sources=known.sources,
        costs=known.costs,
    )


def _shipped(frozen: Frozen, targets: Sequence[FrozenTarget], environments: Sequence[str]) -> tuple[int, ...]:
    """Return by its place in the lock each release that somebody ships; what has no version is nobody's release."""
    bits = bits_of(target.name for target in targets)
    masks = [tuple(shipped_in(frozen, environment, bits)) for environment in environments]
    return tuple(
        place
        for place, coordinate in enumerate(frozen.coordinates)
        if coordinate.version is not None and any(mask[place] for mask in masks)
    )


def _is_among(advisory: Advisory, passed: set[str]) -> bool:
    return any(name.casefold() in passed for name in advisory.names)


# Who knows -------------------------------------------------------------------------------------------------


def _from_files(frozen: Frozen, places: Iterable[int], paths: Sequence[Path]) -> _Known:
    by_name: dict[str, dict[str, Advisory]] = {}
    for path in paths:
        for advisory in read_advisories(path):
            by_name.setdefault(advisory.name, {})[advisory.id] = advisory
    found = {place: _concerning(frozen.coordinates[place], by_name) for place in places}
    return _Known(advisories=found, unaudited=(), sources=tuple(str(path) for path in paths))


def _concerning(coordinate: Coordinate, by_name: Mapping[str, Mapping[str, Advisory]]) -> tuple[Advisory, ...]:
    version = coordinate.version or ""
    return _told_once(each for each in by_name.get(coordinate.name, {}).values() if each.concerns(version))


def _told_once(advisories: Iterable[Advisory]) -> tuple[Advisory, ...]:
    """Leave out what another advisory says under its own name: databases copy from each other."""
    kept: list[Advisory] = []
    for each in sorted(advisories, key=lambda each: (not each.severity, not each.id.startswith("GHSA-"), each.id)):
        if not any(each.names & other.names for other in kept):
            kept.append(each)
    return tuple(sorted(kept, key=lambda each: each.id))


def _from_indexes(frozen: Frozen, places: Sequence[int], settings: Settings) -> _Known:
    """Ask the index of each release what it says of it, one document each."""
    indexes = declared_again(frozen.inputs.indexes)
    with Outside(indexes, settings) as outside, ThreadPoolExecutor(_THREADS) as threads:
        answers = tuple(threads.map(lambda place: _asked(outside, frozen.coordinates[place]), places))
        costs = outside.costs
    found = {place: answer for place, answer in zip(places, answers, strict=True) if not isinstance(answer, str)}
    silent = tuple((place, answer) for place, answer in zip(places, answers, strict=True) if isinstance(answer, str))
    if silent and not found:
        reasons = tuple(dict.fromkeys(reason for _, reason in silent))
        raise IndexAnswerError(
            "nobody says anything of the vulnerabilities of these releases", details=reasons[:_MOST_REASONS], hint=_HINT
        )
    sources = {source.index for place in found if isinstance(source := frozen.coordinates[place].source, IndexSource)}
    return _Known(advisories=found, unaudited=silent, sources=tuple(sorted(sources)), costs=costs)


def _asked(outside: Outside, coordinate: Coordinate) -> tuple[Advisory, ...] | str:
    """Return what the index of a release says of it, or why it says nothing."""
    if not isinstance(coordinate.source, IndexSource):
        return "it comes from no index"
    name, version, index = coordinate.name, coordinate.version or "", coordinate.source.index
    url = outside.index_address(index).release_document(name, version)
    if url is None:
        return f"the index {index} has no documents on releases"
    response = outside.client.get(url, accept="application/json", limit=_LARGEST_DOCUMENT, cached=True)
    if response.status in _GONE:
        return f"the index {index} has no document on it"
    try:
        found = parse_release(json.loads(response.body), name, version)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, NotAdvisory) else "it is not JSON"
        raise IndexAnswerError(f"what the index {index} says of {name} {version} cannot be read: {why}") from None
    return f"the index {index} says nothing of vulnerabilities" if found is None else _told_once(found)


# Who ships it ----------------------------------------------------------------------------------------------


def _finding(
    frozen: Frozen,
    place: int,
    advisories: tuple[Advisory, ...],
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
) -> Finding:
    coordinate = frozen.coordinates[place]
    version = coordinate.version or ""
    mended = _mended(advisories, version)
    subject = Subject(written=f"{coordinate.name}=={version}", name=coordinate.name, specifier=f"==={version}")
    uses = uses_of(frozen, subject, targets, environments, within=None if mended is None else f"<{mended}")
    return Finding(
        stop=_stop(frozen, place),
        advisories=advisories,
        mended=mended,
        uses=tuple(use for use in uses.uses if use.stop.place == place),
        held=tuple(held for held in uses.releases if held.stop.place == place and mended is not None),
    )


def _mended(advisories: tuple[Advisory, ...], version: str) -> str | None:
    """Return the first version from which on all of these are mended; None where one of them is not yet."""
    current = Version(version)
    firsts = [next((v for v in each.fixed if is_newer(v, current)), None) for each in advisories]
    known = [first for first in firsts if first is not None]
    return max(known, key=Version) if len(known) == len(firsts) else None


def _stop(frozen: Frozen, place: int) -> Stop:
    coordinate = frozen.coordinates[place]
    return Stop("coordinate", coordinate.name, coordinate.version, None, place)
