"""What the page is told of a lock: the same edges, so that walking them comes to what the lock says."""

import hashlib
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings

from frazil.frozen.closure import closure_digests
from frazil.frozen.codec import format_frozen, parse_frozen
from frazil.frozen.comparison import within
from frazil.frozen.model import Frozen, FrozenPolicy
from frazil.frozen.walk import EVERYWHERE
from frazil.model import IndexSource
from frazil.report.page_data import COORDINATE, MISSING, TARGET, page_document
from tests.support.frozen_worlds import locks, mapped
from tests.support.locks import edges, example_lock, lock_of
from tests.support.synthetic_lock import synthetic_lock

law = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


def walked(lock: dict[str, Any], target: dict[str, Any], environment: int) -> set[int]:
    """Walk from a target as the page does; return the nodes."""
    asks: dict[int, list[Any]] = {}
    for ask in lock["asks"]:
        asks.setdefault(ask[0], []).append(ask)
    seen = {target["start"]}
    waiting = [target["start"]]
    while waiting:
        for _, answers, _, place, _, _ in asks.get(waiting.pop(), ()):
            if environment in lock["places"][place]:
                waiting += [node for node in answers if node not in seen]
                seen.update(answers)
    return seen


def shipped(lock: dict[str, Any]) -> set[tuple[int, str, str]]:
    """Return (coordinate, environment, target) for all that the page finds shipped."""
    found = set()
    for target in lock["targets"]:
        for environment in lock["places"][target["place"]] if target["walked"] else ():
            name = lock["environments"][environment]["name"]
            for node in walked(lock, target, environment):
                what, number, _ = lock["nodes"][node]
                if what == COORDINATE:
                    found.add((number, name, target["name"]))
    return found


def mapped_shippers(frozen: Frozen) -> set[tuple[int, str, str]]:
    """Return the same from the maps of the lock, `P[x]` with what `P` ships."""
    found = set()
    for number, coordinate in enumerate(frozen.coordinates):
        for key, names in coordinate.targets:
            for environment in coordinate.environments if key == EVERYWHERE else (key,):
                for target in frozen.inputs.targets:
                    own = {target.name, target.base or target.name}
                    living = [name for name in own if environment in frozen.targets_by_name[name].environments]
                    if environment in target.environments and own.intersection(names).intersection(living):
                        found.add((number, environment, target.name))
    return found


@law
@given(locks())
def test_who_ships_what_is_what_the_lock_says(frozen: Frozen) -> None:
    assert shipped(page_document(frozen)["lock"]) == mapped_shippers(frozen)


def test_who_ships_what_is_what_a_large_lock_says() -> None:
    frozen = synthetic_lock(targets=20, coordinates=60)
    assert shipped(page_document(frozen)["lock"]) == mapped_shippers(frozen)


@law
@given(locks())
def test_the_same_lock_gives_the_same_document(frozen: Frozen) -> None:
    assert page_document(parse_frozen(format_frozen(frozen))) == page_document(frozen)


@law
@given(locks())
def test_every_coordinate_has_a_key_of_its_own(frozen: Frozen) -> None:
    keys = [each["key"] for each in page_document(frozen)["lock"]["coordinates"]]
    assert len(set(keys)) == len(keys)


def test_a_release_from_two_sources_is_told_apart_by_them() -> None:
    frozen = lock_of({"a": ("1", [])}, targets={"app": ["a"]})
    [release] = frozen.coordinates
    other = replace(release, source=IndexSource("corp"))
    keys = [each["key"] for each in page_document(replace(frozen, coordinates=(release, other)))["lock"]["coordinates"]]
    assert keys == ["a@1@index default", "a@1@index corp"]


def wishes_of(lock: dict[str, Any]) -> set[tuple[str, str | None, str | None]]:
    """Return (requirement, what it replaces, the file that says so)."""
    found = set()
    for _, _, wish, _, _, origin in lock["asks"]:
        requirement, _, replaced = lock["wishes"][wish]
        found.add((requirement, replaced, lock["origins"][origin]))
    return found


def test_a_requirement_is_told_with_the_file_that_a_target_states_it_in() -> None:
    said = wishes_of(page_document(example_lock())["lock"])
    assert ("services-common", None, "services/api/pyproject.toml") in said
    assert ("colorama>=0.4", None, None) in said


def test_an_override_is_told_with_what_it_replaces() -> None:
    frozen = lock_of({"a": ("1", ["b<1"]), "b": ("2", [])}, targets={"app": ["a"]})
    policy = FrozenPolicy(overrides=edges(["b>=2"]))
    overridden = replace(frozen, inputs=replace(frozen.inputs, policy=policy))
    assert ("b>=2", "b<1", None) in wishes_of(page_document(overridden)["lock"])


def test_a_project_that_differs_between_environments_or_resolves_is_marked() -> None:
    skews = {each["key"]: each["skew"] for each in page_document(example_lock())["lock"]["coordinates"]}
    assert {key: skew for key, skew in skews.items() if skew} == {
        "numpy@2.1.3": 1,
        "numpy@2.2.1": 1,
        "sqlalchemy@1.4.54": 2,
        "sqlalchemy@2.0.36": 2,
    }


def test_what_the_lock_lacks_stands_by_its_name() -> None:
    lock = page_document(lock_of({"a": ("1", ["gone"])}, targets={"app": ["a"]}))["lock"]
    assert [MISSING, "gone", 0] in lock["nodes"]


def test_a_circle_ends() -> None:
    lock = page_document(lock_of({"a": ("1", ["b"]), "b": ("1", ["a"])}, targets={"app": ["a"]}))["lock"]
    assert len(lock["nodes"]) == 3
    assert len(lock["asks"]) == 3


def test_of_a_cut_lock_only_the_targets_that_it_was_cut_to_begin_a_walk() -> None:
    frozen = mapped(replace(example_lock(), subset=("jobs/etl",)))
    targets = {each["name"]: each for each in page_document(frozen)["lock"]["targets"]}
    assert [name for name, each in targets.items() if each["walked"]] == ["jobs/etl"]
    assert targets["libs/common"]["start"] is None


def test_the_page_is_titled_by_the_project_at_the_root() -> None:
    frozen = lock_of({}, targets={".": []})
    [root] = frozen.inputs.targets
    named = replace(frozen, inputs=replace(frozen.inputs, targets=(replace(root, project_name="shop"),)))
    assert page_document(frozen)["title"] == "frozen.json"
    assert page_document(named)["title"] == "shop"


# Two locks --------------------------------------------------------------------------------------------------

OLD = lock_of(
    {"kept": ("1", []), "moved": ("1", ["gone"]), "gone": ("1", [])},
    targets={"app": ["moved"], "other": ["kept"], "last": []},
    ships={"kept": ["other"], "moved": ["app"], "gone": ["app"]},
)
NEW = lock_of(
    {"kept": ("1", []), "moved": ("2", ["come"]), "come": ("1", [])},
    targets={"app": ["moved"], "other": ["kept"], "first": []},
    ships={"kept": ["other"], "moved": ["app"], "come": ["app"]},
)


def statuses(things: list[dict[str, Any]], name: str) -> dict[str, str | None]:
    return {each[name]: each.get("status") for each in things}


def test_what_came_went_and_moved_is_marked_where_it_stands() -> None:
    document = page_document(NEW, OLD)
    assert statuses(document["lock"]["coordinates"], "key") == {"come@1": "added", "kept@1": None, "moved@2": "changed"}
    assert statuses(document["old"]["coordinates"], "key") == {"gone@1": "removed", "kept@1": None, "moved@1": None}
    moved = next(each for each in document["lock"]["coordinates"] if each["name"] == "moved")
    assert [document["changes"][number] for number in moved["changes"]] == [
        {"name": "moved", "kind": "upgraded", "old": "1", "new": "2", "environments": [], "reasons": []}
    ]


def test_the_targets_that_ship_something_else_are_marked() -> None:
    document = page_document(NEW, OLD)
    assert statuses(document["lock"]["targets"], "name") == {"app": "changed", "first": "added", "other": None}
    assert statuses(document["old"]["targets"], "name")["last"] == "removed"


def test_a_release_that_is_pinned_in_fewer_places_is_changed_and_not_gone() -> None:
    frozen = example_lock()
    narrowed = tuple(
        replace(each, resolves=(("default", ("linux",)),)) if each.name == "click" else each
        for each in frozen.coordinates
    )
    document = page_document(replace(frozen, coordinates=narrowed), frozen)
    [click] = [each for each in document["lock"]["coordinates"] if each["name"] == "click"]
    assert click["status"] == "changed"
    assert document["changes"][click["changes"][0]]["kind"] == "removed"
    assert "removed" not in statuses(document["old"]["coordinates"], "key").values()


def test_an_environment_that_only_one_lock_has_is_not_compared() -> None:
    frozen = example_lock()
    document = page_document(frozen, within(frozen, ["linux"]))
    assert document["changes"] == []
    assert document["uncompared"] == ["windows"]
    assert [each["name"] for each in document["lock"]["targets"] if "status" in each] == []


@law
@given(locks())
def test_a_lock_compared_with_itself_has_no_changes(frozen: Frozen) -> None:
    document = page_document(frozen, frozen)
    assert document["changes"] == []
    listed = [*document["lock"]["coordinates"], *document["lock"]["targets"], *document["old"]["coordinates"]]
    assert [each for each in listed if "status" in each] == []


@law
@given(locks(), locks())
def test_of_any_two_locks_the_targets_whose_closures_differ_are_marked(old: Frozen, new: Frozen) -> None:
    before, now = closure_digests(old), closure_digests(new)
    common = old.environments_by_name.keys() & new.environments_by_name.keys()
    # Without a file, a target has the digest of nothing where it is and none where it is not: alike here.
    nothing = hashlib.sha256().hexdigest()
    differing = {
        name
        for name, place in {*before, *now}
        if place in common and before.get((name, place), nothing) != now.get((name, place), nothing)
    }
    marked = {each["name"] for each in page_document(new, old)["lock"]["targets"] if "status" in each}
    assert differing <= marked


def test_targets_stand_for_nodes_of_their_own_kind() -> None:
    lock = page_document(example_lock())["lock"]
    for target in lock["targets"]:
        what, number, resolve = lock["nodes"][target["start"]]
        assert (what, lock["targets"][number]["name"], resolve) == (TARGET, target["name"], target["resolve"])
