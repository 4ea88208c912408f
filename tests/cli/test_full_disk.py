"""A disk that is full, has no inode left, or takes no large file: one sentence, and the next run heals."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import frazil
from tests.support.index_server import IndexServer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits and mounts of POSIX")

PROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["a"]\n'
WHEELS = {"a-1.0-py3-none-any.whl", "b-1.0-py3-none-any.whl"}

# Runs frazil with a small file system at a place, then again when that has grown; tells of both runs.
WITHIN = """
import hashlib, json, resource, subprocess, sys
from pathlib import Path
place, options, grown, root, *words = sys.argv[1:]
place, root, told = Path(place), Path(root), {}
place.mkdir(parents=True, exist_ok=True)
saved = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(place)], check=True)
for name, data in saved.items():
    (place / name).write_bytes(data)

def run(what):
    done = subprocess.run([sys.executable, "-m", "frazil", *words], capture_output=True, text=True, timeout=60)
    wrong = [str(file) for file in (root / "store" / "v1").rglob("*") if file.is_file() and file.name[0] != "."
             and hashlib.sha256(file.read_bytes()).hexdigest() != file.parent.name]
    lock = root / "project" / "frozen.json"
    told[what] = [done.returncode, done.stderr, wrong, lock.read_text() if lock.exists() else None]

run("full")
subprocess.run(["mount", "-o", f"remount,{grown}", str(place)], check=True)
run("grown")
told["out"] = sorted(path.name for path in (root / "project/.frazil/out").glob("*"))
print(json.dumps(told))
"""


class Place:
    def __init__(self, folder: Path, index: IndexServer) -> None:
        self.folder, self.index = folder, index
        (folder / "project").mkdir()
        (folder / "project" / "pyproject.toml").write_text(PROJECT)
        (folder / "tmp").mkdir()
        for name, requires in (("a", ["b"]), ("b", [])):
            index.add_wheel(name, "1.0", requires=requires, files={"filler": os.urandom(150_000)})

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "FRAZIL_STORE": str(self.folder / "store"),
            "FRAZIL_CACHE_DIR": str(self.folder / "cache"),
            "TMPDIR": str(self.folder / "tmp"),
            "PIP_INDEX_URL": self.index.url,
            "PYTHONPATH": str(Path(frazil.__file__).parents[1]),
        }

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        project = self.folder / "project"
        return subprocess.run(
            command, cwd=project, env=self.environ, capture_output=True, text=True, timeout=180, check=False
        )


@pytest.fixture
def place(tmp_path: Path, index_server: IndexServer) -> Place:
    return Place(tmp_path, index_server)


def _can_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None or os.geteuid() != 0:
        return False
    done = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], check=False, capture_output=True)
    return done.returncode == 0


def is_one_sentence(said: str) -> bool:
    lines = [line for line in said.splitlines() if line.startswith("error:")]
    return len(lines) == 1 and "Traceback" not in said


ROOM = {
    "no byte": ("size=4k", "size=64m"),
    "little": ("size=40k", "size=64m"),
    "half": ("size=200k", "size=64m"),
    "nearly": ("size=330k", "size=64m"),
    "no inode": ("nr_inodes=3,size=64m", "nr_inodes=100000,size=64m"),
    "few inodes": ("nr_inodes=12,size=64m", "nr_inodes=100000,size=64m"),
}


@pytest.mark.promise("R20")
@pytest.mark.skipif(not _can_mount(), reason="only root mounts a small file system")
@pytest.mark.parametrize("room", ROOM)
@pytest.mark.parametrize("where", ["store", "cache", "project", "project/.frazil", "tmp"])
def test_a_full_disk_is_one_sentence_and_the_next_run_heals(place: Place, where: str, room: str) -> None:
    small, grown = ROOM[room]
    command = [sys.executable, "-c", textwrap.dedent(WITHIN), str(place.folder / where), small, grown]
    done = place.run("unshare", "-m", *command, str(place.folder), "ensure")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    code, said, wrong, lock = told["full"]
    assert wrong == []
    assert code == 0 or (code == 2 and is_one_sentence(said)), said
    assert lock is None or json.loads(lock)["frozen-version"] == 1, "no half lock"
    code, said, wrong, lock = told["grown"]
    assert (code, wrong) == (0, []), said
    assert lock is not None
    assert set(told["out"]) == WHEELS


@pytest.mark.promise("R20")
@pytest.mark.parametrize("limit", [0, 100, 1000, 40_000, 149_000])
def test_a_limit_of_the_size_of_files_is_one_sentence_and_the_next_run_heals(place: Place, limit: int) -> None:
    limited = (
        "import resource, runpy, sys; sys.argv[:] = ['frazil', 'ensure'];"
        f" resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        " runpy.run_module('frazil', run_name='__main__')"
    )
    done = place.run(sys.executable, "-c", limited)
    assert done.returncode == 2, done.stderr
    assert is_one_sentence(done.stderr), done.stderr
    assert re.search(r"the file is larger than the system allows", done.stderr)
    assert not [file for file in (place.folder / "store").rglob("*.whl") if not _is_right(file)]
    done = place.run(sys.executable, "-m", "frazil", "ensure")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (place.folder / "project/.frazil/out").iterdir()} == WHEELS


def _is_right(file: Path) -> bool:
    return hashlib.sha256(file.read_bytes()).hexdigest() == file.parent.name
