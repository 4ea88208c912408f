"""What the user declared, as values: policy, indexes, environments, resolves, targets."""

from collections.abc import Mapping
from pathlib import Path

from frazil.evidence import Evidence
from frazil.model import DEFAULT_RESOLVE, Declared, Environment, Origin, Rules
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rules, narrowings that pull nothing in, and replacements of what others say."""

    rules: Rules = Rules()
    constraints: tuple[Declared, ...] = ()
    overrides: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredIndex:
    """An index in its place of the order; `url` is None for the machine's default one.

    `url` and `files` end in `/` and carry no credentials; `packages` are name patterns reserved for this index.
    """

    name: str
    url: str | None = None
    files: str | None = None
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredResolve:
    """A named universe with policy of its own (added to the project's)."""

    name: str = DEFAULT_RESOLVE
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A named consumer of requirements.

    `name` is `services/api`, `services/api[gpu]`, `services/api:dev` or `.`; `manifest` is the file that declares it,
    relative to the root. A member has `project_name` (normalised; its static `version` if it states one) so that
    others can ask for it by name, and `extras`: all that it offers. `P[x]` has `base` = `P` and holds only what the
    extra adds. `sources` are globs (relative to the root) of what its own code is, for `affected --since`.
    """

    name: str
    manifest: str
    project_name: str | None = None
    version: str | None = None
    editable: bool = False
    base: str | None = None
    extra: str | None = None
    extras: tuple[str, ...] = ()
    resolve: str = DEFAULT_RESOLVE
    environments: tuple[str, ...] = ()
    requires_python: str | None = None
    requires_python_at: Origin | None = field(default=None, compare=False)
    requirements: tuple[Declared, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredProject:
    """Everything a project declares, read once.

    `builds` are what building each member requires (`P:build-system`), as targets of the build resolve.
    `inputs` are the files that were read, `absent` files that would count if they appeared, `folders` those that
    globs looked in, all relative to the root: what must be unchanged for the declaration to be unchanged.
    `environments_declared` is False when the only environment is this machine's own. `index_credentials` are (index,
    user, password) that stood in an address: for the client, never for a lock. `remote_cache` is that table, unread.
    `evidence` says how all that was read looked before.
    """

    root: Path
    config_file: str | None
    policy: Policy = Policy()
    indexes: tuple[DeclaredIndex, ...] = (DeclaredIndex(name="default"),)
    environments: tuple[Environment, ...] = ()
    environments_declared: bool = True
    resolves: tuple[DeclaredResolve, ...] = (DeclaredResolve(),)
    targets: tuple[Target, ...] = ()
    builds: tuple[Target, ...] = ()
    inputs: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    index_credentials: tuple[tuple[str, str, str], ...] = field(default=(), repr=False, compare=False)
    remote_cache: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    evidence: Evidence = field(default=Evidence(), compare=False)

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Every (resolve, environment) that has a target, sorted."""
        return tuple(sorted({(target.resolve, name) for target in self.targets for name in target.environments}))

    def target(self, name: str) -> Target | None:
        """Return the target of that name, one of `builds` too."""
        return next((target for target in (*self.targets, *self.builds) if target.name == name), None)

    def environment(self, name: str) -> Environment:
        """Return the environment of that name (which must be declared)."""
        return next(environment for environment in self.environments if environment.name == name)
