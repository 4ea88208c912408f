"""A composite GitHub Action run on this machine: its own steps for real, `actions/cache` by a folder.

Reads as much YAML as `action.yml` is written in: two-space indents, plain values, literal blocks.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ENTRY = re.compile(r"(?P<dash>- )?(?P<key>[\w-]+):(?: (?P<value>.*))?")
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
_UNEQUAL = re.compile(r"(\S+) != '(.*)'")


def read_action(path: Path) -> dict[str, Any]:
    """Return an action as tables and lists."""
    value, rest = _read(path.read_text(encoding="utf-8").split("\n"), 0)
    assert not any(line.strip() for line in rest), rest
    assert isinstance(value, dict)
    return value


def _read(lines: list[str], indent: int) -> tuple[Any, list[str]]:
    """Read what is indented by so much; return it and the lines that follow."""
    table: dict[str, Any] = {}
    items: list[Any] = []
    while lines:
        if not lines[0].strip():
            lines = lines[1:]
            continue
        depth = len(lines[0]) - len(lines[0].lstrip())
        if depth < indent:
            break
        found = _ENTRY.fullmatch(lines[0].strip())
        assert found is not None, lines[0]
        if found["dash"]:
            item, lines = _read([lines[0].replace("- ", "  ", 1), *lines[1:]], indent + 2)
            items.append(item)
            continue
        key, value, lines = found["key"], found["value"], lines[1:]
        if value == "|":
            table[key], lines = _block(lines)
        elif value is None:
            table[key], lines = _read(lines, depth + 2)
        else:
            table[key] = value.strip('"')
    return items or table, lines


def _block(lines: list[str]) -> tuple[str, list[str]]:
    indent = len(lines[0]) - len(lines[0].lstrip())
    count = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith(" " * indent)), len(lines))
    return "\n".join(line[indent:] for line in lines[:count]), lines[count:]


@dataclass
class Runner:
    """Runs an action as a service would; `kept` stands for the service's cache, key by key."""

    action: Path
    kept: Path
    environ: dict[str, str]
    said: list[str] = field(default_factory=list)

    def run(self, temporary: Path, **inputs: str) -> dict[str, str]:
        """Run all steps with an empty temporary folder; return the action's outputs. Raises AssertionError."""
        described = read_action(self.action)
        temporary.mkdir()
        known = {f"inputs.{name}": entry["default"] for name, entry in described["inputs"].items()}
        known |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        known["runner.temp"] = str(temporary)
        environ = {**self.environ, "RUNNER_TEMP": str(temporary)}
        for number, step in enumerate(described["runs"]["steps"]):
            if "if" not in step or self._holds(step["if"], known):
                outputs = self._step(step, known, environ, temporary / f"step-{number}")
                known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in outputs.items()}
        return {name: self._filled(entry["value"], known) for name, entry in described["outputs"].items()}

    def _step(
        self, step: dict[str, Any], known: Mapping[str, str], environ: dict[str, str], folder: Path
    ) -> dict[str, str]:
        self.said.append(step["name"])
        given = {name: self._filled(value, known) for name, value in step.get("with", {}).items()}
        match step.get("uses", "").partition("@")[0]:
            case "actions/cache/restore":
                return self._restore(**{name.replace("-", "_"): value for name, value in given.items()})
            case "actions/cache/save":
                assert not (self.kept / given["key"]).exists()
                shutil.copytree(given["path"], self.kept / given["key"])
                return {}
        assert step["shell"] == "bash"
        folder.mkdir()
        files = {name: folder / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        own = {name: self._filled(value, known) for name, value in step.get("env", {}).items()}
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**environ, **own, **{name: str(path) for name, path in files.items()}},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        environ |= _read_file(files["GITHUB_ENV"])
        return _read_file(files["GITHUB_OUTPUT"])

    def _restore(self, path: str, key: str, restore_keys: str) -> dict[str, str]:
        for wanted in (key, *restore_keys.splitlines()):
            found = sorted(self.kept.glob(f"{wanted}*"), key=lambda kept: kept.stat().st_mtime)
            if found:
                shutil.copytree(found[-1], path, dirs_exist_ok=True)  # as a tar is unpacked over what is there
                return {"cache-hit": "true" if found[-1].name == key else "false"}
        return {"cache-hit": ""}

    def _filled(self, text: str, known: Mapping[str, str]) -> str:
        return _EXPRESSION.sub(lambda found: known.get(found[1], ""), text)

    def _holds(self, text: str, known: Mapping[str, str]) -> bool:
        expression = _EXPRESSION.fullmatch(text)
        assert expression is not None
        unequal = _UNEQUAL.fullmatch(expression[1])
        assert unequal is not None
        return known.get(unequal[1], "") != unequal[2]


def _read_file(path: Path) -> dict[str, str]:
    """Read what a step wrote for the service: `name=value`, or `name<<END` with lines up to that word."""
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines() if path.exists() else ())
    for line in lines:
        name, block, end = line.partition("<<")
        if block and "=" not in name:
            found[name] = "\n".join(iter(lines.__next__, end))
        else:
            name, _, found[name] = line.partition("=")
    return found
