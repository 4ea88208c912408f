"""The cache of resolutions: whole answers, kept by the fingerprint of all that determines them."""

from collections.abc import Mapping
from pathlib import Path

from frazil.atomic import make_folder, remove_file, write_atomically, writes_forbidden
from frazil.digest import sha256_of
from frazil.errors import DiskError, LockFileError
from frazil.events import Warned
from frazil.frozen.codec import format_frozen, parse_frozen
from frazil.frozen.fingerprint import fingerprint
from frazil.frozen.inputs import canonical_inputs
from frazil.frozen.model import Frozen, Inputs
from frazil.opening import read_plain
from frazil.settings import Settings
from frazil.values import replace

SCHEMA = 1
_FOLDER = f"resolutions-v{SCHEMA}"
_LARGEST = 256 * 1024 * 1024


def resolution_key(
    inputs: Inputs, preferred: Mapping[tuple[str, str, str], str], *, engine: str, default_index: str | None
) -> str:
    """Return the fingerprint of a resolve: everything that its answer depends on besides what the indexes hold."""
    return fingerprint(inputs, preferred=preferred, default_index=default_index, engine=engine, schema=SCHEMA)


def read_resolution(settings: Settings, key: str, inputs: Inputs) -> Frozen | None:
    """Return the resolution kept under a fingerprint, or None; what cannot be trusted is a miss, never an error."""
    if settings.no_cache:
        return None
    path = _place(settings, key)
    try:
        if path.stat().st_size > _LARGEST:
            return None
        checksum, _, text = read_plain(path).partition(b"\n")
        if checksum != _checksum(text):
            return None
        frozen = parse_frozen(text, name=path.name)
    except (OSError, LockFileError):
        return None
    return frozen if answers(frozen, inputs) else None


def write_resolution(settings: Settings, key: str, frozen: Frozen) -> None:
    """Keep a resolution; a cache that cannot be written costs a warning, never the run."""
    if settings.no_cache or writes_forbidden():
        return
    path = _place(settings, key)
    try:
        make_folder(path.parent)
        text = format_frozen(frozen)
        write_atomically(path, _checksum(text) + b"\n" + text, durable=False)
    except DiskError as error:
        settings.reporter(Warned(f"{error.sentence}; the resolution is not kept in the cache"))


def damaged_resolutions(settings: Settings) -> tuple[int, list[Path]]:
    """Return how many resolutions are kept, and those whose bytes changed; they are removed where that is allowed."""
    places = sorted((settings.cache / _FOLDER).glob("??/*.resolution"))
    damaged = [path for path in places if not _is_whole(path)]
    for path in () if writes_forbidden() else damaged:
        remove_file(path)
    return len(places), damaged


def _is_whole(path: Path) -> bool:
    try:
        checksum, _, text = read_plain(path).partition(b"\n")
    except OSError:
        return False
    return checksum == _checksum(text)


def _checksum(text: bytes) -> bytes:
    """Return what stands on the first line: bits that rot must not become an answer."""
    return sha256_of(text).encode("ascii")


def _place(settings: Settings, key: str) -> Path:
    return settings.cache / _FOLDER / key[:2] / f"{key}.resolution"


def answers(frozen: Frozen, inputs: Inputs) -> bool:
    """Say whether a resolution is one of these inputs (file roots that were learnt aside)."""
    wanted = canonical_inputs(inputs)
    declared = {index.name: index.files for index in wanted.indexes}
    found = replace(
        frozen.inputs,
        indexes=tuple(replace(index, files=declared.get(index.name)) for index in frozen.inputs.indexes),
    )
    return canonical_inputs(found) == wanted and frozen.subset is None
