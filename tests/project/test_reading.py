"""A project is read whole, from any folder in it, and the same whatever the order of anything."""

import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frazil.errors import ConfigurationError, FrazilError
from frazil.model import Declared, Origin
from frazil.project.declaration import DeclaredIndex, DeclaredProject, Policy
from frazil.project.environments import current_environment
from frazil.project.reading import find_root, find_root_looking, read_project
from tests.support.projects import LINUX, read_files, refused, write_project

PLAIN = '[project]\nname = "a"\nversion = "1"\ndependencies = ["six"]\n'


def test_without_configuration_a_project_is_one_target_for_this_machines_baseline(tmp_path: Path) -> None:
    project = read_files(tmp_path, {"pyproject.toml": PLAIN})
    (target,) = project.targets
    (environment,) = project.environments
    assert (target.name, target.project_name, target.manifest) == (".", "a", "pyproject.toml")
    assert (environment.python, environment.platform, environment.name) == current_environment()
    assert not project.environments_declared
    assert (project.config_file, project.policy) == (None, Policy())
    assert project.indexes == (DeclaredIndex(name="default"),)
    assert target.environments == (environment.name,)


def test_nothing_to_resolve_is_a_project_too(tmp_path: Path) -> None:
    assert read_files(tmp_path, {"pyproject.toml": "[tool.ruff]\n"}).targets == ()
    assert read_files(tmp_path / "b", {"frazil.toml": ""}).targets == ()


def test_the_configuration_stands_in_either_file(tmp_path: Path) -> None:
    in_manifest = read_files(tmp_path / "a", {"pyproject.toml": PLAIN + '[tool.frazil]\nshare = "strict"\n'})
    in_own = read_files(tmp_path / "b", {"pyproject.toml": PLAIN, "frazil.toml": 'share = "strict"\n'})
    assert (in_manifest.config_file, in_own.config_file) == ("pyproject.toml", "frazil.toml")
    assert in_manifest.policy.rules == in_own.policy.rules
    assert in_manifest.targets == in_own.targets


def test_the_configuration_in_both_files_is_a_mistake(tmp_path: Path) -> None:
    error = refused(tmp_path, {"pyproject.toml": PLAIN + "[tool.frazil]\n", "frazil.toml": ""})
    assert error.sentence == "pyproject.toml:5: [tool.frazil] stands here, and there is a frazil.toml too"
    assert error.hint == "keep one of the two"


def test_a_folder_without_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_project(tmp_path, environ={})
    assert caught.value.sentence == f"there is no pyproject.toml and no frazil.toml in {tmp_path}"


def test_all_that_was_looked_at_is_remembered(tmp_path: Path) -> None:
    project = read_files(
        tmp_path,
        {
            "pyproject.toml": PLAIN
            + '[tool.frazil]\nmembers = ["libs/*", "apps/*/python"]\n'
            + '[tool.frazil.targets.j]\nrequirements-files = ["r.txt"]\n',
            "libs/a/pyproject.toml": '[project]\nname = "b"\n',
            "libs/empty/README": "",
            "apps/x/python/pyproject.toml": "",
            "apps/y/README": "",
            "r.txt": "-r more.txt",
            "more.txt": "six",
        },
    )
    assert project.inputs == (
        "apps/x/python/pyproject.toml",
        "libs/a/pyproject.toml",
        "more.txt",
        "pyproject.toml",
        "r.txt",
    )
    assert project.absent == ("apps/y/python/pyproject.toml", "frazil.toml", "libs/empty/pyproject.toml")
    assert project.folders == ("apps", "libs")


def test_a_listed_folder_stands_for_the_files_absent_in_it(tmp_path: Path) -> None:
    files = {"frazil.toml": 'members = ["libs/**"]', "libs/a/b/pyproject.toml": "", "libs/c/README": ""}
    project = read_files(tmp_path, files)
    assert project.absent == ("pyproject.toml",)
    assert project.folders == ("libs", "libs/a", "libs/a/b", "libs/c")


def test_a_misspelt_key_of_a_standard_table_draws_a_warning_that_says_what_was_meant(tmp_path: Path) -> None:
    text = """
        [project]
        name = "shop"
        requires_python = ">=3.11"
        readme = "r.md"
        x-own = 1
        [dependency_groups]
        dev = ["click"]
        """
    assert read_files(tmp_path, {"pyproject.toml": text}).warnings == (
        'pyproject.toml: unknown key "dependency_groups" is not read; did you mean dependency-groups?',
        'pyproject.toml: unknown key "requires_python" in [project] is not read; did you mean requires-python?',
    )


def test_a_root_that_speaks_to_poetry_alone_is_no_target_and_draws_a_warning(tmp_path: Path) -> None:
    poetry = '[tool.poetry.dependencies]\nclick = "^8"\n'
    project = read_files(tmp_path, {"pyproject.toml": poetry})
    assert project.targets == ()
    (warning,) = project.warnings
    assert warning.startswith("pyproject.toml: there is no [project], and [tool.poetry] is not read")
    both = read_files(tmp_path, {"pyproject.toml": f'{poetry}[project]\nname = "shop"\n'})
    assert not both.warnings


def test_credentials_and_the_shared_cache_are_handed_on_and_not_shown(tmp_path: Path) -> None:
    project = read_files(
        tmp_path,
        {
            "frazil.toml": """
                [[index]]
                name = "corp"
                url = "https://me:hunter2@index.example/simple/"
                [remote-cache]
                url = "https://me:hunter2@cache.example/"
                """
        },
    )
    assert project.index_credentials == (("corp", "me", "hunter2"),)
    assert project.remote_cache == {"url": "https://me:hunter2@cache.example/"}
    assert "hunter2" not in repr(project)
    assert len(project.warnings) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[project\n", "pyproject.toml:1 is not TOML: expected ']' at the end of a table declaration"),
        (b"\xff\xfe", "pyproject.toml is UTF-16, not UTF-8"),
        (b"a = '\xff'", "pyproject.toml:1 is not UTF-8"),
        (b"tool = 1", "pyproject.toml:1: tool must be a table, not a number"),
        (b"[tool]\nfrazil = 1", "pyproject.toml:2: frazil in [tool] must be a table, not a number"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_project(tmp_path, environ={})
    assert caught.value.sentence == sentence


# Finding the root --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "start", "root"),
    [
        ({"frazil.toml": "", "a/b/x": ""}, "a/b", "."),
        ({"pyproject.toml": "[tool.frazil]", "a/pyproject.toml": PLAIN}, "a", "."),
        ({"pyproject.toml": PLAIN, "a/pyproject.toml": PLAIN}, "a", "a"),
        ({"pyproject.toml": PLAIN, "a/x": ""}, "a", "."),
        ({"frazil.toml": "", "a/frazil.toml": ""}, "a", "a"),
        # A member's own words make no root while there is one above ...
        ({"frazil.toml": "", "a/pyproject.toml": PLAIN + "[tool.frazil]\nisolated = true"}, "a", "."),
        # ... but they do where there is none.
        ({"pyproject.toml": PLAIN, "a/pyproject.toml": PLAIN + "[tool.frazil]\nisolated = true"}, "a", "a"),
        ({"frazil.toml": "", "a/pyproject.toml": "[tool.frazil.environments.linux]"}, "a", "a"),
        # A file that cannot be parsed is left for whoever reads the project.
        ({"frazil.toml": "", "a/pyproject.toml": "[tool.frazil]\n= ="}, "a", "a"),
        ({"frazil.toml": "", "a/pyproject.toml": "[ 'tool' . \"frazil\" ]\n= ="}, "a", "a"),
        ({"frazil.toml": "", "a/pyproject.toml": "# frazil\n= ="}, "a", "."),
        ({"frazil.toml": "", "a/pyproject.toml": "tool = 'frazil'"}, "a", "."),
    ],
)
def test_the_root_is_found_from_below(tmp_path: Path, files: dict[str, str], start: str, root: str) -> None:
    write_project(tmp_path, files)
    assert find_root(tmp_path / start) == (tmp_path / root).absolute()


def test_a_manifest_that_is_no_text_does_not_hide_the_root_above(tmp_path: Path) -> None:
    write_project(tmp_path, {"frazil.toml": "", "a/x": ""})
    (tmp_path / "a/pyproject.toml").write_bytes(b"\xff\xff")
    assert find_root(tmp_path / "a") == tmp_path


def test_where_there_is_no_project_the_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_root(tmp_path)
    assert caught.value.sentence == f"there is no pyproject.toml and no frazil.toml in {tmp_path} or above it"
    assert caught.value.hint == "run frazil init, or say where the project is with --project"


# The order of anything ---------------------------------------------------------------------------------------

MEMBERS = ["libs/*", "services/api", "!libs/old"]
CONSTRAINTS = ["numpy<3", "click<9", "attrs>=20"]
DEPENDENCIES = ["six", "flask>=3", "lib-b", "attrs; os_name == 'nt'", "attrs>=21"]
TABLES = {
    "[environments.linux]": ['python = "3.12"', 'platform = "linux"'],
    "[environments.windows]": ['platform = "win_amd64"', 'python = "3.12"'],
    '[targets."jobs/a"]': ['requirements = ["six"]', 'environments = ["windows", "linux"]'],
    '[targets."jobs/b"]': ['requirements-files = ["r.txt"]', "isolated = true"],
    "[resolves.legacy]": ['targets = ["jobs/a", "libs/a"]', 'constraints = ["six<2"]'],
    "[packages.torch]": ['index = "default"'],
}


def _listed(name: str, items: list[str], shuffle: random.Random) -> str:
    return f"{name} = [{', '.join(f'{chr(34)}{item}{chr(34)}' for item in shuffle.sample(items, len(items)))}]\n"


def _shuffled_files(seed: int) -> dict[str, str]:
    shuffle = random.Random(seed)
    tables = [
        "\n".join([header, *shuffle.sample(lines, len(lines))])
        for header, lines in shuffle.sample(list(TABLES.items()), len(TABLES))
    ]
    config = _listed("members", MEMBERS, shuffle) + _listed("constraints", CONSTRAINTS, shuffle) + "\n".join(tables)
    manifest = '[project]\nname = "lib-a"\n' + _listed("dependencies", DEPENDENCIES, shuffle)
    files = {
        "frazil.toml": config,
        "libs/a/pyproject.toml": manifest,
        "libs/b/pyproject.toml": '[project]\nname = "lib-b"\n',
        "libs/old/pyproject.toml": '[project]\nname = "lib-b"\n',
        "services/api/pyproject.toml": '[project]\nname = "api"\n[dependency-groups]\n'
        + "\n".join(shuffle.sample(['dev = ["pytest"]', 'docs = [{include-group = "dev"}, "sphinx"]'], 2)),
        "r.txt": "\n".join(shuffle.sample(["six", "-c c.txt", "-r d.txt", "attrs"], 4)),
        "c.txt": "numpy<2",
        "d.txt": "-r r.txt\nflask",
    }
    return dict(shuffle.sample(list(files.items()), len(files)))


def _without_lines(project: DeclaredProject) -> DeclaredProject:
    """Return the project with every line forgotten, which an order does decide."""

    def cut(declared: tuple[Declared, ...]) -> tuple[Declared, ...]:
        return tuple(replace(each, origin=Origin(each.origin.file)) for each in declared)

    def cut_policy(policy: Policy) -> Policy:
        return replace(policy, constraints=cut(policy.constraints), overrides=cut(policy.overrides))

    return replace(
        project,
        root=Path(),
        policy=cut_policy(project.policy),
        resolves=tuple(replace(each, policy=cut_policy(each.policy)) for each in project.resolves),
        targets=tuple(replace(each, requirements=cut(each.requirements)) for each in project.targets),
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> DeclaredProject:
    return _without_lines(read_files(tmp_path_factory.mktemp("first"), _shuffled_files(0)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=1))
def test_the_order_of_declarations_never_matters(
    tmp_path_factory: pytest.TempPathFactory, first: DeclaredProject, seed: int
) -> None:
    project = read_files(tmp_path_factory.mktemp("shuffled"), _shuffled_files(seed))
    assert _without_lines(project) == first
    assert len(project.targets) == 7


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_a_mistake_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    files = _shuffled_files(0)
    files["pyproject.toml"] = PLAIN + LINUX
    del files["frazil.toml"]
    name = data.draw(st.sampled_from(sorted(files)))
    text = files[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    files[name] = text[:start] + data.draw(st.text(alphabet="[]{}\"'=,.#\\\n\x00a1@;:-", max_size=4)) + text[end:]
    with suppress(FrazilError):
        read_files(tmp_path_factory.mktemp("damaged"), files)


def test_the_search_for_the_root_rests_on_all_that_would_have_ended_it(tmp_path: Path) -> None:
    member = tmp_path / "libs" / "a"
    member.mkdir(parents=True)
    (tmp_path / "frazil.toml").write_text("")
    (member / "pyproject.toml").write_text("[project]\nname = 'a'\nversion = '1'\n")
    root, evidence = find_root_looking(member)
    assert root == tmp_path
    assert [look.path for look in evidence.looked_at] == [str(member / "pyproject.toml")]
    libs = tmp_path / "libs"
    assert {*evidence.absent} == {
        str(path) for path in (member / "frazil.toml", libs / "frazil.toml", libs / "pyproject.toml")
    }
