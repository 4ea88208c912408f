"""The long runs, cut short: they end well, say their seed and their figures, and find what is wrong."""

import sys
from pathlib import Path

import pytest

from trials.kills import run_kills
from trials.load import run_load
from trials.soak import run_soak
from trials.world import Findings, World, wrong_entries

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, and /proc")


def test_a_few_kills_heal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_kills(2, seed=3) == 0
    assert "2 kills, seed 3" in capsys.readouterr().out


def test_a_short_soak_tells_memory_and_descriptors(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_soak(6, minutes=5, locks=2, seed=3) == 0
    assert "6 fetches of 2 locks, seed 3" in capsys.readouterr().out


def test_a_small_load_is_within_the_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_load(artifacts=3, megabytes=2) == 0
    assert "3 artifacts: cold " in capsys.readouterr().out


def test_the_judge_finds_what_is_wrong(tmp_path: Path) -> None:
    world = World(tmp_path, 3, projects=1, packages=2)
    entry = world.store / "v1" / "ab" / ("ab" * 32) / "a.whl"
    entry.parent.mkdir(parents=True)
    entry.write_bytes(b"not that")
    (world.projects[0] / "frozen.json").write_text("{")
    out = world.projects[0] / ".frazil" / "out"
    out.mkdir(parents=True)
    (out / next(iter(world.sha256))).write_bytes(b"half")
    assert wrong_entries(world.store) == [str(entry)]
    findings = Findings()
    findings.judge(world)
    assert len(findings.sentences) == 3
    assert findings.end() == 1
    world.server.close()
