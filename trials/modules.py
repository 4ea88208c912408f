"""The modules whose tests are measured, and which tests are theirs: store, codec, HTTP, archives."""

from dataclasses import dataclass

from trials.world import ROOT

_STORE = ("tests/store/test_content.py", "tests/store/test_store_as_a_machine.py")
_CODEC = ("tests/frozen/test_codec.py", "tests/frozen/test_files.py", "tests/frozen/test_loading.py")
_HTTP = ("tests/http",)

_TESTS: dict[str, tuple[str, ...]] = {
    "atomic": ("tests/test_atomic.py",),
    "locks": ("tests/test_locks.py",),
    "store/content": _STORE,
    "store/names": ("tests/store/test_content.py",),
    "store/signature": _STORE,
    "store/writing": _STORE,
    "frozen/codec": _CODEC,
    "frozen/files": ("tests/frozen/test_files.py", *_CODEC),
    "frozen/loading": ("tests/frozen/test_loading.py", *_CODEC),
    "frozen/document": ("tests/frozen/test_document.py", *_CODEC),
    "frozen/grammar": ("tests/frozen/test_grammar.py", *_CODEC),
    "frozen/checks": ("tests/frozen/test_checks.py", *_CODEC),
    "frozen/soundness": ("tests/frozen/test_soundness.py", *_CODEC),
    "frozen/decoding": ("tests/frozen/test_decoding.py", *_CODEC),
    "frozen/encoding": ("tests/frozen/test_encoding.py", *_CODEC),
    "index/archives": ("tests/index/test_archives.py", "tests/test_strict_zip.py"),
    "strict_zip": ("tests/test_strict_zip.py", "tests/index/test_archives.py"),
    "unpacking": ("tests/test_unpacking.py",),
    "git_tar": ("tests/test_git_tar.py",),
}


@dataclass(frozen=True, slots=True)
class Room:
    """A module, as a path below `src/frazil` without its suffix, and the files or folders of its tests."""

    module: str
    tests: tuple[str, ...]


def rooms() -> tuple[Room, ...]:
    """Return every module that is measured; those of HTTP are whatever lies in its folder."""
    http = sorted(path.stem for path in (ROOT / "src/frazil/http").glob("*.py") if path.stem != "__init__")
    return (
        *(Room(module, tests) for module, tests in _TESTS.items()),
        *(Room(f"http/{name}", _first(f"tests/http/test_{name}.py")) for name in http),
    )


def _first(mirrored: str) -> tuple[str, ...]:
    return (mirrored, *_HTTP) if (ROOT / mirrored).exists() else _HTTP
