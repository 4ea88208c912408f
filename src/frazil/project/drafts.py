"""Targets as manifests, scripts and tables define them, before it is settled which resolve each is in and where."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from frazil.errors import ConfigurationError
from frazil.model import Declared, Origin
from frazil.project.config import Config, Pattern, TargetSettings, TargetTable, parse_member_settings
from frazil.project.discovery import MANIFEST, excluded, find_members, find_scripts
from frazil.project.document import Document
from frazil.project.manifest import Manifest, ProjectTable, parse_manifest
from frazil.project.patterns import is_pattern
from frazil.project.places import below, folder_of, place
from frazil.project.suggestions import closest
from frazil.project.tree import ProjectTree
from frazil.project.wishes import in_order, settle_members
from frazil.regex import regex
from frazil.values import dataclass, field, replace

if TYPE_CHECKING:
    from frazil.project.script import Script

_RESERVED = regex(r"[\[\]:*?<>\"|\x00-\x1f\x7f\ud800-\udfff]")


_TABLES = frozenset({"build-system", "dependency-groups", "project", "tool"})
_PROJECT_KEYS = frozenset(
    {
        *("authors", "classifiers", "dependencies", "description", "dynamic", "entry-points", "gui-scripts"),
        *("import-names", "import-namespaces", "keywords", "license", "license-files", "maintainers", "name"),
        *("optional-dependencies", "readme", "requires-python", "scripts", "urls", "version"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A target as it is defined.

    `owner` is the target whose settings it goes by: itself, the base of an extra, the member of a group.
    """

    name: str
    owner: str
    manifest: str
    project_name: str | None = None
    version: str | None = None
    editable: bool = False
    extra: str | None = None
    extras: tuple[str, ...] = ()
    requires_python: str | None = None
    requires_python_at: Origin | None = None
    requirements: tuple[Declared, ...] = ()
    constraints: tuple[Declared, ...] = ()


@dataclass(slots=True)
class Drafts:
    """The drafts by name, what was set for a target or a group by name, and the folders of named members.

    `builds` is what building a member requires, by its folder.
    """

    by_name: dict[str, Draft] = field(default_factory=dict)
    settings: dict[str, TargetSettings] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    builds: dict[str, tuple[Declared, ...]] = field(default_factory=dict)

    def settings_of(self, draft: Draft) -> tuple[TargetSettings, ...]:
        """Return what is set for a draft: its own, then its owner's."""
        names = dict.fromkeys((draft.name, draft.owner))
        return tuple(self.settings[name] for name in names if name in self.settings)


def read_drafts(tree: ProjectTree, config: Config | None, manifest: Document | None) -> Drafts:
    """Read all members, scripts and tables that define targets. `manifest` is the root's `pyproject.toml`.

    Raises ConfigurationError with file and line.
    """
    drafts = Drafts()
    _read_members(drafts, tree, config, manifest)
    if config is not None:
        for pattern in config.scripts:
            _read_scripts(drafts, tree, pattern, config.exclude)
        for table in config.targets:
            if table.defines:
                _add(drafts, _table_draft(tree, table, drafts.members), table.settings, table.origin)
            else:
                _set(drafts, table)
    for name, draft in drafts.by_name.items():
        settled = (settle_members(declared, drafts.members) for declared in draft.requirements)
        drafts.by_name[name] = replace(draft, requirements=in_order(settled))
    return drafts


def _warn_of_misspellings(tree: ProjectTree, document: Document) -> None:
    """Name what would declare something, were it spelt right: standards pass over what they do not know."""
    project = document.data.get("project")
    for where, table, known in (("", document.data, _TABLES), (" in [project]", project, _PROJECT_KEYS)):
        unknown = sorted(table.keys() - known) if isinstance(table, Mapping) else ()
        for key in unknown:
            meant = closest(key.replace("_", "-"), known)
            if meant:
                tree.warnings.append(f'{document.file}: unknown key "{key}"{where} is not read; did you mean {meant}?')


def _warn_of_poetry(tree: ProjectTree, manifest: Manifest, document: Document) -> None:
    """Say why a manifest that asks for things declares no target: it says so to Poetry alone."""
    tool = document.data.get("tool")
    if manifest.project is None and not manifest.groups and isinstance(tool, Mapping) and "poetry" in tool:
        tree.warnings.append(
            f"{manifest.file}: there is no [project], and [tool.poetry] is not read: what it asks for is not locked"
        )


def _read_members(drafts: Drafts, tree: ProjectTree, config: Config | None, manifest: Document | None) -> None:
    exclude = config.exclude if config else ()
    manifests: dict[str, Manifest] = {}
    if manifest is not None and not excluded(".", exclude):
        manifests["."] = replace(parse_manifest(manifest), settings=None)
        _warn_of_poetry(tree, manifests["."], manifest)
        _warn_of_misspellings(tree, manifest)
    named = find_members(tree, config.members, exclude) if config else {}
    for folder, pattern in named.items():
        if folder == ".":
            continue
        file = below(folder, MANIFEST)
        document = tree.read_document(file)
        manifests[folder] = member = parse_manifest(document)
        _warn_of_misspellings(tree, document)
        if pattern is not None and member.project is None and not member.groups:
            raise ConfigurationError(
                f"{pattern[1]}: the member {folder} has neither [project] nor [dependency-groups] in {file}",
                hint="give it a [project] with name and version, or take it out of members",
            )
    drafts.members = _project_names(manifests)
    for folder, member in manifests.items():
        _check_name(folder, Origin(member.file))
        settings = parse_member_settings(member.settings) if member.settings is not None else None
        if settings is not None:
            drafts.settings[folder] = settings
        for draft in _manifest_drafts(folder, member):
            drafts.by_name[draft.name] = draft
        if member.project is not None and member.build_requires is not None:
            drafts.builds[folder] = in_order(settle_members(each, drafts.members) for each in member.build_requires)


def _project_names(manifests: Mapping[str, Manifest]) -> dict[str, str]:
    """Return the project name of each folder; two members with one name could not be told apart by their users."""
    folders: dict[str, str] = {}
    for folder, manifest in manifests.items():
        if manifest.project is None:
            continue
        other = folders.setdefault(manifest.project.name, folder)
        if other != folder:
            raise ConfigurationError(
                f"two members have the project name {manifest.project.name}: {other} and {folder}",
                hint="rename one, or leave one out with exclude in [tool.frazil]",
            )
    return {folder: name for name, folder in folders.items()}


def _manifest_drafts(folder: str, manifest: Manifest) -> Iterator[Draft]:
    project = manifest.project
    if project is not None:
        yield _project_draft(folder, manifest.file, project)
        for extra, requirements in project.extras:
            yield Draft(
                name=f"{folder}[{extra}]",
                owner=folder,
                manifest=manifest.file,
                extra=extra,
                requirements=requirements,
            )
    for group, requirements in manifest.groups:
        yield Draft(
            name=f"{folder}:{group}",
            owner=folder,
            manifest=manifest.file,
            requires_python=project.requires_python if project else None,
            requires_python_at=project.requires_python_at if project else None,
            requirements=requirements,
        )


def _project_draft(folder: str, file: str, project: ProjectTable) -> Draft:
    return Draft(
        name=folder,
        owner=folder,
        manifest=file,
        project_name=project.name,
        version=project.version,
        editable=True,
        extras=tuple(extra for extra, _ in project.extras),
        requires_python=project.requires_python,
        requires_python_at=project.requires_python_at,
        requirements=project.dependencies,
    )


def _read_scripts(drafts: Drafts, tree: ProjectTree, pattern: Pattern, exclude: tuple[str, ...]) -> None:
    text, origin = pattern
    found = False
    for path in find_scripts(tree, pattern, exclude):
        script = _read_script(tree, path, pattern)
        if script is None:
            if not is_pattern(text):
                hint = "the block opens with # /// script and closes with # /// (PEP 723)"
                raise ConfigurationError(f"{origin}: the script {text} has no inline metadata", hint=hint)
            continue
        found = True
        if path not in drafts.by_name:
            settings = None if script.settings is None else parse_member_settings(script.settings)
            _add(drafts, _script_draft(script), settings, Origin(path))
    if not found:
        raise ConfigurationError(f'{origin}: the scripts "{text}" are none: no file that fits has inline metadata')


def _read_script(tree: ProjectTree, path: str, pattern: Pattern) -> "Script | None":
    from frazil.project.script import parse_script  # noqa: PLC0415 - most projects have no scripts

    text, origin = pattern
    try:
        content = tree.read_text(path, asked_by=str(origin))
    except ConfigurationError:
        # Inline metadata is UTF-8 (PEP 723): what is no text has none, and a wildcard passes over it.
        if is_pattern(text):
            return None
        raise
    return parse_script(content, path)


def _script_draft(script: "Script") -> Draft:
    return Draft(
        name=script.file,
        owner=script.file,
        manifest=script.file,
        requires_python=script.requires_python,
        requires_python_at=script.requires_python_at,
        requirements=script.dependencies,
    )


def _table_draft(tree: ProjectTree, table: TargetTable, members: Mapping[str, str]) -> Draft:
    from frazil.project.requirements_file import read_requirements_file  # noqa: PLC0415 - only tables name such files

    requirements = list(table.requirements)
    constraints: list[Declared] = []
    for written, origin in table.requirements_files:
        file = place(folder_of(origin.file), written, str(origin))
        read = read_requirements_file(tree, file, members, asked_by=origin)
        requirements += read.requirements
        constraints += read.constraints
    return Draft(
        name=table.name,
        owner=table.name,
        manifest=table.origin.file,
        requires_python=table.requires_python,
        requires_python_at=table.requires_python_at,
        requirements=tuple(requirements),
        constraints=in_order(constraints),
    )


def _add(drafts: Drafts, draft: Draft, settings: TargetSettings | None, origin: Origin) -> None:
    _check_name(draft.name, origin)
    other = drafts.by_name.get(draft.name)
    if other is not None:
        raise ConfigurationError(
            f"{origin}: the target {draft.name} is declared by {other.manifest} already",
            hint="its requirements stand there; a table of targets can set environments, isolated, resolve and inputs",
        )
    drafts.by_name[draft.name] = draft
    if settings is not None:
        _note_settings(drafts, draft.name, settings)


def _set(drafts: Drafts, table: TargetTable) -> None:
    """Take a table that sets what another file defines."""
    from frazil.project.suggestions import suggestion  # noqa: PLC0415 - only a mistake pays for it

    draft = drafts.by_name.get(table.name)
    if draft is None and table.name not in {other.owner for other in drafts.by_name.values()}:
        raise ConfigurationError(
            f"{table.origin}: the target {table.name} has no requirements, and no member or script has its name",
            hint=suggestion(table.name, drafts.by_name, title="targets"),
        )
    if draft is not None and draft.extra is not None:
        raise ConfigurationError(
            f"{table.origin}: {table.name} is an extra, and goes where {draft.owner} goes",
            hint=f"say it of {draft.owner}",
        )
    _note_settings(drafts, table.name, table.settings)


def _note_settings(drafts: Drafts, name: str, settings: TargetSettings) -> None:
    if other := drafts.settings.get(name):
        raise ConfigurationError(
            f"{settings.origin}: {name} is set here and at {other.origin}", hint="say it in one of the two"
        )
    drafts.settings[name] = settings


def _check_name(name: str, origin: Origin) -> None:
    """Refuse what could be mistaken for an extra, a group or a glob, and what is no path from the root."""
    if not name:
        raise ConfigurationError(f"{origin}: a target needs a name", hint="it is named by its path from the root")
    found = _RESERVED.search(name)
    if found is not None:
        raise ConfigurationError(
            f'{origin}: a target cannot be named "{name}", for "{found[0]}" has a meaning in names'
        )
    if name != place(".", name, f"{origin}: the target {name}"):
        raise ConfigurationError(
            f'{origin}: a target cannot be named "{name}"', hint="a target is named by its path from the root"
        )
