"""Looking around in a repository for what could be a target: members, requirements files, scripts."""

import re
from pathlib import Path

from frazil.errors import BadInput, FrazilError
from frazil.opening import open_plain
from frazil.project.document import parse_document
from frazil.project.manifest import Manifest, parse_manifest
from frazil.project.patterns import matches, matches_part
from frazil.project.places import below, folder_of
from frazil.project.reading import CONFIG_FILE
from frazil.project.script import parse_script
from frazil.project.tree import ProjectTree
from frazil.regex import regex
from frazil.values import dataclass, field

MANIFEST = "pyproject.toml"
MOST_FILES = 20_000
DEEPEST = 8

_REQUIREMENTS = regex(r"(?:requirements|reqs)(?:[-_.][A-Za-z0-9._-]+)?\.(?:txt|in)", re.IGNORECASE)
_SKIPPED = frozenset(
    {"node_modules", "__pycache__", "site-packages", "build", "dist", "tests", "test", "testdata", "fixtures", "vendor"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMember:
    """A folder with a manifest that declares requirements."""

    folder: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in a repository, every list sorted; `left_out` says in sentences what could not be taken.

    `workspace` are the members and exclude of a `[tool.uv.workspace]`, None without one. `python_files` counts by
    folder, so that a glob is only proposed where it takes nothing else.
    """

    members: tuple[FoundMember, ...] = ()
    requirements: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    python_files: dict[str, int] = field(default_factory=dict)
    manifests: tuple[str, ...] = ()
    workspace: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    left_out: tuple[str, ...] = ()


def read_survey(root: Path) -> Found:
    """Look through a repository, within bounds, without running anything. Raises DiskError."""
    survey = _Survey(ProjectTree(root))
    survey.look_through()
    return survey.found()


class _Survey:
    def __init__(self, tree: ProjectTree) -> None:
        self._tree = tree
        self._members: list[FoundMember] = []
        self._requirements: list[str] = []
        self._scripts: list[str] = []
        self._python_files: dict[str, int] = {}
        self._manifests: list[str] = []
        self._workspace: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._left_out: list[str] = []
        self._files = 0

    def look_through(self) -> None:
        waiting = ["."]
        while waiting:
            folder = waiting.pop()
            entries = self._tree.children(folder)
            names = {entry.name for entry in entries if not entry.folder}
            self._files += len(names)
            if self._files > MOST_FILES:
                self._left_out.append(f"more than {MOST_FILES} files: the rest was not looked at")
                return
            if folder != "." and (CONFIG_FILE in names or "pyvenv.cfg" in names):
                continue
            if not self._take(folder, names):
                continue
            if folder.count("/") < DEEPEST:
                waiting += [
                    below(folder, entry.name)
                    for entry in entries
                    if entry.folder and not entry.link and not entry.name.startswith(".") and entry.name not in _SKIPPED
                ]

    def found(self) -> Found:
        members = sorted(self._members, key=lambda member: member.folder)
        if self._workspace is not None:
            members = [member for member in members if member.folder == "." or _in_workspace(member, self._workspace)]
            if all(member.folder == "." for member in members):
                self._workspace = None
        return Found(
            members=tuple(members),
            requirements=tuple(sorted(self._requirements)),
            scripts=tuple(sorted(self._scripts)),
            python_files=self._python_files,
            manifests=tuple(sorted(self._manifests)),
            workspace=self._workspace,
            left_out=tuple(sorted(self._left_out)),
        )

    def _take(self, folder: str, names: set[str]) -> bool:
        """Take a folder's files; False for a project of its own, which is not looked into."""
        if MANIFEST in names and not self._take_manifest(folder):
            return False
        stems = {name.rpartition(".")[0] for name in names if name.endswith(".in")}
        for name in sorted(names):
            # Next to its source, what pip-tools compiled from it is no declaration.
            compiled = name.endswith(".txt") and name.rpartition(".")[0] in stems
            in_folder = folder.rpartition("/")[2] == "requirements" and name.endswith((".txt", ".in"))
            if (_REQUIREMENTS.fullmatch(name) or in_folder) and not compiled and "constraint" not in name.lower():
                self._requirements.append(below(folder, name))
            if name.endswith(".py"):
                self._python_files[folder] = self._python_files.get(folder, 0) + 1
                self._take_script(below(folder, name))
        return True

    def _take_manifest(self, folder: str) -> bool:
        file = below(folder, MANIFEST)
        self._manifests.append(folder)
        try:
            document = parse_document(self._tree.read_text(file), file)
            manifest = parse_manifest(document)
        except BadInput as error:
            self._left_out.append(error.sentence)
            return True
        tool = document.data.get("tool")
        if folder == ".":
            self._workspace = _workspace(tool)
        elif manifest.settings is not None and {"members", "targets", "scripts"} & manifest.settings.data.keys():
            return False
        if manifest.project is not None or manifest.groups:
            self._members.append(_member(folder, manifest))
        return True

    def _take_script(self, file: str) -> None:
        try:
            text = self._tree.read_text(file)
            if "# /// script" in text and parse_script(text, file) is not None:
                self._scripts.append(file)
        except FrazilError as error:
            if "# /// script" in _opening(self._tree.root / file):
                self._left_out.append(error.sentence)


def _opening(file: Path) -> str:
    try:
        with open_plain(file) as stream:
            return stream.read(65536).decode("utf-8", "replace")
    except OSError:
        return ""


def _member(folder: str, manifest: Manifest) -> FoundMember:
    extras = manifest.project.extras if manifest.project else ()
    return FoundMember(
        folder=folder, extras=tuple(name for name, _ in extras), groups=tuple(name for name, _ in manifest.groups)
    )


def _workspace(tool: object) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return members and exclude of `[tool.uv.workspace]`, where they are lists of texts."""
    uv = tool.get("uv") if isinstance(tool, dict) else None
    workspace = uv.get("workspace") if isinstance(uv, dict) else None
    if not isinstance(workspace, dict):
        return None
    members, exclude = (
        tuple(text for text in listed if isinstance(text, str))
        for listed in (workspace.get("members", []), workspace.get("exclude", []))
        if isinstance(listed, list)
    )
    return (members, exclude) if members else None


def _in_workspace(member: FoundMember, workspace: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    members, exclude = workspace
    folder = member.folder
    return any(matches(pattern.strip("/"), folder) for pattern in members) and not any(
        matches_part(pattern.strip("/"), folder) for pattern in exclude
    )


def parents(paths: tuple[str, ...]) -> dict[str, list[str]]:
    """Group paths by the folder they lie in."""
    grouped: dict[str, list[str]] = {}
    for path in paths:
        grouped.setdefault(folder_of(path), []).append(path)
    return grouped
