"""A seeded mirror behind a real nginx, with the configuration of the how-to: pip, uv and frazil are served by it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frazil.delivery import FetchOptions
from frazil.seeding.making import seed_mirror
from tests.support.cache_programs import free_port, nginx_serving
from tests.support.index_server import IndexServer, world
from tests.support.machine import Machine

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "mirror.md"
PACKAGES: dict[str, dict[str, list[str]]] = {
    "app": {"1.0": ["dep>=1", "onwindows; sys_platform == 'win32'"]},
    "dep": {"1.0": [], "2.0": []},
    "onwindows": {"1.0": []},
}


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield world(server, PACKAGES)


@pytest.fixture
def machine(index: IndexServer, tmp_path: Path) -> Machine:
    """Return a machine whose default index is the one on loopback, with a lock."""
    machine = Machine(tmp_path / "alice", index, tmp_path / "shop")
    machine.variables["PIP_INDEX_URL"] = index.url
    machine.declare({"web": ["app"]}, environments=("here", "windows"))
    manifest = machine.project / "frazil.toml"
    manifest.write_text(manifest.read_text().replace(f'name = "loop"\nurl = "{index.url}"', 'name = "default"'))
    machine.resolve()
    return machine


@pytest.fixture
def mirror(machine: Machine, index: IndexServer, tmp_path: Path) -> Iterator[str]:
    """Return the address of the seeded mirror; the index is gone by then."""
    options = FetchOptions(out=tmp_path / "mirror", layout="simple", all_artifacts=True)
    seed_mirror(machine.project, None, options, machine.settings)
    index.close()
    (shown,) = re.findall(r"```nginx\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    port = free_port()
    served = shown.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/srv/mirror", str(tmp_path / "mirror"))
    with nginx_serving(tmp_path / "nginx", served, port=port) as address:
        yield f"{address}/simple/"


def run(*command: str, folder: Path) -> str:
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asked_of_nginx(tmp_path: Path) -> list[str]:
    return re.findall(r'"(?:GET|HEAD) (\S+) ', (tmp_path / "nginx" / "access").read_text())


def test_pip_downloads_from_it(mirror: str, tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "download", "--index-url", mirror, "app", folder=tmp_path)
    assert {path.name for path in tmp_path.glob("*.whl")} == {"app-1.0-py3-none-any.whl", "dep-2.0-py3-none-any.whl"}
    assert any(path.endswith(".whl.metadata") for path in asked_of_nginx(tmp_path))


def test_uv_compiles_from_it(mirror: str, tmp_path: Path) -> None:
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if uv is None:
        pytest.skip("NEEDS uv: that uv is served by a mirror was not shown here")
    (tmp_path / "requirements.in").write_text("app\n")
    command = (uv, "pip", "compile", "--no-cache", "--index-url", mirror, "--python", sys.executable, "--no-header")
    said = run(*command, "--generate-hashes", "requirements.in", folder=tmp_path)
    assert re.findall(r"^(\S+==\S+)", said, re.MULTILINE) == ["app==1.0", "dep==2.0"]
    assert not [path for path in asked_of_nginx(tmp_path) if path.endswith(".whl")], "metadata alone tells"


@pytest.mark.parametrize("files", [True, False])
def test_a_lock_made_through_it_is_byte_for_byte_the_old_one(
    machine: Machine, mirror: str, tmp_path: Path, *, files: bool
) -> None:
    locked = machine.lock.read_bytes()
    machine.lock.unlink()
    bob = Machine(tmp_path / "bob", machine.server, machine.project, variables=dict(machine.variables))
    reach(bob, mirror, files=files)
    bob.resolve()
    assert machine.lock.read_bytes() == locked
    bob.resolve(upgrade=True)
    assert machine.lock.read_bytes() == locked
    assert bob.ensure().tier == "fetch"
    assert len(bob.delivered()) == 3
    assert not [path for path in asked_of_nginx(tmp_path) if path.endswith("index.html")], "JSON was answered"


def reach(machine: Machine, url: str, *, files: bool) -> None:
    path = machine.home / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = f'files = "{url.removesuffix("simple/")}packages/"' if files else ""
    path.write_text(f'[mirrors.default]\nurl = "{url}"\n{told}\n')
    machine.variables["FRAZIL_CONFIG_FILE"] = str(path)


def test_switching_back_and_forth_is_no_reason_to_resolve(machine: Machine, mirror: str, tmp_path: Path) -> None:
    locked = machine.lock.read_bytes()
    assert machine.resolve(check=True).current
    reach(machine, mirror, files=True)
    assert machine.resolve(check=True).current
    machine.ensure()
    del machine.variables["FRAZIL_CONFIG_FILE"]
    assert machine.ensure().tier == "fetch-result"
    assert machine.lock.read_bytes() == locked
    assert asked_of_nginx(tmp_path) == []
