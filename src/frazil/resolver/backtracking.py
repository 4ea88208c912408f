"""The resolvelib engine: the same world behind resolvelib's provider, within a bound of rounds.

It proves nothing: where it finds no answer there may still be one, so it never refuses, it is exhausted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from resolvelib import AbstractProvider, BaseReporter, ResolutionError, Resolver
from resolvelib.resolvers import RequirementInformation, ResolutionTooDeep

from frazil.catalog import Catalog
from frazil.model import Rejection
from frazil.resolver.bound import Bound, Watch
from frazil.resolver.joint import AnyWorld, world_of
from frazil.resolver.outcome import Answered, Exhausted, Outcome
from frazil.resolver.question import AnyQuestion
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class _Wanted:
    """resolvelib's requirement: a node in one of some versions."""

    node: str
    mask: int
    pins: bool


@dataclass(frozen=True, slots=True)
class _Chosen:
    """resolvelib's candidate: a node in one version."""

    node: str
    version: int


_MOST_EXCLUDED = 10_000
"""Exclusions of one node. resolvelib notes the same one again and again, twice as often with each way back."""


class _TooMuch(Exception):
    """A round grew beyond all measure."""


_Information = RequirementInformation[_Wanted, _Chosen]


class _Provider(AbstractProvider[_Wanted, _Chosen, str]):
    def __init__(self, world: AnyWorld) -> None:
        self.world = world
        self.seen: dict[str, int] = {}

    def identify(self, requirement_or_candidate: _Wanted | _Chosen) -> str:
        return requirement_or_candidate.node

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, _Chosen],  # noqa: ARG002 - resolvelib passes all by keyword
        candidates: Mapping[str, Iterator[_Chosen]],  # noqa: ARG002
        information: Mapping[str, Iterator[_Information]],
        backtrack_causes: Sequence[_Information],
    ) -> tuple[bool, bool, bool, bool, int]:
        """Ask first for what caused the last conflict, then for what is pinned, then for what is narrowed."""
        caused = any(
            identifier in (cause.requirement.node, cause.parent.node if cause.parent else "")
            for cause in backtrack_causes
        )
        node = self.world.node(identifier)
        mask = node.versions.every
        for known in information[identifier]:
            mask &= known.requirement.mask
        narrowed = node.order.head is not None and not mask >> node.order.head & 1
        discovered = self.seen.setdefault(identifier, len(self.seen))
        return not caused, not self.world.keeps(node, mask), bool(mask & (mask - 1)), not narrowed, discovered

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[_Wanted]],
        incompatibilities: Mapping[str, Iterator[_Chosen]],
    ) -> partial[Iterator[_Chosen]]:
        node = self.world.node(identifier)
        wanted = list(requirements[identifier])
        mask = node.versions.every
        for requirement in wanted:
            mask &= requirement.mask
        for admitted, _ in self.world.constraints_on(node):
            mask &= admitted
        for count, chosen in enumerate(incompatibilities[identifier]):
            if count > _MOST_EXCLUDED:
                raise _TooMuch
            mask &= ~(1 << chosen.version)
        return partial(self._usable, identifier, mask, any(requirement.pins for requirement in wanted))

    def _usable(self, identifier: str, mask: int, pinned: bool) -> Iterator[_Chosen]:
        node = self.world.node(identifier)
        for version in node.order.within(mask):
            if node.member is None:
                if isinstance(self.world.candidate(node.key, version), Rejection):
                    continue
                if not pinned and self.world.must_be_pinned(node, version):
                    continue
            if not isinstance(self.world.needs(node, version), Rejection):
                yield _Chosen(identifier, version)

    def is_satisfied_by(self, requirement: _Wanted, candidate: _Chosen) -> bool:
        return bool(requirement.mask >> candidate.version & 1)

    def get_dependencies(self, candidate: _Chosen) -> Iterable[_Wanted]:
        needs = self.world.needs(self.world.node(candidate.node), candidate.version)
        if isinstance(needs, Rejection):
            return ()
        return tuple(_Wanted(need.node, need.mask, need.pins) for need in needs)


class _Watching(BaseReporter[_Wanted, _Chosen, str]):
    """Passes on when a round begins; which node it will be about is not known then."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def starting_round(self, index: int) -> None:
        self._watch(index + 1, "")


def search(question: AnyQuestion, catalog: Catalog, bound: Bound) -> tuple[AnyWorld, Outcome]:
    """Look for an answer within the bound of rounds; never refuse."""
    world = world_of(question, catalog)
    wanted = [_Wanted(need.node, need.mask, need.pins) for need, _ in world.wishes]
    reporter = BaseReporter[_Wanted, _Chosen, str]() if bound.watch is None else _Watching(bound.watch)
    resolver = Resolver(_Provider(world), reporter)
    try:
        result = resolver.resolve(wanted, max_rounds=bound.rounds)
    except (ResolutionTooDeep, _TooMuch):
        return world, Exhausted(bound.rounds)
    except (ResolutionError, RecursionError):
        return world, Exhausted(0)
    return world, Answered({key: chosen.version for key, chosen in result.mapping.items()}, 0)
