"""Targets as values: each in its resolve, for its environments."""

from collections.abc import Mapping

from packaging.specifiers import SpecifierSet

from frazil.errors import ConfigurationError
from frazil.model import Environment
from frazil.project.declaration import Target
from frazil.project.drafts import Draft, Drafts
from frazil.project.places import below, folder_of, place
from frazil.project.suggestions import suggestion

_DETAILS_SHOWN = 10


def make_targets(
    drafts: Drafts, resolves: Mapping[str, str], environments: tuple[Environment, ...], *, declared: bool
) -> tuple[Target, ...]:
    """Return the targets sorted by name. `declared` is False where the environment is this machine's own.

    Raises ConfigurationError for an unknown environment, and for one outside a target's `requires-python`.
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
                requirements=draft.requirements,
                sources=_sources(draft, drafts),
            )
        )
    _check_requires_python(targets, drafts, environments, declared=declared)
    return tuple(targets)


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


def _check_requires_python(
    targets: list[Target], drafts: Drafts, environments: tuple[Environment, ...], *, declared: bool
) -> None:
    """Raise for environments outside a target's `requires-python`; the first makes the sentence, all the details."""
    versions = {environment.name: environment for environment in environments}
    wrong = [
        (target, versions[name])
        for target in targets
        if target.requires_python is not None
        for name in target.environments
        if not SpecifierSet(target.requires_python).contains(versions[name].python_full_version, prereleases=True)
    ]
    if not wrong:
        return
    lines = [
        f"{drafts.by_name[target.name].requires_python_at}: {target.name} needs python {target.requires_python}, "
        f"and the environment {environment.name} is python {environment.python}"
        for target, environment in wrong
    ]
    target, environment = wrong[0]
    raise ConfigurationError(
        lines[0],
        details=tuple(lines[1 : _DETAILS_SHOWN + 1]),
        hint=_requires_python_hint(target, environment, declared=declared),
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
