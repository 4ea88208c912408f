"""Under which key a CI service should keep store and cache, and which older ones will do."""

import hashlib
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from frazil.errors import ConfigurationError
from frazil.freeze import LOCK_NAME, read_standing
from frazil.frozen.files import read_frozen
from frazil.frozen.fingerprint import fingerprint
from frazil.frozen.model import Frozen, Inputs
from frazil.frozen.selection import select
from frazil.model import Rules
from frazil.project.reading import find_root
from frazil.resolutions import SCHEMA
from frazil.settings import Settings
from frazil.values import dataclass, replace

_FORM = 1
_DIGITS = 16
_NO_LOCK = "no-lock"


@dataclass(frozen=True, slots=True)
class CacheKey:
    """A key, and the beginnings of keys whose contents are worth restoring, the best first."""

    key: str
    prefixes: tuple[str, ...]


def cache_key(
    project: Path,
    lock: Path | None,
    settings: Settings,
    *,
    targets: Sequence[str] = (),
    environments: Sequence[str] = (),
) -> CacheKey:
    """Return the key for what a selection of a project needs, the same on every machine of one kind.

    It changes when the artifacts of the selection do, or what is declared. The first prefix stands for the same
    artifacts, the second for any. Without manifests the lock alone counts. Raises LockFileError, ConfigurationError.
    """
    inputs, frozen = _read(project, lock, settings)
    machine = f"frazil-{_FORM}-{sys.platform}-{platform.machine().lower() or 'any'}-"
    files = f"{machine}{_artifacts_of(frozen, targets, environments)}-"
    # Where an index keeps its files is learnt, and stands in the lock alone.
    inputs = replace(inputs, indexes=tuple(replace(index, files=None) for index in inputs.indexes))
    asked = fingerprint(inputs, preferred={}, default_index=None, engine="", schema=SCHEMA)
    return CacheKey(f"{files}{asked[:_DIGITS]}", (files, machine))


def _read(project: Path, lock: Path | None, settings: Settings) -> tuple[Inputs, Frozen | None]:
    try:
        root = find_root(project)
    except ConfigurationError:
        frozen = read_frozen(lock or project / LOCK_NAME)
        return frozen.inputs, frozen
    standing = read_standing(root, lock, Rules(), settings)
    return standing.inputs, standing.frozen


def _artifacts_of(frozen: Frozen | None, targets: Sequence[str], environments: Sequence[str]) -> str:
    if frozen is None:
        return _NO_LOCK
    selection = select(frozen, targets=tuple(targets), environments=tuple(environments))
    digests = sorted({selected.artifact.sha256 for selected in selection.artifacts})
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:_DIGITS]
