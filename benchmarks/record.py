"""Recording: what the compared tools ask of this machine's own index becomes a pack; wheels come by pip.

A replay that lacks something asks the index that pip on this machine would use, through frazil's own client, and
remembers the answer: so only what some tool asked for is ever read, once. The tools then run against it as in a case.
"""

import asyncio
import contextlib
import json
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measuring import Replay
from benchmarks.pack import File, Pack, format_pack, name_and_version
from benchmarks.replay import PAGE_TYPE, Answer, Server, Shelf
from benchmarks.staging import StagingFailed, resolve_once
from benchmarks.tools import Place, Programs, locked_wheels, tools_of
from benchmarks.workloads import Workload
from frazil.index.archives import read_from_wheel
from frazil.index.pages import PAGE_LIMIT
from frazil.index.ranged_file import RangedFile
from frazil.model import Offer
from frazil.outside import Outside
from frazil.project.declaration import DeclaredIndex
from frazil.settings import Settings

_METADATA_LIMIT = 16 * 1024 * 1024
_TOOLS = ("frazil", "uv", "uv pip compile", "pip", "uv, a loop")


# The machine's own index -----------------------------------------------------------------------------------


class Upstream:
    """The index that pip on this machine would use; pages without what was uploaded at the cutoff or later."""

    def __init__(self, settings: Settings, cutoff: str) -> None:
        self._outside = Outside((DeclaredIndex(name="default"),), settings)
        self._cutoff = cutoff
        self._addresses: dict[str, str] = {}

    def page(self, project: str) -> tuple[File, ...]:
        """Return a project's files; none where the index has no such project."""
        machine = self._outside.machine
        assert machine is not None  # noqa: S101 - the default index is the machine's
        url = f"{machine.url}{project}/"
        response = self._outside.client.get(url, accept=PAGE_TYPE, limit=PAGE_LIMIT, cached=True)
        rows = json.loads(response.body)["files"] if response.status == 200 else []
        rows = [row for row in rows if row["upload-time"] < self._cutoff and "sha256" in row["hashes"]]
        self._addresses.update((row["filename"], row["url"]) for row in rows)
        return tuple(_file(row) for row in rows)

    def metadata(self, wheel: str) -> bytes | None:
        """Return a wheel's metadata: the file beside it, else read from the wheel itself."""
        url = self._addresses.get(wheel)
        if url is None:
            return None
        response = self._outside.client.get(f"{url}.metadata", limit=_METADATA_LIMIT)
        if response.status == 200:
            return response.body
        project, version = name_and_version(wheel)
        return read_from_wheel(RangedFile(self._outside.client, Offer(wheel, url)), project, version)


def _file(row: dict[str, Any]) -> File:
    return File(
        filename=row["filename"],
        sha256=row["hashes"]["sha256"],
        size=row.get("size") or 0,
        uploaded=row["upload-time"],
        requires_python=row.get("requires-python"),
        yanked=row.get("yanked") or False,
    )


class Recorder(Server):
    """A replay that looks upstream where its shelf has nothing, once for each thing."""

    def __init__(self, shelf: Shelf, upstream: Upstream) -> None:
        super().__init__(shelf)
        self._upstream = upstream
        self._asked: dict[str, asyncio.Future[None]] = {}

    async def page(self, pack: str, project: str) -> Answer | None:
        async def ask() -> None:
            files = await asyncio.to_thread(self._upstream.page, project)
            if files:
                self.shelf.packs[pack][project] = files

        await self._once(f"page {project}", ask)
        return self.shelf.page(pack, project)

    async def metadata(self, wheel: str) -> Answer | None:
        async def ask() -> None:
            found = await asyncio.to_thread(self._upstream.metadata, wheel)
            if found is not None:
                self.shelf.keep_metadata(wheel, found)

        await self._once(f"metadata {wheel}", ask)
        return await super().metadata(wheel)

    async def _once(self, what: str, ask: Callable[[], Awaitable[None]]) -> None:
        if what not in self._asked:
            self._asked[what] = asyncio.ensure_future(ask())
        await asyncio.shield(self._asked[what])


# Packs -----------------------------------------------------------------------------------------------------


def record_pack(pack: str, workloads: Iterable[Workload], programs: Programs, into: Path) -> Path:
    """Run the tools on every workload of a pack, cold and after its edit, and write what they asked for."""
    workloads = list(workloads)
    cutoff = workloads[0].cutoff
    with tempfile.TemporaryDirectory(prefix="frazil-record-") as folder:
        work = Path(folder)
        shelf = Shelf("", {pack: Pack(cutoff)})
        upstream = Upstream(Settings(store=work / "store", cache=work / "pages"), cutoff)
        with _serving(Recorder(shelf, upstream)):
            locks = [lock for workload in workloads for lock in _recorded(workload, programs, shelf, work)]
        fetched = [(name, version) for lock in locks for name, version, _, _ in locked_wheels(lock)]
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{pack}.pack.xz"
    recorded = Pack(cutoff, shelf.packs[pack], _distinct(shelf.metadata))
    path.write_bytes(format_pack(recorded, fetched=fetched))
    return path


@contextlib.contextmanager
def _serving(server: Server) -> Iterator[None]:
    """Serve in a thread of this process until the block ends."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    task = loop.create_task(server.serve(ready=lambda _: ready.set()))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _recorded(workload: Workload, programs: Programs, shelf: Shelf, work: Path) -> Iterator[Path]:
    """Run all tools on a workload; yield the lock that frazil made of it."""
    tools = tools_of(programs)
    for name in _TOOLS:
        tool = tools[name]
        fits = {"uv, a loop": workload.isolated, "pip": not workload.is_monorepo}.get(name, True)
        if not tool.there or not fits:
            continue
        place = Place(
            folder=work / name.replace(" ", "-") / workload.name,
            workload=workload,
            index=f"{shelf.base}/{workload.pack}/simple/",
            locked=work / "frozen.json",
            wheels=work,
        )
        print(f"recording {workload.name} with {name}", flush=True)
        if workload.refused:
            with contextlib.suppress(StagingFailed):
                resolve_once(tool, place)
            continue
        resolve_once(tool, place)
        if workload.change != ("", ""):
            after = place.folder.with_name(f"{workload.name}-edited")
            resolve_once(tool, replace(place, folder=after, workload=workload.changed()))
        if name == "frazil":
            yield place.kept(tool.lock)


def _distinct(metadata: dict[str, bytes]) -> dict[str, bytes]:
    """Return metadata without what another wheel of the same release says word for word."""
    seen: set[tuple[str, bytes]] = set()
    kept = {}
    for wheel, data in sorted(metadata.items()):
        release = "-".join(wheel.split("-")[:2])
        if (release, data) not in seen:
            seen.add((release, data))
            kept[wheel] = data
    return kept


# Wheels ----------------------------------------------------------------------------------------------------


def download_wheels(workload: Workload, programs: Programs, wheels: Path, packs_in: Path) -> None:
    """Bring the wheels that frazil chooses for a workload, by pip from its default index, verified."""
    wheels.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="frazil-wheels-") as folder,
        Replay([workload.pack], packs_in=[packs_in]) as replay,
    ):
        place = Place(
            folder=Path(folder),
            workload=workload,
            index=replay.index(workload.pack),
            locked=Path(folder) / "frozen.json",
            wheels=wheels,
        )
        resolve_once(tools_of(programs)["frazil"], place)
        locked = locked_wheels(place.kept("frozen.json"))
        wanted = place.folder / "wanted.txt"
        wanted.write_text("".join(f"{name}=={version} --hash=sha256:{sha}\n" for name, version, _, sha in locked))
        command = [programs.pip or programs.python, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
        rules = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-d", wheels, "-r", wanted]
        subprocess.run([str(word) for word in (*command, *rules)], check=True)
    (wheels / f"{workload.name}.txt").write_text("".join(f"{name}\n" for _, _, name, _ in locked), encoding="utf-8")
