"""Small locks that use every corner of the format and pass every check; `locks()` draws them for hypothesis.

A lock is drawn with every project pinned everywhere; what nobody asks for is then taken out, round after round.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from frazil.frozen.inputs import frozen_edge
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
from frazil.frozen.ordering import in_order
from frazil.frozen.walk import survey, target_maps
from frazil.model import (
    ArchiveSource,
    DirectorySource,
    Environment,
    IndexSource,
    PackageRules,
    Rules,
    Source,
    VcsSource,
)
from frazil.project.environments import parse_environment
from frazil.requirement import parse_requirement

ENVIRONMENTS = (
    parse_environment("linux", "3.12", "manylinux_2_28_x86_64"),
    parse_environment("mac", "3.11.7", "macosx_14_0_arm64"),
    parse_environment("windows", "3.12", "win_amd64"),
)
_TAGS = {
    "linux": "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "mac": "cp311-abi3-macosx_11_0_arm64",
    "windows": "cp312-cp312-win_amd64",
}
_COMMIT = "1e8e598a68950d71f1324218c37266976673bce0"
_HEADS = {
    "alpha": "alpha",
    "beta": "beta",
    "gamma": "gamma",
    "corp-tool": "corp-tool",
    "gitted": "gitted @ git+https://git.index.example/acme/gitted@main#subdirectory=python",
    "archived": "archived @ https://files.index.example/direct/archived-v1.tar.gz",
    "folder": "folder @ file:vendored/folder",
    "services-api": "services-api",
}
_PROJECTS = tuple(name for name in _HEADS if name != "services-api")
_SOURCES: dict[str, Source] = {
    "corp-tool": IndexSource("corp"),
    "gitted": VcsSource("git", "https://git.index.example/acme/gitted", "main", _COMMIT, "python"),
    "archived": ArchiveSource("https://files.index.example/direct/archived-v1.tar.gz"),
    "folder": DirectorySource("vendored/folder", editable=True),
}
_VERSIONS = ("1.0", "2.0rc1", "1!3.0.post1+local.7")
_MARKERS = (
    "",
    "sys_platform == 'win32'",
    "python_version >= '3.12'",
    "platform_system != 'Darwin'",
    "os_name == 'vms'",
)
_INDEXES = (
    FrozenIndex(
        name="corp", url="https://index.example/simple/", files="https://files.index.example/", packages=("corp-*",)
    ),
    FrozenIndex(name="default"),
)

_free_texts = st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def locks(draw: st.DrawFn) -> Frozen:
    """Draw a lock in canonical order that every read check accepts."""
    environments = draw(st.lists(st.sampled_from(ENVIRONMENTS), min_size=1, unique=True))
    environments.sort(key=lambda environment: environment.name)
    inputs = Inputs(
        policy=draw(_policies(environments)),
        indexes=tuple(draw(st.permutations(_INDEXES))),
        environments=tuple(environments),
        resolves=(
            ("build", FrozenPolicy()),
            ("default", draw(_policies(environments))),
            ("jobs/etl", FrozenPolicy(rules=Rules(prerelease="allow"))),
        ),
        targets=_declared(draw, environments),
    )
    pinned = tuple(environment.name for environment in environments)
    coordinates = [_setuptools(pinned)]
    for name in _PROJECTS:
        coordinates += _releases(draw, name, environments)
    return mapped(pruned(in_order(Frozen(inputs=inputs, coordinates=tuple(coordinates)))))


def pruned(frozen: Frozen) -> Frozen:
    """Return a lock without the pins and edges that nobody asks for."""
    while True:
        found = survey(frozen)
        orphans = {(id(o.coordinate), o.resolve, o.environment) for o in found.orphans}
        idle = {(id(coordinate), edge) for coordinate, edge in found.idle}
        if not orphans and not idle:
            return frozen
        kept = (_without(coordinate, orphans, idle) for coordinate in frozen.coordinates)
        frozen = replace(frozen, coordinates=tuple(coordinate for coordinate in kept if coordinate.resolves))


def mapped(frozen: Frozen) -> Frozen:
    """Return a lock with the `targets` maps that follow from its edges."""
    maps = target_maps(frozen)
    coordinates = (replace(c, targets=maps[position]) for position, c in enumerate(frozen.coordinates))
    return replace(frozen, coordinates=tuple(coordinates))


def _without(
    coordinate: Coordinate, orphans: set[tuple[int, str, str]], idle: set[tuple[int, FrozenEdge]]
) -> Coordinate:
    resolves = tuple(
        (resolve, kept)
        for resolve, names in coordinate.resolves
        if (kept := tuple(name for name in names if (id(coordinate), resolve, name) not in orphans))
    )
    places = {name for _, names in resolves for name in names}
    artifacts = []
    for artifact in coordinate.artifacts:
        own = artifact.environments
        if own:
            own = tuple(name for name in own if name in places)
            if not own:
                continue
        artifacts.append(replace(artifact, environments=None if own and places == {*own} else own))
    return replace(
        coordinate,
        resolves=resolves,
        artifacts=tuple(artifacts),
        dependencies=tuple(edge for edge in coordinate.dependencies if (id(coordinate), edge) not in idle),
        build_requirements=tuple(edge for edge in coordinate.build_requirements if (id(coordinate), edge) not in idle),
    )


# What is declared ------------------------------------------------------------------------------------------


@st.composite
def _policies(draw: st.DrawFn, environments: list[Environment]) -> FrozenPolicy:
    narrowed = draw(st.lists(st.sampled_from(("alpha>=0.1", "beta!=7", "unheard-of<1")), max_size=2, unique=True))
    replaced = draw(st.lists(st.sampled_from(("alpha>=0.5", "beta; sys_platform == 'win32'")), max_size=1))
    names = tuple(sorted(environment.name for environment in environments))
    return FrozenPolicy(
        rules=Rules(
            prerelease=draw(st.sampled_from((None, "if-necessary", "allow", "disallow"))),
            resolution=draw(st.sampled_from((None, "lowest"))),
            share=draw(st.sampled_from((None, "strict"))),
            exclude_newer=draw(st.sampled_from((None, "P7D", "2026-01-31"))),
            no_build=draw(st.sampled_from((None, False, True, (), ("alpha", "beta")))),
            no_binary=draw(st.sampled_from((None, False, ("gamma",)))),
            require_wheels=draw(st.sampled_from((None, True, names))),
            exclude_dependencies=draw(st.sampled_from(((), ("gamma",)))),
            packages=draw(
                st.sampled_from(
                    ((), (("alpha", PackageRules(prerelease="allow", index="default")), ("torch", PackageRules())))
                )
            ),
        ),
        constraints=_edges(narrowed, environments, declared_in="constraints/all.txt"),
        overrides=_edges(replaced, environments, declared_in="pyproject.toml"),
    )


def _declared(draw: st.DrawFn, environments: list[Environment]) -> tuple[FrozenTarget, ...]:
    names = tuple(environment.name for environment in environments)
    own = st.lists(st.sampled_from(names), unique=True).map(lambda chosen: tuple(sorted(chosen)))
    targets = []
    for name, project, resolve in (
        (".", "root", "default"),
        (".:dev", None, "default"),
        ("jobs/etl", None, "jobs/etl"),
        ("services/api", "services-api", "default"),
        ("services/api[x]", None, "default"),
        ("werkzeug/größe.py", None, "jobs/etl"),
    ):
        wanted = draw(st.lists(st.sampled_from(tuple(_HEADS)), max_size=5, unique=True))
        texts = [_text(draw, each) for each in wanted]
        file = draw(st.sampled_from((None, "requirements/base.txt")))
        requirements = _edges(texts, environments, declared_in=file)
        targets.append(
            FrozenTarget(
                name=name,
                project_name=project,
                editable=project is not None and draw(st.booleans()),
                resolve=resolve,
                environments=draw(own),
                requires_python=draw(st.sampled_from((None, ">=3.11,<4"))),
                requirements=tuple(_demanding(draw, edge) for edge in requirements),
            )
        )
    return tuple(targets)


def _demanding(draw: st.DrawFn, edge: FrozenEdge) -> FrozenEdge:
    """Let an edge demand hashes, those of all files that there can be."""
    name = edge.requirement.name
    if name not in {"alpha", "beta"} or not draw(st.booleans()):
        return edge
    files = {artifact.sha256 for version in _VERSIONS for shape in _SHAPES for artifact in _files(name, version, shape)}
    return replace(edge, hashes=tuple(sorted(f"sha256:{digest}" for digest in files)))


def _edges(
    texts: Iterable[str], environments: list[Environment], *, declared_in: str | None = None
) -> tuple[FrozenEdge, ...]:
    return tuple(frozen_edge(parse_requirement(text), environments, declared_in=declared_in) for text in texts)


def _text(draw: st.DrawFn, name: str, gate: str | None = None) -> str:
    """Draw a requirement on a project; those with an address have no choice of versions."""
    head = _HEADS[name]
    addressed = "@" in head
    if not addressed:
        extras = draw(st.sampled_from(("", "", "[x]", "[x,y-z]")))
        head = f"{head}{extras}{draw(st.sampled_from(('', '>=0.1', '!=7,<1!9')))}"
    parts = [draw(st.sampled_from(_MARKERS)), f"extra == '{gate}'" if gate else ""]
    marker = " and ".join(part for part in parts if part)
    return f"{head}{' ' if addressed else ''}; {marker}" if marker else head


# Releases --------------------------------------------------------------------------------------------------

_SHAPES = ("universal", "platform", "source", "source on windows", "with a spare")


def _releases(draw: st.DrawFn, name: str, environments: list[Environment]) -> list[Coordinate]:
    """Draw releases of a project, so that each resolve has one in each environment."""
    by_version: dict[str, dict[str, list[str]]] = {}
    for resolve in ("default", "jobs/etl"):
        for environment in environments:
            version = draw(st.sampled_from(_VERSIONS)) if name not in _SOURCES or name == "corp-tool" else "1.0"
            by_version.setdefault(version, {}).setdefault(resolve, []).append(environment.name)
    return [_release(draw, name, version, resolves, environments) for version, resolves in by_version.items()]


def _release(
    draw: st.DrawFn, name: str, version: str, resolves: dict[str, list[str]], environments: list[Environment]
) -> Coordinate:
    source = _SOURCES.get(name, IndexSource("default"))
    shape = draw(st.sampled_from(_SHAPES)) if isinstance(source, IndexSource) else name
    pinned = sorted({environment for names in resolves.values() for environment in names})
    gates = draw(st.lists(st.sampled_from((None, "x", "y-z")), max_size=3))
    edges = {
        frozen_edge(parse_requirement(_text(draw, draw(st.sampled_from(_PROJECTS)), gate)), environments, extra=gate)
        for gate in gates
    }
    builds = shape in {"source", "source on windows", "gitted", "archived"} and draw(st.booleans())
    build = _edges(("setuptools>=64; os_name != 'vms'",) if draw(st.booleans()) else (), environments)
    return Coordinate(
        name=name,
        version=None if name == "folder" else version,
        source=source,
        resolves=tuple((resolve, tuple(names)) for resolve, names in sorted(resolves.items())),
        requires_python=draw(st.sampled_from((None, ">=3.8", "not a specifier"))),
        yanked=draw(st.none() | _free_texts),
        license=draw(st.none() | _free_texts),
        dependencies=tuple(edge for edge in edges if edge.environments != ()),
        build_resolve="build" if builds else None,
        build_requirements=build if builds else (),
        artifacts=tuple(_placed(draw, source, each) for each in _chosen(name, version, shape, pinned)),
    )


def _setuptools(environments: tuple[str, ...]) -> Coordinate:
    return Coordinate(
        name="setuptools",
        version="75.6.0",
        source=IndexSource("default"),
        resolves=(("build", environments),),
        artifacts=_files("setuptools", "75.6.0", "universal"),
    )


def _chosen(name: str, version: str, shape: str, pinned: list[str]) -> list[FrozenArtifact]:
    """Return the files of a shape, for the environments that there are."""
    chosen = []
    for artifact in _files(name, version, shape):
        own = artifact.environments
        if own:
            own = tuple(environment for environment in own if environment in pinned)
            if not own:
                continue
        chosen.append(replace(artifact, environments=None if own and set(pinned) == {*own} else own))
    return chosen


def _files(name: str, version: str, shape: str) -> tuple[FrozenArtifact, ...]:
    stem = f"{name.replace('-', '_')}-{version}"
    universal, source = f"{stem}-py3-none-any.whl", f"{name}-{version}.tar.gz"
    match shape:
        case "platform":
            return tuple(_file(f"{stem}-{tag}.whl", environment) for environment, tag in sorted(_TAGS.items()))
        case "source":
            return (_file(source),)
        case "source on windows":
            return (_file(source, "windows"), _file(universal, "linux", "mac"))
        case "with a spare":
            return (replace(_file(source), environments=()), _file(universal))
        case "gitted":
            return (_file(f"{name}-{version}.tar"),)
        case "archived":
            return (_file("archived-v1.tar.gz"),)
        case "folder":
            return ()
        case _:
            return (_file(universal),)


def _file(filename: str, *environments: str) -> FrozenArtifact:
    digest = hashlib.sha256(filename.encode()).hexdigest()
    return FrozenArtifact(
        filename=filename, sha256=digest, size=1 + int(digest[:13], 16), environments=environments or None
    )


def _placed(draw: st.DrawFn, source: Source, artifact: FrozenArtifact) -> FrozenArtifact:
    """Draw where a file lies, and when it was uploaded."""
    instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    artifact = replace(artifact, upload_time=draw(st.none() | instants))
    match source:
        case IndexSource("corp") if draw(st.booleans()):
            return replace(artifact, url=f"https://files.index.example/{artifact.sha256}/file")
        case IndexSource():
            return replace(artifact, path=draw(st.sampled_from((None, "a/b/", "a/b%20c/file.whl"))))
        case ArchiveSource(url) if draw(st.booleans()):
            return replace(artifact, url=url)
        case _:
            return artifact
