"""`frazil merge-driver` as git calls it, and `frazil init --merge-driver`."""

import json
from pathlib import Path

import pytest

from frazil.frozen.codec import format_frozen
from frazil.merging import DRIVER
from tests.support.command_lines import run_line
from tests.support.json_schemas import strict_validator
from tests.support.locks import example_lock
from tests.support.repositories import git, new_repository


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the three files that git gives, all alike."""
    for name in ("O", "A", "B"):
        (tmp_path / name).write_bytes(format_frozen(example_lock()))
    return tmp_path


def test_git_s_arguments_are_taken_and_a_merge_is_exit_0(files: Path) -> None:
    said = run_line("merge-driver", "O", "A", "B", "7", "services/frozen.json", folder=files)
    assert (said.code, said.out) == (0, "")
    assert said.err == "Merged services/frozen.json: 17 coordinates for 4 targets\n"


def test_a_conflict_is_exit_1_and_says_what_to_do(files: Path) -> None:
    (files / "A").write_text("scribble\n")
    said = run_line("merge-driver", "O", "A", "B", "9", "frozen.json", folder=files)
    assert said.code == 1
    assert said.err.startswith("error: frozen.json could not be merged whole; what is left is marked in it\n")
    assert "run `frazil resolve`" in said.err
    assert (files / "A").read_text().startswith("<<<<<<<<< ours\nscribble\n=========\n{")


def test_as_an_object(files: Path) -> None:
    said = run_line("merge-driver", "O", "A", "B", "--json", folder=files)
    document = json.loads(said.out)
    strict_validator("merge-driver")(document)
    assert (document["lock"], document["coordinates"]) == (str(files / "A"), 17)


@pytest.mark.parametrize("words", [(), ("O", "A"), ("O", "A", "B", "many"), ("O", "A", "B", "7", "p", "more")])
def test_anything_else_is_a_usage_error(files: Path, words: tuple[str, ...]) -> None:
    assert run_line("merge-driver", *words, folder=files).code == 2


def test_setting_up_says_what_was_done_and_what_each_clone_needs(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    new_repository(tmp_path)
    dry = run_line("init", "--merge-driver", "--dry-run", folder=tmp_path)
    assert "Would write `frozen.json merge=frazil` to .gitattributes" in dry.err
    said = run_line("init", "--merge-driver", folder=tmp_path)
    assert said.err.splitlines()[:2] == [
        "Wrote `frozen.json merge=frazil` to .gitattributes",
        f"Set the driver in this clone; every other one needs `git config merge.frazil.driver '{DRIVER}'`",
    ]
    assert git(tmp_path, "config", "merge.frazil.driver").strip() == DRIVER
    again = run_line("init", "--merge-driver", "--json", folder=tmp_path)
    document = json.loads(again.out)
    strict_validator("init")(document)
    assert (document["written"], document["merge-driver"]["configured"]) == (False, False)


def test_setting_up_leaves_a_configuration_alone(tmp_path: Path) -> None:
    (tmp_path / "frazil.toml").write_text("")
    assert run_line("init", folder=tmp_path).code == 2
    assert run_line("init", "--merge-driver", folder=tmp_path).code == 0
    assert (tmp_path / "frazil.toml").read_text() == ""
