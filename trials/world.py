"""A world for trials: an index on loopback, projects with locks, one store, and a judge of what lies on the disk."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.index_server import IndexServer

ROOT = Path(__file__).parents[1]
_VERSIONS = ("1.0", "1.1", "2.0")


class World:
    """Projects `p0`, `p1`, … below a folder that share a store and a cache; the seed decides packages and wishes."""

    def __init__(self, folder: Path, seed: int, *, projects: int, packages: int = 24, largest: int = 400_000) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.server = IndexServer(max_age=1, etag=True)
        self.sha256: dict[str, str] = {}
        self.names = [f"package-{number}" for number in range(packages)]
        for number, name in enumerate(self.names):
            for version in _VERSIONS:
                requires = self.chance.sample(self.names[:number], min(number, 2))
                filler = self.chance.randbytes(self.chance.randrange(1000, largest))
                file = self.server.add_wheel(name, version, requires=requires, files={"filler": filler})
                self.sha256[file.filename] = file.sha256
        self.projects = [folder / f"p{number}" for number in range(projects)]
        for project in self.projects:
            project.mkdir(parents=True)
            self.declare(project)

    def declare(self, project: Path) -> None:
        """Give a project new wishes, atomically."""
        wishes = [
            self.chance.choice((name, f"{name}>=1.1", f"{name}<2"))
            for name in self.chance.sample(self.names, min(len(self.names), self.chance.randrange(3, 9)))
        ]
        text = f'[project]\nname = "{project.name}"\nversion = "1"\ndependencies = {json.dumps(wishes)}\n'
        written = project.with_name(f"{project.name}.{self.chance.random()}")
        written.write_text(text)
        written.replace(project / "pyproject.toml")

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def environ(self) -> dict[str, str]:
        (self.folder / "tmp").mkdir(exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "FRAZIL_STORE": str(self.store),
            "FRAZIL_CACHE_DIR": str(self.cache),
            "PIP_INDEX_URL": self.server.url,
            "PIP_CONFIG_FILE": os.devnull,
            "PYTHONPATH": str(ROOT / "src"),
        }

    def start(self, project: Path, *words: str) -> "subprocess.Popen[str]":
        """Start frazil in a project."""
        return subprocess.Popen(
            [sys.executable, "-m", "frazil", *words],
            cwd=project,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def forget(self, path: Path) -> None:
        """Remove a folder, which others may be filling at the same time."""
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Findings:
    """What a judge found wrong, in sentences; a trial has failed when there is any."""

    sentences: list[str] = field(default_factory=list)

    def judge(self, world: World) -> None:
        """Read every entry of the store, every lock and every output, whatever frazil thinks of them."""
        self.sentences += [f"wrong entry {place}" for place in wrong_entries(world.store)]
        for project in world.projects:
            self._judge_lock(project / "frozen.json")
            for file in (project / ".frazil" / "out").glob("*.whl"):
                if _digest(file) not in {world.sha256[file.name], None}:
                    self.sentences.append(f"wrong file {file} in an output")

    def _judge_lock(self, lock: Path) -> None:
        from frazil.errors import FrazilError
        from frazil.frozen.files import read_frozen

        try:
            read_frozen(lock)
        except FrazilError as error:
            if lock.exists():
                self.sentences.append(f"{lock}: {error.sentence}")

    def end(self) -> int:
        """Print what was found, and return the exit code."""
        for sentence in self.sentences[:20]:
            print(f"  WRONG: {sentence}")
        print(f"{len(self.sentences)} wrong")
        return 1 if self.sentences else 0


def wrong_entries(store: Path) -> list[str]:
    """Return what lies under a final name in a store and is not what the name says."""
    return [
        str(file)
        for file in (store / "v1").rglob("*")
        if not file.name.startswith(".") and file.is_file() and _digest(file) not in {file.parent.name, None}
    ]


def _digest(file: Path) -> str | None:
    """Return the sha256 of a file; None when it vanished meanwhile."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def lost_wheels(folder: Path) -> list[str]:
    """Return temporary files that runs left in a folder and below."""
    return [str(path) for path in folder.rglob("*") if path.name.startswith(".frazil-") or path.suffix == ".tmp"]


def resident() -> int:
    """Return the resident memory of this process in KiB."""
    return _memory("self", "VmRSS:")


def peak(process: int) -> int:
    """Return the most memory that a process had resident so far in KiB; 0 when it has ended."""
    return _memory(str(process), "VmHWM:")


def _memory(process: str, kind: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(kind)), 0)
