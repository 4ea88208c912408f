"""Plans: what is downloaded in which order, and the place of each artifact in the output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import IntegrityError, UsageError
from frazil.fetcher.plan import FetchPlan, folder_of, plan_fetch, safe_segment
from frazil.frozen.model import FrozenArtifact
from frazil.frozen.selection import Selection
from frazil.model import ArchiveSource, IndexSource, VcsSource
from frazil.store.names import is_plain_name
from tests.support.stored import selected, selection_of


def absent(_artifact: FrozenArtifact) -> bool:
    return False


def plan(selection: Selection, layout: str = "flat") -> FetchPlan:
    return plan_fetch(selection, layout=layout, present=absent)


def places(selection: Selection, layout: str = "target") -> list[str]:
    return [link.place for link in plan(selection, layout).links]


def test_only_what_the_store_lacks_is_downloaded_and_everything_is_linked() -> None:
    here, missing = selected("a-1.0-py3-none-any.whl"), selected("b-1.0-py3-none-any.whl")
    made = plan_fetch(selection_of(here, missing), present=lambda artifact: artifact.filename == here.artifact.filename)
    assert [download.filename for download in made.downloads] == ["b-1.0-py3-none-any.whl"]
    assert [link.filename for link in made.links] == ["a-1.0-py3-none-any.whl", "b-1.0-py3-none-any.whl"]


def test_the_largest_download_goes_first_and_the_name_decides_among_equals() -> None:
    made = plan(
        selection_of(
            selected("b-1.0.tar.gz", b"xx"),
            selected("a-1.0.tar.gz", b"yy"),
            selected("c-1.0.tar.gz", b"largest"),
        )
    )
    assert [download.filename for download in made.downloads] == ["c-1.0.tar.gz", "a-1.0.tar.gz", "b-1.0.tar.gz"]
    assert made.download_size == 11


def test_an_artifact_of_many_users_is_downloaded_once_and_asked_for_once() -> None:
    asked: list[str] = []

    def present(artifact: FrozenArtifact) -> bool:
        asked.append(artifact.filename)
        return False

    one = selected("a-1.0-py3-none-any.whl", users=(("x", "linux"), ("y", "mac")))
    made = plan_fetch(selection_of(one, one), layout="target", present=present)
    assert len(made.downloads) == len(asked) == 1
    assert len(made.links) == 2
    assert made.artifacts == {(one.artifact.sha256, one.artifact.filename): one.artifact.size}


def test_a_download_knows_where_its_bytes_may_be() -> None:
    by_index, by_archive, by_url, by_vcs = plan(
        selection_of(
            selected("a-1.0.tar.gz", b"4444", source=IndexSource("corp"), path="x/"),
            selected("b-1.0.tar.gz", b"333", source=ArchiveSource("https://files.index.example/b.tgz"), path=None),
            selected("c-1.0.tar.gz", b"22", path=None, url="https://files.index.example/c.tgz"),
            selected("d-1.0.tar", b"1", source=VcsSource("git", "https://git.example/d", "v1", "0" * 40), path=None),
        )
    ).downloads
    assert (by_index.index, by_index.path, by_index.url) == ("corp", "x/", None)
    assert (by_archive.index, by_archive.url) == (None, "https://files.index.example/b.tgz")
    assert by_url.url == "https://files.index.example/c.tgz"
    assert (by_vcs.index, by_vcs.url) == (None, None)


def test_what_is_not_delivered_is_handed_on() -> None:
    assert plan(selection_of(undelivered=("services/api",))).undelivered == ("services/api",)


def test_an_unknown_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match='unknown layout "tree"') as caught:
        plan(selection_of(), "tree")
    assert caught.value.hint == "layouts: flat, target"


@pytest.mark.promise("R6")
@pytest.mark.parametrize("name", ["../a.whl", "a/b.whl", ".frazil", "con", ""])
def test_a_file_name_that_is_a_path_is_refused_before_anything_starts(name: str) -> None:
    with pytest.raises(IntegrityError):
        plan(selection_of(selected("fine-1.0.tar.gz"), selected(name, b"x")))


# Flat ------------------------------------------------------------------------------------------------------


def test_flat_gives_one_place_to_each_file_name() -> None:
    users = (("services/api", "linux"), ("services/api", "mac"), ("services/web", "linux"))
    assert places(selection_of(selected("b.whl", users=users), selected("a.whl")), "flat") == ["a.whl", "b.whl"]


def test_flat_refuses_two_artifacts_of_one_name_and_names_both() -> None:
    one = selected("a-1.0.tar.gz", b"one", users=(("services/api", "linux"),))
    other = selected("a-1.0.tar.gz", b"other", users=(("services/web", "linux"),))
    with pytest.raises(UsageError, match=r"two different artifacts are named a-1\.0\.tar\.gz") as caught:
        plan(selection_of(one, other))
    assert caught.value.details == (
        f"sha256 {one.artifact.sha256}, for services/api",
        f"sha256 {other.artifact.sha256}, for services/web",
    )
    assert "--layout target" in (caught.value.hint or "")


def test_flat_refuses_names_that_differ_in_case_only() -> None:
    with pytest.raises(UsageError):
        plan(selection_of(selected("A-1.0.tar.gz", b"one"), selected("a-1.0.tar.gz", b"other")))


# By target -------------------------------------------------------------------------------------------------


def test_target_gives_one_place_to_each_user() -> None:
    users = (("services/api", "linux"), ("services/api[gpu]", "mac"), ("services/web:dev", "linux"), (".", "linux"))
    assert places(selection_of(selected("a.whl", users=users))) == [
        "linux/a.whl",
        "services/api/linux/a.whl",
        "services/api[gpu]/mac/a.whl",
        "services/web+dev/linux/a.whl",
    ]


def test_target_keeps_two_artifacts_of_one_name_apart() -> None:
    one = selected("a-1.0.tar.gz", b"one", users=(("services/api", "linux"),))
    other = selected("a-1.0.tar.gz", b"other", users=(("services/web", "linux"),))
    assert len(places(selection_of(one, other))) == 2


def test_target_refuses_two_artifacts_in_one_place() -> None:
    with pytest.raises(UsageError, match="for services/api in linux"):
        plan(selection_of(selected("a-1.0.tar.gz", b"one"), selected("a-1.0.tar.gz", b"other")), "target")


@pytest.mark.parametrize(
    ("one", "other"),
    [("web:dev", "web+dev"), ("Web", "web"), ("a/b", "A/b")],
)
def test_two_targets_that_would_share_a_folder_are_refused(one: str, other: str) -> None:
    with pytest.raises(UsageError, match="would share the folder") as caught:
        plan(selection_of(selected("a.whl", users=((one, "linux"), (other, "linux")))), "target")
    assert one in caught.value.sentence
    assert other in caught.value.sentence


def test_a_file_where_another_target_needs_a_folder_is_refused() -> None:
    artifacts = (
        selected("a.whl", users=(("services", "linux"),)),
        selected("b.whl", users=(("services/linux/a.whl", "mac"),)),
    )
    with pytest.raises(UsageError, match="would need a folder where"):
        plan(selection_of(*artifacts), "target")


@pytest.mark.parametrize(
    ("target", "folder"),
    [
        (".", ""),
        (".:dev", ".+dev"),
        ("services/api", "services/api"),
        ("services/api[gpu]", "services/api[gpu]"),
        ("../../etc", ".%2E/.%2E/etc"),
        ("/etc", "%/etc"),
        ("aux", "%61ux"),
        ("nul.d/x", "%6Eul.d/x"),
        ("ends.", "ends%2E"),
        ("what?", "what%3F"),
        ("back\\slash", "back%5Cslash"),
        ("50%", "50%25"),
    ],
)
def test_the_folder_of_a_target(target: str, folder: str) -> None:
    assert folder_of(target) == folder


@given(st.text(max_size=30))
def test_every_segment_is_plain_on_every_system(text: str) -> None:
    segment = safe_segment(text)
    assert segment not in {"", ".", ".."}
    # A leading dot, dash or tilde is odd in a file name and harmless in a folder's.
    assert is_plain_name(f"x{segment}") or len(segment.encode(errors="replace")) > 200
    assert is_plain_name(segment.lstrip(".-~ ") or "x") or segment.lstrip(".-~ ") != segment


@given(st.text(max_size=8), st.text(max_size=8))
def test_segments_collide_only_by_the_plus(one: str, other: str) -> None:
    if one.replace(":", "+") != other.replace(":", "+"):
        assert safe_segment(one) != safe_segment(other)
