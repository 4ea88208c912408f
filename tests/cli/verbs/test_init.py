"""A first configuration: what is found, what is proposed, what is written."""

import json
import tomllib
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest

from frazil.cli.proposal import propose
from frazil.cli.survey import DEEPEST, read_survey
from frazil.project.reading import read_project
from tests.support.command_lines import Ran, run_line
from tests.support.json_schemas import strict_validator

SHOP = {
    "services/api/pyproject.toml": """
        [project]
        name = "api"
        version = "1"
        dependencies = ["flask>=3"]
        [project.optional-dependencies]
        postgres = ["psycopg2-binary"]
    """,
    "services/web/pyproject.toml": """
        [project]
        name = "web"
        version = "1"
        [dependency-groups]
        dev = ["pytest"]
        lint = ["ruff"]
    """,
    "libs/common/pyproject.toml": '[project]\nname = "common"\nversion = "1"\n',
    "jobs/etl/requirements.txt": "pandas>=2\n",
    "tools/report.py": '# /// script\n# dependencies = ["rich"]\n# ///\n',
    "tools/plain.py": "print()\n",
}


def repository(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(cleandoc(text) + "\n" if text.startswith("\n") else text, "utf-8")
    return root


def table_of(root: Path, files: dict[str, str]) -> dict[str, Any]:
    return propose(read_survey(repository(root, files))).table


def project(name: str) -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\n'


def init(root: Path, *flags: str) -> Ran:
    return run_line("init", *flags, folder=root)


# What is written -------------------------------------------------------------------------------------------


def test_it_says_what_it_found_and_writes_what_the_next_verb_can_read(tmp_path: Path) -> None:
    root = repository(tmp_path, {**SHOP, "pyproject.toml": "# the shop\n[tool.black]\nline-length = 88  # wide\n"})
    ran = init(root)
    found, environment, wrote, _ = ran.err.split("\n")
    assert (ran.code, ran.out) == (0, "")
    assert found == (
        "Found 5 targets: libs/common, services/api (+ extra postgres), services/web (+ groups dev, lint), "
        "jobs/etl, tools/report.py"
    )
    assert environment.startswith("No environments declared. This machine is ")
    assert wrote == "Wrote [tool.frazil] to pyproject.toml (6 lines). Next: frazil resolve"
    assert (root / "pyproject.toml").read_text() == (
        "# the shop\n"
        "[tool.black]\n"
        "line-length = 88  # wide\n"
        "\n"
        "[tool.frazil]\n"
        'members = ["libs/common", "services/*"]\n'
        'scripts = ["tools/report.py"]\n'
        "\n"
        '[tool.frazil.targets."jobs/etl"]\n'
        'requirements-files = ["jobs/etl/requirements.txt"]\n'
    )
    assert {target.name for target in read_project(root, environ={}).targets} == {
        *("libs/common", "services/api", "services/api[postgres]", "services/web", "services/web:dev"),
        *("services/web:lint", "jobs/etl", "tools/report.py"),
    }


def test_without_a_manifest_it_writes_a_file_of_its_own(tmp_path: Path) -> None:
    root = repository(tmp_path, {"jobs/etl/requirements.txt": "pandas\n"})
    assert "Wrote a configuration to frazil.toml (2 lines)." in init(root).err
    assert tomllib.loads((root / "frazil.toml").read_text()) == {
        "targets": {"jobs/etl": {"requirements-files": ["jobs/etl/requirements.txt"]}}
    }
    assert [target.name for target in read_project(root, environ={}).targets] == ["jobs/etl"]


def test_a_dry_run_shows_it_and_writes_nothing(tmp_path: Path) -> None:
    root = repository(tmp_path, {"pyproject.toml": project("app"), "a/requirements.txt": "x\n"})
    ran = init(root, "--dry-run")
    assert ran.err.split("\n")[2:] == [
        "  [tool.frazil.targets.a]",
        '  requirements-files = ["a/requirements.txt"]',
        "Would write [tool.frazil] to pyproject.toml. Nothing was written.",
        "",
    ]
    assert (root / "pyproject.toml").read_text() == project("app")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"pyproject.toml": "[project]\nname='x'\n[tool.frazil]\nmembers=[]\n"},
            "pyproject.toml:3 has a [tool.frazil] ",
        ),
        ({"pyproject.toml": "[tool.frazil.environments.linux]\n"}, "pyproject.toml:1 has a [tool.frazil] "),
        ({"frazil.toml": "members = []\n"}, "there is a frazil.toml "),
    ],
)
def test_a_configuration_that_is_there_is_never_touched(tmp_path: Path, files: dict[str, str], said: str) -> None:
    root = repository(tmp_path, files)
    ran = init(root)
    assert ran.code == 2
    assert ran.err.startswith(f"error: {said}already; nothing was changed\nhint: ")
    assert {path.name: path.read_text() for path in root.iterdir()} == files


def test_a_manifest_that_is_no_toml_is_named_and_not_touched(tmp_path: Path) -> None:
    root = repository(tmp_path, {"pyproject.toml": "[project\n"})
    ran = init(root)
    assert (ran.code, ran.err.startswith("error: pyproject.toml:1 is not TOML")) == (2, True)
    assert (root / "pyproject.toml").read_text() == "[project\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "tool.other.key = 1\n",
        "tool = {other = {key = 1}}\n",
        '[tool]\nother = 1\n\n[project]\nname = "x"\nversion = "1"\n# end\n',
        '\ufeff[project]\nname = "x"\nversion = "1"\n',
        '[project]\r\nname = "x"\r\nversion = "1"\r\n',
    ],
)
def test_whatever_the_manifest_looks_like_the_rest_of_it_stays(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode())
    repository(tmp_path, {"a/requirements.txt": "x\n"})
    ran = init(tmp_path)
    assert ran.code == 0, ran.err
    written = (tmp_path / "pyproject.toml").read_bytes().decode()
    read = tomllib.loads(written.removeprefix("\ufeff"))
    assert read["tool"].pop("frazil") == {"targets": {"a": {"requirements-files": ["a/requirements.txt"]}}}
    before = tomllib.loads(text.removeprefix("\ufeff"))
    assert {"tool": {}, **read} == {"tool": {}, **before}
    assert "\n" not in written.replace("\r\n", "") or "\r" not in text
    assert written.startswith("\ufeff") is text.startswith("\ufeff")
    assert all(comment in written for comment in ("# only a comment", "# end") if comment in text)


def test_an_empty_folder_gets_a_configuration_to_fill(tmp_path: Path) -> None:
    ran = init(tmp_path)
    assert ran.err.startswith(
        "Found no targets: no pyproject.toml, no requirements file, no script with inline metadata"
    )
    assert (tmp_path / "frazil.toml").read_text() == ""


def test_trouble_that_the_project_has_already_is_said_at_once(tmp_path: Path) -> None:
    twins = {f"services/{name}/pyproject.toml": project("twin") for name in "ab"}
    ran = init(repository(tmp_path, {**twins, "pyproject.toml": "[tool.x]\n"}))
    assert ran.code == 0
    assert "warning: two members have the project name twin: services/a and services/b\n" in ran.err


def test_json_is_one_object(tmp_path: Path) -> None:
    root = repository(tmp_path, SHOP)
    ran = init(root, "--json")
    document = json.loads(ran.out)
    strict_validator("init")(document)
    assert (document["written"], document["file"]) == (True, str(root / "frazil.toml"))
    assert tomllib.loads(document["table"])["members"] == ["libs/common", "services/*"]


# What is found and proposed --------------------------------------------------------------------------------


def test_a_folder_of_members_is_a_glob_unless_one_of_them_is_left_out(tmp_path: Path) -> None:
    files = {f"services/{name}/pyproject.toml": project(name) for name in ("a", "b")}
    assert table_of(tmp_path, files) == {"members": ["services/*"]}
    broken = {"services/c/pyproject.toml": "[project]\nname='c'\ndynamic=['dependencies']\n"}
    survey = read_survey(repository(tmp_path, broken))
    assert propose(survey).table == {"members": ["services/a", "services/b"]}
    assert "leaves its dependencies to the build" in propose(survey).left_out[0]


def test_members_right_below_the_root_are_named(tmp_path: Path) -> None:
    assert table_of(tmp_path, {f"{name}/pyproject.toml": project(name) for name in "ab"}) == {"members": ["a", "b"]}


def test_a_uv_workspace_is_taken_at_its_word(tmp_path: Path) -> None:
    workspace = "[tool.uv.workspace]\nmembers = ['packages/*']\nexclude = ['packages/old']\n"
    files = {f"packages/{name}/pyproject.toml": project(name) for name in ("new", "old")}
    survey = read_survey(
        repository(tmp_path, {**files, "stray/pyproject.toml": project("s"), "pyproject.toml": workspace})
    )
    assert propose(survey).table == {"members": ["packages/*"], "exclude": ["packages/old"]}
    assert propose(survey).targets == ("packages/new",)


def test_scripts_are_a_glob_only_where_there_is_no_other_python_file(tmp_path: Path) -> None:
    scripts = {f"tools/{name}.py": "# /// script\n# dependencies = []\n# ///\n" for name in "ab"}
    assert table_of(tmp_path, scripts) == {"scripts": ["tools/*.py"]}
    assert table_of(tmp_path, {"tools/c.py": ""}) == {"scripts": ["tools/a.py", "tools/b.py"]}


def test_requirements_files_are_targets_named_by_their_folder_or_by_themselves(tmp_path: Path) -> None:
    files = dict.fromkeys(
        (
            "requirements.txt",
            "requirements-dev.txt",
            "jobs/etl/requirements.txt",
            "jobs/etl/requirements-test.txt",
            "jobs/old/requirements.in",
            "jobs/old/requirements.txt",
            "deploy/requirements/base.txt",
            "deploy/requirements/constraints.txt",
            "jobs/etl/constraints.txt",
            "jobs/etl/notes.txt",
        ),
        "x\n",
    )
    assert table_of(tmp_path, files)["targets"] == {
        "requirements": {"requirements-files": ["requirements.txt"]},
        "requirements-dev": {"requirements-files": ["requirements-dev.txt"]},
        "jobs/etl": {"requirements-files": ["jobs/etl/requirements.txt"]},
        "jobs/etl/requirements-test": {"requirements-files": ["jobs/etl/requirements-test.txt"]},
        "jobs/old": {"requirements-files": ["jobs/old/requirements.in"]},
        "deploy/requirements/base": {"requirements-files": ["deploy/requirements/base.txt"]},
    }


def test_a_requirements_file_beside_a_manifest_is_left_out_and_said(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": project("app"),
        "requirements.txt": "x\n",
        "api/pyproject.toml": project("api"),
        "api/requirements-dev.txt": "x\n",
    }
    proposal = propose(read_survey(repository(tmp_path, files)))
    assert proposal.table == {"members": ["api"]}
    assert proposal.left_out == (
        "api/requirements-dev.txt was left out: api/pyproject.toml declares what is needed there",
        "requirements.txt was left out: the root's pyproject.toml declares what is needed there",
    )


@pytest.mark.parametrize(
    "place",
    [
        ".venv/x",
        "node_modules/x",
        "tests/data",
        "build/lib",
        "venv/lib",
        "other",
        "nested/inside",
        "a/" * (DEEPEST + 1) + "b",
    ],
)
def test_what_is_no_source_of_this_project_is_not_looked_at(tmp_path: Path, place: str) -> None:
    files = {
        "venv/pyvenv.cfg": "",
        "other/frazil.toml": "",
        "nested/pyproject.toml": "[tool.frazil]\nmembers = ['inside']\n",
        f"{place}/pyproject.toml": project("hidden"),
        f"{place}/requirements.txt": "x\n",
    }
    assert table_of(tmp_path, files) == {}


def test_a_file_that_is_no_text_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\xfe\x00 not text")
    (tmp_path / "b.py").write_bytes(b"# /// script\n# dependencies = [\n# ///\n")
    survey = read_survey(tmp_path)
    assert survey.scripts == ()
    assert [sentence.partition(" is not TOML")[0] for sentence in survey.left_out] == ["b.py"]
