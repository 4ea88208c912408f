"""Where requirements stand: locks name files, and the line is looked up in the project that lies beside the lock."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from frazil.errors import FrazilError
from frazil.frozen.inputs import own_manifest
from frazil.model import Declared, Origin
from frazil.project.declaration import DeclaredProject, Policy
from frazil.project.reading import read_project
from frazil.references import LockReference
from frazil.requirement import Requirement


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
        file = self._reference.file
        if file is None:
            return None
        try:
            return read_project(file.parent, environ=self._environ)
        except FrazilError:
            return None


def _found(requirement: Requirement, file: str, declared: Iterable[Declared]) -> Origin:
    origins = (each.origin for each in declared if each.requirement == requirement and each.origin.file == file)
    return next(origins, Origin(file))
