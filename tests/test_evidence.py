"""How files looked, and when a look tells nothing."""

import os
import time
from pathlib import Path

from frazil.evidence import UNSURE, Evidence, having_read, look_at, look_of_bytes


def test_an_old_file_is_known_by_its_look(tmp_path: Path) -> None:
    (file := tmp_path / "file").write_text("text")
    time.sleep(0.06)
    look = look_at(str(file))
    assert look is not None
    assert (look.path, look.size, look.mtime_ns) == (str(file), 4, file.stat().st_mtime_ns)
    assert look.sha256 is None
    assert having_read(look, b"text") is look


def test_a_file_that_just_changed_is_known_by_its_bytes_alone(tmp_path: Path) -> None:
    (file := tmp_path / "file").write_text("text")
    os.utime(file, (0, 0))  # what was set back is not older for it
    look = look_at(str(file))
    assert look is not None
    assert look.sha256 == UNSURE
    assert having_read(look, b"text") == look_of_bytes(str(file), b"text")


def test_what_is_not_there_has_no_look(tmp_path: Path) -> None:
    assert look_at(str(tmp_path / "nothing")) is None


def test_evidence_adds_up_without_repeating_itself(tmp_path: Path) -> None:
    look = look_of_bytes(str(tmp_path), b"")
    one = Evidence(looked_at=(look,), absent=("a", "b"))
    assert one + Evidence(looked_at=(look,), absent=("b", "c")) == Evidence(looked_at=(look,), absent=("a", "b", "c"))
