"""What `make` says on a machine that cannot make an environment, and that `make help` names every command."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script is for a POSIX shell")

TOO_OLD = """case "$2" in *'%d.%d'*) echo 3.9 ;; *version_info*) exit 1 ;; esac"""
WITHOUT_VENV = """case "$2" in *'%d.%d'*) echo 3.12 ;; *ensurepip*) exit 1 ;; esac"""
BROKEN = "exit 127"


def _make_environment(folder: Path, interpreter: str) -> subprocess.CompletedProcess[str]:
    script = shutil.copy(ROOT / ".ci" / "environment", folder)
    command = ["sh", script, interpreter, ".venv/bin"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _interpreter(folder: Path, body: str) -> str:
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (TOO_OLD, "is Python 3.9; frazil needs 3.11 or newer"),
        (WITHOUT_VENV, "install python3-venv"),
        (BROKEN, "does not run"),
    ],
)
def test_an_interpreter_that_will_not_do_is_named_with_what_to_do(tmp_path: Path, body: str, says: str) -> None:
    made = _make_environment(tmp_path, _interpreter(tmp_path, body))
    assert made.returncode == 1
    assert says in made.stderr
    assert made.stderr.count("\n") == 2
    assert not (tmp_path / ".venv").exists()


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    made = _make_environment(tmp_path, "no-such-python")
    assert made.returncode == 1
    assert made.stderr.startswith("error: no-such-python is not here\nhint: ")


def test_help_names_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    listed = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    described = set(re.findall(r"^([a-z-]+):.* ## \w", makefile, re.MULTILINE))
    assert commands == listed == described
