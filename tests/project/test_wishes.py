"""Requirements are read in one spelling, and hold nothing that a lock must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import ConfigurationError
from frazil.model import Declared, Origin
from frazil.project.wishes import in_order, parse_constraint, parse_wish, settle_members

HERE = Origin("jobs/etl/requirements.txt", 3)


def _error(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        parse_wish(text, HERE)
    return caught.value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" Flask[Async,dotenv] >= 3 ", "flask[async,dotenv]>=3"),
        ('a; python_version<"3.9"', "a; python_version < '3.9'"),
        ("a @ https://files.index.example/a-1.whl", "a @ https://files.index.example/a-1.whl"),
        ("a @ git+https://git.example/a@v1#subdirectory=x", "a @ git+https://git.example/a@v1#subdirectory=x"),
        ("a @ git+ssh://git@git.example/a@v1", "a @ git+ssh://git@git.example/a@v1"),
        ("a @ git+file:///srv/git/a", "a @ git+file:///srv/git/a"),
        ("a @ file:../../libs/a", "a @ file:libs/a"),
        ("a @ ./vendor/a-1.whl", "a @ file:jobs/etl/vendor/a-1.whl"),
        ("a @ FILE:x#subdirectory=y ; os_name == 'nt'", "a @ file:jobs/etl/x#subdirectory=y ; os_name == 'nt'"),
    ],
)
def test_a_requirement_is_read_in_one_spelling(text: str, canonical: str) -> None:
    declared = parse_wish(text, HERE)
    assert str(declared.requirement) == canonical
    assert declared.origin == HERE


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("flask>>3", 'jobs/etl/requirements.txt:3: "flask>>3" is not a requirement: '),
        ("", 'jobs/etl/requirements.txt:3: "" is not a requirement: '),
        ("a; python_version < 3", 'jobs/etl/requirements.txt:3: "a; python_version < 3" is not a requirement: '),
        ("a @ svn+https://svn.example/a", "jobs/etl/requirements.txt:3: a comes from svn, and frazil only knows git"),
        ("a @ ftp://files.example/a", 'jobs/etl/requirements.txt:3: a has an address of an unknown kind, "ftp"'),
        ("a @ https:///a.whl", "jobs/etl/requirements.txt:3: the address of a names no host"),
        ("a @ https://[x/a.whl", "jobs/etl/requirements.txt:3: the address of a cannot be read: "),
        ("a @ https://h.example:x/a.whl", "jobs/etl/requirements.txt:3: the address of a cannot be read: "),
        ("a @ file:///srv/a", "jobs/etl/requirements.txt:3: a comes from ///srv/a, a path of one machine"),
        ("a @ file:../../../a", "jobs/etl/requirements.txt:3: ../../../a lies outside the project root"),
        ("a @ git+git@git.example:a", "jobs/etl/requirements.txt:3: the address of a has no scheme that git knows"),
    ],
)
def test_what_no_lock_can_hold_is_refused_with_its_place(text: str, sentence: str) -> None:
    assert _error(text).sentence.startswith(sentence)


@pytest.mark.parametrize("text", ["git+https://git.example/a", "https://files.example/a-1.whl", "./a", "../a"])
def test_a_place_without_a_name_is_told_to_have_one(text: str) -> None:
    assert str(_error(text).hint).startswith("say of which project it is: NAME @ ")


def test_a_path_of_one_machine_is_told_how_to_be_one_of_the_project() -> None:
    assert _error("a @ file:///srv/a").hint == "write it relative to jobs/etl/requirements.txt, like a @ file:../a"


@pytest.mark.parametrize(
    "address",
    ["https://user:hunter2@h.example/a.whl", "https://hunter2@h.example/a.whl", "git+ssh://git:hunter2@h.example/a"],
)
def test_credentials_are_refused_and_never_shown(address: str) -> None:
    error = _error(f"a @ {address}")
    assert error.sentence == (
        "jobs/etl/requirements.txt:3: the address of a holds credentials, which would be locked and committed"
    )
    assert "hunter2" not in f"{error.sentence} {error.hint} {error.details}"


def test_a_constraint_pulls_nothing_in() -> None:
    assert str(parse_constraint("numpy<3; os_name == 'nt'", HERE).requirement) == "numpy<3; os_name == 'nt'"
    with pytest.raises(ConfigurationError, match="asks for extras, and a constraint pulls nothing in"):
        parse_constraint("numpy[x]<3", HERE)
    with pytest.raises(ConfigurationError, match="names an address, and a constraint can only narrow versions"):
        parse_constraint("numpy @ https://h.example/n.whl", HERE)


def test_the_path_of_a_member_is_the_member_by_name() -> None:
    members = {"libs/common": "services-common"}
    declared = parse_wish("services-common[x] @ file:../../libs/common ; os_name == 'nt'", HERE)
    assert str(settle_members(declared, members).requirement) == "services-common[x]; os_name == 'nt'"
    elsewhere = parse_wish("b @ file:../../libs/b", HERE)
    assert settle_members(elsewhere, members) == elsewhere


def test_the_path_of_a_member_under_another_name_is_refused() -> None:
    declared = parse_wish("other @ file:../../libs/common", HERE)
    with pytest.raises(ConfigurationError, match="other is required from libs/common, which is services-common"):
        settle_members(declared, {"libs/common": "services-common"})


_WISHES = st.sampled_from(
    [
        parse_wish(text, Origin(file, line))
        for text in ("a", "a>=1", "a @ https://h.example/a.whl", "b[x]")
        for file, line in (("x", None), ("x", 3), ("y", 1))
    ]
)


@given(st.lists(_WISHES))
def test_the_order_of_wishes_is_decided_by_no_file(wishes: list[Declared]) -> None:
    assert in_order(wishes) == in_order(reversed(wishes))
    assert len(in_order(wishes)) == len(set(wishes))
