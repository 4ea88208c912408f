"""A signal in any phase ends the run soon, with nothing half-written and nobody left running; the next run heals."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import frazil
from tests.support.backends import add_backend, add_source
from tests.support.cache_server import CacheServer
from tests.support.index_server import IndexServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

# Writes to a file as long as it lives, deaf to all that asks it to end, in a session of its own: a daemon.
DAEMON = """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if sys.argv[2] == "session" and os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
while True:
    with open(sys.argv[1], "a") as file:
        file.write("x")
    time.sleep(0.01)
"""
GIT = """#!{python}
import os, signal, subprocess, sys, time
if "ls-remote" in sys.argv or "fetch" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", {daemon!r}, {beat!r}, "group"], stdin=subprocess.DEVNULL)
    time.sleep(600)
os.execv({git!r}, ["git", *sys.argv[1:]])
"""


@dataclass
class Place:
    """A project with all that a run of the command line needs; `phase` is a sign that the run is where it should be."""

    folder: Path
    index: IndexServer
    variables: dict[str, str] = field(default_factory=dict)
    phase: Callable[[], bool] = lambda: True
    heal: Callable[[], object] = lambda: None

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def beat(self) -> Path:
        return self.folder / "beat"

    def declare(self, *requirements: str) -> None:
        self.project.mkdir(exist_ok=True)
        text = f'[project]\nname = "app"\nversion = "1"\ndependencies = {list(requirements)!r}\n'
        (self.project / "pyproject.toml").write_text(text)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        (self.folder / "tmp").mkdir(exist_ok=True)
        environ = {
            **os.environ,
            "FRAZIL_STORE": str(self.folder / "store"),
            "FRAZIL_CACHE_DIR": str(self.folder / "cache"),
            "TMPDIR": str(self.folder / "tmp"),
            "PIP_INDEX_URL": self.index.url,
            "PYTHONPATH": str(Path(frazil.__file__).parents[1]),
            **self.variables,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "frazil", *words],
            cwd=self.project,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> None:
        process = self.start(*words)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, (out, err)

    def left(self) -> list[str]:
        """Return what a run must not leave: temporary files in the project, the store, the cache and elsewhere."""
        lying = [path for path in self.folder.rglob("*") if path.name.startswith(".frazil-") or path.suffix == ".tmp"]
        lying += (self.folder / "tmp").iterdir()
        lying += (self.folder / "store" / "tmp").glob("*")
        return sorted(str(path.relative_to(self.folder)) for path in lying)

    def is_silent(self) -> bool:
        """Say whether no daemon writes any more."""
        if not self.beat.exists():
            return True
        before = self.beat.stat().st_size
        threading.Event().wait(0.3)
        return self.beat.stat().st_size == before


@pytest.fixture
def place(tmp_path: Path, index_server: IndexServer) -> Place:
    place = Place(tmp_path, index_server)
    for name in ("a", "b"):
        index_server.add_wheel(name, "1.0", files={"filler": os.urandom(300_000)})
    return place


# The phases ------------------------------------------------------------------------------------------------


def _faulty(place: Place, path: str, **fault: float) -> None:
    placed = place.index.fault(path, **fault)
    place.phase = lambda: path in place.index.asked()

    def heal() -> None:
        placed.times = 0

    place.heal = heal


@contextmanager
def waiting_for_a_page(place: Place) -> Iterator[tuple[str, ...]]:
    place.declare("a", "b")
    _faulty(place, "/simple/a/", delay=600)
    yield ("resolve",)


@contextmanager
def in_the_middle_of_a_download(place: Place) -> Iterator[tuple[str, ...]]:
    place.declare("a", "b")
    place.run("resolve")
    _faulty(place, f"/packages/{place.index.projects['a'][0].path}", stall=600)
    yield ("fetch",)


@contextmanager
def _building(place: Place, kind: str) -> Iterator[tuple[str, ...]]:
    add_backend(place.index)
    daemon = place.folder / "daemon.py"
    daemon.write_text(DAEMON)
    start = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, {str(daemon)!r}, {str(place.beat)!r}, {kind!r}])"
    )
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    add_source(place.index, "made", "1.0", tool={"module": "slow"})
    place.index.add_wheel("slow", "1.0", files={"slow.py": f"{start}\n{deaf}\nimport time; time.sleep(600)\n"})
    source = place.index.projects["made"]
    source.clear()
    add_source(place.index, "made", "1.0", tool={"module": "slow"}, requires=("minibackend", "slow"))
    place.declare("made")
    place.phase = place.beat.exists

    def heal() -> None:
        place.index.projects["slow"].clear()
        place.index.add_wheel("slow", "1.1", files={"slow.py": ""})

    place.heal = heal
    yield ("resolve",)


@contextmanager
def while_a_backend_builds(place: Place) -> Iterator[tuple[str, ...]]:
    with _building(place, "group") as words:
        yield words


@contextmanager
def while_a_backend_has_a_daemon(place: Place) -> Iterator[tuple[str, ...]]:
    if not Path("/proc/self/environ").exists():
        pytest.skip("nobody tells of a daemon's descent here")
    with _building(place, "session") as words:
        yield words


@contextmanager
def while_git_fetches(place: Place) -> Iterator[tuple[str, ...]]:
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git here")
    programs = place.folder / "bin"
    programs.mkdir()
    text = GIT.format(python=sys.executable, daemon=DAEMON, beat=str(place.beat), git=git)
    (programs / "git").write_text(text)
    (programs / "git").chmod(0o755)
    place.variables["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    place.declare("acme @ git+https://index.example/acme@v1")
    place.phase = place.beat.exists

    def heal() -> None:
        place.declare("a")

    place.heal = heal
    yield ("resolve",)


@contextmanager
def while_another_run_has_the_turn(place: Place) -> Iterator[tuple[str, ...]]:
    place.declare("a", "b")
    fault = place.index.fault("/simple/b/", delay=600)
    other = place.start("resolve")
    while "b" not in place.index.pages_asked():
        threading.Event().wait(0.02)
    waits = place.folder / "waits"
    place.phase = waits.exists

    def heal() -> None:
        fault.times = 0
        other.kill()
        other.communicate()

    place.heal = heal
    # Nothing outside tells of a wait but what the run says.
    threading.Timer(1.5, waits.touch).start()
    try:
        yield ("resolve",)
    finally:
        heal()


@contextmanager
def while_uploading(place: Place) -> Iterator[tuple[str, ...]]:
    place.declare("a", "b")
    with CacheServer() as cache:
        held: list[str] = []

        def before_put(path: str) -> None:
            held.append(path)
            while len(held) < 1000:
                threading.Event().wait(0.02)

        cache.before_put = before_put
        place.variables |= {"FRAZIL_REMOTE_CACHE": cache.url, "FRAZIL_REMOTE_CACHE_WRITE": "1"}
        place.phase = lambda: bool(held)

        def heal() -> None:
            held.extend([""] * 1000)
            place.variables.clear()

        place.heal = heal
        yield ("ensure",)
        heal()


PHASES = (
    waiting_for_a_page,
    in_the_middle_of_a_download,
    while_a_backend_builds,
    while_a_backend_has_a_daemon,
    while_git_fetches,
    while_another_run_has_the_turn,
    while_uploading,
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__)
def test_a_signal_ends_the_run_soon_and_leaves_nothing(
    place: Place, phase: Callable[[Place], AbstractContextManager[tuple[str, ...]]], number: signal.Signals
) -> None:
    with phase(place) as words:
        lock = (place.project / "frozen.json").exists()
        process = place.start(*words)
        try:
            while not place.phase() and process.poll() is None:
                threading.Event().wait(0.02)
            assert process.poll() is None, process.communicate()
            process.send_signal(number)
            process.communicate(timeout=5)  # the promise is two seconds; a busy machine is given more
        finally:
            process.kill()
        assert process.returncode == (130 if number == signal.SIGINT else 143)
        assert place.is_silent(), "something that the run started lives on"
        assert place.left() == []
        if words != ("ensure",):
            assert (place.project / "frozen.json").exists() == lock
        place.heal()
        place.run("ensure")
