"""Reading a lock of another tool: which one it is shows in what stands in it."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.pylock import PylockUnsupportedVersionError, PylockValidationError

from frazil.atomic import disk_errors
from frazil.errors import ForeignLockError
from frazil.foreign.model import ForeignLock
from frazil.foreign.pdm import parse_pdm
from frazil.foreign.poetry import parse_poetry
from frazil.foreign.pylock import parse_pylock
from frazil.foreign.requirements import parse_requirements
from frazil.foreign.tables import Table
from frazil.foreign.uv import parse_uv

KNOWN_NAMES = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
"""The names under which other tools keep their locks beside a manifest."""

LARGEST = 64 * 1024 * 1024
"""Bytes of a lock that is read."""

_ANY = "pylock.toml, uv.lock, poetry.lock, pdm.lock and requirements files can be read"


def read_foreign_lock(path: Path) -> ForeignLock:
    """Read the lock of another tool. Raises ForeignLockError, DiskError."""
    with disk_errors("read", path), path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ForeignLockError(f"{path.name} is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ForeignLockError(f"{path.name} is not UTF-8", hint=_ANY) from None
    return parse_foreign_lock(text, path.name)


def parse_foreign_lock(text: str, name: str) -> ForeignLock:
    """Parse a lock; `name` tells TOML from requirements, and is what messages call it. Raises ForeignLockError."""
    if not name.endswith((".toml", ".lock")):
        lock = parse_requirements(text)
    else:
        document = _toml(text, name)
        parse = _parser(document)
        if parse is None:
            raise ForeignLockError(f"{name} is no lock of a tool that frazil knows", hint=_ANY)
        try:
            lock = parse(document)
        except (PylockValidationError, PylockUnsupportedVersionError) as error:
            raise ForeignLockError(f"{name} is no valid pylock.toml: {error}", hint=_ANY) from None
    if not lock.pins:
        raise ForeignLockError(f"{name} pins no version", details=lock.left_out, hint=_ANY)
    return lock


def _toml(text: str, name: str) -> Table:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, too deep, a number of thousands of digits
        raise ForeignLockError(f"{name} is not TOML: {error}", hint=_ANY) from None


def _parser(document: Table) -> Callable[[Table], ForeignLock] | None:
    metadata = document.get("metadata")
    about = metadata if isinstance(metadata, Mapping) else {}
    if "lock-version" in document:
        return parse_pylock
    if "lock_version" in about:
        return parse_pdm
    if "package" in document and about.keys() & {"lock-version", "content-hash"}:
        return parse_poetry
    return parse_uv if "package" in document and "version" in document else None
