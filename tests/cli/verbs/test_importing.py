"""`frazil import`: what it passes on, and what it says became of the versions."""

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any

from frazil.costs import Costs
from frazil.freeze import ResolveReport
from frazil.frozen.diff import changes
from frazil.importing import ImportReport, MovedPin
from tests.support.command_lines import StandIn, run_line
from tests.support.json_schemas import strict_validator
from tests.support.locks import example_lock


def imported() -> ImportReport:
    resolved = ResolveReport(
        frozen=example_lock(),
        lock=Path("/repo/frozen.json"),
        current=False,
        written=True,
        moved=changes(example_lock(), example_lock()),
        costs=Costs(phases=(("resolve", 0.5),)),
    )
    moved = MovedPin(name="idna", version="3.10", now=("3.11",), environments=("linux",), why="web asks idna>=3.11")
    return ImportReport(
        file=Path("/repo/poetry.lock"),
        form="poetry.lock",
        resolve=resolved,
        kept=(("click", "8.1.8"), ("h11", "0.16.0")),
        moved=(moved,),
        unused=(("tomli", "2.0"), ("zipp", "3.0")),
        elsewhere=40,
        left_out=("acme comes from the folder vendored",),
    )


def test_everything_that_was_asked_is_passed_on() -> None:
    api = StandIn(importing=imported())
    line = "import poetry.lock --dry-run --engine conflict --prove --prerelease allow --exclude-newer P7D --lock x.json"
    run_line(*line.split(), folder=Path("/repo"), api=api)
    asked = api.asked
    assert (asked["project"], asked["file"], asked["lock"]) == (
        Path("/repo"),
        Path("/repo/poetry.lock"),
        Path("/repo/x.json"),
    )
    assert (asked["dry_run"], asked["engine"], asked["prove"]) == (True, "conflict", True)
    assert (asked["rules"].prerelease, asked["rules"].exclude_newer) == ("allow", "P7D")


def test_without_a_file_it_is_looked_for() -> None:
    api = StandIn(importing=imported())
    run_line("import", api=api)
    assert api.asked["file"] is None


def test_what_became_of_the_versions_is_said_before_what_the_resolve_did() -> None:
    said = run_line("import", "poetry.lock", api=StandIn(importing=imported()))
    assert said.err.startswith(
        cleandoc(
            """
            Kept 2 of 3 versions of poetry.lock (66 %)
              ~ idna 3.10 → 3.11 [linux]    web asks idna>=3.11
              2 that no target asks for: tomli, zipp
              40 for other environments
              ! acme comes from the folder vendored
            Resolved in 0.50 s
            """
        )
    )
    assert said.err.endswith("Wrote frozen.json\n")


def test_as_an_object_each_version_is_accounted_for() -> None:
    said = run_line("import", "poetry.lock", "--json", api=StandIn(importing=imported()))
    document: Any = json.loads(said.out)
    strict_validator("import")(document)
    assert document["kept"] == [{"name": "click", "version": "8.1.8"}, {"name": "h11", "version": "0.16.0"}]
    assert document["moved"][0]["why"] == "web asks idna>=3.11"
    assert (document["elsewhere"], document["written"], document["dry-run"]) == (40, True, False)


def test_a_file_that_is_not_there_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    said = run_line("import", "uv.lock", folder=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "cannot read" in said.err
