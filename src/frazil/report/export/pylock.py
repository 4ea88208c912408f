"""`pylock.toml` (PEP 751): one file for many targets, each a group of its own, or one file for each.

Who asks for no group gets all targets but the dependency groups among them. What the format cannot say is left out:
builds, libcs and ABIs, and what the lock answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from packaging.markers import Marker
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
)
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from frazil.address import ArchiveAddress
from frazil.frozen.model import Coordinate, FrozenArtifact, FrozenTarget
from frazil.model import DEFAULT_RESOLVE, ArchiveSource, DirectorySource, IndexSource, VcsSource
from frazil.report.export.entries import Entry, Use, entries_of
from frazil.report.export.naming import plain, plain_names
from frazil.report.export.places import Places, both, either
from frazil.report.export.request import Exported, Request, Wheels, Whereabouts
from frazil.report.export.shipment import Part, shipments

_DEFAULT = "default"
"""The group of who asks for none; it is synthetic, as PDM's of the same name."""


def pylocks(request: Request) -> tuple[Exported, ...]:
    """Return the files: one for all targets, one for each resolve where their versions differ, or one for each target.

    Raises UsageError where markers cannot say what the lock does, and what asking for addresses raises.
    """
    if request.each:
        names = plain_names(request.frozen, request.targets)
        return tuple(_file(request, (target,), f"pylock.{names[target.name]}.toml") for target in request.targets)
    return tuple(_file(request, targets, name) for name, targets in _one_version_each(request))


def _one_version_each(request: Request) -> list[tuple[str, tuple[FrozenTarget, ...]]]:
    """Return the targets by file: together, or by resolve where two resolves pin a project differently."""
    by_resolve: dict[str, list[FrozenTarget]] = {}
    for target in request.targets:
        by_resolve.setdefault(target.resolve, []).append(target)
    together = [("pylock.toml", request.targets)]
    if len(by_resolve) == 1:
        return together
    pinned: dict[tuple[str, str], set[int]] = {}
    for shipment in shipments(request.frozen, request.targets, request.environments):
        for coordinate in shipment.releases:
            pinned.setdefault((coordinate.name, shipment.environment), set()).add(id(coordinate))
    if all(len(releases) == 1 for releases in pinned.values()):
        return together
    return [
        ("pylock.toml" if resolve == DEFAULT_RESOLVE else f"pylock.{plain(resolve)}.toml", tuple(targets))
        for resolve, targets in sorted(by_resolve.items())
    ]


def _file(request: Request, targets: tuple[FrozenTarget, ...], name: str) -> Exported:
    living = {name for target in targets for name in target.environments}
    environments = tuple(name for name in request.environments if name in living)
    writing = _Writing(request, targets, environments)
    return Exported(
        name=name,
        text=_text(writing.pylock()),
        targets=tuple(target.name for target in targets),
        environments=environments,
    )


class _Writing:
    """One file in the making."""

    def __init__(self, request: Request, targets: tuple[FrozenTarget, ...], environments: tuple[str, ...]) -> None:
        by_name = request.frozen.environments_by_name
        self._request = request
        self._targets = {target.name: target for target in targets}
        self._environments = tuple(by_name[name] for name in environments)
        self._places = Places(self._environments)
        self._entries = entries_of(request, targets, environments, self._places)
        self._versions: dict[str, set[str | None]] = {}
        for entry in self._entries:
            if isinstance(entry.part, Coordinate):
                self._versions.setdefault(entry.part.name, set()).add(entry.part.version)
        self._groups = _groups(request, targets) if len(request.targets) > 1 and not request.each else {}
        taken = {group for group, _ in self._groups.values()}
        self._default = _DEFAULT if _DEFAULT not in taken else f"{_DEFAULT}-targets"

    def pylock(self) -> Pylock:
        groups = sorted({group for group, extra in self._groups.values() if extra is None})
        lock = Pylock(
            lock_version=Version("1.0"),
            environments=[Marker(marker) for marker in self._places.markers],
            requires_python=SpecifierSet(self._places.requires_python),
            extras=[canonicalize_name(extra) for extra in sorted({e for _, e in self._groups.values() if e})],
            dependency_groups=groups,
            default_groups=[self._default] if self._groups else [],
            created_by="frazil",
            packages=[self._package(entry) for entry in self._entries],
            tool={"frazil": self._tool()},
        )
        lock.validate()
        return lock

    def _tool(self) -> dict[str, Any]:
        """Return what only frazil reads: which target a group is, and which environments were meant."""
        groups = {group: name for name, (group, extra) in sorted(self._groups.items()) if extra is None}
        places = {e.name: {"python": e.python, "platform": e.platform} for e in self._environments}
        return {**({"groups": groups} if groups else {}), "environments": places}

    # Packages ---------------------------------------------------------------------------------------------

    def _package(self, entry: Entry) -> Package:
        part, marker = entry.part, self._marker(entry.uses)
        shared: dict[str, Any] = {
            "marker": Marker(marker) if marker else None,
            "dependencies": [self._named(each) for each in entry.needs] or None,
        }
        if self._request.wheels is not None:
            return self._placed(entry, self._request.wheels, shared)
        if isinstance(part, FrozenTarget):
            folder = PackageDirectory(path=self._folder(part.name), editable=part.editable or None)
            return Package(name=canonicalize_name(part.project_name or ""), directory=folder, **shared)
        shared["requires_python"] = _valid(part.requires_python)
        shared["attestation_identities"] = [{"kind": p.kind, **dict(p.claims)} for p in part.publishers] or None
        return self._release(part, entry.files, shared)

    def _release(self, coordinate: Coordinate, files: Sequence[FrozenArtifact], shared: Mapping[str, Any]) -> Package:
        name, where = canonicalize_name(coordinate.name), self._request.whereabouts
        version = None if coordinate.version is None else Version(coordinate.version)
        match coordinate.source:
            case DirectorySource(path, editable):
                folder = PackageDirectory(path=self._folder(path), editable=editable or None)
                return Package(name=name, directory=folder, **shared)
            case VcsSource() as source:
                vcs = PackageVcs(
                    type=source.type,
                    url=source.url,
                    requested_revision=source.requested_revision,
                    commit_id=source.commit_id,
                    subdirectory=source.subdirectory,
                )
                return Package(name=name, vcs=vcs, **shared)
            case ArchiveSource() as source:
                archive = self._archive(source, coordinate.artifacts[0])
                return Package(name=name, version=version, archive=archive, **shared)
            case IndexSource(index):
                sdist = next((f for f in files if not f.filename.endswith(".whl")), None)
                wheels = [f for f in files if f.filename.endswith(".whl")]
                return Package(
                    name=name,
                    version=version,
                    index=where.index(index),
                    sdist=None if sdist is None else PackageSdist(**_facts(coordinate, sdist, where)),
                    wheels=[PackageWheel(**_facts(coordinate, wheel, where)) for wheel in wheels] or None,
                    **shared,
                )

    def _placed(self, entry: Entry, wheels: Wheels, shared: dict[str, Any]) -> Package:
        """Return an entry all of whose files lie beside the lock."""
        part = entry.part
        if isinstance(part, Coordinate):
            shared["requires_python"] = _valid(part.requires_python)
            name, version = canonicalize_name(part.name), None if part.version is None else Version(part.version)
        else:
            name, version = canonicalize_name(part.project_name or ""), None
        versions = {parse_wheel_filename(file.filename)[1] for file in entry.files}
        placed = [
            PackageWheel(
                name=file.filename,
                upload_time=file.upload_time,
                path=wheels.path(file),
                size=file.size,
                hashes={"sha256": file.sha256},
            )
            for file in entry.files
        ]
        return Package(
            name=name, version=version or (versions.pop() if len(versions) == 1 else None), wheels=placed, **shared
        )

    def _archive(self, source: ArchiveSource, artifact: FrozenArtifact) -> PackageArchive:
        path = ArchiveAddress(source.url).path
        return PackageArchive(
            url=source.url if path is None else None,
            path=None if path is None else self._folder(path),
            size=artifact.size,
            upload_time=artifact.upload_time,
            hashes={"sha256": artifact.sha256},
            subdirectory=source.subdirectory,
        )

    def _folder(self, path: str) -> str:
        return self._request.whereabouts.folder(path)

    def _named(self, part: Part) -> dict[str, Any]:
        """Return what tells one entry from all others: its name, and the version where there are several."""
        if isinstance(part, FrozenTarget):
            return {"name": part.project_name}
        told = part.version if len(self._versions[part.name]) > 1 else None
        return {"name": part.name, **({"version": told} if told else {})}

    # Markers ----------------------------------------------------------------------------------------------

    def _marker(self, uses: Iterable[Use]) -> str:
        """Return when something is installed: for some groups in some environments, for others in others."""
        places: dict[str, set[str]] = {}
        for use in uses:
            places.setdefault(use.target, set()).add(use.environment)
        by_places: dict[frozenset[str], list[str]] = {}
        for target in sorted(places):
            implied = places.get(self._targets[target].base or "", set())
            left = self._places.whole(places[target] - implied)
            if left:
                by_places.setdefault(left, []).append(target)
        found = [
            both(self._asked(targets), self._places.marker(where))
            for where, targets in sorted(by_places.items(), key=lambda item: item[1])
        ]
        return either(found)

    def _asked(self, targets: Iterable[str]) -> str:
        """Return the marker for when any of some targets is chosen."""
        if not self._groups:
            return ""
        by_extra: dict[str, list[str]] = {}
        for target in targets:
            group, extra = self._groups[target]
            groups = by_extra.setdefault(extra or "", [])
            if not _is_group(target) and self._default not in groups:
                groups.insert(0, self._default)
            groups.append(group)
        chosen = []
        for extra, groups in by_extra.items():
            any_of = either([f"'{group}' in dependency_groups" for group in groups])
            chosen.append(both(f"'{extra}' in extras" if extra else "", any_of))
        return either(chosen)


def _groups(request: Request, targets: Sequence[FrozenTarget]) -> dict[str, tuple[str, str | None]]:
    """Return for each target its group, and the extra that `P[x]` is where `P` is in the file too."""
    there = {target.name for target in targets}
    extending = [target for target in targets if target.base in there]
    names = plain_names(request.frozen, [target for target in targets if target not in extending])
    own = {target.name: (names[target.name], None) for target in targets if target not in extending}
    extras = {t.name: (names[t.base or ""], t.name[len(t.base or "") + 1 : -1]) for t in extending}
    return {**own, **extras}


def _is_group(target: str) -> bool:
    """Say whether a target is a dependency group alone (`P:g`), which nobody gets without asking."""
    return ":" in target.rpartition("/")[2]


def _facts(coordinate: Coordinate, artifact: FrozenArtifact, where: Whereabouts) -> dict[str, Any]:
    return {
        "name": artifact.filename,
        "upload_time": artifact.upload_time,
        "url": where.artifact(coordinate, artifact),
        "size": artifact.size,
        "hashes": {"sha256": artifact.sha256},
    }


def _valid(requires_python: str | None) -> SpecifierSet | None:
    try:
        return SpecifierSet(requires_python) if requires_python else None
    except InvalidSpecifier:
        return None


# As text ----------------------------------------------------------------------------------------------------


def _text(lock: Pylock) -> str:
    """Write a file in which each artifact has a line of its own."""
    import tomlrt  # noqa: PLC0415 - only files for others are written as TOML

    document = dict(lock.to_dict())
    document["environments"] = tomlrt.Array([_quoted(m) for m in document["environments"]], multiline=True, indent=2)
    document["packages"] = [_package_text(package) for package in document["packages"]]
    return tomlrt.dumps(document)


def _package_text(package: Mapping[str, Any]) -> dict[str, Any]:
    import tomlrt  # noqa: PLC0415

    written = dict(package)
    if "marker" in written:
        written["marker"] = _quoted(written["marker"])
    for key in ("vcs", "directory", "archive", "sdist"):
        if key in written:
            written[key] = _inline(written[key])
    for key in ("dependencies", "wheels"):
        if key in written:
            written[key] = tomlrt.Array([_inline(each) for each in written[key]], multiline=True, indent=2)
    return written


def _inline(table: Mapping[str, Any]) -> Any:
    import tomlrt  # noqa: PLC0415

    return tomlrt.Table.inline({k: _inline(v) if isinstance(v, dict) else v for k, v in table.items()})


def _quoted(marker: str) -> str:
    """Return a marker in single quotes, which TOML need not escape."""
    return marker if "'" in marker else marker.replace('"', "'")
