"""Asking a project's own build backend (PEP 517): in a fresh environment, without a network, credentials or a home.

Whatever runs here was written by anybody. It runs in a process group of its own that ends with the call, within
limits of time and of output; where the system can forbid it the network, it has none.
"""

import contextlib
import os
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from frazil.atomic import disk_errors
from frazil.errors import BuildFailed
from frazil.events import Noted
from frazil.processes import run_within
from frazil.settings import Settings
from frazil.store.names import is_plain_name
from frazil.strict_zip import StrictZip
from frazil.values import dataclass

if TYPE_CHECKING:
    from installer.sources import WheelFile

BUILD_SECONDS = 1800.0
MOST_OUTPUT = 64 * 1024 * 1024
"""Seconds that one call of a backend may take, and bytes that it may say."""

SOURCE_DATE_EPOCH = "315532800"
"""The first instant that a zip archive can hold (1980-01-01): the time of every file in what is built."""

_METADATA_LIMIT = 8 * 1024 * 1024
_LARGEST_PYPROJECT = 8 * 1024 * 1024
_LEGACY_REQUIRES = ("setuptools>=40.8.0",)
_LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
# What could open a door or change the answer. What compilers and their kin are told by (CC, CFLAGS, …) stays.
_DROPPED_PREFIXES = ("FRAZIL_", "PIP_", "UV_", "PYTHON", "XDG_", "NETRC", "GIT_", "SSH_", "AWS_", "TWINE_", "POETRY_")
_SECRETIVE = ("TOKEN", "PASSWORD", "PASSWD", "SECRET", "CREDENTIAL", "API_KEY", "APIKEY", "PRIVATE_KEY")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")
_HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
_VERSION_VARIABLES = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "PBR_VERSION")


# What a project says of its build --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """A `[build-system]` table (PEP 518): requirements as text, the backend, and where in the tree it lies itself."""

    requires: tuple[str, ...] = _LEGACY_REQUIRES
    backend: str = _LEGACY_BACKEND
    backend_path: tuple[str, ...] = ()


def parse_build_system(pyproject: bytes | None, label: str) -> BuildSystem:
    """Read how a project is built; without a table, setuptools builds it (PEP 517). Raises BuildFailed."""
    try:
        text = b"" if pyproject is None else pyproject[:_LARGEST_PYPROJECT]
        table = tomllib.loads(text.decode("utf-8")).get("build-system", {})
    except (ValueError, RecursionError):
        raise BuildFailed(f"{label} cannot be built: its pyproject.toml cannot be read") from None
    if isinstance(table, dict):
        requires = table.get("requires", list(_LEGACY_REQUIRES))
        backend = table.get("build-backend", _LEGACY_BACKEND)
        backend_path = table.get("backend-path", [])
        if _are_texts(requires) and isinstance(backend, str) and _are_texts(backend_path):
            return BuildSystem(tuple(requires), backend, tuple(backend_path))
    raise BuildFailed(f"{label} cannot be built: the [build-system] of its pyproject.toml is none (PEP 518)")


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# Where it is built -----------------------------------------------------------------------------------------


def make_environment(folder: Path, wheels: Iterable[Path], label: str) -> Path:
    """Make a virtual environment with exactly these wheels in it, and return its interpreter.

    Raises BuildFailed for a wheel that cannot be installed, DiskError.
    """
    from venv import EnvBuilder  # noqa: PLC0415 - 60 ms that only a build costs

    with disk_errors("make a build environment in", folder):
        EnvBuilder(symlinks=sys.platform != "win32", with_pip=False).create(folder)
    base = {"base": str(folder), "platbase": str(folder)}
    scheme = sysconfig.get_paths("venv", vars=base)
    python = Path(scheme["scripts"]) / ("python.exe" if sys.platform == "win32" else "python")
    for wheel in wheels:
        try:
            _install(wheel, scheme, python)
        except Exception as error:  # noqa: BLE001 - a wheel may be broken in any way
            why = str(error).partition("\n")[0] or type(error).__name__
            raise BuildFailed(f"{label} cannot be built: {wheel.name} cannot be installed ({why})") from None
    return python


def _install(wheel: Path, scheme: Mapping[str, str], python: Path) -> None:
    from installer import install  # noqa: PLC0415 - 90 ms that only a build costs
    from installer.destinations import SchemeDictionaryDestination  # noqa: PLC0415
    from installer.sources import WheelFile  # noqa: PLC0415
    from installer.utils import get_launcher_kind  # noqa: PLC0415

    paths = {key: scheme[key] for key in ("purelib", "platlib", "scripts", "data")}
    with wheel.open("rb") as file:
        StrictZip(file, wheel.stat().st_size).check_layout()
    with WheelFile.open(wheel) as source:
        # Two readers, two wheels: what is installed must be what RECORD says, and no script may leave its folder.
        source.validate_record(validate_contents=True)
        _check_scripts(source)
        name = f"{source.distribution}-headers"
        destination = SchemeDictionaryDestination(
            {**paths, "headers": str(Path(scheme["data"]) / "include" / "site" / name)},
            interpreter=str(python),
            script_kind=get_launcher_kind(),
            overwrite_existing=True,  # as pip does: two wheels may share a file of a namespace
        )
        install(source, destination, {"INSTALLER": b"frazil"})


def _check_scripts(wheel: "WheelFile") -> None:
    if "entry_points.txt" in wheel.dist_info_filenames:
        for line in wheel.read_dist_info("entry_points.txt").splitlines():
            name, equals, _ = line.partition("=")
            if equals and not is_plain_name(name.strip()):
                raise ValueError(f"it has a script of the name {name.strip()[:100]!r}")


def build_environ(environ: Mapping[str, str], *, python: Path, home: Path, version: str | None) -> dict[str, str]:
    """Return the variables that a backend sees: nothing secret, nothing of frazil's or pip's, an empty home.

    `version` is what backends that would ask a repository for it are told instead.
    """
    kept = {name: value for name, value in environ.items() if not _is_dropped(name.upper())}
    told = dict.fromkeys(_VERSION_VARIABLES, version) if version is not None else {}
    return {
        **kept,
        **{name: value for name, value in told.items() if value is not None},
        **{name: str(home) for name in _HOMES if name in environ or name == "HOME"},
        "PATH": os.pathsep.join(filter(None, (str(python.parent), environ.get("PATH", os.defpath)))),
        "VIRTUAL_ENV": str(python.parent.parent),
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "PIP_NO_INDEX": "1",
        "PIP_NO_INPUT": "1",
        "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH,
        "TZ": "UTC",
    }


def _is_dropped(name: str) -> bool:
    secret = any(word in name for word in _SECRETIVE)
    return secret or name in {*_PROXIES, *_HOMES, "VIRTUAL_ENV"} or name.startswith(_DROPPED_PREFIXES)


@lru_cache(maxsize=1)
def jail() -> tuple[str, ...]:
    """Return what to put before a command so that it has no network; nothing where the system does not let us."""
    if sys.platform != "linux":
        return ()
    for user in ("--map-current-user", "--map-root-user"):
        command = ("unshare", "--user", user, "--net", "--")
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run((*command, "true"), check=True, capture_output=True, timeout=10)
            return command
    return ()


# The backend -----------------------------------------------------------------------------------------------


class Backend:
    """The build backend of one source tree, called in an environment that was made for it.

    `label` names the project in messages. Every call raises BuildFailed with what the backend said last.
    """

    def __init__(
        self, tree: Path, system: BuildSystem, python: Path, *, label: str, version: str | None, settings: Settings
    ) -> None:
        self._tree = tree
        self._system = system
        self._python = python
        self._label = label
        self._version = version
        self._settings = settings

    def requirements(self) -> tuple[str, ...]:
        """Return what the backend needs besides what `[build-system]` states, to build a wheel."""
        found = self._call("get_requires_for_build_wheel")
        if not _are_texts(found):
            raise BuildFailed(f"{self._label} cannot be built: its backend asks for what are no requirements")
        return tuple(found)

    def metadata(self) -> bytes:
        """Return the METADATA that a wheel would have; where there is no hook for it, a wheel is built to see."""
        with tempfile.TemporaryDirectory(prefix="frazil-", ignore_cleanup_errors=True) as folder:
            name = self._plain(self._call("prepare_metadata_for_build_wheel", folder))
            try:
                with (Path(folder) / name / "METADATA").open("rb") as file:
                    data = file.read(_METADATA_LIMIT + 1)
            except OSError:
                raise BuildFailed(f"{self._label} cannot be built: its backend left no METADATA") from None
        if len(data) > _METADATA_LIMIT:
            raise BuildFailed(f"{self._label} cannot be built: its METADATA is larger than {_METADATA_LIMIT} bytes")
        return data

    def wheel(self, folder: Path) -> Path:
        """Build a wheel into a folder and return it."""
        wheel = folder / self._plain(self._call("build_wheel", str(folder)))
        if not wheel.name.endswith(".whl") or wheel.is_symlink() or not zipfile.is_zipfile(wheel):
            raise BuildFailed(f"{self._label} cannot be built: its backend left no wheel")
        return wheel

    def _plain(self, name: object) -> str:
        if not isinstance(name, str) or not is_plain_name(name):
            raise BuildFailed(f"{self._label} cannot be built: its backend says that it left {name!r}")
        return name

    def _call(self, hook: str, *arguments: str) -> Any:
        from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller  # noqa: PLC0415 - only a build

        backend = self._system.backend
        with tempfile.TemporaryDirectory(prefix="frazil-home-", ignore_cleanup_errors=True) as home:
            environ = build_environ(self._settings.environ, python=self._python, home=Path(home), version=self._version)
            try:
                caller = BuildBackendHookCaller(
                    str(self._tree),
                    backend,
                    self._system.backend_path,
                    runner=self._runner(environ),
                    python_executable=str(self._python),
                )
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return getattr(caller, hook)(*arguments)
            except BuildFailed:
                raise
            except BackendUnavailable as error:
                lines = tuple(error.traceback.rstrip().splitlines()[-20:])
                raise BuildFailed(
                    f"{self._label} cannot be built: there is no {backend} in its build environment", details=lines
                ) from None
            except Exception as error:  # noqa: BLE001 - what a hook leaves behind for its caller may be anything
                why = str(error).partition("\n")[0] or type(error).__name__
                raise BuildFailed(f"{self._label} cannot be built: {backend} failed in {hook} ({why})") from None

    def _runner(self, environ: Mapping[str, str]) -> Callable[..., None]:
        """Return how pyproject-hooks runs the interpreter: jailed, watched, and cut off at its limits."""
        prison = jail()
        if not prison:
            self._settings.reporter(Noted(f"{self._label}: this system does not let its build be kept off the network"))

        def run(command: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
            finished = run_within(
                (*prison, *command),
                environ={**environ, **(extra_environ or {})},
                folder=None if cwd is None else Path(cwd),
                seconds=BUILD_SECONDS,
                most_output=MOST_OUTPUT,
            )
            if finished.failed:
                why = finished.stopped or f"its backend {self._system.backend} failed"
                raise BuildFailed(f"{self._label} cannot be built: {why}", details=finished.tail)

        return run
