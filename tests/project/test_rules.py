"""Policy is read key by key, canonical, and wrong values are told."""

import pytest

from frazil.errors import ConfigurationError
from frazil.model import PackageRules, Rules
from frazil.project.declaration import Policy
from frazil.project.document import Table, parse_document
from frazil.project.rules import parse_policy


def _policy(text: str) -> Policy:
    document = parse_document(f"[tool.frazil]\n{text}", "pyproject.toml")
    return parse_policy(Table(document, (), document.data).table("tool").table("frazil"))


def test_every_rule_is_read_in_canonical_form() -> None:
    policy = _policy(
        """
        prerelease = "allow"
        resolution = "lowest-direct"
        share = "strict"
        exclude-newer = "7 days"
        no-build = ["Zope.Interface", "a"]
        no-binary = false
        require-wheels = ["windows", "linux"]
        exclude-dependencies = ["B_c", "a"]
        constraints = ["numpy<3", "Click<8.2; os_name == 'nt'"]
        overrides = ["h11>=0.16"]
        [tool.frazil.packages.Torch]
        prerelease = "disallow"
        exclude-newer = false
        require-wheels = true
        index = "corp"
        """
    )
    assert policy.rules == Rules(
        prerelease="allow",
        resolution="lowest-direct",
        share="strict",
        exclude_newer="7 days",
        no_build=("a", "zope-interface"),
        no_binary=False,
        require_wheels=("linux", "windows"),
        exclude_dependencies=("a", "b-c"),
        packages=(
            ("torch", PackageRules(prerelease="disallow", exclude_newer="false", require_wheels=True, index="corp")),
        ),
    )
    assert [str(declared.requirement) for declared in policy.constraints] == ["click<8.2; os_name == 'nt'", "numpy<3"]
    assert [declared.origin.line for declared in policy.constraints] == [11, 11]
    assert [str(declared.requirement) for declared in policy.overrides] == ["h11>=0.16"]


def test_where_nothing_is_said_nothing_is_set() -> None:
    assert _policy("") == Policy()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00+02:00"),
        ('" P7D "', "P7D"),
        ("false", "false"),
    ],
)
def test_a_toml_date_is_as_good_as_its_text(written: str, text: str) -> None:
    assert _policy(f"exclude-newer = {written}").rules.exclude_newer == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('prerelease = "yes"', 'prerelease cannot be "yes"'),
        ('resolution = "newest"', 'resolution cannot be "newest"'),
        ('share = "loose"', 'share cannot be "loose"'),
        ("no-build = 1", "no-build in [tool.frazil] must be true, false or a list of project names, not a number"),
        ('no-build = "a"', "no-build in [tool.frazil] must be true, false or a list of project names, not a string"),
        ('no-build = ["a b"]', '"a b" cannot be the name of a project'),
        ("no-build = true\nno-binary = true", "no-build and no-binary together leave no file to choose"),
        (
            "require-wheels = 'linux'",
            "require-wheels in [tool.frazil] must be true, false or a list of environments, not a",
        ),
        (
            "exclude-newer = 7",
            "exclude-newer in [tool.frazil] must be a date, an instant, a duration or false, not a number",
        ),
        (
            "exclude-newer = true",
            "exclude-newer in [tool.frazil] must be a date, an instant, a duration or false, not a",
        ),
        (
            "exclude-newer = 12:00:00",
            "exclude-newer in [tool.frazil] must be a date, an instant, a duration or false, not",
        ),
        ('exclude-newer = "soon"', 'exclude-newer "soon" is no point in time'),
        ("exclude-newer = 2026-01-31T12:00:00", 'exclude-newer "2026-01-31T12:00:00" does not say in which time zone'),
        ('exclude-dependencies = ["a>1"]', '"a>1" cannot be the name of a project'),
        ('constraints = ["a[x]<2"]', "the constraint a[x]<2 asks for extras, and a constraint pulls nothing in"),
        ('overrides = ["a>>2"]', '"a>>2" is not a requirement: '),
        ('[tool.frazil.packages."a b"]', '"a b" cannot be the name of a project'),
        ("[tool.frazil.packages.a]\nno-build = true", 'unknown key "no-build" in [tool.frazil.packages.a]'),
        ("[tool.frazil.packages.a]\nindex = 1", "index in [tool.frazil.packages.a] must be a string, not a number"),
        ("[tool.frazil.packages.a]\n[tool.frazil.packages.A]", "the package a has two tables, in two spellings"),
        ("packages = []", "packages in [tool.frazil] must be a table, not a list"),
        ("packages = {a = 1}", "a in [tool.frazil.packages] must be a table, not a number"),
    ],
)
def test_a_wrong_value_is_told_with_file_and_line(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _policy(text)
    line = 1 + len(text.split("\n"))
    assert caught.value.sentence.startswith(f"pyproject.toml:{line}: {sentence}")
