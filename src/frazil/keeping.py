"""What a lock may hold of resolves that failed, when the answers of the others are to be kept (`--keep-going`).

The lock never claims more than it answers. A resolve that failed stays as the old lock has it, with the declarations
that it answered then, so that every difference to those of today still makes the lock stale. Where even that would not
be sound any more, its targets are written without environments: nothing is frozen for them.
"""

from collections.abc import Collection, Iterable, Mapping

from frazil.frozen.assembly import Build, CoordinateKey, assemble
from frazil.frozen.inputs import canonical_inputs
from frazil.frozen.model import Frozen, Inputs
from frazil.model import Resolution
from frazil.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswers:
    """What goes into the lock: inputs, their answers, what builds take; `recalled` are resolves that stay as before."""

    inputs: Inputs
    resolutions: tuple[Resolution, ...]
    builds: Mapping[CoordinateKey, Build]
    recalled: tuple[str, ...] = ()


def keep_answers(
    inputs: Inputs,
    resolutions: Iterable[Resolution],
    builds: Mapping[CoordinateKey, Build],
    *,
    failed: Collection[str],
    previous: Frozen | None,
) -> KeptAnswers:
    """Return what may be written although some resolves failed: of each the old answer, else nothing."""
    inputs = without_environments(inputs, failed)
    kept = KeptAnswers(inputs=inputs, resolutions=tuple(resolutions), builds=builds)
    if previous is None or previous.subset is not None or not _alike(inputs, previous.inputs):
        return kept
    for resolve in sorted(failed):
        kept = _with_old(kept, resolve, previous) or kept
    return kept


def without_environments(inputs: Inputs, resolves: Collection[str]) -> Inputs:
    """Return inputs that ask nothing for the targets of some resolves; as members they still serve the others."""
    targets = (replace(t, environments=()) if t.resolve in resolves else t for t in inputs.targets)
    return replace(inputs, targets=tuple(targets))


def _alike(inputs: Inputs, old: Inputs) -> bool:
    """Say whether an old answer was given under what holds for every resolve today."""
    now, then = canonical_inputs(inputs), canonical_inputs(old)
    places = [[(index.name, index.url, index.packages) for index in each.indexes] for each in (now, then)]
    return (now.policy, now.environments, places[0]) == (then.policy, then.environments, places[1])


def _with_old(kept: KeptAnswers, resolve: str, previous: Frozen) -> KeptAnswers | None:
    """Add a resolve as the old lock has it; None where the two do not fit together."""
    from frazil.frozen.checks import check  # noqa: PLC0415 - nearly every resolve has an answer
    from frazil.frozen.document import DocumentError  # noqa: PLC0415
    from frazil.frozen.recall import recalled, recalled_builds  # noqa: PLC0415

    policies = dict(previous.inputs.resolves)
    if resolve not in policies:
        return None
    old = {target.name: target for target in previous.inputs.targets if target.resolve == resolve}
    others = (target for target in kept.inputs.targets if target.name not in old)
    resolves = {**dict(kept.inputs.resolves), resolve: policies[resolve]}
    builds = recalled_builds(previous, resolve)
    attempt = KeptAnswers(
        inputs=replace(kept.inputs, targets=(*others, *old.values()), resolves=tuple(resolves.items())),
        resolutions=(*kept.resolutions, *recalled(previous, resolve), *_builders(kept, builds, previous)),
        builds={**builds, **kept.builds},
        recalled=(*kept.recalled, resolve),
    )
    try:
        check(assemble(attempt.inputs, attempt.resolutions, previous, builds=attempt.builds))
    except DocumentError:
        return None
    return attempt


def _builders(kept: KeptAnswers, builds: Mapping[CoordinateKey, Build], previous: Frozen) -> Iterable[Resolution]:
    """Yield what the builds of a recalled resolve need, where nothing that was answered now needs it too."""
    from frazil.frozen.recall import recalled  # noqa: PLC0415 - loaded by who recalls

    answered = {resolution.resolve for resolution in kept.resolutions}
    for resolve in sorted({build.resolve for build in builds.values()} - answered):
        yield from recalled(previous, resolve)


def partial_sentence(lock: str, failed: Collection[str], recalled: Collection[str]) -> str:
    """Say what a lock holds of resolves that failed."""
    as_before = f"{', '.join(sorted(recalled))} as it was before" if recalled else ""
    nothing = sorted({*failed} - {*recalled})
    left_out = f"nothing for {', '.join(nothing)}" if nothing else ""
    stands = " and ".join(part for part in (as_before, left_out) if part)
    return f"{lock} has the answers of all other resolves, {stands}."
