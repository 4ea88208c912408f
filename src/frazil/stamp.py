"""The stamp of a run with nothing to do: what it looked at and what it said, so that the next says it at once.

Imports nothing beyond `sys`, `os`, `time` and the interpreter's own hash module: on this path an import costs more
than the work. A stamp is kept by the exact command line, folder and environment of a run; it lists how every file
looked that the answer rests on (size, mtime in ns, inode). Whatever does not match is a miss, and the long way answers.
"""

from __future__ import annotations

# Plain strings and os calls throughout: pathlib alone would cost as much as everything else here.
# ruff: noqa: PTH100, PTH109, PTH116
import os
import sys
import time

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]  # Python 3.12 and later
except ImportError:  # pragma: no cover - the other of two spellings of one module
    from _sha256 import sha256  # type: ignore[import-not-found,no-redef,unused-ignore]

_VERBS = ("ensure", "resolve", "lock")
_HEAD = "frazil-stamp-1"
_FOLDER = "stamps-v1"
_LARGEST = 16 * 1024 * 1024
# Options that say where the cache is, or that ask for an answer of their own, are left to the long way.
_LEFT_OUT = ("--cache-dir", "--store", "--no-cache", "--trace", "-C", "--directory", "-v")
_VARIABLES = ("FRAZIL_", "PIP_", "XDG_")
_NAMES = ("HOME", "NO_COLOR", "FORCE_COLOR", "CI", "TERM", "COLUMNS", "USERPROFILE", "LOCALAPPDATA")
MILLISECONDS = "\x01"
SECONDS = "\x02"
# A file that changed this shortly before it was looked at may change again and look the same: clocks tick every few
# milliseconds, on file systems that keep whole seconds every two seconds.
_TICK_NS = 50_000_000
_COARSE_TICK_NS = 2_000_000_000


def replay(argv: list[str], environ: os._Environ[str]) -> int | None:
    """Answer a command line from its stamp; None when the long way must answer.

    Returns the exit code (always 0: only runs that found everything in place leave a stamp).
    """
    place = stamp_place(argv, environ)
    if place is None:
        return None
    said = _said(place)
    if said is None:
        return None
    out, err = said
    spent = time.process_time()  # since the interpreter began: all that this run took
    for stream, text in ((sys.stdout, out), (sys.stderr, err)):
        if text and stream is not None:
            stream.write(text.replace(MILLISECONDS, f"{spent * 1000:.0f} ms").replace(SECONDS, f"{spent:.6f}"))
            stream.flush()
    return 0


def stamp_place(argv: list[str], environ: os._Environ[str]) -> str | None:
    """Return the file in which the stamp of a command line lies, or None when it may not have one."""
    if not argv or argv[0] not in _VERBS or any(word.startswith(_LEFT_OUT) for word in argv):
        return None
    cache = _cache_folder(environ)
    if cache is None:
        return None
    try:
        folder = os.getcwd()
        own = os.stat(__file__)
    except OSError:
        return None
    seen = [f"{name}={value}" for name, value in environ.items() if name.startswith(_VARIABLES) or name in _NAMES]
    terminals = [str(stream is not None and stream.isatty()) for stream in (sys.stdout, sys.stderr)]
    version = [sys.version, __file__, str(own.st_mtime_ns), str(own.st_ino)]
    text = "\0".join([folder, *argv, "", *sorted(seen), "", *terminals, *version])
    return f"{cache}/{_FOLDER}/{sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"


def _cache_folder(environ: os._Environ[str]) -> str | None:
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


def _calmly(place: str, flags: int) -> int:
    """Open what may be anything: a FIFO must not keep us waiting, and reads as empty."""
    return os.open(place, flags | getattr(os, "O_NONBLOCK", 0))


def _said(place: str) -> tuple[str, str] | None:
    try:
        with open(place, "rb", opener=_calmly) as file:
            data = file.read(_LARGEST) or b""
    except OSError:
        return None
    head, _, body = data.partition(b"\n")
    if head.decode("ascii", "replace") != f"{_HEAD} {sha256(body).hexdigest()}":
        return None
    facts, out, err = body.decode("utf-8", "surrogateescape").split("\0\0")
    for fact in facts.split("\0"):
        if fact and not _holds(fact):
            return None
    return out, err


def _holds(fact: str) -> bool:
    kind, size, mtime, inode, path = fact.split(" ", 4)
    try:
        seen = os.stat(path)
    except OSError:
        return kind == "A"
    return kind != "A" and f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ino}" == f"{size} {mtime} {inode}"


# Writing ---------------------------------------------------------------------------------------------------


def format_stamp(looked_at: list[str], absent: list[str], outputs: list[str], *, out: str, err: str) -> bytes | None:
    """Return the bytes of a stamp, or None when some file changed so recently that it may change again unseen.

    `looked_at` (files, and folders, which look different when a name appears in them or vanishes) and `outputs` are
    absolute paths that must look as they do now, `absent` those that must not appear. `out` and `err` are what was
    said, with MILLISECONDS and SECONDS where it told how long it took.
    """
    facts = [f"A 0 0 0 {path}" for path in absent]
    now = time.time_ns()
    for path in (*looked_at, *outputs):
        try:
            seen = os.stat(path)
        except OSError:
            return None
        tick = _TICK_NS if seen.st_mtime_ns % 1_000_000_000 else _COARSE_TICK_NS
        if now - seen.st_mtime_ns < tick:
            return None
        facts.append(f"F {seen.st_size} {seen.st_mtime_ns} {seen.st_ino} {path}")
    if any("\0" in text for text in (*facts, out, err)):
        return None
    body = "\0\0".join(("\0".join(facts), out, err)).encode("utf-8", "surrogateescape")
    return f"{_HEAD} {sha256(body).hexdigest()}\n".encode("ascii") + body
