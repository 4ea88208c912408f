"""The far side of a bundle: no network, no frazil, only plain pip and plain uv."""

import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backends import add_backend, pyproject_text
from tests.support.bundles import bundle
from tests.support.index_server import IndexServer
from tests.support.machine import Machine
from tests.support.projects import write_project

SOURCE = Path(__file__).parents[2] / "src"


def _without_network() -> list[str]:
    """Return what goes before a command that is to have no network, not even loopback."""
    unshare = shutil.which("unshare")
    for options in (["--net"], ["--user", "--map-root-user", "--net"]):
        if unshare and not subprocess.run([unshare, *options, "true"], capture_output=True, check=False).returncode:
            return [unshare, *options]
    pytest.skip("NEEDS unshare with network namespaces: what a bundle is for was not shown here")


@pytest.fixture
def server() -> Iterator[IndexServer]:
    with IndexServer() as index:
        add_backend(index)
        for version in ("1.0", "2.0"):
            index.add_wheel("dep", version)
        index.add_wheel("app", "1.0", requires=["dep<2", "onwindows; sys_platform == 'win32'"])
        index.add_wheel("onwindows", "1.0")
        yield index


@pytest.fixture
def unpacked(server: IndexServer, tmp_path: Path) -> Path:
    """Return a bundle of a small shop, unpacked where nothing else of frazil's is."""
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["app", "common"], "tool": ["dep"]}, environments=("here", "windows"), more=MEMBERS)
    write_project(
        machine.project, {"libs/common/pyproject.toml": pyproject_text("common", "0.1", dependencies=["dep"])}
    )
    machine.resolve()
    bundle(machine, tmp_path / "shop.tar")
    shutil.rmtree(machine.home)
    shutil.rmtree(machine.project)
    with tarfile.open(tmp_path / "shop.tar") as packed:
        packed.extractall(tmp_path / "far", filter="data")
    server.close()
    return tmp_path / "far"


MEMBERS = 'members = ["libs/*"]'


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return the interpreter of an empty environment."""
    venv.create(tmp_path / "venv", with_pip=False)
    return tmp_path / "venv" / "bin" / "python"


def run(*command: str, folder: Path) -> str:
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "PIP_CONFIG_FILE": "/dev/null"}
    command = (*_without_network(), *command)
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(python: Path, folder: Path) -> dict[str, str]:
    code = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()))"
    return dict(pair.split("==") for pair in run(str(python), "-Ic", code, folder=folder).split())


SHOP = {"app": "1.0", "dep": "1.0", "common": "0.1"}


def test_plain_pip_installs_it(unpacked: Path, python: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    run(*pip, "-r", "pylock.toml", folder=unpacked)
    assert installed(python, unpacked) == SHOP
    run(str(python), "-Ic", "import app, dep, common", folder=unpacked)


def test_plain_pip_installs_one_target_and_an_old_one_finds_the_wheels(unpacked: Path, python: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    run(*pip, "-r", "pylock.tool.toml", folder=unpacked)
    assert installed(python, unpacked) == {"dep": "1.0"}
    run(*pip, "--find-links", "wheels", "common", folder=unpacked)
    assert installed(python, unpacked) == {"dep": "1.0", "common": "0.1"}


def test_plain_uv_installs_it_and_one_target_of_it(unpacked: Path, python: Path) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    if not Path(uv).exists():
        pytest.skip("NEEDS uv: that uv installs a bundle was not shown here")
    sync = [uv, "pip", "sync", "--offline", "--no-index", "--python", str(python)]
    run(*sync, "pylock.toml", folder=unpacked)
    assert installed(python, unpacked) == SHOP
    run(*sync, "pylock.toml", "--group", "tool", folder=unpacked)
    assert installed(python, unpacked) == {"dep": "1.0"}
    run(*sync, "pylock.web.toml", folder=unpacked)
    assert installed(python, unpacked) == SHOP


def test_its_sums_are_what_sha256sum_reads(unpacked: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("NEEDS sha256sum")
    said = run("sha256sum", "-c", "SHA256SUMS", folder=unpacked)
    assert all(line.endswith(": OK") for line in said.splitlines())
    assert len(said.splitlines()) == sum(path.is_file() for path in unpacked.rglob("*")) - 1


def test_a_disk_that_is_full_is_told_and_nothing_is_left_of_the_bundle(server: IndexServer, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    (tmp_path / "small").mkdir()
    mount = f"mount -t tmpfs -o size=64k small {tmp_path / 'small'}"
    namespace = [unshare or "unshare", "--mount", "sh", "-c"]
    if unshare is None or subprocess.run([*namespace, mount], capture_output=True, check=False).returncode:
        pytest.skip("NEEDS unshare and the right to mount: what a full disk does was not shown here")
    server.add_wheel("large", "1.0", files={"noise.bin": _noise(200_000)})
    machine = Machine(tmp_path / "alice", server, tmp_path / "shop")
    machine.declare({"web": ["large"]})
    machine.resolve()
    for out in ("bundle", "bundle.tar"):
        frazil = f"{sys.executable} -m frazil bundle -o {tmp_path / 'small' / out}"
        script = f"{mount} && {{ {frazil}; echo exit $?; ls -A {tmp_path / 'small'}; }}"
        environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SOURCE), "HOME": str(tmp_path)}
        command = [*namespace, script]
        done = subprocess.run(command, cwd=machine.project, env=environ, capture_output=True, text=True, check=False)
        assert "the disk is full" in done.stderr
        assert done.stdout.split() == ["exit", "2"]


def _noise(size: int) -> str:
    """Return text that no zip makes much smaller."""
    import random

    return "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=size))
