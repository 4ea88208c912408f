"""What the documents show that queries print is what they print: every such command is run."""

import io
import re
import shlex
from pathlib import Path

import pytest

from tests.support.command_lines import run_line
from tests.support.repositories import shop_repository

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
PAGES = ("why-is-this-here", "who-ships-this", "what-to-rebuild", "review-a-lock-change")

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ frazil (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def examples(page: str, *, only: str = "") -> list[tuple[str, str]]:
    """Return the commands of a page, each with what it is shown to print."""
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    found = [match.groups() for block in _BLOCK.findall(text) for match in _COMMAND.finditer(block)]
    return [(command, output) for command, output in found if command.startswith(only)]


def printed(repository: Path, command: str) -> str:
    """Run a command as in a terminal, where both streams end up in one place."""
    terminal = io.StringIO()
    run_line(*shlex.split(command), folder=repository, out=terminal, err=terminal)
    return terminal.getvalue().replace(str(repository), "/repo")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_repository(tmp_path_factory.mktemp("docs") / "shop")


@pytest.mark.parametrize("page", PAGES)
def test_every_query_prints_what_its_page_shows(page: str, repository: Path) -> None:
    shown = examples(page)
    assert shown
    for command, output in shown:
        assert printed(repository, command) == output, command


def test_the_lock_of_one_service_is_cut_as_its_page_shows(repository: Path) -> None:
    shown = examples("docker", only="subset")
    assert len(shown) == 2
    for command, output in shown:
        assert printed(repository, command) == output, command
