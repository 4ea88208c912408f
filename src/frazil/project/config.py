"""`[tool.frazil]` and `frazil.toml`: everything a project can say to frazil, read strictly."""

from collections.abc import Iterable

from frazil.errors import ConfigurationError
from frazil.model import BUILD_RESOLVE, DEFAULT_RESOLVE, Declared, Environment, Origin
from frazil.project.declaration import Policy
from frazil.project.document import Table
from frazil.project.environments import parse_environment
from frazil.project.indexes import DeclaredIndexes, parse_indexes
from frazil.project.manifest import wishes
from frazil.project.rules import POLICY_KEYS, parse_policy
from frazil.project.suggestions import suggestion
from frazil.regex import regex
from frazil.values import dataclass

MEMBER_KEYS = ("environments", "isolated", "inputs")
"""What a target can say of itself, in the `[tool.frazil]` of its own manifest or script."""

_SETTING_KEYS = (*MEMBER_KEYS, "resolve")
_DEFINING_KEYS = ("requirements", "requirements-files", "requires-python")
_TARGET_KEYS = (*_SETTING_KEYS, *_DEFINING_KEYS)
_TOP_KEYS = (
    *POLICY_KEYS,
    "members",
    "exclude",
    "scripts",
    "index",
    "environments",
    "targets",
    "resolves",
    "remote-cache",
)
_RESOLVE_NAME = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")
Pattern = tuple[str, Origin]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """What a target can say of itself; None where it says nothing."""

    origin: Origin
    environments: tuple[tuple[str, Origin], ...] | None = None
    isolated: bool | None = None
    resolve: str | None = None
    inputs: tuple[Pattern, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable:
    """A table of `targets`: settings, and the requirements of a target that has no manifest of its own.

    `defines` is False where the table only sets what a manifest or script defines.
    """

    name: str
    origin: Origin
    defines: bool
    settings: TargetSettings
    requirements: tuple[Declared, ...] = ()
    requirements_files: tuple[Pattern, ...] = ()
    requires_python: str | None = None
    requires_python_at: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveTable:
    """A table of `resolves`: the targets in it, by pattern, and its own policy."""

    name: str
    origin: Origin
    targets: tuple[Pattern, ...]
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The configuration of a project; patterns keep their places for messages."""

    members: tuple[Pattern, ...]
    exclude: tuple[str, ...]
    scripts: tuple[Pattern, ...]
    policy: Policy
    indexes: DeclaredIndexes
    environments: tuple[Environment, ...]
    targets: tuple[TargetTable, ...]
    resolves: tuple[ResolveTable, ...]
    remote_cache: Table


def parse_config(table: Table) -> Config:
    """Read the configuration table of a project.

    Raises ConfigurationError with file and line: unknown keys, wrong types, names that nothing has.
    """
    if not table.path and isinstance(tool := table.data.get("tool"), dict) and "frazil" in tool:
        hint = "the file is frazil's own: write its keys at the top, and [environments.linux] for a table"
        raise table.error("there is no [tool.frazil] in this file", "tool", hint=hint)
    if "mirrors" in table.data:
        hint = "they are this machine's: write them to config.toml in your own configuration folder, or the site's"
        raise table.error(
            "mirrors cannot be set by a project, whose lock is the same on every machine", "mirrors", hint=hint
        )
    table.reject_unknown(_TOP_KEYS)
    members, excluded = _members(table)
    environments = _environments(table)
    indexes = parse_indexes(table)
    policy = parse_policy(table)
    resolves = tuple(_resolve(name, entry) for name, entry in table.named_tables("resolves"))
    _check_names(table, policy, environments, indexes)
    for resolve in resolves:
        _check_names(table.table("resolves").table(resolve.name), resolve.policy, environments, indexes)
    return Config(
        members=members,
        exclude=excluded,
        scripts=_patterns(table, "scripts"),
        policy=policy,
        indexes=indexes,
        environments=environments,
        targets=tuple(_target(name, entry) for name, entry in table.named_tables("targets")),
        resolves=resolves,
        remote_cache=table.table("remote-cache"),
    )


def parse_member_settings(table: Table) -> TargetSettings:
    """Read the `[tool.frazil]` of a member or a script, which may say only what a target can say."""
    for key in table.data:
        if key not in MEMBER_KEYS:
            raise table.error(
                f'"{key}" cannot be said in {table.title} of a member or a script, which speaks of itself alone',
                key,
                hint=suggestion(key, MEMBER_KEYS, title="known keys"),
            )
    return _settings(table)


def says_only_member_things(data: object) -> bool:
    """Say whether a `[tool.frazil]` is a member's, by its look: at least one key, and none that only a root has."""
    if not isinstance(data, dict) or not data:
        return False
    return all(key in MEMBER_KEYS for key in data) and not isinstance(data.get("environments"), dict)


def _patterns(table: Table, key: str) -> tuple[Pattern, ...]:
    return tuple((text, table.origin(key, position)) for position, text in enumerate(table.texts(key)))


def _members(table: Table) -> tuple[tuple[Pattern, ...], tuple[str, ...]]:
    """Return the patterns of members, and what is left out by `exclude` or by a pattern that begins with `!`."""
    patterns = _patterns(table, "members")
    members = tuple((text, origin) for text, origin in patterns if not text.startswith("!"))
    excluded = [text.removeprefix("!") for text, _ in patterns if text.startswith("!")]
    return members, tuple(_trimmed(text) for text in (*excluded, *table.texts("exclude")))


def _trimmed(pattern: str) -> str:
    return pattern.removeprefix("./").rstrip("/") or "."


def _environments(table: Table) -> tuple[Environment, ...]:
    found = []
    for name, entry in table.named_tables("environments"):
        entry.reject_unknown(("python", "platform"))
        python, platform = entry.required_text("python"), entry.required_text("platform")
        try:
            found.append(parse_environment(name, python, platform))
        except ConfigurationError as error:
            raise entry.error(error.sentence, hint=error.hint) from None
    return tuple(sorted(found, key=lambda environment: environment.name))


def _settings(table: Table) -> TargetSettings:
    environments = _patterns(table, "environments") if "environments" in table.data else None
    if environments == ():
        raise table.error("environments is empty, so that the target would be for none", "environments")
    return TargetSettings(
        origin=table.origin(),
        environments=environments,
        isolated=table.flag("isolated"),
        resolve=table.text("resolve"),
        inputs=_patterns(table, "inputs") if "inputs" in table.data else None,
    )


def _target(name: str, table: Table) -> TargetTable:
    table.reject_unknown(_TARGET_KEYS)
    return TargetTable(
        name=name,
        origin=table.origin(),
        defines=any(key in table.data for key in _DEFINING_KEYS),
        settings=_settings(table),
        requirements=wishes(table, "requirements"),
        requirements_files=_patterns(table, "requirements-files"),
        requires_python=table.specifier("requires-python"),
        requires_python_at=table.origin("requires-python"),
    )


def _resolve(name: str, table: Table) -> ResolveTable:
    if name in {DEFAULT_RESOLVE, BUILD_RESOLVE} or name.startswith(f"{BUILD_RESOLVE}:"):
        hint = (
            "what holds for every target stands in [tool.frazil] itself"
            if name == DEFAULT_RESOLVE
            else "build requirements have resolves of their own"
        )
        raise table.error(f"the resolve {name} cannot be declared: it is always there", hint=hint)
    if _RESOLVE_NAME.fullmatch(name) is None:
        hint = "letters, digits, dots, dashes, underscores and slashes"
        raise table.error(f'"{name}" cannot be the name of a resolve', hint=hint)
    table.reject_unknown((*POLICY_KEYS, "targets"))
    return ResolveTable(
        name=name, origin=table.origin(), targets=_patterns(table, "targets"), policy=parse_policy(table)
    )


def _check_names(table: Table, policy: Policy, environments: Iterable[Environment], indexes: DeclaredIndexes) -> None:
    """Raise for policy that speaks of an environment or an index that is not declared."""
    environment_names = {environment.name for environment in environments}
    wheels = policy.rules.require_wheels
    for name in wheels if isinstance(wheels, tuple) else ():
        if name not in environment_names:
            hint = suggestion(name, environment_names, title="declared environments")
            raise table.error(f'require-wheels names the unknown environment "{name}"', "require-wheels", hint=hint)
    index_names = {index.name for index in indexes.indexes}
    for package, rules in policy.rules.packages:
        if rules.index is not None and rules.index not in index_names:
            hint = suggestion(rules.index, index_names, title="indexes")
            raise table.error(
                f'the package {package} names the unknown index "{rules.index}"',
                "packages",
                package,
                "index",
                hint=hint,
            )
