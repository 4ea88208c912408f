"""One release whole: its own facts, what answers its requirements, who asks for it and who ships it."""

from hypothesis import given

from frazil.frozen.detail import Detail, details_of
from frazil.frozen.model import Frozen
from frazil.frozen.selection import selection_of
from frazil.frozen.subjects import covered, find_subject
from tests.support.graph_worlds import World, law, worlds
from tests.support.locks import example_lock


def detail(frozen: Frozen, written: str) -> Detail:
    (found,) = details_of(frozen, covered(frozen, [find_subject(frozen, written)]))
    return found


def test_every_requirement_has_what_answers_it_where() -> None:
    found = detail(example_lock(), "uvicorn")
    answers = {
        str(each.edge.requirement.name): [(stop.label, names) for stop, names in each.answers]
        for each in found.dependencies
    }
    assert answers == {
        "click": [("click 8.1.8", ("linux", "windows"))],
        "colorama": [("colorama 0.4.6", ("windows",))],
        "h11": [("h11 0.16.0", ("linux", "windows"))],
        "uvloop": [("uvloop 0.21.0", ("linux",))],
    }
    assert found.users == (
        ("services/api", ("linux", "windows")),
        ("services/api[postgres]", ("linux", "windows")),
    )
    assert [stop.label for stop in found.dependents] == ["services/api"]


def test_a_build_requirement_is_answered_in_its_resolve() -> None:
    found = detail(example_lock(), "docopt")
    ((answered,),) = [each.answers for each in found.build_requirements]
    assert (answered[0].label, answered[0].resolve) == ("setuptools 75.6.0", "build")


@law
@given(worlds())
def test_the_users_are_those_that_a_fetch_gives_its_files_to(world: World) -> None:
    frozen = world.frozen()
    chosen = selection_of(frozen, frozen.inputs.targets, frozen.environments_by_name).artifacts
    for found in details_of(frozen, frozen.coordinates):
        users = {(target, name) for target, names in found.users for name in names}
        assert users == {user for each in chosen if each.coordinate is found.coordinate for user in each.users}
