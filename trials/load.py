"""Large loads: one artifact of 300 MB, and a thousand small ones, cold and warm, on loopback."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.index_server import IndexServer
from trials.world import ROOT, Findings, peak

_MOST_MIB, _COLD, _WARM = 150, 20, 3


def run_load(artifacts: int, megabytes: int) -> int:
    """Measure memory and time of fetches; print figures, and say which limit did not hold."""
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="frazil-load-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        with IndexServer() as server:
            server.add_wheel("big", "1.0", files={"filler": os.urandom(1_000_000) * megabytes})
            for number in range(artifacts):
                server.add_wheel(f"small-{number}", "1.0", files={"filler": os.urandom(2000)})
            memory, seconds = _big(folder, server, megabytes)
            print(f"{megabytes} MB in one artifact: {memory} MiB at most, {seconds:.2f} s")
            if memory > _MOST_MIB:
                findings.sentences.append(f"{memory} MiB are more than {_MOST_MIB}")
            cold, warm, linked = _many(folder, server, artifacts)
        print(f"{artifacts} artifacts: cold {cold:.2f} s, output gone {linked:.2f} s, nothing to do {warm:.2f} s")
        if cold > _COLD or max(warm, linked) > _WARM:
            findings.sentences.append(f"more than {_COLD} s cold, or {_WARM} s warm")
    return findings.end()


def _big(folder: Path, server: IndexServer, megabytes: int) -> tuple[int, float]:
    project = folder / "big"
    _write_lock(project, server, ["big"])
    _, seconds, memory = _run(project, folder, server, "fetch")
    assert (project / ".frazil/out/big-1.0-py3-none-any.whl").stat().st_size > megabytes * 1_000_000
    return memory // 1024, seconds


def _many(folder: Path, server: IndexServer, artifacts: int) -> tuple[float, float, float]:
    project = folder / "many"
    _write_lock(project, server, [f"small-{number}" for number in range(artifacts)])
    _, cold, _ = _run(project, folder, server, "fetch")
    _, warm, _ = _run(project, folder, server, "fetch")
    (project / ".frazil/out").rename(folder / "away")
    _, linked, _ = _run(project, folder, server, "fetch")
    return cold, warm, linked


def _write_lock(project: Path, server: IndexServer, names: list[str]) -> None:
    project.mkdir()
    text = "\n".join(
        [
            "[[index]]",
            'name = "loop"',
            f'url = "{server.url}"',
            "[targets.all]",
            f"requirements = {names!r}",
        ]
    )
    (project / "frazil.toml").write_text(text)
    code, _, _ = _run(project, project.parent, server, "resolve")
    if code != 0:
        raise SystemExit("the lock could not be made")


def _run(project: Path, folder: Path, server: IndexServer, *words: str) -> tuple[int, float, int]:
    """Return exit code, seconds, and the most resident memory in KiB."""
    environ = {
        **os.environ,
        "HOME": str(folder / "home"),
        "FRAZIL_STORE": str(folder / "store"),
        "FRAZIL_CACHE_DIR": str(folder / "cache"),
        "PIP_INDEX_URL": server.url,
        "PYTHONPATH": str(ROOT / "src"),
    }
    began, most = time.monotonic(), 0
    with subprocess.Popen([sys.executable, "-m", "frazil", *words], cwd=project, env=environ) as process:
        while process.poll() is None:
            # What the system says at the end (`ru_maxrss`) counts the memory of this process too, which forked it.
            most = max(most, peak(process.pid))
            time.sleep(0.005)
    return process.returncode, time.monotonic() - began, most
