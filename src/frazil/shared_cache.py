"""The shared cache of a run: found when it is first needed, from whoever names one, and let go of at the end.

An address comes from the command line or the environment, else from the user's configuration, else from the site's,
else from the project. What stands beside an address holds for it alone. One that a project names gets no token, and
cannot lead to an endpoint, which would be shown a machine's identity. Nothing of `frazil.remote` is imported before
there is an address.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from frazil.errors import ConfigurationError, DiskError, UsageError
from frazil.headers import is_header
from frazil.own_configuration import REMOTE_CACHE, read_own_configuration
from frazil.project.declaration import DeclaredProject
from frazil.regex import regex
from frazil.settings import RemoteOptions, Settings
from frazil.values import field_names

if TYPE_CHECKING:
    from frazil.project.document import Table
    from frazil.remote.cache import RemoteCache
    from frazil.remote.opening import Identity

OFF = "off"
ADDRESS, WRITE, NO_READ = "FRAZIL_REMOTE_CACHE", "FRAZIL_REMOTE_CACHE_WRITE", "FRAZIL_NO_REMOTE_CACHE_READ"
REQUIRED, TIMEOUT = "FRAZIL_REMOTE_REQUIRED", "FRAZIL_REMOTE_TIMEOUT"
TOKEN, SECRET = "FRAZIL_REMOTE_CACHE_TOKEN", "FRAZIL_CACHE_KEY"
TOKEN_FILE, HEADERS = "FRAZIL_REMOTE_CACHE_TOKEN_FILE", "FRAZIL_REMOTE_CACHE_HEADERS"

PROJECT_KEYS = ("url", "timeout")
USER_KEYS = (*PROJECT_KEYS, "read", "write", "required", "headers", "token-file")

_SWITCHES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_LONGEST_TIMEOUT = 3600.0
_LONGEST_TOKEN = 64 * 1024
_TOKEN = regex(r"[\x21-\x7e]+")
_HEADER_NAME = regex(r"[A-Za-z][A-Za-z0-9-]{0,40}")


class SharedCacheOfRun:
    """Opens the shared cache when it is first asked for; a block that ends well waits for its uploads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looked = False
        self._cache: RemoteCache | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cache is None:
            return
        try:
            if kind is None:
                self._cache.finish()
        finally:
            self._cache.close()

    def of(self, project: DeclaredProject | None) -> "RemoteCache | None":
        """Return the cache, None where nobody names one; `project` is None where no manifest is read.

        Raises ConfigurationError, UsageError, DiskError.
        """
        if not self._looked and not self._settings.no_cache:
            self._cache = _opened(self._settings, project)
        self._looked = True
        return self._cache


def _opened(settings: Settings, project: DeclaredProject | None) -> "RemoteCache | None":
    asked = _over(settings.remote, _of_environment(settings.environ))
    named = asked if asked.address is not None else _of_own_files(settings.environ)
    options = _over(asked, _of_project(project) if named.address is None else named)
    if options.address is None or options.address == OFF:
        return None
    from frazil.remote.address import parse_cache_address  # noqa: PLC0415 - most runs have no shared cache
    from frazil.remote.cache import DEFAULT_TIMEOUT, RemoteCache, Terms  # noqa: PLC0415
    from frazil.remote.opening import open_backend  # noqa: PLC0415

    address = parse_cache_address(options.address)
    if named.address is None and address.options:
        hint = f"name the whole address in {ADDRESS} or in your own configuration"
        raise ConfigurationError(f"{address.shown}: the address that a project names cannot have options", hint=hint)
    secret = settings.environ.get(SECRET)
    terms = Terms(
        read=options.read is not False,
        write=bool(options.write),
        required=bool(options.required),
        timeout=DEFAULT_TIMEOUT if options.timeout is None else options.timeout,
        secret=secret.encode() if secret else None,
    )
    identity = _identity(options, settings.environ) if named.address is not None else None
    backend = open_backend(address, settings, timeout=terms.timeout, writes=terms.write, identity=identity)
    return None if backend is None else RemoteCache(backend, address.shown, terms, settings.reporter)


def _identity(options: RemoteOptions, environ: Mapping[str, str]) -> "Identity":
    """Return who we are to a cache that a person named. Raises UsageError, ConfigurationError, DiskError."""
    from frazil.credential_programs import read_credential_programs  # noqa: PLC0415 - most runs have no shared cache
    from frazil.remote.opening import Identity  # noqa: PLC0415

    headers = dict(options.headers or ())
    token = environ.get(TOKEN, "").strip()
    if token and not _TOKEN.fullmatch(token):
        raise UsageError(f"{TOKEN} does not hold one token on one line")
    if not token and options.token_file is not None:
        token = _read_token(options.token_file)
    if token:
        headers["authorization"] = f"Bearer {token}"
    return Identity(headers=headers, asking=read_credential_programs(environ))


def _read_token(path: Path) -> str:
    try:
        text = path.read_bytes()[:_LONGEST_TOKEN].decode().strip()
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        why = (error.strerror or "it cannot be opened").lower()
        raise DiskError(f"the token file {path} cannot be read: {why}") from None
    if not _TOKEN.fullmatch(text):
        raise ConfigurationError(f"the token file {path} does not hold one token on one line")
    return text


def _over(first: RemoteOptions, second: RemoteOptions) -> RemoteOptions:
    """Return what the first says, and the second where the first says nothing."""
    said = {name: getattr(first, name) for name in field_names(RemoteOptions)}
    return RemoteOptions(**{name: getattr(second, name) if said[name] is None else said[name] for name in said})


# Who says so -----------------------------------------------------------------------------------------------


def _of_environment(environ: Mapping[str, str]) -> RemoteOptions:
    no_read = _switch(environ, NO_READ)
    return RemoteOptions(
        address=environ.get(ADDRESS) or None,
        read=None if no_read is None else not no_read,
        write=_switch(environ, WRITE),
        required=_switch(environ, REQUIRED),
        timeout=parse_timeout(environ[TIMEOUT], TIMEOUT) if environ.get(TIMEOUT) else None,
        headers=_headers(dict(_lines_of_headers(environ[HEADERS])), HEADERS) if environ.get(HEADERS) else None,
        token_file=Path(environ[TOKEN_FILE]).expanduser() if environ.get(TOKEN_FILE) else None,
    )


def _of_own_files(environ: Mapping[str, str]) -> RemoteOptions:
    """Return what the user's configuration says, else the site's. Raises ConfigurationError, DiskError."""
    said = (_read(table.table(REMOTE_CACHE), USER_KEYS) for table in read_own_configuration(environ))
    options = RemoteOptions()
    for each in said:
        options = each if options.address is None else options
    return options


def _of_project(project: DeclaredProject | None) -> RemoteOptions:
    if project is None or not project.remote_cache:
        return RemoteOptions()
    from frazil.project.document import Document, Table  # noqa: PLC0415 - loaded already where a manifest was read

    document = Document(project.config_file or "pyproject.toml", {}, {})
    return _read(Table(document, (REMOTE_CACHE,), project.remote_cache), PROJECT_KEYS)


def _read(table: "Table", keys: tuple[str, ...]) -> RemoteOptions:
    table.reject_unknown(keys)
    timeout = table.data.get("timeout")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, int | float)):
        raise table.type_error("a number of seconds", "timeout")
    headers, token_file = table.table("headers"), table.text("token-file")
    return RemoteOptions(
        address=table.text("url"),
        read=table.flag("read"),
        write=table.flag("write"),
        required=table.flag("required"),
        timeout=None if timeout is None else parse_timeout(str(timeout), f"{table.origin('timeout')}: timeout"),
        headers=_headers(headers.data, str(table.origin("headers"))) or None,
        token_file=None if token_file is None else Path(token_file).expanduser(),
    )


def _lines_of_headers(text: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, value = line.partition(":")
        yield name.strip(), value.strip()


def _headers(named: Mapping[str, object], source: str) -> tuple[tuple[str, str], ...]:
    """Check headers, showing nothing of their values."""
    for name, value in named.items():
        if not value or not is_header(name, value):
            # Who forgot the name has written the value in its place.
            known = f"the header {name}" if value and _HEADER_NAME.fullmatch(name) else "a line"
            hint = "write `Name: value`; what frames a request cannot be set"
            raise UsageError(f"{source}: {known} is none that can be sent", hint=hint)
    return tuple((name.lower(), str(value)) for name, value in named.items())


def parse_timeout(text: str, source: str) -> float:
    """Read a number of seconds. Raises UsageError naming the source."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise UsageError(f"{source} takes seconds, more than 0 and at most {_LONGEST_TIMEOUT:g}, not {text}")
    return seconds


def _switch(environ: Mapping[str, str], name: str) -> bool | None:
    word = environ.get(name, "").strip().lower()
    if word and word not in _SWITCHES:
        raise UsageError(f"{name} is {word!r}, which is neither yes nor no", hint="use 1, true, yes, 0, false or no")
    return _SWITCHES.get(word)
