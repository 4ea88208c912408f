"""Where requirements stand: locks name files, the line is looked up in the project beside the lock, as it was then."""

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from frazil.errors import FrazilError
from frazil.frozen.inputs import own_manifest
from frazil.model import Declared, Origin
from frazil.project.declaration import DeclaredProject, Policy
from frazil.project.places import folder_of
from frazil.project.reading import read_project
from frazil.project.tree import Entry, ProjectTree
from frazil.references import LockReference
from frazil.requirement import Requirement
from frazil.revisions import RevisionFiles, files_at_revision


class Whereabouts:
    """Finds the lines of requirements; a project that cannot be read, or says something else by now, has none."""

    def __init__(self, reference: LockReference, *, environ: Mapping[str, str]) -> None:
        self._reference = reference
        self._environ = environ

    def of_target(self, target: str, requirement: Requirement, file: str | None) -> Origin:
        """Return where a target declares a requirement; `file` None is its own `pyproject.toml`."""
        return _found(requirement, file or own_manifest(target), self._requirements.get(target, ()))

    def of_policy(self, resolve: str, requirement: Requirement, file: str | None) -> Origin:
        """Return where the project (an empty resolve) or a resolve declares a constraint or an override."""
        policy = Policy() if self._project is None else self._project.policy
        if resolve and self._project is not None:
            policy = next((each.policy for each in self._project.resolves if each.name == resolve), Policy())
        return _found(requirement, file or "", (*policy.constraints, *policy.overrides))

    @cached_property
    def _requirements(self) -> dict[str, tuple[Declared, ...]]:
        project = self._project
        targets = () if project is None else (*project.targets, *project.builds)
        return {target.name: target.requirements for target in targets}

    @cached_property
    def _project(self) -> DeclaredProject | None:
        reference = self._reference
        try:
            if reference.revision is None:
                return read_project(reference.folder, environ=self._environ)
            if not reference.revision:
                return None  # what is staged lies in no tree
            below = posixpath.dirname(reference.path)
            with files_at_revision(reference.folder, reference.revision, below, environ=self._environ) as files:
                return read_project(reference.folder, environ=self._environ, tree=_RevisionTree(files))
        except FrazilError:
            return None


class _RevisionTree(ProjectTree):
    """The files of a project as a revision has them."""

    def __init__(self, files: RevisionFiles) -> None:
        super().__init__(Path())
        self._files = files
        self._entries: dict[str, dict[str, bool]] = {}
        for path in files.paths:
            folder, is_folder = path, False
            while folder != ".":
                folder, name = folder_of(folder), folder.rpartition("/")[2]
                self._entries.setdefault(folder, {})[name] = is_folder
                is_folder = True

    def _is_file(self, path: str) -> bool:
        return path in self._files.paths

    def _read(self, path: str) -> bytes:
        return self._files.read(path)

    def _list(self, folder: str) -> tuple[Entry, ...]:
        entries = self._entries.get(folder, {})
        return tuple(Entry(name, is_folder, link=False) for name, is_folder in sorted(entries.items()))


def _found(requirement: Requirement, file: str, declared: Iterable[Declared]) -> Origin:
    origins = (each.origin for each in declared if each.requirement == requirement and each.origin.file == file)
    return next(origins, Origin(file))
