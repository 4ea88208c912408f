"""One run of a program: how long it took, what it used, what it asked of the replay."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.request import ProxyHandler, build_opener

_DIRECT = build_opener(ProxyHandler({}))
_KIBIBYTES = 1024 if sys.platform == "darwin" else 1
TIMED_OUT = -9


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run cost: seconds, CPU seconds (user and system, children included), MiB at the peak of one process.

    `counts` is what the replay was asked, by the fields of `replay.Counts`. `said` is the end of what it wrote.
    """

    wall: float
    cpu: float
    memory: float
    code: int
    counts: Mapping[str, int] = field(default_factory=dict)
    said: str = ""


class Replay:
    """A replay server in a process of its own."""

    def __init__(self, packs: Sequence[str], *, packs_in: Sequence[Path] = (), wheels_in: Sequence[Path] = ()) -> None:
        folders = [f"--packs-in={folder}" for folder in packs_in] + [f"--wheels-in={folder}" for folder in wheels_in]
        command = [sys.executable, "-m", "benchmarks.replay", *packs, *folders]
        self._process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            self.close()
            raise SystemExit("error: the replay server did not start")

    def index(self, pack: str) -> str:
        return f"{self.address}/{pack}/simple/"

    def set(self, *, latency: float = 0.0, max_age: int = 86_400) -> None:
        """Set the seconds before each answer, and for how long pages stay fresh."""
        self._asked(f"set?latency={latency}&max-age={max_age}")

    def reset(self) -> None:
        self._asked("reset")

    def counts(self) -> dict[str, int]:
        """Return what was asked since the last reset."""
        return self._asked("counts")

    def _asked(self, what: str) -> dict[str, int]:
        with _DIRECT.open(f"{self.address}/control/{what}", timeout=30) as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def measured(
    command: Sequence[str | Path], *, folder: Path, environ: Mapping[str, str], timeout: float, replay: Replay | None
) -> Spent:
    """Run a program to its end and return what it cost; after `timeout` seconds it is killed (code TIMED_OUT)."""
    if replay is not None:
        replay.reset()
    words = [str(word) for word in command]
    output = folder.parent / "output"
    with output.open("wb") as file:
        options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
        began = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, env=dict(environ), start_new_session=True, **options)
        killing = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        killing.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        killing.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=usage.ru_maxrss / 1024 / _KIBIBYTES,
        code=process.returncode,
        counts=replay.counts() if replay is not None else {},
        said=_end_of(output),
    )


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2000))
        return file.read().decode("utf-8", "replace")
