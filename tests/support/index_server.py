"""A real package index on loopback, for the tests of all rooms.

    with IndexServer() as server:
        server.add_wheel("flask", "3.1.0", requires=["werkzeug>=3.1"])
        ...  # server.url is the root of its pages, server.log what was asked of it

Pages follow the Simple API 1.1 (JSON) or its HTML form; files lie under `/packages/<ab>/<cd>/<file name>`.
Every attribute that shapes an answer may be changed while the server runs; `fault` makes chosen paths misbehave.
"""

import base64
import contextlib
import email.utils
import gzip
import hashlib
import html
import json
import re
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from tests.support.archives import Extras, metadata_text, normal_version, sdist_bytes, stem, wheel_bytes

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
UPLOADED = "2024-01-02T03:04:05Z"


class LoggedRequest(NamedTuple):
    """One request as it came in; header names in lower case; `status` 0 when the connection was reset."""

    method: str
    path: str
    status: int
    headers: dict[str, str]


@dataclass(kw_only=True)
class IndexFile:
    """One file of a project; `path` is below `/packages/`.

    `entry` overrides keys of its JSON entry (None drops one).
    """

    filename: str
    version: str
    data: bytes
    path: str
    metadata: bytes | None = None
    requires_python: str | None = None
    yanked: str | bool | None = None
    upload_time: str | None = UPLOADED
    entry: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""
    url: str = ""

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(kw_only=True)
class Fault:
    """How a path misbehaves, `times` times (None: always). `path` may end in `*`.

    `status` answers so (with `headers`, `body`); `body` alone replaces the bytes of a 200; `truncate` sends so
    many bytes of the true length and closes; `delay` waits (seconds) before the answer, `stall` after half of the
    body, `drip` after every byte; `reset` cuts the connection without an answer.
    """

    path: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    truncate: int | None = None
    delay: float = 0
    stall: float = 0
    drip: float = 0
    reset: bool = False
    times: int | None = None

    def concerns(self, path: str) -> bool:
        if self.times == 0:
            return False
        return path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path


@dataclass
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes = b""
    fault: Fault | None = None


class IndexServer:
    """An index with its files on a port of its own; use it in a `with` block.

    `form` json (negotiated with `Accept`) | html; `metadata` always | never | broken-hash | 404 (announced and
    not there) | unhashed (announced without a digest); `ranges` whether part of a file can be had; `reverse` the
    order on pages; `max_age` seconds and `etag` for the HTTP cache of pages; `gzipped` pages; `api_version` of
    JSON; `hashes`, `sizes`, `upload_times` whether pages carry them; `relative` addresses; `files` another server
    that keeps the files; `mount` a prefix of every path.
    """

    def __init__(
        self,
        *,
        form: str = "json",
        metadata: str = "always",
        ranges: bool = True,
        reverse: bool = False,
        max_age: int | None = None,
        etag: bool = False,
        gzipped: bool = False,
        api_version: str = "1.1",
        hashes: bool = True,
        sizes: bool = True,
        upload_times: bool = True,
        relative: bool = False,
        files: "IndexServer | None" = None,
        mount: str = "",
        certificate: Path | None = None,
    ) -> None:
        self.form, self.metadata, self.ranges, self.reverse = form, metadata, ranges, reverse
        self.max_age, self.etag, self.gzipped, self.api_version = max_age, etag, gzipped, api_version
        self.hashes, self.sizes, self.upload_times, self.relative = hashes, sizes, upload_times, relative
        self.mount = mount
        self.log: list[LoggedRequest] = []
        self.projects: dict[str, list[IndexFile]] = {}
        self.statuses: dict[str, tuple[str, str | None]] = {}
        self.faults: list[Fault] = []
        self._files_by = self if files is None else files
        self._stored: dict[str, tuple[bytes, dict[str, str]]] = {}
        self._redirects: dict[str, tuple[int, str]] = {}
        self._basic: tuple[str, str] | None = None
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.context = context
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering; the port is closed and kept-alive connections are cut."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.close_all()

    # Addresses

    @property
    def origin(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The root of the pages, ends in `/`."""
        return f"{self.origin}{self.mount}/simple/"

    @property
    def files_url(self) -> str:
        """The file root, ends in `/`."""
        return f"{self._files_by.origin}{self._files_by.mount}/packages/"

    # What it offers

    def add_wheel(
        self,
        name: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        tag: str = "py3-none-any",
        build: str = "",
        requires_python: str | None = None,
        yanked: str | bool | None = None,
        upload_time: str | None = UPLOADED,
        extras: Extras | None = None,
        files: Mapping[str, bytes | str] | None = None,
        metadata: str | None = None,
        license_expression: str | None = None,
        headers: Sequence[str] = (),
    ) -> IndexFile:
        """Offer a wheel; `metadata` replaces its METADATA, `headers` adds lines, `build` is a build tag."""
        text = metadata or metadata_text(
            name,
            version,
            requires=requires,
            extras=extras,
            requires_python=requires_python,
            metadata_version="2.4" if license_expression else "2.1",
            license_expression=license_expression,
            headers=headers,
        )
        return self.add_file(
            name,
            "-".join(part for part in (stem(name, version), build, f"{tag}.whl") if part),
            wheel_bytes(name, version, text, tag=tag, files=files),
            version=version,
            metadata=text.encode(),
            requires_python=requires_python,
            yanked=yanked,
            upload_time=upload_time,
        )

    def add_sdist(
        self,
        name: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        static: bool = True,
        metadata_version: str = "2.2",
        dynamic: Sequence[str] = (),
        requires_python: str | None = None,
        yanked: str | bool | None = None,
        upload_time: str | None = UPLOADED,
        extras: Extras | None = None,
        files: Mapping[str, bytes | str] | None = None,
        build_requires: Sequence[str] = (),
        requires_for_build: Sequence[str] = (),
        announced: bool = False,
    ) -> IndexFile:
        """Offer an sdist that builds without a network.

        `static=False` leaves the requirements out of PKG-INFO and calls them dynamic: only a build tells them.
        `announced` serves its PKG-INFO as a metadata file too.
        """
        if not static and not dynamic:
            dynamic = ("Requires-Dist",)
        full = metadata_text(name, version, requires=requires, extras=extras, requires_python=requires_python)
        text = metadata_text(
            name,
            version,
            requires=requires if static else (),
            extras=extras if static else None,
            requires_python=requires_python,
            metadata_version=metadata_version,
            dynamic=dynamic,
        )
        return self.add_file(
            name,
            f"{stem(name, version)}.tar.gz",
            sdist_bytes(
                name,
                version,
                text,
                built_metadata=full,
                build_requires=build_requires,
                requires_for_build=requires_for_build,
                files=files,
            ),
            version=version,
            metadata=text.encode() if announced else None,
            requires_python=requires_python,
            yanked=yanked,
            upload_time=upload_time,
        )

    def add_file(
        self,
        name: str,
        filename: str,
        data: bytes,
        *,
        version: str = "",
        metadata: bytes | None = None,
        requires_python: str | None = None,
        yanked: str | bool | None = None,
        upload_time: str | None = UPLOADED,
        entry: Mapping[str, Any] | None = None,
    ) -> IndexFile:
        """Offer any bytes under any file name; the same file name again replaces them."""
        digest = hashlib.sha256(data).hexdigest()
        path = f"{digest[:2]}/{digest[2:4]}/{quote(filename, safe='')}"
        file = IndexFile(
            filename=filename,
            version=normal_version(version),
            data=data,
            path=path,
            metadata=metadata,
            requires_python=requires_python,
            yanked=yanked,
            upload_time=upload_time,
            entry=dict(entry or {}),
            sha256=digest,
            url=f"{self.files_url}{path}",
        )
        files = self.projects.setdefault(canonicalize_name(name), [])
        files[:] = [*(old for old in files if old.filename != filename), file]
        self._files_by.serve(f"/packages/{path}", data, content_type="application/octet-stream")
        return file

    def remove_file(self, file: IndexFile) -> None:
        """Take a file away from its place (404) and from its page."""
        self.withdraw(file)
        for files in self.projects.values():
            files[:] = [other for other in files if other is not file]

    def withdraw(self, file: IndexFile) -> None:
        """Take a file away from its place (404); its page still lists it."""
        self._files_by._stored.pop(f"/packages/{file.path}", None)

    def move_file(self, file: IndexFile, path: str) -> None:
        """Keep a file at another path below `/packages/` from now on."""
        self.withdraw(file)
        file.path, file.url = path, f"{self.files_url}{path}"
        self._files_by.serve(f"/packages/{path}", file.data, content_type="application/octet-stream")

    def set_status(self, name: str, status: str, reason: str | None = None) -> None:
        """State a project's status (PEP 792)."""
        self.statuses[canonicalize_name(name)] = (status, reason)
        self.projects.setdefault(canonicalize_name(name), [])

    # How it behaves

    def serve(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str = "text/plain",
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Answer any path with fixed bytes; return its address. Goes before pages."""
        self._stored[path] = body, {"Content-Type": content_type, **(headers or {})}
        return f"{self.origin}{self.mount}{path}"

    def fault(self, path: str, **how: Any) -> Fault:
        """Let a path misbehave; see Fault. The newest fault that concerns a path goes first."""
        fault = Fault(path=path, **how)
        self.faults.insert(0, fault)
        return fault

    def redirect(self, path: str, location: str, *, status: int = 302) -> None:
        """Answer a path (or all below one that ends in `*`, the rest appended) with a redirect."""
        self._redirects[path] = status, location

    def require_auth(self, username: str, password: str) -> None:
        """Answer 401 to who does not send these basic credentials."""
        self._basic = username, password

    # What it was asked

    def asked(self, *, method: str | None = None, containing: str = "") -> list[str]:
        """Return the paths asked for, in order."""
        with self._lock:
            return [r.path for r in self.log if containing in r.path and method in {None, r.method}]

    def pages_asked(self) -> list[str]:
        """Return the names of the projects whose pages were asked for, in order."""
        return [match[1] for path in self.asked() if (match := re.fullmatch(r".*/simple/([^/]+)/", path))]

    @property
    def connections_made(self) -> int:
        """How many connections were opened so far."""
        return self._server.accepted

    def forget(self) -> None:
        """Empty the log."""
        with self._lock:
            self.log.clear()

    # Answering

    def _record(self, request: LoggedRequest) -> None:
        with self._lock:
            self.log.append(request)

    def _fault_for(self, path: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self.faults if fault.concerns(path)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
            return fault

    def _answer(self, full_path: str, headers: Mapping[str, str]) -> _Answer:
        # A proxy is asked for whole addresses; this one has the answers itself.
        path = re.sub(r"\Ahttp://[^/]*", "", full_path).removeprefix(self.mount)
        fault = self._fault_for(path.partition("?")[0])
        answer = self._true_answer(path.partition("?")[0], headers)
        if fault is None:
            return answer
        answer.fault = fault
        if fault.status is not None:
            return _Answer(fault.status, dict(fault.headers), fault.body or b"", fault)
        answer.headers.update(fault.headers)
        answer.body = answer.body if fault.body is None else fault.body
        return answer

    def _true_answer(self, path: str, headers: Mapping[str, str]) -> _Answer:
        if self._basic is not None and not self._authorised(headers.get("authorization", "")):
            return _Answer(401, {"WWW-Authenticate": 'Basic realm="index"'}, b"who are you?")
        for source, (status, location) in self._redirects.items():
            if path == source:
                return _Answer(status, {"Location": location})
            if source.endswith("*") and path.startswith(source[:-1]):
                return _Answer(status, {"Location": location + path[len(source) - 1 :]})
        if path in self._stored:
            body, more = self._stored[path]
            return self._file_answer(body, more, headers.get("range"))
        if path.startswith("/packages/") and path.endswith(".metadata"):
            return self._metadata_answer(path)
        return self._page_answer(path, headers)

    def _authorised(self, authorization: str) -> bool:
        assert self._basic is not None
        expected = base64.b64encode(":".join(self._basic).encode()).decode()
        return authorization == f"Basic {expected}"

    def _file_answer(self, body: bytes, headers: Mapping[str, str], wanted: str | None) -> _Answer:
        common = {"Accept-Ranges": "bytes" if self.ranges else "none", **headers}
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted or "")
        if not self.ranges or match is None or match[0] == "bytes=-":
            return _Answer(200, common, body)
        if match[1]:
            first, last = int(match[1]), min(int(match[2] or len(body)), len(body) - 1)
        else:
            first, last = max(len(body) - int(match[2]), 0), len(body) - 1
        if first > last:
            return _Answer(416, {**common, "Content-Range": f"bytes */{len(body)}"})
        return _Answer(206, {**common, "Content-Range": f"bytes {first}-{last}/{len(body)}"}, body[first : last + 1])

    def _metadata_answer(self, path: str) -> _Answer:
        wanted = path.removeprefix("/packages/").removesuffix(".metadata")
        for file in [file for files in self.projects.values() for file in files]:
            if file.path == wanted and file.metadata is not None and self.metadata not in {"never", "404"}:
                return _Answer(200, {"Content-Type": "text/plain"}, file.metadata)
        return _Answer(404, {"Content-Type": "text/plain"}, b"no metadata")

    def _page_answer(self, path: str, headers: Mapping[str, str]) -> _Answer:
        match = re.fullmatch(r"/simple/(?:([^/]+)(/?))?", path)
        if match is None:
            return _Answer(404, {"Content-Type": "text/plain"}, b"nothing here")
        as_json = self.form == "json" and _wants_json(headers.get("accept", "*/*"))
        if match[1] is None:
            body = self._root_page(as_json=as_json)
        else:
            name = unquote(match[1])
            if not match[2] or name != canonicalize_name(name):
                return _Answer(301, {"Location": f"{self.mount}/simple/{canonicalize_name(name)}/"})
            if name not in self.projects:
                return _Answer(404, {"Content-Type": "text/plain"}, b"no such project")
            body = self._json_page(name) if as_json else self._html_page(name)
        return self._cacheable(body, JSON_TYPE if as_json else HTML_TYPE, headers)

    def _cacheable(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> _Answer:
        sent = {"Content-Type": content_type, "Vary": "Accept", "Date": email.utils.formatdate(usegmt=True)}
        if self.max_age is not None:
            sent["Cache-Control"] = f"max-age={self.max_age}"
        if self.etag:
            sent["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            if headers.get("if-none-match") == sent["ETag"]:
                return _Answer(304, sent)
        if self.gzipped and "gzip" in headers.get("accept-encoding", ""):
            return _Answer(200, {**sent, "Content-Encoding": "gzip"}, gzip.compress(body, mtime=0))
        return _Answer(200, sent, body)

    def _listed(self, name: str) -> list[IndexFile]:
        files = sorted(self.projects[name], key=lambda file: file.filename)
        return files[::-1] if self.reverse else files

    def _address(self, file: IndexFile) -> str:
        return f"../../packages/{file.path}" if self.relative and self._files_by is self else file.url

    def _announced(self, file: IndexFile) -> bool | str:
        if file.metadata is None or self.metadata == "never":
            return False
        if self.metadata == "unhashed":
            return True
        return "0" * 64 if self.metadata == "broken-hash" else hashlib.sha256(file.metadata).hexdigest()

    def _entry(self, file: IndexFile) -> dict[str, Any]:
        announced = self._announced(file)
        core = {"sha256": announced} if isinstance(announced, str) else announced
        entry: dict[str, Any] = {
            "filename": file.filename,
            "url": self._address(file),
            "hashes": {"sha256": file.sha256} if self.hashes else {},
            "requires-python": file.requires_python,
            "yanked": False if file.yanked is None else file.yanked,
            "core-metadata": core,
            "data-dist-info-metadata": core,
        }
        if self.sizes:
            entry["size"] = file.size
        if self.upload_times and file.upload_time is not None:
            entry["upload-time"] = file.upload_time
        return {
            key: value for key, value in {**entry, **file.entry}.items() if value is not None or key not in file.entry
        }

    def _json_page(self, name: str) -> bytes:
        files = self._listed(name)
        page: dict[str, Any] = {
            "meta": {"api-version": self.api_version},
            "name": name,
            "files": [self._entry(file) for file in files],
            "versions": list(dict.fromkeys(file.version for file in files if file.version)),
        }
        if name in self.statuses:
            status, reason = self.statuses[name]
            page["project-status"] = {"status": status, **({"reason": reason} if reason else {})}
        return json.dumps(page).encode()

    def _html_page(self, name: str) -> bytes:
        head = f'<meta name="pypi:repository-version" content="{self.api_version}">'
        if name in self.statuses:
            status, reason = self.statuses[name]
            head += f'<meta name="pypi:project-status" content="{html.escape(status)}">'
            if reason:
                head += f'<meta name="pypi:project-status-reason" content="{html.escape(reason)}">'
        head += f"<title>{name}</title>"
        anchors = "".join(f"{self._anchor(file)}<br>\n" for file in self._listed(name))
        return f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>\n{anchors}</body></html>\n".encode()

    def _anchor(self, file: IndexFile) -> str:
        attributes = {"href": self._address(file) + (f"#sha256={file.sha256}" if self.hashes else "")}
        if file.requires_python is not None:
            attributes["data-requires-python"] = file.requires_python
        if file.yanked is not None and file.yanked is not False:
            attributes["data-yanked"] = file.yanked if isinstance(file.yanked, str) else ""
        announced = self._announced(file)
        if announced is not False:
            value = f"sha256={announced}" if isinstance(announced, str) else "true"
            attributes["data-core-metadata"] = attributes["data-dist-info-metadata"] = value
        spelled = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
        return f"<a {spelled}>{html.escape(file.filename)}</a>"

    def _root_page(self, *, as_json: bool) -> bytes:
        names = sorted(self.projects)
        if as_json:
            listed = {
                "meta": {"api-version": self.api_version},
                "projects": [{"name": name} for name in names],
            }
            return json.dumps(listed).encode()
        anchors = "".join(f'<a href="{self.mount}/simple/{name}/">{name}</a>\n' for name in names)
        return f"<!DOCTYPE html>\n<html><body>\n{anchors}</body></html>\n".encode()


def _wants_json(accept: str) -> bool:
    return any(kind in accept for kind in (JSON_TYPE, "application/vnd.pypi.simple.latest+json", "*/*"))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, index: IndexServer) -> None:
        self.index = index
        self.connections: set[socket.socket] = set()
        self.closing = False
        self.accepted = 0
        self.context: ssl.SSLContext | None = None
        self._connections_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread: a client that does not finish its handshake keeps nobody else waiting.
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with self.context.wrap_socket(request, server_side=True) as wrapped:
            with self._connections_lock:
                self.connections.add(wrapped)
            super().finish_request(wrapped, client_address)
            with self._connections_lock:
                self.connections.discard(wrapped)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self.connections.add(request)
            self.accepted += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self.connections.discard(request)
        super().shutdown_request(request)

    def close_all(self) -> None:
        self.closing = True
        self.server_close()
        with self._connections_lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: tests make them do so."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "index.example", ""
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server
    connection: socket.socket

    def do_GET(self) -> None:
        index = self.server.index
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = index._answer(self.path, headers)
        fault = answer.fault or Fault(path="")
        index._record(LoggedRequest(self.command, self.path, 0 if fault.reset else answer.status, headers))
        self._wait(fault.delay)
        if fault.reset:
            # With no time to linger, closing sends a reset instead of a polite end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status not in {204, 304}:
            self._send(answer.body, fault)

    do_HEAD = do_GET  # noqa: N815 - the base class names it so

    def do_CONNECT(self) -> None:
        """Be a proxy: pass bytes on, to loopback only."""
        index = self.server.index
        fault = index._fault_for(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = 200 if fault is None or fault.status is None else fault.status
        index._record(LoggedRequest(self.command, self.path, status, headers))
        self.send_response(status, "no tunnel" if status != 200 else None)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        if status == 200:
            port = int(self.path.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as other:
                _relay(self.connection, other)

    def _send(self, body: bytes, fault: Fault) -> None:
        if fault.stall:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self._wait(fault.stall)
            body = body[len(body) // 2 :]
        if fault.drip:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                self._wait(fault.drip)
            return
        if fault.truncate is not None:
            body = body[: fault.truncate]
            self.close_connection = True
        self.wfile.write(body)
        self.wfile.flush()

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.server.closing:
            time.sleep(min(0.02, seconds))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the log is a list."""


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on in both directions until either side ends."""
    with contextlib.suppress(OSError):
        while True:
            for ready in select.select([one, other], [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                (other if ready is one else one).sendall(data)


Release = Sequence[str] | Mapping[str, Any]


def world(server: IndexServer, packages: Mapping[str, Mapping[str, Release]]) -> IndexServer:
    """Offer many packages from a compact description; return the server.

    A release is a list of requirements (one pure wheel), or a mapping: `requires`, `extras`, `requires_python`,
    `yanked`, `upload_time`, `wheel` (default true), `wheel_tags` (default `py3-none-any`), `sdist` (default false).
    """
    for name, releases in packages.items():
        for version, release in releases.items():
            _add_release(server, name, version, release if isinstance(release, Mapping) else {"requires": release})
    return server


def _add_release(server: IndexServer, name: str, version: str, release: Mapping[str, Any]) -> None:
    common = {
        key: release[key]
        for key in ("requires", "extras", "requires_python", "yanked", "upload_time")
        if release.get(key) is not None
    }
    if release.get("wheel", True):
        for tag in release.get("wheel_tags") or ["py3-none-any"]:
            server.add_wheel(name, version, tag=tag, **common)
    if release.get("sdist", False):
        server.add_sdist(name, version, **common)
