"""Why there is no answer: what cannot hold together, the steps between, and what can be done about it."""

from collections.abc import Sequence

from frazil.catalog import Catalog
from frazil.model import Declared
from frazil.resolver.bound import Bound
from frazil.resolver.core import questions_in, smallest_core
from frazil.resolver.joint import AnyWorld
from frazil.resolver.outcome import Refused
from frazil.resolver.story import Story, aligned
from frazil.resolver.ways_out import WaysOut, told_way, ways_out
from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One refusal, in all the environments where it is the same.

    `declared` is a smallest set of lines that cannot hold together; `ways` are changes that were tried. `sentence`
    names who is concerned, not the environments; `requirements`, `steps` and `alternatives` are lines to read.
    """

    resolve: str
    environments: tuple[str, ...]
    declared: tuple[Declared, ...]
    ways: WaysOut
    sentence: str
    requirements: tuple[str, ...]
    steps: tuple[str, ...]
    alternatives: tuple[str, ...]
    hint: str | None

    def lines(self, most: int) -> tuple[str, ...]:
        """Return at most so many lines (10 or more), something that can be done about it always among them."""
        ways = ("", *self.alternatives)[: max(3, most // 3)] if self.alternatives else ()
        room = most - len(ways)
        rows = _cut(self.requirements, max(room - len(self.steps), room // 2))
        return (*rows, *_cut(self.steps, room - len(rows)), *ways)


def explain(refusals: Sequence[tuple[AnyWorld, Refused]], catalog: Catalog, bound: Bound) -> tuple[Explanation, ...]:
    """Explain the refusals of several resolves and environments, each kind once, in their order."""
    tellings: list[_Telling] = []
    for world, refusal in refusals:
        known = [telling.story.core.declared for telling in tellings]
        story = Story(smallest_core(world, refusal.proof, catalog, bound, known=known), world)
        same = next((telling for telling in tellings if telling.is_of(story)), None)
        if same is None:
            tellings.append(_Telling(story, [world]))
        else:
            same.worlds.append(world)
    return tuple(telling.explanation(catalog, bound) for telling in tellings)


@dataclass(slots=True)
class _Telling:
    """A story, and the worlds in which it is the same."""

    story: Story
    worlds: list[AnyWorld] = field(default_factory=list)

    def is_of(self, other: Story) -> bool:
        return all(
            read(self.story) == read(other)
            for read in (lambda s: s.resolve, Story.sentence, Story.requirements, Story.told_steps)
        )

    def explanation(self, catalog: Catalog, bound: Bound) -> Explanation:
        story = self.story
        refused = [world.question for world in self.worlds]
        ways = ways_out(story.core, story.steps, refused, catalog, bound)
        places = [each.environment.name for question in refused for each in questions_in(question)]
        return Explanation(
            resolve=story.resolve,
            environments=tuple(dict.fromkeys(places)),
            declared=story.core.declared,
            ways=ways,
            sentence=story.sentence(),
            requirements=story.requirements(),
            steps=story.told_steps(),
            alternatives=_alternatives(ways),
            hint=story.hint(),
        )


def _alternatives(found: WaysOut) -> tuple[str, ...]:
    if not found.ways:
        return ()
    one = len(found.ways) == 1
    tried = "it was tried" if one else "each was tried"
    does = "makes it work" if found.whole else "ends this conflict, and leaves another"
    opening = f"{'This' if one else 'Any one of these'} {does} ({tried}):"
    return (opening, *(f"  {line}" for line in aligned([told_way(way) for way in found.ways])))


def _cut(lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    if len(lines) <= most:
        return lines
    return (*lines[: most - 1], f"and {len(lines) - most + 1} more") if most > 0 else ()
