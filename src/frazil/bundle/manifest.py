"""What a bundle says of itself: every file in it with its digest, as a value, as text, and read as a stranger's."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from frazil.errors import IntegrityError, UsageError
from frazil.store.names import is_plain_name
from frazil.values import dataclass, field, field_names

MANIFEST, SUMS, README = "manifest.json", "SHA256SUMS", "README.txt"
VERSION = 1
WHEEL, SOURCE, LOCK, TEXT = "wheel", "source", "lock", "text"
WHEELS, SOURCES = "wheels", "sources"
LARGEST_MANIFEST = 64 * 1024 * 1024

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LOCK = re.compile(r"pylock(?:\.[^./]+)?\.toml")
_APART = re.compile(r"[0-9a-f]{12}")
_KINDS = (WHEEL, SOURCE, LOCK, TEXT)
_FOLDERS = {WHEEL: WHEELS, SOURCE: SOURCES}


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile:
    """One file: `path` is relative, with `/`.

    Of a wheel, `users` are (environment, targets), sorted, and `built` says that it was made for the bundle. A source
    is what only a frazil on the far side asks for. A file that is not `here` is in the bundle that this one adds to.
    """

    path: str
    kind: str
    sha256: str
    size: int
    project: str | None = None
    version: str | None = None
    built: bool = False
    here: bool = True
    users: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A bundle: its files by path, for whom they are, and of an addition, which bundle it adds to.

    `environments` are (name, Python, platform). `adds_to` is the sha256 of the other manifest, and `left` are (path,
    sha256, size) of files that the other bundle has and this one has no use for.
    """

    targets: tuple[str, ...]
    environments: tuple[tuple[str, str, str], ...]
    files: tuple[BundledFile, ...]
    adds_to: str | None = None
    left: tuple[tuple[str, str, int], ...] = ()

    @cached_property
    def by_path(self) -> Mapping[str, BundledFile]:
        return {file.path: file for file in self.files}

    @property
    def wheels(self) -> tuple[BundledFile, ...]:
        return tuple(file for file in self.files if file.kind == WHEEL)

    @property
    def artifacts(self) -> tuple[BundledFile, ...]:
        """Wheels, and what a store is to have besides."""
        return tuple(file for file in self.files if file.kind in _FOLDERS)

    @property
    def expected(self) -> Mapping[str, tuple[str, int]]:
        """Digest and size of every file that may lie in the bundle, by path: its own, and what it leaves unused."""
        own = {file.path: (file.sha256, file.size) for file in self.files}
        return {**{path: (sha256, size) for path, sha256, size in self.left}, **own}


@dataclass(frozen=True, slots=True)
class Text:
    """A file whose bytes are made here."""

    path: str
    data: bytes = field(repr=False)


def format_manifest(manifest: Manifest) -> bytes:
    """Write a manifest: the same bytes for the same value."""
    document = {
        "bundle-version": VERSION,
        "created-by": "frazil",
        "targets": list(manifest.targets),
        "environments": {name: {"python": p, "platform": platform} for name, p, platform in manifest.environments},
        "adds-to": manifest.adds_to,
        "files": [_described(file) for file in sorted(manifest.files, key=lambda file: file.path)],
        "left": [{"path": path, "sha256": sha256, "size": size} for path, sha256, size in sorted(manifest.left)],
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def format_sums(manifest: Manifest, manifest_sha256: str) -> bytes:
    """Write the digests in the form that `sha256sum -c` reads: of every file but itself."""
    sums = {**{file.path: file.sha256 for file in manifest.files}, MANIFEST: manifest_sha256}
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(sums.items())).encode()


def _described(file: BundledFile) -> dict[str, Any]:
    facts: dict[str, Any] = {"path": file.path, "kind": file.kind, "sha256": file.sha256, "size": file.size}
    if file.kind in _FOLDERS:
        facts |= {"project": file.project, "version": file.version}
    if file.kind == WHEEL:
        facts["built"] = file.built
        facts["users"] = {environment: list(targets) for environment, targets in file.users}
    return facts if file.here else {**facts, "here": False}


# Reading ---------------------------------------------------------------------------------------------------


def parse_manifest(data: bytes, name: str) -> Manifest:
    """Read a manifest that anybody may have written; `name` is the bundle's in messages.

    Raises IntegrityError for what is none, and for a path that no bundle has; UsageError for one of a newer frazil.
    """
    try:
        document = json.loads(data.decode("utf-8"))
        version = document["bundle-version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(name, f"{MANIFEST} cannot be read") from None
    if isinstance(version, int) and version > VERSION:
        raise UsageError(f"{name} was made by a newer frazil (bundle-version {version})", hint="update frazil")
    if version != VERSION or isinstance(version, bool):
        raise _damaged(name, f"{MANIFEST} states no version that there is")
    try:
        return _checked(_manifest(document), name)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(name, f"{MANIFEST} does not say what one says") from None


def _manifest(document: Mapping[str, Any]) -> Manifest:
    adds_to = document["adds-to"]
    return Manifest(
        targets=tuple(_text(target) for target in document["targets"]),
        environments=tuple(
            (_text(name), _text(facts["python"]), _text(facts["platform"]))
            for name, facts in sorted(document["environments"].items())
        ),
        files=tuple(_file(entry) for entry in document["files"]),
        adds_to=None if adds_to is None else _digest(adds_to),
        left=tuple((_text(e["path"]), _digest(e["sha256"]), _size(e["size"])) for e in document["left"]),
    )


def _file(entry: Mapping[str, Any]) -> BundledFile:
    known = {*field_names(BundledFile)}
    if not known.issuperset(entry):
        raise ValueError("a key that no file has")
    here, built = entry.get("here", True), entry.get("built", False)
    if not isinstance(here, bool) or not isinstance(built, bool):
        raise TypeError("a switch that is none")
    return BundledFile(
        path=_text(entry["path"]),
        kind=_text(entry["kind"]),
        sha256=_digest(entry["sha256"]),
        size=_size(entry["size"]),
        project=None if entry.get("project") is None else _text(entry["project"]),
        version=None if entry.get("version") is None else _text(entry["version"]),
        built=built,
        here=here,
        users=tuple(
            (_text(environment), tuple(_text(target) for target in targets))
            for environment, targets in sorted(entry.get("users", {}).items())
        ),
    )


def _checked(manifest: Manifest, name: str) -> Manifest:
    paths = [*(file.path for file in manifest.files), *(path for path, _, _ in manifest.left)]
    for path in paths:
        if not is_bundle_path(path):
            raise _damaged(name, f"{MANIFEST} names {path[:200]!r}, which is no place in a bundle")
    # Compared without case: some file systems see no difference, and then one file would stand for two.
    if len({path.casefold() for path in paths}) != len(paths):
        raise _damaged(name, f"{MANIFEST} names a file twice")
    wrong = [f.path for f in manifest.files if f.kind not in _KINDS or _FOLDERS.get(f.kind) != _folder_of(f.path)]
    if wrong:
        raise _damaged(name, f"{MANIFEST} takes {wrong[0]} for what it is not")
    return manifest


def is_bundle_path(path: str) -> bool:
    """Say whether a file of a bundle may lie there: beside the manifest, below `wheels/` or `sources/`."""
    return path == README or _LOCK.fullmatch(path) is not None or _folder_of(path) is not None


def _folder_of(path: str) -> str | None:
    """Return the folder of artifacts that a path is in, None for one that is in none, or is no plain one."""
    folder, *between, filename = path.split("/") if "/" in path else ("", path)
    apart = not between or (len(between) == 1 and _APART.fullmatch(between[0]) is not None)
    fits = folder == SOURCES or (folder == WHEELS and filename.endswith(".whl"))
    return folder if fits and apart and is_plain_name(filename) else None


def _damaged(name: str, why: str) -> IntegrityError:
    return IntegrityError(f"{name} is damaged: {why}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _digest(value: object) -> str:
    if not isinstance(value, str) or _SHA256.fullmatch(value) is None:
        raise ValueError("not a digest")
    return value


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a size")
    return value


# Placing ---------------------------------------------------------------------------------------------------


def place_files(
    folder: str, files: Iterable[tuple[str, str]], taken: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """Return a path for each file, given as (sha256, file name): below a folder, a second of one name apart.

    `taken` are the places in a bundle that is added to: what lies there already stays where it is.
    """
    placed = dict(taken)
    names = {path.casefold() for path in taken.values()}
    for sha256, filename in sorted(set(files) - taken.keys(), key=lambda file: (file[1], file[0])):
        path = f"{folder}/{filename}"
        if path.casefold() in names:
            path = f"{folder}/{sha256[:12]}/{filename}"
        names.add(path.casefold())
        placed[sha256, filename] = path
    return placed
