"""The rules of a resolution, one claim each, on both engines."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from frazil.catalog import InMemoryCatalog, InMemoryListing
from frazil.model import Declared, Metadata, Offer, Origin, RejectionKind, Resolution
from frazil.requirement import parse_requirement
from frazil.resolver.engines import ENGINES, Engine, NoAnswer, answer
from frazil.resolver.outcome import Refused
from frazil.resolver.question import Member, Question, Selecting, Wish
from tests.support.universes import Release, Universe, catalog_of, environment, question_of, wish

pytestmark = pytest.mark.parametrize("engine", ENGINES)


Releases = Mapping[str, Mapping[str, Release | list[str]]]


def world(releases: Releases, *wishes: str, **more: object) -> Universe:
    named = {
        name: {v: r if isinstance(r, Release) else Release(tuple(r)) for v, r in versions.items()}
        for name, versions in releases.items()
    }
    return Universe(releases=named, wishes=wishes, **more)  # type: ignore[arg-type]


def pins(found: Resolution) -> dict[str, str | None]:
    return {pin.name: pin.version for pin in found.pins}


def solve(universe: Universe, engine: Engine, where: str = "linux", **changes: object) -> dict[str, str | None]:
    question = replace(question_of(universe, where), **changes)  # type: ignore[arg-type]
    return pins(answer(question, catalog_of(universe), engine=engine))


def refused_by_conflict(universe: Universe, **changes: object) -> NoAnswer:
    question = replace(question_of(universe, "linux"), **changes)  # type: ignore[arg-type]
    with pytest.raises(NoAnswer) as none:
        answer(question, catalog_of(universe))
    assert isinstance(none.value.outcome, Refused)
    return none.value


# Versions --------------------------------------------------------------------------------------------------


def test_the_newest_release_that_all_ask_for_is_taken(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": ["b<3"]}, "b": {"1": [], "2": [], "3": []}}, "a", "b>=1")
    assert solve(universe, engine) == {"a": "2", "b": "2"}


def test_a_constraint_narrows_and_pulls_nothing_in(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": []}, "b": {"1": []}}, "a", constraints=("a<2", "b==1"))
    assert solve(universe, engine) == {"a": "1"}


def test_an_override_replaces_what_others_say(engine: Engine) -> None:
    universe = world({"a": {"1": ["b<2"]}, "b": {"1": [], "2": [], "3": []}}, "a")
    assert solve(universe, engine, overrides=(wish("b>=2,<3", None),)) == {"a": "1", "b": "2"}


def test_an_override_pulls_nothing_in(engine: Engine) -> None:
    universe = world({"a": {"1": []}, "b": {"1": []}}, "a")
    assert solve(universe, engine, overrides=(wish("b", None),)) == {"a": "1"}


def test_an_override_keeps_the_extras_that_were_asked(engine: Engine) -> None:
    releases: Releases = {"a": {"1": ["b[x]<2"]}, "b": {"1": [], "2": ["c; extra == 'x'"]}, "c": {"1": []}}
    universe = world(releases, "a", extras={"b": ("x",)})
    assert solve(universe, engine, overrides=(wish("b>=2", None),)) == {"a": "1", "b": "2", "c": "1"}


def test_an_excluded_dependency_is_left_out_whoever_asks(engine: Engine) -> None:
    universe = world({"a": {"1": ["b", "c"]}, "b": {"1": []}, "c": {"1": ["b"]}}, "a", "b")
    assert solve(universe, engine, excluded=frozenset({"b"})) == {"a": "1", "c": "1"}


def test_an_epoch_counts_more_than_any_number(engine: Engine) -> None:
    universe = world({"a": {"2030.1": [], "1!1.0": []}}, "a")
    assert solve(universe, engine) == {"a": "1!1.0"}


def test_a_local_version_meets_the_public_pin_and_sorts_above_it(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "1.0+cu12": []}}, "a==1.0")
    assert solve(universe, engine) == {"a": "1.0+cu12"}


def test_arbitrary_equality_compares_texts(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "1.0.1": []}}, "a===1.0")
    assert solve(universe, engine) == {"a": "1.0"}


def test_a_post_release_is_newer_than_its_release(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "1.0.post1": []}}, "a>=1.0")
    assert solve(universe, engine) == {"a": "1.0.post1"}


# Pre-releases ----------------------------------------------------------------------------------------------


def test_a_final_release_is_preferred_even_when_a_specifier_names_a_pre_release(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "2.0a1": []}}, "a>=0.1a1")
    assert solve(universe, engine) == {"a": "1.0"}


def test_a_pre_release_is_taken_when_no_final_one_meets_all_requirements(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "2.0a1": [], "2.0a2": []}, "b": {"1": ["a>=2.0a1"]}}, "a", "b")
    assert solve(universe, engine) == {"a": "2.0a2", "b": "1"}


def test_allowed_pre_releases_are_newest_first(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "2.0a1": []}}, "a", prerelease="allow")
    assert solve(universe, engine) == {"a": "2.0a1"}


def test_one_project_may_be_allowed_pre_releases(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "2.0a1": []}, "b": {"1.0": [], "2.0a1": []}}, "a", "b")
    selecting = Selecting(prereleases={"a": "allow"})
    assert solve(universe, engine, selecting=selecting) == {"a": "2.0a1", "b": "1.0"}


def test_disallowed_pre_releases_are_never_taken(engine: Engine) -> None:
    universe = world({"a": {"1.0": [], "2.0a1": []}}, "a", prerelease="disallow")
    assert solve(universe, engine) == {"a": "1.0"}
    refused_by_conflict(world({"a": {"2.0a1": []}}, "a", prerelease="disallow"))


# Yanked ----------------------------------------------------------------------------------------------------


def test_a_yanked_release_is_stepped_over(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": Release(yanked=True)}}, "a")
    assert solve(universe, engine) == {"a": "1"}


@pytest.mark.parametrize("wishes", [("a==2",), ("a===2",), ("b", "a"), ("a>=1", "a==2")])
def test_a_yanked_release_is_taken_when_somebody_pins_it(engine: Engine, wishes: tuple[str, ...]) -> None:
    universe = world({"a": {"1": [], "2": Release(yanked=True)}, "b": {"1": ["a==2"]}}, *wishes)
    assert solve(universe, engine)["a"] == "2"


def test_a_wildcard_pins_nothing(engine: Engine) -> None:
    universe = world({"a": {"2.0": [], "2.1": Release(yanked=True)}}, "a==2.*")
    assert solve(universe, engine) == {"a": "2.0"}


def test_a_yanked_release_cannot_pin_itself(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": Release(("a==2", "a[x]==2"), yanked=True)}}, "a", extras={"a": ("x",)})
    assert solve(universe, engine) == {"a": "1"}


def test_a_locked_release_stays_when_it_is_yanked(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": Release(yanked=True)}}, "a")
    assert solve(universe, engine, locked={"a": "2"}) == {"a": "2"}


def test_a_range_with_only_yanked_releases_is_refused(engine: Engine) -> None:
    assert engine in ENGINES
    refused_by_conflict(world({"a": {"1": [], "2": Release(yanked=True)}}, "a>1"))


# Environments ----------------------------------------------------------------------------------------------


def test_a_marker_decides_by_the_environment_asked_about(engine: Engine) -> None:
    universe = world({"a": {"1": ["b; sys_platform == 'win32'"]}, "b": {"1": []}}, "a")
    assert solve(universe, engine, "linux") == {"a": "1"}
    assert solve(universe, engine, "windows") == {"a": "1", "b": "1"}


@pytest.mark.parametrize("bound", [">=3.13", "<3.12", ">=3.8,<3.12"])
def test_both_bounds_of_requires_python_are_honoured(engine: Engine, bound: str) -> None:
    universe = world({"a": {"1": [], "2": Release(requires_python=bound)}}, "a")
    assert solve(universe, engine, "linux") == {"a": "1"}


def test_a_release_without_a_fitting_wheel_is_stepped_over(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": Release(tag="cp311-cp311-win_amd64")}}, "a")
    assert solve(universe, engine, "linux") == {"a": "1"}
    assert solve(universe, engine, "windows") == {"a": "2"}


# Extras ----------------------------------------------------------------------------------------------------


def test_an_extra_brings_what_it_gates_and_nothing_else_does(engine: Engine) -> None:
    releases: Releases = {"a": {"1": ["b; extra == 'x'", "c; extra == 'y'"]}, "b": {"1": []}, "c": {"1": []}}
    assert solve(world(releases, "a[x]", extras={"a": ("x", "y")}), engine) == {"a": "1", "b": "1"}
    assert solve(world(releases, "a", extras={"a": ("x", "y")}), engine) == {"a": "1"}


def test_an_extra_may_ask_for_other_extras_of_its_own_project(engine: Engine) -> None:
    releases: Releases = {"a": {"1": ["a[x]; extra == 'all'", "b; extra == 'x'"]}, "b": {"1": []}}
    assert solve(world(releases, "a[all]", extras={"a": ("x", "all")}), engine) == {"a": "1", "b": "1"}


def test_extra_names_compare_normalised(engine: Engine) -> None:
    releases: Releases = {"a": {"1": ["b; extra == 'Foo_Bar'"]}, "b": {"1": []}}
    assert solve(world(releases, "a[foo.bar]", extras={"a": ("foo-bar",)}), engine) == {"a": "1", "b": "1"}


def test_a_missing_extra_is_told_and_left_out(engine: Engine) -> None:
    universe = world({"a": {"1": []}}, "a[nope]")
    found = answer(question_of(universe, "linux"), catalog_of(universe), engine=engine)
    assert pins(found) == {"a": "1"}
    assert found.missing_extras == (("a", "nope"),)


def test_a_pin_keeps_the_gate_of_each_edge(engine: Engine) -> None:
    universe = world(
        {"a": {"1": ["b", "c; extra == 'x'"]}, "b": {"1": []}, "c": {"1": []}}, "a[x]", extras={"a": ("x",)}
    )
    found = answer(question_of(universe, "linux"), catalog_of(universe), engine=engine)
    (pin,) = (pin for pin in found.pins if pin.name == "a")
    assert pin.extras == ("x",)
    assert [(str(edge.requirement), edge.extra) for edge in pin.edges] == [("b", None), ("c; extra == 'x'", "x")]


# Policy on files -------------------------------------------------------------------------------------------


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def offered(*offers: Offer, requires: Mapping[str, tuple[str, ...]] | None = None) -> InMemoryCatalog:
    files: dict[str, tuple[Offer, ...]] = {}
    for offer in offers:
        version = offer.filename.removesuffix(".tar.gz").split("-")[1]
        files[version] = (*files.get(version, ()), offer)
    metadata = {
        o.filename: Metadata("a", o.filename.split("-")[1], (requires or {}).get(o.filename, ())) for o in offers
    }
    return InMemoryCatalog([InMemoryListing("a", files)], metadata)


def offer(filename: str, **more: object) -> Offer:
    return Offer(filename, f"https://files.index.example/{filename}", sha256="0" * 64, size=1, **more)  # type: ignore[arg-type]


def ask(selecting: Selecting, *wishes: str) -> Question:
    return Question(
        resolve="default", environment=environment("linux"), wishes=tuple(map(wish, wishes)), selecting=selecting
    )


def test_files_uploaded_at_or_after_the_cutoff_do_not_exist(engine: Engine) -> None:
    catalog = offered(
        offer("a-1-py3-none-any.whl", upload_time=NOON.replace(year=2025)),
        offer("a-2-py3-none-any.whl", upload_time=NOON),
    )
    assert pins(answer(ask(Selecting(cutoff=NOON), "a"), catalog, engine=engine)) == {"a": "1"}
    assert pins(answer(ask(Selecting(cutoff=NOON, cutoffs={"a": None}), "a"), catalog, engine=engine)) == {"a": "2"}


def test_a_file_without_upload_time_never_passes_a_cutoff(engine: Engine) -> None:
    catalog = offered(offer("a-1-py3-none-any.whl"))
    with pytest.raises(NoAnswer) as none:
        answer(ask(Selecting(cutoff=NOON), "a"), catalog, engine=engine)
    rejection = none.value.world.rejection("a", 0)
    assert rejection is not None
    assert rejection.kind is RejectionKind.NO_UPLOAD_TIME


def test_a_wheel_beats_a_source_distribution_of_the_same_release(engine: Engine) -> None:
    catalog = offered(offer("a-1.tar.gz"), offer("a-1-py3-none-any.whl"))
    (pin,) = answer(ask(Selecting(), "a"), catalog, engine=engine).pins
    assert pin.artifact is not None
    assert pin.artifact.filename == "a-1-py3-none-any.whl"


@pytest.mark.parametrize(
    "selecting", [Selecting(no_build=True), Selecting(no_build=("a",)), Selecting(wheels_only=True)]
)
def test_without_builds_only_releases_with_a_wheel_count(engine: Engine, selecting: Selecting) -> None:
    catalog = offered(offer("a-2.tar.gz"), offer("a-1-py3-none-any.whl"))
    assert pins(answer(ask(selecting, "a"), catalog, engine=engine)) == {"a": "1"}
    assert pins(answer(ask(Selecting(no_build=("b",)), "a"), catalog, engine=engine)) == {"a": "2"}


def test_without_binaries_only_source_distributions_count(engine: Engine) -> None:
    catalog = offered(offer("a-2-py3-none-any.whl"), offer("a-1.tar.gz"))
    assert pins(answer(ask(Selecting(no_binary=True), "a"), catalog, engine=engine)) == {"a": "1"}


def test_the_best_tag_wins_then_the_higher_build_number(engine: Engine) -> None:
    catalog = offered(
        offer("a-1-py3-none-any.whl"),
        offer("a-1-2-cp312-cp312-manylinux_2_28_x86_64.whl"),
        offer("a-1-10-cp312-cp312-manylinux_2_28_x86_64.whl"),
    )
    (pin,) = answer(ask(Selecting(), "a"), catalog, engine=engine).pins
    assert pin.artifact is not None
    assert pin.artifact.filename == "a-1-10-cp312-cp312-manylinux_2_28_x86_64.whl"


def test_a_demanded_hash_decides_which_file_counts(engine: Engine) -> None:
    other = replace(offer("a-1-py3-none-any.whl"), sha256="1" * 64)
    catalog = offered(offer("a-2-py3-none-any.whl"), other)
    selecting = Selecting(hashes={"a": frozenset({"1" * 64})})
    assert pins(answer(ask(selecting, "a"), catalog, engine=engine)) == {"a": "1"}


@pytest.mark.parametrize(("lowest", "expected"), [("all", {"a": "1", "b": "1"}), ("direct", {"a": "1", "b": "2"})])
def test_the_lowest_releases_can_be_asked_for(engine: Engine, lowest: str, expected: dict[str, str]) -> None:
    universe = world({"a": {"1": ["b"], "2": ["b"]}, "b": {"1": [], "2": []}}, "a")
    assert solve(universe, engine, selecting=Selecting(lowest=lowest)) == expected


# Pins that are kept ----------------------------------------------------------------------------------------


def test_a_locked_pin_stays_while_it_can(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": []}, "b": {"1": [], "2": ["a>=2"]}}, "a", "b")
    # resolvelib lets go of a pin when a later project asks for more; a relock offers it the locked release only.
    expected = {"a": "1", "b": "1"} if engine == "conflict" else {"a": "2", "b": "2"}
    assert solve(universe, engine, locked={"a": "1"}) == expected


def test_a_locked_pin_that_can_not_stay_moves(engine: Engine) -> None:
    universe = world({"a": {"1": [], "2": []}}, "a>=2")
    assert solve(universe, engine, locked={"a": "1"}) == {"a": "2"}


# Members ---------------------------------------------------------------------------------------------------


def member(name: str, *requirements: str, version: str | None = None, **extras: tuple[str, ...]) -> Member:
    def declared(texts: tuple[str, ...]) -> tuple[Declared, ...]:
        return tuple(Declared(parse_requirement(text), Origin("pyproject.toml")) for text in texts)

    return Member(
        name=name,
        target=f"libs/{name}",
        version=version,
        requirements=declared(requirements),
        extras={extra: declared(texts) for extra, texts in extras.items()},
    )


def test_a_member_is_never_looked_for_on_an_index_and_its_requirements_flow_to_its_users(engine: Engine) -> None:
    universe = world({"common": {"9": []}, "b": {"1": [], "2": []}}, "common")
    catalog = catalog_of(universe)
    question = replace(question_of(universe, "linux"), members={"common": member("common", "b<2")})
    assert pins(answer(question, catalog, engine=engine)) == {"b": "1"}
    assert "common" not in catalog.asked


def test_an_extra_of_a_member_adds_what_it_declares(engine: Engine) -> None:
    universe = world({"b": {"1": []}, "c": {"1": []}}, "common[more]")
    question = replace(question_of(universe, "linux"), members={"common": member("common", "b", more=("c",))})
    assert pins(answer(question, catalog_of(universe), engine=engine)) == {"b": "1", "c": "1"}


def test_a_member_of_another_version_does_not_meet_a_requirement(engine: Engine) -> None:
    universe = world({}, "common>=2")
    assert engine in ENGINES
    refused_by_conflict(universe, members={"common": member("common", version="1.0")})
    undated = replace(question_of(universe, "linux"), members={"common": member("common")})
    assert pins(answer(undated, catalog_of(universe), engine=engine)) == {}


def test_members_may_ask_for_each_other_in_a_circle(engine: Engine) -> None:
    universe = world({"c": {"1": []}}, "a")
    members = {"a": member("a", "b"), "b": member("b", "a", "c")}
    question = replace(question_of(universe, "linux"), members=members)
    assert pins(answer(question, catalog_of(universe), engine=engine)) == {"c": "1"}


def test_wishes_know_who_made_them(engine: Engine) -> None:
    assert engine in ENGINES
    none = refused_by_conflict(world({"a": {"1": []}}, "a>1"))
    assert isinstance(none.outcome, Refused)
    declared = Declared(parse_requirement("a>1"), Origin("pyproject.toml", 1))
    assert isinstance(none.world.question, Question)
    assert none.world.question.wishes == (Wish(declared, "app"),)


def test_a_yanked_release_pinned_by_an_extra_that_only_it_brings_in_is_found(engine: Engine) -> None:
    if engine == "resolvelib":
        return  # it looks for pins only among what it has asked for
    universe = world(
        {
            "a": {"1": Release(("b[x]",), yanked=True)},
            "b": {"1": ["a==1; extra == 'x'"]},
        },
        "a",
        "b",
        extras={"b": ("x",)},
    )
    assert solve(universe, engine) == {"a": "1", "b": "1"}
