"""From what a project declares, and the pins of its old lock, to the questions that a whole resolve consists of."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from frazil.errors import UsageError
from frazil.model import BUILD_RESOLVE, Declared, Environment, Origin, Rules, Switch
from frazil.project.declaration import DeclaredProject, DeclaredResolve, Policy, Target
from frazil.quick.versions import Key, version_key
from frazil.requirement import RequirementSyntaxError, marker_holds, parse_requirement, specifier_set
from frazil.resolver.question import Member, Question, Selecting, Wish, demanded_hashes

Pins = Mapping[tuple[str, str, str], str]
"""Versions by (resolve, environment, project)."""

_COMMAND_LINE = Origin("the command line")


def questions_of(
    project: DeclaredProject, *, pins: Pins, narrowed: tuple[Declared, ...], now: datetime
) -> list[Question]:
    """Return the questions that a whole resolve of a project consists of; see Asking."""
    return Asking(project, pins=pins, narrowed=narrowed, now=now).questions()


def environment_order(environment: Environment) -> tuple[Key, str, str]:
    """Return what environments are taken in the order of: their names decide nothing."""
    return version_key(environment.python_full_version), environment.platform, environment.name


class Asking:
    """Turns wishes into questions, with the policy and the pins of one run.

    `pins` are versions to keep; `narrowed` are requirements that hold for this run only (`-P name==version`).
    """

    def __init__(
        self, project: DeclaredProject, *, pins: Pins, narrowed: tuple[Declared, ...] = (), now: datetime
    ) -> None:
        self.project = project
        self.pins = pins
        self._narrowed = narrowed
        self._now = now
        self._members = members_of(project)

    def questions(self) -> list[Question]:
        """Return a question for each resolve and environment with a target, in an order that names do not decide."""
        project = self.project
        found = []
        for resolve in sorted({target.resolve for target in project.targets}):
            for environment in sorted(project.environments, key=environment_order):
                wishes = _wishes(project, resolve, environment)
                if wishes:
                    found.append(self.question(resolve, environment, wishes))
        return found

    def question(self, resolve: str, environment: Environment, wishes: tuple[Wish, ...]) -> Question:
        """Return the question what meets some wishes in one resolve and one environment."""
        policy = policy_of(self.project, resolve)
        return Question(
            resolve=resolve,
            environment=environment,
            wishes=wishes,
            constraints=_held((*policy.constraints, *self._narrowed), environment),
            overrides=_held(policy.overrides, environment),
            excluded=frozenset(policy.rules.exclude_dependencies),
            members=self._members,
            locked=_pins_in(self.pins, resolve, environment.name),
            selecting=selecting_of(policy.rules, environment, wishes, self._now),
        )


def policy_of(project: DeclaredProject, resolve: str) -> Policy:
    """Return the policy of a resolve within the project's; a build resolve inherits no lists."""
    own = next((each.policy for each in project.resolves if each.name == resolve), DeclaredResolve().policy)
    outer = Policy(rules=project.policy.rules) if _is_build(resolve) else project.policy
    return Policy(
        rules=own.rules.within(outer.rules),
        constraints=outer.constraints + own.constraints,
        overrides=outer.overrides + own.overrides,
    )


def _is_build(resolve: str) -> bool:
    return resolve == BUILD_RESOLVE or resolve.startswith(f"{BUILD_RESOLVE}:")


def _wishes(project: DeclaredProject, resolve: str, environment: Environment) -> tuple[Wish, ...]:
    concerned = [t for t in project.targets if t.resolve == resolve and environment.name in t.environments]
    return tuple(
        Wish(declared, target.name)
        for target in concerned
        for declared in target.requirements
        if marker_holds(declared.requirement.marker, environment.variables)
    )


def _held(declared: Iterable[Declared], environment: Environment) -> tuple[Wish, ...]:
    return tuple(Wish(d) for d in declared if marker_holds(d.requirement.marker, environment.variables))


def _pins_in(pins: Pins, resolve: str, environment: str) -> dict[str, str]:
    return {name: version for (r, e, name), version in pins.items() if (r, e) == (resolve, environment)}


def members_of(project: DeclaredProject) -> dict[str, Member]:
    """Return the targets that others can ask for by project name."""
    extras: dict[str, dict[str, tuple[Declared, ...]]] = {}
    for target in project.targets:
        if target.base is not None and target.extra is not None:
            extras.setdefault(target.base, {})[target.extra] = target.requirements
    return {
        target.project_name: _member(target, target.project_name, extras.get(target.name, {}))
        for target in project.targets
        if target.project_name is not None and target.base is None
    }


def _member(target: Target, name: str, extras: Mapping[str, tuple[Declared, ...]]) -> Member:
    return Member(
        name=name,
        target=target.name,
        version=target.version,
        requires_python=target.requires_python,
        requirements=target.requirements,
        extras=extras,
    )


def selecting_of(rules: Rules, environment: Environment, wishes: tuple[Wish, ...], now: datetime) -> Selecting:
    """Return the policy on releases and files, durations made instants (`now` is UTC)."""
    packages = dict(rules.packages)
    return Selecting(
        prerelease=rules.prerelease or "if-necessary",
        prereleases={name: own.prerelease for name, own in packages.items() if own.prerelease is not None},
        lowest={"lowest": "all", "lowest-direct": "direct"}.get(rules.resolution or "", ""),
        cutoff=None if rules.exclude_newer is None else _cutoff(rules.exclude_newer, now),
        cutoffs={
            name: _cutoff(own.exclude_newer, now) for name, own in packages.items() if own.exclude_newer is not None
        },
        no_build=rules.no_build or False,
        no_binary=rules.no_binary or False,
        wheels_only=_in_switch(rules.require_wheels, environment.name),
        wheels_only_for={name: own.require_wheels for name, own in packages.items() if own.require_wheels is not None},
        hashes=demanded_hashes(wishes),
    )


def _cutoff(text: str, now: datetime) -> datetime | None:
    from frazil.project.cutoff import parse_cutoff  # noqa: PLC0415 - most projects have none

    return parse_cutoff(text, now)


def _in_switch(switch: Switch | None, name: str) -> bool:
    return bool(switch) if switch is None or isinstance(switch, bool) else name in switch


# What the command line frees -------------------------------------------------------------------------------


def freed(
    pins: Pins, *, upgrade: bool, packages: tuple[str, ...]
) -> tuple[dict[tuple[str, str, str], str], tuple[Declared, ...]]:
    """Return the pins that stay under `-U` and `-P`, and what `-P name==version` asks for.

    Raises UsageError for a package that is not a name or a requirement.
    """
    narrowed = tuple(_upgrade_of(text) for text in packages)
    names = {declared.requirement.name for declared in narrowed}
    kept = {} if upgrade else {place: version for place, version in pins.items() if place[2] not in names}
    return kept, tuple(declared for declared in narrowed if declared.requirement.specifier)


def unknown_upgrades(packages: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Say of which packages of `-P` there was nothing to let go: no project of that name is, or was, in the lock."""
    names = (_upgrade_of(text).requirement.name for text in packages)
    return tuple(_unknown_upgrade(name, known) for name in names if name not in known)


def _unknown_upgrade(name: str, known: Collection[str]) -> str:
    from frazil.project.suggestions import closest  # noqa: PLC0415 - only a mistake pays for it

    close = closest(name, known)
    return f"-P {name} changes nothing: the lock has no project {name}" + (f"; did you mean {close}?" if close else "")


def _upgrade_of(text: str) -> Declared:
    try:
        requirement = parse_requirement(text)
    except RequirementSyntaxError as error:
        raise UsageError(
            f"-P {text}: {error}", hint="write a name, or a name and a version: -P urllib3==2.5.0"
        ) from None
    if requirement.url is not None or requirement.marker or requirement.extras:
        raise UsageError(f"-P {text}: only a name and versions can be given here")
    specifier_set(requirement.specifier)
    return Declared(requirement, _COMMAND_LINE)
