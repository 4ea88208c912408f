"""Reading a project: from its root folder to the value of everything it declares."""

import re
from collections.abc import Mapping
from pathlib import Path

from frazil.errors import BadInput, ConfigurationError
from frazil.evidence import Evidence
from frazil.model import Environment
from frazil.project.config import Config, parse_config, says_only_member_things
from frazil.project.declaration import DeclaredIndex, DeclaredProject, Policy
from frazil.project.discovery import MANIFEST
from frazil.project.document import Document, Table
from frazil.project.documents import documents_of
from frazil.project.drafts import read_drafts
from frazil.project.environments import current_environment, parse_environment
from frazil.project.places import folder_of
from frazil.project.resolves import assign_resolves, declared_resolves
from frazil.project.targets import check_requires_python, make_build_targets, make_targets
from frazil.project.tree import ProjectTree
from frazil.regex import regex

CONFIG_FILE = "frazil.toml"
_FRAZIL_TABLE = regex(r"^[ \t]*\[{1,2}[ \t]*[\"']?tool[\"']?[ \t]*\.[ \t]*[\"']?frazil\b", re.MULTILINE)


def find_root(start: Path) -> Path:
    """Return the root of the project that a folder is in. Raises as `find_root_looking`."""
    return find_root_looking(start)[0]


def find_root_looking(start: Path, cache: Path | None = None) -> tuple[Path, Evidence]:
    """Return the root of the project that a folder is in, and what that rests on.

    That is the nearest folder upward with a `frazil.toml` or a `pyproject.toml` with `[tool.frazil]` (one that says
    only what a member can say makes no root while there is another above), else the nearest with a `pyproject.toml`.
    Raises ConfigurationError where there is nothing.
    """
    folder = start.absolute()
    member: Path | None = None
    plain: Path | None = None
    evidence = Evidence()
    for candidate in (folder, *folder.parents):
        tree = ProjectTree(candidate, documents_of(cache, candidate))
        found = "root" if tree.has_file(CONFIG_FILE) else _kind_of_manifest(tree) if tree.has_file(MANIFEST) else ""
        if found == "root":
            # Whoever reads the project there looks at these himself.
            return candidate, evidence
        evidence += tree.evidence()
        if not found:
            continue
        if found == "member":
            member = member or candidate
        plain = plain or candidate
    root = member or plain
    if root is None:
        raise ConfigurationError(
            f"there is no {MANIFEST} and no {CONFIG_FILE} in {folder} or above it",
            hint="run frazil init, or say where the project is with --project",
        )
    return root, evidence


def read_project(
    root: Path,
    *,
    environ: Mapping[str, str],  # noqa: ARG001
    tree: ProjectTree | None = None,
    cache: Path | None = None,
) -> DeclaredProject:
    """Read everything that the project in `root` declares, from its files there or from another `tree` of them.

    Nothing here depends on `environ` yet: policy from options and `FRAZIL_*` is the caller's to add; and where no
    environment is declared, so is `check_requires_python`. What files say is kept in the
    `cache`. Raises ConfigurationError with file and line, and DiskError.
    """
    documents = documents_of(cache, root)
    tree = ProjectTree(root, documents) if tree is None else tree
    manifest = _read_document(tree, MANIFEST)
    config, config_file = _read_config(tree, manifest)
    if manifest is None and config_file is None:
        raise ConfigurationError(
            f"there is no {MANIFEST} and no {CONFIG_FILE} in {root}",
            hint="run frazil init, or say where the project is with --project",
        )
    drafts = read_drafts(tree, config, manifest)
    tables = config.resolves if config else ()
    resolves = assign_resolves(drafts, tables)
    environments = config.environments if config else ()
    declared = bool(environments)
    environments = environments or (_this_environment(),)
    indexes = config.indexes if config else None
    targets = make_targets(drafts, resolves, environments, declared=declared)
    project = DeclaredProject(
        root=root,
        config_file=config_file,
        policy=config.policy if config else Policy(),
        indexes=indexes.indexes if indexes else (DeclaredIndex(name="default"),),
        environments=environments,
        environments_declared=declared,
        resolves=declared_resolves(resolves, drafts.by_name, tables),
        targets=targets,
        builds=make_build_targets(drafts, targets),
        inputs=tuple(sorted(tree.inputs)),
        # A folder that was listed tells of a new file by itself.
        absent=tuple(sorted(path for path in tree.absent if folder_of(path) not in tree.folders - {"."})),
        folders=tuple(sorted(tree.folders)),
        index_credentials=indexes.credentials if indexes else (),
        remote_cache=dict(config.remote_cache.data) if config else {},
        warnings=(*tree.warnings, *(indexes.warnings if indexes else ())),
        evidence=tree.evidence(),
    )
    documents.write()
    if declared:
        check_requires_python(project)
    return project


def _kind_of_manifest(tree: ProjectTree) -> str:
    """Say what a folder's manifest makes of it: `root`, `member` or `plain`."""
    try:
        text = tree.read_text(MANIFEST)
    except BadInput:
        return "plain"
    if "frazil" not in text:
        return "plain"
    try:
        tool = tree.documents.parse(text, MANIFEST).data.get("tool")
    except ConfigurationError:
        # Whoever reads the project will say what is wrong with it.
        return "root" if _FRAZIL_TABLE.search(text) else "plain"
    if not isinstance(tool, dict) or "frazil" not in tool:
        return "plain"
    return "member" if says_only_member_things(tool["frazil"]) else "root"


def _read_document(tree: ProjectTree, file: str) -> Document | None:
    return tree.read_document(file) if tree.has_file(file) else None


def _read_config(tree: ProjectTree, manifest: Document | None) -> tuple[Config | None, str | None]:
    """Read the configuration from the one of the two files that has it."""
    own = _read_document(tree, CONFIG_FILE)
    tool = Table(manifest, (), manifest.data).table("tool") if manifest else None
    if own is not None and tool is not None and "frazil" in tool.data:
        raise ConfigurationError(
            f"{tool.origin('frazil')}: [tool.frazil] stands here, and there is a {CONFIG_FILE} too",
            hint="keep one of the two",
        )
    if own is not None:
        return parse_config(Table(own, (), own.data)), CONFIG_FILE
    if tool is not None and "frazil" in tool.data:
        return parse_config(tool.table("frazil")), MANIFEST
    return None, None


def _this_environment() -> Environment:
    python, platform, name = current_environment()
    return parse_environment(name, python, platform)
