"""The stamp of a run with nothing to do: it answers only while everything looks as it did."""

import hashlib
import io
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from frazil.stamp import _VERSION, MILLISECONDS, Fact, format_stamp, replay, stamp_place

ARGV = ["ensure"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRAZIL_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    (folder / "out").mkdir(parents=True)
    for name in ("pyproject.toml", "frozen.json", "out/a.whl"):
        (folder / name).write_text(name)
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, ns=(0, 1_600_000_000_000_000_000))
    monkeypatch.chdir(folder)
    return folder


def fact(path: Path) -> Fact:
    seen = path.stat()
    return str(path), seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_ctime_ns


def leave(project: Path, argv: list[str] = ARGV, *, hashed: tuple[tuple[str, str], ...] = ()) -> Path:
    stamp = format_stamp(
        [fact(path) for path in (project / "pyproject.toml", project / "frozen.json", project)],
        hashed,
        [str(project / "frazil.toml")],
        [(*fact(project / "out" / "a.whl")[:4], 0)],
        said=("", f"Up to date (fetch-result, {MILLISECONDS})\n"),
    )
    place = stamp_place(argv, os.environ)
    assert place is not None
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    Path(place).write_bytes(stamp)
    return Path(place)


def test_a_stamp_says_at_once_what_the_long_way_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave(project)
    assert replay(ARGV, os.environ) == 0
    said = capsys.readouterr().err
    assert said.startswith("Up to date (fetch-result, ")
    assert said.endswith(" ms)\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a manifest with other bytes": lambda folder: (folder / "pyproject.toml").write_text("other"),
    "a manifest that is gone": lambda folder: (folder / "pyproject.toml").unlink(),
    "a manifest with another time": lambda folder: os.utime(folder / "pyproject.toml", ns=(0, 1)),
    "a lock that was replaced": lambda folder: (folder / "frozen.json").replace(folder / "old.json"),
    "an artifact that is gone": lambda folder: (folder / "out" / "a.whl").unlink(),
    "an artifact that was edited": lambda folder: (folder / "out" / "a.whl").write_text("edited"),
    "a configuration that appeared": lambda folder: (folder / "frazil.toml").write_text(""),
    "a folder with a new name in it": lambda folder: (folder / "services").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changed_is_left_to_the_long_way(
    project: Path, change: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    leave(project)
    change(project)
    assert replay(ARGV, os.environ) is None
    assert capsys.readouterr().err == ""


def swapped_for_bytes_of_the_same_size_and_time(folder: Path) -> None:
    seen = (folder / "pyproject.toml").stat()
    (folder / "pyproject.toml").write_text("PYPROJECT.TOML")
    os.utime(folder / "pyproject.toml", ns=(seen.st_atime_ns, seen.st_mtime_ns))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell when a file's status changed")
def test_a_time_that_was_set_back_does_not_hide_a_change(project: Path) -> None:
    leave(project)
    swapped_for_bytes_of_the_same_size_and_time(project)
    assert replay(ARGV, os.environ) is None


def test_who_links_an_artifact_once_more_changes_nothing_that_counts(project: Path, tmp_path: Path) -> None:
    leave(project)
    os.link(project / "out" / "a.whl", tmp_path / "elsewhere.whl")
    assert replay(ARGV, os.environ) == 0


def test_a_file_that_was_too_new_is_known_by_its_bytes(project: Path) -> None:
    (tmp := project.parent / "new.toml").write_text("new")
    leave(project, hashed=((str(tmp), hashlib.sha256(b"new").hexdigest()),))
    assert replay(ARGV, os.environ) == 0
    swap = project.parent / "swap"
    swap.write_text("new")
    swap.replace(tmp)
    assert replay(ARGV, os.environ) == 0
    tmp.write_text("old")
    assert replay(ARGV, os.environ) is None
    tmp.unlink()
    assert replay(ARGV, os.environ) is None


def test_what_was_known_by_its_bytes_is_known_by_its_look_once_it_is_old(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp := project.parent / "new.toml").write_text("new")
    place = leave(project, hashed=((str(tmp), hashlib.sha256(b"new").hexdigest()),))
    young = place.read_bytes()
    assert replay(ARGV, os.environ) == 0
    assert place.read_bytes() == young
    hour_later = time.time_ns() + 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: hour_later)
    assert replay(ARGV, os.environ) == 0
    assert place.read_bytes() != young
    assert [file.name for file in place.parent.iterdir()] == [place.name]
    assert replay(ARGV, os.environ) == 0
    swap = project.parent / "swap"
    swap.write_text("new")
    swap.replace(tmp)
    assert replay(ARGV, os.environ) is None


@pytest.mark.parametrize(
    "argv",
    [["resolve"], ["lock"], ["resolve", "--check"], ["lock", "--locked"], ["resolve", "--locked", "--check"]],
)
def test_one_stamp_answers_however_it_is_asked_whether_there_is_something_to_do(project: Path, argv: list[str]) -> None:
    leave(project, ["resolve"])
    assert replay(argv, os.environ) == 0


@pytest.mark.parametrize(
    "argv",
    [
        ["resolve", "-U"],
        ["resolve", "--", "--check"],
        ["resolve", "--check=1"],
        ["resolve", "--dry-run"],
        ["resolve", "x"],
    ],
)
def test_who_asks_for_something_else_is_not_answered(project: Path, argv: list[str]) -> None:
    leave(project, ["resolve"])
    assert replay(argv, os.environ) is None


def test_a_flag_that_a_variable_contradicts_is_left_to_the_long_way(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAZIL_DRY_RUN", "1")
    leave(project, ["resolve"])
    assert replay(["resolve", "--check"], os.environ) is None


@pytest.mark.parametrize("argv", [["ensure", "--frozen"], ["fetch"], ["ensure", "-v"], [], ["ensure", "--no-cache"]])
def test_another_command_line_is_not_answered(project: Path, argv: list[str]) -> None:
    leave(project)
    assert replay(argv, os.environ) is None


@pytest.mark.parametrize("variable", ["FRAZIL_LOCKED", "NO_COLOR", "CI", "PIP_INDEX_URL"])
def test_another_environment_is_not_answered(project: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    leave(project)
    monkeypatch.setenv(variable, "1")
    assert replay(ARGV, os.environ) is None


def test_another_folder_is_not_answered(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(project)
    monkeypatch.chdir(tmp_path)
    assert replay(ARGV, os.environ) is None


def test_a_damaged_stamp_is_a_miss_wherever_it_is_damaged(project: Path) -> None:
    place = leave(project)
    whole = place.read_bytes()
    for position in range(0, len(whole), 7):
        place.write_bytes(whole[:position])
        assert replay(ARGV, os.environ) is None
        place.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert replay(ARGV, os.environ) is None


def test_what_stands_under_other_letters_is_not_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(project)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert replay(ARGV, os.environ) is None


def test_a_stream_that_cannot_take_it_is_left_to_the_long_way(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(project)
    place = stamp_place(ARGV, os.environ)
    assert place is not None
    Path(place).write_bytes(format_stamp([], [], [], [], said=("said", "")))
    assert replay(ARGV, os.environ) == 0
    closed = io.TextIOWrapper(io.BytesIO(), sys.stdout.encoding)
    monkeypatch.setattr(closed, "isatty", lambda: False)
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    assert replay(ARGV, os.environ) is None


def test_the_stamp_knows_the_version_that_it_belongs_to() -> None:
    manifest = (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8")
    assert tomllib.loads(manifest)["project"]["version"] == _VERSION


def test_the_stamp_imports_nothing_but_what_the_interpreter_has_anyway() -> None:
    code = "import sys; before = set(sys.modules); import frazil.stamp; print(*sorted(set(sys.modules) - before))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env)
    assert set(done.stdout.split()) <= {"frazil", "frazil.stamp", "_sha2", "_sha256"}
