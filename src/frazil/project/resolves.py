"""Which resolve each target is in: named by a resolve's patterns, by the target itself, or `default`."""

from collections.abc import Iterable, Mapping

from frazil.errors import ConfigurationError
from frazil.model import DEFAULT_RESOLVE, Declared
from frazil.project.config import ResolveTable
from frazil.project.declaration import DeclaredResolve, Policy
from frazil.project.drafts import Draft, Drafts
from frazil.project.patterns import matches
from frazil.project.suggestions import suggestion
from frazil.project.wishes import in_order


def assign_resolves(drafts: Drafts, tables: Iterable[ResolveTable]) -> dict[str, str]:
    """Return the resolve of every target by name.

    Extras are where their base is. So are groups, unless a pattern with a colon (`*:docs`) or their own table says
    otherwise. Raises ConfigurationError for a target in two resolves, and for a pattern or a resolve without targets.
    """
    tables = tuple(tables)
    said = _said_by_tables(drafts, tables)
    for draft in drafts.by_name.values():
        names = dict.fromkeys((draft.name, draft.owner)) if draft.extra is None else {draft.owner: None}
        for name in names:
            _note_own(name, drafts, said, {table.name for table in tables})
    assigned = {
        name: said.get(name) or said.get(draft.owner) or DEFAULT_RESOLVE
        if draft.extra is None
        # An extra ships what its base ships, so that both need one version of everything.
        else said.get(draft.owner) or DEFAULT_RESOLVE
        for name, draft in drafts.by_name.items()
    }
    for table in tables:
        if table.name not in assigned.values():
            raise ConfigurationError(
                f"{table.origin}: no target is in the resolve {table.name}", hint='name some: targets = ["jobs/old-*"]'
            )
    return assigned


def declared_resolves(
    assigned: Mapping[str, str], drafts: Mapping[str, Draft], tables: Iterable[ResolveTable]
) -> tuple[DeclaredResolve, ...]:
    """Return all resolves, sorted by name, with what the `-c` files of their targets narrow in each."""
    policies = {DEFAULT_RESOLVE: Policy(), **{name: Policy() for name in assigned.values()}}
    policies.update({table.name: table.policy for table in tables})
    narrowed: dict[str, set[Declared]] = {name: set(policy.constraints) for name, policy in policies.items()}
    for name, draft in drafts.items():
        narrowed[assigned[name]].update(draft.constraints)
    return tuple(
        DeclaredResolve(
            name=name,
            policy=Policy(rules=policy.rules, constraints=in_order(narrowed[name]), overrides=policy.overrides),
        )
        for name, policy in sorted(policies.items())
    )


def _said_by_tables(drafts: Drafts, tables: Iterable[ResolveTable]) -> dict[str, str]:
    """Match the patterns of resolves: those with a colon against groups, the others against targets with settings."""
    owners = {draft.owner for draft in drafts.by_name.values()}
    groups = {name for name, draft in drafts.by_name.items() if name != draft.owner and draft.extra is None}
    said: dict[str, str] = {}
    for table in tables:
        for pattern, origin in table.targets:
            found = [name for name in sorted(groups if ":" in pattern else owners) if matches(pattern, name)]
            if not found:
                hint = suggestion(pattern, owners | groups, title="targets that can be placed")
                raise ConfigurationError(
                    f'{origin}: "{pattern}" fits no target that the resolve {table.name} could hold', hint=hint
                )
            for name in found:
                if said.setdefault(name, table.name) != table.name:
                    raise ConfigurationError(f"{origin}: {name} is in two resolves, {said[name]} and {table.name}")
    return said


def _note_own(name: str, drafts: Drafts, said: dict[str, str], declared: set[str]) -> None:
    """Add what a target says of its own resolve, by `isolated` or by `resolve`."""
    settings = drafts.settings.get(name)
    if settings is None or not (settings.isolated or settings.resolve):
        return
    if settings.isolated and settings.resolve:
        raise ConfigurationError(f"{settings.origin}: {name} is isolated, and in the resolve {settings.resolve} too")
    wanted = settings.resolve or name
    if settings.resolve and settings.resolve not in declared | {DEFAULT_RESOLVE}:
        raise ConfigurationError(
            f'{settings.origin}: {name} is in the unknown resolve "{settings.resolve}"',
            hint=suggestion(settings.resolve, {*declared, DEFAULT_RESOLVE}, title="resolves"),
        )
    if settings.isolated and (name in declared or name == DEFAULT_RESOLVE):
        raise ConfigurationError(
            f"{settings.origin}: {name} is isolated, and a resolve of that name exists", hint="rename the resolve"
        )
    if said.setdefault(name, wanted) != wanted:
        raise ConfigurationError(f"{settings.origin}: {name} is in two resolves, {said[name]} and {wanted}")
