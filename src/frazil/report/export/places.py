"""Environments as others tell them apart: by markers (PEP 508), which know no libc and no ABI."""

from collections.abc import Collection, Iterable, Sequence

from packaging.version import Version

from frazil.errors import UsageError
from frazil.model import Environment

_VARIABLES = ("python_version", "sys_platform", "platform_machine", "implementation_name")


class Places:
    """The environments of one file, and the markers that hold in some of them and in none of the others.

    Environments that no marker can tell apart (two libcs, with and without threads, a minor version and one of its
    patches) are one kind.
    """

    def __init__(self, environments: Iterable[Environment]) -> None:
        kinds: dict[tuple[str, ...], list[Environment]] = {}
        for environment in environments:
            kinds.setdefault(_values(environment), []).append(environment)
        self._kinds = {values: tuple(kinds[values]) for values in sorted(kinds)}
        self._values = {e.name: values for values, kind in kinds.items() for e in kind}

    @property
    def markers(self) -> tuple[str, ...]:
        """One marker for each kind of environment, whole enough to hold nowhere else."""
        return tuple(
            " and ".join(f"{name} == '{value}'" for name, value in _exact(values, kind))
            for values, kind in self._kinds.items()
        )

    @property
    def twins(self) -> tuple[tuple[Environment, ...], ...]:
        """The environments that no marker tells apart."""
        return tuple(kind for kind in self._kinds.values() if len(kind) > 1)

    @property
    def requires_python(self) -> str:
        """The lowest Python of them all, as a specifier."""
        lowest = min(
            (dict(_exact(values, kind)) for values, kind in self._kinds.items()),
            key=lambda exact: Version(exact.get("python_full_version") or exact["python_version"]),
        )
        return f">={lowest.get('python_full_version') or lowest['python_version']}"

    def marker(self, names: Collection[str]) -> str:
        """Return a marker that holds in these environments and in no other of the file; empty for all of them."""
        chosen = {self._values[name] for name in names}
        others = self._kinds.keys() - chosen
        if not others:
            return ""
        for position, variable in enumerate(_VARIABLES):
            values = {kind[position] for kind in chosen}
            if values.isdisjoint(kind[position] for kind in others):
                return " or ".join(f"{variable} == '{value}'" for value in sorted(values))
        telling = [n for n in range(len(_VARIABLES)) if len({kind[n] for kind in self._kinds}) > 1]
        alternatives = [" and ".join(f"{_VARIABLES[n]} == '{kind[n]}'" for n in telling) for kind in sorted(chosen)]
        return either(alternatives)

    def whole(self, names: Collection[str]) -> frozenset[str]:
        """Return environments together with those that no marker tells from them."""
        return frozenset(e.name for name in names for e in self._kinds[self._values[name]])


def both(*markers: str) -> str:
    """Join markers that must hold together; an empty one always holds."""
    parts = [f"({marker})" if " or " in marker else marker for marker in markers if marker]
    return " and ".join(parts) if len(parts) > 1 else "".join(marker for marker in markers if marker)


def either(markers: Sequence[str]) -> str:
    """Join markers of which one must hold; an empty one always does."""
    if "" in markers:
        return ""
    return " or ".join(f"({marker})" if " and " in marker and len(markers) > 1 else marker for marker in markers)


def cannot_tell_apart(twins: Iterable[Environment], what: str) -> UsageError:
    """Return the error for environments that need different things and look the same to markers."""
    names = " and ".join(environment.name for environment in twins)
    return UsageError(f"markers cannot tell {names} apart, and {what}", hint="export one of them at a time with --env")


def _values(environment: Environment) -> tuple[str, ...]:
    markers = dict(environment.markers)
    return tuple(markers[variable] for variable in _VARIABLES)


def _exact(values: tuple[str, ...], kind: tuple[Environment, ...]) -> list[tuple[str, str]]:
    """Return the values of a kind's variables, with the patch version where it is frozen for that one alone."""
    pairs = list(zip(_VARIABLES, values, strict=True))
    patches = {e.python_full_version if e.python.count(".") > 1 else "" for e in kind}
    (only, *more) = sorted(patches)
    if only and not more:
        pairs[0] = ("python_full_version", only)
    return pairs
