"""`frazil init`: look around and write a first configuration."""

from pathlib import Path
from typing import Any

from frazil.atomic import write_atomically
from frazil.cli.context import Answer, Context
from frazil.cli.proposal import Proposal, propose
from frazil.cli.survey import MANIFEST, read_survey
from frazil.errors import ConfigurationError, FrazilError, UsageError
from frazil.project.document import parse_document
from frazil.project.environments import current_environment
from frazil.project.reading import CONFIG_FILE, read_project
from frazil.project.tree import ProjectTree
from frazil.report.envelope import Document
from frazil.report.lines import Line, dim, indented, line, listed
from frazil.report.units import counted


def answer(context: Context) -> Answer:
    """Propose a configuration and write it, unless one is there. Raises ConfigurationError when one is."""
    root = context.project
    if not root.is_dir():
        raise UsageError(f"{root} is no folder")
    tree = ProjectTree(root)
    _refuse_existing(tree)
    proposal = propose(read_survey(root))
    file, text, table = _written(tree, proposal.table)
    if not context.arguments.dry_run:
        write_atomically(root / file, text.encode())
        _check(root, context)
    for sentence in proposal.left_out:
        context.talk.warn(sentence)
    dry_run = context.arguments.dry_run
    return Answer(
        document=lambda: _document(root / file, proposal, table, written=not dry_run),
        words=lambda: _lines(proposal, file, table, dry_run=dry_run),
    )


def _refuse_existing(tree: ProjectTree) -> None:
    if tree.has_file(CONFIG_FILE):
        raise ConfigurationError(f"there is a {CONFIG_FILE} already; nothing was changed", hint="edit it, or remove it")
    if not tree.has_file(MANIFEST):
        return
    document = parse_document(tree.read_text(MANIFEST), MANIFEST)
    tool = document.data.get("tool")
    if isinstance(tool, dict) and "frazil" in tool:
        where = document.origin(("tool", "frazil"))
        raise ConfigurationError(f"{where} has a [tool.frazil] already; nothing was changed", hint="edit it there")


def _written(tree: ProjectTree, table: dict[str, Any]) -> tuple[str, str, str]:
    """Return the file to write, its whole text, and the text of what is new in it."""
    import tomlrt  # noqa: PLC0415 - only this verb writes TOML

    if not tree.has_file(MANIFEST):
        text = tomlrt.dumps(table)
        return CONFIG_FILE, text, text
    new = tomlrt.dumps({"tool": {"frazil": table}})
    # Read as it is: line ends and a byte order mark stay.
    text = (tree.root / MANIFEST).read_bytes().decode()
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    document = tomlrt.loads(text.removeprefix(mark))
    # As a section, with sections in it: a plain dict would become one long inline table.
    document.install(("tool", "frazil"), tomlrt.loads(new).table("tool.frazil"))
    return MANIFEST, mark + tomlrt.dumps(document), new


def _check(root: Path, context: Context) -> None:
    """Read what was written; the project may have trouble of its own, which is better said now."""
    try:
        read_project(root, environ=context.environ)
    except FrazilError as error:
        context.talk.warn(error.sentence, error.hint)


def _lines(proposal: Proposal, file: str, table: str, *, dry_run: bool) -> tuple[Line, ...]:
    found = f"Found {counted(len(proposal.targets), 'target')}: {listed(proposal.targets, most=20)}"
    if not proposal.targets:
        found = "Found no targets: no pyproject.toml, no requirements file, no script with inline metadata"
    lines = [line(found), line(_environment())]
    title = "[tool.frazil]" if file == MANIFEST else "a configuration"
    if dry_run:
        shown = indented(line(dim(each)) for each in table.rstrip("\n").split("\n"))
        return (*lines, *shown, line(f"Would write {title} to {file}. Nothing was written."))
    size = counted(table.count("\n"), "line")
    return (*lines, line(f"Wrote {title} to {file} ({size}). Next: frazil resolve"))


def _environment() -> str:
    try:
        python, platform, name = current_environment()
    except ConfigurationError as error:
        return f"No environments declared. {error.sentence}"
    return f"No environments declared. This machine is {name}: python {python}, {platform}."


def _document(path: Path, proposal: Proposal, table: str, *, written: bool) -> Document:
    return {
        "file": str(path),
        "written": written,
        "table": table,
        "targets": list(proposal.targets),
        "left-out": list(proposal.left_out),
        "merge-driver": None,
    }
