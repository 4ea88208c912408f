"""What the locks of other tools have in common: versions, where they hold, the digests of their files."""

from collections.abc import Set as AbstractSet

from packaging.markers import Marker, UndefinedEnvironmentName
from packaging.version import Version

from frazil.model import Environment
from frazil.regex import regex
from frazil.values import dataclass, field

_EXTRA = regex(r"""\bextra\s*==\s*["']([^"']+)["']""")
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPin:
    """One version of one project (normalised name, canonical version).

    It holds in an environment where any of `markers` does (none: everywhere). `sha256` are the digests of its files,
    empty where the lock has none; `index` is the address that it came from, where the lock says so.
    """

    name: str
    version: str
    markers: tuple[str, ...] = ()
    sha256: frozenset[str] = frozenset()
    index: str | None = None

    def holds_in(self, environment: Environment, selectable: "Selectable") -> bool:
        """Say whether the version is one for an environment, whatever extras and groups are chosen."""
        return not self.markers or any(selectable.holds(marker, environment) for marker in self.markers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectable:
    """The extras and groups that a lock lets an installer choose from (PEP 751); markers may ask for them."""

    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def holds(self, marker: str, environment: Environment) -> bool:
        """Say whether a marker holds with all extras and groups chosen, or with none, or with an extra it names."""
        parsed = Marker(marker)
        named = ["", *_EXTRA.findall(marker)]
        for extras, groups in ((self.extras, self.groups), (_NOTHING, _NOTHING)):
            chosen: dict[str, str | AbstractSet[str]] = {"extras": extras, "dependency_groups": groups}
            for extra in named:
                values = {**dict(environment.variables), **chosen, "extra": extra}
                try:
                    if parsed.evaluate(values, context="lock_file"):
                        return True
                except UndefinedEnvironmentName:
                    return False
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignLock:
    """The versions of a lock, and in sentences what it says besides that is no version to prefer."""

    form: str
    pins: tuple[ForeignPin, ...]
    left_out: tuple[str, ...] = ()
    selectable: Selectable = field(default_factory=Selectable)


def canonical(version: str) -> str | None:
    """Return a version in the spelling of catalogs, None for what is none."""
    try:
        return str(Version(version))
    except ValueError:  # no version, or one with a number of thousands of digits
        return None
