"""The documents do not rot: links lead somewhere, commands exist, every option, exit code and slug has its row."""

import re
import shlex
from itertools import chain
from pathlib import Path

import pytest

from frazil import errors
from frazil.cli.commands import BY_NAME, COMMANDS, EXIT_CODES
from frazil.cli.options import BY_SPELLING, OPTIONS
from frazil.project import config, indexes, rules
from frazil.project.reading import read_project

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_MARKED = re.compile(r"mark\.behaviour\(\s*\"([A-Z]+-\d+)\"")


def _documents() -> list[Path]:
    folders = (DOCS, ROOT / "examples", ROOT / "fixtures", ROOT / "benchmarks")
    below = chain.from_iterable(folder.rglob("*.md") for folder in folders)
    return sorted([*ROOT.glob("*.md"), *below])


def _anchor(heading: str) -> str:
    """Return the fragment that a heading gets: lower case, dashes for spaces, nothing but words."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _dead_links(document: Path) -> list[str]:
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(text) if "://" not in link and not _leads(document, link)]


def _leads(document: Path, link: str) -> bool:
    path, _, fragment = link.partition("#")
    found = document.parent / path if path else document
    if not fragment or not found.is_file():
        return found.exists()
    return fragment in {_anchor(heading) for heading in _HEADING.findall(found.read_text(encoding="utf-8"))}


def _commands(document: Path) -> list[str]:
    """Return the frazil commands in the shell blocks of a document."""
    blocks = _FENCE.findall(document.read_text(encoding="utf-8"))
    lines = chain.from_iterable(text.splitlines() for language, text in blocks if language == "console")
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ frazil ")]


def _mistake(command: str) -> str | None:
    """Say what in a command line frazil does not have, or None."""
    verb, *words = shlex.split(command, comments=True)[1:]
    if verb not in BY_NAME:
        return f"no verb {verb}"
    taken = {option.field for option in BY_NAME[verb].options}
    for word in words:
        if not word.startswith("-"):
            continue
        spelling = word.partition("=")[0]
        option = BY_SPELLING.get(spelling)
        if option is None or option.field not in taken:
            return f"{verb} has no {spelling}"
    return None


def _pages(folder: str) -> list[str]:
    return sorted(page.name for page in (DOCS / folder).glob("*.md") if page.name != "README.md")


def _reference(page: str) -> str:
    return (DOCS / "reference" / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert _dead_links(document) == []


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_shown_exists(document: Path) -> None:
    mistakes = {command: _mistake(command) for command in _commands(document)}
    assert {command: mistake for command, mistake in mistakes.items() if mistake} == {}


def test_every_verb_is_in_the_reference() -> None:
    page = _reference("command-line.md")
    assert [command.name for command in COMMANDS if f"| `{command.name}`" not in page] == []


def test_every_option_and_its_variable_are_in_the_reference() -> None:
    page = _reference("command-line.md")
    names = [*BY_SPELLING, *(option.variable for option in OPTIONS if option.variable)]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_exit_code_is_in_the_reference() -> None:
    page = _reference("command-line.md")
    assert [code for code, _ in EXIT_CODES if f"\n| {code} |" not in page] == []


def test_every_slug_stands_in_the_reference_with_its_exit_code() -> None:
    page = _reference("command-line.md")
    family = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.FrazilError)}
    rows = sorted({f"| `{error.slug}` | {error.exit_code} |" for error in family})
    assert [row for row in rows if row not in page] == []


def test_every_key_of_the_configuration_is_in_the_reference() -> None:
    page = _reference("configuration.md")
    keys = {*config._TOP_KEYS, *config._TARGET_KEYS, *rules.POLICY_KEYS, *rules._PACKAGE_KEYS, *indexes._KEYS}
    tables = {"index", "environments", "targets", "resolves", "packages", "remote-cache"}
    assert [key for key in sorted(keys - tables) if f"`{key}`" not in page] == []
    assert [table for table in sorted(tables) if f"tool.frazil.{table}" not in page] == []


def test_every_behaviour_that_a_test_bears_and_every_test_that_a_row_names_is_there() -> None:
    page = _reference("behaviours.md")
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in sorted(set(_MARKED.findall(sources))) if f"| {name} |" not in page] == []
    assert [name for name in re.findall(r"`(test_\w+)`", page) if f"def {name}(" not in sources] == []


def test_each_of_the_twenty_requirements_has_a_row_and_a_test_and_every_test_that_a_row_names_is_there() -> None:
    page = (DOCS / "explanation" / "security.md").read_text(encoding="utf-8")
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    borne = set(re.findall(r"mark\.promise\(\"(R\d+)\"\)", sources))
    assert borne == {f"R{number}" for number in range(1, 21)}
    assert [name for name in sorted(borne) if f"\n| {name} | " not in page] == []
    assert [name for name in re.findall(r"`(test_\w+)`", page) if f"def {name}(" not in sources] == []


@pytest.mark.parametrize("folder", ["tutorial", "how-to", "reference", "explanation"])
def test_every_page_is_reached_from_the_readme(folder: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page for page in _pages(folder) if f"(docs/{folder}/{page})" not in readme] == []


def test_every_decision_is_in_the_list_and_keeps_the_form() -> None:
    listed = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    for page in _pages("adr"):
        assert f"[{page[:4]}]({page})" in listed
        headings = _HEADING.findall((DOCS / "adr" / page).read_text(encoding="utf-8"))
        assert headings[1:] == ["Context", "Choice", "What we gave up"]


def test_the_example_declares_what_its_readme_says() -> None:
    shop = ROOT / "examples" / "shop"
    project = read_project(shop, environ={})
    rows = (shop / "README.md").read_text(encoding="utf-8").splitlines()
    named = {row.split("`")[1] for row in rows if row.startswith("| `")}
    declared = {target.name for target in project.targets} | {e.name for e in project.environments}
    assert named == declared


def test_a_dead_link_and_a_wrong_command_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](b.md) [c](#d)\n# D\n```console\n$ frazil fly --high\n```\n", encoding="utf-8")
    assert _dead_links(page) == ["b.md"]
    assert [_mistake(command) for command in _commands(page)] == ["no verb fly"]
    assert _mistake("frazil tree --out x") == "tree has no --out"
