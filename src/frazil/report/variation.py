"""Where a lock differs by environment: a project with another version, or none, for some platforms of one target."""

from collections.abc import Iterator
from dataclasses import dataclass

from frazil.frozen.model import Frozen
from frazil.frozen.walk import EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """A project that some target does not have alike in all of its environments.

    `versions` are (version, environments) with the version most environments have first; `absent` are environments in
    which such a target does without it.
    """

    name: str
    versions: tuple[tuple[str, tuple[str, ...]], ...]
    absent: tuple[str, ...] = ()

    def __str__(self) -> str:
        if len(self.versions) == 1:
            return f"{self.name} only on {', '.join(self.versions[0][1])}"
        return f"{self.name} " + ", ".join(f"{version} ({', '.join(names)})" for version, names in self.versions)


def variations(frozen: Frozen) -> tuple[Variation, ...]:
    """Return the projects that differ by environment, by name.

    What only one environment's targets want is no difference: each target is compared with itself.
    """
    shipped: dict[tuple[str, str], dict[str, str]] = {}
    for target, name, environment, version in _shipments(frozen):
        shipped.setdefault((target, name), {})[environment] = version
    found: dict[str, dict[str, set[str]]] = {}
    absent: dict[str, set[str]] = {}
    for (target, name), by_environment in shipped.items():
        declared = frozen.targets_by_name[target].environments
        missing = [environment for environment in declared if environment not in by_environment]
        if missing or len(set(by_environment.values())) > 1:
            absent.setdefault(name, set()).update(missing)
            versions = found.setdefault(name, {})
            for environment, version in by_environment.items():
                versions.setdefault(version, set()).add(environment)
    return tuple(_variation(name, found[name], absent[name]) for name in sorted(found))


def _variation(name: str, versions: dict[str, set[str]], absent: set[str]) -> Variation:
    ordered = sorted(versions.items(), key=lambda item: (-len(item[1]), item[0]))
    return Variation(
        name=name,
        versions=tuple((version, tuple(sorted(environments))) for version, environments in ordered),
        absent=tuple(sorted(absent)),
    )


def _shipments(frozen: Frozen) -> Iterator[tuple[str, str, str, str]]:
    """Yield (target, project, environment, version) for all that is shipped, but for what only builds need."""
    environments = set(frozen.environments_by_name)
    for coordinate in frozen.coordinates:
        pinned = set(coordinate.environments)
        for key, targets in coordinate.targets:
            for target in targets:
                declared = frozen.targets_by_name[target]
                own = set(coordinate.environments_in(declared.resolve)) & set(declared.environments)
                where = pinned & own if key == EVERYWHERE else {key} & environments & own
                for environment in where:
                    yield target, coordinate.name, environment, coordinate.version or "in the repository"
