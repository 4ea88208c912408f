"""A regular expression that waits answers as one that was compiled at once."""

import re
import subprocess
import sys

from frazil.regex import regex


def test_a_pattern_answers_as_the_compiled_one() -> None:
    waiting, compiled = (
        regex(r"(?P<word>[a-z]+)-(\d+)", re.IGNORECASE),
        re.compile(r"(?P<word>[a-z]+)-(\d+)", re.IGNORECASE),
    )
    for text in ("Ab-12", "ab", "x ab-1 cd-22", ""):
        for ask in ("match", "fullmatch", "search"):
            found, expected = getattr(waiting, ask)(text), getattr(compiled, ask)(text)
            assert (found and found.groupdict()) == (expected and expected.groupdict())
        assert waiting.findall(text) == compiled.findall(text)
        assert waiting.sub(r"\2", text) == compiled.sub(r"\2", text)
        assert waiting.split(text) == compiled.split(text)
    assert waiting.groupindex == compiled.groupindex


def test_a_pattern_of_bytes_answers_too() -> None:
    assert regex(rb"\r?\n").split(b"a\r\nb\nc") == [b"a", b"b", b"c"]


_PROGRAM = """
import re, sys

compiled = []
compile = re.compile

def noted(*given, **named):
    compiled.append(sys._getframe(1).f_globals.get("__name__", ""))
    return compile(*given, **named)

re.compile = noted
import frazil.cli.run, frazil.cli.verbs.resolving
print(*(name for name in compiled if name.startswith("frazil")))
"""


def test_no_pattern_is_compiled_when_the_modules_of_a_resolve_are_imported() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([], "")
