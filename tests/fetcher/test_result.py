"""The record of a finished fetch: when it stands for the next one, when not, and why."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import DiskError
from frazil.fetcher.link import link_out
from frazil.fetcher.place import Link
from frazil.fetcher.result import (
    FetchResult,
    Output,
    ResultKey,
    Signed,
    SignedInputs,
    forget_result,
    format_result,
    parse_result,
    read_result,
    sign_file,
    sign_inputs,
    still_holds,
    write_result,
)
from frazil.store.content import Store
from frazil.store.signature import Signature
from tests.support.stored import link_of, store_artifact

OPTIONS = (("--layout", "flat"), ("--link-mode", "auto"))
NAMES = ("a-1.0-py3-none-any.whl", "b-2.0.tar.gz", "c-3.0.tar.gz")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and permissions as on POSIX")


class Project:
    """A project with a lock, manifests and an output, fetched."""

    def __init__(self, root: Path, mode: str = "auto") -> None:
        self.root, self.mode = root / "project", mode
        self.out, self.cache, self.store = self.root / ".frazil" / "out", root / "cache", Store(root / "store")
        for path in ("services/api/pyproject.toml", "pyproject.toml", "frozen.json"):
            self.write(path, f"the text of {path}")
        self.links: tuple[Link, ...] = tuple(link_of(name, name.encode()) for name in NAMES)
        for name in NAMES:
            store_artifact(self.store, name, name.encode())
        self.key = ResultKey(lock=str(self.root / "frozen.json"), out=str(self.out), targets=("services/*",))

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        os.utime(place, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))

    def edit(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def fetched(self) -> FetchResult:
        inputs = sign_inputs(
            self.key,
            self.root,
            files=("pyproject.toml", "services/api/pyproject.toml"),
            absent=("frazil.toml",),
            folders=(".", "services", "not-there"),
        )
        lock = sign_file(self.root / "frozen.json")
        assert inputs is not None
        assert lock is not None
        outcome = link_out(self.links, store=self.store, out=self.out, mode=self.mode)
        return FetchResult(
            key=self.key,
            lock=lock,
            inputs=inputs,
            options=OPTIONS,
            outputs=outcome.outputs,
            targets=("services/api",),
            environments=("linux",),
            undelivered=("services/api",),
            artifacts=3,
            size=40,
        )


@pytest.fixture(params=["auto", "copy", "hardlink", "symlink"])
def in_each_mode(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    return Project(tmp_path, request.param)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def reason(result: FetchResult) -> str | None:
    return still_holds(result, options=OPTIONS)


# Holding ---------------------------------------------------------------------------------------------------


def test_right_after_a_fetch_its_result_holds(in_each_mode: Project) -> None:
    assert reason(in_each_mode.fetched()) is None


def test_another_option_is_named_with_both_values(project: Project) -> None:
    found = still_holds(project.fetched(), options=(("--layout", "target"), ("--link-mode", "auto")))
    assert found == "--layout is target, and was flat at the last fetch"


def test_a_changed_lock_is_named(project: Project) -> None:
    result = project.fetched()
    project.edit("frozen.json", "another lock")
    assert reason(result) == "frozen.json changed since the last fetch"


def test_a_lock_that_is_gone_is_a_change(project: Project) -> None:
    result = project.fetched()
    (project.root / "frozen.json").unlink()
    assert reason(result) == "frozen.json changed since the last fetch"


def test_an_input_written_anew_with_the_same_bytes_is_no_change(project: Project) -> None:
    result = project.fetched()
    project.edit("pyproject.toml", "the text of pyproject.toml")
    assert reason(result) is None


def test_a_changed_input_is_named_whatever_its_size_and_time(project: Project) -> None:
    result = project.fetched()
    project.edit("services/api/pyproject.toml", "THE text of services/api/pyproject.toml")
    assert reason(result) == "pyproject.toml changed since the last fetch"


def test_an_edit_within_the_clock_tick_of_the_signing_is_seen(project: Project) -> None:
    project.edit("pyproject.toml", "one")
    result = project.fetched()
    signed = result.inputs.files[0]
    project.edit("pyproject.toml", "two")
    os.utime(project.root / "pyproject.toml", ns=(signed.signature.mtime_ns, signed.signature.mtime_ns))
    assert reason(result) == "pyproject.toml changed since the last fetch"


def test_an_old_input_with_an_equal_look_is_not_read(project: Project) -> None:
    result = project.fetched()
    place = project.root / "pyproject.toml"
    status = place.stat()
    project.edit("pyproject.toml", "THE text of pyproject.toml")
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert reason(result) is None, "equal stats are enough"


def test_a_configuration_file_that_appears_is_a_change(project: Project) -> None:
    result = project.fetched()
    project.write("frazil.toml", "")
    assert reason(result) == "frazil.toml appeared since the last fetch"


def test_a_member_that_appears_or_goes_is_a_change(project: Project) -> None:
    result = project.fetched()
    project.write("services/web/pyproject.toml", "")
    assert reason(result) == "something was added to or removed from services"
    (project.root / "services/web/pyproject.toml").unlink()
    (project.root / "services/web").rmdir()
    assert reason(result) is None
    (project.root / "services/api").rename(project.root / "services/app")
    assert reason(result) is not None


def test_a_folder_that_was_not_there_counts_when_it_appears(project: Project) -> None:
    result = project.fetched()
    (project.root / "not-there").mkdir()
    assert reason(result) is not None


def test_what_frazil_itself_puts_into_the_root_is_no_change(project: Project) -> None:
    (project.root / "frozen.json").unlink()
    inputs = sign_inputs(project.key, project.root, files=(), absent=(), folders=(".",))
    assert inputs is not None
    project.write("frozen.json", "the lock")
    project.write("frozen.json.bak", "the old lock")
    project.write(".frazil-0123.tmp", "half a lock")
    result = replace(project.fetched(), inputs=inputs)
    assert reason(result) is None
    project.write("another", "")
    assert reason(result) is not None


def test_an_artifact_gone_from_the_output_is_named(in_each_mode: Project) -> None:
    result = in_each_mode.fetched()
    (in_each_mode.out / NAMES[0]).unlink()
    assert reason(result) == f"1 artifact is gone from the output: {NAMES[0]}"
    (in_each_mode.out / NAMES[1]).unlink()
    assert reason(result) == f"2 artifacts are gone from the output: {NAMES[0]}, {NAMES[1]}"


def test_many_names_are_cut_short(project: Project) -> None:
    result = project.fetched()
    output = result.outputs[0]
    many = tuple(replace(output, place=f"gone-{number}.whl") for number in range(9))
    found = reason(replace(result, outputs=many))
    assert found == ("9 artifacts are gone from the output: gone-0.whl, gone-1.whl, gone-2.whl and 6 more")


def test_an_artifact_changed_in_the_output_is_named(in_each_mode: Project) -> None:
    result = in_each_mode.fetched()
    place = in_each_mode.out / NAMES[0]
    data = place.read_bytes()
    place.unlink()
    place.write_bytes(data[::-1])
    assert reason(result) == f"1 artifact is changed in the output: {NAMES[0]}"


def test_an_edit_in_place_right_after_the_fetch_is_seen(in_each_mode: Project) -> None:
    result = in_each_mode.fetched()
    place = in_each_mode.out / NAMES[0]
    place.resolve().chmod(0o644)
    place.write_bytes(place.read_bytes()[::-1])
    assert reason(result) == f"1 artifact is changed in the output: {NAMES[0]}"


def test_a_link_in_place_of_an_output_is_a_change(project: Project, tmp_path: Path) -> None:
    result = project.fetched()
    place = project.out / NAMES[0]
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    assert reason(result) == f"1 artifact is changed in the output: {NAMES[0]}"


def test_a_symbolic_link_into_a_store_that_was_cleaned_does_not_hold(tmp_path: Path) -> None:
    project = Project(tmp_path, "symlink")
    result = project.fetched()
    project.store.clean()
    assert reason(result) is not None


def test_an_output_moved_about_with_equal_bytes_still_holds(project: Project) -> None:
    result = project.fetched()
    place = project.out / NAMES[0]
    data = place.read_bytes()
    place.unlink()
    place.write_bytes(data)
    assert reason(result) is None


def test_inputs_that_changed_while_they_were_signed_conclude_nothing(project: Project) -> None:
    def sign(**changes: tuple[str, ...]) -> SignedInputs | None:
        asked = {"files": (), "absent": (), "folders": (), **changes}
        return sign_inputs(project.key, project.root, **asked)

    assert sign(files=("pyproject.toml",)) is not None
    assert sign(files=("gone.toml",)) is None
    assert sign(absent=("pyproject.toml",)) is None
    assert sign(files=("services",)) is None
    assert sign_file(project.root / "gone") is None


def test_an_input_that_is_a_link_is_what_it_leads_to(project: Project, tmp_path: Path) -> None:
    (tmp_path / "kept-elsewhere.toml").write_text("one")
    (project.root / "pyproject.toml").unlink()
    (project.root / "pyproject.toml").symlink_to(tmp_path / "kept-elsewhere.toml")
    result = project.fetched()
    assert reason(result) is None
    (tmp_path / "kept-elsewhere.toml").write_text("two")
    assert reason(result) is not None


# Reading and writing ---------------------------------------------------------------------------------------


def test_a_written_result_is_read_back(project: Project) -> None:
    result = project.fetched()
    write_result(project.cache, result)
    assert read_result(project.cache, project.key) == result


def test_each_lock_output_and_selection_has_its_own_result(project: Project) -> None:
    result = project.fetched()
    write_result(project.cache, result)
    for other in (
        replace(project.key, lock="/other.json"),
        replace(project.key, out="/other"),
        replace(project.key, targets=()),
        replace(project.key, environments=("linux",)),
    ):
        assert read_result(project.cache, other) is None
        write_result(project.cache, replace(result, key=other))
        assert read_result(project.cache, other) == replace(result, key=other)
    assert read_result(project.cache, project.key) == result


def test_a_record_under_the_name_of_another_key_is_a_miss(project: Project) -> None:
    other = replace(project.key, environments=("mac",))
    write_result(project.cache, project.fetched())
    (mine,) = (project.cache / "fetch-results").rglob("*.json")
    write_result(project.cache, replace(project.fetched(), key=other))
    (theirs,) = set((project.cache / "fetch-results").rglob("*.json")) - {mine}
    theirs.write_bytes(mine.read_bytes())
    assert read_result(project.cache, other) is None


def test_a_forgotten_result_is_a_miss_and_forgetting_twice_is_fine(project: Project) -> None:
    write_result(project.cache, project.fetched())
    forget_result(project.cache, project.key)
    forget_result(project.cache, project.key)
    assert read_result(project.cache, project.key) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"format": 2}',
        b'{"format": 1}',
        b'{"format": 1, "key": []}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": NaN}',
    ],
)
def test_a_corrupt_record_is_a_miss(project: Project, data: bytes) -> None:
    write_result(project.cache, project.fetched())
    (record,) = (project.cache / "fetch-results").rglob("*.json")
    record.write_bytes(data)
    assert read_result(project.cache, project.key) is None


def test_a_record_cut_anywhere_is_a_miss(project: Project) -> None:
    text = format_result(project.fetched())
    for end in range(0, len(text) - 1, 7):
        with pytest.raises(ValueError):  # noqa: PT011 - any of them is a miss
            parse_result(text[:end])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
ROW = Signed("/a", Signature(1, 2, 3), "0" * 64, 4)
RESULT = FetchResult(
    key=ResultKey(lock="/a", out="/out"),
    lock=ROW,
    inputs=SignedInputs(files=(ROW,), absent=("b",), folders=(ROW,)),
    options=OPTIONS,
    outputs=(Output("a.whl", "0" * 64, "auto", Signature(1, 2, 3)),),
)


@given(key=st.sampled_from(sorted(json.loads(format_result(RESULT)))), value=VALUES)
def test_a_record_with_anything_in_any_place_is_read_or_refused_as_a_value(key: str, value: object) -> None:
    document = {**json.loads(format_result(RESULT)), key: value}
    try:
        parse_result(json.dumps(document).encode())
    except ValueError:
        return


@pytest.mark.parametrize("place", ["../x", "/etc/passwd", "a/../../x", "", "a//b", "a\\..\\b", "."])
def test_a_record_that_lists_a_place_outside_the_output_is_not_believed(place: str) -> None:
    escaped = replace(RESULT, outputs=(replace(RESULT.outputs[0], place=place),))
    with pytest.raises(ValueError, match="no place in an output"):
        parse_result(format_result(escaped))


def test_a_cache_that_cannot_be_written_is_one_sentence(project: Project) -> None:
    project.cache.write_text("a file")
    with pytest.raises(DiskError):
        write_result(project.cache, RESULT)
    assert read_result(project.cache, RESULT.key) is None


def test_the_clock_is_only_used_to_distrust_recent_changes(project: Project) -> None:
    project.edit("pyproject.toml", "one")
    future = time.time_ns() + 10**15
    os.utime(project.root / "pyproject.toml", ns=(future, future))
    assert reason(project.fetched()) is None
