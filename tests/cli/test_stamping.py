"""A run with nothing to do leaves a stamp, and the next one is answered by it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import frazil
from frazil import api
from frazil.cli.stamping import timeless
from frazil.settings import Settings
from frazil.stamp import MILLISECONDS, SECONDS

SOURCE = Path(frazil.__file__).parents[1]
PROJECT = """
[project]
name = "app"
version = "1"

[tool.frazil.environments.linux]
python = "3.12"
platform = "manylinux_2_28_x86_64"
"""
SAID = re.compile(r"Up to date: frozen\.json answers 1 target for linux \(0 coordinates, [0-9.]+ m?s\)\n")


@pytest.fixture
def project(tmp_path: Path, settings: Settings) -> Path:
    """A project without requirements and its lock, both a minute old."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT)
    api.resolve(root, settings=settings)
    minute_ago = time.time() - 60
    for path in (*root.iterdir(), root):
        os.utime(path, (minute_ago, minute_ago))
    return root


def ran(project: Path, *argv: str, ok: bool = True, **environ: str) -> tuple[bool, str, str]:
    """Run a command line in a process of its own; say whether the long way was taken, and what was said."""
    code = f"import sys; sys.argv = ['frazil', *{argv!r}]; from frazil.cli.entry import main; code = main()"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}; sys.stdout.flush(); sys.exit(10 + ('frazil.cli.run' in sys.modules) + code * 2)",
        ],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "FRAZIL_STORE": str(project.parent / "store"),
            "FRAZIL_CACHE_DIR": str(project.parent / "cache"),
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not ok or done.returncode in {10, 11}, done.stderr
    return done.returncode % 2 == 1, done.stdout, done.stderr


def test_the_second_run_says_the_same_without_the_work(project: Path) -> None:
    first, second = ran(project, "resolve"), ran(project, "resolve")
    assert (first[0], second[0]) == (True, False)
    assert first[1] == second[1] == ""
    assert SAID.fullmatch(first[2])
    assert SAID.fullmatch(second[2])


def test_a_change_is_seen_and_answered_the_long_way(project: Path) -> None:
    ran(project, "resolve")
    minute_ago = time.time() - 59
    with (project / "pyproject.toml").open("a") as manifest:
        manifest.write("# another word\n")
    os.utime(project / "pyproject.toml", (minute_ago, minute_ago))
    assert ran(project, "resolve")[0]
    assert not ran(project, "resolve")[0]


def test_a_check_leaves_a_stamp_for_every_way_to_ask(project: Path) -> None:
    first = ran(project, "resolve", "--check")
    others = [ran(project, *argv.split()) for argv in ("resolve --check", "resolve", "lock --locked")]
    assert first[0]
    assert not any(long_way for long_way, _, _ in others)
    assert {timeless(err, json=False) for _, _, err in (first, *others)} == {timeless(first[2], json=False)}


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_who_writes_a_lock_leaves_what_the_next_run_would_say(project: Path, flags: tuple[str, ...]) -> None:
    (project / "frozen.json").unlink()
    assert ran(project, "resolve", *flags)[0]
    long_way, out, err = ran(project, "resolve", "--check", *flags)
    assert not long_way
    assert ran(project, "resolve", "-U", "-q", *flags)[0]  # upgrades are asked for anew each time
    shutil.rmtree(project.parent / "cache")
    long_way, *said = ran(project, "resolve", "--check", *flags)
    assert long_way
    json_times = re.compile(r'(?<="seconds": )[0-9.e-]+')
    assert [json_times.sub("", timeless(text, json=False)) for text in said] == [
        json_times.sub("", timeless(text, json=False)) for text in (out, err)
    ]


def test_a_lock_that_was_written_a_moment_ago_is_known_by_its_bytes(project: Path) -> None:
    (project / "frozen.json").unlink()
    ran(project, "resolve")
    text = (project / "frozen.json").read_text()
    (project / "frozen.json").write_text(text)
    assert not ran(project, "resolve", "--check")[0]
    (project / "frozen.json").write_text(text.replace("3.12", "3.13", 1))
    assert ran(project, "resolve", "--check", ok=False)[0]


def test_another_command_line_has_a_stamp_of_its_own(project: Path) -> None:
    ran(project, "resolve")
    long_way, out, err = ran(project, "resolve", "--json")
    assert (long_way, err) == (True, "")
    long_way, again, _ = ran(project, "resolve", "--json")
    assert not long_way
    before, after = json.loads(out), json.loads(again)
    for document in (before, after):
        for phase in document["costs"]["phases"]:
            phase["seconds"] = 0
    assert before == after


@pytest.mark.parametrize("flag", ["--dry-run", "--no-cache", "-v"])
def test_who_says_how_it_would_be_or_tells_more_leaves_no_stamp(project: Path, flag: str) -> None:
    ran(project, "resolve", flag)
    assert ran(project, "resolve", flag)[0]
    assert not list((project.parent / "cache").glob("stamps*/*"))


def test_the_same_by_variable_leaves_no_stamp_either(project: Path) -> None:
    for variable in ("FRAZIL_DRY_RUN", "FRAZIL_NO_CACHE", "FRAZIL_VERBOSE"):
        ran(project, "resolve", ok=True, **{variable: "1"})
    assert not list((project.parent / "cache").glob("stamps*/*"))


def test_a_cache_that_cannot_be_written_costs_the_stamp_and_nothing_else(project: Path) -> None:
    (project.parent / "file").write_text("not a folder")
    for _ in range(2):
        long_way, _, err = ran(project, "resolve", FRAZIL_CACHE_DIR=str(project.parent / "file"))
        assert long_way
        assert SAID.fullmatch(err)


def test_only_times_give_way() -> None:
    text = "Up to date: 301 artifacts in .frazil/out, 5 ms/x (fetch-result, 17 ms)\nReady (2 fetched, 38.2 MB)\n"
    assert timeless(text, json=False) == text.replace("17 ms", MILLISECONDS)
    assert timeless("(1 coordinate, 0.21 s)", json=False) == f"(1 coordinate, {MILLISECONDS})"
    assert timeless('{"seconds": 1.5e-05, "size": 3}', json=True) == f'{{"seconds": {SECONDS}, "size": 3}}'
