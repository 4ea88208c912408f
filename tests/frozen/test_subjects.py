"""What a question is about can be written in several ways, and what is none of them is a mistake with a hint."""

import pytest

from frazil.errors import UsageError
from frazil.frozen.subjects import covered, find_subject, parse_subject
from tests.support.locks import example_lock

CLICK = "b4d051ef9c5c2b041d6d5bfaaa71bf28533bc881d122f5cb5f38c9d078437ae2"


@pytest.mark.parametrize(
    ("written", "versions"),
    [
        ("numpy", ["2.1.3", "2.2.1"]),
        ("NumPy", ["2.1.3", "2.2.1"]),
        ("numpy<2.2", ["2.1.3"]),
        ("numpy == 2.2.1", ["2.2.1"]),
        ("numpy-2.1.3-cp312-cp312-win_amd64.whl", ["2.1.3"]),
        ("27de9f69710a7c007d9b3175769bbe376c1aed25e321c5093fdd1a7031235fd1", ["2.1.3"]),
        ("SHA256:27DE9F69710A", ["2.1.3"]),
        ("numpy<1", []),
        ("numpy-9.whl", []),
        ("0" * 64, []),
    ],
)
def test_releases_are_found_by_versions_file_or_digest(written: str, versions: list[str]) -> None:
    frozen = example_lock()
    assert [each.version for each in covered(frozen, [find_subject(frozen, written)])] == versions


def test_a_member_is_found_by_its_target_and_by_its_project() -> None:
    frozen = example_lock()
    by_target, by_name = find_subject(frozen, "./libs/common/"), find_subject(frozen, "services-common")
    member = frozen.targets_by_name["libs/common"]
    assert by_target.covers_member(member)
    assert by_name.covers_member(member)
    assert not find_subject(frozen, "services-common>=1").covers_member(member)


@pytest.mark.parametrize(
    "written", ["", "a b", "click; sys_platform == 'win32'", "click[x]", "click @ https://a.example/b", "click<"]
)
def test_what_is_neither_a_project_nor_a_file_is_a_mistake(written: str) -> None:
    with pytest.raises(UsageError, match="neither a project nor a file"):
        parse_subject(written)


def test_an_unknown_project_is_a_mistake_with_the_closest_ones() -> None:
    with pytest.raises(UsageError) as caught:
        find_subject(example_lock(), "clik")
    assert str(caught.value) == 'the lock has no project "clik"'
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean click?")


def test_a_digest_of_nothing_is_no_mistake() -> None:
    frozen = example_lock()
    assert covered(frozen, [find_subject(frozen, "sha256:00000000")]) == ()
    assert covered(frozen, [find_subject(frozen, CLICK)])[0].name == "click"
