"""`frazil export`: what it passes on, what it prints, what it writes."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from frazil.costs import Costs
from frazil.exporting import ExportedFile, ExportReport
from tests.support.command_lines import Ran, StandIn, run_line
from tests.support.json_schemas import strict_validator
from tests.support.locks import EXAMPLE


def exported(count: int = 1, *, path: Path | None = None) -> ExportReport:
    files = tuple(
        ExportedFile(
            path=None if path is None else path / f"{n}.txt",
            name=f"{n}.txt",
            text=f"text {n}\n",
            targets=("web",),
            environments=("linux",),
            changed=n != 1,
        )
        for n in range(count)
    )
    return ExportReport(form="pylock", files=files, warnings=("careful",), costs=Costs())


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with a lock and nothing else."""
    shutil.copy(EXAMPLE, tmp_path / "frozen.json")
    return tmp_path


def ran(folder: Path, *words: str) -> Ran:
    return run_line("export", *words, folder=folder)


# With a stand-in -------------------------------------------------------------------------------------------


def test_everything_that_was_asked_is_passed_on() -> None:
    api = StandIn(exporting=exported())
    line = (
        "export services/* --env linux --format cyclonedx -o out --per-target --no-local --locked --check "
        "--files-url corp=https://files.index.example/a=b/ --files-url https://files.index.example/"
    )
    run_line(*line.split(), folder=Path("/repo"), api=api)
    asked = {key: value for key, value in api.asked.items() if key not in {"project", "settings", "lock"}}
    assert asked == {
        "form": "cyclonedx",
        "out": Path("/repo/out"),
        "targets": ("services/*",),
        "environments": ("linux",),
        "per_target": True,
        "local": False,
        "files_urls": (("corp", "https://files.index.example/a=b/"), ("", "https://files.index.example/")),
        "locked": True,
        "frozen": False,
        "check": True,
    }
    assert api.asked["lock"].file == Path("/repo/frozen.json")


@pytest.mark.parametrize("words", [(), ("--json",), ("--format", "json")])
def test_a_pylock_is_what_is_made_without_a_format(words: tuple[str, ...]) -> None:
    api = StandIn(exporting=exported())
    run_line("export", *words, api=api)
    assert api.asked["form"] == "pylock"


def test_one_file_that_goes_nowhere_is_printed_as_it_is() -> None:
    said = run_line("export", api=StandIn(exporting=exported()))
    assert (said.code, said.out, said.err) == (0, "text 0\n", "warning: careful\n")


def test_files_that_were_written_are_named_or_counted() -> None:
    few = run_line("export", "-o", "out", api=StandIn(exporting=exported(2, path=Path("/repo/out"))))
    assert (few.out, few.err) == ("", "warning: careful\nWrote out/0.txt\nUp to date: out/1.txt\n")
    many = run_line("export", "-o", "out", api=StandIn(exporting=exported(9, path=Path("/repo/out"))))
    assert many.err == "warning: careful\nWrote 8 files to out (1 up to date)\n"
    all_of_them = run_line("export", "-o", "out", "-v", api=StandIn(exporting=exported(9, path=Path("/repo/out"))))
    assert "Wrote out/8.txt\n" in all_of_them.err


@pytest.mark.parametrize("path", [None, Path("/repo/out")])
def test_as_an_object_the_text_stands_in_it_unless_it_was_written(path: Path | None) -> None:
    said = run_line("export", "--json", api=StandIn(exporting=exported(path=path)))
    document: Any = json.loads(said.out)
    strict_validator("export")(document)
    (file,) = document["files"]
    assert (file["path"], file["text"]) == ((None, "text 0\n") if path is None else ("/repo/out/0.txt", None))


@pytest.mark.parametrize("text", ["files.index.example", "corp=ftp://a", "https://", "a b=https://files.index.example"])
def test_a_root_that_is_no_address_is_a_usage_error(text: str) -> None:
    said = run_line("export", "--files-url", text, api=StandIn())
    assert said.code == 2
    assert "`--files-url` takes URL or NAME=URL" in said.err


# With the real one -----------------------------------------------------------------------------------------


def test_a_lock_alone_is_exported_without_a_network(alone: Path) -> None:
    said = ran(alone, "jobs/etl", "--format", "requirements", "--offline")
    assert said.code == 0
    assert said.out.startswith("# jobs/etl for linux: ")
    assert "attrs==21.1.0 \\\n" in said.out


def test_several_files_without_a_folder_are_a_usage_error_that_says_what_to_do(alone: Path) -> None:
    said = ran(alone, "--format", "cyclonedx")
    assert said.code == 2
    assert "this makes 4 files" in said.err
    assert "hint: name a folder for them with --out, or choose with --target and --env" in said.err


def test_a_check_of_what_is_not_there_says_so_with_exit_code_1(alone: Path) -> None:
    words = ("services/api", "--format", "dot", "-o", "api.dot")
    assert ran(alone, *words, "--check").code == 1
    assert ran(alone, *words).code == 0
    assert ran(alone, *words, "--check").code == 0


def test_an_unknown_format_names_the_ones_there_are(alone: Path) -> None:
    said = ran(alone, "--format", "pylocks")
    assert said.code == 2
    assert "did you mean pylock?" in said.err


def test_a_missing_lock_is_never_an_empty_export(tmp_path: Path) -> None:
    said = ran(tmp_path, "-o", "pylock.toml")
    assert said.code == 2
    assert not (tmp_path / "pylock.toml").exists()
