"""A `pyproject.toml` by its standards: `[project]` (PEP 621), `[dependency-groups]` (PEP 735), `[build-system]`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from frazil.model import Declared, Origin
from frazil.project.document import Document, Table
from frazil.project.wishes import in_order, parse_wish
from frazil.quick.names import normalised
from frazil.quick.versions import NoVersion, canonical_version
from frazil.values import dataclass

if TYPE_CHECKING:
    from packaging.dependency_groups import DependencyGroupResolver

BUILD_GROUP = "build-system"
"""The group name that a member's build requirements are known by."""

_STATIC = ("dependencies", "optional-dependencies", "requires-python")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTable:
    """What `[project]` states: names normalised, `version` None where it is left to the build."""

    name: str
    version: str | None
    requires_python: str | None
    requires_python_at: Origin
    dependencies: tuple[Declared, ...]
    extras: tuple[tuple[str, tuple[Declared, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest: `project` None without a `[project]` table, `build_requires` None without a `[build-system]`.

    Extras and groups are sorted pairs of a normalised name and what it asks for.
    """

    file: str
    project: ProjectTable | None
    groups: tuple[tuple[str, tuple[Declared, ...]], ...]
    build_requires: tuple[Declared, ...] | None
    settings: Table | None


def parse_manifest(document: Document) -> Manifest:
    """Read a manifest's standard tables, and find its `[tool.frazil]`.

    Raises ConfigurationError with file and line; dependencies that are left to the build (`dynamic`) are refused.
    """
    top = Table(document, (), document.data)
    tool = top.table("tool")
    return Manifest(
        file=document.file,
        project=_project(top.table("project")) if "project" in top.data else None,
        groups=_groups(top.table("dependency-groups")),
        build_requires=_build_requires(top.table("build-system")) if "build-system" in top.data else None,
        settings=tool.table("frazil") if "frazil" in tool.data else None,
    )


def _project(table: Table) -> ProjectTable:
    for position, key in enumerate(table.texts("dynamic")):
        if key in _STATIC:
            raise table.error(
                f"[project] leaves its {key} to the build (dynamic), and frazil does not guess",
                "dynamic",
                position,
                hint=f"write {key} in [project], or leave this project out: exclude in [tool.frazil]",
            )
    return ProjectTable(
        name=table.normalised(table.required_text("name"), "name"),
        version=_version(table),
        requires_python=table.specifier("requires-python"),
        requires_python_at=table.origin("requires-python"),
        dependencies=wishes(table, "dependencies"),
        extras=_extras(table.table("optional-dependencies")),
    )


def wishes(table: Table, key: str) -> tuple[Declared, ...]:
    """Read a list of requirements, each with its own line."""
    texts = table.texts(key)
    # The table's name and the list's own line are the same for all of them, and there may be thousands.
    whole, lines, path = table.origin(key), table.document.lines, (*table.path, key)
    return tuple(
        parse_wish(text, Origin(whole.file, lines.get((*path, position), whole.line), whole.table))
        for position, text in enumerate(texts)
    )


def _version(table: Table) -> str | None:
    version = table.text("version")
    if version is None:
        return None
    try:
        return canonical_version(version)
    except NoVersion:
        raise table.error(f'"{version}" is not a version', "version") from None


def _extras(table: Table) -> tuple[tuple[str, tuple[Declared, ...]], ...]:
    extras: dict[str, tuple[Declared, ...]] = {}
    for written in table.data:
        name = table.normalised(written, written, what="an extra")
        if name in extras:
            raise table.error(f"the extra {name} is declared twice, in two spellings", written)
        extras[name] = wishes(table, written)
    return tuple(sorted(extras.items()))


def _build_requires(table: Table) -> tuple[Declared, ...]:
    if "requires" not in table.data:
        raise table.error("requires is missing in [build-system]")
    return wishes(table, "requires")


def _groups(table: Table) -> tuple[tuple[str, tuple[Declared, ...]], ...]:
    """Read dependency groups; what a group includes becomes its own, each requirement with the line it stands on."""
    if not table.data:
        return ()
    from packaging.dependency_groups import DependencyGroupResolver  # noqa: PLC0415 - only for those who have groups

    own = {written: _group_items(table, written) for written in table.data}
    data = cast("Mapping[str, Sequence[str | Mapping[str, str]]]", table.data)
    groups: dict[str, tuple[Declared, ...]] = {}
    written_names: dict[str, str] = {normalised(written): written for written in table.data}
    try:
        resolver = DependencyGroupResolver(data)
    except ExceptionGroup as errors:
        raise table.error(_first_reason(errors)) from None
    for name, written in written_names.items():
        if name == BUILD_GROUP:
            raise table.error(f"the group name {name} is taken: it stands for [build-system]", written)
        table.normalised(written, written, what="a dependency group")
        _check_includes(table, resolver, written)
        groups[name] = _expanded(resolver, name, own, written_names)
    return tuple(sorted(groups.items()))


def _group_items(table: Table, group: str) -> dict[int, Declared]:
    """Parse the requirements of a group by position, so that their errors have lines."""
    items = table.data[group]
    if not isinstance(items, list):
        raise table.type_error("a list of requirements", group)
    return {
        position: parse_wish(item, table.origin(group, position))
        for position, item in enumerate(items)
        if isinstance(item, str)
    }


def _check_includes(table: Table, resolver: "DependencyGroupResolver", group: str) -> None:
    try:
        resolver.resolve(group)
    except RecursionError:
        raise table.error(f"the dependency group {group} includes others too deeply", group) from None
    except ExceptionGroup as errors:
        hint = "a group holds requirements and { include-group = NAME }"
        raise table.error(f"dependency group {group}: {_first_reason(errors)}", group, hint=hint) from None


def _first_reason(errors: BaseExceptionGroup[BaseException]) -> str:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    reason = str(error.args[0]) if error.args else str(error)
    return f"{reason[:1].lower()}{reason[1:]}".rstrip(".")


def _expanded(
    resolver: "DependencyGroupResolver",
    group: str,
    own: Mapping[str, Mapping[int, Declared]],
    written_names: Mapping[str, str],
) -> tuple[Declared, ...]:
    from packaging.dependency_groups import DependencyGroupInclude  # noqa: PLC0415 - loaded with the resolver

    found: set[Declared] = set()
    pending, seen = [group], {group}
    while pending:
        current = pending.pop()
        found.update(own[written_names[current]].values())
        for item in resolver.lookup(current):
            if isinstance(item, DependencyGroupInclude):
                included = normalised(item.include_group)
                pending += [included] if included not in seen else []
                seen.add(included)
    return in_order(found)
