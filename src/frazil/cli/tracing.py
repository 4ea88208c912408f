"""A trace of a run, for a trace viewer: phases, requests, parses, rounds, downloads and links on a line of time."""

import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from frazil.atomic import write_atomically
from frazil.errors import DiskError
from frazil.events import (
    ArtifactLinked,
    ArtifactStored,
    BytesReceived,
    DownloadPlanned,
    Event,
    MetadataRead,
    Noted,
    PhaseBegan,
    PhaseEnded,
    ProjectRead,
    Reporter,
    RequestMade,
    RoundBegan,
    WaitBegan,
    Warned,
)
from frazil.values import dataclass

Span = dict[str, Any]
"""One entry of a trace, as Chrome's trace event format has it."""

Place = tuple[float, int]
"""Where on the picture: microseconds since the run began, and the number of a thread."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event with when it came (microseconds since the run began) and the thread that told of it."""

    microseconds: float
    thread: threading.Thread
    event: Event


class Trace:
    """A reporter that remembers what it is told, and passes it on; `write` makes a file of it.

    Remembering is one append; everything else waits for the end of the run.
    """

    def __init__(self, path: Path, told: Reporter) -> None:
        """Refuse a path that cannot be written before the work begins. Raises DiskError."""
        _check(path)
        self._path = path
        self._told = told
        self._began = time.perf_counter()
        self._seen: list[tuple[float, threading.Thread, Event]] = []

    def __call__(self, event: Event, /) -> None:
        self._seen.append((time.perf_counter(), threading.current_thread(), event))
        self._told(event)

    def write(self, command: str) -> None:
        """Write the file. Raises DiskError."""
        seen = [Seen((moment - self._began) * 1e6, thread, event) for moment, thread, event in self._seen]
        document = {"displayTimeUnit": "ms", "traceEvents": spans_of(seen, command)}
        write_atomically(self._path, json.dumps(document, indent=0).encode(), durable=False)


def _check(path: Path) -> None:
    if path.exists() and not path.is_file():
        # It is replaced as a whole, which a device or a pipe would not survive.
        raise DiskError(f"the trace cannot go to {path}, which is no file", hint="name a file")
    if not path.parent.is_dir():
        raise DiskError(f"the trace cannot go to {path}: the folder {path.parent} does not exist")


def spans_of(seen: Iterable[Seen], command: str) -> list[Span]:
    """Return events as entries of a trace: what takes time as complete ones (`X`), phases as pairs (`B`, `E`)."""
    return _Drawing(command).drawn(seen)


class _Drawing:
    """Turns events into entries, one after the other; remembers what has begun and not ended."""

    def __init__(self, command: str) -> None:
        self._entries: list[Span] = [_name("process_name", 0, f"frazil {command}")]
        self._threads: dict[threading.Thread, int] = {}
        self._rounds: dict[int, Span] = {}
        self._downloads: dict[str, float] = {}
        self._requests: dict[int, float] = {}

    def drawn(self, seen: Iterable[Seen]) -> list[Span]:
        last = 0.0
        for each in seen:
            self._take(each.event, (each.microseconds, self._number(each.thread)))
            last = each.microseconds
        for thread in list(self._rounds):
            self._end_round(thread, last)
        return self._entries

    def _take(self, event: Event, at: Place) -> None:
        now, thread = at
        match event:
            case PhaseBegan(phase, detail):
                self._entries.append(_entry("B", phase, "phase", at, {"detail": detail}))
            case PhaseEnded(phase):
                self._end_round(thread, now)
                self._entries.append(_entry("E", phase, "phase", at))
            case RequestMade(url, status, received, seconds):
                self._requests[thread] = now - seconds * 1e6
                facts = {"url": url, "status": status, "received": received}
                self._took(seconds, f"GET {url.rstrip('/').rpartition('/')[2]}", "request", at, facts)
            case ProjectRead(name, cached, seconds):
                self._took(seconds, f"parse {name}", "parse", at, {"cached": cached})
            case RoundBegan(number, node):
                self._end_round(thread, now)
                self._rounds[thread] = _entry("X", f"round {number}", "solver", at, {"node": node})
            case BytesReceived(filename, count):
                self._receive(filename, count, now)
            case ArtifactStored(filename, size):
                first_bytes = self._downloads.pop(filename, now)
                began = min(first_bytes, self._requests.pop(thread, now))
                self._took((now - began) / 1e6, f"store {filename}", "download", at, {"size": size})
            case ArtifactLinked(place, seconds):
                self._took(seconds, f"link {place}", "link", at)
            case _:
                self._entries.append({**_entry("i", _words(event), "note", at), "s": "t"})

    def _number(self, thread: threading.Thread) -> int:
        known = self._threads.get(thread)
        if known is None:
            known = self._threads[thread] = len(self._threads) + 1
            self._entries.append(_name("thread_name", known, thread.name))
        return known

    def _receive(self, filename: str, count: int, now: float) -> None:
        """Remember when a download began; one whose bytes are taken back begins anew."""
        if count > 0:
            self._downloads.setdefault(filename, now)
        else:
            self._downloads.pop(filename, None)

    def _end_round(self, thread: int, now: float) -> None:
        begun = self._rounds.pop(thread, None)
        if begun is not None:
            self._entries.append({**begun, "dur": round(now - begun["ts"], 1)})

    def _took(self, seconds: float, name: str, kind: str, at: Place, facts: Span | None = None) -> None:
        """Add what ended just then and took so long."""
        now, thread = at
        began = max(0.0, now - seconds * 1e6)
        self._entries.append({**_entry("X", name, kind, (began, thread), facts), "dur": round(now - began, 1)})


def _entry(sign: str, name: str, kind: str, at: Place, facts: Span | None = None) -> Span:
    microseconds, thread = at
    entry: Span = {"ph": sign, "name": name, "cat": kind, "ts": round(microseconds, 1), "pid": 1, "tid": thread}
    return {**entry, "args": facts} if facts else entry


def _name(what: str, thread: int, name: str) -> Span:
    return {"ph": "M", "name": what, "pid": 1, "tid": thread, "args": {"name": name}}


def _words(event: Event) -> str:
    match event:
        case Warned(sentence) | WaitBegan(sentence) | Noted(sentence):
            return sentence
        case MetadataRead(name, version):
            return f"metadata of {name} {version}"
        case DownloadPlanned(artifacts, size):
            return f"{artifacts} artifacts, {size} bytes to download"
        case _:
            return type(event).__name__
