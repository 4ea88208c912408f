"""Completion scripts for shells."""

import shutil
import subprocess

import pytest

from frazil.cli.commands import BY_NAME
from frazil.cli.options import OPTIONS
from frazil.cli.verbs.completion import script
from tests.support.command_lines import run_line

SHELLS = ("bash", "zsh", "fish", "tcsh")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_verb_and_alias(shell: str) -> None:
    text = script(shell)
    assert [name for name in BY_NAME if name not in text] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_names_every_option(shell: str) -> None:
    text = script(shell)
    spellings = [spelling for option in OPTIONS for spelling in option.spellings if spelling.startswith("--")]
    assert [each for each in spellings if each.lstrip("-") not in text] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_takes_the_script(shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"needs {shell}")
    checked = subprocess.run([found, "-n"], input=script(shell), text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("frazil res", "resolve"),
        ("frazil fetch --layout ", "target"),
        ("frazil resolve --lin", ""),
        ("frazil ensure --link-m", "--link-mode"),
        ("frazil completion z", "zsh"),
        ("frazil cache cl", "clean"),
        ("frazil help ens", "ensure"),
    ],
)
def test_bash_offers(line: str, offered: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    words = " ".join(f"'{word}'" for word in line.split(" "))
    asked = f'COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _shtab_frazil; echo "${{COMPREPLY[@]}}"'
    ran = subprocess.run([bash, "-c", f"{script('bash')}\n{asked}"], text=True, capture_output=True, check=True)
    assert offered in ran.stdout.split() if offered else not ran.stdout.strip()


def test_without_a_shell_it_says_which_there_are() -> None:
    ran = run_line("completion")
    assert (ran.code, ran.err) == (
        2,
        "error: `frazil completion` needs a shell\nhint: it takes bash, zsh, fish or tcsh\n",
    )
    assert run_line("completion", "fisch").err.endswith("hint: did you mean fish? it takes bash, zsh, fish or tcsh\n")
