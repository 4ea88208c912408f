"""The index that pip on this machine would use: pip is asked, in a process of its own, and the answer kept.

pip's own option parser gives the answer, so its files, its variables and its order of precedence are pip's. The
process is another one because pip reads `os.environ` and changes logging when it is imported. Should pip's
inside ever move, what its commands print is read instead. An answer is kept until a file that pip would read, or
a variable that steers it, changes; one with passwords in it is never kept.
"""

import ast
import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from frazil.atomic import make_cache_folder, make_folder, write_atomically, writes_forbidden
from frazil.credentials import origin_of, split_credentials
from frazil.errors import ConfigurationError, DiskError
from frazil.events import Noted
from frazil.opening import open_plain
from frazil.regex import regex
from frazil.settings import Settings
from frazil.values import dataclass, field, field_names

_FOLDER = "machine-index-1"
_PATIENCE = 120.0
_LARGEST_RECORD = 1 << 20
# Where pip looks for its files depends on these.
_PLACES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE", "VIRTUAL_ENV")
_LISTED = regex(r"(?P<section>global|install|:env:)\.(?P<key>[a-z-]+)=(?P<value>.*)")
_HELP_DEFAULT = regex(r"--index-url <url>.*?\(default\s+(?P<url>[^\s)]+)\)", re.DOTALL)
_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); import frazil.default_index as d; d.{}()"
_HINT = "declare an index in [tool.frazil], or mend pip's configuration (`pip config debug` shows it)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineIndex:
    """What pip's configuration says of reaching an index.

    `url` ends in `/` and carries no credentials; `files` is the file root, known only for pip's own default; `cert`
    and `client_cert` are paths; `proxy` may carry credentials; `left_out` are the sources that pip would look at
    besides and frazil does not.
    """

    url: str
    files: str | None = None
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trusted_hosts: tuple[str, ...] = ()
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What pip said, before it is read; `watched` are the files that it looked for, None when it did not say."""

    index_url: str
    default_url: str
    files_host: str | None = None
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    no_index: bool = False
    watched: tuple[str, ...] | None = None


def read_machine_index(settings: Settings) -> MachineIndex:
    """Return the index that `pip install` would use here, asking pip only when no answer is kept.

    Raises ConfigurationError when pip has no answer, or one that is no HTTP address.
    """
    place = settings.cache / _FOLDER / f"{_surroundings(settings.environ)}.json"
    kept = None if settings.no_cache else _read_kept(place)
    if kept is not None:
        return _told(kept, settings)
    answer = _ask(settings.environ)
    machine = _machine_index(answer)
    if not settings.no_cache and not writes_forbidden() and _may_be_kept(answer, machine):
        _keep(place, settings.cache, machine, answer.watched or ())
    return _told(machine, settings)


def _told(machine: MachineIndex, settings: Settings) -> MachineIndex:
    if machine.left_out:
        settings.reporter(Noted(f"pip also looks at {', '.join(machine.left_out)}: left out, declare it to use it"))
    return machine


# Reading what pip said -------------------------------------------------------------------------------------


def _machine_index(answer: _Answer) -> MachineIndex:
    url, credentials = split_credentials(answer.index_url)
    if answer.no_index:
        raise ConfigurationError("pip on this machine is told to use no index (`no-index`)", hint=_HINT)
    if origin_of(url) is None:
        raise ConfigurationError(f"pip on this machine uses {url}, which is no HTTP address", hint=_HINT)
    url = f"{url.rstrip('/')}/"
    own = url == f"{answer.default_url.rstrip('/')}/"
    return MachineIndex(
        url=url,
        files=f"https://{answer.files_host}/packages/" if own and answer.files_host else None,
        cert=answer.cert,
        client_cert=answer.client_cert,
        proxy=answer.proxy,
        trusted_hosts=answer.trusted_hosts,
        credentials=credentials,
        left_out=tuple(split_credentials(extra)[0] for extra in answer.extra),
    )


def _may_be_kept(answer: _Answer, machine: MachineIndex) -> bool:
    secrets = [machine.credentials, *(split_credentials(url)[1] for url in (answer.proxy or "", *answer.extra))]
    return answer.watched is not None and not any(secrets)


# Asking ----------------------------------------------------------------------------------------------------


def _ask(environ: Mapping[str, str]) -> _Answer:
    said, complaint = _said_by("print_answer", environ)
    if said is None:
        why = f": {complaint}" if complaint else ""
        raise ConfigurationError(f"pip cannot say which index this machine uses{why}", hint=_HINT)
    return _Answer(**_with_tuples(said))


def _said_by(function: str, environ: Mapping[str, str]) -> tuple[dict[str, Any] | None, str]:
    """Return what a function of this module prints in a process of its own, and its complaint in one line."""
    import subprocess  # noqa: PLC0415 - 20 ms that a kept answer does not pay

    # Its modules are found where ours are; the current folder is not among the places.
    path = json.dumps([entry for entry in sys.path if entry])
    command = [sys.executable, "-P", "-c", _CHILD.format(function), path]
    # pip's own switches for what it prints would only get in the way.
    quiet = {name: value for name, value in environ.items() if name not in {"PIP_VERBOSE", "PIP_QUIET", "PIP_LOG"}}
    try:
        run = subprocess.run(
            command,
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
        said = json.loads(run.stdout)
    except (OSError, subprocess.SubprocessError) as error:
        return None, str(error)
    except ValueError:
        return None, _complaint(run.stderr)
    return (said, "") if isinstance(said, dict) else (None, "")


def _complaint(stderr: str) -> str:
    """Return in one line what a process complained of: its last paragraph, of a traceback its last line."""
    lines = [line.strip() for line in stderr.strip().rpartition("\n\n")[2].splitlines()]
    return " ".join(lines[-1:] if "Traceback (most recent call last):" in stderr else lines)[:300]


def print_answer() -> None:
    """Print what pip makes of its configuration, as JSON: runs in a process of its own."""
    try:
        print_inner_answer()
    except (ImportError, AttributeError, TypeError):
        print_public_answer()


def print_inner_answer() -> None:
    """Print what pip's own option parser holds before any argument is read."""
    from pip._internal.commands import create_command  # noqa: PLC0415 - in the child only
    from pip._internal.configuration import get_configuration_files  # noqa: PLC0415 - in the child only
    from pip._internal.models.index import PyPI  # noqa: PLC0415 - in the child only

    options = create_command("install").parser.get_default_values()
    files = [str(path) for paths in get_configuration_files().values() for path in paths]
    answer = _Answer(
        index_url=options.index_url,
        default_url=PyPI.simple_url,
        files_host=PyPI.file_storage_domain,
        cert=options.cert,
        client_cert=options.client_cert,
        proxy=options.proxy or None,
        trusted_hosts=tuple(options.trusted_hosts or ()),
        extra=(*(options.extra_index_urls or ()), *(options.find_links or ())),
        no_index=bool(options.no_index),
        watched=(*files, *_possible_files()),
    )
    print(json.dumps(_described(answer)))  # noqa: T201 - the parent reads it


def _possible_files() -> list[str]:
    """Return files that pip would also look at if they appeared, or their folder did."""
    named = [path] if (path := os.environ.get("PIP_CONFIG_FILE")) else []
    if sys.platform == "darwin":
        named += [os.path.expanduser("~/Library/Application Support/pip/pip.conf")]  # noqa: PTH111
    return named


def print_public_answer() -> None:
    """Print what `pip config list` and `pip help install` say: for a pip whose inside has moved."""
    values: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for match in filter(None, map(_LISTED.fullmatch, _lines_of_pip("config", "list"))):
        value = str(ast.literal_eval(match["value"]))
        known = values[match["section"]].setdefault(match["key"], value)
        if known != value:
            # The list does not tell which file goes first.
            _give_up(f"two of pip's files set {match['key']} differently")
    merged = {key: value for section in values.values() for key, value in section.items() if value}
    default = _HELP_DEFAULT.search("\n".join(_lines_of_pip("help", "install")))
    if default is None:
        _give_up("pip's help names no default index")
    answer = _Answer(
        index_url=merged.get("index-url", default["url"]),
        default_url=default["url"],
        cert=merged.get("cert"),
        client_cert=merged.get("client-cert"),
        proxy=merged.get("proxy"),
        trusted_hosts=tuple(merged.get("trusted-host", "").split()),
        extra=tuple(f"{merged.get('extra-index-url', '')} {merged.get('find-links', '')}".split()),
        no_index=merged.get("no-index", "").lower() in {"1", "true", "yes", "on"},
    )
    print(json.dumps(_described(answer)))  # noqa: T201 - the parent reads it


def _lines_of_pip(*arguments: str) -> list[str]:
    import subprocess  # noqa: PLC0415 - only the child comes here

    run = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def _give_up(why: str) -> NoReturn:
    sys.exit(why)


def _described(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in field_names(type(value))}


def _with_tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}


# Keeping ---------------------------------------------------------------------------------------------------


def _surroundings(environ: Mapping[str, str]) -> str:
    """Return a digest of all but files that an answer hangs on: who is asked, and what steers him."""
    steering = {n: v for n, v in environ.items() if n.startswith(("PIP_", "XDG_")) or n in _PLACES}
    asked = [sys.executable, sys.prefix, *_pip()]
    return hashlib.sha256(json.dumps([asked, sorted(steering.items())]).encode()).hexdigest()


def _pip() -> list[str]:
    """Return where pip is and how its first file looks, without importing it; that changes with its version."""
    from importlib.util import find_spec  # noqa: PLC0415 - asked once a run

    spec = find_spec("pip")
    place = (spec.origin if spec else None) or ""
    return [place, str(_signature(place))]


def _signature(path: str) -> list[int] | None:
    """Return how a file looks from outside, None for one that is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116 - tens of them before anything else is imported
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _read_kept(place: Path) -> MachineIndex | None:
    """Return the kept answer if every file looks as it did; whatever is off with the record makes it a miss."""
    try:
        with open_plain(place) as file:
            record = json.loads(file.read(_LARGEST_RECORD))
        if any(_signature(path) != signature for path, signature in record["watched"]):
            return None
        return _checked(MachineIndex(**_with_tuples(record["answer"])))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _checked(machine: MachineIndex) -> MachineIndex:
    texts = [machine.files, machine.cert, machine.client_cert, machine.proxy]
    lists = [machine.trusted_hosts, machine.left_out]
    sound = (
        isinstance(machine.url, str)
        and machine.url.startswith(("http://", "https://"))
        and all(text is None or isinstance(text, str) for text in texts)
        and all(isinstance(one, tuple) and all(isinstance(text, str) for text in one) for one in lists)
        and machine.credentials is None
    )
    if not sound:
        raise ValueError("not a record of ours")
    return machine


def _keep(place: Path, cache: Path, machine: MachineIndex, watched: Iterable[str]) -> None:
    record = {
        "watched": [[path, _signature(path)] for path in sorted(set(watched))],
        "answer": _described(machine),
    }
    # A cache that cannot be written costs time, no more.
    with contextlib.suppress(DiskError):
        make_cache_folder(cache)
        make_folder(place.parent)
        write_atomically(place, json.dumps(record).encode(), mode=0o600, durable=False)
