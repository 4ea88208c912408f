"""Targets come from members, extras, groups, tables and scripts; every name is one target's alone."""

from pathlib import Path

import pytest

from frazil.project.reading import read_project
from tests.support.projects import LINUX, read_files, refused, target_named, wishes_of, write_project

API = '[project]\nname = "services-api"\nversion = "1.0"\ndependencies = ["services-common>=1"]\n'
COMMON = (
    '[project]\nname = "Services_Common"\n[project.optional-dependencies]\nx = ["six"]\nall = ["services-common[x]"]\n'
)


def test_a_member_its_extras_and_its_groups_are_targets(tmp_path: Path) -> None:
    project = read_files(
        tmp_path,
        {
            "frazil.toml": 'members = ["libs/*"]',
            "libs/common/pyproject.toml": COMMON + '[dependency-groups]\ndev = ["pytest"]\n',
        },
    )
    assert [target.name for target in project.targets] == [
        "libs/common",
        "libs/common:dev",
        "libs/common[all]",
        "libs/common[x]",
    ]
    member = target_named(project, "libs/common")
    assert (member.project_name, member.editable, member.extras) == ("services-common", True, ("all", "x"))
    assert member.sources == ("libs/common/**",)
    extra = target_named(project, "libs/common[x]")
    assert (extra.base, extra.extra, extra.project_name, extra.manifest) == (
        "libs/common",
        "x",
        None,
        "libs/common/pyproject.toml",
    )
    assert target_named(project, "libs/common:dev").base is None


def test_an_extra_that_asks_for_its_own_project_is_an_ordinary_requirement(tmp_path: Path) -> None:
    project = read_files(tmp_path, {"frazil.toml": 'members = ["libs/*"]', "libs/common/pyproject.toml": COMMON})
    assert wishes_of(project, "libs/common[all]") == ["services-common[x]"]


def test_the_root_is_a_target_named_by_a_dot(tmp_path: Path) -> None:
    project = read_files(tmp_path, {"pyproject.toml": COMMON + '[dependency-groups]\ndev = ["pytest"]\n'})
    assert [target.name for target in project.targets] == [".", ".:dev", ".[all]", ".[x]"]
    assert target_named(project, ".").sources == ("**",)


def test_a_manifest_of_groups_alone_has_no_target_of_its_own(tmp_path: Path) -> None:
    project = read_files(tmp_path, {"pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n'})
    assert [target.name for target in project.targets] == [".:dev"]


def test_a_wildcard_passes_over_a_manifest_that_makes_no_target(tmp_path: Path) -> None:
    files = {"frazil.toml": 'members = ["libs/*"]', "libs/a/pyproject.toml": "[tool.ruff]\n"}
    assert read_files(tmp_path, files).targets == ()


def test_the_root_named_among_the_members_is_there_once(tmp_path: Path) -> None:
    files = {"pyproject.toml": COMMON + '[tool.frazil]\nmembers = [".", "libs/*"]\n', "libs/a/pyproject.toml": API}
    project = read_files(tmp_path, files)
    assert [target.name for target in project.targets] == [".", ".[all]", ".[x]", "libs/a"]
    assert target_named(project, ".").manifest == "pyproject.toml"


def test_the_root_can_be_left_out(tmp_path: Path) -> None:
    text = '[project]\nname = "a"\ndynamic = ["dependencies"]\n[tool.frazil]\nexclude = ["."]\n'
    assert read_files(tmp_path, {"pyproject.toml": text}).targets == ()


def test_a_table_makes_a_target_of_lists_and_files(tmp_path: Path) -> None:
    project = read_files(
        tmp_path,
        {
            "frazil.toml": """
                members = ["libs/*"]
                [targets."jobs/etl"]
                requirements = ["pandas>=2", "services-common @ ./libs/common"]
                requirements-files = ["jobs/etl/requirements.txt"]
                inputs = ["jobs/etl/src/**", "shared/*.sql"]
                """,
            "libs/common/pyproject.toml": COMMON,
            "jobs/etl/requirements.txt": "-e ../../libs/common[x]\n-c cons.txt\nsix\n",
            "jobs/etl/cons.txt": "numpy<3\n",
        },
    )
    assert wishes_of(project, "jobs/etl") == ["pandas>=2", "services-common", "services-common[x]", "six"]
    target = target_named(project, "jobs/etl")
    assert (target.manifest, target.project_name, target.editable) == ("frazil.toml", None, False)
    assert target.sources == ("jobs/etl/src/**", "shared/*.sql")
    (resolve,) = project.resolves
    assert [str(declared.requirement) for declared in resolve.policy.constraints] == ["numpy<3"]
    assert project.policy.constraints == ()


def test_scripts_with_metadata_are_targets_named_by_their_path(tmp_path: Path) -> None:
    project = read_files(
        tmp_path,
        {
            "frazil.toml": 'scripts = ["tools/*.py", "tools/report.py"]',
            "tools/report.py": "# /// script\n# requires-python = '>=3.8'\n# dependencies = ['httpx']\n# ///\n",
            "tools/plain.py": "import os\n",
        },
    )
    (target,) = project.targets
    assert (target.name, target.manifest, target.requires_python) == ("tools/report.py", "tools/report.py", ">=3.8")
    assert target.sources == ("tools/report.py",)
    assert "tools/plain.py" in project.inputs


def test_a_wildcard_passes_over_a_file_that_is_no_text(tmp_path: Path) -> None:
    write_project(tmp_path, {"frazil.toml": 'scripts = ["*.py"]', "a.py": "# /// script\n# ///\n"})
    (tmp_path / "latin.py").write_bytes("# caf\u00e9".encode("latin-1"))
    project = read_project(tmp_path, environ={})
    assert [target.name for target in project.targets] == ["a.py"]
    assert "latin.py" in project.inputs
    error = refused(tmp_path, {"frazil.toml": 'scripts = ["latin.py"]'})
    assert error.sentence == "latin.py:1 is not UTF-8"


def test_a_script_may_speak_of_itself(tmp_path: Path) -> None:
    block = "# /// script\n# dependencies = ['httpx']\n# [tool.frazil]\n# isolated = true\n# ///\n"
    project = read_files(tmp_path, {"frazil.toml": 'scripts = ["a.py"]', "a.py": block})
    assert target_named(project, "a.py").resolve == "a.py"


MEMBER = {"libs/common/pyproject.toml": COMMON}

MISTAKES: dict[str, tuple[dict[str, str], str, str | None]] = {
    "two members with one project name": (
        {"frazil.toml": 'members = ["libs/*"]', **MEMBER, "libs/b/pyproject.toml": COMMON},
        "two members have the project name services-common: libs/b and libs/common",
        "rename one, or leave one out with exclude in [tool.frazil]",
    ),
    "a literal member that makes no target": (
        {"frazil.toml": 'members = ["libs/a"]', "libs/a/pyproject.toml": "[tool.ruff]"},
        "frazil.toml:1: the member libs/a has neither [project] nor [dependency-groups] in libs/a/pyproject.toml",
        "give it a [project] with name and version, or take it out of members",
    ),
    "a member with a key of the root": (
        {"frazil.toml": 'members = ["libs/*"]', "libs/common/pyproject.toml": COMMON + "[tool.frazil]\nshare='strict'"},
        (
            'libs/common/pyproject.toml:7: "share" cannot be said in [tool.frazil] of a member or a script, '
            "which speaks of itself alone"
        ),
        "known keys: environments, inputs, isolated",
    ),
    "a table that defines a member again": (
        {"frazil.toml": 'members = ["libs/*"]\n[targets."libs/common"]\nrequirements = ["a"]', **MEMBER},
        "frazil.toml:2: the target libs/common is declared by libs/common/pyproject.toml already",
        "its requirements stand there; a table of targets can set environments, isolated, resolve and inputs",
    ),
    "a table that sets nothing there is": (
        {"frazil.toml": 'members = ["libs/*"]\n[targets."libs/comon"]\nisolated = true', **MEMBER},
        "frazil.toml:2: the target libs/comon has no requirements, and no member or script has its name",
        (
            "did you mean libs/common or libs/common[x] or libs/common[all]? "
            "targets: libs/common, libs/common[all], libs/common[x]"
        ),
    ),
    "a table that sets an extra": (
        {"frazil.toml": 'members = ["libs/*"]\n[targets."libs/common[x]"]\nisolated = true', **MEMBER},
        "frazil.toml:2: libs/common[x] is an extra, and goes where libs/common goes",
        "say it of libs/common",
    ),
    "a target set in two places": (
        {
            "frazil.toml": 'members = ["libs/*"]\n[targets."libs/common"]\nisolated = true',
            "libs/common/pyproject.toml": COMMON + "[tool.frazil]\nisolated = true\n",
        },
        "frazil.toml:2: libs/common is set here and at libs/common/pyproject.toml:6",
        "say it in one of the two",
    ),
    "a table that defines what groups are about, and sets it again": (
        {
            "frazil.toml": 'members = ["a"]\n[targets.a]\nrequirements = ["six"]',
            "a/pyproject.toml": "[dependency-groups]\ndev = []\n[tool.frazil]\nisolated = true\n",
        },
        "frazil.toml:2: a is set here and at a/pyproject.toml:3",
        "say it in one of the two",
    ),
    "a script without metadata": (
        {"frazil.toml": 'scripts = ["a.py"]', "a.py": "import os\n"},
        "frazil.toml:1: the script a.py has no inline metadata",
        "the block opens with # /// script and closes with # /// (PEP 723)",
    ),
    "a script that is not there": (
        {"frazil.toml": 'scripts = ["a.py"]'},
        "frazil.toml:1: a.py does not exist",
        None,
    ),
    "scripts that are none": (
        {"frazil.toml": 'scripts = ["*.py"]', "a.py": "import os\n"},
        'frazil.toml:1: the scripts "*.py" are none: no file that fits has inline metadata',
        None,
    ),
    "a requirements file that is not there": (
        {"frazil.toml": '[targets.a]\nrequirements-files = [\n"r.txt"]'},
        "frazil.toml:3: r.txt does not exist",
        None,
    ),
    "a path of a member under a name that is not its own": (
        {"frazil.toml": 'members = ["libs/*"]\n[targets.a]\nrequirements = ["b @ file:libs/common"]', **MEMBER},
        "frazil.toml:3: b is required from libs/common, which is services-common",
        "write services-common @ file:libs/common, or just services-common",
    ),
}


@pytest.mark.parametrize(("files", "sentence", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told(tmp_path: Path, files: dict[str, str], sentence: str, hint: str | None) -> None:
    error = refused(tmp_path, files)
    assert error.sentence == sentence
    assert hint is None or error.hint == hint


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a[b]", 'frazil.toml:1: a target cannot be named "a[b]", for "[" has a meaning in names'),
        ("a:b", 'frazil.toml:1: a target cannot be named "a:b", for ":" has a meaning in names'),
        ("a/*", 'frazil.toml:1: a target cannot be named "a/*", for "*" has a meaning in names'),
        ("a/../b", 'frazil.toml:1: a target cannot be named "a/../b"'),
        ("a/", 'frazil.toml:1: a target cannot be named "a/"'),
        ("/a", "frazil.toml:1: the target /a: /a is a path of one machine"),
        ("../a", "frazil.toml:1: the target ../a: ../a lies outside the project root"),
        ("", "frazil.toml:1: a target needs a name"),
    ],
)
def test_a_name_that_is_no_path_or_means_something_else_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    assert refused(tmp_path, {"frazil.toml": f"[targets.'{name}']\nrequirements = ['a']"}).sentence == sentence


def test_a_folder_whose_name_means_something_else_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, {"frazil.toml": 'members = ["libs/*"]', "libs/a[b]/pyproject.toml": API})
    assert error.sentence == (
        'libs/a[b]/pyproject.toml: a target cannot be named "libs/a[b]", for "[" has a meaning in names'
    )


def test_the_settings_of_a_table_hold_for_the_root_too(tmp_path: Path) -> None:
    text = COMMON + LINUX + '[tool.frazil.targets."."]\nisolated = true\nenvironments = ["linux"]\n'
    project = read_files(tmp_path, {"pyproject.toml": text})
    assert {target.resolve for target in project.targets} == {"."}
