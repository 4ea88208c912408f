"""A coordinate and its files: each of them must be a file of this release, fit where it is chosen, and be one there."""

import re
from urllib.parse import urlsplit

from frazil.frozen.document import DocumentError, shown
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact
from frazil.model import ArchiveSource, DirectorySource, Environment, IndexSource, VcsSource
from frazil.quick.names import normalised
from frazil.quick.versions import NoVersion, version_key
from frazil.quick.wheels import wheel_release
from frazil.regex import regex
from frazil.requirement import python_admitted

_SOURCE_ARCHIVE = regex(r"(?P<stem>.+)(?:\.tar\.gz|\.zip)")
_MOST_TAGS = 1024
_ANY_ARCHIVE = regex(r".+\.(?:tar|tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz|zip)")


def label(coordinate: Coordinate) -> str:
    """Return a release in words."""
    return coordinate.name if coordinate.version is None else f"{coordinate.name} {coordinate.version}"


def check_release(coordinate: Coordinate, frozen: Frozen, sizes: dict[str, int]) -> None:
    """Check the files of a coordinate whose names all exist; places are relative to it.

    `sizes` remembers the size of each digest seen so far. Raises DocumentError.
    """
    if isinstance(coordinate.source, DirectorySource):
        if coordinate.artifacts:
            raise DocumentError("must be absent: a directory has no files to fetch", "artifacts")
        return
    _check_slots(coordinate)
    for position, artifact in enumerate(coordinate.artifacts):
        steps = ("artifacts", position)
        if sizes.setdefault(artifact.sha256, artifact.size) != artifact.size:
            raise DocumentError("differs from the size that the same sha256 has elsewhere", *steps, "size")
        try:
            _check_name(coordinate, artifact)
            _check_fit(coordinate, artifact, frozen.environments_by_name)
            _check_address(coordinate, artifact, frozen)
        except DocumentError as error:
            raise error.within(*steps) from None
    if len(coordinate.artifacts) == 1:
        # With several files, each may have said something else.
        _check_python(coordinate, frozen.environments_by_name)


def _check_slots(coordinate: Coordinate) -> None:
    """Check that exactly one file is chosen for each environment of the coordinate."""
    chosen: dict[str, str] = {}
    names: set[str] = set()
    pinned = coordinate.environments
    for position, artifact in enumerate(coordinate.artifacts):
        if artifact.filename in names:
            raise DocumentError(f"has {shown(artifact.filename)} twice", "artifacts")
        names.add(artifact.filename)
        for environment in pinned if artifact.environments is None else artifact.environments:
            if environment not in pinned:
                raise DocumentError(
                    f"names {environment}, where the release is not pinned", "artifacts", position, "environments"
                )
            other = chosen.setdefault(environment, artifact.filename)
            if other != artifact.filename:
                raise DocumentError(f"has two files for {environment}: {other}, {artifact.filename}", "artifacts")
    for environment in pinned:
        if environment not in chosen:
            raise DocumentError(f"has no file for {environment}", "artifacts")


def _check_name(coordinate: Coordinate, artifact: FrozenArtifact) -> None:
    """Check that a file name is one of this release."""
    name, version = coordinate.name, coordinate.version or ""
    filename = artifact.filename
    if isinstance(coordinate.source, VcsSource):
        fits = filename == f"{name}-{version}.tar"
    elif filename.endswith(".whl"):
        found = _wheel_release(filename)
        fits = found is not None and found[0] == name and _same(found[1], version)
    elif isinstance(coordinate.source, ArchiveSource):
        # Whoever wrote the address named the file: `v1.2.tar.gz` is usual.
        fits = _ANY_ARCHIVE.fullmatch(filename) is not None and not urlsplit(coordinate.source.url).path.endswith(
            ".whl"
        )
    else:
        archive = _SOURCE_ARCHIVE.fullmatch(filename)
        fits = archive is not None and _is_stem(archive["stem"], name, version)
    if not fits:
        raise DocumentError(f"is {shown(filename)}, which is no file of {label(coordinate)}", "filename")


def _wheel_release(filename: str) -> tuple[str, str] | None:
    found = wheel_release(filename)
    if found is not None:
        return found
    tags = 1
    for part in filename.removesuffix(".whl").split("-")[-3:]:
        tags *= part.count(".") + 1
    if tags > _MOST_TAGS:  # three short lists can stand for a hundred thousand tags
        return None
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - for unusual names

    try:
        name, version, _, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    return name, str(version)


def _is_stem(stem: str, name: str, version: str) -> bool:
    """Say whether `<name>-<version>` can be read so; legacy names and versions may have hyphens themselves."""
    for hyphen in re.finditer("-", stem):
        if normalised(stem[: hyphen.start()]) == name and _same(stem[hyphen.end() :], version):
            return True
    return False


def _same(one: str, other: str) -> bool:
    """Say whether two texts are valid spellings of one version."""
    try:
        return version_key(one) == version_key(other)
    except NoVersion:
        return False


def _check_fit(coordinate: Coordinate, artifact: FrozenArtifact, environments: dict[str, Environment]) -> None:
    """Check that a wheel has a tag that each environment it is chosen for supports (PEP 425)."""
    if not artifact.filename.endswith(".whl"):
        return
    tags = _tags(artifact.filename)
    for name in coordinate.environments if artifact.environments is None else artifact.environments:
        supported = environments[name].rank
        if not any(tag in supported for tag in tags):
            environment = environments[name]
            raise DocumentError(
                f"is {artifact.filename}, which does not fit {name} "
                f"(Python {environment.python} on {environment.platform})",
                "filename",
            )


def _tags(filename: str) -> tuple[str, ...]:
    """Return the tags that the name of a valid wheel stands for: each part may be a dotted set."""
    pythons, abis, platforms = filename.removesuffix(".whl").lower().rsplit("-", 3)[-3:]
    return tuple(
        f"{python}-{abi}-{platform}"
        for python in pythons.split(".")
        for abi in abis.split(".")
        for platform in platforms.split(".")
    )


def _check_address(coordinate: Coordinate, artifact: FrozenArtifact, frozen: Frozen) -> None:
    """Check that a file lies where its source may have it: on a declared index, or where it was asked for."""
    if artifact.path is not None and (not isinstance(coordinate.source, IndexSource) or artifact.url is not None):
        raise DocumentError("is for files of an index that have no address of their own", "path")
    if artifact.url is None:
        return
    match coordinate.source:
        case ArchiveSource(url, _):
            fits = artifact.url == url
        case IndexSource(name):
            index = next(index for index in frozen.inputs.indexes if index.name == name)
            fits = _origin(artifact.url) in {_origin(url) for url in (index.url, index.files) if url is not None}
        case _:
            fits = False
    if not fits:
        raise DocumentError(f"is {shown(artifact.url)}, where no declared source has its files", "url")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _check_python(coordinate: Coordinate, environments: dict[str, Environment]) -> None:
    for name in coordinate.environments:
        full = environments[name].python_full_version
        if not python_admitted(coordinate.requires_python, full):
            raise DocumentError(
                f"is {shown(coordinate.requires_python or '')}, which Python {full} of environment {name} is not",
                "requires-python",
            )
