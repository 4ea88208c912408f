"""A package index on this machine that answers from packs, counts what it is asked, and can be slow on purpose.

One asyncio process on the standard library; pages are rendered once, so an answer costs tens of microseconds and the
client under test stays what is measured. Run as `python -m benchmarks.replay PACK…`; the first line of its output is
its address. Addresses:

    /<pack>/simple/<project>/        PEP 691 JSON with PEP 658 metadata, ETag, gzip
    /files/<sha256>/<filename>       a wheel, with `.metadata` behind it its metadata
    /control/reset, /control/counts, /control/set?latency=0.02&max-age=600
"""

import argparse
import asyncio
import bisect
import contextlib
import gzip
import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from benchmarks.pack import FOLDER, File, Pack, name_and_version, normalised, read_pack

PAGE_TYPE = "application/vnd.pypi.simple.v1+json"
_REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}
_FOR_EVER = "max-age=365000000, immutable, public"
_LARGEST_REQUEST = 64 * 1024


@dataclass(slots=True)
class Counts:
    """What was asked since the last reset. `received` are bytes of bodies; `made_up` is metadata nobody recorded."""

    requests: int = 0
    received: int = 0
    pages: int = 0
    metadata: int = 0
    files: int = 0
    unchanged: int = 0
    missing: int = 0
    made_up: int = 0
    connections: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: `kind` is the field of Counts that it adds to; `packed` is the body as gzip."""

    kind: str
    body: bytes
    content_type: str = "application/octet-stream"
    etag: str = ""
    packed: bytes | None = None
    status: int = 200
    cache_control: str = _FOR_EVER


# What there is ---------------------------------------------------------------------------------------------


class Shelf:
    """All that can be asked for: pages of packs, metadata, wheels in folders. `base` is the server's own address."""

    def __init__(self, base: str, packs: Mapping[str, Pack], folders: tuple[Path, ...] = ()) -> None:
        self.base = base
        self.packs = {name: dict(pack.pages) for name, pack in packs.items()}
        self.metadata = {name: data for pack in packs.values() for name, data in pack.metadata.items()}
        self.folders = folders
        self._pages: dict[tuple[str, str], Answer] = {}
        self._releases: dict[str, list[tuple[tuple[int, ...], str]]] | None = None

    def page(self, pack: str, project: str) -> Answer | None:
        files = self.packs.get(pack, {}).get(project)
        if files is None:
            return None
        known = self._pages.get((pack, project))
        if known is None:
            body = self._rendered(project, files)
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            known = self._pages[pack, project] = Answer("pages", body, PAGE_TYPE, etag, gzip.compress(body, 6, mtime=0))
        return known

    def _rendered(self, project: str, files: tuple[File, ...]) -> bytes:
        listing = {
            "alternate-locations": [],
            "files": [self._row(file) for file in files],
            "meta": {"_last-serial": 40_000_000, "api-version": "1.4"},
            "name": project,
            "project-status": {"status": "active"},
            "versions": list(dict.fromkeys(file.version for file in files)),
        }
        return json.dumps(listing, separators=(",", ":")).encode()

    def _row(self, file: File) -> dict[str, object]:
        recorded = self.metadata.get(file.filename)
        promise: object = file.filename.endswith(".whl")
        if recorded is not None:
            promise = {"sha256": hashlib.sha256(recorded).hexdigest()}
        return {
            "core-metadata": promise,
            "data-dist-info-metadata": promise,
            "filename": file.filename,
            "hashes": {"sha256": file.sha256},
            "provenance": None,
            "requires-python": file.requires_python,
            "size": file.size,
            "upload-time": file.uploaded,
            "url": f"{self.base}/files/{file.sha256[:2]}/{file.sha256[2:4]}/{file.sha256[4:]}/{quote(file.filename)}",
            "yanked": file.yanked,
        }

    def metadata_of(self, wheel: str) -> tuple[bytes, bool] | None:
        """Return a wheel's metadata, and whether it had to be made up from the nearest recorded release.

        A tool that looks at a release which no recorded client looked at finds a neighbour's words, with the version
        changed wherever they name it: the replay stays whole, and the tool's choice is counted as `made_up`.
        """
        known = self.metadata.get(wheel)
        if known is not None:
            return known, False
        name, version = name_and_version(wheel)
        recorded = self._recorded.get(name, [])
        if not recorded:
            return None
        place = bisect.bisect_left(recorded, (_order(version), ""))
        neighbour = recorded[min(place, len(recorded) - 1)][1]
        said = name_and_version(neighbour)[1]
        return _renamed(self.metadata[neighbour], said, version), said != version

    @cached_property
    def _recorded(self) -> dict[str, list[tuple[tuple[int, ...], str]]]:
        found: dict[str, list[tuple[tuple[int, ...], str]]] = {}
        for wheel in self.metadata:
            name, version = name_and_version(wheel)
            found.setdefault(name, []).append((_order(version), wheel))
        return {name: sorted(rows) for name, rows in found.items()}

    def keep_metadata(self, wheel: str, data: bytes) -> None:
        self.metadata[wheel] = data
        self.__dict__.pop("_recorded", None)

    def wheel(self, filename: str) -> Path | None:
        return next((folder / filename for folder in self.folders if (folder / filename).is_file()), None)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _renamed(data: bytes, old: str, new: str) -> bytes:
    """Say `new` where a neighbour's header names its own release: its version, and parts that are released with it."""
    head, blank, body = data.partition(b"\n\n")
    spelt = rf"(?<![\w.]){re.escape(old)}(?![\w.])".encode()
    lines = (
        re.sub(spelt, new.encode(), line)
        if line.startswith(b"Version:") or (line.startswith(b"Requires-Dist:") and "." in old)
        else line
        for line in head.split(b"\n")
    )
    return b"\n".join(lines) + blank + body


# Who answers -----------------------------------------------------------------------------------------------


@dataclass
class Server:
    """Answers from a shelf. `latency` is seconds before each answer; `max_age` is how long pages stay fresh."""

    shelf: Shelf
    latency: float = 0.0
    max_age: int = 86_400
    counts: Counts = field(default_factory=Counts)

    async def serve(self, port: int = 0, ready: Callable[[str], None] = lambda _: None) -> None:
        """Serve until cancelled; `ready` is told the address."""
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: Connection(self), "127.0.0.1", port, backlog=512)
        self.shelf.base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        ready(self.shelf.base)
        async with listening:
            await listening.serve_forever()

    async def answer(self, target: str) -> Answer | Path:
        """Return what lies at an address: an answer, or a wheel to be sent from its file."""
        match unquote(urlsplit(target).path).strip("/").split("/"):
            case [pack, "simple", project]:
                found: Answer | Path | None = await self.page(pack, normalised(project))
            case ["files", *_, filename] if filename.endswith(".metadata"):
                found = await self.metadata(filename.removesuffix(".metadata"))
            case ["files", *_, filename]:
                found = await self.wheel(filename)
            case _:
                found = None
        return found or Answer("missing", b"there is nothing here", "text/plain", status=404, cache_control="no-store")

    # A recorder looks further where the shelf has nothing.

    async def page(self, pack: str, project: str) -> Answer | None:
        return self.shelf.page(pack, project)

    async def metadata(self, wheel: str) -> Answer | None:
        found = self.shelf.metadata_of(wheel)
        if found is None:
            return None
        body, made_up = found
        self.counts.made_up += made_up
        return Answer("metadata", body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    async def wheel(self, filename: str) -> Path | None:
        return self.shelf.wheel(filename)

    def control(self, target: str) -> Answer:
        """Obey and tell: `reset`, `counts`, `set`."""
        parts = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/reset"):
            self.counts = Counts()
        self.latency = float(asked.get("latency", self.latency))
        self.max_age = int(asked.get("max-age", self.max_age))
        return Answer("", json.dumps(asdict(self.counts)).encode(), "application/json", cache_control="no-store")

    def count(self, kind: str, received: int, *, unchanged: bool) -> None:
        counts = self.counts
        counts.requests += 1
        counts.received += received
        counts.unchanged += unchanged
        setattr(counts, kind, getattr(counts, kind) + 1)


class Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection; requests are answered in their order."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = b""
        self._waiting: deque[bytes] = deque()
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is a stream that was accepted
        self._transport = transport
        self._server.counts.connections += 1

    def connection_lost(self, _error: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        *heads, self._received = self._received.split(b"\r\n\r\n")
        self._waiting.extend(heads)
        if len(self._received) > _LARGEST_REQUEST:
            self._transport.abort()
        elif self._waiting and self._task is None:
            self._task = asyncio.ensure_future(self._answer_all())

    async def _answer_all(self) -> None:
        try:
            # Whoever goes away in the middle of an answer wants no more of them.
            with contextlib.suppress(ConnectionError):
                while self._waiting:
                    await self._answer(self._waiting.popleft().decode("latin-1"))
            self._task = None
        except Exception:
            self._transport.abort()
            raise

    async def _answer(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        target = first.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if target.startswith("/control/"):
            self._send(self._server.control(target), headers)
            return
        if self._server.latency:
            await asyncio.sleep(self._server.latency)
        found = await self._server.answer(target)
        if isinstance(found, Path):
            await self._send_file(found)
        else:
            self._send(found, headers)

    def _send(self, answer: Answer, headers: Mapping[str, str]) -> None:
        status, body, encoding = answer.status, answer.body, ""
        if answer.packed is not None and "gzip" in headers.get("accept-encoding", ""):
            body, encoding = answer.packed, "Content-Encoding: gzip\r\n"
        if answer.etag and answer.etag in headers.get("if-none-match", ""):
            status, body, encoding = 304, b"", ""
        lifetime = f"max-age={self._server.max_age}, public" if answer.kind == "pages" else answer.cache_control
        etag = f"ETag: {answer.etag}\r\n" if answer.etag else ""
        self._transport.write(_head(status, answer.content_type, len(body), lifetime, etag + encoding) + body)
        if answer.kind:
            self._server.count(answer.kind, len(body), unchanged=status == 304)

    async def _send_file(self, path: Path) -> None:
        # Reading blocks for no time: it lies in memory after the first time of asking.
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._transport.write(_head(200, "application/octet-stream", size, _FOR_EVER))
            await asyncio.get_running_loop().sendfile(self._transport, file)
        self._server.count("files", size, unchanged=False)


def _head(status: int, content_type: str, length: int, cache_control: str, more: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nDate: {formatdate(usegmt=True)}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {length}\r\nVary: Accept, Accept-Encoding\r\nCache-Control: {cache_control}\r\n{more}\r\n"
    ).encode("latin-1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packs", nargs="+", help="names of packs")
    parser.add_argument("--packs-in", type=Path, action="append", default=[], help="a folder of packs, looked in first")
    parser.add_argument("--wheels-in", type=Path, action="append", default=[], help="a folder of wheels")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    packs = {name: read_pack(name, folders=(*asked.packs_in, FOLDER)) for name in asked.packs}
    server = Server(Shelf("", packs, tuple(asked.wheels_in)))
    asyncio.run(server.serve(asked.port, lambda address: print(address, flush=True)))


if __name__ == "__main__":
    main()
