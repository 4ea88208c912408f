"""Graphs that break resolvers: endless loops, answers denied, depth, width, crowds, circles through extras."""

import random

import pytest

from frazil.resolver import conflict
from frazil.resolver.bound import Bound
from frazil.resolver.engines import Engine, NoAnswer, answer
from frazil.resolver.outcome import Exhausted, Refused
from frazil.resolver.proof import check_proof
from tests.support.universes import Oracle, Release, Universe, catalog_of, question_of

ENGINES: tuple[Engine, ...] = ("conflict", "resolvelib")


def universe(
    releases: dict[str, dict[str, list[str]]], *wishes: str, extras: dict[str, tuple[str, ...]] | None = None
) -> Universe:
    return Universe(
        releases={
            name: {version: Release(tuple(requires)) for version, requires in versions.items()}
            for name, versions in releases.items()
        },
        wishes=wishes,
        extras=extras or {},
    )


def pins(world: Universe, engine: Engine = "conflict") -> dict[str, str]:
    found = answer(question_of(world, "linux"), catalog_of(world), engine=engine)
    return {pin.name: pin.version or "" for pin in found.pins}


def refuses(world: Universe) -> bool:
    with pytest.raises(NoAnswer) as none:
        answer(question_of(world, "linux"), catalog_of(world))
    return isinstance(none.value.outcome, Refused)


ENDLESS = {
    "a": {"1": ["b==1"], "2": ["b==2"]},
    "b": {"1": ["a==2"], "2": ["a==1"]},
}


def test_two_projects_that_ask_for_each_others_other_number_are_refused_with_a_proof() -> None:
    assert refuses(universe(ENDLESS, "a"))


def test_resolvelib_on_the_endless_graph_ends_at_its_bound_without_refusing() -> None:
    with pytest.raises(NoAnswer) as none:
        pins(universe(ENDLESS, "a"), "resolvelib")
    assert isinstance(none.value.outcome, Exhausted)


def test_an_answer_behind_three_projects_is_found() -> None:
    world = universe(
        {
            "child": {"1": ["grandchild>=1"], "2": ["grandchild>=2"]},
            "grandchild": {"1": [], "2": ["parent<2"], "3": ["parent<1"]},
            "parent": {"1": ["child"], "2": ["child<2"]},
        },
        "parent",
    )
    assert pins(world) == {"parent": "2", "child": "1", "grandchild": "1"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chain_of_four_hundred_is_walked_to_its_end(engine: Engine) -> None:
    releases = {f"p{i}": {"1": [f"p{i + 1}"], "2": [f"p{i + 1}"]} for i in range(400)}
    found = pins(universe({**releases, "p400": {"1": []}}, "p0"), engine)
    assert len(found) == 401
    assert found["p7"] == "2"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fan_of_three_hundred_is_taken_whole(engine: Engine) -> None:
    releases = {f"p{i}": {"1": [], "2": ["shared>=1"]} for i in range(300)}
    world = universe({**releases, "shared": {"1": [], "2": []}, "top": {"1": sorted(releases)}}, "top")
    assert len(pins(world, engine)) == 302


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_projects_with_a_hundred_releases_settle(engine: Engine) -> None:
    releases = {
        f"p{i}": {f"{v}": [f"p{j}<={v}" for j in (i + 1, i + 2) if j < 100] for v in range(1, 101)} for i in range(100)
    }
    found = pins(universe(releases, "p0<=60", "p50<=40"), engine)
    assert found["p0"] == "60"
    assert found["p99"] == "40"


def test_a_crowd_without_an_answer_is_refused_with_a_proof() -> None:
    releases = {f"p{i}": {f"{v}": [f"p{i + 1}=={v}"] for v in range(1, 101)} for i in range(30)}
    releases["p30"] = {f"{v}": [] for v in range(101, 201)}
    assert refuses(universe(releases, "p0"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_circle_through_extras_is_closed(engine: Engine) -> None:
    world = universe(
        {
            "a": {"1": ["b[x]; extra == 'x'"], "2": ["b[x]; extra == 'x'"]},
            "b": {"1": ["a[x]==1; extra == 'x'"], "2": ["a[x]==2; extra == 'x'", "c; extra == 'x'"]},
            "c": {"1": ["a[x]"]},
        },
        "a[x]",
        extras={"a": ("x",), "b": ("x",)},
    )
    assert pins(world, engine) == {"a": "2", "b": "2", "c": "1"}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_extra_that_is_asked_for_late_still_narrows_its_project(engine: Engine) -> None:
    world = universe(
        {
            "a": {"1": [], "2": [], "3": ["missing; extra == 'x'"]},
            "late": {"1": ["a[x]"]},
            "middle": {"1": ["late"]},
        },
        "a",
        "middle",
        extras={"a": ("x",)},
    )
    assert pins(world, engine)["a"] == "2"


def boto(count: int) -> dict[str, dict[str, list[str]]]:
    return {
        "boto": {f"1.{i}": [f"core=={i}"] for i in range(1, count)},
        "core": {f"{i}": ["dateutil<3"] for i in range(1, count)},
        "dateutil": {"2.0": [], "3.0": []},
    }


def test_a_culprit_is_asked_before_those_that_it_refuses() -> None:
    world = universe(boto(400), "boto", "dateutil")
    catalog = catalog_of(world)
    found = answer(question_of(world, "linux"), catalog)
    assert {p.name: p.version for p in found.pins} == {"boto": "1.399", "core": "399", "dateutil": "2.0"}
    assert len(catalog.asked) < 40


def test_releases_refused_for_one_reason_without_end_are_given_up_naming_the_pair() -> None:
    world = universe(boto(2000), "boto", "dateutil>=3")
    catalog = catalog_of(world)
    with pytest.raises(NoAnswer) as none:
        answer(question_of(world, "linux"), catalog)
    outcome = none.value.outcome
    assert isinstance(outcome, Exhausted)
    assert (outcome.node, outcome.culprit) == ("core", "dateutil")
    assert len(catalog.asked) < 200


def test_giving_up_names_who_stands_behind_the_one_that_refuses() -> None:
    """Each release of boto wants a range of core, and it is dateutil that keeps all of core out."""
    releases = boto(2000)
    releases["boto"] = {f"1.{i}": [f"core>={i},<{i + 1}"] for i in range(1, 2000)}
    world = universe(releases, "boto>=1", "dateutil>=3")
    with pytest.raises(NoAnswer) as none:
        answer(question_of(world, "linux"), catalog_of(world))
    outcome = none.value.outcome
    assert isinstance(outcome, Exhausted)
    assert "dateutil" in (outcome.culprit, outcome.behind)
    assert "core" in (outcome.node, outcome.culprit)


def test_a_few_hundred_releases_refused_for_one_reason_are_a_proof() -> None:
    assert refuses(universe(boto(300), "boto", "dateutil>=3"))


def test_an_ancient_release_that_is_not_refused_is_found_before_giving_up() -> None:
    releases = boto(2000)
    releases["boto"]["0.1"] = []
    world = universe(releases, "boto", "dateutil>=3")
    assert pins(world) == {"boto": "0.1", "dateutil": "3.0"}


def test_an_ancient_release_that_leads_to_one_that_was_found_is_found_too() -> None:
    releases = boto(2000)
    releases["boto"]["0.2"], releases["core"]["0.2"] = ["core==0.2"], ["dateutil>=2"]
    world = universe(releases, "boto", "dateutil>=3")
    assert pins(world) == {"boto": "0.2", "core": "0.2", "dateutil": "3.0"}


def test_an_old_pre_release_does_not_hide_an_ancient_final_one() -> None:
    releases = boto(2000)
    releases["boto"]["0.2"], releases["core"]["0.2"] = ["core==0.2"], ["dateutil>=2"]
    for number in (1, 2):
        releases["boto"][f"0.3a{number}"] = [f"core==0.3a{number}"]
        releases["core"][f"0.3a{number}"] = ["dateutil<3"]
    world = universe(releases, "boto", "dateutil>=3")
    assert pins(world) == {"boto": "0.2", "core": "0.2", "dateutil": "3.0"}


# Puzzles: whoever solves them by trying one thing after another does not end -------------------------------


def pigeons(holes: int) -> Universe:
    """Return a world in which one pigeon more than there are holes each want one of their own."""
    birds = {f"p{i}": {f"{j + 1}": [f"h{j}=={i + 1}"] for j in range(holes)} for i in range(holes + 1)}
    nests: dict[str, dict[str, list[str]]] = {f"h{j}": {f"{i + 1}": [] for i in range(holes + 1)} for j in range(holes)}
    return universe({**birds, **nests}, *birds)


def queens(count: int) -> Universe:
    """Return a world in which the version of each project is a queen's place in her row."""

    def attacks(row: int, place: int) -> list[str]:
        others = ((other, abs(row - other)) for other in range(count) if other != row)
        return [f"q{o}!={x}" for o, far in others for x in {place, place + far, place - far} if 0 < x <= count]

    return universe(
        {f"q{row}": {f"{place}": attacks(row, place) for place in range(1, count + 1)} for row in range(count)},
        *(f"q{row}" for row in range(count)),
    )


def sentences(variables: int, clauses: int, seed: int) -> Universe:
    """Return a world that asks for an assignment which makes random clauses of three literals true."""
    generator = random.Random(seed)
    releases: dict[str, dict[str, list[str]]] = {f"v{i}": {"1": [], "2": []} for i in range(variables)}
    for number in range(clauses):
        chosen = generator.sample(range(variables), 3)
        releases[f"c{number}"] = {f"{k + 1}": [f"v{v}=={generator.choice([1, 2])}"] for k, v in enumerate(chosen)}
    return universe(releases, *(f"c{number}" for number in range(clauses)))


def test_more_pigeons_than_holes_are_refused() -> None:
    assert refuses(pigeons(6))


@pytest.mark.parametrize("engine", ENGINES)
def test_eight_queens_are_placed(engine: Engine) -> None:
    found = {int(name[1:]): int(version) for name, version in pins(queens(8), engine).items()}
    assert len(found) == 8
    for row, place in found.items():
        assert all(abs(place - other) not in (0, abs(row - at)) for at, other in found.items() if at != row)


def test_three_queens_are_refused() -> None:
    assert refuses(queens(3))


@pytest.mark.parametrize("seed", [1, 2])
def test_clauses_at_the_edge_of_what_can_be_true_are_settled(seed: int) -> None:
    world = sentences(40, 170, seed)
    question, catalog = question_of(world, "linux"), catalog_of(world)
    _, outcome = conflict.search(question, catalog, Bound())
    if isinstance(outcome, Refused):
        assert check_proof(outcome.proof, question, catalog) > 100
    else:
        assert Oracle(world, "linux").is_sound(pins(world))


def test_a_ladder_whose_ends_do_not_meet_is_refused() -> None:
    rungs = {f"p{i}": {"1": [f"p{i + 1}==1"], "2": [f"p{i + 1}==2"]} for i in range(300)}
    assert refuses(universe({**rungs, "p300": {"3": []}}, "p0"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_release_far_back_that_fits_what_another_holds_back_is_found(engine: Engine) -> None:
    """Each release of boto wants its own core, and somebody holds core back by more than a thousand releases."""
    world = universe(
        {
            "boto": {f"{i}": [f"core=={i}"] for i in range(1, 2000)},
            "core": {f"{i}": [] for i in range(1, 2000)},
            "other": {"1": ["core<=700"]},
        },
        "boto",
        "other",
    )
    assert pins(world, engine)["boto"] == "700"


@pytest.mark.parametrize("engine", ENGINES)
def test_markers_that_split_a_project_keep_each_environment_to_its_own_part(engine: Engine) -> None:
    world = universe(
        {
            "a": {"1": ["b<2; sys_platform == 'win32'", "b>=2; sys_platform != 'win32'"]},
            "b": {"1": ["c; sys_platform == 'win32'"], "2": ["c<0; sys_platform == 'win32'"]},
            "c": {"1": []},
        },
        "a",
    )
    found = {
        where: {p.name: p.version for p in answer(question_of(world, where), catalog_of(world), engine=engine).pins}
        for where in ("linux", "windows")
    }
    assert found == {"linux": {"a": "1", "b": "2"}, "windows": {"a": "1", "b": "1", "c": "1"}}


def test_resolvelib_ends_within_its_bound_where_each_way_back_doubles_what_it_remembers() -> None:
    releases: dict[str, dict[str, list[str]]] = {"z": {"1": [], "2": []}}
    for i in range(60):
        releases[f"a{i}"] = {"1": [f"a{i + 1}"], "2": [f"a{i + 1}", f"b{i}==2"]}
        releases[f"b{i}"] = {"1": [], "2": [f"z=={i % 2 + 1}"]}
    releases["a60"] = {"1": ["b0==2", "b1==2"], "2": ["b1==2", "b2==2"]}
    world = universe(releases, "a0")
    assert refuses(world)
    with pytest.raises(NoAnswer) as none:
        pins(world, "resolvelib")
    assert isinstance(none.value.outcome, Exhausted)
