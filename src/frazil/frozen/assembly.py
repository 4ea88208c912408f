"""From the answers of the resolver to a frozen resolution: one coordinate for all places where a release is pinned."""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from frazil.errors import ConfigurationError, IndexAnswerError
from frazil.file_root import split_file_url
from frazil.frozen.inputs import canonical_inputs, environments_of, sorted_edges
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenIndex,
    FrozenPolicy,
    Inputs,
)
from frazil.frozen.ordering import coordinate_key
from frazil.frozen.walk import target_maps
from frazil.model import (
    BUILD_RESOLVE,
    Environment,
    IndexSource,
    Offer,
    Pin,
    Resolution,
    Source,
)
from frazil.requirement import Requirement
from frazil.values import dataclass, replace

CoordinateKey = tuple[str, str | None, Source]
"""The identity of a release: normalised name, version, source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What building a release takes: requirements (static ones and those the backend asked for), and who answers."""

    resolve: str = BUILD_RESOLVE
    requirements: tuple[Requirement, ...] = ()


_NO_ROOTS: Mapping[str, str] = MappingProxyType({})
_NO_BUILDS: Mapping[CoordinateKey, Build] = MappingProxyType({})


def assemble(
    inputs: Inputs,
    resolutions: Iterable[Resolution],
    previous: Frozen | None,
    *,
    file_roots: Mapping[str, str] = _NO_ROOTS,
    unstated: frozenset[str] = frozenset(),
    builds: Mapping[CoordinateKey, Build] = _NO_BUILDS,
) -> Frozen:
    """Merge the pins of every resolve and environment into one frozen resolution; their order never matters.

    `file_roots` gives the address under which an index keeps its files, by the index's name; where nothing is known,
    it is the root that most files share; the lock does not state those of `unstated` indexes. `builds` says what the
    releases need that are not taken as wheels. What the world says of a file (address, size, upload time, yanked,
    license) stays as `previous` has it while its name and digest are the same.

    Raises IndexAnswerError for a file without digest or size, ConfigurationError where two resolves take different
    files of one release in one environment.
    """
    inputs = canonical_inputs(inputs)
    pinned = _pinned(resolutions)
    roots = _file_roots(inputs, pinned, previous, file_roots)
    before = {_key(coordinate): coordinate for coordinate in previous.coordinates} if previous is not None else {}
    builder = _Builder(inputs.environments, roots, before, _moved(previous, roots))
    coordinates = [builder.coordinate(key, places, builds.get(key)) for key, places in pinned.items()]
    frozen = Frozen(
        inputs=_completed(inputs, pinned, coordinates, {n: root for n, root in roots.items() if n not in unstated}),
        coordinates=tuple(sorted(coordinates, key=coordinate_key)),
    )
    maps = target_maps(frozen)
    return replace(
        frozen,
        coordinates=tuple(replace(c, targets=maps[index]) for index, c in enumerate(frozen.coordinates)),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A release pinned in one resolve and one environment."""

    resolve: str
    environment: str
    pin: Pin


def _pinned(resolutions: Iterable[Resolution]) -> dict[CoordinateKey, list[_Place]]:
    pinned: dict[CoordinateKey, list[_Place]] = {}
    for resolution in sorted(resolutions, key=lambda each: (each.resolve, each.environment)):
        for pin in resolution.pins:
            place = _Place(resolution.resolve, resolution.environment, pin)
            pinned.setdefault((pin.name, pin.version, pin.source), []).append(place)
    return pinned


def _key(coordinate: Coordinate) -> CoordinateKey:
    return (coordinate.name, coordinate.version, coordinate.source)


def _file_roots(
    inputs: Inputs,
    pinned: dict[CoordinateKey, list[_Place]],
    previous: Frozen | None,
    given: Mapping[str, str],
) -> dict[str, str]:
    """Return the file root of each index: declared, as the lock had it, given, else what most files share.

    What the lock had stays while any file still lies there: an index with two roots must not go back and forth.
    """
    shared: dict[str, Counter[str]] = {}
    unmoved: set[str] = set()
    for (_, _, source), places in pinned.items():
        for artifact in {place.pin.artifact for place in places if place.pin.artifact is not None}:
            if isinstance(source, IndexSource) and not artifact.url:
                unmoved.add(source.index)  # the lock knew the file, and nobody asked where it is now
            elif isinstance(source, IndexSource):
                root, path = split_file_url(artifact.url, artifact.filename)
                if path is not None:
                    shared.setdefault(source.index, Counter())[root] += 1
    learnt = {index: min(counts.items(), key=lambda item: (-item[1], item[0]))[0] for index, counts in shared.items()}
    addresses = {index.name: index.url for index in inputs.indexes}
    recorded = {
        index.name: index.files
        for index in (previous.inputs.indexes if previous is not None else ())
        if index.files is not None
        and addresses.get(index.name) == index.url
        and (index.name in unmoved or index.files in shared.get(index.name, ()))
    }
    declared = {index.name: index.files for index in inputs.indexes if index.files is not None}
    return {**learnt, **given, **recorded, **declared}


def _moved(previous: Frozen | None, roots: Mapping[str, str]) -> frozenset[str]:
    """Return the indexes whose files lay under another root when the lock was written."""
    known = previous.inputs.indexes if previous is not None else ()
    return frozenset(index.name for index in known if index.files not in {None, roots.get(index.name)})


def _completed(
    inputs: Inputs,
    pinned: dict[CoordinateKey, list[_Place]],
    coordinates: list[Coordinate],
    roots: Mapping[str, str],
) -> Inputs:
    """Add what the answers tell: the resolves that builds brought in, and the file roots of declared indexes."""
    resolves = {place.resolve: FrozenPolicy() for places in pinned.values() for place in places}
    resolves |= {c.build_resolve: FrozenPolicy() for c in coordinates if c.build_resolve is not None}
    resolves |= dict(inputs.resolves)
    return replace(
        inputs,
        indexes=tuple(_with_root(index, roots) for index in inputs.indexes),
        resolves=tuple(sorted(resolves.items(), key=lambda pair: pair[0])),
    )


def _with_root(index: FrozenIndex, roots: Mapping[str, str]) -> FrozenIndex:
    # The machine's own index has another address on each machine: nothing of it is written.
    return index if index.url is None else replace(index, files=roots.get(index.name))


class _Builder:
    """Builds coordinates, with what is the same for all of them at hand."""

    def __init__(
        self,
        environments: tuple[Environment, ...],
        roots: Mapping[str, str],
        before: Mapping[CoordinateKey, Coordinate],
        moved: frozenset[str],
    ) -> None:
        self._environments = environments
        self._names = tuple(environment.name for environment in environments)
        self._roots = roots
        self._before = before
        self._moved = moved
        self._holding: dict[tuple[str, str | None], tuple[str, ...]] = {}

    def coordinate(self, key: CoordinateKey, places: list[_Place], build: Build | None) -> Coordinate:
        name, version, source = key
        resolves: dict[str, set[str]] = {}
        for place in places:
            resolves.setdefault(place.resolve, set()).add(place.environment)
        artifacts = self._artifacts(key, places)
        built = {place.environment for place in places if place.pin.artifact is None or not place.pin.artifact.is_wheel}
        coordinate = Coordinate(
            name=name,
            version=version,
            source=source,
            resolves=tuple((resolve, tuple(sorted(names))) for resolve, names in sorted(resolves.items())),
            requires_python=_first(place.pin.requires_python for place in places),
            yanked=_first(place.pin.artifact.yanked for place in places if place.pin.artifact is not None),
            license=_first(place.pin.license for place in places),
            dependencies=self._dependencies(places),
            artifacts=artifacts,
        )
        if build is not None and built:
            coordinate = replace(
                coordinate,
                build_resolve=build.resolve,
                build_requirements=self._build_requirements(build, built),
            )
        before = self._before.get(key)
        if before is None:
            return coordinate
        moved = isinstance(source, IndexSource) and source.index in self._moved
        return _as_before(coordinate, before, moved=moved)

    def _artifacts(self, key: CoordinateKey, places: list[_Place]) -> tuple[FrozenArtifact, ...]:
        chosen: dict[str, tuple[FrozenArtifact, str]] = {}
        for place in places:
            if place.pin.artifact is None:
                continue
            artifact = self._artifact(key, place.pin.artifact)
            other, resolve = chosen.setdefault(place.environment, (artifact, place.resolve))
            if (other.filename, other.sha256) != (artifact.filename, artifact.sha256):
                raise ConfigurationError(
                    f"resolves {resolve} and {place.resolve} take different files of {key[0]} {key[1]} "
                    f"for {place.environment}: {other.filename}, {artifact.filename}",
                    hint="give both resolves the same no-build, no-binary, require-wheels and hashes",
                )
        environments: dict[tuple[str, str], set[str]] = {}
        for environment, (artifact, _) in chosen.items():
            environments.setdefault((artifact.filename, artifact.sha256), set()).add(environment)
        everywhere = {place.environment for place in places}
        merged = {(artifact.filename, artifact.sha256): artifact for artifact, _ in chosen.values()}
        return tuple(
            replace(
                merged[file],
                environments=None if names == everywhere else tuple(sorted(names)),
            )
            for file, names in sorted(environments.items())
        )

    def _artifact(self, key: CoordinateKey, offer: Offer) -> FrozenArtifact:
        if offer.sha256 is None or offer.size is None:
            missing = "sha256" if offer.sha256 is None else "size"
            raise IndexAnswerError(
                f"nothing states the {missing} of {offer.filename}, so it cannot be locked",
                hint=f"ask for another release of {key[0]}, or for an index that states it",
            )
        return FrozenArtifact(
            filename=offer.filename,
            sha256=offer.sha256,
            size=offer.size,
            upload_time=offer.upload_time,
            path=self._path(key[2], offer),
        )

    def _path(self, source: Source, offer: Offer) -> str | None:
        if not isinstance(source, IndexSource):
            # A direct reference has its address in the source, and a commit has none.
            return None
        root, path = split_file_url(offer.url, offer.filename)
        return path if root == self._roots.get(source.index) else None

    def _dependencies(self, places: list[_Place]) -> tuple[FrozenEdge, ...]:
        told = [(place, {(edge.requirement, edge.extra) for edge in place.pin.edges}) for place in places]
        asked = {None, *(extra for place in places for extra in place.pin.extras)}
        edges = []
        for requirement, gate in {edge for _, own in told for edge in own if edge[1] in asked}:
            silent = {
                place.environment
                for place, own in told
                if (gate is None or gate in place.pin.extras) and not own & {(requirement, gate), (requirement, None)}
            }
            # Files of one release may differ in what they ask for: where a chosen file is silent, nothing is asked.
            holding = tuple(name for name in self._where(requirement.marker, gate) if name not in silent)
            if holding:
                environments = None if holding == self._names else holding
                edges.append(FrozenEdge(requirement=requirement, extra=gate, environments=environments))
        return sorted_edges(edges)

    def _build_requirements(self, build: Build, built: set[str]) -> tuple[FrozenEdge, ...]:
        edges = []
        for requirement in set(build.requirements):
            holding = self._where(requirement.marker, None)
            if built & {*holding}:
                environments = None if holding == self._names else holding
                edges.append(FrozenEdge(requirement=requirement, environments=environments))
        return sorted_edges(edges)

    def _where(self, marker: str, gate: str | None) -> tuple[str, ...]:
        """Return the environments where a marker holds: of all declared ones, not only where something is pinned."""
        known = self._holding.get((marker, gate))
        if known is None:
            found = environments_of(marker, self._environments, extra=gate)
            known = self._holding[marker, gate] = self._names if found is None else found
        return known


def _as_before(coordinate: Coordinate, before: Coordinate, *, moved: bool) -> Coordinate:
    """Keep the facts of the world for the files that are the same, so that a mirror changes no byte.

    Where the root of the index moved, the paths below it are those of today.
    """
    known = {(artifact.filename, artifact.sha256): artifact for artifact in before.artifacts}
    artifacts = []
    kept = False
    for artifact in coordinate.artifacts:
        same = known.get((artifact.filename, artifact.sha256))
        kept = kept or same is not None
        artifacts.append(artifact if same is None else _as_file_before(artifact, same, moved=moved))
    if not kept:
        return coordinate
    return replace(coordinate, artifacts=tuple(artifacts), yanked=before.yanked, license=before.license)


def _as_file_before(artifact: FrozenArtifact, before: FrozenArtifact, *, moved: bool) -> FrozenArtifact:
    path = artifact.path if moved else before.path
    return replace(artifact, path=path, size=before.size, upload_time=before.upload_time)


def _first(values: Iterable[str | None]) -> str | None:
    """Return the least of the values that are stated: the files of a release may disagree, their order may not."""
    return min((value for value in values if value is not None), default=None)
