"""A manifest is read by its standards, each requirement with its line."""

from textwrap import dedent

import pytest

from frazil.errors import ConfigurationError
from frazil.project.document import parse_document
from frazil.project.manifest import Manifest, parse_manifest


def _manifest(text: str) -> Manifest:
    return parse_manifest(parse_document(dedent(text), "libs/a/pyproject.toml"))


def _error(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        _manifest(text)
    return caught.value


def _places(manifest: Manifest, group: str) -> list[tuple[str, int | None]]:
    return [(str(each.requirement), each.origin.line) for each in dict(manifest.groups)[group]]


def test_a_project_is_read_with_names_normalised_and_lines() -> None:
    project = _manifest(
        """\
        [project]
        name = "My_Project"
        version = "1.0.0-rc1"
        requires-python = ">= 3.11"
        dependencies = [
          "flask>=3",
          "six",
        ]
        [project.optional-dependencies]
        GPU_fast = ["torch"]
        all = ["my-project[gpu-fast]"]
        """
    ).project
    assert project is not None
    assert (project.name, project.version, project.requires_python) == ("my-project", "1.0.0rc1", ">=3.11")
    assert project.requires_python_at.line == 4
    assert [(str(d.requirement), d.origin.line) for d in project.dependencies] == [("flask>=3", 6), ("six", 7)]
    assert [(name, [str(d.requirement) for d in each]) for name, each in project.extras] == [
        ("all", ["my-project[gpu-fast]"]),
        ("gpu-fast", ["torch"]),
    ]


def test_a_version_left_to_the_build_is_none() -> None:
    project = _manifest('[project]\nname = "a"\ndynamic = ["version", "readme"]\n').project
    assert project is not None
    assert project.version is None


@pytest.mark.parametrize("key", ["dependencies", "optional-dependencies", "requires-python"])
def test_what_is_left_to_the_build_is_never_guessed(key: str) -> None:
    error = _error(f'[project]\nname = "a"\ndynamic = [\n"version",\n"{key}"]\n')
    assert error.sentence == (
        f"libs/a/pyproject.toml:5: [project] leaves its {key} to the build (dynamic), and frazil does not guess"
    )
    assert error.hint == f"write {key} in [project], or leave this project out: exclude in [tool.frazil]"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[project]\nversion = '1'", "1: name is missing in [project]"),
        ("[project]\nname = 'a b'", '2: "a b" cannot be the name of a project'),
        ("[project]\nname = 'a'\nversion = 'one'", '3: "one" is not a version'),
        ("[project]\nname = 'a'\nrequires-python = '3'", '3: requires-python "3" is not a set of versions'),
        (
            "[project]\nname = 'a'\ndependencies = 'x'",
            "3: dependencies in [project] must be a list of strings, not a string",
        ),
        ("[project]\nname = 'a'\ndependencies = ['x>>1']", '3: "x>>1" is not a requirement: '),
        (
            "[project]\nname = 'a'\n[project.optional-dependencies]\nG_x = []\ng-X = []",
            "5: the extra g-x is declared twice",
        ),
        (
            "[project]\nname = 'a'\n[project.optional-dependencies]\n'a b' = []",
            '4: "a b" cannot be the name of an extra',
        ),
        ("project = 1", "1: project must be a table, not a number"),
        ("[dependency-groups]\na = 'x'", "2: a in [dependency-groups] must be a list of requirements, not a string"),
        ("[dependency-groups]\na = [1]", "2: dependency group a: invalid dependency group item: 1"),
        ("[dependency-groups]\na = [{include = 'b'}]", "2: dependency group a: invalid dependency group item: "),
        ("[dependency-groups]\na = [{include-group = 'b'}]", "2: dependency group a: dependency group 'b' not found"),
        ("[dependency-groups]\na = ['x',\n'y>>1']", '3: "y>>1" is not a requirement: '),
        ("[dependency-groups]\nA = []\na = []", "1: duplicate dependency group names: a (A, a)"),
        ("[dependency-groups]\n'a b' = []", '2: "a b" cannot be the name of a dependency group'),
        (
            "[dependency-groups]\nbuild-system = []",
            "2: the group name build-system is taken: it stands for [build-system]",
        ),
        ("[build-system]", "1: requires is missing in [build-system]"),
        ("tool = []", "1: tool must be a table, not a list"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str, sentence: str) -> None:
    assert _error(text).sentence.startswith(f"libs/a/pyproject.toml:{sentence}")


def test_groups_that_include_each_other_are_refused() -> None:
    error = _error("[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]")
    assert error.sentence.startswith("libs/a/pyproject.toml:2: dependency group a: cyclic dependency group include")


def test_a_group_has_what_it_includes_each_with_the_line_it_stands_on() -> None:
    manifest = _manifest(
        """\
        [dependency-groups]
        Base = ["coverage"]
        test = [
          "pytest>=8",
          { include-group = "base" },
        ]
        lint = [{ include-group = "BASE" }, "ruff"]
        dev = [{ include-group = "test" }, { include-group = "lint" }]
        """
    )
    assert _places(manifest, "base") == [("coverage", 2)]
    assert _places(manifest, "test") == [("coverage", 2), ("pytest>=8", 4)]
    assert _places(manifest, "dev") == [("coverage", 2), ("pytest>=8", 4), ("ruff", 7)]


def test_a_chain_of_groups_too_deep_to_follow_is_a_mistake_and_no_crash() -> None:
    groups = "\n".join(f"g{number} = [{{include-group = 'g{number + 1}'}}]" for number in range(3000))
    assert "too deeply" in _error(f"[dependency-groups]\n{groups}\ng3000 = []").sentence


def test_build_requirements_and_settings_are_kept_for_who_needs_them() -> None:
    manifest = _manifest('[build-system]\nrequires = ["hatchling>=1"]\n[tool.frazil]\nisolated = true\n')
    assert [str(declared.requirement) for declared in manifest.build_requires or ()] == ["hatchling>=1"]
    assert manifest.settings is not None
    assert manifest.settings.data == {"isolated": True}
    assert (manifest.project, manifest.groups) == (None, ())


def test_an_empty_manifest_states_nothing() -> None:
    manifest = _manifest("")
    assert (manifest.project, manifest.groups, manifest.build_requires, manifest.settings) == (None, (), None, None)
