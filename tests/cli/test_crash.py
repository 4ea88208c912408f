"""What nobody foresaw: a report file for the author, a sentence for the finder."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_lines import Ran, StandIn, run_line

SECRET = "https://ada:secret@index.example/simple/"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def broken(**_given: Any) -> Any:
    raise RuntimeError(f"cannot read {SECRET}")


def crashed(*argv: str) -> Ran:
    return run_line(*argv, api=StandIn(ensuring=broken), environ={"PIP_INDEX_URL": SECRET, "FRAZIL_COLOR": "never"})


def test_a_bug_is_exit_70_with_a_sentence_that_names_the_report_and_no_traceback(temporary: Path) -> None:
    ran = crashed("ensure")
    (report,) = temporary.iterdir()
    assert ran.code == 70
    assert ran.err.split("\n") == [
        "error: frazil has a bug: RuntimeError: cannot read https://index.example/simple/",
        f"  report  {report}",
        "hint: please send the report file to the maintainers of frazil",
        "",
    ]


def test_the_report_has_the_traceback_and_versions_but_no_credentials(temporary: Path) -> None:
    crashed("ensure", "--lock", SECRET)
    (report,) = temporary.iterdir()
    text = report.read_text("utf-8")
    assert "Traceback (most recent call last):" in text
    assert "in broken" in text
    assert "command    frazil ensure --lock https://index.example/simple/" in text
    assert "PIP_INDEX_URL" in text
    assert "packaging 2" in text
    assert "secret" not in text


def test_only_its_owner_can_read_the_report(temporary: Path) -> None:
    crashed("ensure")
    (report,) = temporary.iterdir()
    assert report.stat().st_mode & 0o077 == 0


def test_json_names_the_report_too(temporary: Path) -> None:
    ran = crashed("ensure", "--json")
    (report,) = temporary.iterdir()
    error = json.loads(ran.out)["error"]
    assert (error["code"], error["exit-code"], error["details"]) == ("bug", 70, [f"report  {report}"])
    assert ran.err == ""


def test_a_temporary_folder_that_cannot_be_written_is_told(temporary: Path) -> None:
    temporary.rmdir()
    ran = crashed("ensure")
    assert ran.code == 70
    assert "hint: no report could be written to the temporary folder (no such file or directory)" in ran.err


@pytest.mark.parametrize("error", [RecursionError("too deep"), MemoryError(), KeyError("name"), AssertionError()])
def test_whatever_it_is_nothing_escapes(error: Exception) -> None:
    ran = run_line("ensure", api=StandIn(ensuring=error))
    assert ran.code == 70
    assert ran.err.startswith(f"error: frazil has a bug: {type(error).__name__}")
