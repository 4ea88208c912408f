"""The values that cross borders: environments, what was declared, what an index offers, what was chosen.

Everything here is frozen and holds no open file, no client and no path of this machine.
"""

from datetime import datetime
from enum import Enum
from functools import cached_property

from frazil.digest import sha256_of
from frazil.requirement import Requirement, marker_variables
from frazil.values import dataclass, field

DEFAULT_RESOLVE = "default"
BUILD_RESOLVE = "build"
DEFAULT_INDEX = "default"


# What the user declared ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something was declared: a file (relative to the project root, `/` separators), its line, its table."""

    file: str
    line: int | None = None
    table: str | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """A requirement as a file declares it; `hashes` are the `sha256:<hex>` digests that it demands of its artifact."""

    requirement: Requirement
    origin: Origin
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """A named interpreter and platform that the project freezes for.

    `python` is as declared (`3.12` means every 3.12.x, decided at 3.12.0); `platform` is canonical
    (`manylinux_2_28_x86_64`); `markers` are sorted pairs of every PEP 508 variable except `extra`,
    `platform_release` and `platform_version`; `tags` are the supported wheel tags, best first.
    """

    name: str
    python: str
    platform: str
    markers: tuple[tuple[str, str], ...]
    tags: tuple[str, ...] = field(repr=False, compare=False)

    @cached_property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """The pairs that markers are evaluated with: what no lock can know of a machine is empty."""
        return marker_variables({**dict(self.markers), "platform_release": "", "platform_version": ""})

    @cached_property
    def rank(self) -> dict[str, int]:
        """The position of each supported wheel tag; smaller is better."""
        return {tag: position for position, tag in enumerate(self.tags)}

    @cached_property
    def identity(self) -> str:
        """A digest of what decides which files fit here: the interpreter's full version and the tags."""
        return sha256_of("\n".join((self.python_full_version, *self.tags)))[:32]

    @property
    def python_full_version(self) -> str:
        return dict(self.markers)["python_full_version"]


Switch = bool | tuple[str, ...]
"""On, off, or on for these normalised project names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRules:
    """Policy for one project; None where the general rule holds."""

    prerelease: str | None = None
    exclude_newer: str | None = None
    require_wheels: bool | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Policy in scalars, as written; None where nothing was said (the default, or the outer rule, holds).

    `prerelease` is `if-necessary` (default), `allow` or `disallow`; `resolution` is `highest` (default), `lowest` or
    `lowest-direct`; `share` is `strict` or nothing; `provenance` is `record` or `verify` or nothing; `exclude_newer`
    is a date, an RFC 3339 instant or a duration (`7 days`, `P7D`; `false` in a package switches it off);
    `require_wheels` is a switch over environment names.
    """

    prerelease: str | None = None
    resolution: str | None = None
    share: str | None = None
    exclude_newer: str | None = None
    provenance: str | None = None
    no_build: Switch | None = None
    no_binary: Switch | None = None
    require_wheels: Switch | None = None
    exclude_dependencies: tuple[str, ...] = ()
    packages: tuple[tuple[str, PackageRules], ...] = ()

    def within(self, outer: "Rules") -> "Rules":
        """Return these rules with the outer ones where they are silent: lists add up, scalars replace."""
        packages = {**dict(outer.packages), **dict(self.packages)}
        return Rules(
            prerelease=self.prerelease or outer.prerelease,
            resolution=self.resolution or outer.resolution,
            share=self.share or outer.share,
            exclude_newer=self.exclude_newer or outer.exclude_newer,
            provenance=self.provenance or outer.provenance,
            no_build=outer.no_build if self.no_build is None else self.no_build,
            no_binary=outer.no_binary if self.no_binary is None else self.no_binary,
            require_wheels=outer.require_wheels if self.require_wheels is None else self.require_wheels,
            exclude_dependencies=tuple(sorted({*outer.exclude_dependencies, *self.exclude_dependencies})),
            packages=tuple(sorted(packages.items())),
        )


# What an index offers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """One file of one release as an index page offers it.

    `sha256` is lower-case hex or None; `size` is bytes; `upload_time` is UTC; `yanked` is None or the reason
    (PEP 592; may be empty); `metadata` is None without a PEP 658 file, else its sha256 or `""` when not stated.
    """

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: str | None = None
    metadata: str | None = None

    @property
    def is_wheel(self) -> bool:
        return self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True, order=True)
class Publisher:
    """Who an index says published a file (PEP 740): a `kind` of identity and its claims, sorted pairs of texts."""

    kind: str
    claims: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The publisher in words: its kind, and the repository or whatever else is claimed first."""
        claims = dict(self.claims)
        named = claims.get("repository") or claims.get("email") or next((value for _, value in self.claims), "")
        return f"{self.kind} {named}".rstrip()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a release says of itself (core metadata), requirements still as text."""

    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    provides_extra: tuple[str, ...] = ()
    license: str | None = None


class RejectionKind(Enum):
    """Why a release, or one file of it, was turned down."""

    YANKED = "yanked"
    PRE_RELEASE = "pre-release"
    REQUIRES_PYTHON = "requires-python"
    NO_FITTING_FILE = "no-fitting-file"
    NO_BUILD = "no-build"
    NO_BINARY = "no-binary"
    NO_WHEEL = "no-wheel"
    TOO_NEW = "too-new"
    NO_UPLOAD_TIME = "no-upload-time"
    NO_SHA256 = "no-sha256"
    HASH_NOT_DEMANDED = "hash-not-demanded"
    UNREADABLE_METADATA = "unreadable-metadata"
    DYNAMIC_METADATA = "dynamic-metadata"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A release turned down, kept as data: which, why, and the fact that decided (a tag list, a range, a date)."""

    name: str
    version: str
    kind: RejectionKind
    fact: str = ""


# What was chosen -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class IndexSource:
    """A release served by a named index."""

    index: str


@dataclass(frozen=True, slots=True, order=True)
class ArchiveSource:
    """A file at an address that the user wrote (PEP 751 `archive`)."""

    url: str
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class VcsSource:
    """A commit of a repository (PEP 751 `vcs`); `commit_id` is the full hash."""

    type: str
    url: str
    requested_revision: str | None
    commit_id: str
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class DirectorySource:
    """A directory of the repository (PEP 751 `directory`), relative to the project root."""

    path: str
    editable: bool = False


Source = IndexSource | ArchiveSource | VcsSource | DirectorySource


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependency that holds in the environment it was chosen for.

    `extra` is the gate: the extra of the depending release that causes it, or None.
    """

    requirement: Requirement
    extra: str | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """One release chosen for one environment of one resolve.

    `artifact` is the file chosen for that environment (None for a directory); `extras` are those that somebody
    asks for; `edges` are the release's dependencies that hold there, as its metadata said, gated or not, where
    the gate is one of `extras`.
    """

    name: str
    version: str | None
    source: Source
    artifact: Offer | None
    extras: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    requires_python: str | None = None
    license: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The pins of one resolve in one environment, by name, with the releases that were turned down on the way."""

    resolve: str
    environment: str
    pins: tuple[Pin, ...]
    rejections: tuple[Rejection, ...] = ()
    missing_extras: tuple[tuple[str, str], ...] = ()
    rounds: int = 0
