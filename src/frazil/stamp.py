"""The stamp of a run with nothing to do: what it looked at and what it said, so that the next says it at once.

Imports nothing beyond `sys`, `os`, `time`, `marshal` and the interpreter's own hash module: on this path an import
costs more than the work. A stamp is kept by the command line, folder and environment of a run; it lists how every file
looked that the answer rests on. Whatever does not match is a miss, and the long way answers.
"""

# Plain strings and os calls throughout: pathlib alone would cost as much as everything else here.
# ruff: noqa: PTH100, PTH105, PTH108, PTH109, PTH116
import marshal
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

if sys.version_info >= (3, 12):
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
else:
    from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]

_VERBS = {"ensure": "ensure", "fetch": "fetch", "download": "fetch", "resolve": "resolve", "lock": "resolve"}
_HEAD = b"frazil-stamp-3 "
_VERSION = "0.1.0"
_FOLDER = "stamps-v1"
_LARGEST = 16 * 1024 * 1024
# Options that say where the cache is, or that ask for an answer of their own, are left to the long way; so is `--`,
# behind which a word is no option.
_LEFT_OUT = ("--cache-dir", "--store", "--no-cache", "--trace", "--dry-run", "-C", "--directory", "-v")
# Who found nothing to do has nothing to refuse either: these change what happens when there is something.
_NO_MATTER = ("--check", "--locked")
# Variables (and `--frozen`) that contradict those: with them, what a flag means is for the long way to say.
_CONTRARY = ("FRAZIL_DRY_RUN", "FRAZIL_FROZEN", "FRAZIL_BUILD")
_VARIABLES = ("FRAZIL_", "PIP_", "XDG_")
_NAMES = frozenset(("HOME", "NO_COLOR", "FORCE_COLOR", "CI", "TERM", "COLUMNS", "USERPROFILE", "LOCALAPPDATA"))
# Older than this, a file that changes again looks different, whatever its file system keeps of times.
_OLD_NS = 2_000_000_000
MILLISECONDS = "\x01"
SECONDS = "\x02"

Fact = tuple[str, int, int, int, int]
"""A path and how it looked: bytes, time of the last change in ns, inode, time of the last change of status or 0."""


Links = tuple[tuple[str, str, int], ...]
Again = tuple[str, str, str, str, str, tuple[str, ...], tuple[str, ...], Links]
"""The fields of `frazil.evidence.Again`, in their order."""
Words = tuple[str, str]
Value = tuple[
    tuple[Fact, ...], tuple[tuple[str, str], ...], tuple[str, ...], tuple[Fact, ...] | None, Words, Again | None, Words
]
"""What a stamp holds: the arguments of `format_stamp`, in their order."""


def replay(
    argv: list[str], environ: "os._Environ[str]", *, relink: "Callable[[Again], bool] | None" = None
) -> int | None:
    """Answer a command line from its stamp; None when the long way must answer.

    `relink` is called when only the output is gone, and says whether it has brought it back. Returns the exit code
    (always 0: only runs that found everything in place leave a stamp).
    """
    place = stamp_place(argv, environ)
    if place is None:
        return None
    # A check that finds the output gone has to say so.
    said = _said(place, None if "--check" in argv else relink)
    if said is None:
        return None
    out, err = said
    spent = time.process_time()  # since the interpreter began: all that this run took
    if not _say(sys.stdout, out, spent):
        return None
    _say(sys.stderr, err, spent)
    return 0


def _say(stream: "TextIO | None", text: str, spent: float) -> bool:
    if text and stream is not None:
        try:
            stream.write(text.replace(MILLISECONDS, f"{spent * 1000:.0f} ms").replace(SECONDS, f"{spent:.6f}"))
            stream.flush()
        except (OSError, ValueError):  # the long way knows what to say of it
            return False
    return True


def stamp_place(argv: list[str], environ: "os._Environ[str]") -> str | None:
    """Return the file in which the stamp of a command line lies, or None when it may not have one."""
    verb = _VERBS.get(argv[0]) if argv else None
    cache = _cache_folder(environ)
    if verb is None or cache is None or "--" in argv:
        return None
    words = [word for word in argv[1:] if word not in _NO_MATTER]
    if len(words) + 1 < len(argv) and ("--frozen" in argv or any(name in environ for name in _CONTRARY)):
        return None
    for word in words:
        if word.startswith(_LEFT_OUT):
            return None
    try:
        folder = os.getcwd()
        own = os.stat(__file__)
    except OSError:
        return None
    seen = [f"{name}={value}" for name, value in environ.items() if name.startswith(_VARIABLES) or name in _NAMES]
    streams = [
        f"{stream.isatty()} {stream.encoding}" if stream is not None else "" for stream in (sys.stdout, sys.stderr)
    ]
    version = [_VERSION, sys.version, __file__, str(own.st_mtime_ns), str(own.st_ino)]
    text = "\0".join([folder, verb, *words, "", *sorted(seen), "", *streams, *version])
    return f"{cache}/{_FOLDER}/{sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"


def _cache_folder(environ: "os._Environ[str]") -> str | None:
    """Return where the cache lies, as `settings_from` would say, without asking platformdirs."""
    given = environ.get("FRAZIL_CACHE_DIR")
    if given:
        return os.path.abspath(given)
    home = environ.get("HOME", "")
    if sys.platform == "linux" and home:
        return f"{environ.get('XDG_CACHE_HOME') or home + '/.cache'}/frazil"
    if sys.platform == "darwin" and home:
        return f"{home}/Library/Caches/frazil"
    return None


def _said(place: str, relink: "Callable[[Again], bool] | None") -> tuple[str, str] | None:
    """Return what the stamp at a place says, on stdout and on stderr, while everything looks as it did."""
    data = _bytes_of(place)
    if data is None or not data.startswith(_HEAD):
        return None
    digest, _, body = data[len(_HEAD) :].partition(b"\n")
    if digest != sha256(body).hexdigest().encode():
        return None
    value: Value = marshal.loads(body)  # noqa: S302 - the digest says that we wrote it
    facts, hashed, absent, outputs, said, again, said_then = value
    if not _all_hold(facts) or any(map(_is_there, absent)):
        return None
    if hashed:
        old = _as_hashed(hashed)
        if old is None:
            return None
        if len(old) == len(hashed):
            _put(place, _framed(((*facts, *old), (), *value[2:])))
    if outputs is not None and _all_hold(outputs):
        return said
    if again is None or relink is None:
        return None
    out, links = again[3], again[7]
    # What is partly there is looked through by the long way.
    if any(_is_there(f"{out}/{place}", os.lstat) for place, _, _ in links) or not relink(again):
        return None
    return said_then


def _all_hold(facts: "tuple[Fact, ...]") -> bool:
    stat = os.stat
    try:
        for path, size, mtime, inode, changed in facts:
            seen = stat(path)
            if seen.st_size != size or seen.st_mtime_ns != mtime or seen.st_ino != inode:
                return False
            if changed and seen.st_ctime_ns != changed:
                return False
    except OSError:
        return False
    return True


def _is_there(path: str, look: "Callable[[str], object]" = os.stat) -> bool:
    try:
        look(path)
    except OSError:
        return False
    return True


def _as_hashed(hashed: "tuple[tuple[str, str], ...]") -> "list[Fact] | None":
    """Return how those files look that are old enough to be known by it; None when one has other bytes than it had."""
    now = time.time_ns()
    seen: list[Fact] = []
    for path, digest in hashed:
        try:
            status = os.stat(path)
        except OSError:
            return None
        content = _bytes_of(path)
        if content is None or sha256(content).hexdigest() != digest:
            return None
        if now - max(status.st_mtime_ns, status.st_ctime_ns) > _OLD_NS:
            seen.append((path, status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns))
    return seen


def _put(place: str, stamp: bytes) -> None:
    """Put a stamp in place of another, whole; a disk that does not take it costs the next run a little time."""
    fresh = f"{place}.{os.getpid()}"
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            written = os.write(descriptor, stamp)
        finally:
            os.close(descriptor)
        if written == len(stamp):
            os.replace(fresh, place)
        else:
            os.unlink(fresh)
    except OSError:
        return


def _bytes_of(path: str) -> bytes | None:
    """Return all bytes of a file; None of one that is not there, or too large for what is read here."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            size = os.fstat(descriptor).st_size
            content = os.read(descriptor, size + 1) if size <= _LARGEST else b""
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return content if len(content) == size else None


# Writing ---------------------------------------------------------------------------------------------------


def format_stamp(
    facts: "Iterable[Fact]",
    hashed: "Iterable[tuple[str, str]]",
    absent: "Iterable[str]",
    outputs: "Iterable[Fact] | None",
    *,
    said: Words,
    again: Again | None = None,
    said_then: Words = ("", ""),
) -> bytes:
    """Return the bytes of a stamp.

    Files and folders must look as `facts` say, files that are too new for that must have the sha256 in `hashed`, and
    the `absent` must not appear; all paths are absolute. `outputs` must hold too for what was `said` (on stdout and on
    stderr, with MILLISECONDS and SECONDS where it told how long it took); None if nothing can be told by them yet.
    Where all of those are gone, `again` brings them back, and `said_then` is what to say of that.
    """
    found = None if outputs is None else tuple(outputs)
    return _framed((tuple(facts), tuple(hashed), tuple(absent), found, said, again, said_then))


def _framed(value: Value) -> bytes:
    body = marshal.dumps(value)
    return _HEAD + f"{sha256(body).hexdigest()}\n".encode("ascii") + body
