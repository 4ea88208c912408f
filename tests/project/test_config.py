"""The configuration is read strictly: every key has its type, and every name is known."""

from textwrap import dedent

import pytest

from frazil.errors import ConfigurationError
from frazil.project.config import Config, parse_config, parse_member_settings, says_only_member_things
from frazil.project.document import Table, parse_document

ENVIRONMENT = '\n[environments.linux]\npython = "3.12"\nplatform = "linux"\n'


def _table(text: str, file: str = "frazil.toml") -> Table:
    document = parse_document(dedent(text), file)
    return Table(document, (), document.data)


def _config(text: str) -> Config:
    return parse_config(_table(text))


def _error(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        _config(text)
    return caught.value


def test_an_empty_configuration_says_nothing() -> None:
    config = _config("")
    assert (config.members, config.exclude, config.scripts, config.environments) == ((), (), (), ())
    assert (config.targets, config.resolves, config.remote_cache.data) == ((), (), {})


def test_members_scripts_and_excludes_are_patterns_with_places() -> None:
    config = _config(
        """\
        members = [
          "services/*",
          "!services/old",
          "libs/common",
        ]
        exclude = ["./libs/x/"]
        scripts = ["tools/*.py"]
        """
    )
    assert [(text, origin.line) for text, origin in config.members] == [("services/*", 2), ("libs/common", 4)]
    assert config.exclude == ("services/old", "libs/x")
    assert [text for text, _ in config.scripts] == ["tools/*.py"]


def test_environments_are_sorted_by_name_and_canonical() -> None:
    config = _config(
        """
        [environments.windows]
        python = "3.12"
        platform = "windows"
        [environments.linux]
        python = "3.12"
        platform = "x86_64-manylinux_2_28"
        """
    )
    assert [(each.name, each.platform) for each in config.environments] == [
        ("linux", "manylinux_2_28_x86_64"),
        ("windows", "win_amd64"),
    ]


def test_a_table_of_targets_defines_one_only_with_requirements() -> None:
    config = _config(
        """
        [targets."jobs/etl"]
        requirements = []
        requires-python = ">=3.11"
        [targets."services/api"]
        isolated = true
        inputs = ["src/**"]
        """
    )
    assert [(table.name, table.defines, table.settings.isolated) for table in config.targets] == [
        ("jobs/etl", True, None),
        ("services/api", False, True),
    ]
    assert config.targets[0].requires_python == ">=3.11"


def test_the_table_of_the_shared_cache_is_taken_as_it_is() -> None:
    assert _config('[remote-cache]\nurl = "https://cache.example/"\nanything = 1').remote_cache.data["anything"] == 1
    assert _error("remote-cache = 1").sentence == "frazil.toml:1: remote-cache must be a table, not a number"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("member = []", '1: unknown key "member"'),
        ("members = 'a'", "1: members must be a list of strings, not a string"),
        ("members = [1]", "1: an element of members must be a string, not a number"),
        ("[tool.frazil]\nmembers = []", "1: there is no [tool.frazil] in this file"),
        ("environments = ['linux']", "1: environments must be a table, not a list"),
        ("[environments]\nlinux = 1", "2: linux in [environments] must be a table, not a number"),
        ("[environments.linux]\npython = '3.12'", "1: platform is missing in [environments.linux]"),
        ("[environments.linux]\npython = 3.12", "2: python in [environments.linux] must be a string, not a number"),
        ("[environments.linux]\npyton = '3'", '2: unknown key "pyton" in [environments.linux]'),
        (
            "[environments.linux]\npython = 'pypy3'\nplatform = 'linux'",
            '1: environment linux: python "pypy3" is not CPython, and frazil freezes for CPython only',
        ),
        ("[targets.a]\nextras = []", '2: unknown key "extras" in [targets.a]'),
        ("[targets.a]\nrequirements = ['a>>1']", '2: "a>>1" is not a requirement: '),
        ("[targets.a]\nisolated = 'yes'", "2: isolated in [targets.a] must be true or false, not a string"),
        ("[targets.a]\nenvironments = []", "2: environments is empty, so that the target would be for none"),
        ("[targets.a]\nrequires-python = '3'", '2: requires-python "3" is not a set of versions'),
        ("[targets.a]\nrequirements-files = 'r.txt'", "2: requirements-files in [targets.a] must be a list of strings"),
        ("[resolves.default]", "1: the resolve default cannot be declared: it is always there"),
        ("[resolves.build]", "1: the resolve build cannot be declared: it is always there"),
        ("[resolves.'build:a@1']", "1: the resolve build:a@1 cannot be declared: it is always there"),
        ("[resolves.'a b']", '1: "a b" cannot be the name of a resolve'),
        ("[resolves.a]\nmembers = []", '2: unknown key "members" in [resolves.a]'),
        ("[resolves.a]\nprerelease = 'x'", '2: prerelease cannot be "x"'),
        ("require-wheels = ['linus']" + ENVIRONMENT, '1: require-wheels names the unknown environment "linus"'),
        ("[resolves.a]\nrequire-wheels = ['x']", '2: require-wheels names the unknown environment "x"'),
        ("[packages.a]\nindex = 'corp'", '2: the package a names the unknown index "corp"'),
        ("[resolves.r.packages.a]\nindex = 'corp'", '2: the package a names the unknown index "corp"'),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str, sentence: str) -> None:
    assert _error(text).sentence.startswith(f"frazil.toml:{sentence}")


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    error = _error("require-wheels = ['linus']" + ENVIRONMENT)
    assert error.hint == "did you mean linux? declared environments: linux"
    assert _error("[packages.a]\nindex = 'defalt'").hint == "did you mean default? indexes: default"
    hint = _error("excludes = []").hint
    assert hint is not None
    assert hint.startswith("did you mean exclude or exclude-newer? known keys: ")


def test_a_resolve_that_is_always_there_says_where_its_policy_stands() -> None:
    assert _error("[resolves.default]").hint == "what holds for every target stands in [tool.frazil] itself"
    assert _error("[resolves.build]").hint == "build requirements have resolves of their own"


def test_a_member_may_say_only_what_a_target_can_say() -> None:
    table = _table("[tool.frazil]\nisolated = true\nmembers = []\n", "libs/a/pyproject.toml")
    with pytest.raises(ConfigurationError) as caught:
        parse_member_settings(table.table("tool").table("frazil"))
    assert caught.value.sentence == (
        'libs/a/pyproject.toml:3: "members" cannot be said in [tool.frazil] of a member or a script, '
        "which speaks of itself alone"
    )
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("known keys: environments, inputs, isolated")


def test_a_members_table_is_known_by_its_look() -> None:
    assert says_only_member_things({"isolated": True})
    assert says_only_member_things({"environments": ["linux"], "inputs": []})
    assert not says_only_member_things({"environments": {}})
    assert not says_only_member_things({"isolated": True, "members": []})
    assert not says_only_member_things({})
    assert not says_only_member_things("x")
