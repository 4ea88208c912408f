"""The frozen resolution as a value: what `frozen.json` means. See docs/reference/frozen-format.md."""

from datetime import datetime
from functools import cached_property

from frazil.model import Environment, Publisher, Rules, Source
from frazil.requirement import Requirement
from frazil.values import dataclass

FORMAT_VERSION = 1

LARGEST_LOCK = 64 * 1024 * 1024
"""Bytes; a lock of 5,000 projects for 500 targets takes half of it."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FrozenEdge:
    """A requirement with where it applies.

    `extra` is the gate (which extra of the coordinate causes it); `environments` are all declared environments where
    the marker holds, None for all; `declared_in` is the file it stands in (targets and policy only), None for the
    target's own `pyproject.toml`; `hashes` are demands on the artifact (`sha256:<hex>`).
    """

    requirement: Requirement
    extra: str | None = None
    environments: tuple[str, ...] | None = None
    declared_in: str | None = None
    hashes: tuple[str, ...] = ()

    def holds_in(self, environment: str) -> bool:
        return self.environments is None or environment in self.environments


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPolicy:
    """Rules, constraints and overrides, of the project or of one resolve."""

    rules: Rules = Rules()
    constraints: tuple[FrozenEdge, ...] = ()
    overrides: tuple[FrozenEdge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenIndex:
    """An index in priority order; `url` and `files` only for declared ones."""

    name: str
    url: str | None = None
    files: str | None = None
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenTarget:
    """A target: its resolve, its environments, its requirements (kept even where they hold nowhere).

    `project_name` and `editable` are a member's. `P[x]` holds only what the extra adds.
    """

    name: str
    project_name: str | None = None
    editable: bool = False
    resolve: str = "default"
    environments: tuple[str, ...] = ()
    requires_python: str | None = None
    requirements: tuple[FrozenEdge, ...] = ()

    @property
    def base(self) -> str | None:
        """The target that this one extends: `P` for `P[x]`, else None."""
        return self.name.rpartition("[")[0] if self.name.endswith("]") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenArtifact:
    """One file: `size` bytes, `sha256` lower-case hex, `upload_time` UTC.

    `path` is relative to the index's file root (ends in `/` when the file name completes it); `url` stands for direct
    references; `environments` None = all of its coordinate, `()` = kept beside.
    """

    filename: str
    sha256: str
    size: int
    upload_time: datetime | None = None
    path: str | None = None
    url: str | None = None
    environments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinate:
    """One release: where it is pinned, who ships it, what it asks for, its files.

    `resolves` maps a resolve to the environments it is pinned in; `targets` maps `*` or an environment to the targets
    that ship it; both as sorted pairs of sorted names. `publishers` are
    those that its index vouched for, sorted; empty where none were recorded.
    """

    name: str
    version: str | None
    source: Source
    resolves: tuple[tuple[str, tuple[str, ...]], ...] = ()
    targets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    requires_python: str | None = None
    yanked: str | None = None
    license: str | None = None
    dependencies: tuple[FrozenEdge, ...] = ()
    build_resolve: str | None = None
    build_requirements: tuple[FrozenEdge, ...] = ()
    artifacts: tuple[FrozenArtifact, ...] = ()
    publishers: tuple[Publisher, ...] = ()

    def environments_in(self, resolve: str) -> tuple[str, ...]:
        """Return the environments in which this coordinate is pinned by a resolve."""
        return dict(self.resolves).get(resolve, ())

    @property
    def environments(self) -> tuple[str, ...]:
        """All environments in which any resolve pins this coordinate."""
        return tuple(sorted({environment for _, names in self.resolves for environment in names}))

    def artifact_for(self, environment: str) -> FrozenArtifact | None:
        """Return the one file chosen for an environment, or None (directories have none)."""
        return next(
            (a for a in self.artifacts if a.environments is None or environment in a.environments),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a resolution answers: everything declared, in the lock's own words. Staleness compares two of these."""

    policy: FrozenPolicy = FrozenPolicy()
    indexes: tuple[FrozenIndex, ...] = (FrozenIndex(name="default"),)
    environments: tuple[Environment, ...] = ()
    resolves: tuple[tuple[str, FrozenPolicy], ...] = ()
    targets: tuple[FrozenTarget, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A whole frozen resolution: the inputs it answers, and its coordinates sorted by (name, version, text).

    `subset` names the targets it was cut to, None for a whole lock.
    """

    inputs: Inputs
    coordinates: tuple[Coordinate, ...] = ()
    subset: tuple[str, ...] | None = None

    @cached_property
    def targets_by_name(self) -> dict[str, FrozenTarget]:
        return {target.name: target for target in self.inputs.targets}

    @cached_property
    def members(self) -> dict[str, FrozenTarget]:
        """The targets that others can ask for by project name."""
        return {t.project_name: t for t in self.inputs.targets if t.project_name is not None}

    @cached_property
    def environments_by_name(self) -> dict[str, Environment]:
        return {environment.name: environment for environment in self.inputs.environments}

    @cached_property
    def pins(self) -> dict[tuple[str, str, str], Coordinate]:
        """The one coordinate of each (resolve, environment, project name)."""
        return {
            (resolve, environment, coordinate.name): coordinate
            for coordinate in self.coordinates
            for resolve, environments in coordinate.resolves
            for environment in environments
        }
