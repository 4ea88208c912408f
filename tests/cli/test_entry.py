"""The door of the process: what it imports, and that the installed command works on real streams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import frazil
from tests.support.locks import EXAMPLE

SOURCE = Path(frazil.__file__).parents[1]


def spawned(
    *arguments: str, folder: Path, out: int = subprocess.PIPE, err: int = subprocess.PIPE, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    """Run Python in a process of its own, with frazil at hand and no home."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE), **environ},
        stdout=out,
        stderr=err,
        check=False,
        timeout=60,
    )


@pytest.fixture
def lock_folder(tmp_path: Path) -> Path:
    """A folder with nothing but a lock."""
    (tmp_path / "frozen.json").write_bytes(EXAMPLE.read_bytes())
    return tmp_path


def loaded_by(statement: str, folder: Path) -> set[str]:
    """Return the modules that a statement loads in a fresh interpreter."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    ran = spawned("-c", code, folder=folder)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.decode().split())


def test_importing_the_door_imports_nothing_else(tmp_path: Path) -> None:
    assert loaded_by("import frazil.cli.entry", tmp_path) == {"frazil", "frazil.cli", "frazil.cli.entry"}


def test_importing_frazil_imports_nothing_else(tmp_path: Path) -> None:
    assert loaded_by("import frazil", tmp_path) == {"frazil"}


@pytest.mark.parametrize("verb", ["--help", "cache dir", "completion bash", "tree"])
def test_a_verb_that_needs_neither_network_nor_resolver_imports_neither(lock_folder: Path, verb: str) -> None:
    code = f"import sys; sys.argv = ['frazil', *{verb.split()!r}]; from frazil.cli.entry import main; main()"
    loaded = spawned(
        "-c",
        f"{code}; print('LOADED', *sys.modules, file=sys.stderr)",
        folder=lock_folder,
        FRAZIL_STORE="s",
        FRAZIL_CACHE_DIR="c",
    ).stderr.decode()
    names = set(loaded.partition("LOADED ")[2].split())
    assert "frazil.cli.run" in names
    assert names & {"httpx", "cachecontrol", "rich", "resolvelib", "pip", "tomlrt", "platformdirs"} == set()
    assert {name for name in names if name.startswith(("frazil.resolver", "frazil.http", "frazil.index"))} == set()


def test_the_public_functions_are_there_when_asked_for() -> None:
    from frazil import api

    assert frazil.resolve is api.resolve
    assert {"resolve", "fetch", "ensure", "read_frozen", "__version__"} <= set(dir(frazil))
    with pytest.raises(AttributeError, match="has no attribute 'thaw'"):
        _ = frazil.thaw


def test_the_module_runs_as_a_command(lock_folder: Path) -> None:
    ran = spawned("-m", "frazil", "tree", "libs/common", "--json", folder=lock_folder)
    assert ran.returncode == 0
    assert [row["name"] for row in json.loads(ran.stdout)["rows"]] == [
        "libs/common",
        "sqlalchemy",
        "typing-extensions",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="closing a standard stream is a thing of POSIX shells")
@pytest.mark.parametrize(("closing", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)])
def test_closed_streams_are_borne(lock_folder: Path, closing: str, code: int) -> None:
    command = f"exec '{sys.executable}' -m frazil tree {closing}"
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    ran = subprocess.run(
        ["sh", "-c", command], cwd=lock_folder, env=environ, capture_output=True, check=False, timeout=60
    )
    assert ran.returncode == code
    assert b"Traceback" not in ran.stderr
    assert b"Exception" not in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX shells")
def test_a_reader_that_goes_away_makes_no_noise(lock_folder: Path) -> None:
    code = "import sys, time; time.sleep(0.3); from frazil.cli.entry import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "tree"],
        cwd=lock_folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), err) == (0, "4 targets · 17 coordinates\n".encode())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_below_stdout_is_exit_2(lock_folder: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        ran = spawned("-m", "frazil", "tree", folder=lock_folder, out=full)
    finally:
        os.close(full)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"error: cannot write to standard output")


def test_a_terminal_without_unicode_gets_ascii(lock_folder: Path) -> None:
    ran = spawned("-m", "frazil", "tree", "libs/common", folder=lock_folder, PYTHONIOENCODING="ascii")
    assert ran.stdout.decode("ascii").split(os.linesep)[1] == "|-- sqlalchemy 2.0.36  >=1.4"
    assert ran.stderr.decode("ascii") == f"1 target - 2 coordinates{os.linesep}"


def test_a_usage_error_is_exit_2_without_a_traceback(tmp_path: Path) -> None:
    ran = spawned("-m", "frazil", "frobnicate", folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b'error: unknown command "frobnicate"')
