"""Questions in which several targets, each in a file and line of its own, ask for much: most have no answer."""

import random
from collections.abc import Mapping
from dataclasses import replace

from frazil.model import Declared, Origin
from frazil.requirement import parse_requirement
from frazil.resolver.question import Member, Question, Wish
from frazil.values import replace as changed
from tests.support.universes import Release, Universe, question_of, random_dependency, random_universe

MEMBER = "common"


def crowded_universe(seed: int) -> Universe:
    """Return a random universe with three to eight wishes, in which about half of the releases ask for nothing."""
    universe, generator = random_universe(seed), random.Random(seed + 1)
    wishes = [_dependency(universe, generator) for _ in range(generator.randint(3, 8))]
    return replace(
        universe,
        releases={
            name: {version: Release() if generator.random() < 0.5 else each for version, each in releases.items()}
            for name, releases in universe.releases.items()
        },
        wishes=tuple(dict.fromkeys(wishes)),
    )


def crowded_question(universe: Universe, environment: str, seed: int) -> Question:
    """Return the question of a universe in which each wish is a target's own, and policy stands in a file.

    In some, the first wishes are those of a member that a target asks for by name; in some, there is an override.
    """
    generator = random.Random(seed + 2)
    question = question_of(universe, environment)
    numbers = {parse_requirement(text): number for number, text in enumerate(universe.wishes)}
    wishes = [
        wish_in(str(w.requirement), f"services/t{n}/pyproject.toml", n + 3, f"services/t{n}")
        for w in question.wishes
        for n in (numbers[w.requirement],)
    ]
    members = {}
    if generator.random() < 0.3:
        own = [replaced_origin(wish, "libs/common/pyproject.toml") for wish in wishes if numbers[wish.requirement] < 2]
        members = {MEMBER: Member(name=MEMBER, target="libs/common", requirements=tuple(own))}
        wishes = [wish for wish in wishes if numbers[wish.requirement] >= 2]
        wishes.append(wish_in(MEMBER, "services/user/pyproject.toml", 1, "services/user"))
    overrides = (wish_in(_dependency(universe, generator).partition(";")[0], "frazil.toml", 50),)
    return changed(
        question,
        wishes=tuple(wishes),
        constraints=tuple(wish_in(str(w.requirement), "frazil.toml", 10) for w in question.constraints),
        overrides=overrides if generator.random() < 0.2 else (),
        members=members,
    )


def wish_in(text: str, file: str, line: int, target: str | None = None) -> Wish:
    """Return a wish of a target, or of policy, as a file declares it."""
    return Wish(Declared(parse_requirement(text), Origin(file, line)), target)


def replaced_origin(wish: Wish, file: str) -> Declared:
    return Declared(wish.requirement, Origin(file, wish.declared.origin.line))


def _dependency(universe: Universe, generator: random.Random) -> str:
    names = list(universe.releases)
    versions: Mapping[str, list[str]] = {name: list(releases) for name, releases in universe.releases.items()}
    return random_dependency(generator, names, versions, universe.extras, None)
