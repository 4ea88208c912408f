"""Links, FIFOs, devices and folders in place of files of caches and store: a miss, and never written through."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import frazil
from tests.support.index_server import IndexServer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and FIFOs as on POSIX")

PROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["a", "s", {more}]\n'


def _fifo(path: Path, _victim: Path) -> None:
    os.mkfifo(path)


def _link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def _device(path: Path, _victim: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path, _victim: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("x")


def _garbage(path: Path, _victim: Path) -> None:
    path.write_bytes(b"\xff\0garbage" * 50)


class Machine:
    def __init__(self, folder: Path, index: IndexServer) -> None:
        self.folder, self.index = folder, index
        (folder / "project").mkdir()
        self.declare()

    def declare(self, more: str = "") -> None:
        (self.folder / "project" / "pyproject.toml").write_text(PROJECT.format(more=more))

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        environ = {
            **os.environ,
            "FRAZIL_STORE": str(self.folder / "store"),
            "FRAZIL_CACHE_DIR": str(self.folder / "cache"),
            "PIP_INDEX_URL": self.index.url,
            "PYTHONPATH": str(Path(frazil.__file__).parents[1]),
        }
        command = [sys.executable, "-m", "frazil", *words]
        return subprocess.run(
            command, cwd=self.folder / "project", env=environ, capture_output=True, text=True, timeout=60, check=False
        )

    def replace(self, folder: str, lay: Callable[[Path, Path], None]) -> None:
        files = [path for path in (self.folder / folder).rglob("*") if path.is_file()]
        for path in files:
            path.unlink()
            lay(path, self.folder / "victim")

    def delivered(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "project/.frazil/out").iterdir()}


@pytest.mark.parametrize("lay", [_fifo, _link, _device, _folder, _garbage])
@pytest.mark.parametrize("where", ["store", "cache"])
def test_whatever_lies_there_is_a_miss(
    tmp_path: Path, index_server: IndexServer, where: str, lay: Callable[[Path, Path], None]
) -> None:
    for name in ("a", "b"):
        index_server.add_wheel(name, "1.0")
    index_server.add_sdist("s", "1.0", static=False, requires=["b"])
    index_server.max_age = 600
    machine = Machine(tmp_path, index_server)
    (tmp_path / "victim").write_text("keep me")
    for _ in range(2):
        finished = machine.run("ensure")
        assert finished.returncode == 0, finished.stderr
    expected = machine.delivered()
    for verb, more in (("ensure", ""), ("resolve", '"b"'), ("fetch", '"b"'), ("ensure", '"b"')):
        machine.declare(more)
        machine.replace(where, lay)
        if verb != "resolve":
            shutil.rmtree(tmp_path / "project/.frazil")
        finished = machine.run(verb)
        assert finished.returncode == 0, finished.stderr
        assert machine.delivered() == expected
        assert (tmp_path / "victim").read_text() == "keep me"


@pytest.mark.parametrize("lay", [_fifo, _device])
@pytest.mark.parametrize("verb", ["ensure", "fetch", "resolve"])
def test_a_lock_that_is_no_file_is_one_sentence(
    tmp_path: Path, index_server: IndexServer, verb: str, lay: Callable[[Path, Path], None]
) -> None:
    index_server.add_wheel("a", "1.0")
    machine = Machine(tmp_path, index_server)
    lay(tmp_path / "project" / "frozen.json", tmp_path)
    finished = machine.run(verb)
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: cannot read ")
    assert "it is no regular file" in finished.stderr
