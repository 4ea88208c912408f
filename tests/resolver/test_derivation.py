"""Of all that a proof says, the steps of a shortest chain are told, over all versions that matter."""

from frazil.model import Edge, RejectionKind
from frazil.requirement import parse_requirement
from frazil.resolver.clauses import Fact, NeedFact, UnpinnedFact, UnusableFact, WishFact
from frazil.resolver.derivation import LossStep, NeedStep, steps_of
from frazil.resolver.needs import Need
from frazil.resolver.question import Question
from frazil.resolver.sentences import Sentences
from frazil.resolver.world import World
from tests.support.crowds import wish_in
from tests.support.universes import Release, Universe, catalog_of, environment


def world(**versions: int) -> World:
    """Return a world of projects with so many versions (`1`, `2`, …)."""
    releases = {name: {str(n + 1): Release() for n in range(count)} for name, count in versions.items()}
    question = Question(resolve="default", environment=environment("linux"), wishes=())
    return World(question, catalog_of(Universe(releases, ())))


def mask(known: World, requirement: str) -> tuple[str, int, Edge]:
    parsed = parse_requirement(requirement)
    return parsed.name, known.node(parsed.name).versions.admitted(parsed.specifier), Edge(parsed)


def wished(known: World, requirement: str) -> WishFact:
    return WishFact(Need(*mask(known, requirement)), wish_in(requirement, "api/pyproject.toml", 1, "api"))


def needed(known: World, of: str, requirement: str) -> NeedFact:
    name, versions, _ = mask(known, of)
    return NeedFact(name, versions, Need(*mask(known, requirement)))


def lines(known: World, *facts: Fact) -> tuple[str, ...]:
    return Sentences(known, facts).lines(steps_of(known, facts))


def test_of_two_chains_to_the_contradiction_the_shorter_one_is_told() -> None:
    known = world(a=1, b=1, c=1, d=2)
    long = (needed(known, "a", "b"), needed(known, "b", "c"), needed(known, "c", "d<2"))
    short = (needed(known, "a", "d<2"),)
    wishes = (wished(known, "a"), wished(known, "d>=2"))
    for facts in ((*wishes, *long, *short), (*wishes, *short, *long)):
        assert lines(known, *facts) == ("and a 1 requires d<2",)
    assert lines(known, *wishes, *long) == (
        "and a 1 requires b",
        "and b 1 requires c",
        "and c 1 requires d<2",
    )


def test_all_releases_that_were_yanked_are_one_step() -> None:
    known = world(a=3)
    facts: tuple[Fact, ...] = (wished(known, "a"), *(UnpinnedFact("a", version, ()) for version in range(3)))
    assert lines(known, *facts) == ("and every a was yanked, and nothing asks for exactly that",)


def test_of_two_contradictions_in_one_round_the_one_with_fewer_steps_is_told() -> None:
    known = world(a=2, b=2, c=2)
    facts = (
        wished(known, "a"),
        wished(known, "b<2"),
        wished(known, "c<2"),
        needed(known, "a==1", "b>=2"),
        needed(known, "a==2", "b>=2"),
        needed(known, "a==1", "c>=2"),
        UnusableFact("a", 0b01, RejectionKind.NO_FITTING_FILE),
    )
    assert lines(known, *facts) == ("and every a requires b>=2",)


def test_what_releases_need_in_different_words_is_said_by_what_it_comes_to() -> None:
    known = world(a=3, b=5)
    facts: tuple[Fact, ...] = (
        wished(known, "a"),
        wished(known, "b>=5"),
        *(needed(known, f"a=={n}", f"b>={n},<{n + 2}") for n in (1, 2, 3)),
    )
    assert lines(known, *facts) == ("and every a requires b<=4",)


def test_versions_that_fall_out_one_after_another_are_steps_of_their_own() -> None:
    known = world(a=2, b=2, c=2)
    facts = (
        wished(known, "a"),
        wished(known, "b<2"),
        wished(known, "c<2"),
        needed(known, "a==1", "b>=2"),
        needed(known, "a==2", "c>=2"),
    )
    assert set(lines(known, *facts)) == {"and a 1 requires b>=2", "and a 2 requires c>=2"}


def test_a_yanked_release_counts_until_all_that_pin_it_are_out() -> None:
    known = world(a=1, b=2)
    facts = (
        wished(known, "a"),
        wished(known, "b<2"),
        UnpinnedFact("a", 0, (("b", 0b01),)),
    )
    assert steps_of(known, facts) == (LossStep("a", 0b1, RejectionKind.YANKED),)


def test_a_proof_that_needs_cases_is_told_fact_by_fact() -> None:
    known = world(a=2, b=2)
    facts = (
        wished(known, "a"),
        needed(known, "a==1", "b==1"),
        needed(known, "a==2", "b==2"),
        needed(known, "b==1", "a==2"),
        needed(known, "b==2", "a==1"),
    )
    steps = steps_of(known, facts)
    assert len(steps) == 4
    assert all(isinstance(step, NeedStep) for step in steps)
