"""An advisory as a value, and whether it concerns a version."""

from packaging.version import InvalidVersion, Version

from frazil.values import dataclass

_BEGINNING = "0"


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a range: `kind` is `introduced`, `fixed` or `last_affected`, at a version (`0` is the beginning)."""

    kind: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A vulnerability of one project.

    `name` is the normalised project; it concerns the `versions` that are listed and what `ranges` cover. `severity` is
    one word in capitals where the publisher rated it, `fixed` the versions that mend it, in their order.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    severity: str | None = None
    fixed: tuple[str, ...] = ()
    url: str | None = None
    versions: frozenset[str] = frozenset()
    ranges: tuple[tuple[Event, ...], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """All identifiers that it goes by."""
        return frozenset({self.id, *self.aliases})

    def concerns(self, version: str) -> bool:
        """Say whether a version is affected (OSV schema, "Evaluation")."""
        if version in self.versions:
            return True
        known = read_version(version)
        if known is None:
            return False
        listed = any(read_version(each) == known for each in self.versions)
        return listed or any(_covers(events, known) for events in self.ranges)


def _covers(events: tuple[Event, ...], version: Version) -> bool:
    """Walk the events up to a version. One whose place cannot be told ends nothing, and begins at the beginning."""
    affected = False
    for event in sorted(events, key=_place):
        place = None if event.version == _BEGINNING else read_version(event.version)
        match event.kind:
            case "introduced":
                affected = affected or place is None or place <= version
            case "fixed":
                affected = affected and not (place is not None and place <= version)
            case _:
                affected = affected and not (place is not None and place < version)
    return affected


def _place(event: Event) -> tuple[bool, Version, bool]:
    version = None if event.version == _BEGINNING else read_version(event.version)
    return (version is not None, version or Version(_BEGINNING), event.kind != "fixed")


def read_version(text: str) -> Version | None:
    """Return a version, None for what is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def is_newer(text: str, version: Version) -> bool:
    """Say whether a text is a version after another."""
    known = read_version(text)
    return known is not None and known > version
