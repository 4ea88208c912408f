"""From a frozen resolution to the text of `frozen.json`: which keys, in which order, on which lines.

Known keys stand in the order of the example in docs/reference/frozen-format.md, others after them by code point; a
key at its default is absent. Whatever the order of the value, the text is the same.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from frazil.frozen.layout import (
    STEP,
    Member,
    array_block,
    flag,
    object_block,
    object_of,
    quoted,
    texts,
)
from frazil.frozen.model import (
    FORMAT_VERSION,
    Coordinate,
    Frozen,
    FrozenArtifact,
    FrozenEdge,
    FrozenIndex,
    FrozenPolicy,
    FrozenTarget,
)
from frazil.frozen.ordering import artifact_key, coordinate_key, edge_key
from frazil.model import (
    ArchiveSource,
    DirectorySource,
    Environment,
    IndexSource,
    PackageRules,
    Publisher,
    Source,
    Switch,
    VcsSource,
)

_TOP = STEP
_ENTRY = STEP * 2


def document_text(frozen: Frozen) -> str:
    """Spell a whole lock, with its final newline."""
    inputs = frozen.inputs
    members: list[Member] = [("frozen-version", str(FORMAT_VERSION))]
    policy = _policy(inputs.policy, _ENTRY)
    if policy:
        members.append(("policy", object_block(policy, _TOP)))
    members += [
        ("indexes", array_block(map(_index, inputs.indexes), _TOP)),
        ("environments", _by_name((e.name, _environment(e)) for e in inputs.environments)),
        ("resolves", _by_name((name, object_of(_policy(own, _ENTRY))) for name, own in inputs.resolves)),
        ("targets", _by_name((target.name, _target(target)) for target in inputs.targets)),
        ("coordinates", array_block(map(_coordinate, sorted(frozen.coordinates, key=coordinate_key)), _TOP)),
    ]
    if frozen.subset is not None:
        members.append(("subset", _names(frozen.subset)))
    return object_block(members, 0) + "\n"


def _by_name(members: Iterable[Member]) -> str:
    return object_block(sorted(members), _TOP)


def _names(names: Iterable[str]) -> str:
    return texts(sorted(names))


def _texts_present(*pairs: tuple[str, str | None]) -> list[Member]:
    return [(key, quoted(value)) for key, value in pairs if value is not None]


# What the lock answers -------------------------------------------------------------------------------------


def _policy(policy: FrozenPolicy, indent: int) -> list[Member]:
    rules = policy.rules
    members = _texts_present(("exclude-newer", rules.exclude_newer))
    members += _edges_present(("constraints", policy.constraints), ("overrides", policy.overrides), indent=indent)
    if rules.exclude_dependencies:
        members.append(("exclude-dependencies", _names(rules.exclude_dependencies)))
    members += _switches(("no-binary", rules.no_binary), ("no-build", rules.no_build))
    if rules.packages:
        packages = sorted((name, object_of(_package_rules(own))) for name, own in rules.packages)
        members.append(("packages", object_of(packages)))
    members += _texts_present(("prerelease", rules.prerelease), ("provenance", rules.provenance))
    members += _switches(("require-wheels", rules.require_wheels))
    members += _texts_present(("resolution", rules.resolution), ("share", rules.share))
    return members


def _switches(*pairs: tuple[str, Switch | None]) -> list[Member]:
    return [
        (key, flag(value) if isinstance(value, bool) else _names(value)) for key, value in pairs if value is not None
    ]


def _package_rules(rules: PackageRules) -> list[Member]:
    members = _texts_present(
        ("exclude-newer", rules.exclude_newer), ("index", rules.index), ("prerelease", rules.prerelease)
    )
    return members + _switches(("require-wheels", rules.require_wheels))


def _index(index: FrozenIndex) -> str:
    members = _texts_present(("name", index.name), ("url", index.url), ("files", index.files))
    if index.packages:
        members.append(("packages", _names(index.packages)))
    return object_of(members)


def _environment(environment: Environment) -> str:
    markers = object_of((variable, quoted(value)) for variable, value in sorted(environment.markers))
    members = _texts_present(("python", environment.python), ("platform", environment.platform))
    return object_of([*members, ("markers", markers)])


def _target(target: FrozenTarget) -> str:
    members = _texts_present(("name", target.project_name))
    if target.editable:
        members.append(("editable", flag(target.editable)))
    members += [("resolve", quoted(target.resolve)), ("environments", _names(target.environments))]
    members += _texts_present(("requires-python", target.requires_python))
    members.append(("requirements", _edges(target.requirements, _ENTRY)))
    return object_of(members)


# Edges -----------------------------------------------------------------------------------------------------


def _edges(edges: Iterable[FrozenEdge], indent: int) -> str:
    return array_block(map(_edge, sorted(edges, key=edge_key)), indent)


def _edges_present(*pairs: tuple[str, tuple[FrozenEdge, ...]], indent: int) -> list[Member]:
    return [(key, _edges(edges, indent)) for key, edges in pairs if edges]


def _edge(edge: FrozenEdge) -> str:
    members = _texts_present(("requirement", str(edge.requirement)), ("extra", edge.extra))
    if edge.environments is not None:
        members.append(("environments", _names(edge.environments)))
    members += _texts_present(("from", edge.declared_in))
    if edge.hashes:
        members.append(("hashes", _names(edge.hashes)))
    return object_of(members)


# Coordinates -----------------------------------------------------------------------------------------------


def _coordinate(coordinate: Coordinate) -> str:
    members = _texts_present(("name", coordinate.name), ("version", coordinate.version))
    members += [
        _source(coordinate.source),
        ("resolves", _resolves(coordinate.resolves)),
        ("targets", _shipping(coordinate.targets)),
    ]
    members += _texts_present(("requires-python", coordinate.requires_python), ("yanked", coordinate.yanked))
    members += _edges_present(("dependencies", coordinate.dependencies), indent=_ENTRY)
    members += _texts_present(("build-resolve", coordinate.build_resolve))
    members += _edges_present(("build-requirements", coordinate.build_requirements), indent=_ENTRY)
    if coordinate.artifacts:
        artifacts = sorted(coordinate.artifacts, key=artifact_key)
        members.append(("artifacts", array_block(map(_artifact, artifacts), _ENTRY)))
    members += _texts_present(("license", coordinate.license))
    if coordinate.publishers:
        members.append(("attestation-identities", array_block(map(_publisher, sorted(coordinate.publishers)), _ENTRY)))
    return object_of(members)


def _publisher(publisher: Publisher) -> str:
    return object_of(_texts_present(("kind", publisher.kind), *sorted(publisher.claims)))


def _source(source: Source) -> Member:
    match source:
        case IndexSource(index):
            return "index", quoted(index)
        case ArchiveSource(url, subdirectory):
            return "archive", object_of(_texts_present(("url", url), ("subdirectory", subdirectory)))
        case VcsSource():
            members = _texts_present(
                ("type", source.type),
                ("url", source.url),
                ("requested-revision", source.requested_revision),
                ("commit-id", source.commit_id),
                ("subdirectory", source.subdirectory),
            )
            return "vcs", object_of(members)
        case DirectorySource(path, editable):
            members = _texts_present(("path", path))
            return "directory", object_of([*members, ("editable", flag(editable))] if editable else members)


def _resolves(resolves: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    members = sorted((name, _names(environments)) for name, environments in resolves)
    return object_block(members, _ENTRY) if len(members) > 1 else object_of(members)


def _shipping(targets: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    return object_of(
        sorted((key, array_block(map(quoted, sorted(names)), _ENTRY)) for key, names in targets),
    )


def _artifact(artifact: FrozenArtifact) -> str:
    members: list[Member] = [
        ("filename", quoted(artifact.filename)),
        ("sha256", quoted(artifact.sha256)),
        ("size", str(artifact.size)),
    ]
    if artifact.upload_time is not None:
        members.append(("upload-time", quoted(instant_text(artifact.upload_time))))
    members += _texts_present(("path", artifact.path))
    if artifact.environments is not None:
        members.append(("environments", _names(artifact.environments)))
    return object_of([*members, *_texts_present(("url", artifact.url))])


def instant_text(instant: datetime) -> str:
    """Spell an instant: RFC 3339 in UTC, with a fraction of a second only where there is one."""
    aware = instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
