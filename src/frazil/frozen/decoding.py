"""From the untyped values of a lock's JSON to a frozen resolution: each value by itself, in the order of the file.

What values must be to each other (names that exist, pins that satisfy) is looked at afterwards, in `checks`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from frazil.errors import ConfigurationError
from frazil.frozen import grammar
from frazil.frozen.document import (
    DocumentError,
    Members,
    array_of,
    as_flag,
    as_object,
    as_text,
    as_whole_number,
    map_of,
    names,
    shown,
    text,
)
from frazil.frozen.model import (
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenIndex,
    FrozenPolicy,
    FrozenTarget,
    Inputs,
)
from frazil.model import (
    ArchiveSource,
    DirectorySource,
    Environment,
    IndexSource,
    PackageRules,
    Publisher,
    Rules,
    Source,
    Switch,
    VcsSource,
)
from frazil.project.environments import parse_environment
from frazil.regex import regex
from frazil.requirement import Requirement, RequirementSyntaxError, parse_requirement

_LARGEST_SIZE = 2**53
_INSTANT = regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_SOURCES = ("index", "archive", "vcs", "directory")

_line = text(grammar.line)
_names = names()  # of what must be declared elsewhere, where rules hold
_labels = names(grammar.label)
_projects = names(grammar.project_name)
_hashes = names(grammar.demanded_hash)


def decode_frozen(document: Mapping[str, object]) -> Frozen:
    """Decode the members of a lock but for its version; lists that have an order keep the file's.

    Raises DocumentError.
    """
    members = Members(dict(document))
    environments = members.required("environments", map_of(_environment, grammar.label))
    declared = frozenset(name for name, _ in environments)
    policy = partial(_policy, declared)
    inputs = Inputs(
        policy=members.optional("policy", policy, FrozenPolicy()),
        indexes=members.required("indexes", array_of(_index)),
        environments=tuple(environment for _, environment in environments),
        resolves=members.required("resolves", map_of(lambda _, value: policy(value), grammar.label)),
        targets=tuple(
            target for _, target in members.required("targets", map_of(partial(_target, declared), grammar.target_name))
        ),
    )
    coordinates = members.required("coordinates", array_of(partial(_named_coordinate, declared)))
    subset = members.optional("subset", _subset, None)
    members.finish()
    return Frozen(inputs=inputs, coordinates=coordinates, subset=subset)


# What the lock answers -------------------------------------------------------------------------------------


def _environment(name: str, value: object) -> Environment:
    members = Members(value)
    python, platform = members.text("python", grammar.line), members.text("platform", grammar.line)
    markers = dict(members.required("markers", map_of(lambda _, item: as_text(item))))
    members.finish()
    try:
        environment = parse_environment(name, python, platform)
    except ConfigurationError as error:
        why = error.sentence.removeprefix(f"environment {name}: ")
        raise DocumentError(f"cannot be: {why}") from None
    for variable, expected in environment.markers:
        stated = markers.pop(variable, None)
        if stated != expected:
            seen = "absent" if stated is None else shown(stated)
            raise DocumentError(
                f"is {seen}, and Python {python} on {platform} gives {shown(expected)}", "markers", variable
            )
    for variable in markers:
        raise DocumentError(f"has the unknown variable {shown(variable)}", "markers")
    return environment


def _index(value: object) -> FrozenIndex:
    members = Members(value)
    index = FrozenIndex(
        name=members.text("name", grammar.label),
        url=members.text_or_none("url", grammar.index_address),
        files=members.text_or_none("files", grammar.index_address),
        packages=members.optional("packages", names(grammar.pattern), ()),
    )
    members.finish()
    return index


def _policy(declared: frozenset[str], value: object) -> FrozenPolicy:
    members = Members(value)
    edges = array_of(partial(_declared_edge, declared))
    policy = FrozenPolicy(
        constraints=members.optional("constraints", edges, ()),
        overrides=members.optional("overrides", edges, ()),
        rules=Rules(
            prerelease=members.text_or_none("prerelease", grammar.one_of("if-necessary", "allow", "disallow")),
            resolution=members.text_or_none("resolution", grammar.one_of("highest", "lowest", "lowest-direct")),
            share=members.text_or_none("share", grammar.one_of("strict")),
            provenance=members.text_or_none("provenance", grammar.one_of("record", "verify")),
            exclude_newer=members.text_or_none("exclude-newer", grammar.line),
            no_build=members.optional("no-build", _project_switch, None),
            no_binary=members.optional("no-binary", _project_switch, None),
            require_wheels=members.optional("require-wheels", _environment_switch, None),
            exclude_dependencies=members.optional("exclude-dependencies", _projects, ()),
            packages=members.optional("packages", map_of(_package_rules, grammar.project_name), ()),
        ),
    )
    members.finish()
    return policy


def _project_switch(value: object) -> Switch:
    return _projects(value) if type(value) is list else as_flag(value)


def _environment_switch(value: object) -> Switch:
    return _labels(value) if type(value) is list else as_flag(value)


def _package_rules(_name: str, value: object) -> PackageRules:
    members = Members(value)
    rules = PackageRules(
        prerelease=members.text_or_none("prerelease", grammar.one_of("if-necessary", "allow", "disallow")),
        exclude_newer=members.text_or_none("exclude-newer", grammar.line),
        require_wheels=members.optional("require-wheels", as_flag, None),
        index=members.text_or_none("index", grammar.label),
    )
    members.finish()
    return rules


def _target(declared: frozenset[str], name: str, value: object) -> FrozenTarget:
    members = Members(value)
    target = FrozenTarget(
        name=name,
        project_name=members.text_or_none("name", grammar.project_name),
        editable=members.optional("editable", as_flag, default=False),
        resolve=members.text("resolve", grammar.label),
        environments=members.required("environments", _labels),
        requires_python=members.text_or_none("requires-python", grammar.line),
        requirements=members.required("requirements", array_of(partial(_declared_edge, declared))),
    )
    members.finish()
    return target


def _subset(value: object) -> tuple[str, ...]:
    return names(grammar.target_name)(value)


# Edges -----------------------------------------------------------------------------------------------------


def _declared_edge(declared: frozenset[str], value: object) -> FrozenEdge:
    """Read an edge of a target or of policy: it stands in a file, and may demand hashes."""
    members = Members(value)
    edge = FrozenEdge(
        requirement=members.required("requirement", _requirement),
        environments=_where(members, declared),
        declared_in=members.text_or_none("from", grammar.place),
        hashes=members.optional("hashes", _hashes, ()),
    )
    members.finish()
    return edge


def _dependency(declared: frozenset[str], value: object) -> FrozenEdge:
    """Read an edge of a coordinate: an extra may be its gate."""
    members = Members(value)
    edge = FrozenEdge(
        requirement=members.required("requirement", _requirement),
        extra=members.text_or_none("extra", grammar.project_name),
        environments=_where(members, declared),
    )
    members.finish()
    return edge


def _build_requirement(declared: frozenset[str], value: object) -> FrozenEdge:
    members = Members(value)
    edge = FrozenEdge(requirement=members.required("requirement", _requirement), environments=_where(members, declared))
    members.finish()
    return edge


def _requirement(value: object) -> Requirement:
    written = _line(value)
    try:
        requirement = parse_requirement(written)
    except RequirementSyntaxError as error:
        raise DocumentError(f"is {shown(written)}, which is no requirement: {error}") from None
    if requirement.url is not None:
        wrong = grammar.direct_reference(requirement.url)
        if wrong is not None:
            raise DocumentError(f"names the address {shown(requirement.url)}, which {wrong}")
    return requirement


def _where(members: Members, everywhere: frozenset[str]) -> tuple[str, ...] | None:
    """Read where something applies: all of `everywhere`, which is what absence means, becomes None."""
    found = members.optional("environments", _labels, None)
    return None if found is not None and everywhere == {*found} else found


# Coordinates -----------------------------------------------------------------------------------------------


def _named_coordinate(declared: frozenset[str], value: object) -> Coordinate:
    try:
        return _coordinate(declared, value)
    except DocumentError as error:
        stated = as_object(value) if type(value) is dict else {}
        parts = [stated.get(key) for key in ("name", "version")]
        error.about = " ".join(part for part in parts if isinstance(part, str))[:80]
        raise


def _coordinate(declared: frozenset[str], value: object) -> Coordinate:
    members = Members(value)
    name = members.text("name", grammar.project_name)
    version = members.text_or_none("version", grammar.canonical_version)
    source = _source(members)
    if version is None and not isinstance(source, DirectorySource):
        raise DocumentError('lacks the key "version"')
    resolves = members.required("resolves", map_of(lambda _, item: _labels(item), grammar.label))
    pinned = frozenset(environment for _, environments in resolves for environment in environments)
    coordinate = Coordinate(
        name=name,
        version=version,
        source=source,
        resolves=resolves,
        targets=members.required("targets", map_of(lambda _, item: _names(item), grammar.label)),
        requires_python=members.text_or_none("requires-python"),
        yanked=members.text_or_none("yanked"),
        license=members.text_or_none("license"),
        dependencies=members.optional("dependencies", array_of(partial(_dependency, declared)), ()),
        build_resolve=members.text_or_none("build-resolve", grammar.label),
        build_requirements=members.optional("build-requirements", array_of(partial(_build_requirement, declared)), ()),
        artifacts=members.optional("artifacts", array_of(partial(_artifact, pinned)), ()),
        publishers=members.optional("attestation-identities", array_of(_publisher), ()),
    )
    members.finish()
    return coordinate


def _publisher(value: object) -> Publisher:
    members = map_of(lambda _, item: as_text(item), grammar.line)(value)
    kind = dict(members).get("kind")
    if kind is None:
        raise DocumentError('lacks the key "kind"')
    return Publisher(kind, tuple(pair for pair in members if pair[0] != "kind"))


def _source(members: Members) -> Source:
    stated = [key for key in _SOURCES if key in members]
    if len(stated) != 1:
        have = " and ".join(stated) or "none"
        raise DocumentError(f"must have exactly one of index, archive, vcs, directory, not {have}")
    match stated[0]:
        case "index":
            return IndexSource(members.text("index", grammar.label))
        case "archive":
            return members.required("archive", _archive)
        case "vcs":
            return members.required("vcs", _vcs)
        case _:
            return members.required("directory", _directory)


def _archive(value: object) -> ArchiveSource:
    members = Members(value)
    source = ArchiveSource(
        url=members.text("url", grammar.archive_address),
        subdirectory=members.text_or_none("subdirectory", grammar.place),
    )
    members.finish()
    return source


def _vcs(value: object) -> VcsSource:
    members = Members(value)
    source = VcsSource(
        type=members.text("type", grammar.one_of("git")),
        url=members.text("url", grammar.vcs_address),
        requested_revision=members.text_or_none("requested-revision", grammar.revision),
        commit_id=members.text("commit-id", grammar.commit),
        subdirectory=members.text_or_none("subdirectory", grammar.place),
    )
    members.finish()
    return source


def _directory(value: object) -> DirectorySource:
    members = Members(value)
    source = DirectorySource(
        path=members.text("path", grammar.folder),
        editable=members.optional("editable", as_flag, default=False),
    )
    members.finish()
    return source


def _artifact(pinned: frozenset[str], value: object) -> FrozenArtifact:
    members = Members(value)
    artifact = FrozenArtifact(
        filename=members.text("filename", grammar.file_name),
        sha256=members.text("sha256", grammar.sha256),
        size=members.required("size", _size),
        upload_time=members.optional("upload-time", _instant, None),
        path=members.text_or_none("path", grammar.file_path),
        url=members.text_or_none("url", grammar.file_address),
        environments=_where(members, pinned),
    )
    members.finish()
    return artifact


def _size(value: object) -> int:
    size = as_whole_number(value)
    if not 0 < size < _LARGEST_SIZE:
        raise DocumentError(f"must be a number of bytes, not {size}")
    return size


def _instant(value: object) -> datetime:
    """Read RFC 3339 in UTC; a fraction of a second has at most six digits."""
    written = text(_instant_rule)(value)
    return datetime.fromisoformat(f"{written.removesuffix('Z')}+00:00").astimezone(UTC)


def _instant_rule(written: str) -> str | None:
    wrong = "must be an instant in UTC like 2024-12-21T18:38:41Z"
    if not _INSTANT.fullmatch(written):
        return wrong
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return wrong
    return None
