"""A project's own backend, run where it can do little harm: what it is told, what it may not see, how it ends."""

import io
import json
import os
import socket
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil import build
from frazil.build import Backend, BuildSystem, build_environ, jail, make_environment, parse_build_system
from frazil.errors import BuildFailed
from frazil.events import Event, Noted
from frazil.settings import Settings
from frazil.values import replace
from tests.support.archives import metadata_text, wheel_bytes, zip_bytes
from tests.support.backends import BACKEND_FILES, pyproject_text

SYSTEM = BuildSystem(("minibackend",), "minibackend_api")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the backend in it, and with a tool that has a script."""
    folder = tmp_path_factory.mktemp("environment")
    scripts = {"tool-1.0.dist-info/entry_points.txt": "[console_scripts]\nrun-tool = tool:__name__.upper\n"}
    wheels = []
    for name, files in (("minibackend", BACKEND_FILES), ("tool", scripts)):
        wheel = folder / f"{name}-1.0-py3-none-any.whl"
        wheel.write_bytes(wheel_bytes(name, "1.0", metadata_text(name, "1.0"), files=files))
        wheels.append(wheel)
    return make_environment(folder / "environment", wheels, "tests")


@pytest.fixture
def listener() -> Iterator[int]:
    """A port on loopback that would answer who may knock at it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def project(folder: Path, **how: object) -> Path:
    folder.mkdir(exist_ok=True)
    text = pyproject_text("acme", how.pop("version", "2.1"), **how)  # type: ignore[arg-type]
    (folder / "pyproject.toml").write_text(text)
    return folder


def backend(tree: Path, python: Path, settings: Settings, *, version: str | None = None) -> Backend:
    return Backend(tree, SYSTEM, python, label="acme 2.1", version=version, settings=settings)


# What a project says of its build --------------------------------------------------------------------------


def test_a_build_system_is_read_as_it_stands() -> None:
    text = b'[build-system]\nrequires = ["a>=1"]\nbuild-backend = "a:b"\nbackend-path = ["_build"]\n'
    assert parse_build_system(text, "acme") == BuildSystem(("a>=1",), "a:b", ("_build",))


@pytest.mark.parametrize("text", [None, b"", b"[project]\nname = 'acme'\n"])
def test_without_a_build_system_it_is_setuptools(text: bytes | None) -> None:
    assert parse_build_system(text, "acme") == BuildSystem(("setuptools>=40.8.0",), "setuptools.build_meta:__legacy__")


@pytest.mark.parametrize(
    "text",
    [
        b"[build-system",
        b"\xff",
        b"build-system = 3",
        b"[build-system]\nrequires = 'a'",
        b"[build-system]\nrequires = [1]",
        b"[build-system]\nrequires = []\nbuild-backend = 3",
        b"[build-system]\nrequires = []\nbackend-path = 'x'",
    ],
)
def test_a_build_system_that_is_none_is_named(text: bytes) -> None:
    with pytest.raises(BuildFailed, match="acme cannot be built: "):
        parse_build_system(text, "acme")


# The environment -------------------------------------------------------------------------------------------


def test_an_environment_holds_its_wheels_and_their_scripts_and_nothing_else(python: Path) -> None:
    packages = {path.name for path in next(python.parent.parent.rglob("site-packages")).iterdir()}
    assert packages == {
        "minibackend.py",
        "minibackend_api.py",
        "minibackend-1.0.dist-info",
        "tool.py",
        "tool-1.0.dist-info",
    }
    assert any(path.stem == "run-tool" for path in python.parent.iterdir())


def test_a_wheel_that_cannot_be_installed_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken-1.0-py3-none-any.whl"
    broken.write_bytes(b"no zip")
    with pytest.raises(BuildFailed, match=r"acme cannot be built: broken-1\.0-py3-none-any\.whl cannot be installed"):
        make_environment(tmp_path / "environment", [broken], "acme")


SECRETS = {
    "FRAZIL_INDEX_CORP_PASSWORD": "hunter2",
    "PIP_INDEX_URL": "https://user:hunter2@index.example/simple/",
    "UV_INDEX_URL": "https://user:hunter2@index.example/simple/",
    "GITHUB_TOKEN": "hunter2",
    "my_api_key": "hunter2",
    "DATABASE_PASSWORD": "hunter2",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "NETRC": "/home/hunter2",
    "HTTPS_PROXY": "http://user:hunter2@proxy.example",
    "PYTHONPATH": "/home/hunter2",
    "HOME": "/home/hunter2",
}


def test_a_backend_sees_no_secret_and_no_home(tmp_path: Path) -> None:
    environ = build_environ(
        {**SECRETS, "CC": "clang", "PATH": "/usr/bin"}, python=tmp_path / "bin" / "python", home=tmp_path, version=None
    )
    assert "hunter2" not in json.dumps(environ)
    assert environ["HOME"] == str(tmp_path)
    assert environ["CC"] == "clang"
    assert environ["PATH"].split(os.pathsep) == [str(tmp_path / "bin"), "/usr/bin"]


def test_what_makes_a_build_the_same_every_time_is_set(tmp_path: Path) -> None:
    environ = build_environ({}, python=tmp_path / "bin" / "python", home=tmp_path, version="2.1")
    assert environ["SOURCE_DATE_EPOCH"] == "315532800"
    assert environ["PYTHONHASHSEED"] == "0"
    assert environ["SETUPTOOLS_SCM_PRETEND_VERSION"] == "2.1"


def test_a_backend_runs_in_its_own_environment(tmp_path: Path, python: Path, settings: Settings) -> None:
    probe = tmp_path / "seen.json"
    tree = project(tmp_path / "acme", tool={"probe": str(probe)})
    backend(tree, python, replace(settings, environ={**settings.environ, **SECRETS})).metadata()
    seen = json.loads(probe.read_text())
    assert seen["prefix"] == str(python.parent.parent)
    assert "hunter2" not in probe.read_text()
    assert not Path(seen["environ"]["HOME"]).exists(), "the home was the call's own"


@pytest.mark.skipif(not jail(), reason="this system does not let a build be kept off the network")
def test_a_backend_has_no_network(tmp_path: Path, python: Path, settings: Settings, listener: int) -> None:
    probe = tmp_path / "seen.json"
    tree = project(tmp_path / "acme", tool={"probe": str(probe)})
    backend(tree, python, replace(settings, environ={**settings.environ, "PROBED_PORT": str(listener)})).metadata()
    assert json.loads(probe.read_text())["reachable"] is False


def test_where_the_network_cannot_be_taken_away_that_is_told(
    tmp_path: Path, python: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "jail", lambda: ())
    told: list[Event] = []
    backend(project(tmp_path / "acme"), python, replace(settings, reporter=told.append)).metadata()
    assert Noted("acme 2.1: this system does not let its build be kept off the network") in told


# Hooks -----------------------------------------------------------------------------------------------------


def test_metadata_is_had_from_a_wheel_where_there_is_no_hook_for_it(
    tmp_path: Path, python: Path, settings: Settings
) -> None:
    tree = project(tmp_path / "acme", dependencies=["dep>=1"], dynamic=("dependencies",))
    assert b"Requires-Dist: dep>=1\n" in backend(tree, python, settings).metadata()
    assert {path.name for path in tree.iterdir()} == {"pyproject.toml"}


def test_a_backend_says_what_else_it_needs(tmp_path: Path, python: Path, settings: Settings) -> None:
    tree = project(tmp_path / "acme", tool={"requires": ["tool>=1"]})
    assert backend(tree, python, settings).requirements() == ("tool>=1",)


def test_a_backend_is_told_the_version_that_it_would_ask_a_repository_for(
    tmp_path: Path, python: Path, settings: Settings
) -> None:
    tree = project(tmp_path / "acme", version=None)
    assert b"Version: 2.1.dev3\n" in backend(tree, python, settings, version="2.1.dev3").metadata()


def test_a_wheel_is_the_same_every_time(tmp_path: Path, python: Path, settings: Settings) -> None:
    made = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        made.append(backend(project(tmp_path / "acme"), python, settings).wheel(folder))
    assert [path.name for path in made] == ["acme-2.1-py3-none-any.whl"] * 2
    assert made[0].read_bytes() == made[1].read_bytes()


def test_a_backend_in_the_tree_itself_is_found(tmp_path: Path, python: Path, settings: Settings) -> None:
    tree = project(tmp_path / "acme")
    (tree / "own").mkdir()
    (tree / "own" / "inside.py").write_text(BACKEND_FILES["minibackend_api.py"])
    own = Backend(tree, BuildSystem((), "inside", ("own",)), python, label="acme 2.1", version=None, settings=settings)
    assert b"Name: acme\n" in own.metadata()


# Failures --------------------------------------------------------------------------------------------------


def test_a_failure_tells_the_last_lines(tmp_path: Path, python: Path, settings: Settings) -> None:
    say = [f"line {number}" for number in range(50)]
    tree = project(tmp_path / "acme", tool={"say": say, "fail": "no libpq here"})
    with pytest.raises(BuildFailed, match=r"acme 2\.1 cannot be built: its backend minibackend_api failed") as caught:
        backend(tree, python, settings).wheel(tmp_path)
    assert len(caught.value.details) == 20
    assert "no libpq here" in caught.value.details
    assert "line 49" in caught.value.details
    assert "line 0" not in caught.value.details
    assert caught.value.exit_code == 2


def test_what_a_backend_says_cannot_draw_on_the_terminal(tmp_path: Path, python: Path, settings: Settings) -> None:
    tree = project(tmp_path / "acme", tool={"fail": "\x1b[31mred\x1b[0m"})
    with pytest.raises(BuildFailed) as caught:
        backend(tree, python, settings).wheel(tmp_path)
    assert not any("\x1b" in line for line in caught.value.details)


def test_a_backend_that_is_not_there_is_named(tmp_path: Path, python: Path, settings: Settings) -> None:
    absent = Backend(
        project(tmp_path / "acme"),
        BuildSystem((), "absent.api"),
        python,
        label="acme 2.1",
        version=None,
        settings=settings,
    )
    with pytest.raises(BuildFailed, match=r"there is no absent\.api in its build environment"):
        absent.metadata()


@pytest.mark.parametrize("path", ["../outside", "/absolute"])
def test_a_backend_path_that_leads_out_is_refused(tmp_path: Path, python: Path, settings: Settings, path: str) -> None:
    leading = Backend(
        project(tmp_path / "acme"),
        BuildSystem((), "minibackend_api", (path,)),
        python,
        label="acme 2.1",
        version=None,
        settings=settings,
    )
    with pytest.raises(BuildFailed, match="paths must be"):
        leading.metadata()


def test_a_build_that_takes_too_long_ends_with_its_children(
    tmp_path: Path, python: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BUILD_SECONDS", 2.0)
    beat = tmp_path / "beat"
    tree = project(tmp_path / "acme", tool={"child": str(beat), "seconds": 60})
    with pytest.raises(BuildFailed, match="it took more than 2 seconds"):
        backend(tree, python, settings).wheel(tmp_path)
    size = beat.stat().st_size
    time.sleep(0.2)
    assert beat.stat().st_size == size


def test_a_build_that_says_too_much_is_ended(
    tmp_path: Path, python: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MOST_OUTPUT", 1000)
    tree = project(tmp_path / "acme", tool={"say": ["x" * 100] * 100})
    with pytest.raises(BuildFailed, match="it said more than 1000 bytes"):
        backend(tree, python, settings).wheel(tmp_path)


HOSTILE_BACKENDS = {
    "a wheel elsewhere": "def build_wheel(d, *a, **k): return '../acme-2.1-py3-none-any.whl'",
    "no wheel": "def build_wheel(d, *a, **k): return 'acme-2.1-py3-none-any.whl'",
    "a name that is none": "def build_wheel(d, *a, **k): return 7",
    "a link": "import os\ndef build_wheel(d, *a, **k):\n    os.symlink('/etc/hosts', d + '/a.whl')\n    return 'a.whl'",
    "nothing at all": "import os\ndef build_wheel(d, *a, **k): os._exit(0)",
    "no hook": "x = 1",
}


@pytest.mark.parametrize("text", HOSTILE_BACKENDS.values(), ids=HOSTILE_BACKENDS)
def test_a_backend_that_breaks_the_rules_is_a_build_that_failed(
    tmp_path: Path, python: Path, settings: Settings, text: str
) -> None:
    tree = project(tmp_path / "acme")
    (tree / "hostile.py").write_text(text)
    hostile = Backend(tree, BuildSystem((), "hostile", (".",)), python, label="acme", version=None, settings=settings)
    with pytest.raises(BuildFailed, match="acme cannot be built"):
        hostile.wheel(tmp_path)


@pytest.mark.parametrize("answer", ["'tool'", "[1]", "{'a': 1}"])
def test_requirements_that_are_none_are_refused(tmp_path: Path, python: Path, settings: Settings, answer: str) -> None:
    tree = project(tmp_path / "acme")
    (tree / "hostile.py").write_text(f"def get_requires_for_build_wheel(*a): return {answer}")
    hostile = Backend(tree, BuildSystem((), "hostile", (".",)), python, label="acme", version=None, settings=settings)
    with pytest.raises(BuildFailed, match="asks for what are no requirements"):
        hostile.requirements()


@pytest.mark.promise("R7")
@pytest.mark.parametrize(
    "what", ["a file that RECORD does not have", "bytes behind", "a script outside", "other bytes"]
)
def test_a_wheel_that_is_not_what_it_records_is_not_installed(tmp_path: Path, what: str) -> None:
    info = "evil-1.0.dist-info"
    script = {f"{info}/entry_points.txt": "[console_scripts]\n../../evil = evil:main\n"}
    files = script if what == "a script outside" else {"evil_data.txt": "recorded"}
    data = wheel_bytes("evil", "1.0", metadata_text("evil", "1.0"), files=files)
    if what == "bytes behind":
        data += data
    if what == "a file that RECORD does not have":
        data = without_record(data, "evil_data.txt", info)
    if what == "other bytes":
        data = without_record(data, "", info)
    wheel = tmp_path / "evil-1.0-py3-none-any.whl"
    wheel.write_bytes(data)
    with pytest.raises(BuildFailed, match=r"evil-1\.0-py3-none-any\.whl cannot be installed"):
        make_environment(tmp_path / "environment", [wheel], "acme")
    assert not (tmp_path / "evil").exists()


def without_record(data: bytes, name: str, info: str) -> bytes:
    """Return a wheel whose RECORD lacks a file; without a name, one whose data is not what RECORD says."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = {each: packed.read(each) for each in packed.namelist()}
    if name:
        lines = members[f"{info}/RECORD"].decode().splitlines(keepends=True)
        members[f"{info}/RECORD"] = "".join(line for line in lines if not line.startswith(name)).encode()
    else:
        members["evil_data.txt"] = b"RECORDED"
    return zip_bytes(members)
