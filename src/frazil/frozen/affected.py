"""Which targets a change concerns: those that ship other files than before, or whose own sources changed."""

from collections.abc import Iterable, Mapping, Sequence

from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.routes import Roads
from frazil.frozen.shipping import Bits, bits_of, named, shipped_in
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A target in an environment that must be made anew, and why.

    `reasons` are of `unreadable` (what it would be compared with cannot be read), `new` (there was no such target in
    such an environment), `environment` (which is another interpreter or platform now), `closure` (it ships other
    files: those of `projects`) and `sources` (`files` changed: its own, or those of members that it reaches).
    """

    target: str
    environment: str
    reasons: tuple[str, ...]
    projects: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


_Pair = tuple[str, str]
"""A target and an environment."""


def affected(
    old: Frozen | None,
    new: Frozen,
    targets: Sequence[FrozenTarget],
    environments: Iterable[str],
    *,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Affected, ...]:
    """Return which of the new lock's targets are concerned in these environments, sorted.

    Without an old lock it is all of them. `sources` has for targets the files of theirs that changed (None: nobody
    asked); whoever reaches a member is concerned by the member's.
    """
    names = tuple(environments)
    found: dict[_Pair, Affected] = {}
    bits = bits_of(target.name for target in targets)
    for environment in names:
        living = [target for target in targets if environment in target.environments]
        projects = {} if old is None else _differing(old, new, environment, bits)
        files = _files_reached(new, environment, living, sources) if sources else {}
        for target in living:
            standing = _standing(old, new, target, environment)
            other_files = standing != "new" and target.name in projects
            own_files = files.get(target.name, set())
            concerned = (standing, "closure" if other_files else "", "sources" if own_files else "")
            reasons = tuple(reason for reason in concerned if reason)
            if reasons:
                found[target.name, environment] = Affected(
                    target=target.name,
                    environment=environment,
                    reasons=reasons,
                    projects=tuple(sorted(projects[target.name])) if other_files else (),
                    files=tuple(sorted(own_files)),
                )
    return tuple(found[pair] for pair in sorted(found))


def _standing(old: Frozen | None, new: Frozen, target: FrozenTarget, environment: str) -> str:
    """Return why a pair cannot be compared, or whether its environment is another one; nothing if all is as before."""
    if old is None:
        return "unreadable"
    before = old.targets_by_name.get(target.name)
    if before is None or environment not in before.environments:
        return "new"
    return "environment" if old.environments_by_name[environment] != new.environments_by_name[environment] else ""


def _differing(old: Frozen, new: Frozen, environment: str, bits: Bits) -> dict[str, set[str]]:
    """Return for each target that ships other files than before the projects that these are files of."""
    before, after = _files(old, environment, bits), _files(new, environment, bits)
    found: dict[str, set[str]] = {}
    for file in before.keys() | after.keys():
        for target in named(before.get(file, 0) ^ after.get(file, 0), bits):
            found.setdefault(target, set()).add(file[0])
    return found


def _files(frozen: Frozen, environment: str, bits: Bits) -> dict[tuple[str, str, str], int]:
    """Return the targets that ship each file, known by its project, name and digest."""
    found: dict[tuple[str, str, str], int] = {}
    for coordinate, mask in zip(frozen.coordinates, shipped_in(frozen, environment, bits), strict=True):
        artifact = coordinate.artifact_for(environment) if mask else None
        if artifact is not None:
            file = (coordinate.name, artifact.filename, artifact.sha256)
            found[file] = found.get(file, 0) | mask
    return found


def _files_reached(
    frozen: Frozen, environment: str, targets: Sequence[FrozenTarget], sources: Mapping[str, Sequence[str]]
) -> dict[str, set[str]]:
    """Return the changed files that concern each target: its own, and those of the members that it reaches."""
    found = {target.name: {*sources.get(target.name, ())} for target in targets}
    roads = Roads(frozen, environment, targets)
    for name, files in sources.items():
        member = frozen.targets_by_name.get(name)
        reaching = roads.distances(roads.nodes_of(member)) if member is not None and files else {}
        for target, ways in roads.starts.items() if reaching else ():
            if any(node in reaching for _, nodes in ways for node in nodes):
                found[target].update(files)
    return found
