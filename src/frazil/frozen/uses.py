"""Who uses a release or a file: the targets that ship it, where, the shortest way to it, and what holds it back."""

from collections.abc import Iterable, Sequence

from frazil.frozen.holding import Hold, holds_on
from frazil.frozen.model import Coordinate, Frozen, FrozenTarget
from frazil.frozen.routes import Roads, Route, RouteBook, Shortest, Stop
from frazil.frozen.subjects import Subject, covered
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One target that ships a release: in which environments, by which files, and the nearest way in each of them."""

    target: str
    stop: Stop
    environments: tuple[str, ...]
    filenames: tuple[str, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A release with what holds it back."""

    stop: Stop
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Who uses what was asked about; `releases` are those that somebody ships."""

    subject: Subject
    uses: tuple[Use, ...]
    releases: tuple[Held, ...]


def uses_of(
    frozen: Frozen,
    subject: Subject,
    targets: Sequence[FrozenTarget],
    environments: Sequence[str],
    *,
    within: str | None = None,
) -> Uses:
    """Return who of these targets ships in these environments what a subject means, sorted by target.

    A release is held back by what keeps it `within` a specifier: the subject's own, where nothing else is said.
    """
    roads = [Roads(frozen, environment, targets) for environment in environments]
    uses: list[Use] = []
    releases: list[Held] = []
    for coordinate in covered(frozen, [subject]):
        found = _uses(frozen, subject, coordinate, targets, roads)
        uses += found
        if found:
            holds = holds_on(frozen, coordinate, roads, specifier=subject.specifier if within is None else within)
            releases.append(Held(stop=found[0].stop, holds=holds))
    return Uses(
        subject=subject,
        uses=tuple(sorted(uses, key=lambda use: (use.target, use.stop.place))),
        releases=tuple(releases),
    )


def _uses(
    frozen: Frozen, subject: Subject, coordinate: Coordinate, targets: Sequence[FrozenTarget], roads: list[Roads]
) -> list[Use]:
    book = RouteBook(frozen)
    stop = book.stop(coordinate)
    places: dict[str, list[str]] = {}
    for each in roads:
        if not subject.covers_in(coordinate, each.environment):
            continue
        shortest = Shortest(each, each.nodes_of(coordinate))
        for target in targets:
            ways = each.starts.get(target.name, ())
            reaching = [(length, way) for way in ways if (length := shortest.length(way)) is not None]
            if reaching:
                places.setdefault(target.name, []).append(each.environment)
                _, nearest = min(reaching, key=lambda pair: (pair[0], str(pair[1][0].edge.requirement)))
                start = Stop("target", target.name)
                book.add(start, next(shortest.ways(nearest)), each)
    by_target: dict[str, list[Route]] = {}
    for route in book.routes():
        by_target.setdefault(route.start.name, []).append(route)
    return [
        Use(
            target=name,
            stop=stop,
            environments=tuple(sorted(environments)),
            filenames=_filenames(coordinate, environments),
            routes=tuple(by_target[name]),
        )
        for name, environments in places.items()
    ]


def _filenames(coordinate: Coordinate, environments: Iterable[str]) -> tuple[str, ...]:
    chosen = (coordinate.artifact_for(environment) for environment in environments)
    return tuple(sorted({artifact.filename for artifact in chosen if artifact is not None}))
