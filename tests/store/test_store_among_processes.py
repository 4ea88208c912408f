"""The store shared by processes, some of which are killed."""

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from frazil.store.content import Store

SOURCE = Path(__file__).parents[2] / "src"

PUBLISH = """
    import hashlib, random, sys
    from pathlib import Path
    from frazil.store.content import Store
    root, seed, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    store, chance = Store(root), random.Random(seed)
    print("ready", flush=True)
    for _ in range(rounds):
        number = chance.randrange(6)
        data = bytes([number]) * (1 + number * 300_000)
        digest = hashlib.sha256(data).hexdigest()
        if chance.random() < 0.2:
            store.discard(digest, f"a-{number}.whl")
        if not store.has(digest, f"a-{number}.whl", len(data)):
            with store.writer(digest, f"a-{number}.whl", len(data)) as writer:
                for start in range(0, len(data), 65536):
                    writer.write(data[start : start + 65536])
"""


def start(root: Path, seed: int, rounds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PUBLISH), str(root), str(seed), str(rounds)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wrong_entries(root: Path) -> list[str]:
    """Read every file under a final name, whatever the store itself thinks of it."""
    return [
        str(file)
        for file in (root / "v1").rglob("*")
        if file.is_file()
        and not file.name.startswith(".")
        and hashlib.sha256(file.read_bytes()).hexdigest() != file.parent.name
    ]


@pytest.mark.promise("R3")
@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_a_kill_at_any_moment_leaves_no_wrong_entry(tmp_path: Path) -> None:
    chance = random.Random(7)
    for seed in range(12):
        process = start(tmp_path, seed, 10_000)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert wrong_entries(tmp_path) == []
    assert all(verdict.damage is None for verdict in Store(tmp_path).verify())
    process = start(tmp_path, 99, 20)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, b""), "a rerun needs no cleaning"


def test_processes_at_once_publish_and_discard_without_a_wrong_entry_or_an_error(tmp_path: Path) -> None:
    crew = [start(tmp_path, seed, 60) for seed in range(4)]
    with contextlib.ExitStack() as stack:
        for process in crew:
            stack.enter_context(process)
        for process in crew:
            _, errors = process.communicate()
            assert (process.returncode, errors) == (0, b"")
    assert wrong_entries(tmp_path) == []
    assert not list((tmp_path / "tmp").iterdir())
