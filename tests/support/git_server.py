"""Git repositories for tests: made with git itself, served by `git http-backend` on loopback.

repository = GitRepository(tmp_path / "acme")
commit = repository.commit({"pyproject.toml": "…"}, tag="v1")
with GitServer(tmp_path) as server:
    ...  # server.url("acme") is its address, server.asked what was asked of it
"""

import base64
import os
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

_WHO = {
    f"GIT_{role}_{fact}": value
    for role in ("AUTHOR", "COMMITTER")
    for fact, value in (("NAME", "Tests"), ("EMAIL", "tests@index.example"), ("DATE", "2024-01-02T03:04:05Z"))
}


class GitRepository:
    """A repository with a working tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "http.receivepack", "false")

    def git(self, *words: str) -> str:
        environ = {**os.environ, **_WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ("git", "-C", str(self.folder), "-c", "protocol.file.allow=always", *words)
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    def commit(
        self, files: Mapping[str, str | bytes], *, tag: str | None = None, executable: tuple[str, ...] = ()
    ) -> str:
        """Write files and commit all that lies there; return the full commit hash."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o755 if name in executable else 0o644)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a commit")
        if tag is not None:
            self.git("tag", "--annotate", "--message", tag, tag)
        return self.git("rev-parse", "HEAD")

    @property
    def file_url(self) -> str:
        return self.folder.as_uri()


class GitServer:
    """Serves every repository below a folder, read-only; `user` is what it lets in (None: everybody).

    `asked` are the paths of its requests, `authorizations` what they said of who asks.
    """

    def __init__(self, root: Path, *, user: tuple[str, str] | None = None) -> None:
        self.root = root
        self.user = user
        self.asked: list[str] = []
        self.authorizations: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}/.git"

    def forget(self) -> None:
        self.asked.clear()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        serving = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self) -> None:
                serving.asked.append(self.path)
                serving.authorizations.append(self.headers.get("authorization"))
                if serving.user is not None and self.headers.get("authorization") != _basic(serving.user):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="tests"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                answer = subprocess.run(
                    ("git", "http-backend"), input=body, env=self._cgi(), check=True, capture_output=True
                ).stdout
                head, _, content = answer.partition(b"\r\n\r\n")
                lines = [line.partition(": ")[::2] for line in head.decode().splitlines()]
                self.send_response(int(dict(lines).get("Status", "200").split()[0]))
                for name, value in lines:
                    if name != "Status":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _cgi(self) -> dict[str, str]:
                path, _, query = self.path.partition("?")
                return {
                    "PATH": os.environ["PATH"],
                    "GIT_PROJECT_ROOT": str(serving.root),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_GLOBAL": os.devnull,
                    "GIT_CONFIG_NOSYSTEM": "1",
                    "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("content-type", ""),
                    "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                    "REMOTE_ADDR": "127.0.0.1",
                }

        return Handler


def _basic(user: tuple[str, str]) -> str:
    return f"Basic {base64.b64encode(':'.join(user).encode()).decode()}"
