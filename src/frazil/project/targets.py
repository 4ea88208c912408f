"""Targets as values: each in its resolve, for its environments."""

from collections.abc import Mapping

from frazil.errors import ConfigurationError
from frazil.model import BUILD_RESOLVE, Environment
from frazil.project.declaration import DeclaredProject, Target
from frazil.project.drafts import Draft, Drafts
from frazil.project.manifest import BUILD_GROUP
from frazil.project.places import below, folder_of, place
from frazil.project.suggestions import suggestion
from frazil.requirement import admits

_DETAILS_SHOWN = 10


def make_targets(
    drafts: Drafts, resolves: Mapping[str, str], environments: tuple[Environment, ...], *, declared: bool
) -> tuple[Target, ...]:
    """Return the targets sorted by name. `declared` is False where the environment is this machine's own.

    Raises ConfigurationError for an unknown environment.
    """
    targets = []
    known = tuple(environment.name for environment in environments) if declared else ()
    everywhere = tuple(environment.name for environment in environments)
    for name, draft in sorted(drafts.by_name.items()):
        targets.append(
            Target(
                name=name,
                manifest=draft.manifest,
                project_name=draft.project_name,
                version=draft.version,
                editable=draft.editable,
                base=draft.owner if draft.extra is not None else None,
                extra=draft.extra,
                extras=draft.extras,
                resolve=resolves[name],
                environments=_environments(draft, drafts, known) or everywhere,
                requires_python=draft.requires_python,
                requires_python_at=draft.requires_python_at,
                requirements=draft.requirements,
                sources=_sources(draft, drafts),
            )
        )
    return tuple(targets)


def make_build_targets(drafts: Drafts, targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """Return a target for what building each member requires, in the build resolve, where the member is."""
    owners = {target.name: target for target in targets}
    return tuple(
        Target(
            name=f"{folder}:{BUILD_GROUP}",
            manifest=owners[folder].manifest,
            resolve=BUILD_RESOLVE,
            environments=owners[folder].environments,
            requirements=requirements,
        )
        for folder, requirements in sorted(drafts.builds.items())
    )


def _environments(draft: Draft, drafts: Drafts, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the environments that are said for a draft, sorted; none where nothing is said."""
    for settings in drafts.settings_of(draft):
        if settings.environments is None:
            continue
        for name, origin in settings.environments:
            if name not in known:
                hint = suggestion(name, known, title="declared environments")
                raise ConfigurationError(f'{origin}: unknown environment "{name}"', hint=hint)
        return tuple(sorted({name for name, _ in settings.environments}))
    return ()


def _sources(draft: Draft, drafts: Drafts) -> tuple[str, ...]:
    """Return the globs of a target's own code: what it says, else its folder, or the script itself."""
    for settings in drafts.settings_of(draft):
        if settings.inputs is not None:
            return tuple(sorted({place(folder_of(origin.file), text, str(origin)) for text, origin in settings.inputs}))
    if draft.owner == draft.manifest:
        return (draft.manifest,)
    return (below(draft.owner, "**"),)


def check_requires_python(project: DeclaredProject) -> None:
    """Raise ConfigurationError for environments outside a target's `requires-python`.

    The first makes the sentence, the others its details. Where the environment is not declared, the caller asks once
    it is settled: a lock's own takes the place of this machine's.
    """
    wrong = [
        (target, environment)
        for target in project.targets
        if target.requires_python is not None
        for environment in map(project.environment, target.environments)
        if not admits(target.requires_python, environment.python_full_version)
    ]
    if not wrong:
        return
    lines = [
        f"{target.requires_python_at or target.manifest}: {target.name} needs python {target.requires_python}, "
        f"and the environment {environment.name} is python {environment.python}"
        for target, environment in wrong
    ]
    raise ConfigurationError(
        lines[0],
        details=tuple(lines[1 : _DETAILS_SHOWN + 1]),
        hint=_requires_python_hint(*wrong[0], declared=project.environments_declared),
    )


def _requires_python_hint(target: Target, environment: Environment, *, declared: bool) -> str:
    if not declared:
        return "declare the environments to freeze for: [tool.frazil.environments.NAME] with python and platform"
    minor = environment.python_full_version.rpartition(".")[0]
    if environment.python == minor and f"{minor}." in (target.requires_python or ""):
        return (
            f"python {minor} is decided at {environment.python_full_version}: declare the patch release, like {minor}.9"
        )
    return f'say which environments {target.name} is for: environments = ["..."]'
