"""Ways and holds in words: who, by what, where it stands."""

import pytest

from frazil.frozen.holding import Behind, Hold
from frazil.frozen.routes import Leg, Route, Stop
from frazil.model import Origin
from frazil.report.lines import plain
from frazil.report.ways import hold_document, hold_line, passed, route_document
from frazil.requirement import Requirement, parse_requirement


class Lines:
    """Everything stands in line 3."""

    def of_target(self, target: str, requirement: Requirement, file: str | None) -> Origin:  # noqa: ARG002
        return Origin(file or f"{target}/pyproject.toml", 3)

    def of_policy(self, resolve: str, requirement: Requirement, file: str | None) -> Origin:  # noqa: ARG002
        return Origin(file or "", 3)


API, A, B = Stop("target", "api"), Stop("coordinate", "a", "1", "default", 0), Stop("coordinate", "b", "2", "build", 1)
ROUTE = Route(
    start=API,
    legs=(
        Leg(API, parse_requirement("a>=1"), A, replaced=parse_requirement("a<1"), file="requirements.txt"),
        Leg(A, parse_requirement("b"), B, building=True),
    ),
    environments=("linux",),
)


def hold(kind: str, by: str, **more: object) -> Hold:
    facts: dict[str, object] = {"version": None, "file": None, "environments": ("linux",), **more}
    return Hold(kind=kind, by=by, requirement=parse_requirement("b<3"), **facts)  # type: ignore[arg-type]


def test_what_lies_between_leaves_out_both_ends() -> None:
    assert passed(ROUTE) == "a 1"
    assert passed(Route(API, ROUTE.legs[:1], ("linux",))) == ""


def test_a_way_as_an_object_has_every_edge_with_where_it_stands() -> None:
    first, second = route_document(ROUTE, Lines())["legs"]
    assert first == {
        "by": "api",
        "requirement": "a>=1",
        "replaced": "a<1",
        "file": "requirements.txt",
        "line": 3,
        "building": False,
        "kind": "coordinate",
        "name": "a",
        "version": "1",
        "resolve": "default",
    }
    assert (second["by"], second["file"], second["line"], second["building"]) == ("a", None, None, True)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (hold("target", "api"), "b held by api: b<3  api/pyproject.toml:3"),
        (hold("coordinate", "a", version="1"), "b held by a 1: b<3"),
        (hold("constraint", "", file="pyproject.toml"), "b held by the constraint b<3  pyproject.toml:3"),
        (hold("constraint", "old", file="c.txt"), "b held by the constraint b<3 of resolve old  c.txt:3"),
        (hold("override", "", file="pyproject.toml"), "b held by the override b<3  pyproject.toml:3"),
        (hold("coordinate", "a", version="1", environments=("mac",)), "b held by a 1: b<3 [mac]"),
    ],
)
def test_a_hold_says_who_and_where(found: Hold, said: str) -> None:
    assert plain(hold_line(found, "b held", Lines(), places=("linux",))) == said


def test_who_brings_the_holder_is_named_and_many_are_counted() -> None:
    behind = tuple(Behind(target=f"t{n}", requirement=parse_requirement("a")) for n in range(5))
    found = hold("coordinate", "a", version="1", behind=behind)
    said = plain(hold_line(found, "b held", Lines(), places=("linux",)))
    assert said.endswith("  (t0 asks a, t1 asks a and 3 more)")
    assert [each["line"] for each in hold_document(found, Lines())["behind"]] == [3] * 5
