"""The law of stamps: whatever happens to a project, a stamp answers as the long way would, or not at all."""

import io
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frazil.cli.run import Streams, run
from frazil.cli.stamping import keep_stamp, timeless
from frazil.stamp import replay

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not tell when a file's status changed")

ROOT = """
[project]
name = "root"
version = "1"
[tool.frazil]
members = ["services/*"]
scripts = ["tools/*.py"]
exclude-newer = "7 days"
[tool.frazil.environments.linux]
python = "3.12"
platform = "manylinux_2_28_x86_64"
[tool.frazil.targets."jobs/etl"]
requirements-files = ["jobs/etl/requirements.txt"]
"""
MEMBER = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.11"\n'
SCRIPT = '# /// script\n# requires-python = ">=3.11"\n# ///\n'


def make_project(root: Path) -> None:
    files = {
        "pyproject.toml": ROOT,
        "services/a/pyproject.toml": MEMBER.format("a"),
        "services/b/pyproject.toml": MEMBER.format("b"),
        "services/notes/README": "no member",
        "tools/one.py": SCRIPT,
        "jobs/etl/requirements.txt": "-c limits.txt\n",
        "jobs/etl/limits.txt": "anything<2\n",
        "elsewhere/README": "",
    }
    for place, text in files.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text)
    (root / "services" / "later").symlink_to("../elsewhere/later")


# What may happen to a project -------------------------------------------------------------------------------

Change = Callable[[Path], object]


def write(place: str, text: str) -> Change:
    def change(root: Path) -> None:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text)

    return change


def swap(place: str, old: str, new: str) -> Change:
    """Put bytes of the same number in place of others, and set the file's time back."""
    assert len(old) == len(new)

    def change(root: Path) -> None:
        file = root / place
        if file.is_file():
            seen = file.stat()
            file.write_text(file.read_text().replace(old, new))
            os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    return change


def remove(place: str) -> Change:
    def change(root: Path) -> None:
        path = root / place
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    return change


def move(place: str, to: str) -> Change:
    def change(root: Path) -> None:
        if (root / place).exists() and not (root / to).exists():
            (root / to).parent.mkdir(parents=True, exist_ok=True)
            (root / place).rename(root / to)

    return change


CHANGES: dict[str, Change] = {
    "a comment in a manifest": lambda root: (root / "pyproject.toml").write_text(ROOT + "# a comment\n"),
    "another version of python, same size and time": swap("services/a/pyproject.toml", ">=3.11", ">=3.10"),
    "a requirement": write("services/b/pyproject.toml", MEMBER.format("b") + 'dependencies = ["c"]\n'),
    "the old manifest of b": write("services/b/pyproject.toml", MEMBER.format("b")),
    "a new member": write("services/c/pyproject.toml", MEMBER.format("c")),
    "a folder becomes a member": write("services/notes/pyproject.toml", MEMBER.format("notes")),
    "a dangling link becomes a member": write("elsewhere/later/pyproject.toml", MEMBER.format("later")),
    "a member goes": remove("services/b"),
    "a member moves": move("services/b", "services/d"),
    "a member comes back": move("services/d", "services/b"),
    "a new script": write("tools/two.py", SCRIPT),
    "a script that changes, same size and time": swap("tools/one.py", ">=3.11", ">=3.10"),
    "a script goes": remove("tools/one.py"),
    "a requirements file": write("jobs/etl/requirements.txt", "anything>=1\n"),
    "a constraint, same size and time": swap("jobs/etl/limits.txt", "<2", "<3"),
    "a policy, same size and time": swap("pyproject.toml", "7 days", "8 days"),
    "a policy back, same size and time": swap("pyproject.toml", "8 days", "7 days"),
    "a second configuration": write("frazil.toml", 'members = ["services/*"]\n'),
    "no second configuration": remove("frazil.toml"),
    "a root of its own below": write("services/a/frazil.toml", ""),
    "no root of its own below": remove("services/a/frazil.toml"),
    "no lock": remove("frozen.json"),
    "another lock, same size and time": swap("frozen.json", '"3.12', '"3.13'),
    "nothing": lambda _: None,
}
CHANGE_NOTHING = {"nothing", "a member comes back", "no second configuration", "no root of its own below"}
CHANGE_TIMES = {"a policy back, same size and time", "the old manifest of b"}
COMMANDS = ("resolve", "resolve --check", "lock --locked", "resolve --prerelease allow", "resolve --check --json")
FOLDERS = (".", "services/a")
VARIABLES: tuple[dict[str, str], ...] = ({}, {"FRAZIL_PRERELEASE": "allow"}, {"FRAZIL_LOCK": "other.json"})


class World:
    """A project, and the one process of it: this."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.environ = {
            "FRAZIL_CACHE_DIR": str(root / "cache"),
            "FRAZIL_STORE": str(root / "store"),
            "PIP_INDEX_URL": "http://index.example/simple/",
            "HOME": str(root),
        }
        make_project(self.root)

    @contextmanager
    def surroundings(self, folder: str, variables: dict[str, str]) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("FRAZIL_", "PIP_", "XDG_"))]:
                patch.delenv(name)
            for name, value in {**self.environ, **variables}.items():
                patch.setenv(name, value)
            patch.chdir(self.root / folder if (self.root / folder).is_dir() else self.root)
            yield

    def long_way(self, command: str, *, keep: bool) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run(
            command.split(),
            environ=os.environ,
            streams=Streams(out=out, err=err),
            keep=keep_stamp if keep else None,
        )
        return code, out.getvalue(), err.getvalue()

    def leave_stamp(self, command: str, *, old: bool) -> None:
        """Run a command that leaves a stamp; with files that are not `old` a moment after they were written."""
        self.long_way("resolve", keep=False)
        time.sleep(0.06)
        for file in self.root.rglob("*"):
            if file.is_file() and not old:
                file.write_bytes(file.read_bytes())
        self.long_way(command, keep=True)

    def compare(self, command: str, capsys: pytest.CaptureFixture[str]) -> bool:
        """Say whether a stamp answers a command line, and see that it does so as the long way."""
        capsys.readouterr()
        answered = replay(command.split(), os.environ)
        said = capsys.readouterr()
        if answered is None:
            return False
        code, out, err = self.long_way(f"{command} --check", keep=False)
        assert (code, plain(out), plain(err)) == (answered, plain(said.out), plain(said.err))
        return True


def plain(text: str) -> str:
    return re.sub(r'(?<="seconds": )[0-9.e-]+', "", timeless(text, json=False))


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is asked in which folder and environment, what happens, and what is asked then."""

    first: str
    changes: list[str]
    then: str
    folder: str
    variables: dict[str, str]
    later: dict[str, str]
    old: bool


STORIES = st.builds(
    Story,
    first=st.sampled_from(COMMANDS),
    changes=st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3),
    then=st.sampled_from(COMMANDS),
    folder=st.sampled_from(FOLDERS),
    variables=st.sampled_from(VARIABLES),
    later=st.sampled_from(VARIABLES),
    old=st.booleans(),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
def test_a_stamp_answers_as_the_long_way_does_or_not_at_all(capsys: pytest.CaptureFixture[str], story: Story) -> None:
    with tempfile.TemporaryDirectory() as place:
        world = World(Path(place).resolve())
        with world.surroundings(story.folder, story.variables):
            world.leave_stamp(story.first, old=story.old)
        for change in story.changes:
            CHANGES[change](world.root)
            with world.surroundings(story.folder, story.later):
                world.compare(story.then, capsys)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("old", [True, False])
def test_no_change_is_overlooked(tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, *, old: bool) -> None:
    answered = set()
    for number, (name, change) in enumerate(CHANGES.items()):
        world = World(tmp_path.resolve() / str(number))
        with world.surroundings(folder, {}):
            world.leave_stamp("resolve", old=old)
            change(world.root)
            if world.compare("resolve --check", capsys):
                answered.add(name)
    expected = CHANGE_NOTHING if old else CHANGE_NOTHING | CHANGE_TIMES
    assert answered == (expected | {"a root of its own below"} if folder == "." else expected)
