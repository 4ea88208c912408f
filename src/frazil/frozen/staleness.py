"""Why a lock does not answer what is declared now: every reason, each a sentence that names target, file and line.

Values are compared, never bytes, tool versions or the clock.
"""

from collections.abc import Iterable, Iterator, Sequence

from frazil.errors import cleaned
from frazil.frozen.graph import is_build_resolve
from frazil.frozen.inputs import is_undeclared, own_manifest
from frazil.frozen.model import FrozenEdge, FrozenIndex, FrozenPolicy, FrozenTarget, Inputs
from frazil.model import Declared, Environment, PackageRules, Rules
from frazil.project.declaration import DeclaredProject, Policy
from frazil.values import dataclass, field_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One reason for which a lock is stale.

    `kind` is a slug for machines (`requirement-added`, `environment-changed`, ...) that never changes its meaning;
    `target` is None where all targets are concerned; `line` is where `file` says it now, None where it does not.
    """

    kind: str
    sentence: str
    target: str | None = None
    file: str | None = None
    line: int | None = None

    @property
    def fact(self) -> str:
        """The sentence without the target, for lists that name it once."""
        return self.sentence.removeprefix(f"target {self.target}: ")


def differences(locked: Inputs, declared: Inputs, project: DeclaredProject | None = None) -> tuple[Difference, ...]:
    """Return every difference between what a lock answers and what is declared, none when it is current.

    `project` is what `declared` was made of; it tells lines, and whether environments were declared at all.
    """
    if locked == declared:
        return ()
    comparison = _Comparison(locked, declared, project)
    found = {
        *_policies(_Scope(comparison), locked.policy, declared.policy),
        *_indexes(locked.indexes, declared.indexes),
        *comparison.environments(),
        *_resolves(comparison, dict(locked.resolves), dict(declared.resolves)),
        *_targets(comparison),
    }
    return tuple(sorted(found, key=lambda d: (d.target or "", d.file or "", d.line or 0, d.sentence)))


class _Comparison:
    """The two sides, which environments can be compared within targets and edges, and where lines are looked up."""

    def __init__(self, locked: Inputs, declared: Inputs, project: DeclaredProject | None) -> None:
        self.locked = locked
        self.declared = declared
        self.project = project
        old = {environment.name: environment for environment in locked.environments}
        new = {environment.name: environment for environment in declared.environments}
        self._uncompared = project is not None and not project.environments_declared
        # What an added, removed or changed environment does to targets and markers is not said once more.
        self._steady = set() if self._uncompared else {name for name in old if old[name] == new.get(name)}
        self._moving = ({*old} | {*new}) - self._steady

    def visible(self, environments: tuple[str, ...] | None) -> frozenset[str]:
        """Return the environments of a target or edge that both sides know alike."""
        return frozenset(self._steady if environments is None else {*environments} - self._moving)

    def environments(self) -> Iterator[Difference]:
        old = {environment.name: environment for environment in self.locked.environments}
        new = {environment.name: environment for environment in self.declared.environments}
        if self._uncompared:
            if not is_undeclared(self.locked.environments):
                names = ", ".join(sorted(old)) or "none"
                yield _difference("environments-undeclared", f"environments are no longer declared (locked: {names})")
            return
        for name in sorted({*old} | {*new}):
            yield from _environment(name, old.get(name), new.get(name))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose edges and rules are compared: a target's, a resolve's, else the project's; and where it declares them."""

    comparison: _Comparison
    target: str | None = None
    resolve: str | None = None

    @property
    def subject(self) -> str:
        if self.target is not None:
            return f"target {self.target}: "
        return "" if self.resolve is None else f"resolve {self.resolve}: "

    def file_of(self, edge: FrozenEdge) -> str | None:
        if edge.declared_in is None and self.target is not None:
            return own_manifest(self.target)
        return edge.declared_in

    def line_of(self, edge: FrozenEdge) -> int | None:
        file = self.file_of(edge)
        for declared in self._declared():
            if declared.requirement == edge.requirement and declared.origin.file == file:
                return declared.origin.line
        return None

    def _declared(self) -> Iterable[Declared]:
        project = self.comparison.project
        if project is None:
            return ()
        if self.target is not None:
            target = project.target(self.target)
            return () if target is None else target.requirements
        policy = project.policy
        if self.resolve is not None:
            policy = next((r.policy for r in project.resolves if r.name == self.resolve), Policy())
        return (*policy.constraints, *policy.overrides)


def _difference(kind: str, sentence: str, **where: str | int | None) -> Difference:
    return Difference(kind=kind, sentence=cleaned(sentence), **where)  # type: ignore[arg-type]


# Requirements, constraints, overrides ----------------------------------------------------------------------


def _edges(scope: _Scope, kind: str, old: Sequence[FrozenEdge], new: Sequence[FrozenEdge]) -> Iterator[Difference]:
    """Compare two lists of edges; what went and what came of one project is told as a replacement."""
    before = {_seen(scope, edge): edge for edge in old}
    after = {_seen(scope, edge): edge for edge in new}
    gone = [edge for key, edge in before.items() if key not in after]
    come = [edge for key, edge in after.items() if key not in before]
    for name in sorted({edge.requirement.name for edge in (*gone, *come)}):
        left = [edge for edge in gone if edge.requirement.name == name]
        right = [edge for edge in come if edge.requirement.name == name]
        for first, second in _pairs(left, right):
            yield _edge_difference(scope, kind, first, second)


def _seen(scope: _Scope, edge: FrozenEdge) -> tuple[object, ...]:
    return (
        edge.requirement,
        edge.extra,
        edge.declared_in,
        frozenset(edge.hashes),
        scope.comparison.visible(edge.environments),
    )


def _pairs(left: list[FrozenEdge], right: list[FrozenEdge]) -> Iterator[tuple[FrozenEdge | None, FrozenEdge | None]]:
    """Pair what went with what came: the same requirement first, then the same file, then in order."""
    for alike in (
        lambda a, b: a.requirement == b.requirement,
        lambda a, b: a.declared_in == b.declared_in,
        lambda _a, _b: True,
    ):
        for first in tuple(left):
            second = next((edge for edge in right if alike(first, edge)), None)
            if second is not None:
                left.remove(first)
                right.remove(second)
                yield first, second
    for first in left:
        yield first, None
    for second in right:
        yield None, second


def _edge_difference(scope: _Scope, kind: str, old: FrozenEdge | None, new: FrozenEdge | None) -> Difference:
    # A target's requirement is what a target has; of a constraint or override the sentence says what it is.
    noun = scope.subject if kind == "requirement" else f"{scope.subject}{kind} "
    if new is None:
        assert old is not None  # noqa: S101 - a pair has at least one side
        file = scope.file_of(old)
        source = "" if file is None else f" from {file}"
        return _difference(
            f"{kind}-removed", f"{noun}{old.requirement} removed{source}", target=scope.target, file=file
        )
    file, line = scope.file_of(new), scope.line_of(new)
    place = "" if file is None else f" at {file}" if line is None else f" at {file}:{line}"
    if old is None:
        return _difference(
            f"{kind}-added", f"{noun}{new.requirement} added{place}", target=scope.target, file=file, line=line
        )
    change, what = _edge_change(scope, old, new, place)
    return _difference(f"{kind}-{change}", f"{noun}{what}", target=scope.target, file=file, line=line)


def _edge_change(scope: _Scope, old: FrozenEdge, new: FrozenEdge, place: str) -> tuple[str, str]:
    if old.requirement != new.requirement:
        return "replaced", f"{new.requirement} replaced {old.requirement}{place}"
    if old.declared_in != new.declared_in:
        return (
            "moved",
            f"{new.requirement} moved from {scope.file_of(old) or 'elsewhere'}{place.replace(' at ', ' to ', 1)}",
        )
    if {*old.hashes} != {*new.hashes}:
        return "changed", f"the hashes that {new.requirement} demands changed{place}"
    if old.extra != new.extra:
        return "changed", f"{new.requirement} depends on extra {_said(new.extra)} instead of {_said(old.extra)}{place}"
    before, after = (scope.comparison.visible(edge.environments) for edge in (old, new))
    return "changed", f"{new.requirement} applies in {_listed(after)} instead of {_listed(before)}{place}"


# Policy ----------------------------------------------------------------------------------------------------


def _policies(scope: _Scope, old: FrozenPolicy, new: FrozenPolicy) -> Iterator[Difference]:
    yield from _edges(scope, "constraint", old.constraints, new.constraints)
    yield from _edges(scope, "override", old.overrides, new.overrides)
    subject = scope.subject or "policy: "
    for rule in field_names(Rules):
        before, after = getattr(old.rules, rule), getattr(new.rules, rule)
        if rule == "packages":
            yield from _packages(subject, dict(before), dict(after))
        elif rule == "exclude_dependencies":
            for name in sorted({*before} ^ {*after}):
                what = "added to" if name in after else "removed from"
                yield _difference("policy-changed", f"{subject}{name} {what} exclude-dependencies")
        elif _canonical(before) != _canonical(after):
            yield _difference("policy-changed", subject + _changed(rule, before, after))


def _packages(subject: str, old: dict[str, PackageRules], new: dict[str, PackageRules]) -> Iterator[Difference]:
    for name in sorted({*old} | {*new}):
        before, after = old.get(name, PackageRules()), new.get(name, PackageRules())
        for own in field_names(PackageRules):
            was, is_now = getattr(before, own), getattr(after, own)
            if was != is_now:
                what = _changed(own, was, is_now)
                yield _difference("policy-changed", f"{subject}package {name}: {what}")


def _resolves(
    comparison: _Comparison, old: dict[str, FrozenPolicy], new: dict[str, FrozenPolicy]
) -> Iterator[Difference]:
    for name in sorted({*old} | {*new}):
        before, after = old.get(name), new.get(name)
        # A resolve for builds is there when something is built, not because somebody declared it.
        if not is_build_resolve(name):
            if before is None:
                yield _difference("resolve-added", f"resolve {name} added")
            if after is None:
                yield _difference("resolve-removed", f"resolve {name} removed")
        scope = _Scope(comparison, resolve=name)
        yield from _policies(scope, before or FrozenPolicy(), after or FrozenPolicy())


# Indexes and environments ----------------------------------------------------------------------------------


def _indexes(old: tuple[FrozenIndex, ...], new: tuple[FrozenIndex, ...]) -> Iterator[Difference]:
    before = {index.name: index for index in old}
    after = {index.name: index for index in new}
    for name in after.keys() - before.keys():
        yield _difference("index-added", f"index {name} added")
    for name in before.keys() - after.keys():
        yield _difference("index-removed", f"index {name} removed")
    kept = [name for name in before if name in after]
    order = [name for name in after if name in before]
    if kept != order:
        yield _difference(
            "index-order", f"indexes are tried in the order {', '.join(order)} instead of {', '.join(kept)}"
        )
    for name in kept:
        yield from _index(before[name], after[name])


def _index(old: FrozenIndex, new: FrozenIndex) -> Iterator[Difference]:
    subject = f"index {new.name}: "
    if old.url != new.url:
        own = "the machine's own"
        yield _difference("index-changed", f"{subject}address changed from {old.url or own} to {new.url or own}")
    # Where nobody declares a file root, the lock holds the one that was learnt.
    if new.files is not None and old.files != new.files:
        yield _difference("index-changed", subject + _changed("files", old.files, new.files))
    if {*old.packages} != {*new.packages}:
        yield _difference("index-changed", subject + _changed("packages", old.packages, new.packages))


def _environment(name: str, old: Environment | None, new: Environment | None) -> Iterator[Difference]:
    subject = f"environment {name}"
    if old is None:
        assert new is not None  # noqa: S101 - the name comes from one of the sides
        yield _difference("environment-added", f"{subject} added (python {new.python}, {new.platform})")
    elif new is None:
        yield _difference("environment-removed", f"{subject} removed")
    elif old != new:
        before, after = (
            {"python": old.python, "platform": old.platform},
            {"python": new.python, "platform": new.platform},
        )
        if before == after:
            before, after = dict(old.markers), dict(new.markers)
        for field in sorted({*before} | {*after}):
            if before.get(field) != after.get(field):
                what = f"{field} changed from {_said(before.get(field))} to {_said(after.get(field))}"
                yield _difference("environment-changed", f"{subject}: {what}")


# Targets ---------------------------------------------------------------------------------------------------


def _targets(comparison: _Comparison) -> Iterator[Difference]:
    old = {target.name: target for target in comparison.locked.targets}
    new = {target.name: target for target in comparison.declared.targets}
    for name in {*old} | {*new}:
        before, after = old.get(name), new.get(name)
        if before is None and after is not None and is_build_resolve(after.resolve):
            continue  # what builds a member is in the lock where it could be answered, and no requirement of anybody
        if before is None:
            declared = comparison.project.target(name) if comparison.project is not None else None
            file = own_manifest(name) if declared is None else declared.manifest
            yield _difference("target-added", f"target {name}: added at {file}", target=name, file=file)
        elif after is None:
            yield _difference("target-removed", f"target {name}: removed", target=name)
        elif before != after:
            yield from _target(comparison, before, after)


def _target(comparison: _Comparison, old: FrozenTarget, new: FrozenTarget) -> Iterator[Difference]:
    scope = _Scope(comparison, target=new.name)
    yield from _edges(scope, "requirement", old.requirements, new.requirements)
    if old.resolve != new.resolve and not is_build_resolve(new.resolve):
        sentence = f"{scope.subject}moved from resolve {old.resolve} to {new.resolve}"
        yield _difference("target-moved", sentence, target=new.name)
    before, after = comparison.visible(old.environments), comparison.visible(new.environments)
    if before != after:
        sentence = f"{scope.subject}environments changed from {_listed(before)} to {_listed(after)}"
        yield _difference("target-changed", sentence, target=new.name)
    for name in field_names(FrozenTarget):
        if name not in {"name", "resolve", "environments", "requirements"}:
            was, is_now = getattr(old, name), getattr(new, name)
            if was != is_now:
                sentence = scope.subject + _changed(name, was, is_now)
                yield _difference("target-changed", sentence, target=new.name)


# Words -----------------------------------------------------------------------------------------------------


def _changed(field: str, old: object, new: object) -> str:
    return f"{field.replace('_', '-')} changed from {_said(old)} to {_said(new)}"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return _listed(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None or value == "" else str(value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _canonical(value: object) -> object:
    return frozenset(value) if isinstance(value, tuple) else value
