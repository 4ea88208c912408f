"""A script's own block (PEP 723) is found as the standard says, with the lines of the file."""

import pytest

from frazil.errors import ConfigurationError
from frazil.project.script import Script, parse_script

BLOCK = """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.12"
# dependencies = [
#   "httpx",
#
#   "rich>=13",
# ]
# [tool.frazil]
# environments = ["linux"]
# ///
import httpx
"""


def _script(text: str) -> Script:
    script = parse_script(text, "tools/a.py")
    assert script is not None
    return script


def test_requirements_have_the_lines_of_the_file() -> None:
    script = _script(BLOCK)
    assert [(str(d.requirement), d.origin.line) for d in script.dependencies] == [("httpx", 5), ("rich>=13", 7)]
    assert (script.requires_python, script.requires_python_at.line) == (">=3.12", 3)
    assert script.settings is not None
    assert script.settings.origin("environments").line == 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import x\n",
        "# /// script\n# dependencies = []\nimport x\n",  # not closed
        "# /// script\n# dependencies = []\n\n# ///\n",  # the comment ends before the block does
        "# /// script\n#dependencies = []\n# ///\n",  # no space behind the sign
        "# /// pyproject\n# dependencies = []\n# ///\n",
        "#  /// script\n# ///\n",
        "x = 1  # /// script\n# ///\n",
    ],
)
def test_what_is_no_block_is_none(text: str) -> None:
    assert parse_script(text, "tools/a.py") is None


def test_the_last_closing_line_of_a_comment_closes() -> None:
    script = _script(
        '# /// script\n# dependencies = [\n#   """a\n# ///\n# """]\n# ///\n'.replace('"""a\n# ///\n# """', '"a"')
    )
    assert [str(declared.requirement) for declared in script.dependencies] == ["a"]
    with pytest.raises(ConfigurationError, match=r"^tools/a\.py:3 is not TOML"):
        parse_script("# /// script\n# dependencies = []\n# ///\n# more\n# ///\n", "tools/a.py")


def test_another_block_may_stand_beside() -> None:
    assert _script("# /// other\n# x\n# ///\n\n# /// script\n# dependencies = ['a']\n# ///\n").dependencies


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# /// script\n# ///\n\n# /// script\n# ///\n", "4 opens a second script block; a file has one (PEP 723)"),
        ("\n# /// script\n# a = = 1\n# ///\n", "3 is not TOML: invalid value"),
        ("# /// script\n# dependancies = []\n# ///\n", '2: unknown key "dependancies"'),
        ("# /// script\n# dependencies = 'a'\n# ///\n", "2: dependencies must be a list of strings, not a string"),
        ("# /// script\n# dependencies = [\n# 'a>>1']\n# ///\n", '3: "a>>1" is not a requirement: '),
        ("# /// script\n# requires-python = '3'\n# ///\n", '2: requires-python "3" is not a set of versions'),
    ],
)
def test_a_mistake_is_told_with_the_line_of_the_file(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_script(text, "tools/a.py")
    assert caught.value.sentence.startswith(f"tools/a.py:{sentence}")


def test_a_file_of_openings_alone_is_read_once() -> None:
    assert parse_script("# /// script\n" * 200_000, "tools/a.py") is None
