"""Indexes as they are declared, in their order, and the credentials that somebody wrote into an address."""

import re
from urllib.parse import unquote, urlsplit, urlunsplit

from frazil.model import DEFAULT_INDEX
from frazil.project.declaration import DeclaredIndex
from frazil.project.document import Table
from frazil.regex import regex
from frazil.values import dataclass

_NAME = regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_KEYS = ("name", "url", "files", "packages")


@dataclass(frozen=True, slots=True)
class DeclaredIndexes:
    """Indexes in their order; `credentials` are (index, user, password), kept away from what may be locked."""

    indexes: tuple[DeclaredIndex, ...]
    credentials: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]


def parse_indexes(table: Table) -> DeclaredIndexes:
    """Read `[[index]]`; without any, the machine's default index is the only one.

    Raises ConfigurationError with file and line.
    """
    indexes: list[DeclaredIndex] = []
    credentials: list[tuple[str, str, str]] = []
    warnings: list[str] = []
    reserved: dict[str, str] = {}
    for entry in table.tables("index"):
        entry.reject_unknown(_KEYS)
        name = _name(entry, {index.name for index in indexes})
        url, login = read_address(entry, "url")
        files, files_login = read_address(entry, "files")
        if files_login is not None and _is_elsewhere(files, url):
            warnings.append(
                f"{entry.origin('files')}: the file root of index {name} holds credentials and is on another server "
                "than its pages, so they are not used; netrc keeps them for that server"
            )
            files_login = None
        login = login or files_login
        if login is not None:
            variable = f"FRAZIL_INDEX_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"
            hint = f"netrc or {variable}_USERNAME and {variable}_PASSWORD keep them out of the file"
            warnings.append(f"{entry.origin('url')}: the address of index {name} holds credentials; {hint}")
            credentials.append((name, *login))
        packages = _patterns(entry, name, reserved)
        indexes.append(DeclaredIndex(name=name, url=url, files=files, packages=packages))
    if not indexes:
        indexes.append(DeclaredIndex(name=DEFAULT_INDEX))
    return DeclaredIndexes(tuple(indexes), tuple(credentials), tuple(warnings))


def _is_elsewhere(files: str | None, url: str | None) -> bool:
    """Say whether a file root is on another server than the pages: what is given for one is not for the other."""
    from frazil.credentials import origin_of  # noqa: PLC0415 - hardly any address holds credentials

    return origin_of(files or "") != origin_of(url or "")


def _name(entry: Table, taken: set[str]) -> str:
    name = entry.required_text("name")
    if _NAME.fullmatch(name) is None:
        hint = "letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit"
        raise entry.error(f'"{name}" cannot be the name of an index', "name", hint=hint)
    if name in taken:
        raise entry.error(f"the index {name} is declared twice", "name")
    if name == DEFAULT_INDEX and ("url" in entry.data or "files" in entry.data):
        key = "url" if "url" in entry.data else "files"
        hint = "give an index of the project a name of its own; default only says where in the order the machine's is"
        raise entry.error(f"the index default is the machine's own, and takes no {key}", key, hint=hint)
    if name != DEFAULT_INDEX and "url" not in entry.data:
        raise entry.error(f"the index {name} has no url", hint="only default goes without: it is the machine's own")
    return name


def read_address(entry: Table, key: str) -> tuple[str | None, tuple[str, str] | None]:
    """Return an address without credentials and with a slash at its end, and the credentials that stood in it."""
    written = entry.text(key)
    if written is None:
        return None, None
    try:
        parts = urlsplit(written.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise entry.error(f"{key} cannot be read: {error}", key) from None
    if parts.scheme not in {"https", "http"} or not host:
        hint = "write https://index.example/simple/"
        raise entry.error(f'{key} "{written}" is not an address of http or https', key, hint=hint)
    if parts.query or parts.fragment:
        raise entry.error(
            f'{key} "{written}" has a query or a fragment, and pages are found below a plain address', key
        )
    login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    place = f"[{host}]" if ":" in host else host
    address = urlunsplit(
        (parts.scheme, place if port is None else f"{place}:{port}", parts.path.rstrip("/") + "/", "", "")
    )
    return address, login


def _patterns(entry: Table, index: str, reserved: dict[str, str]) -> tuple[str, ...]:
    patterns = set()
    for position, written in enumerate(entry.texts("packages")):
        pattern = re.sub(r"[-_.]+", "-", written.strip()).lower()
        if not re.fullmatch(r"[a-z0-9*?-]+", pattern):
            raise entry.error(f'"{written}" is not a pattern of project names', "packages", position)
        if reserved.setdefault(pattern, index) != index:
            raise entry.error(
                f'"{pattern}" is reserved for two indexes, {reserved[pattern]} and {index}', "packages", position
            )
        patterns.add(pattern)
    return tuple(sorted(patterns))
