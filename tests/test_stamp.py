"""The stamp of a run with nothing to do: it answers only while everything looks as it did."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from frazil.stamp import MILLISECONDS, format_stamp, replay, stamp_place

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


def leave(project: Path, argv: list[str] = ARGV) -> Path:
    stamp = format_stamp(
        [str(project / "pyproject.toml"), str(project / "frozen.json"), str(project)],
        [str(project / "frazil.toml")],
        [str(project / "out" / "a.whl")],
        out="",
        err=f"Up to date (fetch-result, {MILLISECONDS})\n",
    )
    assert stamp is not None
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


@pytest.mark.parametrize("argv", [["ensure", "--locked"], ["fetch"], ["ensure", "-v"], [], ["ensure", "--no-cache"]])
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


def test_a_file_that_changed_a_moment_ago_may_change_again_unseen_so_no_stamp_is_left(project: Path) -> None:
    (project / "pyproject.toml").write_text("now")
    assert format_stamp([str(project / "pyproject.toml")], [], [], out="", err="") is None


def test_the_stamp_imports_nothing_but_what_the_interpreter_has_anyway() -> None:
    code = "import sys; before = set(sys.modules); import frazil.stamp; print(*sorted(set(sys.modules) - before))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env)
    assert set(done.stdout.split()) <= {"frazil", "frazil.stamp", "__future__", "_sha2", "_sha256"}
