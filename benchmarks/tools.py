"""The programs that are compared, each told in its own words what to do."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.workloads import Workload, write_project, write_requirements

Command = list[str | Path]
Role = Literal["subject", "peer", "limit"]
Deed = Literal["resolve", "check", "fetch", "ensure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the programs are: those of a peer that is not here are None."""

    frazil: Path
    python: Path
    uv: Path | None = None
    pip: Path | None = None
    """An interpreter that has pip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one tool works on one workload, and the index that it asks.

    `locked` is the lock that frazil made for the workload: limits fetch what it lists, of which `wheels` has the files.
    """

    folder: Path
    workload: Workload
    index: str
    locked: Path
    wheels: Path

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def kept(self, name: str) -> Path:
        """Return where a cache or a lock lies that later runs begin from."""
        return self.folder / "kept" / name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program as it is compared. `deeds` says how it does what is asked, or leaves out what it cannot do.

    `lock` is the file or folder below the project that a resolve writes. `fresh` makes ready for a fetch, or says how.
    """

    name: str
    role: Role
    there: bool
    deeds: Mapping[Deed, Callable[[Place], Command]]
    lock: str = ""
    write: Callable[[Place], None]
    variables: Callable[[Place], Mapping[str, str]] = lambda _: {}
    fresh: Callable[[Place], Command | None] = field(default=lambda _: None)

    def environ(self, place: Place) -> dict[str, str]:
        """Return a quiet environment in which nothing of the machine's own settings counts."""
        left = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
        nowhere = place.folder / "nowhere"
        return {
            **left,
            "NO_COLOR": "1",
            "NO_PROXY": "127.0.0.1",
            "XDG_CONFIG_HOME": str(nowhere),
            "PIP_CONFIG_FILE": os.devnull,
            **self.variables(place),
        }


_SETTINGS = ("FRAZIL_", "UV_", "PIP_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "HTTP_PROXY", "http_proxy")


def tools_of(programs: Programs) -> dict[str, Tool]:
    """Return every tool by name; `there` says whether this machine has it."""
    found = [
        _frazil(programs, "frazil"),
        _frazil(programs, "frazil hardlink", fetch=("--link-mode", "hardlink")),
        _frazil(programs, "frazil --prove", resolve=("--prove",)),
        _uv_lock(programs),
        _uv_compile(programs),
        _uv_each(programs),
        _pip(programs),
        _curl("curl", ""),
        _curl("curl into sha256sum", " | sha256sum"),
        _links(),
        _interpreter(programs),
    ]
    return {tool.name: tool for tool in found}


# The subject -----------------------------------------------------------------------------------------------


def _write_project(place: Place) -> None:
    write_project(place.workload, place.project, place.index)


def _frazil(programs: Programs, name: str, *, resolve: tuple[str, ...] = (), fetch: tuple[str, ...] = ()) -> Tool:
    return Tool(
        name=name,
        role="subject",
        there=True,
        lock="frozen.json",
        write=_write_project,
        variables=lambda place: {"FRAZIL_CACHE_DIR": str(place.cache), "FRAZIL_STORE": str(place.cache / "store")},
        deeds={
            "resolve": lambda _: [programs.frazil, "resolve", *resolve],
            "check": lambda _: [programs.frazil, "resolve", "--check"],
            "fetch": lambda place: [programs.frazil, "fetch", "--out", place.out, *fetch],
            "ensure": lambda place: [programs.frazil, "ensure", "--out", place.out, *fetch],
        },
    )


# Peers -----------------------------------------------------------------------------------------------------


def _uv_lock(programs: Programs) -> Tool:
    uv = programs.uv or Path("uv")
    return Tool(
        name="uv",
        role="peer",
        there=programs.uv is not None,
        lock="uv.lock",
        write=_write_project,
        variables=lambda place: _of_uv(programs, place) | {"UV_PROJECT_ENVIRONMENT": str(place.out)},
        fresh=lambda place: [uv, "venv", "-q", "--clear", "--python", programs.python, place.out],
        deeds={
            "resolve": lambda _: [uv, "lock", "-q"],
            "check": lambda _: [uv, "lock", "-q", "--check"],
            "fetch": lambda _: [uv, "sync", "-q", "--frozen"],
            "ensure": lambda _: [uv, "sync", "-q"],
        },
    )


def _of_uv(programs: Programs, place: Place) -> dict[str, str]:
    return {"UV_CACHE_DIR": str(place.cache), "UV_PYTHON": str(programs.python), "UV_PYTHON_DOWNLOADS": "never"}


def _compile(programs: Programs, place: Place) -> Command:
    asked = [programs.uv or "uv", "pip", "compile", "-q", "--no-config", "--default-index", place.index]
    rules = ["--python-version", place.workload.python, "--only-binary", ":all:", "--generate-hashes"]
    return [*asked, *rules, "--no-header", "--no-annotate"]


def _write_requirements(place: Place) -> None:
    write_requirements(place.workload, place.project)


def _uv_compile(programs: Programs) -> Tool:
    def resolve(place: Place) -> Command:
        return [*_compile(programs, place), "requirements.in", "-o", "requirements.txt"]

    return Tool(
        name="uv pip compile",
        role="peer",
        there=programs.uv is not None,
        lock="requirements.txt",
        write=_write_requirements,
        variables=lambda place: _of_uv(programs, place),
        deeds={"resolve": resolve},
    )


def _uv_each(programs: Programs) -> Tool:
    """A loop over the targets, as a build tool would call uv that resolves each on its own."""

    def resolve(place: Place) -> Command:
        words = " ".join(str(word) for word in _compile(programs, place))
        return ["sh", "-ec", f"for t in targets/*/; do {words} $t/requirements.in -o $t/requirements.txt; done"]

    return Tool(
        name="uv, a loop",
        role="peer",
        there=programs.uv is not None,
        lock="targets",
        write=_write_requirements,
        variables=lambda place: _of_uv(programs, place),
        deeds={"resolve": resolve},
    )


def _pip(programs: Programs) -> Tool:
    def pip(place: Place, verb: str) -> Command:
        asked = [programs.pip or sys.executable, "-m", "pip", verb, "-q", "--isolated", "--disable-pip-version-check"]
        # pip keeps no answers of a host that it does not trust.
        index: Command = ["--index-url", place.index, "--trusted-host", "127.0.0.1", "--cache-dir", place.cache]
        return [*asked, *index, "--only-binary", ":all:"]

    def resolve(place: Place) -> Command:
        dry = ["--dry-run", "--ignore-installed", "--report", "report.json"]
        return [*pip(place, "install"), *dry, "-r", "requirements.in"]

    def fetch(place: Place) -> Command:
        return [*pip(place, "download"), "--no-deps", "--require-hashes", "-d", place.out, "-r", "locked.txt"]

    return Tool(
        name="pip",
        role="peer",
        there=programs.pip is not None,
        lock="report.json",
        write=_write_requirements,
        fresh=_write_hashed,
        deeds={"resolve": resolve, "fetch": fetch},
    )


def _write_hashed(place: Place) -> None:
    report = json.loads((place.project / "report.json").read_text(encoding="utf-8"))
    lines = [
        f"{each['metadata']['name']}=={each['metadata']['version']}"
        f" --hash=sha256:{each['download_info']['archive_info']['hashes']['sha256']}\n"
        for each in report["install"]
    ]
    (place.project / "locked.txt").write_text("".join(lines), encoding="utf-8")


# Limits ----------------------------------------------------------------------------------------------------


def locked_wheels(lock: Path) -> list[tuple[str, str, str, str]]:
    """Return (project, version, file name, sha256) of each file that a frozen.json lists."""
    coordinates = json.loads(lock.read_text(encoding="utf-8"))["coordinates"]
    return [
        (each["name"], each["version"], file["filename"], file["sha256"])
        for each in coordinates
        for file in each.get("artifacts", ())
    ]


def _write_addresses(place: Place) -> None:
    place.project.mkdir(parents=True, exist_ok=True)
    place.out.mkdir(parents=True, exist_ok=True)
    files = place.index.removesuffix(f"{place.workload.pack}/simple/") + "files"
    rows = [f'url = "{files}/{sha256}/{filename}"\n' for _, _, filename, sha256 in locked_wheels(place.locked)]
    (place.project / "addresses").write_text("".join(rows), encoding="utf-8")


def _curl(name: str, pipe: str) -> Tool:
    into = "" if pipe else "--remote-name-all --output-dir ../out "
    return Tool(
        name=name,
        role="limit",
        there=shutil.which("curl") is not None and shutil.which("sha256sum") is not None,
        write=_write_addresses,
        deeds={"fetch": lambda _: ["sh", "-c", f"curl -sS {into}--parallel --parallel-max 16 -K addresses{pipe}"]},
    )


def _links() -> Tool:
    def write(place: Place) -> None:
        place.project.mkdir(parents=True, exist_ok=True)
        wheels = place.kept("wheels")
        wheels.mkdir(parents=True, exist_ok=True)
        for _, _, filename, _ in locked_wheels(place.locked):
            if not (wheels / filename).exists():
                shutil.copy(place.wheels / filename, wheels)

    return Tool(
        name="cp -al",
        role="limit",
        there=sys.platform == "linux",
        write=write,
        deeds={"fetch": lambda place: ["cp", "-al", place.kept("wheels"), place.out]},
    )


def _interpreter(programs: Programs) -> Tool:
    def write(place: Place) -> None:
        place.project.mkdir(parents=True, exist_ok=True)

    return Tool(
        name="python -c pass",
        role="limit",
        there=True,
        write=write,
        deeds={deed: lambda _: [programs.python, "-c", "pass"] for deed in ("check", "ensure", "resolve")},
    )
