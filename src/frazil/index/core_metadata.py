"""Core metadata, text to value: METADATA of a wheel, PKG-INFO and pyproject.toml of a source archive."""

import re
from collections.abc import Mapping
from typing import Any

from frazil.catalog import Unreadable
from frazil.errors import cleaned
from frazil.index.filenames import parse_version, same_version
from frazil.index.rows import read_requires_python
from frazil.model import Metadata
from frazil.quick.names import is_normalised, normalised
from frazil.regex import regex
from frazil.requirement import RequirementSyntaxError, parse_requirement
from frazil.values import dataclass, replace

METADATA_LIMIT = 8 * 1024 * 1024
"""Bytes of a METADATA, PKG-INFO or pyproject.toml, unpacked (a long description is part of it)."""

NOT_STATIC = Unreadable("its metadata is known only after a build", dynamic=True)

_MOST_REQUIREMENTS = 10_000
_LONGEST_LICENSE = 200
# What the email package takes for the start of a field; any other line ends the header there, and so here.
_FIELD = regex(r"([!-9;-~]+):(.*)", re.DOTALL)
_METADATA_VERSION = regex(r"([0-9]{1,4})\.([0-9]{1,4})")
# What decides the edges of a release: where one of these is dynamic, a build may say something else (PEP 643).
_DECISIVE = frozenset({"requires-dist", "requires-python", "provides-extra"})
_EDGE_KEYS = ("dependencies", "optional-dependencies", "requires-python")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMetadata:
    """What a metadata file says: the release, its `Metadata-Version` (None: not readable), its `Dynamic` fields."""

    metadata: Metadata
    metadata_version: tuple[int, int] | None
    dynamic: frozenset[str]


def parse_metadata(data: bytes) -> CoreMetadata:
    """Scan the header of a metadata file, down to its first blank line; the description is not read.

    Nothing is checked: requirements and versions are text as it stands.
    """
    fields = _fields(data)
    stated = _METADATA_VERSION.fullmatch(_first(fields, "metadata-version"))
    return CoreMetadata(
        metadata=Metadata(
            name=_first(fields, "name"),
            version=_first(fields, "version"),
            requires_dist=tuple(fields.get("requires-dist", ())),
            requires_python=_first(fields, "requires-python") or None,
            provides_extra=tuple(fields.get("provides-extra", ())),
            license=_license(fields),
        ),
        metadata_version=(int(stated[1]), int(stated[2])) if stated else None,
        dynamic=frozenset(field.lower() for field in fields.get("dynamic", ())),
    )


def read_wheel_metadata(data: bytes, project: str, version: str) -> Metadata | Unreadable:
    """Return what a wheel's METADATA says of the release that its file name promises."""
    return _checked(parse_metadata(data), project, version)


def read_source_metadata(
    pkg_info: bytes | None, pyproject: bytes | None, project: str, version: str
) -> Metadata | Unreadable:
    """Return what a source archive says of its release without being built.

    PKG-INFO counts since version 2.2 where it calls nothing decisive dynamic (PEP 643); else a pyproject.toml whose
    `[project]` table leaves nothing decisive to the build (PEP 621).
    """
    core = _static(pkg_info, pyproject)
    return NOT_STATIC if core is None else _checked(core, project, version)


def read_source_at_address(
    pkg_info: bytes | None, pyproject: bytes | None, project: str, *, version_may_wait: bool = False
) -> Metadata | Unreadable:
    """Return what a source that an address leads to says of itself, its version among it.

    With `version_may_wait` a version that is left to the build is empty.
    """
    core = _static(pkg_info, pyproject, version_may_wait=version_may_wait)
    return NOT_STATIC if core is None else _checked_by_itself(core, project)


def read_built_metadata(data: bytes, project: str) -> Metadata | Unreadable:
    """Return what a build said of a source whose address does not tell its version."""
    return _checked_by_itself(parse_metadata(data), project)


def _static(pkg_info: bytes | None, pyproject: bytes | None, *, version_may_wait: bool = False) -> CoreMetadata | None:
    """Return what a source says without being built, None if it leaves something decisive to the build."""
    core = None if pkg_info is None else parse_metadata(pkg_info)
    if core is not None and (core.metadata_version or (1, 0)) >= (2, 2) and not core.dynamic & _DECISIVE:
        return core
    declared = None if pyproject is None else _declared_metadata(pyproject, version_may_wait=version_may_wait)
    return None if declared is None else CoreMetadata(metadata=declared, metadata_version=(2, 2), dynamic=frozenset())


# Headers ---------------------------------------------------------------------------------------------------


def _fields(data: bytes) -> dict[str, list[str]]:
    """Read the fields of a header, names in lower case, folded lines joined."""
    fields: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in _header(data).splitlines():
        if line.startswith(" "):
            if values is not None:
                values[-1] = f"{values[-1]} {line.strip()}".strip()
            continue
        match = _FIELD.fullmatch(line)
        if match is None:
            break
        values = fields.setdefault(match[1].lower(), [])
        values.append(match[2].strip())
    return fields


def _header(data: bytes) -> str:
    end = re.search(rb"\r?\n\r?\n", data)
    header = data if end is None else data[: end.start()]
    # Form feeds and Unicode separators end no line of a header, though they do for `str.splitlines`.
    return re.sub(r"[\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", header.decode("utf-8", "replace"))


def _first(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _license(fields: Mapping[str, list[str]]) -> str | None:
    """Return the SPDX expression (PEP 639), else the classifiers' words, else a `License` of one short line."""
    prefix = "License :: "
    classifiers = {
        text.rpartition(" :: ")[2]
        for text in fields.get("classifier", ())
        if text.startswith(prefix) and text != f"{prefix}OSI Approved"
    }
    stated = _first(fields, "license-expression") or ", ".join(sorted(classifiers)) or _first(fields, "license")
    shown = " ".join(cleaned(stated).split())
    return shown if 0 < len(shown) <= _LONGEST_LICENSE and shown != "UNKNOWN" else None


# Checks ----------------------------------------------------------------------------------------------------


def _checked_by_itself(core: CoreMetadata, project: str) -> Metadata | Unreadable:
    """Return the metadata with the version that it states itself, in canonical form."""
    stated = core.metadata.version
    version = parse_version(stated)
    if stated and version is None:
        return Unreadable(f"its metadata states {_shown(stated)}, which is no version")
    return _checked(core, project, "" if version is None else str(version))


def _checked(core: CoreMetadata, project: str, version: str) -> Metadata | Unreadable:
    """Return the metadata in canonical form if it speaks of the release and can be understood."""
    metadata = core.metadata
    if core.metadata_version is not None and core.metadata_version[0] > 2:
        return Unreadable(f"its metadata is of version {core.metadata_version[0]}, and 2 is the newest understood")
    same = metadata.version == version or same_version(metadata.version, version)
    if normalised(metadata.name) != project or not same:
        said = cleaned(f"{metadata.name} {metadata.version}".strip())[:100]
        return Unreadable(f"its metadata speaks of {said}" if said else "its metadata names no project")
    if len(metadata.requires_dist) > _MOST_REQUIREMENTS:
        return Unreadable(f"its metadata has more than {_MOST_REQUIREMENTS} requirements")
    for line in metadata.requires_dist:
        why = _why_unreadable(line)
        if why is not None:
            return Unreadable(f"its metadata has a requirement that cannot be read: {_shown(line)} ({why})")
    extras = {normalised(extra) for extra in metadata.provides_extra}
    return replace(
        metadata,
        name=project,
        version=version,
        requires_python=read_requires_python(metadata.requires_python),
        provides_extra=tuple(sorted(extra for extra in extras if is_normalised(extra))),
    )


def _why_unreadable(line: str) -> str | None:
    if not line.isprintable():
        return "it has control characters"
    try:
        parse_requirement(line)
    except RequirementSyntaxError as error:
        return _shown(error)
    return None


def _shown(text: object) -> str:
    return " ".join(cleaned(str(text)).split())[:200]


# pyproject.toml --------------------------------------------------------------------------------------------


def _declared_metadata(data: bytes, *, version_may_wait: bool) -> Metadata | None:
    """Return what a `[project]` table declares, as core metadata; None if it leaves something to the build."""
    import tomllib  # noqa: PLC0415 - 20 ms that only an old source archive costs

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):  # not TOML, not UTF-8, nested too deeply
        return None
    project = document.get("project")
    if not isinstance(project, dict) or _is_left_to_the_build(
        project, document.get("tool"), version_may_wait=version_may_wait
    ):
        return None
    dependencies, optional = project.get("dependencies", []), project.get("optional-dependencies", {})
    requires_python, version = project.get("requires-python"), project.get("version", "" if version_may_wait else None)
    if not (
        isinstance(project.get("name"), str)
        and isinstance(version, str)
        and isinstance(requires_python, str | None)
        and _is_texts(dependencies)
        and isinstance(optional, dict)
        and all(_is_texts(lines) for lines in optional.values())
    ):
        return None
    if any(_why_unreadable(line) for lines in optional.values() for line in lines):
        return None
    gated = [_gated(line, extra) for extra, lines in optional.items() for line in lines]
    return Metadata(
        name=project["name"],
        version=version,
        requires_dist=(*dependencies, *gated),
        requires_python=requires_python,
        provides_extra=tuple(optional),
        license=_declared_license(project.get("license")),
    )


def _is_left_to_the_build(project: Mapping[str, Any], tool: object, *, version_may_wait: bool) -> bool:
    dynamic = project.get("dynamic", [])
    decisive = _EDGE_KEYS if version_may_wait else ("version", *_EDGE_KEYS)
    if not _is_texts(dynamic) or any(key in dynamic for key in decisive):
        return True
    # Poetry reads its own table where `[project]` has no dependencies, without calling them dynamic.
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    return isinstance(poetry, dict) and "dependencies" in poetry and "dependencies" not in project


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _gated(line: str, extra: str) -> str:
    """Return a requirement as core metadata writes it for an extra."""
    requirement = parse_requirement(line)
    gate = f"extra == '{normalised(extra)}'"
    return str(replace(requirement, marker=f"({requirement.marker}) and {gate}" if requirement.marker else gate))


def _declared_license(value: object) -> str | None:
    """PEP 639: a string is an SPDX expression; the older tables are not."""
    return _license({"license-expression": [value]}) if isinstance(value, str) else None
