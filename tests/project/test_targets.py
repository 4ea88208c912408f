"""A target is for all environments or for those it names, and never for one outside its `requires-python`."""

from dataclasses import replace
from pathlib import Path

import pytest

from frazil.errors import ConfigurationError
from frazil.project.environments import parse_environment
from frazil.project.targets import check_requires_python
from tests.support.projects import LINUX, read_files, refused, target_named

WINDOWS = '[tool.frazil.environments.windows]\npython = "3.9"\nplatform = "win_amd64"\n'
MEMBER = '[project]\nname = "api"\nrequires-python = ">=3.10"\n[dependency-groups]\ndev = ["six"]\n'
ONLY_LINUX = '[tool.frazil]\nenvironments = ["linux"]\n'


def _files(member: str, root: str = '[tool.frazil]\nmembers = ["api"]\n' + LINUX + WINDOWS) -> dict[str, str]:
    return {"pyproject.toml": root, "api/pyproject.toml": member}


def test_a_target_is_for_all_environments_unless_it_says_otherwise(tmp_path: Path) -> None:
    project = read_files(tmp_path, _files('[project]\nname = "api"\n'))
    assert target_named(project, "api").environments == ("linux", "windows")


def test_a_member_says_its_environments_and_its_groups_follow(tmp_path: Path) -> None:
    project = read_files(tmp_path, _files(MEMBER + ONLY_LINUX))
    assert target_named(project, "api").environments == ("linux",)
    assert target_named(project, "api:dev").environments == ("linux",)
    assert target_named(project, "api:dev").requires_python == ">=3.10"


def test_a_group_can_be_for_fewer_environments_than_its_member(tmp_path: Path) -> None:
    root = '[tool.frazil]\nmembers = ["api"]\n[tool.frazil.targets."api:dev"]\nenvironments = ["linux"]\n'
    project = read_files(
        tmp_path, _files('[project]\nname = "api"\n[dependency-groups]\ndev = []\n', root + LINUX + WINDOWS)
    )
    assert target_named(project, "api").environments == ("linux", "windows")
    assert target_named(project, "api:dev").environments == ("linux",)


def test_the_inputs_of_a_member_are_globs_from_its_own_folder(tmp_path: Path) -> None:
    project = read_files(
        tmp_path, _files('[project]\nname = "api"\n[tool.frazil]\ninputs = ["src/**", "../proto/*.proto"]\n')
    )
    assert target_named(project, "api").sources == ("api/src/**", "proto/*.proto")


def test_an_unknown_environment_is_answered_with_the_declared_ones(tmp_path: Path) -> None:
    error = refused(tmp_path, _files(MEMBER + '[tool.frazil]\nenvironments = [\n"linus"]\n'))
    assert error.sentence == 'api/pyproject.toml:8: unknown environment "linus"'
    assert error.hint == "did you mean linux? declared environments: linux, windows"


def test_an_environment_that_is_only_this_machines_own_cannot_be_named(tmp_path: Path) -> None:
    error = refused(tmp_path, _files(MEMBER + ONLY_LINUX, '[tool.frazil]\nmembers = ["api"]\n'))
    assert error.sentence == 'api/pyproject.toml:7: unknown environment "linux"'
    assert error.hint == "there are no declared environments"


def test_an_environment_outside_requires_python_names_both_and_lists_all(tmp_path: Path) -> None:
    error = refused(tmp_path, _files(MEMBER))
    assert error.sentence == (
        "api/pyproject.toml:3: api needs python >=3.10, and the environment windows is python 3.9"
    )
    assert error.details == (
        "api/pyproject.toml:3: api:dev needs python >=3.10, and the environment windows is python 3.9",
    )
    assert error.hint == 'say which environments api is for: environments = ["..."]'


def test_an_upper_bound_is_honoured(tmp_path: Path) -> None:
    member = '[project]\nname = "api"\nrequires-python = ">=3.9,<3.12"\n'
    error = refused(tmp_path, _files(member))
    assert error.sentence.endswith("api needs python <3.12,>=3.9, and the environment linux is python 3.12")


@pytest.mark.parametrize(("python", "fits"), [("3.12", False), ("3.12.3", False), ("3.12.4", True), ("3.13", True)])
def test_a_minor_version_is_decided_at_its_first_release(tmp_path: Path, python: str, *, fits: bool) -> None:
    text = '[project]\nname = "a"\nrequires-python = ">=3.12.4"\n' + LINUX.replace("3.12", python)
    if fits:
        assert read_files(tmp_path, {"pyproject.toml": text}).targets
    else:
        error = refused(tmp_path, {"pyproject.toml": text})
        assert error.sentence.endswith(f". needs python >=3.12.4, and the environment linux is python {python}")
        wanted = "python 3.12 is decided at 3.12.0: declare the patch release, like 3.12.9"
        assert error.hint == (wanted if python == "3.12" else 'say which environments . is for: environments = ["..."]')


def test_a_script_outside_its_requires_python_is_told_with_its_line(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.frazil]\nscripts = ["a.py"]\n' + LINUX,
        "a.py": "# /// script\n# requires-python = '>=3.13'\n# ///\n",
    }
    assert refused(tmp_path, files).sentence == (
        "a.py:2: a.py needs python >=3.13, and the environment linux is python 3.12"
    )


def test_this_machines_own_environment_is_checked_when_it_is_settled(tmp_path: Path) -> None:
    project = read_files(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nrequires-python = "<3.8"\n'})
    with pytest.raises(ConfigurationError) as caught:
        check_requires_python(project)
    assert caught.value.sentence.startswith("pyproject.toml:3: . needs python <3.8, and the environment ")
    assert caught.value.hint == (
        "declare the environments to freeze for: [tool.frazil.environments.NAME] with python and platform"
    )
    locked = parse_environment(project.environments[0].name, "3.7", "linux")
    check_requires_python(replace(project, environments=(locked,)))
