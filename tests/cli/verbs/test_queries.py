"""The queries of the command line, on the shop with its two locks and on a large lock made from nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from frazil.frozen.codec import format_frozen, parse_frozen
from tests.support.command_lines import Ran, run_line
from tests.support.json_schemas import strict_validator
from tests.support.locks import EXAMPLE
from tests.support.repositories import AFTER, BEFORE, commit_all, git, new_repository, shop_repository
from tests.support.synthetic_lock import synthetic_lock

QUERIES = {
    "tree": "tree --sizes --markers",
    "tree ": "tree --invert {project} --dedupe",
    "why": "why {project}",
    "who-uses": "who-uses {project}",
    "paths": "paths --from {target} --to {project}",
    "dependents": "dependents {project} --transitive --closed",
    "peek": "peek {project}",
    "report-skew": "report skew",
    "report-sizes": "report sizes",
    "report-licenses": "report licenses",
    "diff": "diff {old}",
    "affected": "affected {old}",
    "closure": "closure",
    "subset": "subset {target}",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_repository(tmp_path_factory.mktemp("queries") / "shop")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a large lock, and another one that pins something else."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "frozen.json").write_bytes(format_frozen(synthetic_lock(targets=60, coordinates=150)))
    (folder / "old.json").write_bytes(format_frozen(synthetic_lock(targets=60, coordinates=150, seed=1)))
    return folder


def document(folder: Path, query: str, **names: str) -> dict[str, Any]:
    ran = run_line(*query.format(**names).split(), "--json", folder=folder)
    assert (ran.code, ran.err) == (0, "")
    loaded: dict[str, Any] = json.loads(ran.out)
    return loaded


def lines(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return ran.out.splitlines()


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_prints_what_its_schema_describes(name: str, shop: Path, large: Path) -> None:
    validate = strict_validator(name.strip())
    query = QUERIES[name]
    validate(document(shop, query, project="pydantic", target="services/api", old="main"))
    validate(document(large, query, project="alpha-client-148", target="services/service-001", old="old.json"))


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_says_something_in_text_and_less_when_quiet(name: str, shop: Path) -> None:
    words = QUERIES[name].format(project="pydantic", target="services/api", old="main").split()
    loud, quiet = run_line(*words, folder=shop), run_line(*words, "-q", folder=shop)
    assert loud.code == quiet.code == 0
    assert loud.out == quiet.out
    assert loud.out or loud.err == "every project has one version\n"
    assert quiet.err == ""


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_reads_the_lock_of_a_revision(name: str, shop: Path) -> None:
    words = QUERIES[name].format(project="pydantic", target="services/api", old="main").split()
    assert run_line(*words, "--lock", "main:frozen.json", folder=shop).code == 0


NOT_NEEDED = ("httpx", "cachecontrol", "resolvelib", "rich", "pip", "frazil.freeze", "frazil.tiers", "frazil.http")


def test_no_query_needs_a_resolver_a_network_or_a_store(shop: Path) -> None:
    lines = [QUERIES[name].format(project="pydantic", target="services/api", old="main").split() for name in QUERIES]
    program = (
        "import sys; from frazil.cli.entry import main\n"
        f"sys.modules.update(dict.fromkeys({NOT_NEEDED!r}))\n"
        f"for words in {[*lines, ['affected', 'main', '--since', 'main']]!r}:\n"
        "    sys.argv[1:] = words\n"
        "    assert main() == 0, words\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "FRAZIL_STORE": str(shop / "no" / "store")}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=shop, env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert not (shop / "no").exists()


# Locks -----------------------------------------------------------------------------------------------------


def test_a_lock_may_be_a_path_from_anywhere(shop: Path, tmp_path: Path) -> None:
    assert lines(run_line("dependents", "markupsafe", "--lock", str(shop / "frozen.json"), folder=tmp_path))
    assert lines(run_line("dependents", "markupsafe", "--project", str(shop), folder=tmp_path))
    assert lines(run_line("dependents", "markupsafe", folder=shop / "services" / "api"))


@pytest.mark.parametrize(
    ("lock", "sentence", "hint"),
    [
        ("gone.json", "there is no gone.json in", "frazil resolve"),
        ("mian:frozen.json", 'git knows no revision "mian"', "did you mean main?"),
        ("main:gone.json", "there is no gone.json in main", ""),
        ("--upload-pack=x:frozen.json", 'git knows no revision "--upload-pack=x"', ""),
    ],
)
def test_a_lock_that_is_not_there_is_told(shop: Path, lock: str, sentence: str, hint: str) -> None:
    ran = run_line("why", "pydantic", f"--lock={lock}", folder=shop)
    assert ran.code == 2
    assert sentence in ran.err
    assert hint in ran.err


def test_a_lock_of_a_newer_version_is_refused_whoever_names_it(shop: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.json"
    newer.write_text('{"frozen-version": 2}\n')
    for words in (["why", "pydantic", "--lock", str(newer)], ["diff", str(newer)], ["diff", "main", str(newer)]):
        ran = run_line(*words, folder=shop)
        assert (ran.code, "frozen-version 2" in ran.err) == (2, True)


def test_outside_of_a_repository_a_revision_cannot_be_read(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "frozen.json")
    ran = run_line("diff", "main", folder=tmp_path)
    assert ran.code == 2
    assert "is in no git repository" in ran.err


@pytest.mark.parametrize("verb", ["why", "who-uses", "peek", "diff", "affected", "report", "subset"])
def test_what_a_verb_cannot_do_without_is_asked_for(verb: str, shop: Path) -> None:
    ran = run_line(verb, folder=shop)
    assert ran.code == 2
    assert f"`frazil {verb}` needs" in ran.err
    assert f"`frazil {verb} " in ran.err.partition("hint:")[2]


def test_an_unknown_target_or_environment_of_a_query_is_told_with_the_closest(shop: Path) -> None:
    ran = run_line("why", "pydantic", "--target", "services/ap", folder=shop)
    assert (ran.code, "did you mean services/api" in ran.err) == (2, True)
    ran = run_line("diff", "main", "--env", "linx", folder=shop)
    assert (ran.code, "did you mean linux" in ran.err) == (2, True)


# why, who-uses ---------------------------------------------------------------------------------------------


def test_why_shows_every_way_that_is_as_short_under_v(tmp_path: Path) -> None:
    lock = synthetic_lock(targets=3, coordinates=60)
    (tmp_path / "frozen.json").write_bytes(format_frozen(lock))
    name = lock.coordinates[-1].name
    brief = run_line("why", name, folder=tmp_path)
    whole = run_line("why", name, "-v", folder=tmp_path)
    left_out = len(whole.out.splitlines()) - len(brief.out.splitlines())
    assert left_out
    assert f" {left_out} other way" in brief.err
    assert "other way" not in whole.err


def test_the_lines_are_those_of_the_revision_whose_lock_is_read(shop: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(shop, tmp_path / "shop")
    manifest = copy / "services" / "web" / "pyproject.toml"
    manifest.write_text("# one more line\n" + manifest.read_text())
    assert "services/web/pyproject.toml:11" in run_line("why", "flask", "--lock", "main:frozen.json", folder=copy).out
    assert "services/web/pyproject.toml:11" in run_line("why", "flask", "--lock", "main:./frozen.json", folder=copy).out
    assert "services/web/pyproject.toml:12" in run_line("why", "flask", folder=copy).out
    manifest.write_text("not TOML [")
    assert "services/web/pyproject.toml\n" in run_line("why", "flask", folder=copy).out


def test_what_only_builds_ask_for_is_explained_by_what_they_build(shop: Path) -> None:
    assert "services/api:build-system" in run_line("why", "hatchling", folder=shop).out
    assert "services/api:build-system" in run_line("dependents", "hatchling", folder=shop).out
    ran = run_line("who-uses", "hatchling<9", folder=shop)
    assert "services/api:build-system" in ran.out
    assert ran.err == "3 of 10 targets\n"


def test_a_release_that_no_chosen_target_ships_is_told(shop: Path) -> None:
    ran = run_line("why", "flask", "--target", "jobs/etl", folder=shop)
    assert (ran.code, ran.err) == (2, "error: none of these targets ships flask in these environments\n")


@pytest.mark.parametrize(("what", "code"), [("starlette<1.8", 0), ("starlette>=1.8", 1)])
def test_who_uses_tells_by_its_exit_code_when_asked_to(shop: Path, what: str, code: int) -> None:
    assert run_line("who-uses", what, folder=shop).code == 0
    ran = run_line("who-uses", what, "--exit-code", "--json", folder=shop)
    assert ran.code == code
    strict_validator("who-uses")(json.loads(ran.out))


# paths, dependents, peek -----------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["--from", "--to"])
def test_paths_needs_both_ends(shop: Path, missing: str) -> None:
    other = {"--from": "--to", "--to": "--from"}[missing]
    ran = run_line("paths", other, "services/api", folder=shop)
    assert (ran.code, f"`frazil paths` needs `{missing}`" in ran.err) == (2, True)


def test_no_way_prints_nothing_and_is_no_failure(shop: Path) -> None:
    ran = run_line("paths", "--from", "jobs/etl", "--to", "flask", folder=shop)
    assert (ran.code, ran.out) == (0, "")
    assert document(shop, "paths --from jobs/etl --to flask")["routes"] == []


@pytest.mark.behaviour("QG-1")
def test_dependents_of_several_are_one_sorted_list_in_text_and_told_apart_in_json(shop: Path) -> None:
    words = ("dependents", "markupsafe", "blinker")
    assert lines(run_line(*words, folder=shop)) == ["flask 3.1.3", "jinja2 3.1.6", "werkzeug 3.1.8"]
    roots = document(shop, "dependents markupsafe blinker")["roots"]
    assert {each["root"]: [stop["name"] for stop in each["dependents"]] for each in roots} == {
        "markupsafe": ["flask", "jinja2", "werkzeug"],
        "blinker": ["flask"],
    }


@pytest.mark.behaviour("QG-1")
def test_dependents_of_nothing_are_nothing(shop: Path) -> None:
    ran = run_line("dependents", folder=shop)
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.behaviour("QG-3")
def test_peek_shows_requirements_as_written_and_what_answers_them(shop: Path) -> None:
    found = document(shop, "peek flask pytest")["coordinates"]
    assert [each["address"] for each in found] == ["flask==3.1.3", "pytest==9.1.1"]
    assert list(found[0])[:3] == ["address", "name", "version"]
    answers = {each["requirement"]: each["answers"] for each in found[1]["dependencies"]}
    (colorama,) = answers["colorama>=0.4; sys_platform == 'win32'"]
    assert (colorama["name"], colorama["version"], colorama["environments"]) == ("colorama", "0.4.6", ["windows"])


# report ----------------------------------------------------------------------------------------------------


def test_an_unknown_report_is_told_with_the_known_ones(shop: Path) -> None:
    ran = run_line("report", "sizs", folder=shop)
    assert (ran.code, "did you mean sizes?" in ran.err) == (2, True)


def test_skew_is_told_with_its_cost_and_what_keeps_the_versions_apart(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "frozen.json")
    ran = run_line("report", "skew", folder=tmp_path)
    assert "numpy  differs between environments, costs 12.6 MB" in ran.out
    assert "constraint numpy<2.2" in ran.out
    assert "2 projects in several versions" in ran.err
    narrow = run_line("report", "skew", "--target", "jobs/etl", folder=tmp_path)
    assert "sqlalchemy" in narrow.out
    assert "numpy" not in narrow.out


# diff, affected --------------------------------------------------------------------------------------------


def test_a_lock_does_not_differ_from_itself_by_whatever_name(shop: Path) -> None:
    for words in (["main", "main"], ["main", str(BEFORE)], ["main:frozen.json", "main"], ["frozen.json"]):
        ran = run_line("diff", *words, "--exit-code", folder=shop)
        assert (ran.code, ran.out, ran.err) == (0, "", "nothing differs\n")


def test_two_locks_that_are_named_need_no_project(tmp_path: Path) -> None:
    shutil.copy(BEFORE, tmp_path / "a.json")
    shutil.copy(AFTER, tmp_path / "b.json")
    assert "fastapi 0.141.1 → 0.165.0" in run_line("diff", "a.json", "b.json", folder=tmp_path).out
    assert "services/api" in run_line("affected", "a.json", "b.json", folder=tmp_path).out
    ran = run_line("diff", "a.json", folder=tmp_path)
    assert (ran.code, "there is no frozen.json in" in ran.err) == (2, True)


@pytest.mark.parametrize("form", [[], ["--json"], ["--format", "markdown"]])
def test_a_difference_is_an_exit_code_when_asked_for(shop: Path, form: list[str]) -> None:
    assert run_line("diff", "main", *form, folder=shop).code == 0
    assert run_line("diff", "main", "--exit-code", *form, folder=shop).code == 1
    assert run_line("diff", "main", "--exit-code", "--target", "services/web", *form, folder=shop).code == 0


def test_markdown_is_the_whole_answer(shop: Path) -> None:
    ran = run_line("diff", "main", "--format", "markdown", folder=shop)
    assert ran.err == ""
    tables = [part for part in ran.out.split("\n\n") if part.startswith("|")]
    assert len(tables) == 2
    for table in tables:
        assert len({row.count("|") - row.count("\\|") for row in table.rstrip("\n").split("\n")}) == 1


def test_locks_with_other_environments_are_compared_where_they_can_be(shop: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.json"
    run_line("subset", "services/*", "--env", "linux", "-o", str(small), folder=shop)
    ran = run_line("diff", str(small), "--target", "services/web", folder=shop)
    assert "environment mac" in ran.out
    assert "only one lock has mac, windows: not compared there" in ran.err


def test_names_alone_stand_on_stdout(shop: Path) -> None:
    ran = run_line("affected", "main", folder=shop)
    assert ran.out.splitlines() == ["jobs/etl", "services/api", "services/api[postgres]"]
    assert ran.err == "3 of 7 targets (fastapi, numpy, opentelemetry-api and 2 more)\n"


def test_a_matrix_has_a_row_for_each_target_and_environment(shop: Path) -> None:
    ran = run_line("affected", "main", "--target", "jobs/*", "--format", "github-matrix", folder=shop)
    assert json.loads(ran.out) == {
        "include": [
            {"target": "jobs/etl", "environment": "linux", "python": "3.12", "platform": "manylinux_2_28_x86_64"}
        ]
    }
    assert "\n" not in ran.out.rstrip("\n")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(["mian"], id="no such revision"),
        pytest.param(["gone.json"], id="no such file"),
        pytest.param(["pyproject.toml"], id="no lock"),
        pytest.param(["main", "gone.json"], id="no new lock"),
        pytest.param(["main", "--since", "mian"], id="no such revision to look at sources since"),
    ],
)
def test_whatever_cannot_be_read_makes_everything_affected_and_says_why(shop: Path, spoil: list[str]) -> None:
    ran = run_line("affected", *spoil, folder=shop)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 7
    assert ran.err.startswith("warning: everything counts as affected: ")
    found = document(shop, f"affected {' '.join(spoil)}", old="")
    assert found["everything"]
    assert len(found["unreadable"]) == 1
    assert all("unreadable" in each["reasons"] for each in found["affected"])


def test_a_format_of_another_verb_is_refused(shop: Path) -> None:
    ran = run_line("affected", "main", "--format", "markdown", folder=shop)
    assert (ran.code, "text, json or github-matrix" in ran.err) == (2, True)


# closure, subset -------------------------------------------------------------------------------------------


def test_one_closure_is_a_digest_and_nothing_else(shop: Path) -> None:
    (digest,) = lines(run_line("closure", "services/api", "--env", "linux", folder=shop))
    assert len(digest) == 64
    several = lines(run_line("closure", "services/api", folder=shop))
    assert [line.split()[1:] for line in several] == [["services/api", name] for name in ("linux", "mac", "windows")]
    assert several[0].split()[0] == digest


def test_the_closure_of_a_cut_lock_is_that_of_the_whole_one(shop: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.json"
    run_line("subset", "services/api", "--env", "linux", "-o", str(small), folder=shop)
    cut = run_line("closure", "services/api", "--lock", str(small), folder=shop)
    assert cut.out == run_line("closure", "services/api", "--env", "linux", folder=shop).out


def test_a_cut_lock_is_a_lock_on_stdout_and_in_a_file(shop: Path, tmp_path: Path) -> None:
    printed = run_line("subset", "services/web", folder=shop).out
    assert parse_frozen(printed.encode()).subset == ("services/web",)
    file = tmp_path / "small.json"
    first = run_line("subset", "services/web", "-o", str(file), folder=shop)
    assert (first.code, first.out) == (0, "")
    assert file.read_text() == printed
    again = json.loads(run_line("subset", "services/web", "-o", str(file), "--json", folder=shop).out)
    assert (again["written"], again["file"], again["text"]) == (False, str(file), None)


def test_a_newer_lock_is_not_written_over_by_a_cut_one(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    file.write_text('{"frozen-version": 2}\n')
    assert run_line("subset", "services/web", "-o", str(file), folder=shop).code == 2
    assert file.read_text() == '{"frozen-version": 2}\n'


def test_sources_count_since_a_revision(tmp_path: Path) -> None:
    shop = shop_repository(tmp_path / "shop")
    shutil.copy(BEFORE, shop / "frozen.json")
    assert lines(run_line("affected", "main", "--since", "main", folder=shop)) == []
    (shop / "libs" / "common" / "src" / "shop_common" / "money.py").write_text("")
    (shop / "tools" / "report.py").write_text((shop / "tools" / "report.py").read_text() + "\n")
    (shop / "README.md").write_text("")
    found = document(shop, "affected main --since main")
    files = {each["target"]: each["files"] for each in found["affected"]}
    money = "libs/common/src/shop_common/money.py"
    assert files == {
        "jobs/etl": [money],
        "libs/common": [money],
        "services/api": [money],
        "services/api[postgres]": [money],
        "services/web": [money],
        "tools/report.py": ["tools/report.py"],
    }


def test_a_new_target_that_the_lock_does_not_know_makes_everything_affected(tmp_path: Path) -> None:
    shop = shop_repository(tmp_path / "shop")
    new = shop / "services" / "new"
    new.mkdir()
    (new / "pyproject.toml").write_text('[project]\nname = "shop-new"\nversion = "1"\nrequires-python = ">=3.12"\n')
    ran = run_line("affected", "main", "--since", "main", folder=shop)
    assert "target services/new is not in the lock" in ran.err
    assert len(ran.out.splitlines()) == 7


def test_a_project_below_the_top_of_a_repository_has_its_own_lock(tmp_path: Path) -> None:
    top = new_repository(tmp_path / "top")
    shop = shop_repository(top / "shop")
    shutil.rmtree(shop / ".git")
    shutil.copy(BEFORE, shop / "frozen.json")
    commit_all(top)
    git(top, "tag", "v1")
    assert lines(run_line("diff", "v1", folder=shop / "services")) == []
    assert lines(run_line("affected", "v1", "--since", "v1", folder=shop)) == []
    assert lines(run_line("dependents", "markupsafe", "--lock", "v1:shop/frozen.json", folder=shop)) != []
