"""The record of a finished fetch: what it depended on and what it left in the output, so that the next does nothing.

Read on the path that does nothing, so this module imports little, and hashes only what does not look as it did.
"""

# Plain strings instead of Path: of thousands of places, each is only asked how it looks.
# ruff: noqa: PTH100, PTH110, PTH116, PTH119

import json
import os
import stat
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

from frazil.opening import open_plain
from frazil.store.signature import Signature, read_digest, signature_of
from frazil.values import dataclass

FORMAT_VERSION = 1
_FOLDER = "fetch-results"
_LARGEST_RECORD = 64 * 1024 * 1024
_SHOWN_NAMES = 3
_OURS = ".frazil"

# A file that changed this shortly before it was signed may change again without looking different: the system's
# clock ticks every few milliseconds, on old file systems every two seconds.
_TICK_NS = 50_000_000
_COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultKey:
    """What a fetch result is kept by: absolute paths of lock and output, the selection as it was asked for."""

    lock: str
    out: str
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """A file, or a folder's listing, as it was: absolute path, look, sha256, and when that was looked at (ns)."""

    path: str
    signature: Signature
    sha256: str
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInputs:
    """All that a declaration was read from: files, files that would count if they appeared, folders of globs."""

    files: tuple[Signed, ...] = ()
    absent: tuple[str, ...] = ()
    folders: tuple[Signed, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a fetch left in the output.

    `place` is relative to the output; `mode` is the link mode that was asked for; `signature` is the file's own look,
    of a symbolic link that of what it leads to.
    """

    place: str
    sha256: str
    mode: str
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """A finished fetch. `options` are all values that shaped it, `artifacts` and `size` count distinct files."""

    key: ResultKey
    lock: Signed
    inputs: SignedInputs = SignedInputs()
    options: tuple[tuple[str, str], ...] = ()
    outputs: tuple[Output, ...] = ()
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()
    artifacts: int = 0
    size: int = 0


# Signing ---------------------------------------------------------------------------------------------------


def sign_file(path: Path) -> Signed | None:
    """Sign a file (links are followed: the user may keep an input elsewhere); None when it cannot be read."""
    return _sign_file(str(path))


def sign_inputs(
    key: ResultKey, root: Path, *, files: Iterable[str], absent: Iterable[str], folders: Iterable[str]
) -> SignedInputs | None:
    """Sign everything a declaration was read from, given relative to the root; do it right after reading.

    None when a file is gone already, or one that was absent is there: then nothing may be concluded later.
    """
    signed = [_sign_file(str(root / path)) for path in files]
    missing = tuple(str(root / path) for path in absent)
    listed = [_sign_folder(str(root / path), key) for path in folders]
    if None in signed or None in listed or any(os.path.exists(path) for path in missing):
        return None
    return SignedInputs(
        files=tuple(one for one in signed if one is not None),
        absent=missing,
        folders=tuple(one for one in listed if one is not None),
    )


def _sign_file(path: str) -> Signed | None:
    taken = time.time_ns()
    found = _read_file(path)
    return None if found is None else Signed(path, found[1], found[0], taken)


def _sign_folder(path: str, key: ResultKey) -> Signed | None:
    taken = time.time_ns()
    try:
        status = os.stat(path)
        return Signed(path, signature_of(status), _listing(path, key), taken)
    except FileNotFoundError:
        return Signed(path, Signature(0, 0, 0), "", taken)  # a folder that is not there matches nothing
    except OSError:
        return None


def _read_file(path: str) -> tuple[str, Signature] | None:
    import hashlib  # noqa: PLC0415 - 6 ms that equal signatures spare

    try:
        before = os.stat(path)
        if not stat.S_ISREG(before.st_mode):
            return None
        with open_plain(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.stat(path)
    except (OSError, ValueError):
        return None
    return (digest, signature_of(after)) if signature_of(before) == signature_of(after) else None


def _listing(path: str, key: ResultKey) -> str:
    """Digest the names in a folder and which are folders, without what frazil itself puts there. Raises OSError."""
    import hashlib  # noqa: PLC0415 - see above

    ours = {key.lock, f"{key.lock}.bak", key.out}
    with os.scandir(path) as entries:
        names = sorted(
            f"{entry.name}/" if entry.is_dir() else entry.name
            for entry in entries
            if not entry.name.startswith(_OURS) and os.path.abspath(entry.path) not in ours
        )
    return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()


# Holding ---------------------------------------------------------------------------------------------------


def still_holds(result: FetchResult, *, options: tuple[tuple[str, str], ...]) -> str | None:
    """Return why the last fetch does not stand for the one asked for now, in a sentence; None when it does.

    Only this machine's files are looked at: their stats, and their bytes where those differ.
    """
    return (
        _other_options(dict(result.options), dict(options))
        or _changed_files((result.lock,))
        or _changed_files(result.inputs.files)
        or _appeared(result.inputs.absent)
        or _changed_folders(result)
        or _changed_outputs(result)
    )


def _other_options(then: dict[str, str], now: dict[str, str]) -> str | None:
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            return f"{name} is {now.get(name, 'not set')}, and was {then.get(name, 'not set')} at the last fetch"
    return None


def _changed_files(files: tuple[Signed, ...]) -> str | None:
    changed = [os.path.basename(file.path) for file in files if not _is_as_signed(file)]
    return f"{_listed(changed)} changed since the last fetch" if changed else None


def _is_as_signed(signed: Signed) -> bool:
    try:
        seen = signature_of(os.stat(signed.path))
    except (OSError, ValueError):
        return False
    if seen == signed.signature and not _may_have_changed_unseen(signed):
        return True
    found = _read_file(signed.path)
    return found is not None and found[0] == signed.sha256


def _may_have_changed_unseen(signed: Signed) -> bool:
    changed = signed.signature.mtime_ns
    tick = _TICK_NS if changed % _SECOND_NS else _COARSE_TICK_NS
    return signed.taken - changed < tick


def _appeared(absent: tuple[str, ...]) -> str | None:
    there = [os.path.basename(path) for path in absent if os.path.exists(path)]
    return f"{_listed(there)} appeared since the last fetch" if there else None


def _changed_folders(result: FetchResult) -> str | None:
    for folder in result.inputs.folders:
        now = _sign_folder(folder.path, result.key) if not _looks_as_signed(folder) else folder
        if now is None or now.sha256 != folder.sha256:
            return f"something was added to or removed from {os.path.basename(folder.path) or folder.path}"
    return None


def _looks_as_signed(folder: Signed) -> bool:
    try:
        return signature_of(os.stat(folder.path)) == folder.signature and not _may_have_changed_unseen(folder)
    except OSError:
        return False


def _changed_outputs(result: FetchResult) -> str | None:
    gone, changed = [], []
    for output in result.outputs:
        path = f"{result.key.out}/{output.place}"
        seen = look(path, output.mode)
        if seen == output.signature:
            continue
        if seen is None and not os.path.lexists(path):
            gone.append(output.place)
        elif seen is None or not _is_right(path, output):
            changed.append(output.place)
    if gone:
        return f"{_counted(len(gone))} gone from the output: {_listed(gone)}"
    if changed:
        return f"{_counted(len(changed))} changed in the output: {_listed(changed)}"
    return None


def look(path: str, mode: str) -> Signature | None:
    """Return how an output file looks; None when it is not there or not of the kind that the link mode makes."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return signature_of(os.stat(path)) if mode == "symlink" else None
    except (OSError, ValueError):
        return None
    return signature_of(status) if stat.S_ISREG(status.st_mode) else None


def _is_right(path: str, output: Output) -> bool:
    found = read_digest(Path(path))
    return found is not None and found[0] == output.sha256


def _counted(count: int) -> str:
    return f"{count} artifact is" if count == 1 else f"{count} artifacts are"


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN_NAMES])
    return shown if len(names) <= _SHOWN_NAMES else f"{shown} and {len(names) - _SHOWN_NAMES} more"


# Reading and writing ---------------------------------------------------------------------------------------


def read_result(cache: Path, key: ResultKey) -> FetchResult | None:
    """Return the record of the last fetch with this key; None when there is none, or none that can be read."""
    try:
        with open_plain(_record_of(cache, key)) as file:
            data = file.read(_LARGEST_RECORD + 1)
        if len(data) > _LARGEST_RECORD:
            return None
        result = parse_result(data)
    except (OSError, ValueError, RecursionError):
        return None
    return result if result.key == key else None


def write_result(cache: Path, result: FetchResult) -> None:
    """Keep the record of a finished fetch in place of the last one with its key. Raises DiskError."""
    from frazil.atomic import make_cache_folder, make_folder, write_atomically  # noqa: PLC0415 - reading does without

    place = Path(_record_of(cache, result.key))
    make_cache_folder(cache)
    make_folder(place.parent)
    write_atomically(place, format_result(result), durable=False)


def forget_result(cache: Path, key: ResultKey) -> None:
    """Remove the record with a key: while a fetch changes the output, no older one may stand. Raises DiskError."""
    from frazil.atomic import remove_file  # noqa: PLC0415 - see above

    place = Path(_record_of(cache, key))
    if place.exists():
        remove_file(place)


def _record_of(cache: Path, key: ResultKey) -> str:
    # Only a name: the record holds its key, and one of another key is a miss.
    text = json.dumps([key.lock, key.out, key.targets, key.environments])
    return f"{cache}/{_FOLDER}/v{FORMAT_VERSION}/{zlib.crc32(text.encode()):08x}.json"


def format_result(result: FetchResult) -> bytes:
    """Return a record as JSON."""
    document = {
        "format": FORMAT_VERSION,
        "key": [result.key.lock, result.key.out, result.key.targets, result.key.environments],
        "lock": _row(result.lock),
        "files": [_row(file) for file in result.inputs.files],
        "absent": result.inputs.absent,
        "folders": [_row(folder) for folder in result.inputs.folders],
        "options": result.options,
        "targets": result.targets,
        "environments": result.environments,
        "undelivered": result.undelivered,
        "artifacts": result.artifacts,
        "size": result.size,
        "outputs": [[o.place, o.sha256, o.mode, *_numbers(o.signature)] for o in result.outputs],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def parse_result(data: bytes) -> FetchResult:
    """Read a record from JSON. Raises ValueError for anything else."""
    document = json.loads(data)
    try:
        if document["format"] != FORMAT_VERSION:
            raise ValueError("a record of another version")
        lock, out, targets, environments = document["key"]
        return FetchResult(
            key=ResultKey(lock=_text(lock), out=_text(out), targets=_texts(targets), environments=_texts(environments)),
            lock=_signed(document["lock"]),
            inputs=SignedInputs(
                files=tuple(map(_signed, document["files"])),
                absent=_texts(document["absent"]),
                folders=tuple(map(_signed, document["folders"])),
            ),
            options=tuple((_text(name), _text(value)) for name, value in document["options"]),
            outputs=tuple(map(_output, document["outputs"])),
            targets=_texts(document["targets"]),
            environments=_texts(document["environments"]),
            undelivered=_texts(document["undelivered"]),
            artifacts=_number(document["artifacts"]),
            size=_number(document["size"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a fetch result: {error}") from None


def _numbers(signature: Signature) -> tuple[int, int, int]:
    return signature.size, signature.mtime_ns, signature.inode


def _row(signed: Signed) -> list[str | int]:
    return [signed.path, signed.sha256, signed.taken, *_numbers(signed.signature)]


def _signed(row: object) -> Signed:
    path, sha256, taken, size, mtime, inode = _items(row)
    signature = Signature(_number(size), _number(mtime), _number(inode))
    return Signed(_text(path), signature, _text(sha256), _number(taken))


def _output(row: object) -> Output:
    place, sha256, mode, size, mtime, inode = _items(row)
    signature = Signature(_number(size), _number(mtime), _number(inode))
    if not is_inside(_text(place)):
        raise ValueError(f"{place} is no place in an output")
    return Output(_text(place), _text(sha256), _text(mode), signature)


def is_inside(place: str) -> bool:
    """Say whether a place stays in its output: what a record lists may be removed, so it is not believed blindly."""
    return not any(segment in {"", ".", ".."} or "\\" in segment or "\0" in segment for segment in place.split("/"))


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {value!r}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, _items(value)))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a number was expected, not {value!r}")
    return value
